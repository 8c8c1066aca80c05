// A moment, a place that was found or a take: never sounds outside its stretch.

import { Player } from "./sound.js";

export class Stretch extends Player {
  constructor(root) {
    super(root);
    this.bar = root.querySelector("progress");
    this.lasting = root.querySelector("[data-lasting]");
    this.over = false;
    this.partial = false; // only a part of it is being played
    this.looping = false;
    this.whole = this.end ?? Infinity; // a take that was not heard through yet has no known end
    this.addEventListener("move", () => {
      this.bar.value = Math.max(0, this.audio.currentTime - this.start);
      this.lasting.hidden = this.verb.textContent !== "Play";
    });
  }

  /** Plays some seconds of it and stops. */
  playPart(start, end) {
    this.audio.pause();
    this.end = Math.min(end, this.whole);
    this.seek(start);
    this.part = true;
    this.play();
  }

  /** Plays what is chosen again and again, or not. */
  loop(yes) {
    this.looping = yes;
    this.#setRound();
  }

  beforePlay() {
    const now = this.audio.currentTime;
    if (!this.part) this.end = Number.isFinite(this.whole) ? this.whole : null;
    if (!this.part && (this.over || now < this.start || now >= this.whole)) this.audio.currentTime = this.start;
    this.from = this.part ? now : this.start;
    this.partial = this.part ?? false;
    this.part = false;
    this.over = false;
    this.#setRound();
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

  #setRound() {
    this.round = this.looping && this.end !== null ? { start: this.from ?? this.start, end: this.end } : null;
  }
}
