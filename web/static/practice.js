// An exercise: record a reply, hear it, read what is said about it, say it again.

import { adopt, players } from "./player.js";
import { cutShort, forgetAll, held, Outbox, Refused } from "./outbox.js";
import { hindrance, Recorder, whyNot } from "./recorder.js";
import { clock } from "./times.js";

const SOON_MS = 200; // between two looks for the feedback, at first
const SOON_LOOKS = 40;
const LATER_MS = 1000;
const LAST_S = 10; // of the time: said aloud
const BROKE = "The site could not take it in. What you said is kept in this browser: load the page again to go on.";
const HELD = "No connection right now. What you say is kept in this browser and sent when it is back.";
const SILENT = "We hear nothing. Is the microphone muted, or another one chosen?";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const find = (name) => document.querySelector(`[data-${name}]`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- takes on the page

/** The take's article and the comparison, as the server draws them. */
async function drawn(url) {
  const answer = await fetch(`${url}/part`, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function sounding(node) {
  return players.some((player) => node.contains(player.root) && !player.audio.paused);
}

/** Puts in what is new and leaves what sounds or has the focus. */
function patch(page) {
  for (const part of page.querySelectorAll("[data-patch]")) {
    const old = document.querySelector(`[data-patch="${part.dataset.patch}"]`);
    if (!old || sounding(old)) continue;
    const focused = old.contains(document.activeElement);
    const fresh = document.importNode(part, true);
    old.replaceWith(fresh);
    ready(fresh);
    if (focused) fresh.querySelector("h2, h3, [tabindex]")?.focus();
  }
}

/** Makes players and forms of a piece of the page work. */
function ready(root) {
  adopt(root);
  for (const part of root.querySelectorAll("[data-scripted]")) part.hidden = false;
}

async function follow(url, says) {
  for (let look = 0; ; look++) {
    await pause(look < SOON_LOOKS ? SOON_MS : LATER_MS);
    let state = "waiting";
    try {
      const answer = await fetch(`${url}/state`, { cache: "no-store" });
      if (answer.status === 404) return; // thrown away meanwhile
      if (answer.ok) ({ state } = await answer.json());
      if (state === "waiting" || state === "recording") continue;
      patch(await drawn(url));
    } catch {
      continue; // no connection: the next look may have one
    }
    const asks = document.querySelector(`[data-correct="${url}"]`)?.closest("details") === null;
    const help = document.querySelector("[data-help]");
    const there = asks ? "Please look at what the machine has heard." : help ? "" : "The feedback is there.";
    help?.focus(); // it is read out, and in view
    says.textContent = state === "ready" ? there : "Your take is kept, but could not be heard through.";
    return;
  }
}

/** Shows a take that the server has; `sound` is the recording in this page, with its seconds. */
async function show(url, sound) {
  const says = find("says");
  const page = await drawn(url);
  const list = find("takes");
  const article = document.importNode(page.querySelector("[data-take]"), true);
  const root = article.querySelector("[data-stretch]");
  if (sound && root) {
    root.querySelector("audio").src = URL.createObjectURL(sound.blob);
    if (sound.seconds) {
      root.dataset.end = String(sound.seconds);
      root.querySelector("[data-lasting]").textContent = `${Math.round(sound.seconds)} s`;
    }
  }
  find("before")?.remove(); // how it can be said stands in the comparison from now on
  list.replaceChildren(article);
  ready(article);
  patch(page);
  says.textContent = `${article.dataset.name} is kept. Feedback follows.`;
  article.querySelector("h2").scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  await follow(url, says);
}

function showCode(code) {
  if (!code) return;
  const box = find("code");
  box.querySelector("output").textContent = code;
  box.hidden = false;
}

// ---- the recorder

class Room {
  #recorder = null;
  #busy = false;

  constructor(root) {
    this.root = root;
    this.asked = root.dataset.moment ? { moment_id: root.dataset.moment } : { prompt_id: root.dataset.prompt };
    this.button = find("record");
    this.verb = find("record-verb");
    this.left = find("left");
    this.level = find("level");
    this.says = find("says");
    this.trouble = find("trouble");
    this.problems = new Map();
    this.button.addEventListener("click", () => (this.#recorder ? this.#recorder.stop() : this.#start()));
    for (const name of ["visibilitychange", "pagehide", "freeze"]) {
      document.addEventListener(name, () => this.#recorder?.flush());
    }
  }

  async open() {
    const why = hindrance();
    if (why) {
      this.#problem(why);
      this.button.disabled = true;
    }
    const there = find("cut-there");
    if (there && (await held()).includes(there.dataset.cutThere)) there.remove(); // another tab is busy with it, or:
    const cut = await cutShort(this.asked);
    if (cut) this.#offer(cut);
  }

  async #start() {
    if (this.#busy) return;
    this.#busy = true;
    this.#problem("");
    this.says.textContent = "";
    for (const player of players) player.audio.pause();
    const recorder = new Recorder(Number(this.root.dataset.max));
    try {
      await recorder.start();
    } catch (error) {
      this.#problem(whyNot(error));
      return;
    } finally {
      this.#busy = false;
    }
    this.#recorder = recorder;
    const outbox = Outbox.begin(this.asked, recorder.mime, this.root.dataset.begin);
    this.#listen(recorder, outbox); // nothing is waited for before this: the first slice comes soon
    this.#state("recording", "Stop");
  }

  #listen(recorder, outbox) {
    let kept = Promise.resolve();
    const hold = async (blob) => outbox.add(await blob.arrayBuffer());
    recorder.addEventListener("slice", ({ detail }) => {
      kept = kept.then(() => hold(detail));
    });
    recorder.addEventListener("level", ({ detail }) => this.#meter(detail));
    recorder.addEventListener("silence", () => this.#problem(SILENT, "silence"));
    recorder.addEventListener("sound", () => this.#problem("", "silence"));
    this.#watch(outbox);
    recorder.addEventListener("end", async ({ detail }) => {
      const seconds = recorder.seconds;
      this.#recorder = null;
      await kept;
      this.#end(recorder, outbox, detail, seconds);
    });
  }

  #watch(outbox) {
    outbox.addEventListener("held", () => this.#problem(HELD, "line"));
    outbox.addEventListener("sending", () => this.#problem("", "line"));
    outbox.addEventListener("refused", ({ detail }) => this.#problem(detail || BROKE));
  }

  async #end(recorder, outbox, reason, seconds) {
    if (recorder.silent || !outbox.slices.length) {
      this.#state("idle");
      await outbox.discard();
      this.#problem("", "silence");
      this.#problem("Nothing came from the microphone, so nothing was kept. See that it is switched on, then record again.");
      return;
    }
    const words = { full: "The two minutes are over.", unplugged: "The microphone went away. What you said until then is kept." };
    this.#state("sending", "One moment");
    this.says.textContent = words[reason] ?? "";
    await this.#hand(outbox, { blob: outbox.blob, seconds });
  }

  async #hand(outbox, sound) {
    try {
      const { url, code } = await outbox.finish();
      this.#problem("");
      this.#state("idle", "Record another take");
      showCode(code);
      await show(url, sound);
    } catch (error) {
      this.#state("idle");
      this.#problem((error instanceof Refused && error.message) || BROKE);
    }
  }

  // ---- a take that was cut short

  #offer(outbox) {
    const box = find("cut");
    const close = () => {
      box.hidden = true;
      this.button.focus();
    };
    box.hidden = false;
    box.querySelector("[data-keep]").addEventListener("click", async () => {
      close();
      this.#watch(outbox);
      this.#state("sending", "One moment");
      await this.#hand(outbox, { blob: outbox.blob, seconds: 0 });
    });
    box.querySelector("[data-away]").addEventListener("click", async () => {
      close();
      await outbox.discard();
      this.says.textContent = "It is thrown away.";
    });
  }

  // ---- what is seen

  #state(name, verb = this.root.dataset.verb) {
    this.root.dataset.state = name;
    document.body.classList.toggle("recording", name === "recording");
    this.button.setAttribute("aria-disabled", String(name === "sending")); // not disabled: the focus stays
    this.#busy = name === "sending";
    this.verb.textContent = verb;
    if (verb !== "Stop" && verb !== "One moment") this.root.dataset.verb = verb;
    this.#meter(0);
    if (name === "recording") {
      this.#countDown();
      for (const part of [this.left, this.button]) part.scrollIntoView({ block: "nearest" });
    } else this.left.textContent = "";
  }

  #countDown() {
    const recorder = this.#recorder;
    let told = false;
    const tick = () => {
      if (this.#recorder !== recorder) return;
      const left = Math.max(0, Math.ceil(recorder.maxSeconds - recorder.seconds));
      this.left.textContent = `${clock(left)} left`;
      if (left <= LAST_S && !told) this.says.textContent = `${LAST_S} seconds left.`;
      told ||= left <= LAST_S;
      setTimeout(tick, 250);
    };
    tick();
  }

  #meter(level) {
    if (calm.matches && Math.abs(level - (this.shown ?? 0)) < 0.15 && level > 0) return;
    this.shown = level;
    this.level.style.transform = `scaleX(${level.toFixed(2)})`;
  }

  /** Says what is wrong, for each matter on its own; without words the matter is settled. */
  #problem(words, matter = "take") {
    this.problems.set(matter, words);
    const all = [...this.problems.values()].filter(Boolean).join(" ");
    if (this.trouble.textContent !== all) this.trouble.textContent = all;
  }
}

// ---- the rest of the page

document.addEventListener("click", async (event) => {
  const quote = event.target.closest("button[data-from]");
  if (quote) {
    const root = quote.closest("[data-take]").querySelector("[data-stretch]");
    players.find((p) => p.root === root)?.playPart(Number(quote.dataset.from), Number(quote.dataset.to));
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard?.writeText(copy.closest("[data-code]").querySelector("output").textContent).catch(() => {});
    copy.textContent = "Copied";
  }
  if (event.target.closest("[data-row]")) inARow(event.target.closest("[data-patch]"));
});

/** Plays all that a comparison has, one after the other. */
async function inARow(root) {
  for (const player of players.filter((p) => root.contains(p.root))) {
    player.seek(player.start);
    player.play();
    const over = await new Promise((resolve) => {
      player.addEventListener("over", () => resolve(true), { once: true });
      player.audio.addEventListener("pause", () => setTimeout(() => resolve(player.over)), { once: true });
    });
    if (!over) return; // somebody stopped it
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-correct]");
  if (!form) return;
  event.preventDefault();
  const url = form.dataset.correct;
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { accept: "application/json" },
    cache: "no-store",
  }).catch(() => null);
  if (!answer?.ok) {
    const why = await answer?.json().catch(() => null);
    form.querySelector("[role=status]").textContent = why?.error ?? "It could not be saved. Try again in a little while.";
    return;
  }
  patch(await drawn(url));
  document.querySelector(`[data-take="${form.dataset.id}"] [data-said]`)?.focus();
});

if (find("no-space")) forgetAll();
for (const node of document.querySelectorAll("[data-waits]")) follow(node.dataset.waits, find("says"));
const root = find("recorder");
if (root) new Room(root).open();
for (const part of document.querySelectorAll("main [data-scripted]")) part.hidden = false;
