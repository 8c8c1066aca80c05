"""Where in the sound a turn's words lie."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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

    def timed(found: tuple[TagScore, ...]) -> tuple[TagScore, ...]:
        return tuple(TagScore(t.tag, t.score, tuple(_timed(e, placed) for e in t.evidence)) for t in found)

    return replace(tags, tags=timed(tags.tags), doubtful=timed(tags.doubtful))


def when_said(placed: Sequence[PlacedWord], start_char: int, end_char: int) -> tuple[float, float] | None:
    """When some characters of a text were said.

    Args:
        placed: the text's words, in order.
        start_char: the first character.
        end_char: the one after the last.

    Returns:
        Start of the first and end of the last word that they touch, in seconds; None where they touch none.
    """
    first = bisect_right(placed, start_char, key=lambda p: p.end_char)
    last = bisect_left(placed, end_char, lo=first, key=lambda p: p.start_char)
    return (placed[first].word.start_s, placed[last - 1].word.end_s) if last > first else None


def _timed(evidence: Evidence, placed: Sequence[PlacedWord]) -> Evidence:
    said = when_said(placed, evidence.start_char, evidence.end_char)
    return replace(evidence, start_s=said[0], end_s=said[1]) if said else evidence
