"""Encoder outputs kept and shown again: the decoder learns from six times as many windows in about the same time."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from training.recogniser.windows import UNKNOWN_S

OLD_FOR_NEW = 6


class Heard(NamedTuple):
    """Windows as the decoder sees them: encoder outputs, and the rest as in a Batch."""

    encoded: torch.Tensor  # (windows, outputs, width)
    tokens: torch.Tensor
    counts: torch.Tensor
    times_s: torch.Tensor


class Memory:
    """The last windows of each length. After an interruption it starts empty and fills up again."""

    def __init__(self, most: int) -> None:
        self._most = most  # windows of each length
        self._rows: dict[int, list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]] = defaultdict(list)

    def mixed(self, new: Heard, rng: np.random.Generator) -> Heard:
        """Take new windows in, and give them back among five times as many old ones."""
        kept = self._rows[new.encoded.shape[1]]
        chosen = rng.choice(len(kept), min(len(kept), OLD_FOR_NEW * len(new.encoded)), replace=False)
        old = [kept[i] for i in chosen]
        rows = _rows(new)
        kept += rows
        del kept[: max(0, len(kept) - self._most)]
        return _stacked(rows + old)


def _rows(heard: Heard) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Take windows apart: outputs, tokens and times, without what fills them up."""
    halves = heard.encoded.bfloat16().unbind()  # half the room, and exact enough behind a layer norm
    lengths = heard.counts.sum(1).int().tolist()
    return [
        (half.clone(), heard.tokens[i, : n + 1], heard.times_s[i, :n])
        for i, (half, n) in enumerate(zip(halves, lengths, strict=True))
    ]


def _stacked(rows: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> Heard:
    encoded, tokens, times_s = zip(*rows, strict=True)
    end = int(tokens[0][-1])
    return Heard(
        torch.stack(encoded).float(),
        pad_sequence(list(tokens), batch_first=True, padding_value=end),
        pad_sequence([torch.ones_like(row) for row in times_s], batch_first=True),
        pad_sequence(list(times_s), batch_first=True, padding_value=UNKNOWN_S),
    )
