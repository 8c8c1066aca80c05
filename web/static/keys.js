// Keys for the whole page; never while somebody types, and off where somebody switched them off.

import { current, episode } from "./player.js";

const SKIP_S = 5;
const LONG_SKIP_S = 15;
const KEY = "keys";
const dialog = document.getElementById("keys");
const box = dialog.querySelector("[data-keys-on]");
const steppers = [];
const taken = new Set(); // keys for which a page has something of its own

function remembered() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // storage is switched off
  }
}

function types(node) {
  return node.closest("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]") !== null;
}

function presses(node) {
  return node.closest("a, button, input, select, summary, audio, label") !== null;
}

function search() {
  const field = document.querySelector("main input[type=search]");
  if (!field) {
    location.assign(document.querySelector("[data-key=search]")?.href ?? "#main");
    return;
  }
  field.focus();
  field.select();
}

/** The next moment (or the one before): in a row that plays, on its own page, in an episode, on a list. */
export function step(by) {
  if (steppers.some((stepper) => stepper(by))) return;
  const link = document.querySelector(by > 0 ? "main a[rel=next]" : "main a[rel=prev]");
  if (episode) {
    stepInEpisode(by);
    return;
  }
  const cards = [...document.querySelectorAll("main [data-moment]")];
  if (cards.length < 2) {
    link?.click();
    return;
  }
  const here = cards.findIndex((card) => card.contains(document.activeElement));
  const next = cards[here < 0 ? (by > 0 ? 0 : -1) : here + by];
  if (!next) {
    link?.focus();
    return;
  }
  next.querySelector("[data-act=toggle]")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function stepInEpisode(by) {
  const now = episode.audio.currentTime;
  const places = [...document.querySelectorAll("[data-mark]")].map((mark) => Number(mark.dataset.seek));
  const place = by > 0 ? places.find((p) => p > now + 0.5) : places.findLast((p) => p < now - 1.5);
  if (place !== undefined) episode.seek(place);
}

/** Asks a function before `step` does what it does; it returns whether it has stepped. */
export function onStep(stepper) {
  steppers.push(stepper);
}

/** Adds a key. */
export function onKey(key, action) {
  ACTIONS[key] = action;
  taken.add(key);
}

const ACTIONS = {
  " ": () => current()?.toggle(),
  ArrowLeft: (event) => current()?.skip(event.shiftKey ? -LONG_SKIP_S : -SKIP_S),
  ArrowRight: (event) => current()?.skip(event.shiftKey ? LONG_SKIP_S : SKIP_S),
  j: () => step(1),
  k: () => step(-1),
  "/": search,
  "?": () => dialog.showModal(),
};

/** With Alt Gr brackets are typed on many keyboards; Windows reports it as Ctrl and Alt. */
function commands(event) {
  return !event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (commands(event) || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("recording")) return; // nothing may sound into a recording
  if (!box.checked || !Object.hasOwn(ACTIONS, key) || types(target)) return;
  if (key === " " && (presses(target) || !(taken.has(key) || current()))) return;
  if (key.startsWith("Arrow") && (target.closest("input") || !current())) return;
  event.preventDefault();
  ACTIONS[key](event);
});

box.checked = remembered();
box.addEventListener("change", () => {
  try {
    localStorage.setItem(KEY, box.checked ? "on" : "off");
  } catch {
    // as above: the choice lasts for this page
  }
});
document.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
for (const part of document.querySelectorAll(".foot [data-scripted]")) part.hidden = false;
