// What is shared: a moment's page, or of an episode the marked words, the looped stretch or the place that sounds.

import { onKey } from "./keys.js";
import { looped } from "./loop.js";
import { episode } from "./player.js";
import { current } from "./sound.js";
import { copy, share } from "./share.js";
import { placeOf } from "./times.js";
import { timesOf } from "./words.js";

const list = document.querySelector("[data-transcript]");

/** {start, end} of the words that somebody has marked in the transcript, or null. */
function marked() {
  const selection = getSelection();
  if (!list || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(list)) return null;
  const lines = [...list.querySelectorAll(".line")].filter((line) => range.intersectsNode(line));
  if (!lines.length) return null;
  const [first, last] = [lines[0], lines.at(-1)];
  const start = at(first, range.startContainer, range.startOffset, 0);
  const end = at(last, range.endContainer, range.endOffset, 1);
  return end > start ? { start, end } : null;
}

/** The time at a point of a line: where the first word behind it begins, or the last word before it ends. */
function at(line, container, offset, after) {
  const times = [...timesOf(line), Number(line.dataset.to)];
  if (!line.contains(container)) return after ? times.at(-1) : times[0];
  const before = document.createRange();
  before.selectNodeContents(line);
  before.setEnd(container, offset);
  const point = before.toString().length;
  const words = [...line.textContent.matchAll(/\S+/g)];
  if (words.length !== times.length - 1) return after ? times.at(-1) : times[0];
  if (after) return times[words.findLastIndex((word) => word.index < point) + 1];
  const first = words.findIndex((word) => word.index + word[0].length > point);
  return times[first < 0 ? words.length : first];
}

function linkOf(stretch) {
  const url = new URL(location.pathname, location.href);
  const two = (seconds) => String(Math.round(100 * seconds) / 100);
  url.search = `?t=${two(stretch.start)}${stretch.end === null ? "" : `,${two(stretch.end)}`}`;
  return url.href.replace("%2C", ",");
}

function chosen() {
  const stretch = marked() ?? looped();
  if (stretch) return stretch;
  const named = placeOf(location.hash) ?? placeOf(location.search.slice(1));
  const now = episode.audio.currentTime;
  return named?.end && now >= named.start && now <= named.end ? named : { start: now, end: null };
}

function shareHere() {
  const player = episode ?? current();
  if (!player) return;
  const url = episode ? linkOf(chosen()) : document.querySelector("[data-act=share]")?.dataset.url;
  if (url) share(document.title, new URL(url, location.href).href, (words) => player.say(words));
}

for (const button of document.querySelectorAll("[data-act=share]")) {
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // what is marked stays marked
  button.addEventListener("click", () => {
    button.focus({ preventScroll: true });
    shareHere();
  });
}
for (const button of document.querySelectorAll("[data-act=copy]")) {
  const says = button.parentElement.querySelector("[data-copied]");
  button.addEventListener("click", () => {
    copy(document.getElementById(button.dataset.from), (words) => {
      says.textContent = words;
    });
  });
}
onKey("s", shareHere);
