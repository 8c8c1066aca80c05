"""What stays of the heard words when their owner puts the text right; pure."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from companion.types import Word


def words_that_stay(words: tuple[Word, ...], text: str) -> tuple[Word, ...]:
    """The recognised words that a corrected text still has, spelled as the text spells them, with their times.

    Args:
        words: as they were heard, in order.
        text: the corrected text.
    """
    new = text.split()
    plain = [w.text.lower().strip(".,;:!?\"'“”’") for w in words]
    matcher = SequenceMatcher(None, plain, [w.lower().strip(".,;:!?\"'“”’") for w in new], autojunk=False)
    return tuple(
        replace(words[block.a + i], text=new[block.b + i])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    )
