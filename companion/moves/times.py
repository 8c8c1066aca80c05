"""Where in the sound a turn's words lie."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from companion.types import Evidence, TagScore, TurnTags, Word

_LOOK_AHEAD_CHARS = 60  # a corrected text may hold words that were never recognised; look a little past them


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A recognised word and the characters of the turn's text that it stands for."""

    start_char: int
    end_char: int
    word: Word


def place_words(text: str, words: Sequence[Word]) -> tuple[PlacedWord, ...]:
    """Walk along a turn's text and its words.

    Args:
        text: the turn's text, perhaps corrected by a person.
        words: its recognised words, in order.

    Returns:
        The words that occur in the text, in order; a word that was corrected away is left out.
    """
    lower = text.lower()
    placed: list[PlacedWord] = []
    at = 0
    for word in words:
        wanted = word.text.strip().lower()
        if not wanted:
            continue
        found = lower.find(wanted, at, at + len(wanted) + _LOOK_AHEAD_CHARS)
        if found >= 0:
            placed.append(PlacedWord(found, found + len(wanted), word))
            at = found + len(wanted)
    return tuple(placed)


def with_times(tags: TurnTags, text: str, words: Sequence[Word]) -> TurnTags:
    """The same tags, their evidence with times.

    Args:
        tags: the tags of a turn.
        text: the turn's text, into which the evidence points.
        words: the turn's words with their times.

    Returns:
        The tags; evidence that no timed word touches keeps None.
    """
    if not words or not (tags.tags or tags.doubtful):
        return tags
    placed = place_words(text, words)
    if not placed:
        return tags
    ends = [p.end_char for p in placed]

    def timed(found: tuple[TagScore, ...]) -> tuple[TagScore, ...]:
        return tuple(TagScore(t.tag, t.score, tuple(_timed(e, placed, ends) for e in t.evidence)) for t in found)

    return replace(tags, tags=timed(tags.tags), doubtful=timed(tags.doubtful))


def _timed(evidence: Evidence, placed: Sequence[PlacedWord], ends: Sequence[int]) -> Evidence:
    first = bisect_right(ends, evidence.start_char)
    last = first
    while last < len(placed) and placed[last].start_char < evidence.end_char:
        last += 1
    if last == first:
        return evidence
    return replace(evidence, start_s=placed[first].word.start_s, end_s=placed[last - 1].word.end_s)
