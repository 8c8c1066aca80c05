// What every player is: one <audio>, a button, a stop that is kept to the hundredth, and the list of them all.

const TROUBLE = "The recording cannot be played right now. Press play to try again.";

/** Every player of the page, in its order. */
export const players = [];

/** Tells of players: "made" (a new one), "sounding" (one that begins to play). */
export const stage = new EventTarget();

let latest = null;

/** The player that keys move: the last one that played, or the page's only one. */
export function current() {
  return latest ?? (players.length === 1 ? players[0] : null);
}

/** Puts a player on the list. */
export function enlist(player) {
  players.push(player);
  stage.dispatchEvent(new CustomEvent("made", { detail: player }));
}

/** Lets go of players that have left the page. */
export function sweep() {
  for (let i = players.length - 1; i >= 0; i--) {
    if (players[i].root.isConnected) continue;
    players[i].audio.pause();
    if (latest === players[i]) latest = null;
    players.splice(i, 1);
  }
}

export class Player extends EventTarget {
  #frame = 0;
  #timer = 0;

  constructor(root) {
    super();
    this.root = root;
    this.audio = root.querySelector("audio");
    this.name = this.audio.getAttribute("aria-label") ?? "";
    this.start = Number(root.dataset.start ?? 0);
    this.end = "end" in root.dataset ? Number(root.dataset.end) : null;
    this.verb = root.querySelector("[data-verb]");
    this.says = root.querySelector("[role=status]");
    this.round = null; // {start, end} of what is played again and again
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
    this.say("");
    if (this.audio.error || this.audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) this.audio.load();
    this.beforePlay();
    this.audio.play().catch((error) => {
      if (error.name === "NotAllowedError") this.say("Press play to go on.");
      else if (error.name !== "AbortError") this.say(TROUBLE);
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

  /** Says something to eyes and ears. */
  say(words) {
    this.says.textContent = words;
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
      if (this.audio.paused) return; // told late: it was stopped again, and another one may play by now
      for (const other of players) if (other !== this) other.audio.pause();
      latest = this;
      stage.dispatchEvent(new CustomEvent("sounding", { detail: this }));
    });
    for (const name of ["play", "playing", "seeked", "ratechange", "timeupdate"]) {
      this.audio.addEventListener(name, () => this.#arm());
    }
    for (const name of ["play", "playing", "waiting", "pause", "seeked", "timeupdate"]) {
      this.audio.addEventListener(name, () => this.show());
    }
    this.audio.addEventListener("ended", () => {
      if (this.round) this.#again();
      else this.atEnd();
    });
    this.audio.addEventListener("error", () => {
      this.say(TROUBLE);
      this.show();
    });
  }

  #again() {
    this.audio.currentTime = this.round.start;
    if (this.audio.paused) this.audio.play().catch(() => this.say(TROUBLE));
  }

  // Frames are the most precise clock but rest in a hidden tab; the timer and timeupdate do not.
  #arm() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    if (this.audio.paused) return;
    const stop = this.round?.end ?? this.end;
    if (stop !== null && !this.audio.seeking) {
      const left = stop - this.audio.currentTime;
      if (left <= 0 && this.round) {
        this.#again();
        return; // "seeked" arms it again
      }
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
