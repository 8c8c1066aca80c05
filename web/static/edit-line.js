// What can be done to the current line: its buttons, and the same for the keys.

import { fold } from "./edit-model.js";

const RATES = { play: 1, slow: 0.75, slower: 0.5 };
const points = (text) => [...text].length;

export class LineTools {
  constructor({ transcript, rows, drafts, field, sound, problem }) {
    Object.assign(this, { transcript, rows, drafts, field, sound, problem });
    this.node = document.querySelector("[data-tools]").content.firstElementChild.cloneNode(true);
    this.find = (name) => this.node.querySelector(`[data-do="${name}"]`);
    if (!sound) for (const name of Object.keys(RATES)) this.find(name).hidden = true;
    this.node.addEventListener("click", ({ target }) => {
      const name = target.closest("button")?.dataset.do;
      if (name) this.does(name);
    });
    // A button must not take the focus, and with it the caret, out of the text.
    this.node.addEventListener("pointerdown", (event) => event.target.closest("[data-do=split]") && event.preventDefault());
    this.find("speaker").addEventListener("change", ({ target }) => this.speaker(target.value || null));
    rows.addEventListener("chosen", ({ detail }) => this.#put(detail.row));
    rows.addEventListener("writing", () => this.draw());
    rows.addEventListener("written", () => this.draw());
    transcript.addEventListener("changed", () => this.draw());
    transcript.addEventListener("loaded", () => this.draw());
    transcript.addEventListener("voices", () => this.#voices());
    sound?.addEventListener("playing", () => this.draw());
    sound?.addEventListener("stopped", () => this.draw());
    this.#voices();
  }

  get id() {
    return this.rows.current;
  }

  does(name) {
    if (this.id === null) return;
    if (name in RATES) this.play(RATES[name], name);
    else this[name]();
  }

  play(rate) {
    if (!this.sound || this.id === null) return;
    const same = this.sound.plays && this.sound.owner === this.id && this.sound.audio.playbackRate === rate;
    if (same) this.sound.stop();
    else this.sound.line(this.id, rate);
  }

  edit(caret) {
    this.field.open(this.id, caret);
  }

  done() {
    this.field.close({ focus: true });
  }

  async looked() {
    const line = this.transcript.line(this.id);
    if (!line.flags.length) return;
    await this.#change(`lines/${line.id}/looked`, { looked: this.transcript.needsLook(line) });
  }

  async speaker(label) {
    const { id } = this;
    await this.#change(`lines/${id}/speaker`, () => ({ voice: label, seen: this.transcript.line(id).rev }));
  }

  /** Cuts the line at the caret; what was not saved yet goes with it. */
  async split() {
    const { id } = this;
    const { area } = this.field;
    if (this.field.id !== id) return;
    const draft = this.drafts.get(id);
    const text = fold(area.value);
    const at = points(fold(`${area.value.slice(0, area.selectionStart)}|`)) - 1;
    const made = await this.#change(`lines/${id}/split`, () => ({ at, seen: draft.seen, text }), { saves: false });
    if (!made) return;
    this.field.close({ save: false });
    const second = made.lines.map((row) => row[0]).find((other) => other !== id);
    await this.rows.choose(second ?? id);
  }

  /** Joins the line with the one below, or with the one above; who writes goes on writing where they meet. */
  async merge(up = false) {
    const { order } = this.transcript;
    const place = this.transcript.place(this.id) - (up ? 1 : 0);
    const [first, second] = [order[place], order[place + 1]];
    if (first === undefined || second === undefined) {
      this.problem(up ? "This is the first line; there is none above." : "This is the last line; there is none below.");
      return;
    }
    const writes = this.field.id !== null;
    this.field.close({ focus: true });
    let meet = 0;
    const made = await this.#change(`lines/${first}/merge`, () => {
      meet = this.transcript.line(first).text.length;
      return { seen: this.transcript.line(first).rev, next_seen: this.transcript.line(second).rev };
    });
    if (!made) return;
    await this.rows.choose(first);
    if (writes) this.field.open(first, meet);
  }

  async delete() {
    const { id } = this;
    this.field.close({ focus: true, save: false });
    this.rows.row(id)?.focus({ preventScroll: true }); // from here it goes on to the next line
    await this.#change(`lines/${id}/delete`, () => ({ seen: this.transcript.line(id).rev }));
  }

  draw() {
    if (this.id === null) return;
    const line = this.transcript.line(this.id);
    if (!line) return;
    const writes = this.field.id === this.id;
    const focused = this.node.contains(document.activeElement) ? document.activeElement : null;
    this.find("edit").hidden = writes;
    this.find("done").hidden = this.find("split").hidden = !writes;
    this.find("looked").hidden = !line.flags.length;
    this.find("looked").textContent = this.transcript.needsLook(line) ? "It is right as it is" : "Flag it again";
    this.find("speaker").value = this.transcript.voices[line.voice]?.label ?? "";
    const sounds = this.sound?.plays && this.sound.owner === this.id;
    this.find("play").firstElementChild.textContent = sounds ? "Stop" : "Play";
    if (focused?.hidden) this.rows.row(this.id).focus({ preventScroll: true });
  }

  async #change(path, values, { saves = true } = {}) {
    this.problem("");
    try {
      if (saves && !(await this.#saved())) return null;
      return await this.transcript.change(path, values);
    } catch (error) {
      this.problem(error.message);
      if (error.body?.conflict) await this.transcript.catchUp().catch(() => {});
      return null;
    }
  }

  /** What was written goes first; where that cannot be, nothing else is done to the line. */
  async #saved() {
    const draft = this.drafts.get(this.id);
    if (!draft?.dirty) return true;
    const saved = await this.drafts.save(this.id);
    if (!saved && this.drafts.get(this.id)?.dirty) {
      this.problem("The words of this line are not saved yet. Nothing else was done to it.");
      return false;
    }
    return true;
  }

  #put(row) {
    if (this.field.id !== null && this.field.id !== this.id) this.field.close();
    row.append(this.node);
    this.draw();
  }

  #voices() {
    const select = this.find("speaker");
    const nobody = new Option("Nobody can tell", "");
    select.replaceChildren(nobody, ...this.transcript.voices.map((voice) => new Option(voice.name, voice.label)));
    this.draw();
  }
}
