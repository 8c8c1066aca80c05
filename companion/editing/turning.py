"""Which turns a change of lines touches: the others keep their tags, their index and their moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companion.types import Turn

CONTEXT_BEFORE = 8  # turns that the tagger is shown before the ones that changed
CONTEXT_AFTER = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """The turns from `first` on that are others now."""

    first: int
    old_count: int  # so many of the old ones
    new_count: int  # are so many new ones

    @property
    def shift(self) -> int:
        """What is added to the number of every later turn."""
        return self.new_count - self.old_count


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which turns a moment is made of."""

    first: int
    reply: int
    last: int


def changed_stretch(old: Sequence[Turn], new: Sequence[Turn]) -> Stretch:
    """Where two lists of turns differ, apart from the numbers of turns and their words' times."""
    first = 0
    while first < min(len(old), len(new)) and _same(old[first], new[first]):
        first += 1
    behind = 0
    while behind < min(len(old), len(new)) - first and _same(old[-1 - behind], new[-1 - behind]):
        behind += 1
    return Stretch(first, len(old) - first - behind, len(new) - first - behind)


def renumbered(
    numbers: Numbers, start_s: float, end_s: float, old: Sequence[Turn], new: Sequence[Turn], stretch: Stretch
) -> Numbers:
    """Which turns a moment is made of after a change.

    Args:
        numbers: before it.
        start_s: of the moment.
        end_s: of the moment.
        old: the turns before.
        new: the turns now.
        stretch: where they differ.
    """
    behind = stretch.first + stretch.old_count
    if numbers.last < stretch.first:
        return numbers
    if numbers.first >= behind:
        return Numbers(*(n + stretch.shift for n in (numbers.first, numbers.reply, numbers.last)))
    inside = [t.index for t in new if t.end_s > start_s and t.start_s < end_s]
    if not inside:
        last = max(0, len(new) - 1)
        return Numbers(*(min(n, last) for n in (numbers.first, numbers.reply, numbers.last)))
    reply = old[min(numbers.reply, len(old) - 1)]
    best = max(
        inside,
        key=lambda k: (
            min(new[k].end_s, reply.end_s) - max(new[k].start_s, reply.start_s) > 0 and new[k].speaker == reply.speaker,
            min(new[k].end_s, reply.end_s) - max(new[k].start_s, reply.start_s),
        ),
    )
    return Numbers(inside[0], best, inside[-1])


def _same(one: Turn, other: Turn) -> bool:
    return (one.speaker, one.role, one.start_s, one.end_s, one.text) == (
        other.speaker,
        other.role,
        other.start_s,
        other.end_s,
        other.text,
    )
