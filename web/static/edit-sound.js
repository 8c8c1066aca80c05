// Plays a stretch and stops at its end, or plays on; marks the line and, where the browser can, the word that sounds.

import { get } from "./edit-send.js";

const NOW = "now-said"; // the highlight's name, as in editor.css
const AHEAD_S = 0.02;

export class Sound extends EventTarget {
  #end = null; // seconds; null: it plays on
  #frame = 0;
  #line = null;
  #words = null;

  constructor(audio, transcript, rows) {
    super();
    Object.assign(this, { audio, transcript, rows });
    this.follows = true;
    audio.addEventListener("pause", () => this.#ended());
    audio.addEventListener("timeupdate", () => this.#look()); // also where no frames are drawn
    audio.addEventListener("error", () => this.#say("The recording cannot be played. Load the page again."));
  }

  get plays() {
    return !this.audio.paused;
  }

  /** Plays a stretch; what it belongs to is told when it begins and ends. */
  async play(start_ms, end_ms, rate, owner) {
    this.audio.pause();
    this.#ended();
    this.owner = owner;
    this.#end = end_ms === null ? null : end_ms / 1000;
    this.audio.preservesPitch = true;
    this.audio.currentTime = start_ms / 1000;
    this.audio.playbackRate = this.audio.defaultPlaybackRate = rate;
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.#say("The recording cannot be played. Load the page again.");
      return;
    }
    this.#tell("playing");
    this.#watch();
  }

  line(id, rate = 1) {
    const { start, end } = this.transcript.line(id);
    this.follows = true;
    return this.play(start, end, rate, id);
  }

  from(id) {
    this.follows = true;
    this.#tell("follows");
    return this.play(this.transcript.line(id).start, null, 1, "on");
  }

  stop() {
    this.audio.pause();
  }

  /** The reader has scrolled away while it plays on. */
  letGo() {
    if (!this.plays || this.#end !== null || !this.follows) return;
    this.follows = false;
    this.#tell("follows");
  }

  followAgain() {
    this.follows = true;
    this.#tell("follows");
    if (this.#line !== null) this.rows.show(this.#line);
  }

  #watch() {
    cancelAnimationFrame(this.#frame);
    if (!this.plays) return;
    this.#look();
    this.#frame = requestAnimationFrame(() => this.#watch());
  }

  #look() {
    if (!this.plays) return;
    const now = this.audio.currentTime;
    if (this.#end !== null && now >= this.#end - AHEAD_S) {
      this.audio.pause();
      return;
    }
    const id = typeof this.owner === "number" ? this.owner : this.#at(now * 1000);
    if (id !== this.#line) this.#sounds(id);
    this.#word(now * 1000);
  }

  /** The line that is said at a time, by bisection. */
  #at(ms) {
    const { order } = this.transcript;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.transcript.line(order[middle]).start <= ms) low = middle + 1;
      else high = middle;
    }
    const id = order[low - 1];
    return id !== undefined && this.transcript.line(id).end + 1000 > ms ? id : null;
  }

  #sounds(id) {
    this.#line = id;
    this.#words = null;
    this.rows.mark(id);
    globalThis.CSS?.highlights?.delete(NOW);
    if (id === null) return;
    if (this.owner === "on" && this.follows) this.rows.show(id);
    if (globalThis.CSS?.highlights) this.#fetchWords(id);
  }

  async #fetchWords(id) {
    const found = await get(`${this.transcript.base}/lines/${id}`).catch(() => null);
    if (!found || this.#line !== id) return;
    const text = found.line[4];
    let from = 0;
    this.#words = found.words.map(([start, end, word]) => {
      const at = text.indexOf(word, from);
      if (at >= 0) from = at + word.length;
      return { start, end, at, length: word.length };
    });
  }

  #word(ms) {
    if (!this.#words) return;
    const word = this.#words.findLast((w) => w.start <= ms);
    if (word === this.marked) return;
    this.marked = word;
    const said = this.rows.row(this.#line)?.querySelector(".said")?.firstChild;
    if (!word || word.at < 0 || !said || said.length < word.at + word.length) return;
    const range = new Range();
    range.setStart(said, word.at);
    range.setEnd(said, word.at + word.length);
    CSS.highlights.set(NOW, new Highlight(range));
  }

  #ended() {
    cancelAnimationFrame(this.#frame);
    this.#line = this.#words = this.marked = null;
    this.rows?.mark(null);
    globalThis.CSS?.highlights?.delete(NOW);
    if (this.owner === undefined) return;
    this.#tell("stopped");
    this.owner = undefined;
  }

  #tell(name) {
    this.dispatchEvent(new CustomEvent(name, { detail: this.owner }));
  }

  #say(words) {
    this.dispatchEvent(new CustomEvent("say", { detail: words }));
  }
}
