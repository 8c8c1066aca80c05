"""faster-whisper behind one class: samples in, words with times out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel
from numpy.typing import NDArray

from companion.errors import ModelError
from companion.transcribe.checks import suspicions
from companion.transcribe.models import find_model
from companion.types import Chunk, ChunkText, TranscribeOptions, Word

TRANSCRIBE_VERSION = 1
TOKENS_PER_S = 18  # more than anyone says; stops a model that repeats itself without end
MIN_WORD_S = 0.02
WINDOW_MARGIN_S = 0.5  # of silence behind the window, as the bundled model was trained


class Recogniser:
    """One loaded model. Not for two threads at once."""

    def __init__(self, options: TranscribeOptions, models_folder: Path) -> None:
        """Loads the model.

        Args:
            options: which model and how; `auto` is resolved to a real one.
            models_folder: where downloaded models lie.

        Raises:
            ModelError: no such model on this machine, or its files are broken.
        """
        found = find_model(options.model, models_folder)
        self.model = found
        # The bundled model has never seen a prompt: names given to it make it hear worse, not better.
        self.options = replace(options, model=found.name, hotwords=None if found.bundled else options.hotwords)
        try:
            self._whisper = _WindowModel(
                str(found.path),
                device="cpu",
                compute_type=options.compute_type,
                cpu_threads=options.cpu_threads,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 raises RuntimeError, ValueError and others for broken files
            raise ModelError(
                f"The model {found.name} cannot be loaded ({error}). Run `companion models check`, "
                "then download it again or choose another one with --model.",
                found.name,
            ) from error
        self._pipeline = BatchedInferencePipeline(self._whisper)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the model's weights do, whatever it is called."""
        return self.model.fingerprint

    @property
    def window_s(self) -> float:
        """Length of the model's window in seconds."""
        return float(self._whisper.feature_extractor.chunk_length)

    def recognise(self, chunk: Chunk, samples: NDArray[np.float32]) -> ChunkText:
        """The words of one chunk.

        A suspicious answer is tried once more with repetitions forbidden, and the better one is kept with its flags.
        Both tries decode by beam search without sampling, so that the same sound always gives the same words.

        Args:
            chunk: which stretch it is; at most `window_s` long.
            samples: its sound, shape (n,), float32 in [-1, 1] at 16 kHz.

        Returns:
            Words with times from the beginning of the episode, rising and inside the chunk.
        """
        first = self._once(chunk, samples)
        if not first.flags:
            return first
        second = self._once(chunk, samples, repetition_penalty=1.15, no_repeat_ngram_size=4)
        best = min((first, second), key=lambda text: (len(text.flags), -text.avg_logprob))
        return replace(best, tries=2)

    def _once(self, chunk: Chunk, samples: NDArray[np.float32], **decoding: Any) -> ChunkText:
        if not len(samples) or not np.any(samples):
            return ChunkText(chunk=chunk, words=(), flags=(), avg_logprob=0.0, tries=1)
        segments, _ = self._pipeline.transcribe(
            samples,
            language=self.options.language,
            beam_size=self.options.beam_size,
            hotwords=self.options.hotwords,
            temperature=0.0,
            without_timestamps=True,
            word_timestamps=True,
            vad_filter=False,
            batch_size=1,
            max_new_tokens=min(200, 20 + int(TOKENS_PER_S * (chunk.end_s - chunk.start_s))),
            **decoding,
        )
        heard = list(segments)
        words = in_order(
            (
                Word(float(w.start) + chunk.start_s, float(w.end) + chunk.start_s, w.word.strip(), float(w.probability))
                for segment in heard
                for w in segment.words or ()
                if w.word.strip()
            ),
            chunk.start_s,
            chunk.end_s,
        )
        avg_logprob = float(np.mean([s.avg_logprob for s in heard])) if heard else 0.0
        return ChunkText(
            chunk=chunk,
            words=words,
            flags=suspicions(words, chunk.voiced_s, avg_logprob),
            avg_logprob=round(avg_logprob, 4),
            tries=1,
        )


class _WindowModel(WhisperModel):  # type: ignore[misc]
    """Encodes no more than the model's own window.

    faster-whisper fills the features of every chunk up to 30 s. A model with a shorter window was trained on less, and
    hears no better for the silence: without it the bundled model takes about half the time and makes as many mistakes.
    """

    def encode(self, features: NDArray[np.float32]) -> Any:
        frames = int((self.feature_extractor.chunk_length + WINDOW_MARGIN_S) * self.frames_per_second)
        return super().encode(np.ascontiguousarray(features[..., :frames]))


def in_order(words: Iterable[Word], earliest_s: float, latest_s: float) -> tuple[Word, ...]:
    """The same words with times that rise and lie inside a stretch.

    Word times come from attention and now and then step back or out of the chunk.

    Args:
        words: in the order in which they were said.
        earliest_s: no word begins before.
        latest_s: no word ends after.
    """
    result: list[Word] = []
    room: Sequence[Word] = list(words)
    at_s = earliest_s
    for left, word in zip(range(len(room) - 1, -1, -1), room, strict=True):
        start_s = min(max(word.start_s, at_s), latest_s - MIN_WORD_S * (left + 1))
        start_s = max(start_s, at_s)
        end_s = min(max(word.end_s, start_s + MIN_WORD_S), max(latest_s - MIN_WORD_S * left, start_s))
        result.append(replace(word, start_s=round(start_s, 3), end_s=round(end_s, 3)))
        at_s = end_s
    return tuple(result)
