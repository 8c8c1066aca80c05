// Works behind the pages: keeps the site's shell, and plays kept moments where there is no connection. The network comes
// first, always. What is private (practice, the host's pages) never comes through here, and what says no-store is
// never kept.

const SHELL = "shell-v1";
const KEPT = "kept-v1"; // filled by shelf.js
const BASE = new URL(self.registration.scope).pathname;
const PRIVATE = /^(practice|host|api|healthz)(\/|$)/;
const BLOCK_BYTES = 65_536;
const FILES = [
  "offline",
  "kept",
  "favicon.svg",
  "manifest.webmanifest",
  "static/bid.js",
  "static/chapters.js",
  "static/early.js",
  "static/find.js",
  "static/follow.js",
  "static/install.js",
  "static/keep.js",
  "static/keeping.js",
  "static/kept.js",
  "static/keys.js",
  "static/listening.js",
  "static/loop.js",
  "static/mp3.js",
  "static/player.css",
  "static/player.js",
  "static/print.js",
  "static/progress.js",
  "static/queue.js",
  "static/root.js",
  "static/session.js",
  "static/share.js",
  "static/sharing.js",
  "static/shelf.js",
  "static/sound.js",
  "static/speed.js",
  "static/stretch.js",
  "static/style.css",
  "static/taken.js",
  "static/theme.js",
  "static/times.js",
  "static/transcript.js",
  "static/whole.js",
  "static/words.js",
];

/** The address under which a file of the shell is kept: without what its address asks for besides. */
const plain = (url) => new URL(url, self.registration.scope).href.split(/[?#]/)[0];

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
  else if (FILES.includes(path) && request.mode !== "navigate") event.respondWith(file(event));
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

/** A part of a recording: from the site, else from the pieces that kept moments need. */
async function sound(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const pieces = await piecesOf(plain(request.url));
    const first = Number(/^bytes=(\d+)-/.exec(request.headers.get("Range") ?? "bytes=0-")?.[1] ?? 0);
    if (!pieces.some((piece) => piece.from <= first && first < piece.from + piece.bytes.length)) throw error;
    return answer(pieces, first);
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

// A browser reads ahead and takes a short answer for a broken one, so what lies between the pieces is filled with zeros,
// made only as far as they are read; no player stays there, because each stops at the end of its moment.
function answer(pieces, first) {
  const { total } = pieces[0];
  let at = first;
  const body = new ReadableStream({
    pull(controller) {
      const block = new Uint8Array(Math.min(BLOCK_BYTES, total - at));
      for (const { from, bytes } of pieces) {
        const start = Math.max(from, at);
        const end = Math.min(from + bytes.length, at + block.length);
        if (start < end) block.set(bytes.subarray(start - from, end - from), start - at);
      }
      at += block.length;
      controller.enqueue(block);
      if (at >= total) controller.close();
    },
  });
  return new Response(body, {
    status: 206,
    headers: {
      "Content-Type": "audio/mpeg",
      "Content-Range": `bytes ${first}-${total - 1}/${total}`,
      "Content-Length": String(total - first),
      "Accept-Ranges": "bytes",
    },
  });
}
