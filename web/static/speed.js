// How fast everything plays: chosen once, remembered by the browser, and without a change of pitch.

import { onKey } from "./keys.js";
import { current, players, stage } from "./sound.js";

const KEY = "speed";
const RATES = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2];

let rate = remembered();

function remembered() {
  try {
    const value = Number(localStorage.getItem(KEY));
    return RATES.includes(value) ? value : 1;
  } catch {
    return 1; // storage is switched off
  }
}

function apply(player) {
  player.audio.preservesPitch = true;
  player.audio.defaultPlaybackRate = rate; // a recording that is loaded again falls back to this one
  player.audio.playbackRate = rate;
}

function choose(value) {
  rate = value;
  try {
    localStorage.setItem(KEY, String(rate));
  } catch {
    // as above: the choice lasts for this page
  }
  for (const player of players) apply(player);
  for (const select of document.querySelectorAll("[data-speed]")) select.value = String(rate);
}

function step(by) {
  const next = RATES[RATES.indexOf(rate) + by];
  if (next) choose(next);
  current()?.say(next ? `Speed ${rate}` : by > 0 ? "This is the fastest" : "This is the slowest");
}

for (const player of players) apply(player);
stage.addEventListener("made", (event) => apply(event.detail));
for (const select of document.querySelectorAll("[data-speed]")) {
  select.replaceChildren(...RATES.map((value) => new Option(`${value}×`, String(value))));
  select.value = String(rate);
  select.addEventListener("change", () => choose(Number(select.value)));
}
onKey("[", () => step(-1));
onKey("]", () => step(1));
