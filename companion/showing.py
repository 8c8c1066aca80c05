"""What to show where the moves are explained: what only looked like one, and two monologues beside each other."""

from __future__ import annotations

from dataclasses import dataclass

from companion.library import Library
from companion.moments import find_look_alikes, find_parallels
from companion.types import Episode, LookAlike, ParallelStretch, Role, Turn

EPISODES = 5  # the newest, which are looked through
NEAR_MISSES = 2


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A near miss and where it is from."""

    episode: Episode
    found: LookAlike


@dataclass(frozen=True, slots=True)
class Monologues:
    """A stretch of parallel monologues, what the two say in it, and where it is from."""

    episode: Episode
    found: ParallelStretch
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class CounterExamples:
    """What leaning in is not."""

    near_misses: tuple[NearMiss, ...]  # from as many episodes as there are, the short ones first
    monologues: Monologues | None  # the shortest; None where nobody talks like that


def counter_examples(library: Library) -> CounterExamples:
    """What leaning in is not, from the newest episodes.

    Args:
        library: an open one.
    """
    missed: list[list[NearMiss]] = []
    beside: list[Monologues] = []
    for episode in library.episodes.newest_ready(EPISODES):
        stored = library.transcripts.turns(episode.id)
        turns, tags = [t.turn for t in stored], [t.tags for t in stored]
        near = sorted(find_look_alikes(turns, tags), key=lambda f: f.end_s - f.start_s)
        missed.append([NearMiss(episode, one) for one in near])
        for one in find_parallels(turns, tags):
            inside = [t for t in turns if one.first_turn <= t.index <= one.last_turn and t.role is Role.PARTNER]
            beside.append(Monologues(episode, one, tuple(inside)))
    in_turn = [near[place] for place in range(NEAR_MISSES) for near in missed if place < len(near)]
    shortest = min(beside, key=lambda m: m.found.end_s - m.found.start_s, default=None)
    return CounterExamples(tuple(in_turn[:NEAR_MISSES]), shortest)
