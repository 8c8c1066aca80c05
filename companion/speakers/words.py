"""Words with their speakers, the sound they lie in, and the places where a speaker may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from companion.types import Word

PHRASE_PAUSE_S = 0.25  # a pause as long as this may be another person's beginning
SENTENCE_ENDS = (".", "?", "!", "…")
BROKEN_OFF = ("-", "–", "—")
_CLOSING = "\"'”’)]"


class Reader(Protocol):
    """Sound that can be read in stretches: mono at `companion.types.SAMPLE_RATE_HZ`."""

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """The samples between two times, shape (n,), in [-1, 1]; fewer where the sound ends."""
        ...


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and the voice that said it."""

    word: Word
    speaker: str  # the track's name, or "Voice 1", "Voice 2" in the order of first speech
    confidence: float | None  # 0..1; None where the speaker is certain


def ends_sentence(word: Word) -> bool:
    """Whether a sentence ends with this word."""
    return word.text.rstrip(_CLOSING).endswith(SENTENCE_ENDS)


def may_change(before: Word, after: Word) -> bool:
    """Whether another voice could well begin between two words: a pause, a sentence's end, a broken-off one."""
    return (
        after.start_s - before.end_s >= PHRASE_PAUSE_S
        or ends_sentence(before)
        or before.text.rstrip(_CLOSING).endswith(BROKEN_OFF)
    )


def phrase_starts(words: Sequence[Word]) -> NDArray[np.intp]:
    """The indices at which phrases begin; the first is 0 where there are words."""
    return np.array([k for k in range(len(words)) if k == 0 or may_change(words[k - 1], words[k])], dtype=np.intp)
