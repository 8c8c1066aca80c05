// Places in a recording, as people read them and as addresses name them (W3C Media Fragments: t=12.3, t=12:04, t=12,34).

const TIME = /^(?:(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)|(\d{1,7}))(\.\d{0,6})?s?$/;

/** 12:04 or 1:02:03. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** {start, end} of "#t=…"; end is null where there is none; null where the fragment names no place. */
export function placeOf(hash) {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("t");
  if (text === null) return null;
  const [first, second] = text.replace(/^npt:/, "").split(",");
  const start = first === "" && second !== undefined ? 0 : seconds(first);
  const end = second === undefined ? null : seconds(second);
  if (start === null || (second !== undefined && end === null)) return null;
  return end !== null && start >= end ? null : { start, end };
}

/** The last of some items, sorted by their `start`, that starts at or before a time, by bisection; -1 before the first. */
export function lastStarted(items, time) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function seconds(text) {
  const match = TIME.exec(text);
  if (!match) return null;
  const [, hours, minutes, rest, plain, fraction] = match;
  const whole = plain ? Number(plain) : Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(rest);
  return whole + (fraction && fraction !== "." ? Number(`0${fraction}`) : 0);
}
