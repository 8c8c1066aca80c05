// The page of kept moments: made by the device from what it keeps.

import { bringing } from "./bring.js";
import { all, changes, letGo, putBack } from "./keep.js";
import { noteFrom } from "./keeping.js";
import { adopt } from "./player.js";
import { root, tail } from "./root.js";
import { shelve, shelved, tidy } from "./shelf.js";
import { clock } from "./times.js";
import { asText } from "./taken.js";

const list = document.querySelector("[data-kept]");
const template = document.querySelector("template");
const says = document.querySelector("[data-kept-says]");
let shown = null; // the ids on the page

function card(one) {
  const node = template.content.cloneNode(true).firstElementChild;
  const find = (name) => node.querySelector(`[data-${name}]`);
  const page = new URL(`moments/${encodeURIComponent(one.id)}${tail}`, root).href;
  const title = `${one.who} at ${clock(one.start)}`;
  node.id = `moment-${one.id}`;
  node.dataset.playOf = `moment:${one.id}`;
  find("who").textContent = one.who;
  find("who").href = page;
  find("bid").textContent = one.bid;
  find("reply").textContent = one.reply;
  find("episode").textContent = one.episode;
  find("time").textContent = clock(one.start);
  find("sample").hidden = !one.sample;
  const whole = find("whole");
  whole.href = new URL(`episodes/${encodeURIComponent(one.slug)}${tail}?t=${one.start},${one.end}`, root).href;
  whole.append(hidden(`, ${one.episode} at ${clock(one.start)}`));
  const stretch = find("stretch");
  Object.assign(stretch.dataset, { start: one.start, end: one.end });
  if (one.replyAt) stretch.dataset.reply = one.replyAt;
  stretch.querySelector("[data-act=bid]").hidden = !one.replyAt;
  stretch.querySelector("audio").setAttribute("aria-label", title);
  stretch.querySelector("audio").src = new URL(`media/${encodeURIComponent(one.audio)}.mp3`, root).href;
  stretch.querySelector("progress").max = one.end - one.start;
  stretch.querySelector("progress").setAttribute("aria-label", `How far, ${title}`);
  for (const name of stretch.querySelectorAll("[data-name]")) name.textContent = `${title}, `;
  stretch.querySelector("[data-lasting]").textContent = `${Math.max(1, Math.round(one.end - one.start))} s`;
  const field = node.querySelector("textarea");
  field.id = `note-${one.id}`;
  node.querySelector("label").htmlFor = field.id;
  field.value = one.note;
  noteFrom(field, one.id);
  const go = find("go");
  go.append(hidden(`: ${title}`));
  go.addEventListener("click", () => release(one.id));
  return node;
}

function hidden(words) {
  const node = document.createElement("span");
  node.className = "hidden";
  node.textContent = words;
  return node;
}

/** Lets one go, and offers to take that back. */
function release(id) {
  const index = all().findIndex((one) => one.id === id);
  const one = all()[index];
  letGo(id);
  tidy(all());
  const back = document.createElement("button");
  back.type = "button";
  back.className = "plain";
  back.textContent = "Keep it again";
  back.addEventListener("click", () => {
    putBack(one, index);
    shelve(one).then(say);
    document.querySelector(`#moment-${CSS.escape(id)} [data-act=toggle]`)?.focus();
  });
  says.replaceChildren(`${one.who} is let go. `, back);
  back.focus();
}

function draw() {
  const kept = all();
  const ids = kept.map((one) => one.id).join(" ");
  if (ids === shown) return; // a note has changed: whoever types it must not lose the field
  shown = ids;
  for (const node of [...list.children]) if (!kept.some((one) => node.id === `moment-${one.id}`)) node.remove();
  for (const one of kept) list.append(document.getElementById(`moment-${one.id}`) ?? card(one));
  adopt(list);
  for (const part of document.querySelectorAll("[data-any]")) part.hidden = kept.length === 0;
  document.querySelector("[data-none]").hidden = kept.length > 0;
  document.querySelector("[data-number]").textContent = kept.length === 1 ? "1 moment" : `${kept.length} moments`;
  document.querySelector("[data-act=all]").hidden = kept.length < 2;
  say();
}

async function say() {
  const kept = all();
  const ready = await shelved(kept);
  for (const one of kept) {
    const node = document.querySelector(`#moment-${CSS.escape(one.id)} [data-offline]`);
    if (node) node.hidden = !ready.has(one.id);
  }
}

/** Hands a text to the device as a file. */
function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

document.querySelector("[data-act=json]").addEventListener("click", () => {
  save("kept-moments.json", "application/json", `${JSON.stringify({ version: 1, moments: all() }, null, 2)}\n`);
});
document.querySelector("[data-act=text]").addEventListener("click", () => {
  save("kept-moments.txt", "text/plain", asText(all(), root));
});
bringing(() => {
  shown = null; // notes may be longer than they were
  list.replaceChildren();
  draw();
}, say);
changes.addEventListener("change", draw);
draw();
