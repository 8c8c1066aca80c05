// The keys of the editor: letters only while nobody types, and never where somebody switched keys off.

const box = document.querySelector("[data-keys-on]");
const typing = (node) => node.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const pressing = (node) => node.closest?.("a, button, input, select, summary, label, audio") !== null;

/** Hears keys before the rest of the site does (it has its own for j, k and space). */
export function hearKeys({ rows, tools, field, sound, turn, nextFlagged, find }) {
  const { root } = rows;

  const go = (by) => {
    const id = rows.next(by);
    if (id !== null) rows.choose(id);
  };

  const letters = {
    j: () => go(1),
    k: () => go(-1),
    ArrowDown: () => go(1),
    ArrowUp: () => go(-1),
    Enter: () => rows.current !== null && tools.edit(),
    " ": (event) => {
      if (event.shiftKey) onward();
      else if (sound?.plays) sound.stop();
      else tools.play(1);
    },
    ",": () => tools.play(0.75),
    ".": () => tools.play(0.5),
    n: nextFlagged,
    l: () => tools.does("looked"),
    u: () => turn("undo"),
    r: () => turn("redo"),
    "/": find,
  };

  function onward() {
    if (!sound || rows.current === null) return;
    if (sound.plays) sound.stop();
    else sound.from(rows.current);
  }

  /** Keys that are heard while somebody writes in a line, too. */
  function always(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (key === "F8" && rows.current !== null) return () => tools.play(ctrlKey || metaKey ? 0.5 : shiftKey ? 0.75 : 1);
    if (!root.contains(event.target)) return null;
    if (key === "Escape" && field.id !== null) return () => tools.done();
    if (key === "Escape" && rows.current !== null) return () => rows.choose(rows.current);
    if (key === "Enter" && field.area === event.target) return ctrlKey || metaKey ? () => tools.split() : () => tools.done();
    if (altKey && !ctrlKey && !metaKey && (key === "ArrowUp" || key === "ArrowDown") && rows.current !== null) {
      return event.target.tagName === "SELECT" ? null : () => tools.merge(key === "ArrowUp");
    }
    return null;
  }

  function quiet(event) {
    const { key, target } = event;
    if (!box.checked || typing(target)) return null;
    const commands = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === "z") {
      return () => turn(event.shiftKey ? "redo" : "undo");
    }
    if (commands) return null;
    if ((key === " " || key === "Enter") && pressing(target)) return null;
    if (key.startsWith("Arrow") && !(root.contains(target) || target === document.body)) return null;
    if (/^[0-8]$/.test(key) && rows.current !== null && root.contains(target)) {
      const voice = rows.transcript.voices[Number(key) - 1];
      return key === "0" || voice ? () => tools.speaker(voice?.label ?? null) : null;
    }
    return Object.hasOwn(letters, key) ? () => letters[key](event) : null;
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      const act = always(event) ?? quiet(event);
      if (!act) return;
      event.preventDefault();
      act();
    },
    true,
  );

  // The site's list of keys becomes the editor's.
  const list = document.querySelector("#keys dl");
  list?.replaceWith(document.querySelector("[data-edit-keys]").content.firstElementChild);
}
