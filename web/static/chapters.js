// The moments of an episode as its chapters: the one that sounds is marked, on the list and on the waveform.

import { episode } from "./player.js";
import { lastStarted } from "./times.js";

const lines = [...document.querySelectorAll("[data-moment-line]")].map((node) => ({
  node,
  start: Number(node.dataset.from),
  end: Number(node.dataset.to),
}));
const marks = [...document.querySelectorAll("[data-mark]")];
const wave = document.querySelector(".wave");

let now = -1;

function show() {
  const time = episode.audio.currentTime + 0.01;
  const started = lastStarted(lines, time);
  const index = started >= 0 && time < lines[started].end ? started : -1;
  if (index === now) return;
  for (const node of [lines[now]?.node, marks[now]]) node?.removeAttribute("aria-current");
  now = index;
  for (const node of [lines[now]?.node, marks[now]]) node?.setAttribute("aria-current", "true");
}

// Three hundred marks would be three hundred stops for the Tab key: one is, and arrows walk among them.
marks.forEach((mark, i) => mark.setAttribute("tabindex", i ? "-1" : "0"));
wave.addEventListener("keydown", (event) => {
  const at = marks.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: marks.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (!marks[to]) return;
  marks[at].setAttribute("tabindex", "-1");
  marks[to].setAttribute("tabindex", "0");
  marks[to].focus();
});

episode.addEventListener("move", show);
show();
