"""The whole way from sentences to a model folder, with the steps of a run from nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of training."""

    name: str
    steps: int
    learning_rate: float


STAGES = (
    Stage("clips", 4_000, 1e-3),
    Stage("decoder", 4_000, 8e-4),
    Stage("windows", 5_000, 7e-4),
    Stage("decoder", 5_000, 5e-4),
    Stage("windows", 1_500, 2e-4),
)
"""About ten hours on two cores with bf16, and half an hour on a GPU with `--scale 4` and a quarter of the steps."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a whole run needs."""

    work: Path  # clips and runs lie here; after an interruption the same folder goes on
    out: Path  # the model's folder
    corpus: tuple[Path, ...]  # further folders of sentences
    count: int  # sentences from them
    processes: int
    scale: int
    seed: int


def make(recipe: Recipe) -> None:
    """Synthesise, train every stage, convert. Whatever an earlier, interrupted call has finished is kept."""
    from training.recogniser import corpus
    from training.recogniser.convert import convert
    from training.recogniser.model import Size
    from training.recogniser.synthesise import plan, synthesise
    from training.recogniser.train import Plan, train

    own, others = recipe.work / "own", recipe.work / "others"
    synthesise(plan(corpus.own_lines(), [], recipe.seed), own, recipe.processes)
    data: Sequence[Path] = (own, own)  # the show's own language counts twice
    if recipe.corpus:
        sentences = corpus.other_sentences(recipe.corpus, recipe.count, recipe.seed)
        synthesise(plan([], sentences, recipe.seed), others, recipe.processes)
        data = (*data, others)
    before = None
    for number, stage in enumerate(STAGES, 1):
        log.info("stage %d of %d: %s, %d steps", number, len(STAGES), stage.name, stage.steps)
        run = recipe.work / f"run{number}"
        train(
            Plan(
                data=tuple(data),
                out=run,
                stage=stage.name,
                steps=stage.steps,
                init=before,
                learning_rate=stage.learning_rate,
                window_s=12,
                size=Size(),
                scale=recipe.scale,
                processes=recipe.processes,
                save_every=100,
                seed=recipe.seed,
            )
        )
        before = run
    assert before is not None
    convert(before, recipe.out)
