// Follows what lies on the desk; without scripts the page loads itself again while something is in work.

const EVERY_MS = 1500;
const desk = document.getElementById("desk");
const says = document.querySelector("[data-says]");

function set(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

function show(job) {
  const line = document.getElementById(`job-${job.slug}`);
  if (!line) return;
  set(line.querySelector("[data-words]"), job.words);
  set(line.querySelector("[data-percent]"), job.percent === null ? "" : `, ${job.percent} %`);
  set(line.querySelector("[data-left]"), job.left ? `, ${job.left}` : "");
  const bar = line.querySelector("progress");
  if (!bar) return;
  if (job.percent === null) bar.removeAttribute("value");
  else bar.value = job.percent;
}

async function json(address) {
  const answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
  if (answer.status === 401) {
    location.reload(); // logged out: the page leads to the login and back
    return null;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Puts the lists in the place of the old ones; whoever stands on a button of them stays there. */
async function renew(now) {
  const answer = await fetch(desk.dataset.part, { cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  const held = desk.contains(document.activeElement) ? document.activeElement.closest("[id]") : null;
  const line = held?.closest("[data-job]")?.id;
  desk.innerHTML = await answer.text();
  desk.dataset.version = now;
  if (!held) return;
  const again = document.getElementById(held.id) ?? document.querySelector(`#${CSS.escape(line ?? "desk")} button`);
  again?.focus();
}

async function look() {
  const state = await json(desk.dataset.state);
  if (!state) return;
  if (state.version !== desk.dataset.version) {
    await renew(state.version);
    const moving = state.jobs.map((job) => `${document.querySelector(`#job-${CSS.escape(job.slug)} h3`)?.textContent}: ${job.words}`);
    set(says, moving.join(". "));
  }
  state.jobs.forEach(show);
}

async function watch() {
  if (!document.hidden) {
    try {
      await look();
    } catch {
      set(says, "The site does not answer; this page keeps asking.");
    }
  }
  setTimeout(watch, EVERY_MS);
}

setTimeout(watch, EVERY_MS);
