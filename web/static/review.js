// The review by ear and by keyboard: a moment is heard, cut, tagged and decided on; the next one comes by itself.

import { onKey } from "./keys.js";
import { adopt, players } from "./player.js";

const EDGE_S = 2; // that are heard of a start or an end that was moved
const LEAD_S = 3; // that are heard before a moment
const QUIET_MS = 700; // after the last nudge bounds are kept
const TOLD_MS = 8000;
const SAME_S = 0.005; // two places that are closer are one
const AROUND = 4; // words that say where it begins and ends
const VERBS = { approve: "Approved", reject: "Rejected", undo: "Undone", tags: "Tags kept", bounds: "Bounds kept" };

const queue = document.querySelector("[data-queue]");
const told = document.querySelector("[data-told]");
const token = document.querySelector("meta[name=csrf-token]").content;
const undoable = []; // ids, the last decision at the end
const chains = new WeakMap(); // what is on its way for a card, one after the other
const timers = new WeakMap();
let quiet = 0;
let here = null; // the card that keys are about

const cards = () => [...queue.querySelectorAll("[data-review]")];
const isOpen = (card) => card.dataset.state === "suggested";
const playerOf = (card) => players.find((player) => card.contains(player.root));

function tell(words) {
  told.textContent = words;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    told.textContent = ""; // it covers what lies below
  }, TOLD_MS);
}

function setHere(card) {
  here?.classList.remove("here");
  here = card;
  here?.classList.add("here");
}

function go(card) {
  setHere(card);
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function current() {
  const at = document.activeElement?.closest?.("[data-review]");
  if (at) setHere(at);
  if (!here?.isConnected) setHere(cards().find(isOpen) ?? cards()[0] ?? null);
  return here;
}

function step(by) {
  const all = cards();
  const at = all.indexOf(current());
  const wanted = document.activeElement?.closest("[data-review]") ? all[at + by] : all[Math.max(at, 0)];
  if (wanted) go(wanted);
}

// ---- what is sent

/** Does one thing after the other for a card, so that nothing overtakes what it is built on. */
function after(card, act) {
  const next = (chains.get(card) ?? Promise.resolve()).then(act);
  chains.set(card, next);
  return next;
}

function show(card, sentence) {
  const problem = card.querySelector("[data-problem]");
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify(body),
      keepalive: true, // the page may be left while it is on its way
    });
    const found = await answer.json().catch(() => ({ error: "The answer could not be read. Load the page again." }));
    return answer.ok ? { moment: found } : { error: found.error, moment: found.moment };
  } catch {
    return { error: "The companion does not answer. Nothing was lost; try again in a moment." };
  }
}

/** Puts the card as the server draws it now in the place of the old one. */
function redraw(card, moment) {
  const box = document.createElement("template");
  box.innerHTML = moment.card;
  const fresh = box.content.querySelector("[data-review]");
  const hadFocus = card.contains(document.activeElement);
  const wasHere = card === here;
  playerOf(card)?.audio.pause();
  card.replaceWith(fresh);
  adopt(queue);
  if (queue.querySelector("[data-left]") && !isOpen(fresh)) fresh.dataset.folded = ""; // it needs no room any more
  if (wasHere) setHere(fresh);
  if (hadFocus) fresh.focus({ preventScroll: true });
  return fresh;
}

function count(by) {
  const left = queue.querySelector("[data-left]");
  if (!left) return;
  const now = Math.max(0, Number(left.dataset.left) + by);
  left.dataset.left = now;
  left.textContent = now === 0 ? "Nothing waits" : now === 1 ? "1 moment waits" : `${now} moments wait`;
}

function next(card) {
  const all = cards();
  const at = all.indexOf(card);
  const wanted = all.slice(at + 1).find(isOpen) ?? all.slice(0, at).find(isOpen);
  if (wanted) {
    go(wanted);
  } else if (Number(queue.dataset.more) > 0) {
    const address = new URL(location.href);
    for (const name of ["page", "done", "of"]) address.searchParams.delete(name);
    address.hash = "";
    location.assign(address);
  } else {
    const done = queue.querySelector("[data-done]");
    done.hidden = false;
    done.focus();
  }
}

function chosenTags(card) {
  return [...card.querySelectorAll("[data-do=tags] input[type=checkbox]")].filter((b) => b.checked).map((b) => b.value);
}

const tagsChanged = (card) =>
  [...card.querySelectorAll("[data-do=tags] input[type=checkbox]")].some((box) => box.checked !== box.defaultChecked);

const boundsChanged = (card) => card.dataset.moved === "yes";

function bounds(card) {
  return { start_s: Number(card.dataset.from), end_s: Number(card.dataset.to) };
}

function act(card, what, address, more = () => ({})) {
  clearTimeout(timers.get(card));
  return after(card, async () => {
    if (!card.isConnected) return;
    const before = card.dataset.state;
    show(card, "");
    const { moment, error } = await post(address, { as_of: card.dataset.asOf, ...more() });
    if (error) {
      const shown = moment ? redraw(card, moment) : card;
      show(shown, error);
      if (moment && before === "suggested" && moment.state !== "suggested") count(-1);
      return;
    }
    tell(`${VERBS[what]}: ${card.dataset.who}.`);
    if (moment.state === "gone") {
      location.reload(); // the machine suggests something else there now
      return;
    }
    const fresh = redraw(card, moment);
    if (what !== "undo") undoable.push(moment.id);
    if (before !== moment.state) count(moment.state === "suggested" ? 1 : before === "suggested" ? -1 : 0);
    if (what === "undo") go(fresh);
    else if (before !== moment.state) next(fresh);
  });
}

function decide(card, what) {
  const form = card?.querySelector(`[data-do=${what}]`);
  if (!form) return;
  act(card, what, form.action, () => ({
    ...(what === "approve" && tagsChanged(card) ? { tags: chosenTags(card) } : {}),
    ...(what === "approve" && boundsChanged(card) ? bounds(card) : {}),
    ...(what === "tags" ? { tags: chosenTags(card) } : {}),
  }));
}

function undo() {
  const last = undoable.pop();
  const card = (last && document.getElementById(`moment-${last}`)) || null;
  if (card) decide(card, "undo");
  else if (current()?.querySelector("[data-do=undo]")) decide(current(), "undo");
  else document.querySelector("[data-lately]")?.requestSubmit();
}

// ---- bounds

/** The next word's edge from a place on, or the one before. */
function stepped(places, at, by) {
  if (by > 0) return places.find((place) => place > at + SAME_S) ?? Math.max(at, places.at(-1));
  return places.findLast((place) => place < at - SAME_S) ?? Math.min(at, places[0]);
}

function hear(card, edge) {
  const player = playerOf(card);
  const { start_s, end_s } = bounds(card);
  if (!player) return;
  if (edge === "start") player.playPart(start_s, Math.min(start_s + EDGE_S, end_s));
  else player.playPart(Math.max(start_s, end_s - EDGE_S), end_s);
}

function draw(card) {
  const { start_s, end_s } = bounds(card);
  const words = JSON.parse(card.dataset.words);
  const inside = words.filter(([a, b]) => b > start_s + 0.01 && a < end_s - 0.01).map((word) => word[2]);
  const put = (name, text) => {
    card.querySelector(name).textContent = text;
  };
  put("[data-at=start]", `${start_s.toFixed(1)} s`);
  put("[data-at=end]", `${end_s.toFixed(1)} s`);
  put("[data-words-at=start]", inside.slice(0, AROUND).join(" "));
  put("[data-words-at=end]", inside.slice(-AROUND).join(" "));
  put("[data-length]", `${Math.max(1, Math.round(end_s - start_s))} s`);
  const player = playerOf(card);
  player.start = Math.max(0, start_s - LEAD_S);
  player.whole = end_s;
  player.bar.max = end_s - player.start;
  player.show();
}

function nudge(card, edge, unit, way) {
  if (!card?.querySelector("[data-do=bounds]")) return;
  const { start_s, end_s } = bounds(card);
  const at = edge === "start" ? start_s : end_s;
  let to = Math.max(0, Math.round(10 * (at + way * 0.1)) / 10);
  if (unit === "word") {
    const places = JSON.parse(card.dataset.words).map((word) => word[edge === "start" ? 0 : 1]);
    to = stepped(places.sort((a, b) => a - b), at, way);
  }
  if (edge === "start" ? to >= end_s : to <= start_s) return;
  card.dataset[edge === "start" ? "from" : "to"] = to;
  card.dataset.moved = "yes";
  draw(card);
  hear(card, edge);
  clearTimeout(timers.get(card));
  timers.set(card, setTimeout(() => keepBounds(card), QUIET_MS));
}

function keepBounds(card) {
  return after(card, async () => {
    if (!card.isConnected || !boundsChanged(card)) return;
    const sent = bounds(card);
    delete card.dataset.moved;
    const form = card.querySelector("[data-do=bounds]");
    const { moment, error } = await post(form.action, { as_of: card.dataset.asOf, ...sent });
    if (error) {
      const found = moment ?? (await fetch(form.action.replace(/\/bounds$/u, ""), { headers: { Accept: "application/json" } }).then((a) => a.json(), () => null));
      show(found?.card ? redraw(card, found) : card, error);
      return;
    }
    card.dataset.asOf = moment.as_of; // not drawn anew: somebody listens
    undoable.push(moment.id);
    tell(`Bounds kept: ${card.dataset.who}.`);
    if (!card.querySelector("[data-do=undo]")) redrawWhenQuiet(card, moment);
  });
}

/** A card that can be undone now gets its button as soon as nothing sounds in it. */
function redrawWhenQuiet(card, moment) {
  const player = playerOf(card);
  const draws = () => {
    if (card.isConnected && card.dataset.asOf === moment.as_of && !boundsChanged(card)) redraw(card, moment);
  };
  if (!player || player.audio.paused) draws();
  else player.audio.addEventListener("pause", draws, { once: true });
}

// ---- what is pressed

queue.addEventListener("submit", (event) => {
  const card = event.target.closest("[data-review]");
  if (!card) return;
  event.preventDefault();
  const moved = event.submitter?.value?.split(":");
  if (event.target.dataset.do === "bounds") nudge(card, moved[0], moved[1], Number(moved[2]));
  else decide(card, event.target.dataset.do);
});

queue.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hear]");
  if (button) hear(button.closest("[data-review]"), button.dataset.hear);
});

queue.addEventListener("focusin", (event) => {
  const card = event.target.closest("[data-review]");
  if (card) setHere(card);
});

queue.addEventListener("keydown", (event) => {
  const tags = event.target.closest("[data-tags]");
  if (event.key !== "Escape" || !tags?.open) return;
  tags.open = false;
  go(tags.closest("[data-review]"));
});

window.addEventListener("pagehide", () => {
  for (const card of cards()) if (boundsChanged(card)) keepBounds(card);
});

onKey("a", () => decide(current(), "approve"));
onKey("r", () => decide(current(), "reject"));
onKey("u", undo);
onKey("j", () => step(1));
onKey("k", () => step(-1));
onKey("[", () => nudge(current(), "start", "word", -1));
onKey("]", () => nudge(current(), "start", "word", 1));
onKey("{", () => nudge(current(), "end", "word", -1));
onKey("}", () => nudge(current(), "end", "word", 1));
onKey(" ", () => current() && playerOf(current())?.toggle());
onKey("t", () => {
  const tags = current()?.querySelector("[data-tags]");
  if (!tags) return;
  tags.open = true;
  tags.querySelector("input[type=checkbox]").focus();
});

const asked = location.hash && document.getElementById(location.hash.slice(1));
const first = asked?.matches?.("[data-review]") ? asked : cards().find(isOpen);
if (first) go(first);
