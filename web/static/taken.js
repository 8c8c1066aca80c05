// Kept moments as a text to take along.

import { clock } from "./times.js";

/** One paragraph for each: who, what was said, where, the note. */
export function asText(kept, root) {
  const parts = kept.map((one) => {
    const lines = [
      `${one.who}: ${one.episode}, ${clock(one.start)}${one.sample ? " (sample episode, synthetic voices)" : ""}`,
      `  “${one.bid}”`,
      `  “${one.reply}”`,
      `  ${new URL(`moments/${one.id}`, root).href}`,
    ];
    if (one.note.trim()) lines.push(`  My note: ${one.note.trim().replaceAll("\n", "\n  ")}`);
    return lines.join("\n");
  });
  return `Kept moments\n\n${parts.join("\n\n")}\n`;
}
