"""Where a moment may begin and end by ear: at the words, or a tenth of a second further."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from companion.types import Turn

_SAME_S = 0.005  # two places that are closer are one


@dataclass(frozen=True, slots=True)
class Edges:
    """Where words begin and where they end, in seconds, each in order."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]


def edges_of(turns: Sequence[Turn]) -> Edges:
    """The edges of all words of some turns; of a turn whose words have no times, its own."""
    starts: set[float] = set()
    ends: set[float] = set()
    for turn in turns:
        starts.update([word.start_s for word in turn.words] or [turn.start_s])
        ends.update([word.end_s for word in turn.words] or [turn.end_s])
    return Edges(tuple(sorted(starts)), tuple(sorted(ends)))


def stepped(places: Sequence[float], at_s: float, by: int) -> float:
    """The place that is `by` places further on, or back where it is negative; the last one where there are no more.

    From between two places the first step leads to the nearer one in its direction, which is what an ear expects.

    Args:
        places: edges of words, in order.
        at_s: where it is now, in seconds.
        by: how many words; 0 snaps to the nearest.
    """
    if not places:
        return at_s
    if by > 0:
        at = bisect_right(places, at_s + _SAME_S) + by - 1
        return max(at_s, places[min(at, len(places) - 1)])
    if by < 0:
        at = bisect_left(places, at_s - _SAME_S) + by
        return min(at_s, places[max(at, 0)])
    return min(places, key=lambda place: (abs(place - at_s), place))
