// Tells the site once that something was really played: five seconds of it have sounded, or all of what is shorter.
// Nothing says who: no cookie goes along, and nothing is kept in the browser.

import { stage } from "./sound.js";

const COUNTED_S = 5;
const STEP_S = 1.5; // between two times of the clock; more than that is a jump
const SHARE = 0.9;
const address = new URL("../../plays", import.meta.url); // this module stands in static/<name>/
const told = new Set();

function tell(what) {
  if (document.documentElement.dataset.tail) return; // a copy in plain files has nobody to tell
  if (told.has(what) || navigator.onLine === false) return;
  told.add(what);
  const [kind, name] = [what.slice(0, what.indexOf(":")), what.slice(what.indexOf(":") + 1)];
  const body = JSON.stringify({ [kind]: name });
  const headers = { "Content-Type": "application/json" };
  fetch(address, { method: "POST", body, headers, credentials: "omit", keepalive: true }).catch(() => {
    // not counted: nobody who listens should notice
  });
}

function listenTo(player) {
  const what = player.root.closest("[data-play-of]")?.dataset.playOf;
  if (!what) return;
  const length = player.end === null ? Infinity : player.end - player.start;
  const enough = Math.min(COUNTED_S, SHARE * length);
  let heard = 0;
  let last = player.audio.currentTime;
  player.audio.addEventListener("timeupdate", () => {
    const step = player.audio.currentTime - last;
    last = player.audio.currentTime;
    if (step <= 0 || step > STEP_S * player.audio.playbackRate) return;
    heard += step;
    if (heard >= enough) tell(what);
  });
}

const known = new WeakSet();
stage.addEventListener("sounding", (event) => {
  if (known.has(event.detail)) return;
  known.add(event.detail);
  listenTo(event.detail);
});
