// Kept moments for times without a connection: their pages, and of each recording only the bytes that they need.

import { firstFrame } from "./mp3.js";
import { root, tail } from "./root.js";

const NAME = "kept-v1"; // sw.js reads it
const HEAD_BYTES = 65_536; // of a recording: from these a browser learns what it is
const AROUND_S = 3; // before and behind a moment: its page begins a little earlier
const BLOCK_BYTES = 65_536; // browsers ask for whole blocks, so the first one begins before the sound that they want

const page = (one) => new URL(`moments/${one.id}${tail}`, root).href;
const sound = (one) => new URL(`media/${one.audio}.mp3`, root).href;

/** Lays a kept moment onto the shelf; false where the browser has none or the site does not answer. */
export async function shelve(one) {
  if (!("caches" in globalThis)) return false;
  try {
    const shelf = await caches.open(NAME);
    const head = await part(one, 0, HEAD_BYTES - 1);
    const frame = firstFrame(new Uint8Array(await head.clone().arrayBuffer()));
    if (!frame) return false;
    const byte = (seconds) => frame.offset + Math.floor(seconds * frame.bytesPerSecond);
    const first = Math.max(0, byte(Math.max(0, one.start - AROUND_S)) - BLOCK_BYTES);
    const piece = await part(one, first, byte(one.end + AROUND_S));
    const text = await fetch(page(one));
    if (!text.ok || /no-store/.test(text.headers.get("Cache-Control") ?? "")) return false;
    await shelf.put(page(one), text);
    await shelf.put(`${sound(one)}?from=0`, head);
    await shelf.put(`${sound(one)}?from=${first}&moment=${one.id}`, piece);
    return true;
  } catch {
    return false; // no connection, or no room: the moment is kept all the same
  }
}

/** A part of the recording, as it is stored: plain bytes that know how long the whole is. */
async function part(one, first, last) {
  const answer = await fetch(sound(one), {
    headers: { Range: `bytes=${first}-${last}` },
    cache: "no-store", // it is kept here, once
  });
  if (answer.status !== 206) throw new Error(String(answer.status));
  const total = answer.headers.get("Content-Range").split("/")[1];
  return new Response(await answer.arrayBuffer(), { headers: { "Content-Type": "audio/mpeg", "X-Total": total } });
}

/** Takes from the shelf whatever no kept moment needs. */
export async function tidy(kept) {
  if (!("caches" in globalThis)) return;
  const shelf = await caches.open(NAME);
  const pages = new Set(kept.map(page));
  const sounds = new Set(kept.map(sound));
  const ids = new Set(kept.map((one) => one.id));
  for (const { url } of await shelf.keys()) {
    const moment = new URL(url).searchParams.get("moment");
    const needed = moment ? ids.has(moment) : pages.has(url) || sounds.has(url.split("?")[0]);
    if (!needed) await shelf.delete(url);
  }
}

/** The ids of the moments that can be played without a connection. */
export async function shelved(kept) {
  if (!("caches" in globalThis)) return new Set();
  const shelf = await caches.open(NAME);
  const urls = new Set((await shelf.keys()).map(({ url }) => url));
  return new Set(kept.filter((one) => urls.has(page(one))).map((one) => one.id));
}
