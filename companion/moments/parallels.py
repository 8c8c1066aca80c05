"""Parallel monologues: stretches in which both partners keep turning away, for the guide and for a host."""

from __future__ import annotations

from collections.abc import Sequence

from companion.types import LEANING_IN, ParallelStretch, Role, Turn, TurnTags

LEAST_TURNS = 5  # of the two partners together
LEAST_AWAY = 0.6  # share of those turns that turn away
_EACH = 2  # turns that each of the two must turn away in


def find_parallels(turns: Sequence[Turn], tags: Sequence[TurnTags]) -> tuple[ParallelStretch, ...]:
    """Find parallel monologues.

    Args:
        turns: all turns in order, with speakers and roles.
        tags: the tags of each of them.

    Returns:
        Stretches in the order of time that do not overlap, each from one partner's turning away to the last one's.
    """
    spoken = [k for k, turn in enumerate(turns) if turn.role is Role.PARTNER and turn.speaker is not None]
    found: list[ParallelStretch] = []
    run: list[int] = []
    for k in [*spoken, None]:
        if k is not None and not _leans_in(tags[k]):
            run.append(k)
            continue
        stretch = _stretch(turns, tags, run)
        if stretch is not None:
            found.append(stretch)
        run = []
    return tuple(found)


def _stretch(turns: Sequence[Turn], tags: Sequence[TurnTags], run: Sequence[int]) -> ParallelStretch | None:
    """The part of a run without leaning in that begins and ends with turning away, if it is long and even enough."""
    away = [k for k in run if _turns_away(tags[k])]
    if len(away) < LEAST_TURNS * LEAST_AWAY:
        return None
    inside = [k for k in run if away[0] <= k <= away[-1]]
    speakers = [turns[k].speaker for k in away]
    each = min(speakers.count(speaker) for speaker in set(speakers))
    if len(set(speakers)) < 2 or each < _EACH or len(inside) < LEAST_TURNS or len(away) < LEAST_AWAY * len(inside):
        return None
    first, last = turns[away[0]], turns[away[-1]]
    return ParallelStretch(first.start_s, last.end_s, first.index, last.index)


def _leans_in(tags: TurnTags) -> bool:
    return any(t.tag in LEANING_IN for t in tags.tags) and not _turns_away(tags)


def _turns_away(tags: TurnTags) -> bool:
    return any(t.tag not in LEANING_IN for t in tags.tags)
