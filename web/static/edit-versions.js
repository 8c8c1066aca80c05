// Follows a new recognition: how far it is, how long it still takes. When it is done the page is loaded anew, unless
// somebody writes in it.

import { get } from "./edit-send.js";

const EVERY_MS = 2000;
const box = document.querySelector("[data-job]");
let written = false;
const under = (state) => state === "waiting" || state === "working";

function left(seconds) {
  if (seconds === null) return "";
  return seconds < 90 ? `, about ${Math.max(1, Math.round(seconds))} s left` : `, about ${Math.round(seconds / 60)} min left`;
}

function words(job) {
  if (job.state === "waiting") return "Waiting for its turn.";
  return job.percent === null ? "At work." : `At work: ${job.percent} %${left(job.left_s)}.`;
}

async function follow() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const found = await get(box.dataset.url).catch(() => null); // no connection: the next look may have one
    if (!found) continue;
    if (!found.job || !under(found.job.state)) {
      if (!written) location.reload();
      else box.querySelector("[data-job-words]").textContent = "It has ended. Save what you wrote, then load the page again.";
      return;
    }
    const says = box.querySelector("[data-job-words]");
    if (says.textContent !== words(found.job)) says.textContent = words(found.job);
    box.querySelector("progress").value = found.job.percent ?? 0;
  }
}

addEventListener("input", () => (written = true));
for (const part of document.querySelectorAll("main [data-scripted]")) part.hidden = false;
if (under(box.dataset.state)) follow();
document.querySelector("[data-carried]")?.focus();
