"""What a model says of samples, beside what is true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from companion.learning.samples import Sample
from companion.moves.model import LABELS_IN_ORDER, MovesModel


def scores_of(model: MovesModel, samples: Sequence[Sample]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores and truth, both (samples, labels)."""
    scores = np.array([model.scores(sample.values) for sample in samples], np.float32)
    true = np.array([[label in sample.labels for label in LABELS_IN_ORDER] for sample in samples])
    return scores, true
