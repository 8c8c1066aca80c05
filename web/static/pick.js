// Lines of a transcript that are marked with the mouse become the stretch of a moment.

import "./player.js";

const list = document.querySelector(".pick");
const picked = document.querySelector("[data-picked]");

function lineOf(node) {
  return (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-line]") ?? null;
}

function short(text) {
  const words = text.trim().split(/\s+/u);
  return words.slice(0, 4).join(" ") + (words.length > 4 ? " …" : "");
}

document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  if (selection.isCollapsed || !list.contains(selection.anchorNode)) {
    picked.hidden = true;
    return;
  }
  const range = selection.getRangeAt(0);
  const [first, last] = [lineOf(range.startContainer), lineOf(range.endContainer)];
  if (!first || !last) return;
  picked.querySelector("[data-first]").textContent = short(first.querySelector(".said").textContent);
  picked.querySelector("[data-last]").textContent = short(last.querySelector(".said").textContent);
  const address = new URL(list.dataset.address, location.href);
  address.searchParams.set("from", first.dataset.start);
  address.searchParams.set("to", last.dataset.end);
  address.hash = "make";
  picked.querySelector("a").href = address;
  picked.hidden = false;
});
