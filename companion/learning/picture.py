"""Curves of a tagger: precision against recall for each tag, and how often it is right when it says so."""

from __future__ import annotations

import io

import numpy as np

from companion.errors import BadInputError
from companion.learning.asking import Asked
from companion.moves.model import LABELS_IN_ORDER

_BINS = 10


def draw(asked: Asked) -> bytes:
    """Draw both.

    Args:
        asked: what a tagger said, beside what is true.

    Returns:
        A PNG.

    Raises:
        BadInputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BadInputError("Drawing needs matplotlib: install it with pip install matplotlib.") from error
    figure = Figure(figsize=(12, 6), dpi=120, layout="constrained")
    curves, reliable = figure.subplots(1, 2)
    styles = ("-", "--", ":")
    for column, label in enumerate(LABELS_IN_ORDER):
        true, scores = asked.true[:, column], asked.scores[:, column]
        if true.any():
            ranked = true[np.argsort(-scores, kind="stable")]
            hits = np.cumsum(ranked)
            precision, recall = hits / np.arange(1, len(ranked) + 1), hits / hits[-1]
            curves.plot(recall, precision, styles[column % 3], label=f"{label} ({hits[-1]})", linewidth=1.4)
    curves.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02), title="Each tag")
    curves.legend(fontsize=8, loc="lower left")
    flat, right = asked.scores.ravel(), asked.true.ravel()
    bins = np.minimum((flat * _BINS).astype(int), _BINS - 1)
    held = [b for b in range(_BINS) if (bins == b).any()]
    said = [float(flat[bins == b].mean()) for b in held]
    found = [float(right[bins == b].mean()) for b in held]
    reliable.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    reliable.plot(said, found, "o-", color="tab:blue")
    for x, y, b in zip(said, found, held, strict=True):
        reliable.annotate(str(int((bins == b).sum())), (x, y), (4, -10), textcoords="offset points", fontsize=8)
    reliable.set(xlabel="score", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), title="All tags together")
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
