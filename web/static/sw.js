// Works behind the pages: keeps the site's shell, and plays kept moments where there is no connection. The network comes
// first, always. What is private (practice, the host's pages) never comes through here, and what says no-store is
// never kept. The site writes two lines in front: FILES, the names of what belongs to the shell, and a VERSION of them.

/* global FILES, VERSION */

const SHELL = "shell-v1";
const KEPT = "kept-v1"; // filled by shelf.js
const BASE = new URL(self.registration.scope).pathname;
const PRIVATE = /^(practice|host|api|healthz)(\/|$)/;
const BLOCK_BYTES = 65_536;

/** The name of a file of the site: static files may lie in a folder that is named by what is in them. */
const short = (path) => path.replace(/^static\/[^/]+\/([^/]+)$/, "static/$1");

/** The address under which something is kept: without what its address asks for besides. */
function plain(url) {
  const [address] = new URL(url, self.registration.scope).href.split(/[?#]/);
  const base = self.registration.scope;
  return address.startsWith(base) ? base + short(address.slice(base.length)) : address;
}

function mayKeep(response) {
  return response.status === 200 && response.type === "basic" && !/no-store/i.test(response.headers.get("Cache-Control") ?? "");
}

addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

async function fill() {
  const shell = await caches.open(SHELL);
  for (const file of FILES) {
    const answer = await fetch(plain(file));
    if (!mayKeep(answer)) throw new Error(`${file}: ${answer.status}`);
    await shell.put(plain(file), answer);
  }
}

addEventListener("activate", (event) => {
  event.waitUntil(throwAwayOld());
});

async function throwAwayOld() {
  const known = new Set(FILES.map(plain));
  const shell = await caches.open(SHELL);
  for (const { url } of await shell.keys()) if (!known.has(url)) await shell.delete(url);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || !url.pathname.startsWith(BASE)) return;
  const path = url.pathname.slice(BASE.length);
  if (PRIVATE.test(path)) return;
  if (/^media\/[0-9a-f]+\.mp3$/.test(path)) event.respondWith(sound(request));
  else if (FILES.includes(short(path)) && request.mode !== "navigate") event.respondWith(file(event));
  else if (request.mode === "navigate") event.respondWith(page(event));
});

/** A file of the shell, fresh where that is possible. */
async function file(event) {
  const name = plain(event.request.url);
  try {
    const answer = await fetch(event.request);
    if (mayKeep(answer)) event.waitUntil(put(SHELL, name, answer.clone()));
    return answer;
  } catch (error) {
    const kept = await (await caches.open(SHELL)).match(name);
    if (kept) return kept;
    throw error;
  }
}

async function put(cache, name, answer) {
  await (await caches.open(cache)).put(name, answer);
}

/** A page: from the site, else as it was kept, else the page for times without a connection. */
async function page(event) {
  const name = plain(event.request.url);
  try {
    const answer = await fetch(event.request);
    if (answer.status === 502 || answer.status === 504) return (await keptPage(name)) ?? answer;
    if (mayKeep(answer)) event.waitUntil(renew(name, answer.clone()));
    return answer;
  } catch {
    return (await keptPage(name)) ?? (await caches.open(SHELL)).match(plain("offline"));
  }
}

/** Only what is kept already is written anew: a visit alone leaves no trace. */
async function renew(name, answer) {
  for (const cache of [SHELL, KEPT]) {
    if (await (await caches.open(cache)).match(name)) await put(cache, name, answer.clone());
  }
}

async function keptPage(name) {
  return (await (await caches.open(KEPT)).match(name)) ?? (await (await caches.open(SHELL)).match(name));
}

/** A part of a recording: from the site, and where that ends too early, from the pieces that kept moments need. */
async function sound(request) {
  const pieces = await piecesOf(plain(request.url));
  if (!pieces.length) return fetch(request);
  const first = Number(/^bytes=(\d+)-/.exec(request.headers.get("Range") ?? "bytes=0-")?.[1] ?? 0);
  try {
    const answer = await fetch(request);
    if (answer.status !== 206) return answer;
    const [, last] = /-(\d+)\//.exec(answer.headers.get("Content-Range"));
    return new Response(stitched(pieces, first, Number(last) + 1, answer.body.getReader()), answer);
  } catch {
    return fromPieces(pieces, first);
  }
}

async function piecesOf(name) {
  const shelf = await caches.open(KEPT);
  const pieces = [];
  for (const { url } of await shelf.keys()) {
    if (url.split("?")[0] !== name) continue;
    const kept = await shelf.match(url);
    pieces.push({
      from: Number(new URL(url).searchParams.get("from")),
      total: Number(kept.headers.get("X-Total")),
      bytes: new Uint8Array(await kept.arrayBuffer()),
    });
  }
  return pieces;
}

function fromPieces(pieces, first) {
  const { total } = pieces[0];
  if (first >= total) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${total}` } });
  return new Response(stitched(pieces, first, total, null), {
    status: 206,
    headers: {
      "Content-Type": "audio/mpeg",
      "Content-Range": `bytes ${first}-${total - 1}/${total}`,
      "Content-Length": String(total - first),
      "Accept-Ranges": "bytes",
    },
  });
}

// The browser's own store may begin an answer that only the site could end, so one that breaks off is ended here. A
// browser also reads ahead and takes a short answer for a broken one: what lies between the pieces is filled with zeros,
// made only as far as they are read. No player comes there, because each stops at the end of its moment.
function stitched(pieces, first, end, reader) {
  let at = first;
  let network = reader;
  return new ReadableStream({
    async pull(controller) {
      if (network) {
        try {
          const { value, done } = await network.read();
          if (!done) {
            at += value.length;
            controller.enqueue(value);
            return;
          }
        } catch {
          // the connection is gone
        }
        network = null;
      }
      if (at < end) {
        const block = blockAt(pieces, at, Math.min(BLOCK_BYTES, end - at));
        at += block.length;
        controller.enqueue(block);
      }
      if (at >= end) controller.close();
    },
    cancel() {
      network?.cancel();
    },
  });
}

function blockAt(pieces, at, length) {
  const block = new Uint8Array(length);
  for (const { from, bytes } of pieces) {
    const start = Math.max(from, at);
    const end = Math.min(from + bytes.length, at + length);
    if (start < end) block.set(bytes.subarray(start - from, end - from), start - at);
  }
  return block;
}
