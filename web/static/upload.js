// Hands recordings in: in pieces, one after another, on again after a lost connection or a closed tab.

import { crc32 } from "./crc.js";

const HEAD_BYTES = 65536;
const WAITS_MS = [1000, 2000, 4000, 8000];
const PATIENCE_MS = 300000;

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const choose = document.querySelector("[data-choose]");
const place = document.querySelector("[data-uploads]");
const refused = choose?.querySelector("[data-refused]");
const queue = []; // { file, upload, id }
let sending = false;

class Refusal extends Error {
  constructor(status, body) {
    super(body.error ?? "That did not work.");
    this.status = status;
    this.body = body;
  }
}

/** Asks the site; a refusal has its sentence, a lost connection is another error. */
async function ask(address, options = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": token, ...options.headers };
  const answer = await fetch(address, { cache: "no-store", ...options, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, body);
  return body;
}

const later = (status) => status === 429 || (status >= 500 && status !== 507);

/** Asks until the site answers; while it does not, `lost` is told. */
async function askOn(address, options, lost) {
  for (let tries = 0; ; tries += 1) {
    try {
      const body = await ask(address, options);
      lost("");
      return body;
    } catch (error) {
      if (error instanceof Refusal && !later(error.status)) throw error;
      lost("The connection is lost. This goes on by itself as soon as it is back.");
      await pause(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
    }
  }
}

/** Waits, but not longer than until the connection is back. */
function pause(ms) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
  });
}

function megabytes(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function lasting(s) {
  return s < 90 ? `${Math.max(1, Math.round(s))} s` : `${Math.round(s / 60)} min`;
}

function set(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

function problem(node, text) {
  if (!node) return;
  set(node, text);
  node.hidden = !text;
}

async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}

async function described(file) {
  const head = await bytesOf(file.slice(0, HEAD_BYTES));
  return { name: file.name, size: file.size, modified: file.lastModified, crc: crc32(head) };
}

function refuse(name, sentence) {
  const line = document.createElement("li");
  line.textContent = sentence.includes(name) ? sentence : `${name}: ${sentence}`;
  refused.append(line);
}

/** Offers files; the ones that are taken are sent. */
async function offer(files) {
  refused.replaceChildren();
  const said = document.querySelector('input[name="together"]:checked')?.value;
  const together = said ? said === "yes" : null;
  const described_ = [];
  for (const file of files) {
    try {
      described_.push(await described(file));
    } catch {
      refuse(file.name, "It cannot be read on this computer. Is it a folder, or on a stick that was pulled out?");
      described_.push(null);
    }
  }
  const kept = described_.map((d, i) => [d, files[i]]).filter(([d]) => d);
  if (!kept.length) return;
  let opened;
  try {
    const body = JSON.stringify({ files: kept.map(([d]) => d), together, into: choose.dataset.into ?? null });
    const post = { method: "POST", body, headers: { "Content-Type": "application/json" } };
    opened = await askOn(choose.dataset.begin, post, () => {});
  } catch (error) {
    refuse("", error.message);
    return;
  }
  opened.refused.forEach(({ name, sentence }) => refuse(name, sentence));
  for (const upload of opened.uploads) await showUpload(upload);
  opened.places.forEach((at, i) => {
    if (!at) return;
    const [upload, id] = at;
    if (!queue.some((one) => one.id === id)) queue.push({ file: kept[i][1], upload, id });
  });
  send();
}

async function showUpload(upload) {
  const answer = await fetch(upload.part, { cache: "no-store" });
  if (!answer.ok) return;
  document.querySelector(`[data-open="${upload.id}"]`)?.remove();
  const old = document.querySelector(`[data-upload="${upload.id}"]`);
  const box = document.createElement("div");
  box.innerHTML = await answer.text();
  const fresh = box.firstElementChild;
  if (old) keepWritten(old, fresh);
  if (old) old.replaceWith(fresh);
  else place.append(fresh);
}

/** What was typed stays typed where a part is made anew. */
function keepWritten(old, fresh) {
  for (const field of old.querySelectorAll("input[type=text], textarea, select")) {
    const same = fresh.querySelector(`[name="${CSS.escape(field.name)}"]`);
    if (same && field.value) same.value = field.value;
  }
}

async function send() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    const one = queue[0];
    try {
      await sendFile(one);
    } catch (error) {
      stopped(one, error);
    }
    queue.shift();
    if (!queue.some((other) => other.upload === one.upload)) await settle(one.upload);
  }
  sending = false;
}

function lineOf(id) {
  return document.querySelector(`[data-file="${id}"]`);
}

/** Sends what the site has not got of one file. */
async function sendFile({ file, upload, id }) {
  const section = document.querySelector(`[data-upload="${upload}"]`);
  const lost = (text) => set(section?.querySelector("[data-says]"), text);
  const state = await askOn(section.dataset.state, {}, lost);
  let { received } = state.files.find((f) => f.id === id) ?? { received: 0 };
  const chunk = Number(choose.dataset.chunk);
  const began = { at: performance.now(), received };
  while (received < file.size) {
    const line = lineOf(id);
    if (!line) return; // it was taken out
    progress(line, received, file.size, began);
    const bytes = await bytesOf(file.slice(received, received + chunk));
    const address = `${line.dataset.put}?offset=${received}&crc=${crc32(bytes)}`;
    const put = { method: "PUT", body: bytes, headers: { "Content-Type": "application/octet-stream" } };
    try {
      ({ received } = await askOn(address, put, lost));
    } catch (error) {
      if (error.status !== 409 || error.body.received === undefined) throw error;
      received = error.body.received; // a piece arrived whose answer was lost, or one was damaged
    }
  }
  const line = lineOf(id);
  if (line) done(line, file.size);
}

function progress(line, received, size, began) {
  const bar = line.querySelector("progress");
  bar.hidden = false;
  bar.value = received;
  const rate = (received - began.received) / (performance.now() - began.at);
  const left = rate > 0 ? `, about ${lasting((size - received) / rate / 1000)} left` : "";
  set(line.querySelector("[data-how-far]"), `${megabytes(received)} of ${megabytes(size)} here${left}`);
}

function done(line, size) {
  line.querySelector("progress").hidden = true;
  set(line.querySelector("[data-how-far]"), `${megabytes(size)}, all here`);
}

/** A file that goes no further: its sentence stands with it, the others go on. */
function stopped(one, error) {
  const line = lineOf(one.id);
  if (!line) return;
  const words =
    error.name === "NotReadableError" || error.name === "NotFoundError"
      ? "The file was changed or moved on this computer. Choose it again."
      : error.status === 401
        ? "You are logged out. Log in again, then choose the same files: they go on where they are."
        : error.message;
  line.querySelector("progress").hidden = true;
  set(line.querySelector("[data-how-far]"), "not taken");
  problem(line.querySelector("[data-file-problem]"), words);
}

/** All of an upload has arrived: what is due is done. */
async function settle(id) {
  const section = document.querySelector(`[data-upload="${id}"]`);
  if (!section) return;
  const says = section.querySelector("[data-says]");
  try {
    const state = await askOn(section.dataset.settle, { method: "POST" }, (text) => set(says, text));
    if (state.desk) location.assign(state.desk);
    else if (state.files.every((f) => f.checked)) set(says, "All of it is here. Look at the names, then start.");
    else if (state.files.some((f) => f.problem)) set(says, "Something in it cannot be taken. Take that out, then start.");
  } catch (error) {
    problem(section.querySelector("[data-problem]"), error.message);
  }
}

/** Start without leaving the page: what is still being sent would be lost with it. */
async function start(event) {
  const form = event.target.closest("[data-say]");
  if (!form) return;
  event.preventDefault();
  const section = form.closest("[data-upload]");
  const body = new FormData(form, event.submitter);
  try {
    const state = await ask(form.action, { method: "POST", body });
    problem(section.querySelector("[data-problem]"), "");
    if (state.desk) location.assign(state.desk);
    else set(section.querySelector("[data-says]"), "It starts as soon as all of it is here.");
  } catch (error) {
    const words = error instanceof Refusal ? error.message : "The connection is lost. Press it once more when it is back.";
    problem(section.querySelector("[data-problem]"), words);
  }
}

if (choose) {
  const field = choose.querySelector("input[type=file]");
  field.addEventListener("change", () => {
    offer([...field.files]);
    field.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    choose.addEventListener(kind, (event) => {
      event.preventDefault();
      choose.classList.toggle("over", kind === "dragover");
      if (kind === "drop") offer([...event.dataTransfer.files]);
    });
  }
}
document.addEventListener("submit", start);
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => event.preventDefault()); // beside the place for it nothing shall open
}
