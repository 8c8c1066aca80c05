"""Where somebody speaks, and how that is cut into chunks for the recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from companion.types import SAMPLE_RATE_HZ, Chunk, Span

BLOCK_S = 300.0  # voice activity looks at this much sound at a time, so that memory does not grow with the file
MIN_PAUSE_MS = 160  # a shorter pause is inside a word or a phrase
MIN_SPEECH_MS = 100  # a shorter sound is a click
PAD_S = 0.2  # kept round each chunk: the detector clips soft beginnings and endings
MAX_GAP_S = 2.0  # a longer silence always ends a chunk: a recogniser invents words in silence


class Samples(Protocol):
    """Mono sound at `SAMPLE_RATE_HZ` that can be read piece by piece."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        ...

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """The samples between two times: shape (n,), float32, in [-1, 1]; shorter where the sound ends."""
        ...


def voice_activity(sound: Samples, longest_s: float) -> tuple[Span, ...]:
    """The stretches in which somebody speaks, by the Silero detector that comes with faster-whisper.

    Args:
        sound: what to look at; read in blocks of `BLOCK_S`.
        longest_s: a stretch without any pause is split at this length, at its softest place.

    Returns:
        Spans in rising order that do not overlap.
    """
    options = VadOptions(
        max_speech_duration_s=longest_s,
        min_silence_duration_ms=MIN_PAUSE_MS,
        min_speech_duration_ms=MIN_SPEECH_MS,
        speech_pad_ms=0,
    )
    spans: list[Span] = []
    start_s = 0.0
    while start_s < sound.duration_s:
        end_s = min(start_s + BLOCK_S, sound.duration_s)
        found = [
            Span(start_s + s["start"] / SAMPLE_RATE_HZ, start_s + s["end"] / SAMPLE_RATE_HZ)
            for s in get_speech_timestamps(sound.read(start_s, end_s), options)
        ]
        # Speech that touches the block's end may go on: the next block begins with it.
        cut = bool(found) and end_s < sound.duration_s and found[-1].end_s > end_s - MIN_PAUSE_MS / 1000
        if cut and found[-1].start_s > start_s:
            end_s = found.pop().start_s
        spans += found
        start_s = end_s
    return tuple(spans)


def plan_chunks(speech: Sequence[Span], duration_s: float, window_s: float) -> tuple[Chunk, ...]:
    """Puts stretches of speech together into chunks that fit the model's window, cut at the longest pauses.

    Args:
        speech: from `voice_activity`, each no longer than `longest_chunk_s(window_s)`.
        duration_s: length of the sound.
        window_s: the model's window (30 s for OpenAI's models).

    Returns:
        Chunks in rising order that do not overlap; each is at most `window_s` long.
    """
    longest_s = longest_chunk_s(window_s)
    groups: list[list[Span]] = []
    rest = list(speech)
    while rest:
        fitting = 1
        while (
            fitting < len(rest)
            and rest[fitting].end_s - rest[0].start_s <= longest_s
            and rest[fitting].start_s - rest[fitting - 1].end_s <= MAX_GAP_S
        ):
            fitting += 1
        size = _best_cut(rest[: fitting + 1], fitting, longest_s)
        groups.append(rest[:size])
        rest = rest[size:]
    return tuple(_chunk(i, groups, duration_s) for i in range(len(groups)))


def longest_chunk_s(window_s: float) -> float:
    """The longest stretch of speech in one chunk: the window without the padding and half a second to spare."""
    return window_s - 2 * PAD_S - 0.5


def _best_cut(spans: Sequence[Span], fitting: int, longest_s: float) -> int:
    """How many of the fitting spans to take: to the longest pause in the last two fifths of the chunk."""
    if fitting == len(spans):
        return fitting  # the end of the sound
    earliest_s = spans[0].start_s + 0.6 * longest_s
    cuts = [i for i in range(1, fitting + 1) if spans[i - 1].end_s >= earliest_s]
    return max(cuts, key=lambda i: spans[i].start_s - spans[i - 1].end_s, default=fitting)


def _chunk(index: int, groups: Sequence[Sequence[Span]], duration_s: float) -> Chunk:
    group = groups[index]
    before_s = groups[index - 1][-1].end_s if index else 0.0
    after_s = groups[index + 1][0].start_s if index + 1 < len(groups) else duration_s
    start_s = max(group[0].start_s - PAD_S, (before_s + group[0].start_s) / 2 if index else 0.0)
    end_s = min(group[-1].end_s + PAD_S, (group[-1].end_s + after_s) / 2 if index + 1 < len(groups) else duration_s)
    return Chunk(
        index=index,
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        voiced_s=round(sum(s.length_s for s in group), 3),
    )
