// The moments that this device keeps: a list in the browser's own storage. The site is told nothing of it.

const KEY = "kept";

/** Tells when the list has changed, here or in another window. */
export const changes = new EventTarget();

let memory = []; // where storage is switched off, the list lasts for this page

function read() {
  try {
    const text = localStorage.getItem(KEY);
    if (text === null) return memory;
    const list = JSON.parse(text);
    return Array.isArray(list) ? list.filter((one) => typeof one?.id === "string") : [];
  } catch {
    return memory;
  }
}

/** Writes the list down; false where the browser does not keep it. */
function write(list) {
  memory = list;
  let lasts = true;
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    lasts = false;
  }
  changes.dispatchEvent(new Event("change"));
  return lasts;
}

/** Every kept moment, the newest first. */
export function all() {
  return read();
}

/** A kept moment, or undefined. */
export function find(id) {
  return read().find((one) => one.id === id);
}

/** Keeps a moment; false where it lasts for this page only. */
export function keep(facts, now = new Date()) {
  const rest = read().filter((one) => one.id !== facts.id);
  return write([{ ...facts, note: "", keptAt: now.toISOString() }, ...rest]);
}

/** Puts a kept moment back where it was. */
export function putBack(one, index) {
  const list = read().filter((other) => other.id !== one.id);
  list.splice(index, 0, one);
  return write(list);
}

/** Writes a note on a kept moment. */
export function annotate(id, note) {
  return write(read().map((one) => (one.id === id ? { ...one, note } : one)));
}

/** Puts a whole list in the place of this one; false, and all is as it was, where the browser has no room for it. */
export function putAll(list) {
  const before = read();
  if (write(list)) return true;
  memory = before;
  changes.dispatchEvent(new Event("change"));
  return false;
}

/** Lets a moment go. */
export function letGo(id) {
  return write(read().filter((one) => one.id !== id));
}

addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) changes.dispatchEvent(new Event("change"));
});
