// The words of a line of a transcript. Only a line that is read or pointed at has an element for each of its words.

const kept = new WeakMap(); // an opened line: its text and its words

/** When each word of a line begins, in seconds; the line's own start where that is not known. */
export function timesOf(line) {
  const start = Number(line.dataset.at);
  if (!line.dataset.words) return [start];
  return line.dataset.words.split(" ").map((hundredths) => start + Number(hundredths) / 100);
}

/** Makes an element of each word: [{node, start}]. */
export function open(line) {
  const known = kept.get(line);
  if (known) return known.words;
  const times = timesOf(line);
  const text = line.textContent;
  const texts = text.trim().split(/\s+/);
  const words = [];
  if (!line.dataset.words || texts.length !== times.length) {
    words.push({ node: line, start: times[0] });
  } else {
    line.textContent = "";
    texts.forEach((word, i) => {
      const node = document.createElement("span");
      node.dataset.at = String(Math.round(100 * times[i]) / 100);
      node.textContent = word;
      line.append(i ? " " : "", node);
      words.push({ node, start: times[i] });
    });
  }
  kept.set(line, { text, words });
  return words;
}

/** Makes one text of a line again. */
export function close(line) {
  const known = kept.get(line);
  if (!known) return;
  kept.delete(line);
  line.classList.remove("now");
  if (known.words[0].node !== line) line.textContent = known.text;
}
