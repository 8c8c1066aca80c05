// The transcript as this page knows it; says what has changed when the site has answered.

import { get, inTurn, post } from "./edit-send.js";

const EDITED = 1;
const LOOKED = 2;

/** Text as the site keeps it: one blank between words. */
export const fold = (text) => text.trim().replace(/\s+/gu, " ");

export class Transcript extends EventTarget {
  #lines = new Map();
  #places = new Map();

  constructor(root) {
    super();
    this.base = root.dataset.base;
    this.words = JSON.parse(root.dataset.flagWords);
    this.flags = Object.keys(this.words);
    Object.assign(this, JSON.parse(root.dataset.desk));
    this.whole = false; // all lines are here, not only those of the page as it came
    const labels = this.voices.map((voice) => voice.label);
    this.order = [];
    for (const { dataset, children } of root.children) {
      const line = {
        id: Number(dataset.line),
        start: Number(dataset.start),
        end: Number(dataset.end),
        voice: labels.indexOf(dataset.voice),
        text: [...children].find((child) => child.className === "said").textContent,
        rev: Number(dataset.rev),
        flags: dataset.flags ? dataset.flags.split(" ") : [],
        state: Number(dataset.state),
        sure: Number(dataset.sure),
      };
      this.#lines.set(line.id, line);
      this.order.push(line.id);
    }
    this.#number();
  }

  line(id) {
    return this.#lines.get(id);
  }

  /** Where a line stands; -1 where it is not there. */
  place(id) {
    return this.#places.get(id) ?? -1;
  }

  needsLook(line) {
    return line.flags.length > 0 && !(line.state & LOOKED);
  }

  edited(line) {
    return (line.state & EDITED) !== 0;
  }

  /** The ids of the lines that somebody should look at, in order. */
  get flagged() {
    return this.order.filter((id) => this.needsLook(this.line(id)));
  }

  /** All lines, from the site. */
  async load() {
    let found = await get(`${this.base}/lines`);
    while (found.rev < this.rev) found = await get(`${this.base}/lines`); // it was on its way when something was saved
    this.flags = found.flags;
    this.#lines = new Map(found.lines.map((row) => [row[0], this.#read(row)]));
    this.order = found.lines.map((row) => row[0]);
    this.#number();
    this.whole = true;
    Object.assign(this, { version: found.version, voices: found.voices });
    this.#stand(found);
    this.#tell("loaded", { ids: this.order });
    this.#tell("voices");
  }

  /** What others have changed since. */
  async catchUp() {
    const found = await get(`${this.base}/lines?since=${this.rev}`);
    if (found.version !== this.version || this.#reordered(found.voices)) return this.load();
    if (found.rev > this.rev) this.apply(found);
  }

  /** Takes in what a change has made. */
  apply(change) {
    if (change.version !== this.version || (change.voices && this.#reordered(change.voices))) {
      this.#stand(change);
      this.load();
      return;
    }
    const missed = change.rev > this.rev + 1 && !change.order && change.lines.length > 0;
    const known = this.rev;
    if (change.voices) this.voices = change.voices;
    for (const row of change.lines) this.#lines.set(row[0], this.#read(row));
    if (change.order && this.whole) {
      const there = new Set(change.order);
      for (const id of this.#lines.keys()) if (!there.has(id)) this.#lines.delete(id);
      this.order = change.order;
      this.#number();
    }
    this.#stand(change);
    this.#tell("changed", { ids: change.lines.map((row) => row[0]), order: change.order !== null });
    if (change.voices) this.#tell("voices");
    if (missed) this.#fetchSince(known);
  }

  /** Does something to the transcript; what is said of it by others comes with the error. */
  change(path, values) {
    return inTurn(async () => {
      const made = await post(`${this.base}/${path}`, typeof values === "function" ? values() : values);
      this.apply(made);
      return made;
    });
  }

  async #fetchSince(rev) {
    const found = await get(`${this.base}/lines?since=${rev}`).catch(() => null);
    if (found && found.version === this.version && found.rev >= this.rev) this.apply({ ...found, rev: this.rev });
  }

  #reordered(voices) {
    return this.voices.some((voice, k) => voices[k]?.label !== voice.label);
  }

  #read([id, start, end, voice, text, rev, bits, state, sure]) {
    const flags = bits ? this.flags.filter((_, k) => bits & (1 << k)) : [];
    return { id, start, end, voice, text, rev, flags, state, sure };
  }

  #number() {
    this.#places = new Map(this.order.map((id, k) => [id, k]));
  }

  #stand({ rev, undo, redo }) {
    Object.assign(this, { rev: Math.max(rev, this.rev), undo, redo });
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
