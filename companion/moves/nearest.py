"""Which moves a search could be about: by the words that people use for them."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from companion.types import LEANING_IN, Tag

_WORDS: dict[Tag, str] = {
    Tag.VALIDATION: "validate validation valid makes sense understand understood understandable hear heard listen "
    "agree acknowledge accept believe see seen",
    Tag.EMPATHY: "empathy empathic feel feeling feelings feel-with compassion sad sadness lonely alone hurt pain grief "
    "cry tears scared sympathy",
    Tag.CURIOSITY: "curious curiosity ask question questions wonder interested interest why explore",
    Tag.VULNERABILITY: "vulnerable vulnerability soft softer open fear afraid need needs shame ashamed weak tender "
    "honest courage",
    Tag.NAMES_BLOCK: "block blocked wall freeze frozen stuck shut overwhelm overwhelmed trigger "
    "triggered defensive hard",
    Tag.OWNERSHIP: "own owning ownership apology apologise apologize sorry fault blame responsible responsibility "
    "guilt mistake admit wrong forgive repair",
    Tag.CARE: "care caring love affection kind kindness thanks thank grateful gratitude appreciate matter comfort "
    "reassure warm safe",
    Tag.TURN_GIVING: "turn turns floor pause silence space wait waiting listen listening interrupt check understood",
}
_LEAST_CHARS = 3
_SAME = 0.8  # how alike two words must be


def nearest_tags(query: str, among: Collection[Tag] = LEANING_IN, limit: int = 3) -> tuple[Tag, ...]:
    """The moves that a search could be about.

    Args:
        query: as typed.
        among: the ones that may be named.
        limit: most of them.

    Returns:
        The nearest first; none where no word is near.
    """
    typed = [word for word in re.findall(r"[a-z]+", query.lower()) if len(word) >= _LEAST_CHARS]
    near = {tag: sum(_nearness(word, tag) for word in typed) for tag in Tag if tag in among and tag in _WORDS}
    return tuple(sorted((tag for tag in near if near[tag]), key=lambda tag: -near[tag])[:limit])


def _nearness(word: str, tag: Tag) -> float:
    """How near a word is to those of a move: 1.0 for one of them, 0.0 below `_SAME`."""
    best = max(SequenceMatcher(None, word, known).ratio() for known in _WORDS[tag].split())
    return best if best >= _SAME else 0.0
