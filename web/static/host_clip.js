// Waits for a video and shows how far it is.

const EVERY_MS = 700;
const box = document.querySelector("[data-video]");

async function look() {
  const answer = await fetch(box.dataset.video, { headers: { Accept: "application/json" } }).catch(() => null);
  const state = answer?.ok ? await answer.json() : { making: true };
  if (!state.making) {
    location.reload();
    return;
  }
  if (state.percent !== undefined) {
    box.querySelector("[data-percent]").textContent = `${state.percent} %`;
    box.querySelector("progress").value = state.percent;
  }
  setTimeout(look, EVERY_MS);
}

if (box) setTimeout(look, EVERY_MS);
