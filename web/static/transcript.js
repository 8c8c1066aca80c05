// Reading along: the turn and the word that sound now are marked, and the page follows until the reader scrolls.

import { episode } from "./player.js";

const list = document.querySelector("[data-transcript]");
const turns = [...list.querySelectorAll("[data-start]")].map((node) => ({
  node,
  start: Number(node.dataset.start),
  end: Number(node.dataset.end),
}));
const again = document.querySelector("[data-follow]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let following = true;
let turnNow = null;
let wordNow = null;

/** The last item that starts at or before a time, by bisection; -1 before the first. */
function lastStarted(items, time) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Makes an element of each word of a turn, once; an hour of words would be too many at the start. */
function wordsOf(turn) {
  if (turn.words) return turn.words;
  turn.words = [];
  for (const line of turn.node.querySelectorAll(".line")) {
    const times = (line.dataset.words ?? "").split(" ").map(Number);
    const words = line.textContent.trim().split(/\s+/);
    if (!line.dataset.words || words.length !== times.length) {
      turn.words.push({ node: line, start: Number(line.dataset.at) });
      continue;
    }
    line.textContent = "";
    words.forEach((word, i) => {
      const node = document.createElement("span");
      node.dataset.at = String(times[i]);
      node.textContent = word;
      line.append(i ? " " : "", node);
      turn.words.push({ node, start: times[i] });
    });
  }
  return turn.words;
}

function showNow() {
  const time = episode.audio.currentTime;
  const started = time > 0 || !episode.audio.paused ? lastStarted(turns, time + 0.01) : -1;
  const turn = turns[started] ?? null;
  if (turn !== turnNow) {
    turnNow?.node.removeAttribute("aria-current");
    turnNow = turn;
    turn?.node.setAttribute("aria-current", "true");
    follow();
  }
  const word = turn ? wordsOf(turn)[lastStarted(wordsOf(turn), time + 0.01)]?.node : null;
  if (word !== wordNow) {
    wordNow?.classList.remove("now");
    wordNow = word ?? null;
    wordNow?.classList.add("now");
  }
}

function follow() {
  if (!following || !turnNow) return;
  const box = turnNow.node.getBoundingClientRect();
  if (box.top > 80 && box.bottom < innerHeight * 0.6) return;
  turnNow.node.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
}

function letGo() {
  if (!turnNow || episode.audio.paused) return;
  following = false;
  again.hidden = false;
}

for (const name of ["wheel", "touchmove"]) addEventListener(name, letGo, { passive: true });
addEventListener("keydown", (event) => {
  if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key)) letGo();
});
again.addEventListener("click", () => {
  following = true;
  again.hidden = true;
  follow();
});

list.addEventListener("pointerover", (event) => {
  const turn = turns.find((t) => t.node === event.target.closest("[data-start]"));
  if (turn) wordsOf(turn);
});
list.addEventListener("click", (event) => {
  if (event.target.closest("a") || !getSelection().isCollapsed) return;
  const word = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-at]");
  if (!word) return;
  episode.seek(Number(word.dataset.at));
  episode.play();
});

episode.addEventListener("move", showNow);
showNow();
