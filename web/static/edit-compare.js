// Plays places of two versions.

import { Sound } from "./edit-sound.js";

for (const part of document.querySelectorAll("main [data-scripted]")) part.hidden = false;

const audio = document.querySelector("[data-sound]");
const none = { order: [] };
const sound = audio && new Sound(audio, none, { mark() {}, show() {}, row() {} });

document.querySelector(".pairs")?.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-play]");
  if (!button || !sound) return;
  if (sound.plays && sound.owner === button) {
    sound.stop();
    return;
  }
  const [start, end] = button.dataset.play.split(",").map(Number);
  sound.play(start, end, 1, button);
});
const verb = (button, words) => button && (button.querySelector("[data-verb]").textContent = words);
sound?.addEventListener("playing", ({ detail }) => verb(detail, "Stop"));
sound?.addEventListener("stopped", ({ detail }) => verb(detail, "Play"));
