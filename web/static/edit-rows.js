// The lines on the page: one row each, changed in place, so that neither the focus nor the reader's place is lost.

import { clock } from "./times.js";

const AT_ONCE = 80; // rows that are made before the page may breathe
const UNSURE = 60; // percent
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function make(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const breath = () => new Promise((resolve) => setTimeout(resolve));

export class Rows extends EventTarget {
  #rows = new Map();
  #filling = 0;

  constructor(root, transcript) {
    super();
    this.root = root;
    this.transcript = transcript;
    this.current = null; // id
    this.drafts = null; // what was written and is not saved yet is shown, too
    for (const row of root.children) {
      row.querySelectorAll("[data-plain]").forEach((part) => part.remove());
      row.tabIndex = -1;
      this.#rows.set(Number(row.dataset.line), row);
    }
    const first = root.firstElementChild;
    if (first) first.tabIndex = 0;
    transcript.addEventListener("loaded", () => {
      this.filled = this.#fill();
    });
    transcript.addEventListener("changed", ({ detail }) => this.#changed(detail));
    transcript.addEventListener("voices", () => this.#nameAll());
    this.filled = Promise.resolve();
  }

  row(id) {
    return this.#rows.get(id);
  }

  /** The line that a part of the page belongs to. */
  lineOf(node) {
    const row = node.closest?.("[data-line]");
    return row ? Number(row.dataset.line) : null;
  }

  /** Makes a line the current one; its row gets the focus where it is asked for. */
  async choose(id, { focus = true, middle = false } = {}) {
    if (!this.row(id)) await this.filled;
    const row = this.row(id);
    if (!row) return false;
    const before = this.row(this.current) ?? this.root.querySelector('[tabindex="0"]');
    if (before && before !== row) {
      before.tabIndex = -1;
      before.removeAttribute("aria-current");
    }
    row.tabIndex = 0;
    row.setAttribute("aria-current", "true");
    const other = this.current !== id;
    this.current = id;
    if (other) this.dispatchEvent(new CustomEvent("chosen", { detail: { id, row } }));
    if (focus) row.focus({ preventScroll: true });
    if (focus || middle) row.scrollIntoView({ block: middle ? "center" : "nearest", behavior: "instant" });
    return true;
  }

  /** The line so many places further, among those that are shown. */
  next(by) {
    const { order } = this.transcript;
    const only = this.root.classList.contains("only");
    let place = this.current === null ? (by > 0 ? -1 : order.length) : this.transcript.place(this.current);
    do place += by;
    while (only && order[place] !== undefined && !this.transcript.needsLook(this.transcript.line(order[place])));
    return order[place] ?? null;
  }

  /** The next line that somebody should look at; from the top again after the last. */
  nextFlagged() {
    const { flagged } = this.transcript;
    const here = this.current === null ? -1 : this.transcript.place(this.current);
    return flagged.find((id) => this.transcript.place(id) > here) ?? flagged[0] ?? null;
  }

  mark(id) {
    this.root.querySelector(".sounding")?.classList.remove("sounding");
    this.row(id)?.classList.add("sounding");
  }

  show(id) {
    this.row(id)?.scrollIntoView({ block: "center", behavior: calm.matches ? "instant" : "smooth" });
  }

  /** Draws a row anew. */
  draw(id) {
    const line = this.transcript.line(id);
    if (this.row(id) && line) this.#draw(this.row(id), line);
  }

  /** All rows in order, some at a time. */
  async #fill() {
    const turn = ++this.#filling;
    const { order } = this.transcript;
    const there = new Set(order);
    for (const [id, row] of this.#rows) if (!there.has(id)) this.#drop(id, row);
    for (let k = 0; k < order.length; k += AT_ONCE) {
      if (turn !== this.#filling || order !== this.transcript.order) break;
      this.#put(order.slice(k, k + AT_ONCE), k ? this.row(order[k - 1]) : null);
      await breath();
    }
    if (turn === this.#filling && order !== this.transcript.order) return this.#fill(); // it changed meanwhile
    if (turn === this.#filling) this.dispatchEvent(new Event("filled"));
  }

  /** Rows one after the other behind another one; those that are at their place stay untouched. */
  #put(ids, behind) {
    let place = behind ? behind.nextSibling : this.root.firstChild;
    let made = null;
    for (const id of ids) {
      const old = this.row(id);
      if (old) {
        if (made) this.root.insertBefore(made, place);
        made = null;
        this.#draw(old, this.transcript.line(id));
        while (place && place.nodeType !== 1) place = place.nextSibling;
        if (old === place) place = place.nextSibling;
        else this.root.insertBefore(old, place);
      } else {
        made ??= document.createDocumentFragment();
        made.append(this.#new(this.transcript.line(id)));
      }
    }
    if (made) this.root.insertBefore(made, place);
  }

  #new(line) {
    const row = make("li", "row");
    row.id = `line-${line.id}`;
    row.dataset.line = line.id;
    row.tabIndex = -1;
    const whose = make("p", "whose");
    whose.append(make("span", "time"), " ", make("span", "name"), " ", make("span", "why"));
    row.append(whose, make("p", "said"));
    this.#rows.set(line.id, row);
    this.#draw(row, line);
    return row;
  }

  #draw(row, line) {
    const { transcript } = this;
    const [whose, said] = [row.querySelector(".whose"), row.querySelector(".said")];
    const [time, name, why] = whose.children;
    const put = (node, text) => {
      if (node.textContent !== text) node.textContent = text;
    };
    put(time, clock(line.start / 1000));
    put(name, this.#name(line));
    const draft = this.drafts?.get(line.id);
    put(said, draft?.dirty ? draft.text : line.text);
    const look = transcript.needsLook(line);
    put(why, draft?.dirty && !draft.open ? "not saved yet" : look ? line.flags.map((flag) => transcript.words[flag] ?? flag).join(", ") : transcript.edited(line) ? "mended" : "");
    row.toggleAttribute("data-look", look);
  }

  #name(line) {
    const name = this.transcript.voices[line.voice]?.name ?? "Nobody can tell";
    return line.sure < UNSURE && line.voice >= 0 ? `${name}, perhaps` : name;
  }

  #changed({ ids, order }) {
    for (const id of ids) {
      const row = this.row(id);
      const line = this.transcript.line(id);
      if (row && line) this.#draw(row, line);
    }
    if (order && this.transcript.whole) this.#arrange();
  }

  #arrange() {
    const { order } = this.transcript;
    const there = new Set(order);
    for (const [id, row] of this.#rows) if (!there.has(id)) this.#drop(id, row);
    let place = this.root.firstElementChild;
    for (const id of order) {
      const row = this.row(id) ?? this.#new(this.transcript.line(id));
      if (row === place) place = place.nextElementSibling;
      else this.root.insertBefore(row, place);
    }
  }

  #drop(id, row) {
    if (this.current === id) {
      const held = row.contains(document.activeElement);
      const next = row.nextElementSibling ?? row.previousElementSibling;
      this.dispatchEvent(new CustomEvent("leaving", { detail: { id, row } }));
      this.current = null;
      row.remove();
      this.#rows.delete(id);
      if (next) this.choose(Number(next.dataset.line), { focus: held });
      return;
    }
    row.remove();
    this.#rows.delete(id);
  }

  #nameAll() {
    for (const [id, row] of this.#rows) {
      const line = this.transcript.line(id);
      const name = line && this.#name(line);
      const node = row.querySelector(".name");
      if (line && node.textContent !== name) node.textContent = name;
    }
  }
}
