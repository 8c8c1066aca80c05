"""How well moments are found in the dialogues.

A marked moment is found when a found one covers half of it and is between the same two people; a found one is right
when it does that for a marked one. Where both lean in, two marked moments may lie in one found one; "one to one" counts
such a pair once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from companion.learning import turns_of
from companion.moments import find_moments
from companion.moments.weighing import MomentWeights
from companion.moves import tag_turns
from companion.types import Moment, Turn, TurnTags
from training.moves.reading import Dialogue, LabelledMoment
from training.moves.train import said

COVERED = 0.5
BOOTSTRAPS = 1_000

Tagger = Callable[[Sequence[Turn]], Sequence[TurnTags]]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MomentFigures:
    """Counts, and precision and recall with 95 of 100 bootstraps over dialogues."""

    marked: int
    found: int
    marked_hit: int  # marked moments that were found
    found_right: int  # found moments that were marked
    one_to_one: int  # pairs of them
    in_no_couple: int  # moments found where no couple talks
    precision_range: Range
    recall_range: Range

    @property
    def precision(self) -> float:
        """Share of the found moments that were marked."""
        return self.found_right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Share of the marked moments that were found."""
        return self.marked_hit / max(1, self.marked)

    def sentence(self) -> str:
        """All of it in words."""
        return (
            f"Moments: {self.marked} marked, {self.marked_hit} of them found: recall {self.recall:.2f} "
            f"({self.recall_range[0]:.2f} to {self.recall_range[1]:.2f}); {self.found} found, {self.found_right} of "
            f"them marked: precision {self.precision:.2f} ({self.precision_range[0]:.2f} to "
            f"{self.precision_range[1]:.2f}); one to one {self.one_to_one} hits (precision "
            f"{self.one_to_one / max(1, self.found):.2f}, recall {self.one_to_one / max(1, self.marked):.2f}); "
            f"{self.in_no_couple} found where no couple talks."
        )


def judge(
    dialogues: Sequence[Dialogue], tag: Tagger = tag_turns, weights: MomentWeights | None = None
) -> MomentFigures:
    """Find moments in dialogues and compare."""
    counts, strangers, pairs = [], 0, 0
    for dialogue in dialogues:
        turns = turns_of(said(dialogue))
        found = find_moments(turns, tag(turns), weights)
        counts.append(covered(dialogue, turns, found))
        pairs += one_to_one(dialogue, turns, found)
        strangers += 0 if dialogue.couple else len(found)
    table = np.array(counts)
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), BOOTSTRAPS) @ table
    precision = np.quantile(drawn[:, 3] / np.maximum(1, drawn[:, 1]), [0.025, 0.975])
    recall = np.quantile(drawn[:, 2] / np.maximum(1, drawn[:, 0]), [0.025, 0.975])
    sums = [int(v) for v in table.sum(0)]
    return MomentFigures(
        sums[0],
        sums[1],
        sums[2],
        sums[3],
        pairs,
        strangers,
        (float(precision[0]), float(precision[1])),
        (float(recall[0]), float(recall[1])),
    )


def covered(dialogue: Dialogue, turns: Sequence[Turn], found: Sequence[Moment]) -> tuple[int, int, int, int]:
    """How many moments are marked, found, marked and found, found and marked."""
    hits = [[_covers(dialogue, marked, turns, moment) for moment in found] for marked in dialogue.moments]
    right = sum(any(row[k] for row in hits) for k in range(len(found)))
    return len(dialogue.moments), len(found), sum(any(row) for row in hits), right


def one_to_one(dialogue: Dialogue, turns: Sequence[Turn], found: Sequence[Moment]) -> int:
    """How many marked moments are hit, each by another found one."""
    left, hits = list(found), 0
    for marked in dialogue.moments:
        match = next((moment for moment in left if _covers(dialogue, marked, turns, moment)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return hits


def _covers(dialogue: Dialogue, marked: LabelledMoment, turns: Sequence[Turn], moment: Moment) -> bool:
    first, last = turns[marked.first], turns[marked.last]
    pair = {dialogue.turns[marked.reply].speaker, dialogue.turns[marked.first].speaker}
    overlap_s = min(last.end_s, moment.end_s) - max(first.start_s, moment.start_s)
    people = {moment.validating_speaker, moment.validated_speaker}
    return overlap_s >= COVERED * (last.end_s - first.start_s) and people == pair
