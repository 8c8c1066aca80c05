"""What only looks like a moment: a reply that sounds as if it heard, and turns away."""

from __future__ import annotations

from collections.abc import Sequence

from companion.moments.finding import partners_of
from companion.types import LEANING_IN, LookAlike, Moment, Tag, Turn, TurnTags
from companion.waiting import Doubtful

LEAST_NEAR_MISS = 0.5  # a turn is told as a near miss from here on


def find_look_alikes(turns: Sequence[Turn], tags: Sequence[TurnTags]) -> tuple[LookAlike, ...]:
    """Find near misses between partners.

    Args:
        turns: all turns in order, with speakers and roles.
        tags: the tags of each of them.

    Returns:
        In the order of time, each with the other partner's turn that it answers.
    """
    partners = partners_of(turns)
    found = []
    for k, (turn, tagged) in enumerate(zip(turns, tags, strict=True)):
        if turn.speaker not in partners or tagged.near_miss < LEAST_NEAR_MISS or tagged.score(Tag.VALIDATION) > 0.0:
            continue
        bid = next((b for b in reversed(turns[:k]) if b.speaker in partners and b.speaker != turn.speaker), None)
        if bid is not None:
            found.append(
                LookAlike(bid.start_s, turn.end_s, str(turn.speaker), str(bid.speaker), bid.text, turn.text, turn.index)
            )
    return tuple(found)


def find_doubtful(turns: Sequence[Turn], tags: Sequence[TurnTags], moments: Sequence[Moment]) -> tuple[Doubtful, ...]:
    """Find replies between partners that may lean in and are in no moment.

    Args:
        turns: all turns in order, with speakers and roles.
        tags: the tags of each of them.
        moments: those that there are, and those that were rejected.

    Returns:
        In the order of time, each with the other partner's turn that it answers; near misses are told elsewhere.
    """
    partners = partners_of(turns)
    found = []
    for k, (turn, tagged) in enumerate(zip(turns, tags, strict=True)):
        every = sorted((*tagged.tags, *tagged.doubtful), key=lambda scored: -scored.score)
        leaning = tuple(scored for scored in every if scored.tag in LEANING_IN)
        if turn.speaker not in partners or not leaning or tagged.near_miss >= LEAST_NEAR_MISS:
            continue
        if any(turn.start_s < m.end_s and m.start_s < turn.end_s for m in moments):
            continue
        bid = turns[k - 1] if k else None
        if bid is None or bid.speaker not in partners or bid.speaker == turn.speaker:
            continue
        look = LookAlike(bid.start_s, turn.end_s, str(turn.speaker), str(bid.speaker), bid.text, turn.text, turn.index)
        found.append(Doubtful(look, leaning))
    return tuple(found)
