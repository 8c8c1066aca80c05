// What was written and is not saved yet: sent after a pause and when the line is left, kept here while nobody answers.

import { fold } from "./edit-model.js";
import { inTurn, Later, post, Refused } from "./edit-send.js";

const PAUSE_MS = 900; // without a key
const AGAIN_MS = 3000; // after nobody has answered
const SLOW_MS = 1000; // a shorter while is not worth a word

export class Drafts extends EventTarget {
  #kept = new Map();
  #timers = new Map();
  #again = 0;

  constructor(transcript) {
    super();
    this.transcript = transcript;
    addEventListener("online", () => this.saveAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.saveAll());
    addEventListener("beforeunload", (event) => {
      if (this.waiting) event.preventDefault();
    });
    transcript.addEventListener("changed", () => this.#refresh());
    transcript.addEventListener("loaded", () => this.#refresh());
  }

  /** How many lines hold words that the site does not have. */
  get waiting() {
    return [...this.#kept.values()].filter((draft) => draft.dirty).length;
  }

  get(id) {
    return this.#kept.get(id);
  }

  get all() {
    return [...this.#kept];
  }

  /** Somebody begins to write. */
  begin(id) {
    const line = this.transcript.line(id);
    if (!this.#kept.has(id)) this.#kept.set(id, { text: line.text, seen: line.rev, dirty: false, open: true });
    const draft = this.#kept.get(id);
    draft.open = true;
    return draft;
  }

  write(id, text) {
    const draft = this.#kept.get(id);
    Object.assign(draft, { text, dirty: true, problem: "" });
    clearTimeout(this.#timers.get(id));
    if (!draft.clash) this.#timers.set(id, setTimeout(() => this.save(id), PAUSE_MS));
  }

  /** The line is left. */
  end(id) {
    const draft = this.#kept.get(id);
    if (!draft) return Promise.resolve(true);
    draft.open = false;
    return this.save(id);
  }

  /** What was written is let go. */
  drop(id) {
    clearTimeout(this.#timers.get(id));
    this.#kept.delete(id);
    this.#tell("draft", id);
  }

  /** Sends a line's words; true when the site has them. */
  save(id) {
    clearTimeout(this.#timers.get(id));
    return inTurn(() => this.#send(id));
  }

  async saveAll() {
    const saved = await Promise.all([...this.#kept.keys()].map((id) => this.save(id)));
    return saved.every(Boolean);
  }

  /** After a clash: this text, and not the other one. */
  mine(id) {
    const draft = this.#kept.get(id);
    draft.seen = draft.clash.line?.rev ?? draft.seen;
    draft.clash = null;
    this.#tell("draft", id);
    return this.save(id);
  }

  async #send(id) {
    const draft = this.#kept.get(id);
    if (!draft) return true;
    if (draft.clash) return false;
    const line = this.transcript.line(id);
    if (!draft.dirty || (line && line.rev === draft.seen && fold(draft.text) === line.text)) return this.#done(id, draft, false);
    const { text } = draft;
    const slow = setTimeout(() => this.#say("Saving…"), SLOW_MS);
    try {
      const made = await post(`${this.transcript.base}/lines/${id}/text`, { text, seen: draft.seen });
      this.transcript.apply(made);
      draft.seen = made.lines.find((row) => row[0] === id)?.[5] ?? draft.seen;
      if (draft.text !== text) {
        this.write(id, draft.text); // more was written meanwhile
        return false;
      }
      return this.#done(id, draft, true);
    } catch (error) {
      return this.#failed(id, draft, error);
    } finally {
      clearTimeout(slow);
    }
  }

  #done(id, draft, sent) {
    draft.dirty = false;
    draft.problem = "";
    if (!draft.open) this.#kept.delete(id);
    if (sent || this.held) this.#say(this.waiting ? this.#heldWords() : `Saved ${now()}`);
    this.held = this.waiting > 0 && this.held;
    this.#tell("draft", id);
    return true;
  }

  #failed(id, draft, error) {
    if (error instanceof Later) {
      this.held = true;
      this.why = error.message;
      this.#say(this.#heldWords());
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.saveAll(), AGAIN_MS);
    } else if (error instanceof Refused && error.body.conflict) {
      const { line, by, at } = error.body.conflict;
      const row = line && { rev: line[5], text: line[4] };
      if (row && fold(draft.text) === row.text) {
        draft.seen = row.rev; // the answer to an earlier try was lost: it is what was written here
        this.transcript.catchUp().catch(() => {});
        return this.#done(id, draft, true);
      }
      draft.clash = { line: row, by, at, sentence: error.message };
      this.#say("Not saved: somebody changed the same line.");
      this.transcript.catchUp().catch(() => {});
    } else if (error instanceof Refused) {
      draft.problem = error.message;
      this.#say("");
    } else {
      throw error;
    }
    this.#tell("draft", id);
    return false;
  }

  /** What others wrote is taken over where nothing was written here. */
  #refresh() {
    for (const [id, draft] of this.#kept) {
      const line = this.transcript.line(id);
      if (line && !draft.dirty && line.rev !== draft.seen) {
        Object.assign(draft, { text: line.text, seen: line.rev });
        this.#tell("draft", id);
      }
    }
  }

  #heldWords() {
    const many = this.waiting === 1 ? "1 line is kept in this page and sent again." : `${this.waiting} lines are kept in this page and sent again.`;
    return `${this.why} ${many}`;
  }

  #say(words) {
    this.dispatchEvent(new CustomEvent("say", { detail: words }));
  }

  #tell(name, id) {
    this.dispatchEvent(new CustomEvent(name, { detail: id }));
  }
}

function now() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
