"""What only looks like a moment: a reply that sounds as if it heard, and turns away."""

from __future__ import annotations

from collections.abc import Sequence

from companion.moments.finding import partners_of
from companion.types import LookAlike, Tag, Turn, TurnTags

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
