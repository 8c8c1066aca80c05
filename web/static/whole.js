// A whole episode: plays on, unless its address has an end or a stretch is looped.

import { Player } from "./sound.js";
import { clock, placeOf } from "./times.js";

const SKIP_S = 5;
const HELD_SKIP_S = 15;
const HELD_MS = 500;
const WAVE_WIDTH = 300;
const WAVE_STEP = 0.05; // in units of the waveform: less cannot be seen

export class Episode extends Player {
  constructor(root) {
    super(root);
    this.length = Number(root.dataset.length);
    this.slider = root.querySelector("input[type=range]");
    this.now = root.querySelector("[data-now]");
    this.played = root.querySelector("[data-played]");
    this.wave = root.querySelector(".wave");
    this.drawn = -1;
    this.addEventListener("move", () => this.#showPlace());
    this.#begin();
    this.#controls();
  }

  /** Moves to a place; whoever moves by hand wants to hear on from there. */
  seek(seconds) {
    const to = Math.min(seconds, this.length);
    this.end = null;
    if (this.round && (to < this.round.start - 0.05 || to >= this.round.end)) this.loop(null);
    super.seek(to);
  }

  /** Plays a stretch again and again ({start, end}), or no more (null). */
  loop(round) {
    this.round = round;
    const mark = this.root.querySelector("[data-loop]");
    mark.setAttribute("x", String(round ? (WAVE_WIDTH * round.start) / this.length : 0));
    mark.setAttribute("width", String(round ? (WAVE_WIDTH * (round.end - round.start)) / this.length : 0));
    this.dispatchEvent(new Event("loop"));
  }

  atEnd() {
    this.end = null;
  }

  #begin() {
    this.#goTo(placeOf(location.hash) ?? placeOf(location.search.slice(1)) ?? { start: this.start, end: this.end });
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
    const width = (WAVE_WIDTH * now) / this.length;
    if (Math.abs(width - this.drawn) < WAVE_STEP) return;
    this.drawn = width;
    this.played.setAttribute("width", String(width));
  }
}
