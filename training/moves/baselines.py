"""Simple taggers to stand beside ours: what a trained model must beat."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from training.moves.reading import LabelledTurn

CUES = re.compile(
    r"makes? (?:a lot of |perfect |total )?sense"
    r"|i (?:can |do |totally |really )?(?:understand|get it|get that|get why|see why|hear you|hear that)"
    r"|no wonder|of course you|must(?:'ve| have) been|that sounds|you have every right|i didn't realise"
)
TAKEN_BACK = re.compile(r"\b(?:but|though|at least|just|however|you should|anyway)\b")


def always_yes(turn: LabelledTurn) -> bool:
    """Every turn validates."""
    return True


def cue_regex(turn: LabelledTurn) -> bool:
    """A stock phrase is there."""
    return bool(CUES.search(turn.text.lower()))


def cue_regex_without_but(turn: LabelledTurn) -> bool:
    """A stock phrase is there, and no word that takes it back stands behind it."""
    found = CUES.search(turn.text.lower())
    return found is not None and not TAKEN_BACK.search(turn.text.lower(), found.end())


class NaiveBayes:
    """Words and pairs of words, each for itself; smoothed by one."""

    def __init__(self, turns: Sequence[LabelledTurn], label: str) -> None:
        self._counts = {True: Counter[str](), False: Counter[str]()}
        self._turns = Counter(label in turn.labels for turn in turns)
        for turn in turns:
            self._counts[label in turn.labels].update(_grams(turn.text))
        self._known = len(self._counts[True] | self._counts[False])

    def __call__(self, turn: LabelledTurn) -> bool:
        """Whether the label is likelier than not."""
        odds = math.log(self._turns[True] / self._turns[False])
        totals = {side: sum(counts.values()) + self._known for side, counts in self._counts.items()}
        for gram in _grams(turn.text):
            odds += math.log((self._counts[True][gram] + 1) / totals[True])
            odds -= math.log((self._counts[False][gram] + 1) / totals[False])
        return odds > 0


def _grams(text: str) -> set[str]:
    words = re.findall(r"[a-z']+", text.lower())
    return set(words) | {f"{one} {two}" for one, two in pairwise(words)}
