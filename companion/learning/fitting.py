"""From samples to a model: weights, calibration, thresholds. Weights need scikit-learn, the rest numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.errors import BadInputError
from companion.learning.samples import Sample
from companion.learning.scores import scores_of
from companion.moves.model import LABELS_IN_ORDER, NEAR_MISS, MovesModel, kind_of
from companion.types import Progress, Tag

REGULARISATION = 0.3
LEAST_WEIGHT = 0.01  # features that say less than this about every label are left out
LEAST_TIMES = {"r": 2, "n": 2}  # how often a feature must occur to be learned; the others three times
NEAR_MISS_ALARMS = 0.09  # share of the near misses that may pass for validation, when its threshold is chosen
QUEUE_BETA = 2.0  # for a host's queue a missed tag is worse than a false one
RIDGE = 0.3  # holds the calibration's few weights back where dev has few turns of a label

Report = Callable[[Progress], None]


def fit(
    samples: Sequence[Sample],
    dev: Sequence[Sample],
    about: Mapping[str, Any],
    held: Sequence[Sample] = (),
    report: Report = lambda _: None,
) -> MovesModel:
    """Learn a model.

    Args:
        samples: to learn the weights from.
        dev: from other conversations: calibration and thresholds are chosen on them.
        about: goes into the model's file.
        held: samples of turns read alone that help to calibrate and are learned from as well: a first model without
            them is calibrated, and the final one takes over what was found for turns alone. Turns of conversations are
            calibrated on dev, which neither has seen.
        report: is told how many labels are learned.

    Raises:
        BadInputError: scikit-learn is not installed, or a label never occurs.
    """
    rounds = 2 if held else 1
    first = _weighed(samples, about, _counter(report, rounds, 0))
    first = replace(first, calibration=_calibrated(first, [*dev, *held]))
    first = with_thresholds(first, dev)
    if not held:
        return first
    final = _weighed([*samples, *held], about, _counter(report, rounds, 1))
    final = replace(final, calibration=np.stack([_calibrated(final, dev)[0], first.calibration[1]]))
    talked = with_thresholds(final, dev)
    return replace(final, shown=(talked.shown[0], first.shown[1]), queued=(talked.queued[0], first.queued[1]))


def check_installed() -> None:
    """Looks whether scikit-learn is there, before anybody waits for it.

    Raises:
        BadInputError: it is not.
    """
    try:
        import sklearn.linear_model  # noqa: F401
    except ImportError as error:
        raise BadInputError(
            "Teaching the tagger needs scikit-learn: install it with pip install 'secure-love-companion[teach]'."
        ) from error


def _counter(report: Report, rounds: int, done: int) -> Callable[[int], None]:
    labels = len(LABELS_IN_ORDER)
    return lambda label: report(Progress("fit", done * labels + label, rounds * labels, "labels"))


def _weighed(samples: Sequence[Sample], about: Mapping[str, Any], count: Callable[[int], None]) -> MovesModel:
    check_installed()
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

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
        count(column)
        wanted = [label in sample.labels for sample in samples]
        if not any(wanted):
            raise BadInputError(f"No turn to learn from has the label {label}.")
        learned = LogisticRegression(C=REGULARISATION, solver="liblinear", max_iter=500)
        with threadpool_limits(1):  # vectors are short: several threads mostly wait for each other, three times as long
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
