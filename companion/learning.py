"""How the tagger learns: from labelled turns to a model file, and how well it does on turns that it did not learn from.

Fitting needs scikit-learn, which the extra `teach` brings; everything else here needs numpy only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.errors import BadInputError
from companion.moves.context import Conversation, setting_of_texts
from companion.moves.features import features_of
from companion.moves.model import LABELS_IN_ORDER, NEAR_MISS, MovesModel, kind_of, scaled
from companion.moves.normalise import normalise
from companion.types import Role, Tag, Turn

MAIN_TAGS = tuple(t.value for t in Tag if t not in (Tag.NAMES_BLOCK, Tag.TOPIC_CHANGE, Tag.CORRECTING))
"""The twelve tags that are averaged; the others are within one of them."""

REGULARISATION = 0.3
LEAST_WEIGHT = 0.01  # features that say less than this about every label are left out
LEAST_TIMES = {"r": 2, "n": 2}  # how often a feature must occur to be learned; the others three times
WORDS_PER_S = 2.8  # where the times of turns are not known
GAP_S = 0.5
NEAR_MISS_ALARMS = 0.09  # share of the near misses that may pass for validation, when its threshold is chosen
QUEUE_BETA = 2.0  # for a host's queue a missed tag is worse than a false one
RIDGE = 0.3  # holds the calibration's few weights back where dev has few turns of a label
BOOTSTRAPS = 1_000
_PLAIN = re.compile(r"[^a-z' ]+")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A turn of a conversation, with its labels."""

    speaker: str
    role: Role
    text: str
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model sees of a labelled turn."""

    values: Mapping[str, float]
    labels: frozenset[str]
    group: str  # the conversation; samples of one are drawn together
    weight: float = 1.0  # how much it counts when weights are learned


def plain(text: str) -> str:
    """A text as a recogniser without punctuation would write it."""
    return " ".join(_PLAIN.sub(" ", text.lower().replace("’", "'")).split()) or "mm"


def turns_of(said: Sequence[LabelledText]) -> list[Turn]:
    """Turns with times guessed from their words."""
    turns, at_s = [], 0.0
    for index, one in enumerate(said):
        length_s = len(one.text.split()) / WORDS_PER_S
        turns.append(Turn(index, one.speaker, one.role, at_s, at_s + length_s, one.text))
        at_s += length_s + GAP_S
    return turns


def samples_of_talk(said: Sequence[LabelledText], group: str) -> list[Sample]:
    """The samples of a whole conversation."""
    return samples_of_turns(turns_of(said), [one.labels for one in said], group)


def samples_of_turns(turns: Sequence[Turn], labels: Sequence[frozenset[str]], group: str) -> list[Sample]:
    """The samples of turns with their own times, as of a recognised conversation."""
    talk = Conversation(turns)
    return [
        Sample(scaled(features_of(talk.reads[k].doc, talk.setting(k), turn.role)), labels[k], group)
        for k, turn in enumerate(turns)
    ]


def sample_of_reply(
    text: str, context: Sequence[str], role: Role, labels: frozenset[str], group: str, weight: float = 1.0
) -> Sample:
    """The sample of a single turn of which only the texts before are known, oldest first."""
    doc = normalise(text)
    return Sample(scaled(features_of(doc, setting_of_texts(doc, context), role)), labels, group, weight)


# ---- fitting


def fit(
    samples: Sequence[Sample], dev: Sequence[Sample], about: Mapping[str, Any], held: Sequence[Sample] = ()
) -> MovesModel:
    """Learn a model.

    Args:
        samples: to learn the weights from.
        dev: from other conversations: calibration and thresholds are chosen on them.
        about: goes into the model's file.
        held: samples that help to calibrate and are learned from as well: a first model without them is calibrated, and
            the final one takes over what was found.

    Raises:
        BadInputError: scikit-learn is not installed, or a label never occurs.
    """
    first = _weighed(samples, about)
    first = replace(first, calibration=_calibrated(first, [*dev, *held]))
    first = with_thresholds(first, dev)
    if not held:
        return first
    final = _weighed([*samples, *held], about)
    return replace(final, calibration=first.calibration, shown=first.shown, queued=first.queued)


def _weighed(samples: Sequence[Sample], about: Mapping[str, Any]) -> MovesModel:
    try:
        from scipy.sparse import csr_matrix
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise BadInputError(
            "Teaching the tagger needs scikit-learn: install it with pip install 'secure-love-companion[teach]'."
        ) from error
    names = _names(samples)
    index = {name: i for i, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, sample in enumerate(samples):
        for name, value in sample.values.items():
            if name in index:
                rows.append(row)
                columns.append(index[name])
                values.append(value)
    seen = csr_matrix((values, (rows, columns)), (len(samples), len(names)), np.float32)
    weights = np.zeros((len(names), len(LABELS_IN_ORDER)), np.float32)
    bias = np.zeros(len(LABELS_IN_ORDER), np.float32)
    counts = [sample.weight for sample in samples]
    for column, label in enumerate(LABELS_IN_ORDER):
        wanted = [label in sample.labels for sample in samples]
        if not any(wanted):
            raise BadInputError(f"No turn to learn from has the label {label}.")
        learned = LogisticRegression(C=REGULARISATION, solver="liblinear", max_iter=500)
        learned.fit(seen, wanted, sample_weight=counts)
        weights[:, column], bias[column] = learned.coef_[0], learned.intercept_[0]
    kept = np.flatnonzero(np.abs(weights).max(axis=1) > LEAST_WEIGHT)
    same = np.eye(len(LABELS_IN_ORDER), 2 * len(LABELS_IN_ORDER) + 1, dtype=np.float32)
    return MovesModel(tuple(names[i] for i in kept), weights[kept], bias, np.stack([same, same]), (), (), about)


def _names(samples: Iterable[Sample]) -> list[str]:
    counts = Counter(name for sample in samples for name in sample.values)
    return sorted(name for name, count in counts.items() if count >= LEAST_TIMES.get(name[0], 3))


def _calibrated(model: MovesModel, dev: Sequence[Sample]) -> NDArray[np.float32]:
    """From sums to log-odds, by Newton's method on the likelihood of dev (Platt 1999, with his targets).

    A label looks at its own sum and at what its cues say; validation looks at the sum of `near_miss` too, which knows
    what takes it back.
    """
    found = np.zeros_like(model.calibration)
    for kind in range(len(found)):
        _calibrate_one(model, [sample for sample in dev if kind_of(sample.values) == kind], found[kind])
    return found


def _calibrate_one(model: MovesModel, dev: Sequence[Sample], found: NDArray[np.float32]) -> None:
    seen = np.array([model.evidence(sample.values) for sample in dev], np.float64)
    labels = len(LABELS_IN_ORDER)
    for column, label in enumerate(LABELS_IN_ORDER):
        used = [column, labels + column]
        if label == Tag.VALIDATION:
            used.append(LABELS_IN_ORDER.index(NEAR_MISS))
        true = np.array([label in sample.labels for sample in dev])
        found[column] = 0.0
        found[column, [*used, -1]] = _newton(seen[:, [*used, -1]], true)


def _newton(inputs: NDArray[np.float64], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of a logistic regression, (inputs,)."""
    positives = int(true.sum())
    target = np.where(true, (positives + 1) / (positives + 2), 1 / (len(true) - positives + 2))
    fitted = np.zeros(inputs.shape[1])
    fitted[0] = 1.0
    for _ in range(60):
        likely = 1 / (1 + np.exp(-np.clip(inputs @ fitted, -30, 30)))
        slope = inputs.T @ (likely - target) + RIDGE * fitted
        curve = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + RIDGE * np.eye(len(fitted))
        fitted -= np.clip(np.linalg.solve(curve, slope), -1, 1)
    return fitted


def with_thresholds(model: MovesModel, dev: Sequence[Sample]) -> MovesModel:
    """The model with the thresholds that do best on dev: for listeners the best F1, for a host's queue the best F2.

    That of `validation` for listeners lets at most `NEAR_MISS_ALARMS` of the near misses pass.
    """
    chosen = [
        _thresholds(model, [s for s in dev if kind_of(s.values) == kind]) for kind in range(len(model.calibration))
    ]
    return replace(model, shown=tuple(one for one, _ in chosen), queued=tuple(one for _, one in chosen))


def stricter(one: MovesModel, other: MovesModel) -> MovesModel:
    """The first model with the higher of both models' thresholds: precise by the one's choice and by the other's."""
    pairs = zip(one.shown, other.shown, strict=True)
    return replace(one, shown=tuple({label: max(a[label], b[label]) for label in a} for a, b in pairs))


def _thresholds(model: MovesModel, dev: Sequence[Sample]) -> tuple[dict[str, float], dict[str, float]]:
    scores, true = scores_of(model, dev)
    shown, queued = {}, {}
    for column, label in enumerate(LABELS_IN_ORDER):
        allowed = None
        if label == Tag.VALIDATION:
            looks = true[:, LABELS_IN_ORDER.index(NEAR_MISS)] & ~true[:, column]
            allowed = float(np.quantile(scores[looks, column], 1 - NEAR_MISS_ALARMS)) if looks.any() else None
        shown[label] = _best_threshold(scores[:, column], true[:, column], 1.0, allowed)
        queued[label] = min(shown[label], _best_threshold(scores[:, column], true[:, column], QUEUE_BETA, None))
    return shown, queued


def _best_threshold(scores: NDArray[np.float32], true: NDArray[np.bool_], beta: float, least: float | None) -> float:
    order = np.argsort(-scores)
    hits = np.cumsum(true[order])
    given = np.arange(1, len(scores) + 1)
    f = (1 + beta**2) * hits / (beta**2 * max(1, true.sum()) + given)
    smooth = np.convolve(np.pad(f, 2, mode="edge"), np.ones(5) / 5, "valid")  # a lucky turn is no reason
    if least is not None:
        smooth = np.where(scores[order] > least, smooth, 0)
    best = int(smooth.argmax())
    following = scores[order][min(best + 1, len(scores) - 1)]
    return round(float((scores[order][best] + following) / 2), 4)


# ---- judging


def scores_of(model: MovesModel, samples: Sequence[Sample]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores and truth, both (samples, labels)."""
    scores = np.array([model.scores(sample.values) for sample in samples], np.float32)
    true = np.array([[label in sample.labels for label in LABELS_IN_ORDER] for sample in samples])
    return scores, true


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
    macro_f1: float  # over `MAIN_TAGS`
    macro_low: float
    macro_high: float
    near_misses: int  # that are not validation too
    alarms: int  # of them given as validation
    calibration_error: float  # of all labels together, ten bins (Guo et al. 2017)


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
    given = scores >= least
    f1 = _f1(given, true)
    drawn = _bootstraps(given, true, groups)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    main = [LABELS_IN_ORDER.index(label) for label in MAIN_TAGS]
    macro = drawn[:, main].mean(axis=1)
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
        float(f1[main].mean()),
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
