"""Cuts segments into captions: so many lines of so many characters, at the times of the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.captions.cues import clean, to_ms
from companion.types import Segment

_SENTENCE_ENDS = (".", "?", "!", "…", '."', '?"', '!"', ".”", "?”", "!”")
_CLAUSE_ENDS = (",", ";", ":", "—", "–")


@dataclass(frozen=True, slots=True)
class Caption:
    """What is on the screen at one time."""

    start_ms: int
    end_ms: int  # always after start_ms
    speaker: str | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Room on the screen."""

    max_chars: int  # of a line
    max_lines: int = 2


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start_s: float
    end_s: float


def captions(
    segments: Sequence[Segment], shape: Shape, prefixes: Sequence[tuple[str, bool]] | None = None
) -> list[Caption]:
    """Captions of all segments, by start time.

    Args:
        segments: in any order.
        shape: room for one caption. A word longer than a line stays whole, on a line of its own.
        prefixes: for each segment a text that its first caption begins with, and whether its other captions do so too.

    Returns:
        Captions with starts that never go back. Those of one segment do not overlap, unless it is too
        short to give each a millisecond.
    """
    made: list[Caption] = []
    for i, segment in enumerate(segments):
        prefix, everywhere = prefixes[i] if prefixes else ("", False)
        made += _cut(segment, shape, prefix.split(), everywhere)
    return sorted(made, key=lambda c: c.start_ms)


def _cut(segment: Segment, shape: Shape, prefix: list[str], everywhere: bool) -> list[Caption]:
    tokens = _tokens(segment)
    pieces: list[tuple[list[_Token], tuple[str, ...]]] = []
    at = 0
    while at < len(tokens):
        before = prefix if everywhere or not pieces else []
        count = _count_that_fits(before, tokens, at, shape)
        if at + count < len(tokens):
            count = _end_of_phrase(tokens[at : at + count])
        piece = tokens[at : at + count]
        pieces.append((piece, tuple(wrap([*before, *(t.text for t in piece)], shape.max_chars))))
        at += count
    return _timed(segment, pieces)


def _timed(segment: Segment, pieces: Sequence[tuple[list[_Token], tuple[str, ...]]]) -> list[Caption]:
    """Gives each piece the time of its words, inside the segment and in order, however odd the words' times are."""
    first, last = to_ms(segment.start_s), to_ms(segment.end_s)
    starts = [first]
    for tokens, _ in pieces[1:]:
        starts.append(max(starts[-1], min(to_ms(tokens[0].start_s), last)))
    made = []
    for i, (tokens, lines) in enumerate(pieces):
        is_last = i + 1 == len(pieces)
        end = last if is_last else min(to_ms(tokens[-1].end_s), starts[i + 1])
        # A cue without length is not valid WebVTT, so the shortest one lasts a millisecond.
        made.append(Caption(starts[i], max(end, starts[i] + 1), segment.speaker, lines))
    return made


def _tokens(segment: Segment) -> list[_Token]:
    """The words of the text, with the times of the recognised words where they are the same, else by their length."""
    texts = clean(segment.text).split()
    if [clean(w.text) for w in segment.words] == texts:
        return [_Token(text, w.start_s, w.end_s) for text, w in zip(texts, segment.words, strict=True)]
    per_char_s = max(0.0, segment.end_s - segment.start_s) / max(1, sum(len(t) + 1 for t in texts))
    tokens, chars = [], 0
    for text in texts:
        start_s = segment.start_s + chars * per_char_s
        chars += len(text) + 1
        tokens.append(_Token(text, start_s, segment.start_s + chars * per_char_s))
    return tokens


def _count_that_fits(before: Sequence[str], tokens: Sequence[_Token], at: int, shape: Shape) -> int:
    """How many tokens from `at` on fit after `before`; one at least, or nothing would ever be shown."""
    lines, width = 1, -1
    for count, text in enumerate((*before, *(t.text for t in tokens[at : at + shape.max_chars * shape.max_lines]))):
        width += 1 + len(text)
        if width > shape.max_chars and width > len(text):
            lines, width = lines + 1, len(text)
        if lines > shape.max_lines:
            return max(1, count - len(before))
    return max(1, min(len(tokens) - at, shape.max_chars * shape.max_lines))


def _end_of_phrase(tokens: Sequence[_Token]) -> int:
    """Where to cut at the latest: after a sentence or a clause if one ends in the second half, else after the last."""
    for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS):
        for count in range(len(tokens), len(tokens) // 2, -1):
            if tokens[count - 1].text.endswith(ends):
                return count
    return len(tokens)


def wrap(words: Iterable[str], max_chars: int) -> list[str]:
    """Words as lines of at most `max_chars`; a longer word stands alone and whole."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= max_chars:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines
