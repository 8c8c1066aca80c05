// Keys for the whole page; never while somebody types, and off where somebody switched them off.

import { current, episode } from "./player.js";

const SKIP_S = 5;
const KEY = "keys";
const dialog = document.getElementById("keys");
const box = dialog.querySelector("[data-keys-on]");

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
    location.assign(document.querySelector("[data-key=search]").href);
    return;
  }
  field.focus();
  field.select();
}

/** The next moment (or the one before): on its own page, in an episode, on a list. */
function step(by) {
  const link = document.querySelector(by > 0 ? "main a[rel=next]" : "main a[rel=prev]");
  if (episode) return stepInEpisode(by);
  const cards = [...document.querySelectorAll("main [data-moment]")];
  if (cards.length < 2) return link?.click();
  const here = cards.findIndex((card) => card.contains(document.activeElement));
  const next = cards[here < 0 ? (by > 0 ? 0 : -1) : here + by];
  if (!next) return link?.focus();
  next.querySelector("[data-act=toggle]")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function stepInEpisode(by) {
  const now = episode.audio.currentTime;
  const places = [...document.querySelectorAll("[data-mark]")].map((mark) => Number(mark.dataset.seek));
  const place = by > 0 ? places.find((p) => p > now + 0.5) : places.findLast((p) => p < now - 1.5);
  if (place !== undefined) episode.seek(place);
}

const ACTIONS = {
  " ": () => current()?.toggle(),
  ArrowLeft: () => current()?.skip(-SKIP_S),
  ArrowRight: () => current()?.skip(SKIP_S),
  j: () => step(1),
  k: () => step(-1),
  "/": search,
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog.open) return;
  if (document.body.classList.contains("recording")) return; // nothing may sound into a recording
  if (!box.checked || !Object.hasOwn(ACTIONS, key) || types(target)) return;
  if (key === " " && (presses(target) || !current())) return;
  if (key.startsWith("Arrow") && (target.closest("input") || !current())) return;
  event.preventDefault();
  ACTIONS[key]();
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
