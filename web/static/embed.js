// A moment on somebody else's page: plays, follows its words, and nothing more. It keeps nothing in the browser.

import { players } from "./player.js";
import "./plays.js";
import { lastStarted } from "./times.js";
import { open } from "./words.js";

const EARLY_S = 0.01; // places are rounded to hundredths
const box = document.querySelector("[data-words-of]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const words = [...box.querySelectorAll(".line")].flatMap((line) => open(line));
const [player] = players;
let now = null;

function show() {
  const begun = player.audio.currentTime > 0 || !player.audio.paused;
  const word = (begun && words[lastStarted(words, player.audio.currentTime + EARLY_S)]?.node) || null;
  if (word === now) return;
  now?.classList.remove("now");
  now = word;
  if (!now) return;
  now.classList.add("now");
  if (!player.audio.paused) follow();
}

/** Scrolls the words alone: a frame must not move the page around it. */
function follow() {
  const place = now.getBoundingClientRect();
  const room = box.getBoundingClientRect();
  if (place.top >= room.top + 8 && place.bottom <= room.bottom - 8) return;
  box.scrollBy({ top: place.top - room.top - room.height / 3, behavior: calm.matches ? "auto" : "smooth" });
}

player.addEventListener("move", show);
show();
