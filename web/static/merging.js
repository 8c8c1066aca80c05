// Reads a list of kept moments that came as a file, and lays it together with the list that is here.

const FORM = 1; // of the file that /kept writes
const ID = /^[\w-]{1,64}$/;
const AUDIO = /^[0-9a-f]{64}$/;
const SLUG = /^[\w-]{1,200}$/;
const LONGEST_CHARS = 2_000; // of any text in it
const NOTE_CHARS = 20_000; // two long notes that were laid together, and then some

const isText = (value, most = LONGEST_CHARS) => typeof value === "string" && value.length <= most;
const isTime = (value) => Number.isFinite(value) && value >= 0;
const isDay = (value) => isText(value, 40) && !Number.isNaN(Date.parse(value));

/** A kept moment as it stands in a file, with nothing else in it; null where it is none. */
function read(one) {
  if (one === null || typeof one !== "object") return null;
  const { id, who, episode, slug, sample, audio, start, end, replyAt, bid, reply, note, keptAt } = one;
  if (!isText(id) || !ID.test(id) || !isText(audio) || !AUDIO.test(audio) || !isText(slug) || !SLUG.test(slug)) return null;
  if (![who, episode, bid, reply].every((text) => isText(text)) || !isTime(start) || !isTime(end) || end <= start) return null;
  if (note !== undefined && !isText(note, NOTE_CHARS)) return null;
  return {
    ...{ id, who, episode, slug, audio, start, end, bid, reply },
    sample: sample === true,
    replyAt: isTime(replyAt) && replyAt > start && replyAt < end ? replyAt : null,
    note: note ?? "",
    keptAt: isDay(keptAt) ? keptAt : new Date(0).toISOString(),
  };
}

/** What a file holds: {moments, unread}, or {problem}, a sentence. */
export function fromText(text) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return { problem: "This is not a list of kept moments. Choose the file that “As JSON” saved: kept-moments.json." };
  }
  const list = data?.moments;
  if (data?.version !== undefined && data.version !== FORM && Array.isArray(list)) {
    return { problem: "This list was saved by a newer version of the site, and this one cannot read it." };
  }
  if (data?.version !== FORM || !Array.isArray(list)) {
    return { problem: "There is no list of kept moments in this file. Choose the one that “As JSON” saved." };
  }
  const moments = list.map(read).filter(Boolean);
  const unread = list.length - moments.length;
  if (!moments.length) {
    return { problem: unread ? "No moment in this file can be read." : "The list in this file is empty." };
  }
  return { moments, unread };
}

/** Two notes on one moment: neither is lost, and none stands twice. */
function together(mine, theirs) {
  if (!theirs.trim() || mine.includes(theirs.trim())) return mine;
  if (!mine.trim() || theirs.includes(mine.trim())) return theirs;
  return `${mine.trimEnd()}\n\n${theirs.trim()}`;
}

/** Both lists as one, the newest first: {list, added, noted}; what is here keeps its facts. */
export function merged(mine, theirs) {
  const known = new Map(mine.map((one) => [one.id, one]));
  const added = new Set();
  const noted = new Set();
  for (const one of theirs) {
    const here = known.get(one.id);
    const note = here ? together(here.note ?? "", one.note) : one.note;
    if (!here) added.add(one.id);
    else if (note !== here.note && !added.has(one.id)) noted.add(one.id);
    known.set(one.id, { ...(here ?? one), note });
  }
  const day = (one) => Date.parse(one.keptAt) || 0;
  const list = [...known.values()].sort((a, b) => day(b) - day(a));
  return { list, added: added.size, noted: noted.size };
}
