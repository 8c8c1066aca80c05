// The button that keeps a moment, and the note that belongs to it.

import { all, annotate, changes, find, keep, letGo } from "./keep.js";
import { root } from "./root.js";
import { shelve, tidy } from "./shelf.js";

const SOON_MS = 300;

function show() {
  for (const button of document.querySelectorAll("[data-keep]")) {
    const kept = find(JSON.parse(button.dataset.keep).id);
    button.setAttribute("aria-pressed", String(Boolean(kept)));
    button.firstElementChild.textContent = kept ? "Kept" : "Keep";
    const note = button.closest("[data-moment]").querySelector("[data-note]");
    if (!note) continue;
    note.hidden = !kept;
    const field = note.querySelector("textarea");
    if (kept && document.activeElement !== field) field.value = kept.note;
  }
}

function link() {
  const node = document.createElement("a");
  node.href = `${root}kept`;
  node.textContent = "All kept moments";
  return node;
}

async function press(button) {
  const facts = JSON.parse(button.dataset.keep);
  const says = button.closest("[data-moment]").querySelector("[role=status]");
  if (find(facts.id)) {
    letGo(facts.id);
    says.textContent = "";
    await tidy(all());
    return;
  }
  const lasts = keep(facts);
  if (lasts) says.replaceChildren("Kept on this device. ", link());
  else says.textContent = "This browser keeps nothing, so it lasts until you leave this page.";
  if (lasts) await shelve(facts);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-keep]");
  if (button) press(button);
});

/** Writes a note down while it is typed. */
export function noteFrom(field, id) {
  let timer = 0;
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    if (find(id) && find(id).note !== field.value) annotate(id, field.value);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(write, SOON_MS);
  });
  field.addEventListener("change", write);
  addEventListener("pagehide", () => timer && write());
}

const note = document.querySelector("[data-moment] [data-note] textarea");
if (note) noteFrom(note, JSON.parse(note.closest("[data-moment]").querySelector("[data-keep]").dataset.keep).id);
changes.addEventListener("change", show);
show();
