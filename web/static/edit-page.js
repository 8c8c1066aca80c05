// The transcript editor: puts its parts together.

import { Drafts } from "./edit-drafts.js";
import { Field } from "./edit-field.js";
import { hearKeys } from "./edit-keys.js";
import { LineTools } from "./edit-line.js";
import { Transcript } from "./edit-model.js";
import { startReplacing } from "./edit-replace.js";
import { Rows } from "./edit-rows.js";
import { inTurn, post } from "./edit-send.js";
import { Sound } from "./edit-sound.js";
import { startVoices } from "./edit-voices.js";

const root = document.querySelector("[data-rows]");
const find = (name) => document.querySelector(`[data-${name}]`);

function say(words) {
  if (find("saved").textContent !== words) find("saved").textContent = words;
}

function problem(words) {
  find("problem").hidden = !words;
  find("problem").textContent = words;
}

const transcript = new Transcript(root);
const rows = new Rows(root, transcript);
const drafts = new Drafts(transcript);
rows.drafts = drafts;
const audio = find("sound");
const sound = audio && new Sound(audio, transcript, rows);
const field = new Field(rows, drafts);
const tools = new LineTools({ transcript, rows, drafts, field, sound, problem });

// ---- the bar

function drawBar() {
  for (const name of ["undo", "redo"]) {
    const form = document.querySelector(`[data-turn=${name}]`);
    const step = transcript[name];
    const button = form.querySelector("button");
    // A button that is switched off loses the focus: it only says so.
    button.disabled = false;
    button.setAttribute("aria-disabled", String(!step));
    button.title = step ? `${step.what}${step.by ? ` (${step.by})` : ""}` : "";
    button.setAttribute("aria-label", step ? `${button.textContent}: ${step.what}` : button.textContent);
  }
  if (!transcript.whole) return;
  const { length } = transcript.flagged;
  find("flagged").textContent = length;
  find("none").hidden = length > 0 || !root.classList.contains("only");
}

async function turn(name) {
  problem("");
  if (!transcript[name]) {
    say(name === "undo" ? "There is nothing to undo." : "There is nothing to do again.");
    return;
  }
  const { what } = transcript[name];
  try {
    if (!(await drafts.saveAll())) {
      problem("Something is not saved yet. Nothing was undone.");
      return;
    }
    const step = transcript[name];
    const made = await inTurn(() => post(`${transcript.base}/${name}`, { rev: transcript.rev }));
    transcript.apply(made);
    say(`${name === "undo" ? "Undone" : "Done again"}: ${what}`);
    const touched = step?.lines.find((id) => transcript.line(id));
    const held = document.activeElement?.closest("[data-bar]"); // who presses the button goes on pressing it
    if (touched !== undefined) await rows.choose(touched, { focus: !held, middle: true });
  } catch (error) {
    if (error.body?.conflict) {
      await transcript.catchUp().catch(() => {});
      problem("Somebody changed the transcript meanwhile. Nothing was undone: look at the lines, then undo again.");
    } else problem(error.message);
  }
}

for (const form of document.querySelectorAll("[data-turn]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    turn(form.dataset.turn);
  });
}

async function nextFlagged() {
  if (!transcript.whole) await loading;
  const id = rows.nextFlagged();
  if (id === null) say("Nothing is left to look at.");
  else await rows.choose(id, { middle: true });
}

find("next-flagged").addEventListener("click", nextFlagged);
find("only").addEventListener("click", ({ currentTarget }) => {
  const only = root.classList.toggle("only");
  currentTarget.setAttribute("aria-pressed", String(only));
  drawBar();
  rows.row(rows.current)?.scrollIntoView({ block: "nearest" });
});

// ---- lines

root.addEventListener("click", async (event) => {
  const { target } = event;
  const id = rows.lineOf(target);
  if (id === null || target.closest(".tools, .clash, .write, a")) return;
  if (target.classList.contains("time")) {
    await rows.choose(id);
    tools.play(1);
    return;
  }
  const said = target.closest(".said");
  const caret = said ? caretAt(event, said) : undefined;
  await rows.choose(id, { focus: !said });
  if (said && !getSelection().toString()) field.open(id, caret);
});

/** Where in a text somebody has pressed. */
function caretAt({ clientX, clientY }, said) {
  const found = document.caretPositionFromPoint?.(clientX, clientY);
  return found && said.contains(found.offsetNode) ? found.offset : undefined;
}

root.addEventListener("focusin", ({ target }) => {
  const id = rows.lineOf(target);
  if (id !== null && id !== rows.current) rows.choose(id, { focus: false });
});
root.addEventListener("focusout", ({ relatedTarget }) => {
  if (field.id === null) return;
  if (!document.hasFocus()) drafts.save(field.id);
  else if (!rows.row(field.id)?.contains(relatedTarget)) field.close();
});

// ---- words about it

drafts.addEventListener("say", ({ detail }) => say(detail));
sound?.addEventListener("say", ({ detail }) => problem(detail));
for (const name of ["changed", "loaded"]) transcript.addEventListener(name, drawBar);
sound?.addEventListener("follows", () => (find("follow").hidden = sound.follows));
sound?.addEventListener("stopped", () => (find("follow").hidden = true));
find("follow").addEventListener("click", () => {
  sound.followAgain();
  rows.row(rows.current)?.focus({ preventScroll: true });
});
for (const name of ["wheel", "touchmove"]) addEventListener(name, () => sound?.letGo(), { passive: true });

const openFind = startReplacing({ transcript, rows, drafts, say, problem });
startVoices({ transcript, drafts, sound, say, problem });
hearKeys({ rows, tools, field, sound, turn, nextFlagged, find: openFind });
document.querySelector("[data-panel=find]").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && rows.current !== null) rows.choose(rows.current);
});

// ---- the beginning

for (const part of document.querySelectorAll("main [data-scripted]:not([data-follow])")) part.hidden = false;
drawBar();

async function load() {
  try {
    await inTurn(() => transcript.load());
    await rows.filled;
    root.dataset.filled = "yes";
  } catch (error) {
    problem(`Only the first lines are here. ${error.message} Load the page again.`);
  }
}

const loading = load();

async function goToHash() {
  const id = Number(/^#line-(\d+)$/.exec(location.hash)?.[1]);
  if (id) await rows.choose(id, { middle: true });
}

loading.then(goToHash);
addEventListener("hashchange", goToHash);
addEventListener("focus", () => transcript.whole && inTurn(() => transcript.catchUp()).catch(() => {}));
document.documentElement.dataset.editing = "yes";
