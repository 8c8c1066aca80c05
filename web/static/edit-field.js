// One line at a time is written in, at its place; two texts for one line are shown with a choice.

import { make } from "./edit-rows.js";

const LONGEST = 2000;

export class Field {
  constructor(rows, drafts) {
    this.rows = rows;
    this.drafts = drafts;
    this.id = null;
    this.area = null;
    drafts.addEventListener("draft", ({ detail }) => this.#show(detail));
    rows.addEventListener("leaving", ({ detail }) => this.#gone(detail.id));
  }

  /** Lets a line be written in; the caret goes to a place in its text, or to its end. */
  open(id, caret) {
    if (this.id === id) {
      this.area.focus();
      return;
    }
    this.close();
    const row = this.rows.row(id);
    const draft = this.drafts.begin(id);
    this.area = make("textarea", "write");
    Object.assign(this.area, { value: draft.text, maxLength: LONGEST, rows: 1, spellcheck: true, lang: "en" });
    this.area.setAttribute("aria-label", `What is said at ${row.querySelector(".time").textContent}`);
    this.area.addEventListener("input", () => {
      this.drafts.write(id, this.area.value.replace(/[\r\n]+/g, " "));
      this.#grow();
    });
    row.querySelector(".said").after(this.area);
    row.classList.add("writing");
    this.id = id;
    this.#grow();
    this.area.focus({ preventScroll: true });
    const place = caret ?? draft.text.length;
    this.area.setSelectionRange(place, place);
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
    this.#show(id);
    this.rows.dispatchEvent(new CustomEvent("writing", { detail: { id, row } }));
  }

  /** Ends the writing; what was written is saved. */
  close({ focus = false, save = true } = {}) {
    if (this.id === null) return;
    const { id } = this;
    const row = this.rows.row(id);
    if (focus) row?.focus({ preventScroll: true });
    this.id = null;
    this.area.remove();
    this.area = null;
    row?.classList.remove("writing");
    if (save) this.drafts.end(id);
    else this.drafts.drop(id);
    this.rows.dispatchEvent(new CustomEvent("written", { detail: { id, row } }));
  }

  /** The row of a line goes, because the line is gone; what was written for it is shown until somebody lets it go. */
  #gone(id) {
    if (id === this.id) this.close({ save: Boolean(this.drafts.get(id)?.dirty) });
    queueMicrotask(() => this.#show(id));
  }

  #grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight + 2}px`;
  }

  #show(id) {
    const row = this.rows.row(id);
    const draft = this.drafts.get(id);
    if (row) this.rows.draw(id);
    if (this.id === id && draft && !draft.dirty && this.area.value !== draft.text) {
      const end = Math.min(this.area.selectionStart, draft.text.length);
      const typed = this.area.value.trim().replace(/\s+/gu, " ") === draft.text; // it differs in blanks only
      if (!typed) {
        this.area.value = draft.text;
        this.area.setSelectionRange(end, end);
        this.#grow();
      }
    }
    this.#problem(row, draft);
    this.#clash(id, row, draft);
  }

  #problem(row, draft) {
    let node = row?.querySelector(".problem");
    if (!draft?.problem) {
      node?.remove();
      return;
    }
    if (!node) {
      node = make("p", "problem");
      node.setAttribute("role", "alert");
      (row.querySelector(".write") ?? row.querySelector(".said")).after(node);
    }
    node.textContent = draft.problem;
  }

  #clash(id, row, draft) {
    const old = (row ?? document).querySelector(`.clash[data-of="${id}"]`);
    if (!draft?.clash) {
      const held = old?.contains(document.activeElement);
      old?.remove();
      if (held) (this.id === id ? this.area : row)?.focus();
      return;
    }
    if (old) {
      old.querySelector("[data-yours]").textContent = draft.text;
      if (draft.clash.line) old.querySelector("[data-theirs]").textContent = draft.clash.line.text;
      return;
    }
    const box = document.querySelector("[data-clash]").content.firstElementChild.cloneNode(true);
    const find = (name) => box.querySelector(`[data-${name}]`);
    const { line, by, at, sentence } = draft.clash;
    box.dataset.of = id;
    find("sentence").textContent = sentence;
    find("sentence").setAttribute("role", "alert");
    find("yours").textContent = draft.text;
    if (line) {
      const when = at ? ` at ${new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}` : "";
      find("now").textContent = by ? `${by} wrote${when}:` : "Now it says:";
      find("theirs").textContent = line.text;
    } else {
      for (const name of ["now", "theirs"]) find(name).remove();
      box.querySelector("[data-choose=mine]").remove();
      box.querySelector("[data-choose=theirs]").textContent = "Let it go";
    }
    box.addEventListener("click", ({ target }) => {
      const choice = target.closest("[data-choose]")?.dataset.choose;
      if (choice === "mine") this.drafts.mine(id);
      if (choice === "theirs") this.#takeTheirs(id);
    });
    const behind = row?.querySelector(".write") ?? row?.querySelector(".said");
    if (behind) behind.after(box);
    else this.rows.root.before(box); // the line is gone; what was written for it is not
  }

  #takeTheirs(id) {
    if (this.id === id) this.close({ focus: true, save: false });
    else this.drafts.drop(id);
  }
}
