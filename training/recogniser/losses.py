"""What is learned: words, phones, and where to look."""

from __future__ import annotations

import torch
from torch.nn.functional import cross_entropy

from training.recogniser.memory import Heard
from training.recogniser.model import ENCODED_PER_S

GUIDE_WIDTH_S = 0.35  # how far from its time a guided head may look


def word_loss(scores: torch.Tensor, heard: Heard) -> torch.Tensor:
    """Cross-entropy of the next token, over the tokens that count."""
    each = cross_entropy(scores.float().transpose(1, 2), heard.tokens[:, 1:], reduction="none")
    return (each * heard.counts).sum() / heard.counts.sum()


def phone_loss(scores: torch.Tensor, phones: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the phone at every encoder output."""
    return cross_entropy(scores.float().transpose(1, 2), phones)


def guide_loss(looks: torch.Tensor, times_s: torch.Tensor) -> torch.Tensor:
    """How much attention the guided heads spend far from where the next token is spoken.

    Attention a seconds away costs 1 - exp(-a² / 2 w²), with w = 0.35 s: guided attention (Tachibana, Uenoyama and
    Aihara 2018, section 3.2), with the known time of each token in the place of the diagonal.
    """
    output_s = torch.arange(looks.shape[-1], device=looks.device) / ENCODED_PER_S
    away_s = output_s - times_s[:, :, None]
    cost = (looks * (1 - torch.exp(-(away_s**2) / (2 * GUIDE_WIDTH_S**2)))).sum(-1)
    known = (times_s >= 0).float()
    return (cost * known).sum() / known.sum().clamp(min=1)
