"""What was learned about replies: two small linear models, one over the whole reply and one over each clause.

`training/feedback` makes the file. numpy is all that it needs here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.errors import ModelError
from companion.feedback.signs import ReplySigns
from companion.takes import AwayKind
from companion.types import LEANING_IN, Tag

ANY = "any"
NAMED = "feeling_named"
MOVES = tuple(tag for tag in Tag if tag in LEANING_IN)
LABELS = (ANY, *(kind.value for kind in AwayKind), *(tag.value for tag in MOVES), NAMED)
"""What is learned: any turn away, each kind, each move, and whether the feeling was named."""

BUNDLED = Path(__file__).resolve().parent.parent / "models" / "feedback.npz"
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Linear:
    """Weights of named features for every label."""

    names: tuple[str, ...]
    weights: NDArray[np.float32]  # (features, labels)
    bias: NDArray[np.float32]  # (labels,)
    index: Mapping[str, int]

    def sums(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        """The log-odds of every label, shape (labels,)."""
        known = [(self.index[name], value) for name, value in values.items() if name in self.index]
        if not known:
            return self.bias
        rows, factors = zip(*known, strict=True)
        return np.asarray(np.asarray(factors, np.float32) @ self.weights[list(rows)] + self.bias, np.float32)


@dataclass(frozen=True, eq=False)
class FeedbackModel:
    """What was learned."""

    whole: Linear
    part: Linear
    least: Mapping[str, float]  # log-odds from which a label is said
    about: Mapping[str, Any]  # how it was made

    def read(self, signs: ReplySigns) -> Scores:
        """What the model says of a reply."""
        return Scores(self.whole.sums(signs.whole), tuple(self.part.sums(part) for part in signs.parts))


@dataclass(frozen=True, slots=True)
class Scores:
    """Log-odds of every label."""

    whole: NDArray[np.float32]  # (labels,)
    parts: tuple[NDArray[np.float32], ...]  # of each clause: (labels,)

    def of(self, label: str) -> float:
        """Of the whole reply."""
        return float(self.whole[LABELS.index(label)])

    def of_clauses(self, label: str) -> tuple[float, ...]:
        """Of each clause."""
        column = LABELS.index(label)
        return tuple(float(part[column]) for part in self.parts)

    def of_both(self, label: str) -> float:
        """The mean of the whole and the clause that says most."""
        clauses = self.of_clauses(label)
        return (self.of(label) + max(clauses)) / 2 if clauses else self.of(label)


def linear(names: Sequence[str], weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Linear:
    """Weights with the way from a name to its row."""
    return Linear(tuple(names), weights, bias, {name: row for row, name in enumerate(names)})


def save(model: FeedbackModel, path: Path) -> None:
    """Write a model; an old one is replaced in one go."""
    unfinished = path.with_suffix(".part")
    about = {"format": _FORMAT, "labels": LABELS, "least": dict(model.least), "about": dict(model.about)}
    arrays: dict[str, NDArray[Any]] = {"about": np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)}
    for key, one in (("whole", model.whole), ("part", model.part)):
        arrays[f"{key}_names"] = np.frombuffer("\n".join(one.names).encode(), np.uint8)
        arrays[f"{key}_weights"] = one.weights.astype(np.float16)
        arrays[f"{key}_bias"] = one.bias
    with unfinished.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the flag for an array
    unfinished.replace(path)


@lru_cache(maxsize=2)
def load(path: Path = BUNDLED) -> FeedbackModel:
    """Read a model.

    Raises:
        ModelError: there is none, or it is broken or of another version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            whole, part = (
                linear(
                    file[f"{key}_names"].tobytes().decode().split("\n"),
                    file[f"{key}_weights"].astype(np.float32),
                    file[f"{key}_bias"],
                )
                for key in ("whole", "part")
            )
            fits = about["format"] == _FORMAT and tuple(about["labels"]) == LABELS
            model = FeedbackModel(whole, part, about["least"], about["about"])
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise ModelError(
            f"The model of feedback {path.name} cannot be read ({error}). Install the companion again.", path.name
        ) from error
    if not fits:
        raise ModelError(f"The model of feedback {path.name} is of another version: make it anew.", path.name)
    return model
