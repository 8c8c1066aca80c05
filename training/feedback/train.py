"""Make the model of feedback: `python -m training.feedback.train [--out FILE]`.

Weights are learned from replies with turns away marked in them and from the tagger's contrast sets. From which
log-odds a label is said is chosen on replies that were held out, all replies to one bid together.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from benchmarks.feedback_quality import Figures, Said, table
from companion.feedback.decide import Found, chars_of, decide, turning_odds
from companion.feedback.model import ANY, BUNDLED, LABELS, MOVES, NAMED, FeedbackModel, Linear, Scores, linear, save
from companion.takes import AwayKind
from training.feedback.samples import HERE, Sample, contrasts, read_lines, written

FOLDS = 5
REGULARISATION = 0.1
MARKED_WEIGHT = 3.0  # how much a reply with marks counts beside a contrast
LEAST_TIMES = 3
LEAST_TIMES_OF_SIGNS = 2  # features that are no words
ACCUSED = 0.045  # share of the good replies that may be said to turn away, when the threshold is chosen
LEAST_WEIGHT = 0.01
ROUNDS = 2  # of guessing which clause makes a move
_WORDS = ("w:", "t:", "q:", "Uw:", "Hw:", "Ct:")
_KINDS = tuple(kind.value for kind in AwayKind)


def main(arguments: Sequence[str]) -> int:
    """Train, print how it does on what was held out, write the model."""
    top = argparse.ArgumentParser(prog="python -m training.feedback.train", description=__doc__)
    top.add_argument("--out", type=Path, default=BUNDLED)
    top.add_argument("--errors", action="store_true", help="list every reply about which something is wrong")
    args = top.parse_args(arguments)
    rows = [row for path in sorted(HERE.glob("replies*.jsonl")) for row in read_lines(path)]
    marked, others = written(rows), contrasts()
    scores = held_out(marked, others)
    least = thresholds(marked, scores)
    figures = Figures()
    for sample, score in zip(marked, scores, strict=True):
        figures.add(sample.row, _said(sample, decide(sample.signs, score, least, sample.row["bid"])))
    print("Held out, all replies to one bid together (thresholds chosen on the same):\n")
    print(table(figures))
    if args.errors:
        print("\nErrors:\n" + "\n".join(figures.errors))
    model = learn(marked, others, least)
    save(model, args.out)
    print(f"{len(marked)} replies with marks, {len(others)} contrasts; {args.out.stat().st_size} bytes")
    print({label: round(value, 2) for label, value in least.items()})
    return 0


def _said(sample: Sample, found: Found) -> Said:
    clauses, text = sample.signs.clauses, sample.row["reply"]
    return Said(
        tuple((kind.value, text[slice(*chars_of(clauses, run))]) for kind, run in found.away),
        found.worked[0].value if found.worked else None,
        found.try_kind.value,
        found.feeling_named,
        tuple(tag.value for tag, _ in found.moves),
    )


def held_out(marked: Sequence[Sample], others: Sequence[Sample]) -> list[Scores]:
    """What a model says of each marked reply that did not learn from the replies to its bid."""
    fold = {group: n % FOLDS for n, group in enumerate(sorted({s.group for s in marked}, key=_shuffled))}
    found: dict[int, Scores] = {}
    for number in range(FOLDS):
        model = learn([s for s in marked if fold[s.group] != number], others, {})
        found.update({k: model.read(s.signs) for k, s in enumerate(marked) if fold[s.group] == number})
    return [found[k] for k in range(len(marked))]


def _shuffled(group: str) -> int:
    return sum((n + 7) * ord(c) for n, c in enumerate(group)) % 10_007


def learn(marked: Sequence[Sample], others: Sequence[Sample], least: Mapping[str, float]) -> FeedbackModel:
    """Learn both models."""
    samples = [*marked, *others]
    counts = np.array([MARKED_WEIGHT] * len(marked) + [1.0] * len(others))
    about = {"replies": len(marked), "contrasts": len(others)}
    return FeedbackModel(_whole(samples, counts), _parts(samples, counts), least, about)


def _whole(samples: Sequence[Sample], counts: NDArray[np.float64]) -> Linear:
    names, seen = _matrix([s.signs.whole for s in samples])
    columns = []
    for label in LABELS:
        known = np.array([label not in s.unknown for s in samples])
        true = np.array([label in s.labels for s in samples])
        columns.append(_fit(seen[known], true[known], counts[known]))
    return _linear(names, columns)


def _parts(samples: Sequence[Sample], counts: NDArray[np.float64]) -> Linear:
    """The model of clauses; which clause makes a move is guessed from a first model where it was not marked."""
    at = [(n, k) for n, sample in enumerate(samples) for k in range(len(sample.signs.parts))]
    names, seen = _matrix([samples[n].signs.parts[k] for n, k in at])
    of, sizes = np.array([n for n, _ in at]), Counter(n for n, _ in at)
    weights = counts[of]
    columns = []
    for label in LABELS:
        known = np.array([label not in samples[n].unknown for n, _ in at])
        said = np.array([label in samples[n].labels for n, _ in at])
        sure = np.array([samples[n].marked is not None and label in (ANY, *_KINDS) for n, _ in at])
        true = np.array(
            [label in (samples[n].marked or ())[k] if sure[j] else said[j] for j, (n, k) in enumerate(at)], bool
        )
        guess = said & ~sure
        used = np.where(guess, weights / np.array([sizes[n] for n in of]), weights)
        column = _fit(seen[known], true[known], used[known])
        for _ in range(ROUNDS):
            odds = seen @ column[0] + column[1]
            true, used = _guessed(true, guess, weights, odds, of)
            column = _fit(seen[known], true[known], used[known])
        columns.append(column)
    return _linear(names, columns)


def _guessed(
    true: NDArray[np.bool_],
    guess: NDArray[np.bool_],
    weights: NDArray[np.float64],
    odds: NDArray[np.float64],
    of: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    best: dict[int, int] = {}
    for j in np.flatnonzero(guess):
        if of[j] not in best or odds[j] > odds[best[of[j]]]:
            best[of[j]] = int(j)
    true, used = true.copy(), weights.copy()
    for j in np.flatnonzero(guess):
        true[j] = best[of[j]] == j or odds[j] > 0.0
        if not true[j]:
            used[j] *= 0.3  # perhaps it makes the move as well
    return true, used


def _matrix(values: Sequence[Mapping[str, float]]) -> tuple[list[str], csr_matrix]:
    times = Counter(name for one in values for name in one)
    names = sorted(
        n for n, count in times.items() if count >= (LEAST_TIMES if n.startswith(_WORDS) else LEAST_TIMES_OF_SIGNS)
    )
    index = {name: column for column, name in enumerate(names)}
    entries = [(r, index[n], v) for r, one in enumerate(values) for n, v in one.items() if n in index]
    rows, columns, data = zip(*entries, strict=True)
    return names, csr_matrix((data, (rows, columns)), (len(values), len(names)), np.float32)


def _fit(
    seen: csr_matrix, true: NDArray[np.bool_], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float32], np.float32]:
    if not true.any():
        return np.zeros(seen.shape[1], np.float32), np.float32(-9.0)
    learned = LogisticRegression(C=REGULARISATION, solver="liblinear", max_iter=500, random_state=0)
    learned.fit(seen, true, sample_weight=counts)
    return learned.coef_[0].astype(np.float32), np.float32(learned.intercept_[0])


def _linear(names: Sequence[str], columns: Sequence[tuple[NDArray[np.float32], np.float32]]) -> Linear:
    weights = np.stack([column for column, _ in columns], axis=1)
    kept = np.flatnonzero(np.abs(weights).max(axis=1) > LEAST_WEIGHT)
    return linear([names[i] for i in kept], weights[kept], np.array([bias for _, bias in columns], np.float32))


# ---- thresholds


def thresholds(marked: Sequence[Sample], scores: Sequence[Scores]) -> dict[str, float]:
    """From which log-odds each label is said."""
    odds = np.array([turning_odds(sample.signs, s) for sample, s in zip(marked, scores, strict=True)])
    good = np.array([ANY not in s.labels for s in marked])
    found = {ANY: float(np.quantile(odds[good], 1.0 - ACCUSED, method="higher")) + 1e-3}
    away = ~good
    for kind in _KINDS:
        of = np.array([s.of_both(kind) for s in scores])
        found[kind] = _best_f1(of[away], np.array([kind in s.labels for s in marked])[away])
    for move in MOVES:
        of = np.array([s.of_both(move.value) for s in scores])
        found[move.value] = _best_f1(of, np.array([move.value in s.labels for s in marked]))
    named = np.array([s.of(NAMED) for s in scores])
    found[NAMED] = _most_right(named, np.array([NAMED in s.labels for s in marked]))
    return found


def _cuts(odds: NDArray[np.float64]) -> Iterator[float]:
    ranked = np.unique(odds)
    yield from ((ranked[1:] + ranked[:-1]) / 2).tolist()


def _best_f1(odds: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    def f1(cut: float) -> float:
        return float(2 * (true & (odds > cut)).sum() / max(1, true.sum() + (odds > cut).sum()))

    return max(_cuts(odds), key=f1)


def _most_right(odds: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    return max(_cuts(odds), key=lambda cut: float(((odds > cut) == true).mean()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
