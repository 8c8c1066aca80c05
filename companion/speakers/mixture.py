"""One voice as a mixture of Gaussians over frames (Reynolds and Rose 1995): fitting, merging, scoring.

Nothing here is random: a mixture grows by splitting its heaviest part, so the same frames give the same mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from companion.speakers.products import Floats, times, transposed_times

LEAST_VARIANCE = 0.05  # frames are standardised; a narrower part would fit single frames
SPLIT_AT = 0.3  # in standard deviations
ROWS_AT_ONCE = 20_000  # keeps the memory of scoring flat


@dataclass(frozen=True, slots=True)
class Mixture:
    """Gaussians with diagonal covariances."""

    weights: Floats  # (parts,), sum 1
    means: Floats  # (parts, dimensions)
    variances: Floats  # (parts, dimensions)

    def log_likelihood(self, rows: Floats) -> Floats:
        """The log density of each row, (rows,)."""
        blocks = [_log_sum(self._parts(rows[k : k + ROWS_AT_ONCE])) for k in range(0, len(rows), ROWS_AT_ONCE)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def refitted(self, rows: Floats, rounds: int) -> Mixture:
        """After some rounds of expectation and maximisation (Dempster, Laird and Rubin 1977) on these rows."""
        mixture = self
        for _ in range(rounds):
            logs = mixture._parts(rows)
            share = np.exp(logs - _log_sum(logs)[:, None])
            count = share.sum(axis=0) + np.float32(1e-3)
            means = transposed_times(share, rows) / count[:, None]
            squares = transposed_times(share, rows * rows) / count[:, None]
            variances = np.maximum(squares - means * means, np.float32(LEAST_VARIANCE))
            mixture = Mixture(count / count.sum(), means, variances)
        return mixture

    def with_(self, other: Mixture, own_rows: int, other_rows: int) -> Mixture:
        """The parts of both, weighted by the rows that each stands for."""
        weights = np.concatenate([self.weights * own_rows, other.weights * other_rows])
        return Mixture(
            (weights / weights.sum()).astype(np.float32),
            np.concatenate([self.means, other.means]),
            np.concatenate([self.variances, other.variances]),
        )

    def _parts(self, rows: Floats) -> Floats:
        precision = np.asarray(1 / self.variances, np.float32)
        scaled = np.asarray(self.means * precision, np.float32)
        fixed = (self.means * scaled).sum(axis=1) + np.log(2 * np.pi * self.variances).sum(axis=1)
        distance = times(rows * rows, precision.T) - 2 * times(rows, scaled.T) + fixed
        return np.asarray(np.log(self.weights) - 0.5 * distance, np.float32)


def fit(rows: Floats, parts: int) -> Mixture:
    """A mixture of so many parts.

    Args:
        rows: (n, dimensions), n at least 1, standardised.
        parts: number of Gaussians.
    """
    mixture = Mixture(np.ones(1, np.float32), rows.mean(axis=0)[None], rows.var(axis=0)[None] + np.float32(1e-3))
    while len(mixture.weights) < parts:
        mixture = _split(mixture).refitted(rows, 2)
    return mixture.refitted(rows, 5)


def _split(mixture: Mixture) -> Mixture:
    k = int(mixture.weights.argmax())
    step = SPLIT_AT * np.sqrt(mixture.variances[k])
    weights, means = mixture.weights.copy(), mixture.means.copy()
    weights[k] /= 2
    means[k] -= step
    return Mixture(
        np.append(weights, weights[k]),
        np.concatenate([means, (means[k] + 2 * step)[None]]),
        np.concatenate([mixture.variances, mixture.variances[k][None]]),
    )


def _log_sum(logs: Floats) -> Floats:
    top = logs.max(axis=1, keepdims=True)
    return np.asarray((top + np.log(np.exp(logs - top).sum(axis=1, keepdims=True)))[:, 0])
