// Reading along: the turn and the word that sound now are marked, and the page follows until the reader scrolls.

import { Follower } from "./follow.js";
import { onKey } from "./keys.js";
import { episode } from "./player.js";
import { lastStarted } from "./times.js";
import { close, open } from "./words.js";

const EARLY_S = 0.01; // places are rounded to hundredths

const list = document.querySelector("[data-transcript]");
const turns = [...list.querySelectorAll("[data-start]")].map((node) => ({ node, start: Number(node.dataset.start) }));
const follower = new Follower(document.querySelector("[data-follow]"), () => !episode.audio.paused);
const opened = new Set();

let turnNow = null;
let lineNow = null;
let wordNow = null;
let pointed = null;

function linesOf(turn) {
  turn.lines ??= [...turn.node.querySelectorAll(".line")].map((node) => ({ node, start: Number(node.dataset.at) }));
  return turn.lines;
}

/** The elements of a line's words; others are put away, unless they are pointed at or marked by the reader. */
function wordsOf(line) {
  if (!opened.has(line)) {
    opened.add(line);
    open(line);
    list.dispatchEvent(new CustomEvent("redrawn", { detail: line }));
  }
  return open(line);
}

function tidy() {
  const selection = getSelection();
  for (const line of opened) {
    if (line === lineNow || line === pointed) continue;
    if (!selection.isCollapsed && selection.containsNode(line, true)) continue;
    opened.delete(line);
    close(line);
    list.dispatchEvent(new CustomEvent("redrawn", { detail: line }));
  }
}

function showNow() {
  const time = episode.audio.currentTime + EARLY_S;
  const begun = episode.audio.currentTime > 0 || !episode.audio.paused;
  const turn = (begun && turns[lastStarted(turns, time)]) || null;
  const line = turn ? (linesOf(turn)[Math.max(0, lastStarted(linesOf(turn), time))]?.node ?? null) : null;
  if (turn !== turnNow) {
    turnNow?.node.removeAttribute("aria-current");
    turnNow = turn;
    turn?.node.setAttribute("aria-current", "true");
  }
  if (line !== lineNow) {
    lineNow = line;
    if (line) wordsOf(line);
    tidy();
    follower.to(line);
  }
  const words = line ? wordsOf(line) : [];
  const word = words[lastStarted(words, time)]?.node ?? null;
  if (word !== wordNow) {
    wordNow?.classList.remove("now");
    wordNow = word;
    wordNow?.classList.add("now");
  }
}

list.addEventListener("pointerover", (event) => {
  const line = event.target.closest(".line");
  if (!line || line === pointed || event.buttons) return; // whoever marks words must not lose them
  pointed = line;
  wordsOf(line);
  tidy();
});
list.addEventListener("click", (event) => {
  if (event.target.closest("a") || !getSelection().isCollapsed) return;
  const word = document.elementFromPoint(event.clientX, event.clientY)?.closest(".line [data-at], .line");
  if (!word) return;
  episode.seek(Number(word.dataset.at));
  episode.play();
  follower.set(true);
});
onKey("f", () => {
  follower.set(!follower.on);
  episode.say(follower.on ? "The page follows" : "The page stays where it is");
});

/** Whoever looks for words wants to stay where they are found. */
export function stay() {
  if (!episode.audio.paused) follower.set(false);
}

episode.addEventListener("move", showNow);
episode.audio.addEventListener("play", () => follower.to(lineNow));
showNow();
