// Keeps what sounds in view, until the reader scrolls away; then a button leads back.

const FAR = 2; // windows: from here on the page jumps, because a long smooth way makes everybody dizzy
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Scrolls to a node; `still()` tells whether that is wanted after it was drawn. */
export function reveal(node, still = () => true) {
  const far = Math.abs(node.getBoundingClientRect().top) > FAR * innerHeight;
  node.scrollIntoView({ block: "center", behavior: far || calm.matches ? "auto" : "smooth" });
  if (!far) return;
  // Parts of the page that were never drawn have guessed heights: after a jump they are known, and it is gone there again.
  const again = () => still() && node.scrollIntoView({ block: "center", behavior: "auto" });
  requestAnimationFrame(() => requestAnimationFrame(again));
}

export class Follower {
  #on = true;
  #node = null;

  /** `button` leads back; `sounds()` tells whether something plays. */
  constructor(button, sounds) {
    this.button = button;
    this.sounds = sounds;
    const letGo = () => this.#node && this.sounds() && this.set(false);
    for (const name of ["wheel", "touchmove"]) addEventListener(name, letGo, { passive: true });
    addEventListener("pointerdown", (event) => {
      if (event.target === document.documentElement) letGo(); // the scroll bar
    });
    addEventListener("keydown", (event) => {
      const scrolls = ["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key);
      if (scrolls && !event.target.closest("input, select, textarea, .wave")) letGo();
    });
    button.addEventListener("click", () => this.set(true));
  }

  get on() {
    return this.#on;
  }

  /** Follows, or not. */
  set(on) {
    this.#on = on;
    const focused = document.activeElement === this.button;
    this.button.hidden = on;
    if (on && focused) document.querySelector("[data-player] [data-act=toggle]").focus({ preventScroll: true });
    if (on) this.#show();
  }

  /** What sounds now. */
  to(node) {
    this.#node = node;
    if (this.#on) this.#show();
  }

  #show() {
    if (!this.#node) return;
    const box = this.#node.getBoundingClientRect();
    if (box.top <= 80 || box.bottom >= innerHeight * 0.6) reveal(this.#node, () => this.#on);
  }
}
