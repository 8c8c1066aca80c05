// Players. A stretch plays from its start to its end and stops there; an episode plays on, unless its address has an end.

import { clock, placeOf } from "./times.js";

const SKIP_S = 5;
const HELD_SKIP_S = 15;
const HELD_MS = 500;
const TROUBLE = "The recording cannot be played right now. Press play to try again.";

/** Every player of the page, in its order. */
export const players = [];

let latest = null;

/** The player that keys move: the last one that played, or the page's only one. */
export function current() {
  return latest ?? (players.length === 1 ? players[0] : null);
}

class Player extends EventTarget {
  #frame = 0;
  #timer = 0;

  constructor(root) {
    super();
    this.root = root;
    this.audio = root.querySelector("audio");
    this.start = Number(root.dataset.start ?? 0);
    this.end = "end" in root.dataset ? Number(root.dataset.end) : null;
    this.verb = root.querySelector("[data-verb]");
    this.says = root.querySelector("[role=status]");
    this.#takeOver();
    this.#listen();
  }

  /** Plays or pauses. */
  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  /** Plays on from here. */
  play() {
    this.says.textContent = "";
    if (this.audio.error || this.audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) this.audio.load();
    this.beforePlay();
    this.audio.play().catch((error) => {
      if (error.name !== "AbortError") this.says.textContent = TROUBLE;
    });
  }

  /** Moves by some seconds. */
  skip(by) {
    this.seek(this.audio.currentTime + by);
  }

  /** Moves to a place. */
  seek(seconds) {
    this.audio.currentTime = Math.max(0, seconds);
    this.#arm();
    this.show();
  }

  beforePlay() {}

  atEnd() {}

  /** Shows where it is; each kind of player adds its own. */
  show() {
    const waits = !this.audio.paused && this.audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.root.dataset.state = this.audio.paused ? "idle" : waits ? "loading" : "playing";
    this.verb.textContent = this.audio.paused ? this.idleVerb() : "Pause";
    this.dispatchEvent(new Event("move"));
  }

  idleVerb() {
    return "Play";
  }

  #takeOver() {
    this.audio.controls = false;
    const [address, fragment] = (this.audio.getAttribute("src") ?? "").split("#");
    if (fragment) this.audio.src = address; // the browser's own stop at the end would come into our way
    for (const part of this.root.querySelectorAll("[data-scripted]")) part.hidden = false;
  }

  #listen() {
    this.root.querySelector("[data-act=toggle]").addEventListener("click", () => this.toggle());
    this.audio.addEventListener("play", () => {
      for (const other of players) if (other !== this) other.audio.pause();
      latest = this;
    });
    for (const name of ["play", "playing", "seeked", "ratechange", "timeupdate"]) {
      this.audio.addEventListener(name, () => this.#arm());
    }
    for (const name of ["play", "playing", "waiting", "pause", "seeked", "timeupdate"]) {
      this.audio.addEventListener(name, () => this.show());
    }
    this.audio.addEventListener("error", () => {
      this.says.textContent = TROUBLE;
      this.show();
    });
  }

  // Frames are the most precise clock but rest in a hidden tab; the timer and timeupdate do not.
  #arm() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    if (this.audio.paused) return;
    if (this.end !== null) {
      const left = this.end - this.audio.currentTime;
      if (left <= 0) {
        this.audio.pause();
        this.atEnd();
        this.show();
        return;
      }
      this.#timer = setTimeout(() => this.#arm(), (1000 * left) / this.audio.playbackRate);
    }
    this.#frame = requestAnimationFrame(() => {
      this.#arm();
      this.dispatchEvent(new Event("move"));
    });
  }
}

/** A moment, a place that was found or a take: never sounds outside its stretch. */
class Stretch extends Player {
  constructor(root) {
    super(root);
    this.bar = root.querySelector("progress");
    this.lasting = root.querySelector("[data-lasting]");
    this.over = false;
    this.whole = this.end ?? Infinity; // a take that was not heard through yet has no known end
    this.addEventListener("move", () => {
      this.bar.value = Math.max(0, this.audio.currentTime - this.start);
      this.lasting.hidden = this.verb.textContent !== "Play";
    });
    this.audio.addEventListener("ended", () => this.atEnd());
  }

  /** Plays some seconds of it and stops. */
  playPart(start, end) {
    this.audio.pause();
    this.end = Math.min(end, this.whole);
    this.seek(start);
    this.part = true;
    this.play();
  }

  beforePlay() {
    const now = this.audio.currentTime;
    if (!this.part) this.end = Number.isFinite(this.whole) ? this.whole : null;
    if (!this.part && (this.over || now < this.start || now >= this.whole)) this.audio.currentTime = this.start;
    this.part = false;
    this.over = false;
  }

  seek(seconds) {
    this.over = false;
    super.seek(Math.min(Math.max(seconds, this.start), this.whole));
  }

  atEnd() {
    this.over = true;
    this.dispatchEvent(new Event("over"));
  }

  idleVerb() {
    return this.over ? "Play again" : "Play";
  }
}

/** A whole episode. */
class Episode extends Player {
  constructor(root) {
    super(root);
    this.length = Number(root.dataset.length);
    this.slider = root.querySelector("input[type=range]");
    this.now = root.querySelector("[data-now]");
    this.played = root.querySelector("[data-played]");
    this.wave = root.querySelector(".wave");
    this.addEventListener("move", () => this.#showPlace());
    this.#begin();
    this.#controls();
  }

  /** Moves to a place; whoever moves by hand wants to hear on from there. */
  seek(seconds) {
    this.end = null;
    super.seek(Math.min(seconds, this.length));
  }

  atEnd() {
    this.end = null;
  }

  #begin() {
    this.#goTo(placeOf(location.hash) ?? { start: this.start, end: this.end });
    addEventListener("hashchange", () => this.#goTo(placeOf(location.hash)));
  }

  #goTo(place) {
    if (!place) return;
    this.seek(place.start);
    this.end = place.end;
  }

  #controls() {
    this.#holdable("[data-act=back]", -1);
    this.#holdable("[data-act=on]", 1);
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.wave.addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      const box = this.wave.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    });
    const speed = this.root.querySelector("[data-speed]");
    speed.addEventListener("change", () => {
      this.audio.playbackRate = Number(speed.value);
    });
  }

  // A press skips five seconds; while it is held, fifteen again and again.
  #holdable(selector, direction) {
    const button = this.root.querySelector(selector);
    let timer = 0;
    let held = false;
    const release = () => clearInterval(timer);
    button.addEventListener("pointerdown", () => {
      held = false;
      clearInterval(timer);
      timer = setInterval(() => {
        held = true;
        this.skip(direction * HELD_SKIP_S);
      }, HELD_MS);
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, release);
    button.addEventListener("click", () => {
      if (!held) this.skip(direction * SKIP_S);
      held = false;
    });
  }

  #showPlace() {
    const now = this.audio.currentTime;
    if (this.now.textContent !== clock(now) || !this.slider.hasAttribute("aria-valuetext")) {
      this.now.textContent = clock(now);
      this.slider.value = String(Math.floor(now));
      this.slider.setAttribute("aria-valuetext", clock(now));
    }
    this.played.setAttribute("width", String((300 * now) / this.length));
  }
}

/** Makes the stretches in a part of the page play; what has left the page is let go. */
export function adopt(part) {
  for (let i = players.length - 1; i >= 0; i--) {
    if (players[i].root.isConnected) continue;
    players[i].audio.pause();
    if (latest === players[i]) latest = null;
    players.splice(i, 1);
  }
  for (const root of part.querySelectorAll("[data-stretch]")) {
    if (players.some((player) => player.root === root)) continue;
    const made = new Stretch(root);
    players.push(made);
    made.show();
  }
}

adopt(document);
for (const root of document.querySelectorAll("[data-player]")) players.push(new Episode(root));

/** The page's episode, or null. */
export const episode = players.find((player) => player instanceof Episode) ?? null;

for (const link of document.querySelectorAll("[data-seek]")) {
  link.addEventListener("click", (event) => {
    if (!episode || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", `?t=${link.dataset.seek}`);
    episode.seek(Number(link.dataset.seek));
    episode.play();
  });
}
for (const player of players) player.show();
