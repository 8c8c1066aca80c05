"""How well a tagger does on turns that it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from companion.learning.samples import Sample
from companion.learning.scores import scores_of
from companion.moves.model import LABELS_IN_ORDER, NEAR_MISS, MovesModel, kind_of
from companion.types import Tag

MAIN_TAGS = tuple(t.value for t in Tag if t not in (Tag.NAMES_BLOCK, Tag.TOPIC_CHANGE, Tag.CORRECTING))
"""The twelve tags that are averaged; the others are within one of them."""

BOOTSTRAPS = 1_000


@dataclass(frozen=True, slots=True)
class Figures:
    """How well one label is found."""

    label: str
    turns: int  # that have it
    given: int
    precision: float
    recall: float
    f1: float
    f1_low: float  # of 95 of 100 bootstraps over conversations
    f1_high: float
    average_precision: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a tagger does."""

    samples: int
    groups: int
    figures: tuple[Figures, ...]
    macro_f1: float  # over those of `MAIN_TAGS` that occur; NaN where none does
    macro_low: float
    macro_high: float
    near_misses: int  # that are not validation too
    alarms: int  # of them given as validation
    calibration_error: float  # of all labels together, ten bins (Guo et al. 2017)

    @property
    def macro_labels(self) -> int:
        """How many tags the mean is over."""
        return sum(f.label in MAIN_TAGS and f.turns > 0 for f in self.figures)


def evaluate_scores(
    scores: NDArray[np.float32], true: NDArray[np.bool_], least: NDArray[np.float32], groups: Sequence[str]
) -> Evaluation:
    """Judge scores.

    Args:
        scores: (samples, labels), 0..1.
        true: the same shape.
        least: from which score on a label is given, of a shape that fits.
        groups: the conversation of each sample; bootstraps draw whole conversations.
    """
    return evaluate_given(scores >= least, scores, true, groups)


def evaluate_given(
    given: NDArray[np.bool_], scores: NDArray[np.float32], true: NDArray[np.bool_], groups: Sequence[str]
) -> Evaluation:
    """Judge labels that were given.

    Args:
        given: (samples, labels): what was said.
        scores: the same shape, 0..1: how surely.
        true: the same shape.
        groups: the conversation of each sample; bootstraps draw whole conversations.
    """
    f1 = _f1(given, true)
    drawn = _bootstraps(given, true, groups)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    main = [c for c, label in enumerate(LABELS_IN_ORDER) if label in MAIN_TAGS and true[:, c].any()]
    macro = drawn[:, main].mean(axis=1) if main else np.array([np.nan])
    figures = tuple(
        Figures(
            label,
            int(true[:, c].sum()),
            int(given[:, c].sum()),
            float((given[:, c] & true[:, c]).sum() / max(1, given[:, c].sum())),
            float((given[:, c] & true[:, c]).sum() / max(1, true[:, c].sum())),
            float(f1[c]),
            float(low[c]),
            float(high[c]),
            average_precision(scores[:, c], true[:, c]),
        )
        for c, label in enumerate(LABELS_IN_ORDER)
    )
    validation, near = (LABELS_IN_ORDER.index(label) for label in (Tag.VALIDATION.value, NEAR_MISS))
    looks = true[:, near] & ~true[:, validation]
    return Evaluation(
        len(true),
        len(set(groups)),
        figures,
        float(f1[main].mean()) if main else float("nan"),
        float(np.quantile(macro, 0.025)),
        float(np.quantile(macro, 0.975)),
        int(looks.sum()),
        int((given[:, validation] & looks).sum()),
        _calibration_error(scores, true),
    )


def evaluate(model: MovesModel, samples: Sequence[Sample]) -> Evaluation:
    """Judge a model by the tags it gives to listeners."""
    scores, true = scores_of(model, samples)
    least = np.array(
        [[model.shown[kind_of(s.values)][label] for label in LABELS_IN_ORDER] for s in samples], np.float32
    )
    return evaluate_scores(scores, true, least, [sample.group for sample in samples])


def _f1(given: NDArray[np.bool_], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    hits = (given & true).sum(0)
    result: NDArray[np.float64] = 2 * hits / np.maximum(1, given.sum(0) + true.sum(0))
    return result


def _bootstraps(given: NDArray[np.bool_], true: NDArray[np.bool_], groups: Sequence[str]) -> NDArray[np.float64]:
    """F1 of each label in conversations drawn with replacement, shape (bootstraps, labels)."""
    names = sorted(set(groups))
    place = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), 3, given.shape[1]))
    for row, group in enumerate(groups):
        counts[place[group]] += np.array([given[row] & true[row], given[row], true[row]])
    rng = np.random.default_rng(7)
    draws = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), BOOTSTRAPS)
    hits, out, wanted = np.tensordot(draws, counts, 1).transpose(1, 0, 2)
    result: NDArray[np.float64] = 2 * hits / np.maximum(1, out + wanted)
    return result


def average_precision(scores: NDArray[np.float32], true: NDArray[np.bool_]) -> float:
    """The mean of the precision at each true sample, in the order of the scores."""
    ranked = true[np.argsort(-scores, kind="stable")]
    if not ranked.any():
        return float("nan")
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean())


def _calibration_error(scores: NDArray[np.float32], true: NDArray[np.bool_]) -> float:
    flat, right = scores.ravel(), true.ravel()
    bins = np.minimum((flat * 10).astype(int), 9)
    gaps = [
        abs(flat[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return float(sum(gaps))
