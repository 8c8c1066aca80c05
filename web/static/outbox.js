// What was said stays in this browser until the server has all of it, and not a moment longer.
//
// A recording comes in slices of a quarter of a second. They are kept here at once, so that a reload or a dead battery
// takes at most one of them, and sent in numbered chunks of about a second. A chunk never changes: it may be sent twice.

const STORE = "companion-practice";
const SLICES_PER_CHUNK = 4;
const WAITS_MS = [500, 1000, 2000, 4000];
const PATIENCE_MS = 15_000; // for one request; then it is sent again
const KEPT_MS = 7 * 24 * 3600 * 1000; // a take that was cut short and never asked for
const BEGINS = 3; // how often a take that the server does not know is begun anew

/** The server will not have it; its sentence is the message. */
export class Refused extends Error {}

// ---- what is kept in the browser

let opening = null;

function database() {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(STORE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("takes", { keyPath: "key" });
        request.result.createObjectStore("slices", { keyPath: ["key", "index"] });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null); // storage is switched off: what was said is kept by the page alone
    }
  });
  return opening;
}

async function write(work) {
  const open = await database();
  if (!open) return;
  await new Promise((resolve) => {
    try {
      const transaction = open.transaction(["takes", "slices"], "readwrite");
      transaction.oncomplete = transaction.onerror = transaction.onabort = resolve;
      work(transaction.objectStore("takes"), transaction.objectStore("slices"));
    } catch {
      resolve();
    }
  });
}

async function read(store, query) {
  const open = await database();
  if (!open) return [];
  return new Promise((resolve) => {
    try {
      const request = open.transaction(store).objectStore(store).getAll(query);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve([]);
    } catch {
      resolve([]);
    }
  });
}

const slicesOf = (key) => IDBKeyRange.bound([key, 0], [key, Infinity]);

function forget(key) {
  return write((takes, slices) => {
    takes.delete(key);
    slices.delete(slicesOf(key));
  });
}

/** Empties this browser's store: the space was left or erased. */
export function forgetAll() {
  return write((takes, slices) => {
    takes.clear();
    slices.clear();
  });
}

/** Holds a take's name while its page lives, so that another tab leaves it alone; false where another tab has it. */
async function claim(key) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks.request(`${STORE}-${key}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    });
  });
}

/** The last take of this exercise that was cut short, or null. What is empty, or was left here for days, is forgotten. */
export async function cutShort(asked) {
  const found = (await read("takes")).sort((a, b) => b.started - a.started);
  for (const take of found) {
    const old = Date.now() - take.started > KEPT_MS;
    const same = take.asked.moment_id === asked.moment_id && take.asked.prompt_id === asked.prompt_id;
    if (!(old || same) || !(await claim(take.key))) continue;
    const slices = (await read("slices", slicesOf(take.key))).map((slice) => slice.bytes);
    if (!old && slices.length) return new Outbox(take, slices);
    await forget(take.key);
  }
  return null;
}

/** The addresses of all takes that this browser still holds something of, in whatever tab. */
export async function held() {
  return (await read("takes")).map((take) => take.url);
}

// ---- what is sent

function pause(ms) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    addEventListener("online", go);
  });
}

async function sentence(answer) {
  try {
    return (await answer.json()).error ?? "";
  } catch {
    return "";
  }
}

/**
 * One take on its way to the server. Tells "held" while the server cannot be reached, "sending" when it can, and
 * "refused" (detail: a sentence) when it will not have it.
 */
export class Outbox extends EventTarget {
  #kept = Promise.resolve();
  #sent = 0; // chunks
  #begins = 0;
  #closed = false;
  #gone = false;
  #refused = false; // until the end nothing more is tried then
  #pumping = null;
  #held = false;

  constructor(take, slices = []) {
    super();
    this.take = take;
    this.slices = slices;
  }

  /** A new take; `asked` is {moment_id} or {prompt_id}. */
  static begin(asked, mime, address) {
    const take = { key: crypto.randomUUID(), asked, mime, address, started: Date.now(), url: null, code: null };
    claim(take.key);
    const made = new Outbox(take);
    made.#keepTake();
    made.#pump();
    return made;
  }

  /** The recording so far. */
  get blob() {
    return new Blob(this.slices, { type: this.take.mime });
  }

  /** The next slice of the recording. */
  add(bytes) {
    const index = this.slices.push(bytes) - 1;
    this.#keep((_, slices) => slices.put({ key: this.take.key, index, bytes }));
    if (!this.#refused) this.#pump();
  }

  /**
   * Nothing more will come. Resolves to {url, code} once the server has everything and the browser keeps nothing.
   * Throws Refused where the server will not have it.
   */
  async finish() {
    this.#closed = true;
    while (!this.#gone) {
      await this.#pump();
      if (this.#sent * SLICES_PER_CHUNK < this.slices.length) continue;
      const answer = await this.#ask("POST", `${this.take.url}/finish`, { chunks: await this.#count() });
      if (answer.ok) break;
      if (answer.status === 404) this.#anew();
      else if (answer.status === 409) this.#again(); // some are missing; those that are there are no trouble
      else throw new Refused(await sentence(answer));
    }
    await this.#keep(() => {});
    await forget(this.take.key);
    return { url: this.take.url, code: this.take.code };
  }

  /** Throws the take away, here and there. */
  async discard() {
    this.#gone = true;
    await this.#pumping?.catch(() => {});
    await this.#keep(() => {});
    await forget(this.take.key);
    if (this.take.url) await this.#once("POST", `${this.take.url}/erase`).catch(() => {});
  }

  /** How many chunks there are. After a crash the server may have one more than this browser has kept. */
  async #count() {
    const ours = Math.ceil(this.slices.length / SLICES_PER_CHUNK);
    if (!this.#begins) return ours;
    const answer = await this.#ask("GET", `${this.take.url}/chunks`);
    return answer.ok ? Math.max(ours, (await answer.json()).chunks.length) : ours;
  }

  #keep(work) {
    this.#kept = this.#kept.then(() => write(work));
    return this.#kept;
  }

  #keepTake() {
    const take = { ...this.take };
    return this.#keep((takes) => takes.put(take));
  }

  #pump() {
    this.#pumping ??= this.#send().finally(() => {
      this.#pumping = null;
    });
    this.#pumping.catch((error) => {
      if (!this.#refused) this.dispatchEvent(new CustomEvent("refused", { detail: error.message }));
      this.#refused = true;
    });
    return this.#pumping;
  }

  async #send() {
    while (!this.#gone) {
      if (!this.take.url) {
        await this.#register();
        continue;
      }
      const from = this.#sent * SLICES_PER_CHUNK;
      const left = this.slices.length - from;
      if (left <= 0 || (left < SLICES_PER_CHUNK && !this.#closed)) return;
      const chunk = new Blob(this.slices.slice(from, from + SLICES_PER_CHUNK));
      const answer = await this.#ask("PUT", `${this.take.url}/chunks/${this.#sent}`, chunk);
      if (answer.ok || answer.status === 409) this.#sent += 1; // 409: it has more of this chunk than was kept here before a crash
      else if (answer.status === 404) this.#anew();
      else throw new Refused(await sentence(answer));
    }
  }

  async #register() {
    const { asked, mime, address } = this.take;
    const answer = await this.#ask("POST", address, { asked, mime });
    if (!answer.ok) throw new Refused(await sentence(answer));
    const { url, recovery_code: code } = await answer.json();
    this.take.url = url;
    this.take.code = code ?? this.take.code;
    await this.#keepTake();
  }

  /** The server does not know the take (its space was left, or it was swept away): it gets a new one. */
  #anew() {
    this.take.url = null;
    this.#again();
  }

  #again() {
    this.#begins += 1;
    if (this.#begins > BEGINS) throw new Refused("");
    this.#sent = 0;
  }

  async #ask(method, address, body) {
    for (let tries = 0; !this.#gone; tries++) {
      try {
        const answer = await this.#once(method, address, body);
        if (answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
          this.#tell(false);
          return answer;
        }
      } catch {
        // no connection, or no patience left
      }
      this.#tell(true);
      await pause(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
    }
    return Response.error();
  }

  #once(method, address, body) {
    const raw = body instanceof Blob;
    return fetch(address, {
      method,
      body: raw ? body : method === "GET" ? undefined : JSON.stringify(body ?? {}),
      headers: { accept: "application/json", "content-type": raw ? "application/octet-stream" : "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }

  #tell(held) {
    if (held === this.#held) return;
    this.#held = held;
    this.dispatchEvent(new Event(held ? "held" : "sending"));
  }
}
