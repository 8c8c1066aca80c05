// The bid only: plays a moment up to its reply, and leaves the answer to the listener.

import { onKey } from "./keys.js";
import { current, players } from "./sound.js";

function playBid(player) {
  const until = Number(player.root.dataset.reply);
  if (!until) return;
  player.playPart(player.start, until);
  player.addEventListener("over", () => player.partial && player.say("Here the reply begins."), { once: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=bid]");
  const player = button && players.find((one) => one.root.contains(button));
  if (player) playBid(player);
});
onKey("b", () => {
  const here = document.activeElement?.closest("[data-moment]");
  const player = players.find((one) => here?.contains(one.root)) ?? current();
  if (player) playBid(player);
});
