// Words of this episode: found while they are typed, marked without touching the page, walked through with Enter.

import { reveal } from "./follow.js";
import { stay } from "./transcript.js";

const FEWEST = 2; // letters
const SOON_MS = 120;
const ENGLISH = /^[ -~]*$/;
const list = document.querySelector("[data-transcript]");
const form = document.querySelector("[data-find]");
const field = form.querySelector("input");
const says = form.querySelector("[role=status]");
const steps = form.querySelector("[data-steps]");
const marks = globalThis.Highlight ? { all: new Highlight(), now: new Highlight() } : null;

let turns = null; // [{lines: [{node, start, end}], text}]
let hits = []; // [{turn, start, end}], offsets into the turn's text
let here = -1;
let timer = 0;

if (marks) {
  CSS.highlights.set("found", marks.all);
  CSS.highlights.set("found-now", marks.now);
}

/** Letters alone: no case, no accents, straight quotes; as long as what it was made from. */
function plain(text) {
  if (ENGLISH.test(text)) return text.toLowerCase(); // by far the most, and fifty times as fast
  return [...text]
    .map((letter) => {
      const base = letter.normalize("NFD")[0].toLowerCase();
      return base === "’" || base === "‘" ? "'" : base.length === letter.length ? base : letter;
    })
    .join("");
}

function read() {
  turns = [...list.querySelectorAll("[data-start]")].map((node) => {
    let text = "";
    const lines = [...node.querySelectorAll(".line")].map((line) => {
      const start = text.length;
      text += `${plain(line.textContent)} `;
      return { node: line, start, end: text.length - 1 };
    });
    return { lines, text };
  });
}

/** The place of a character in a line, whether its words are elements of their own or not. */
function point(line, offset) {
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  let left = offset;
  let node = walker.nextNode();
  while (node && left > node.length) {
    left -= node.length;
    node = walker.nextNode();
  }
  return node ? [node, left] : [line, 0];
}

function rangeOf(hit) {
  const first = hit.turn.lines.find((line) => hit.start < line.end + 1);
  const last = hit.turn.lines.findLast((line) => hit.end > line.start) ?? first;
  const [startContainer, startOffset] = point(first.node, hit.start - first.start);
  const [endContainer, endOffset] = point(last.node, Math.min(hit.end, last.end) - last.start);
  return new StaticRange({ startContainer, startOffset, endContainer, endOffset });
}

function draw() {
  for (const node of list.querySelectorAll(".found")) node.classList.remove("found");
  marks?.all.clear();
  marks?.now.clear();
  for (const hit of hits) mark(hit);
  if (!marks && hits[here]) lineOf(hits[here]).classList.add("found");
}

function mark(hit) {
  if (!marks) return;
  if (hit.range) for (const kind of [marks.all, marks.now]) kind.delete(hit.range);
  hit.range = rangeOf(hit);
  (hit === hits[here] ? marks.now : marks.all).add(hit.range);
}

function lineOf(hit) {
  return hit.turn.lines.find((line) => hit.start < line.end + 1).node;
}

function look() {
  const words = plain(field.value.trim().replace(/\s+/g, " "));
  hits = [];
  here = -1;
  if (words.length >= FEWEST) {
    if (!turns) read();
    for (const turn of turns) {
      for (let at = turn.text.indexOf(words); at >= 0; at = turn.text.indexOf(words, at + words.length)) {
        hits.push({ turn, start: at, end: at + words.length });
      }
    }
  }
  draw();
  steps.hidden = hits.length === 0;
  says.textContent = words.length < FEWEST ? "" : hits.length ? places(hits.length) : "Nobody says that in this episode.";
}

function places(number) {
  return number === 1 ? "1 place" : `${number} places`;
}

function step(by) {
  if (timer) {
    clearTimeout(timer);
    timer = 0;
    look();
  }
  if (!hits.length) return;
  const before = hits[here];
  here = (here + by + (here < 0 && by < 0 ? 1 : 0) + hits.length) % hits.length;
  stay();
  reveal(lineOf(hits[here]));
  if (!marks) draw();
  else for (const hit of [before, hits[here]]) if (hit) mark(hit);
  says.textContent = `${here + 1} of ${hits.length}`;
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    look();
  }, SOON_MS);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.shiftKey) {
    event.preventDefault();
    step(-1);
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  step(1);
});
form.querySelector("[data-act=before]").addEventListener("click", () => step(-1));
list.addEventListener("redrawn", (event) => {
  for (const hit of hits) if (hit.turn.lines.some((line) => line.node === event.detail)) mark(hit);
});
