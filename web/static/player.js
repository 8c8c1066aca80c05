// Finds the players of a page and makes them play.

import { current, enlist, players, sweep } from "./sound.js";
import { Stretch } from "./stretch.js";
import { Episode } from "./whole.js";

export { current, players };

/** Makes the stretches in a part of the page play; what has left the page is let go. */
export function adopt(part) {
  sweep();
  for (const root of part.querySelectorAll("[data-stretch]")) {
    if (players.some((player) => player.root === root)) continue;
    const made = new Stretch(root);
    enlist(made);
    made.show();
  }
}

adopt(document);
for (const root of document.querySelectorAll("[data-player]")) enlist(new Episode(root));

/** The page's episode, or null. */
export const episode = players.find((player) => player instanceof Episode) ?? null;

for (const link of document.querySelectorAll("[data-seek]")) {
  link.addEventListener("click", (event) => {
    if (!episode || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    history.replaceState(null, "", `?t=${link.dataset.seek}`);
    episode.seek(Number(link.dataset.seek));
    episode.play();
  });
}
for (const player of players) player.show();
