// Find and replace: first what would change, then the changing, as one step that can be undone.

import { make } from "./edit-rows.js";
import { inTurn, post } from "./edit-send.js";

/** Where two texts differ: what both begin with, the middle of each, what both end with. */
export function difference(before, after) {
  let from = 0;
  while (from < before.length && before[from] === after[from]) from++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - from && before.at(-1 - end) === after.at(-1 - end)) end++;
  const cut = (text) => [text.slice(0, from), text.slice(from, text.length - end), text.slice(text.length - end)];
  return [cut(before), cut(after)];
}

export function startReplacing({ transcript, rows, drafts, say, problem }) {
  const panel = document.querySelector("[data-panel=find]");
  const form = panel.querySelector("[data-replace]");
  const says = panel.querySelector("[data-found]");
  const list = panel.querySelector("[data-found-list]");
  const button = panel.querySelector("[data-replace-all]");
  let found = null;

  const wanted = () => {
    const { find, with: given, words, case: minds } = form.elements;
    return { find: find.value, with: given.value, words: words.checked, case: minds.checked };
  };
  const places = (count, lines) => `${count} ${count === 1 ? "place" : "places"} in ${lines} ${lines === 1 ? "line" : "lines"}`;

  function forget() {
    found = null;
    button.hidden = true;
    list.replaceChildren();
    says.textContent = "";
  }

  function shown(hit) {
    const item = make("li");
    const jump = make("button", "plain", `Line at ${rows.row(hit.id)?.querySelector(".time").textContent ?? "…"}`);
    jump.type = "button";
    jump.addEventListener("click", () => rows.choose(hit.id, { middle: true }));
    item.append(jump);
    for (const [name, [start, middle, end]] of [["del", difference(hit.before, hit.after)[0]], ["ins", difference(hit.before, hit.after)[1]]]) {
      const text = make("p", "said");
      text.append(start, make(name, "", middle), end);
      item.append(text);
    }
    return item;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem("");
    await drafts.saveAll();
    try {
      const asked = wanted();
      const answer = await inTurn(() => post(`${transcript.base}/replace`, { ...asked, preview: true }));
      found = { ...asked, rev: answer.rev };
      says.textContent = answer.count ? `${places(answer.count, answer.lines)}.` : "That is nowhere in this transcript.";
      const more = answer.lines - answer.found.length;
      list.replaceChildren(...answer.found.map(shown), ...(more > 0 ? [make("li", "", `And ${more} lines more.`)] : []));
      button.hidden = answer.count === 0;
      button.textContent = `Replace ${places(answer.count, answer.lines)}`;
    } catch (error) {
      forget();
      problem(error.message);
    }
  });
  form.addEventListener("input", forget);

  button.addEventListener("click", async () => {
    if (!found) return;
    problem("");
    try {
      const made = await transcript.change("replace", { ...found, preview: false });
      forget();
      says.textContent = `${made.count} replaced.`;
      say("Replaced. Undo takes all of it back.");
      form.elements.find.focus();
    } catch (error) {
      const newer = error.body?.conflict;
      forget();
      if (newer) await transcript.catchUp().catch(() => {});
      problem(newer ? "Somebody changed the transcript meanwhile. Nothing was replaced: look again what would change." : error.message);
    }
  });

  return () => {
    panel.open = true;
    form.elements.find.focus();
    form.elements.find.select();
  };
}
