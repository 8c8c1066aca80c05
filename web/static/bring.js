// Takes in a list of kept moments from a file. The file is read on this device; the site is sent nothing of it.

import { all, putAll } from "./keep.js";
import { fromText, merged } from "./merging.js";
import { shelve, shelved } from "./shelf.js";

const LARGEST_BYTES = 5_000_000; // no browser keeps more of such a list
const field = document.querySelector("[data-bring]");
const says = document.querySelector("[data-bring-says]");

const many = (number, one, more) => `${number} ${number === 1 ? one : more}`;

/** What has come, in words. */
function words({ added, noted }, unread) {
  const parts = [];
  if (added) parts.push(`${many(added, "moment has", "moments have")} come.`);
  if (noted) parts.push(`${many(noted, "note has", "notes have")} been added to.`);
  if (!parts.length) parts.push("Everything in this file is here already.");
  if (unread) parts.push(`${many(unread, "entry", "entries")} in the file could not be read.`);
  return parts.join(" ");
}

async function take(file, drawAgain, say) {
  if (file.size > LARGEST_BYTES) {
    says.textContent = "This file is too large for a list of kept moments. Choose the one that “As JSON” saved.";
    return;
  }
  let text;
  try {
    text = await file.text();
  } catch {
    says.textContent = "This file cannot be read on this device. Choose it again, or copy it here first.";
    return;
  }
  const found = fromText(text);
  if (found.problem) {
    says.textContent = `${found.problem} Your list is as it was.`;
    return;
  }
  const result = merged(all(), found.moments);
  if (!putAll(result.list)) {
    says.textContent = "This browser has no room for the list, so nothing of it was taken. Your list is as it was.";
    return;
  }
  says.textContent = words(result, found.unread);
  drawAgain();
  await shelveAll(result.list);
  await say();
}

/** Lays what is not there yet on the shelf, one after the other: a long list must not crowd out what is heard. */
async function shelveAll(list) {
  const ready = await shelved(list);
  for (const one of list) if (!ready.has(one.id)) await shelve(one);
}

/** Makes the button work. `drawAgain` shows the list anew, `say` tells what can be heard without a connection. */
export function bringing(drawAgain, say) {
  document.querySelector("[data-act=bring]").addEventListener("click", () => field.click());
  field.addEventListener("change", async () => {
    const [file] = field.files;
    if (file) await take(file, drawAgain, say);
    field.value = ""; // the same file can be chosen again
  });
}
