// Follows episodes that are being worked on; without scripts the page loads itself again.

const EVERY_MS = 3000;

async function look(node) {
  const answer = await fetch(node.dataset.progress, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const { state, stage, percent } = await answer.json();
  if (state === "ready" || state === "failed") {
    location.reload();
    return;
  }
  const bar = node.querySelector("progress");
  say(node, stage, percent === null ? "" : `, ${percent} %`);
  if (percent === null) bar.removeAttribute("value");
  else bar.value = percent;
}

/** Changes only what is new, so that nothing is read out twice. */
function say(node, stage, percent) {
  const parts = [
    [node.querySelector("[data-stage]"), stage],
    [node.querySelector("[data-percent]"), percent],
  ];
  for (const [part, text] of parts) if (part.textContent !== text) part.textContent = text;
}

async function watch(node) {
  if (!document.hidden) {
    try {
      await look(node);
    } catch {
      say(node, "The site does not answer; this page keeps asking", "");
    }
  }
  setTimeout(() => watch(node), EVERY_MS);
}

for (const node of document.querySelectorAll("[data-progress]")) setTimeout(() => watch(node), EVERY_MS);
