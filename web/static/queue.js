// A list, played in a row. It begins with a press, moves with j and k, and ends when something else is played.

import { onStep } from "./keys.js";
import { adopt } from "./player.js";
import { players, stage } from "./sound.js";

const HASH = "#play-all";
const PAUSE_MS = 700; // between two moments: time to breathe
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let row = null; // {list, at, button, says, timer}

function begin(button, at = 0) {
  end();
  const part = button.closest("section, main");
  adopt(part);
  const list = players.filter((player) => part.contains(player.root) && player.root.closest("[data-moment]"));
  if (!list.length) return;
  row = { list, at, button, says: button.parentElement.querySelector("[role=status]"), timer: 0 };
  for (const player of list) player.addEventListener("over", next);
  button.textContent = "Stop playing all";
  play();
}

function end() {
  if (!row) return;
  clearTimeout(row.timer);
  for (const player of row.list) player.removeEventListener("over", next);
  row.button.textContent = "Play all";
  row.says.textContent = "";
  row = null;
}

function play() {
  const player = row.list[row.at];
  row.says.textContent = `${row.at + 1} of ${row.list.length}`;
  player.root.closest("[data-moment]").scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  player.over = true; // from its beginning, wherever it was left
  player.play();
  const after = row.list[row.at + 1];
  if (after) after.audio.preload = "auto";
}

function next(event) {
  if (event.target.partial) return; // only its bid was heard
  clearTimeout(row.timer);
  row.timer = setTimeout(() => move(1), PAUSE_MS);
}

function move(by) {
  const at = row.at + by;
  clearTimeout(row.timer);
  row.list[row.at].audio.pause();
  if (at >= 0 && at < row.list.length) {
    row.at = at;
    play();
    return;
  }
  const further = by > 0 && row.button.closest("section")?.querySelector("nav.paging a[rel=next]");
  end();
  if (further) location.assign(further.href + HASH);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=all]");
  if (!button) return;
  if (row?.button === button) {
    row.list[row.at].audio.pause();
    end();
  } else begin(button);
});
stage.addEventListener("sounding", (event) => {
  if (!row || event.detail === row.list[row.at]) return;
  const at = row.list.indexOf(event.detail);
  if (at < 0) end();
  else row.at = at;
  if (row) row.says.textContent = `${row.at + 1} of ${row.list.length}`;
});
onStep((by) => {
  if (row) move(by);
  return row !== null;
});
if (location.hash === HASH) {
  history.replaceState(history.state, "", location.pathname + location.search); // it begins once, not with each reload
  const button = document.querySelector("main [data-act=all]");
  if (button) begin(button);
}
