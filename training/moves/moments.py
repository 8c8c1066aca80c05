"""How well moments are found in the dialogues: a hit covers half of a marked one and has the right two people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from companion.learning import turns_of
from companion.moments import find_moments
from companion.moves import tag_turns
from companion.types import Moment, Turn, TurnTags
from training.moves.reading import Dialogue
from training.moves.train import said

COVERED = 0.5
BOOTSTRAPS = 1_000

Tagger = Callable[[Sequence[Turn]], Sequence[TurnTags]]


@dataclass(frozen=True, slots=True)
class MomentFigures:
    """Counts, and precision and recall with 95 of 100 bootstraps over dialogues."""

    marked: int
    found: int
    hits: int
    in_no_couple: int  # moments found where no couple talks
    precision_low: float
    precision_high: float
    recall_low: float
    recall_high: float

    @property
    def precision(self) -> float:
        """Share of the found moments that were marked."""
        return self.hits / max(1, self.found)

    @property
    def recall(self) -> float:
        """Share of the marked moments that were found."""
        return self.hits / max(1, self.marked)


def judge(dialogues: Sequence[Dialogue], tag: Tagger = tag_turns) -> MomentFigures:
    """Find moments in dialogues and compare."""
    counts, strangers = [], 0
    for dialogue in dialogues:
        turns = turns_of(said(dialogue))
        found = find_moments(turns, tag(turns))
        hits = matched(dialogue, turns, found)
        counts.append((len(dialogue.moments), len(found), hits))
        strangers += 0 if dialogue.couple else len(found)
    table = np.array(counts)
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), BOOTSTRAPS) @ table
    precision = np.quantile(drawn[:, 2] / np.maximum(1, drawn[:, 1]), [0.025, 0.975])
    recall = np.quantile(drawn[:, 2] / np.maximum(1, drawn[:, 0]), [0.025, 0.975])
    marked, all_found, hits = (int(v) for v in table.sum(0))
    return MomentFigures(marked, all_found, hits, strangers, *map(float, precision), *map(float, recall))


def matched(dialogue: Dialogue, turns: Sequence[Turn], found: Sequence[Moment]) -> int:
    """How many marked moments are hit, each by another found one."""
    left, hits = list(found), 0
    for marked in dialogue.moments:
        first, last = turns[marked.first], turns[marked.last]
        giver, getter = dialogue.turns[marked.reply].speaker, dialogue.turns[marked.first].speaker
        for moment in left:
            overlap_s = min(last.end_s, moment.end_s) - max(first.start_s, moment.start_s)
            people = {moment.validating_speaker, moment.validated_speaker}
            if overlap_s >= COVERED * (last.end_s - first.start_s) and people == {giver, getter}:
                left.remove(moment)
                hits += 1
                break
    return hits
