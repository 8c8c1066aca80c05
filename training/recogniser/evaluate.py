"""Word error rates on held-out clips, by voice, heard through faster-whisper."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from companion.errors import BadInputError
from training.recogniser.corpus import normalised
from training.recogniser.synthesise import Clip


@dataclass(frozen=True)
class Score:
    """How well some clips were heard."""

    voice: str  # "all" for all of them together
    words: int  # that were said
    word_error_rate: float  # 0.2: one word in five is wrong, missing or too many


def evaluate(model: Path, clips: Sequence[Clip], limit: int, threads: int, seed: int) -> list[Score]:
    """Let a model hear clips one by one.

    Args:
        model: the folder that `convert` made.
        clips: the held-out clips.
        limit: how many of them are heard at most, drawn with the seed.
        threads: of the CPU.
        seed: the same seed draws the same clips.

    Returns:
        A score for each voice, and the last for all.

    Raises:
        BadInputError: jiwer is not installed, or there is no model.
    """
    try:
        import jiwer
    except ImportError as error:
        raise BadInputError("The package jiwer is missing: install it with pip install '.[benchmarks]'.") from error
    if not (model / "model.bin").exists():
        raise BadInputError(f"There is no model in {model}: make one with the sub-command convert.")
    recogniser = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=threads)
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    drawn = random.Random(seed).sample(list(clips), min(limit, len(clips)))
    for clip in drawn:
        if reference := normalised(clip.text):
            said[clip.voice].append((reference, hear(recogniser, clip)))
    said = dict(sorted(said.items()))
    said["all"] = [pair for pairs in said.values() for pair in pairs]
    scores = []
    for voice, pairs in said.items():
        references, heard = map(list, zip(*pairs, strict=True))
        scores.append(Score(voice, sum(len(text.split()) for text in references), jiwer.wer(references, heard)))
    return scores


def hear(recogniser: WhisperModel, clip: Clip) -> str:
    """Transcribe one clip, in the form in which words are compared."""
    sound = clip.samples.astype(np.float32) / 32768
    segments, _ = recogniser.transcribe(sound, language="en", beam_size=5, condition_on_previous_text=False)
    return normalised(" ".join(segment.text for segment in segments))
