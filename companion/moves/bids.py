"""What a turn asks of the one who answers: does it carry a feeling, a need or a complaint?

This room stays when the tagger is replaced: `companion.moments` looks for the bid with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from companion.moves.cues_signs import BID_SIGNS
from companion.moves.lexicon import BACK_CHANNELS
from companion.moves.normalise import Doc, normalise
from companion.moves.patterns import Label, Matcher, Sign

_LONGEST_BACK_CHANNEL_WORDS = 4
_FULL_WEIGHT = 2.2  # one plain "I felt alone" is a whole bid
_MATCHER = Matcher(BID_SIGNS)


@dataclass(frozen=True, slots=True)
class Bid:
    """What a turn offers to answer."""

    strength: float  # 0..1: a feeling, a need or a complaint
    asks_advice: bool


NO_BID = Bid(0.0, False)


def read_bid(doc: Doc) -> Bid:
    """What a turn offers to answer.

    Args:
        doc: the turn as plain words.

    Returns:
        The strength of its feeling, need or complaint, and whether it asks for advice.
    """
    sums: Mapping[Label, float] = _sums(doc)
    felt = max(sums.get(Sign.FEELING, 0.0), sums.get(Sign.COMPLAINT, 0.0))
    both = 0.5 * min(sums.get(Sign.FEELING, 0.0), sums.get(Sign.COMPLAINT, 0.0))
    return Bid(min(1.0, (felt + both) / _FULL_WEIGHT), sums.get(Sign.ASKS_ADVICE, 0.0) >= 2.0)


def is_back_channel(text: str) -> bool:
    """Whether a turn only keeps the other's floor ("mm", "yeah, right").

    Args:
        text: what was said.

    Returns:
        True for up to four such sounds, and for a turn without words.
    """
    return only_keeps_the_floor(normalise(text))


def only_keeps_the_floor(doc: Doc) -> bool:
    """`is_back_channel` for a text that is plain words already."""
    words = doc.words[: _LONGEST_BACK_CHANNEL_WORDS + 1]
    return len(words) <= _LONGEST_BACK_CHANNEL_WORDS and all(w in BACK_CHANNELS for w in words)


def _sums(doc: Doc) -> dict[Label, float]:
    sums: dict[Label, float] = {}
    for hit in _MATCHER.find(doc):
        sums[hit.label] = sums.get(hit.label, 0.0) + hit.cue.weight
    return sums
