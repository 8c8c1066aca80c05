"""The trained tagger at work: a linear model over named features, read from one small file; numpy is all it needs.

`companion.learning` makes the file. It holds the names of the features, their weights for each label, what turns sums
into calibrated scores, and two thresholds for each label.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from companion.errors import ModelError
from companion.moves.features import ALONE, Features
from companion.types import Tag

NEAR_MISS = "near_miss"
LABELS_IN_ORDER = (*(tag.value for tag in Tag), NEAR_MISS)
CUES = tuple("r:only_looks" if label == NEAR_MISS else f"r:{label}" for label in LABELS_IN_ORDER)
"""The feature in which the cues speak for each label."""

BUNDLED = Path(__file__).resolve().parent.parent / "models" / "moves.npz"
SCALES = {"w": 1.0, "s": 0.6, "t": 0.5, "b": 0.35, "a": 0.5, "x": 1.0, "c": 0.6}
"""How much each family of features may say, divided by the root of its size; `r` and `n` keep their values."""

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class MovesModel:
    """What was learned. Calibration and thresholds come in pairs: for turns of a conversation, and for turns alone."""

    names: tuple[str, ...]  # of the features
    weights: NDArray[np.float32]  # (features, labels in order)
    bias: NDArray[np.float32]  # (labels,)
    calibration: NDArray[np.float32]  # (2, labels, 2 labels + 1): from `evidence` to each label's log-odds
    shown: tuple[Mapping[str, float], ...]  # score from which a tag is given to listeners: few false ones
    queued: tuple[Mapping[str, float], ...]  # score from which a host is asked: few missed ones
    about: Mapping[str, Any]  # how it was made

    @property
    def index(self) -> dict[str, int]:
        """The row of each feature."""
        return _index(self)

    def scores(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        """Calibrated scores of all labels, shape (labels,), 0..1.

        Args:
            values: scaled features, as `scaled` gives them.
        """
        return _logistic(self.calibration[kind_of(values)] @ self.evidence(values))

    def evidence(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        """What the model adds up, what the cues alone say, and 1: shape (2 labels + 1,)."""
        cues = [values.get(name, 0.0) for name in CUES]
        return np.concatenate([self.sums(values), np.asarray([*cues, 1.0], np.float32)])

    def sums(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        """What the model adds up for each label, shape (labels,)."""
        index = self.index
        known = [(index[name], value) for name, value in values.items() if name in index]
        if not known:
            return self.bias
        rows, factors = zip(*known, strict=True)
        return np.asarray(factors, np.float32) @ self.weights[list(rows)] + self.bias

    def contributions(self, values: Mapping[str, float], label: str) -> dict[str, float]:
        """What each known feature adds to a label."""
        column, index = LABELS_IN_ORDER.index(label), self.index
        return {name: float(self.weights[index[name], column]) * v for name, v in values.items() if name in index}


def kind_of(values: Mapping[str, float]) -> int:
    """0 for a turn of a conversation, 1 for one that is read alone."""
    return int(ALONE in values)


def scaled(features: Features) -> dict[str, float]:
    """The values of a turn's features as the model takes them: families weighed against each other and by length."""
    sizes: dict[str, int] = {}
    for name in features.values:
        sizes[name[0]] = sizes.get(name[0], 0) + 1
    return {
        name: value * SCALES[name[0]] / math.sqrt(sizes[name[0]]) * _FAMILY_GAIN if name[0] in SCALES else value
        for name, value in features.values.items()
    }


_FAMILY_GAIN = 3.0  # so that a family's weights are of the size of the others'


def save(model: MovesModel, path: Path) -> None:
    """Write a model; an old one is replaced in one go."""
    unfinished = path.with_suffix(".part")
    about = {
        "format": _FORMAT,
        "shown": [dict(one) for one in model.shown],
        "queued": [dict(one) for one in model.queued],
        "about": dict(model.about),
    }
    with unfinished.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.frombuffer("\n".join(model.names).encode(), np.uint8),
            weights=model.weights.astype(np.float16),
            bias=model.bias,
            calibration=model.calibration,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
        )
    unfinished.replace(path)


def load(path: Path = BUNDLED) -> MovesModel:
    """Read a model; one that was read before is read again only where its file has changed.

    Raises:
        ModelError: there is none, or it is broken or of another version.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise ModelError(
            f"The tagger's model {path.name} cannot be read ({error.strerror}). Look at its name.", path.name
        ) from error
    return _load(path, (found.st_mtime_ns, found.st_size, found.st_ino))


@lru_cache(maxsize=4)
def _load(path: Path, _stamp: tuple[int, int, int]) -> MovesModel:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:  # numpy leaves broken files open
            about = json.loads(file["about"].tobytes())
            names = tuple(file["names"].tobytes().decode().split("\n"))
            model = MovesModel(
                names,
                file["weights"].astype(np.float32),
                file["bias"],
                file["calibration"],
                tuple(about["shown"]),
                tuple(about["queued"]),
                about["about"],
            )
            labels = len(LABELS_IN_ORDER)
            whole = (
                about["format"] == _FORMAT
                and model.weights.shape == (len(names), labels)
                and model.bias.shape == (labels,)
                and model.calibration.shape == (2, labels, 2 * labels + 1)
                and all(len(ones) == 2 for ones in (model.shown, model.queued))
                and all(set(one) == set(LABELS_IN_ORDER) for one in (*model.shown, *model.queued))
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ModelError(
            f"The tagger's model {path.name} cannot be read ({error}). Install the companion again, or go back to the "
            "shipped one with `companion moves reset`.",
            path.name,
        ) from error
    if not whole:
        raise ModelError(f"The tagger's model {path.name} is of another version: make it anew.", path.name)
    return model


@lru_cache(maxsize=4)
def fingerprint(model: MovesModel) -> str:
    """A name for what a model says: the same weights, calibration and thresholds have the same one."""
    whole = hashlib.sha256("\n".join(model.names).encode())
    for part in (model.weights.astype(np.float16), model.bias, model.calibration):
        whole.update(part.tobytes())
    whole.update(json.dumps([[dict(one) for one in model.shown], [dict(one) for one in model.queued]]).encode())
    return whole.hexdigest()[:16]


@lru_cache(maxsize=4)
def _index(model: MovesModel) -> dict[str, int]:
    return {name: i for i, name in enumerate(model.names)}


def _logistic(odds: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)


def spread(model: MovesModel, features: Features, values: Mapping[str, float], label: str, tokens: int) -> list[float]:
    """How much each token of a turn speaks for a label.

    Args:
        model: the tagger.
        features: of the turn, with the tokens that each of them comes from.
        values: the same, scaled.
        label: a tag.
        tokens: how many the turn has.

    Returns:
        For each token the sum of what its features add; a feature's share is split evenly over its tokens.
    """
    found = [0.0] * tokens
    for name, added in model.contributions(values, label).items():
        spans = features.spans.get(name, ())
        length = sum(end - first for first, end in spans)
        for first, end in spans:
            for k in range(first, end):
                found[k] += added / length
    return found


def tokens_that_speak(weights: Sequence[float], share: float = 0.75, most: int = 3) -> list[tuple[int, int]]:
    """The fewest runs of tokens that hold a share of all that speaks for a label.

    Args:
        weights: of each token.
        share: of the positive weights that is enough.
        most: runs at most.

    Returns:
        First token and the one after the last of each run, in order.
    """
    wanted = share * sum(w for w in weights if w > 0)
    if wanted <= 0:
        return []
    chosen: set[int] = set()
    held = 0.0
    for k in sorted(range(len(weights)), key=lambda k: -weights[k]):
        if held >= wanted or weights[k] <= 0:
            break
        chosen.add(k)
        held += weights[k]
    runs: list[tuple[int, int]] = []
    for k in sorted(chosen):
        if runs and k - runs[-1][1] <= 1:  # a word between two that speak belongs to them
            runs[-1] = (runs[-1][0], k + 1)
        else:
            runs.append((k, k + 1))
    by_weight = sorted(runs, key=lambda run: -sum(weights[run[0] : run[1]]))
    return sorted(by_weight[:most])
