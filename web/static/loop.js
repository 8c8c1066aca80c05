// Again and again: a whole moment, or in an episode the stretch between two presses.

import { onKey } from "./keys.js";
import { episode } from "./player.js";
import { current } from "./sound.js";
import { clock } from "./times.js";

const SHORTEST_S = 0.5;

let from = null; // where a stretch of the episode begins, until its end is chosen

function ofStretch(player, button) {
  player.loop(!player.looping);
  button?.setAttribute("aria-pressed", String(player.looping));
  player.say(player.looping ? "Plays again and again" : "");
}

function show() {
  const button = episode.root.querySelector("[data-act=loop]");
  button.textContent = episode.round ? "Stop looping" : from === null ? "Loop" : "Loop to here";
}

function ofEpisode() {
  const now = episode.audio.currentTime;
  if (episode.round) {
    episode.loop(null);
    episode.say("Plays on");
  } else if (from === null && episode.end !== null) {
    begin({ start: episode.start, end: episode.end }); // the address already names a stretch
  } else if (from === null) {
    from = now;
    episode.say(`From ${clock(now)}. Press again where it ends.`);
  } else {
    const [start, end] = [Math.min(from, now), Math.max(from, now)];
    from = null;
    if (end - start < SHORTEST_S) episode.say("That is too short to loop.");
    else begin({ start, end });
  }
  show();
}

function begin(round) {
  episode.loop(round);
  episode.say(`${clock(round.start)} to ${clock(round.end)}, again and again`);
  episode.seek(round.start);
}

/** The stretch of the episode that is looped, or null. */
export function looped() {
  return episode?.round ?? null;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=loop]");
  if (!button) return;
  const player = ownerOf(button);
  if (player === episode) ofEpisode();
  else if (player) ofStretch(player, button);
});

function ownerOf(button) {
  if (episode?.root.contains(button)) return episode;
  const player = current();
  return player?.root.parentElement.contains(button) ? player : null;
}

onKey("l", () => {
  const player = current();
  if (!player) return;
  if (player === episode) ofEpisode();
  else ofStretch(player, player.root.querySelector("[data-act=loop]"));
});
episode?.addEventListener("loop", show);
