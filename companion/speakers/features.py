"""What a voice sounds like: mel-frequency cepstral coefficients (Davis and Mermelstein 1980) of every word.

Sound is read block by block and only the coefficients stay, 38 bytes for each 20 ms of speech: three hours of talk take
some 15 MB.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from companion.speakers.products import Floats, times
from companion.speakers.words import Reader
from companion.types import SAMPLE_RATE_HZ, Word

Indices = NDArray[np.intp]

FRAME_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 320  # 20 ms: denser frames overlap so much that they add nothing
HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ
MEL_BANDS = 40
LOW_HZ, HIGH_HZ = 60.0, 7600.0
COEFFICIENTS = 19  # the 1st to the 19th; the 0th is loudness and says nothing of who speaks
BLOCK_S = 30.0
QUIET_DB = 28.0  # frames this far below the loud ones of their block are pauses between sounds
SILENT_DB = -40.0  # about 85 dB below full scale: nobody


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a list of words, in the words' order."""

    rows: NDArray[np.float16]  # (frames, COEFFICIENTS)
    first: Indices  # (words + 1,): word k owns the rows from first[k] up to first[k + 1]

    def of(self, words: Indices, step: int = 1) -> Frames:
        """The frames of some words.

        Args:
            words: their indices, rising.
            step: take every `step`th frame only.
        """
        picked = [np.arange(self.first[k], self.first[k + 1], step) for k in words]
        counts = [len(p) for p in picked]
        rows = self.rows[np.concatenate(picked)] if picked else self.rows[:0]
        return Frames(rows, np.concatenate([[0], np.cumsum(counts)]).astype(np.intp))

    @property
    def counts(self) -> Indices:
        """How many frames each word has."""
        return np.diff(self.first)

    def word_of_row(self) -> Indices:
        """For each row the index of its word."""
        return np.repeat(np.arange(len(self.first) - 1), self.counts)


def frames_of(words: Sequence[Word], audio: Reader) -> Frames:
    """Hears every word once, block by block.

    Args:
        words: with times in seconds.
        audio: the recording in which they were spoken.

    Returns:
        The frames that hold sound; a word of silence has none.
    """
    starts = np.array([w.start_s for w in words], dtype=np.float64)
    ends = np.array([w.end_s for w in words], dtype=np.float64)
    pieces: list[list[NDArray[np.float16]]] = [[] for _ in words]
    for from_s, inside in _blocks(starts, ends):
        sound = audio.read(from_s, from_s + BLOCK_S + (FRAME_SAMPLES - HOP_SAMPLES) / SAMPLE_RATE_HZ)
        if len(sound) < FRAME_SAMPLES:
            continue
        rows, sounding = _cepstra(sound)
        firsts, lasts = (_frame_at(t[inside] - from_s, len(rows)) for t in (starts, ends))
        for k, first, last in zip(inside, firsts, lasts, strict=True):
            if first < last:
                pieces[k].append(rows[first:last][sounding[first:last]])
    counts = [sum(map(len, p)) for p in pieces]
    empty = np.zeros((0, COEFFICIENTS), np.float16)
    rows = np.concatenate([empty, *(rows for word in pieces for rows in word)])
    return Frames(rows, np.concatenate([[0], np.cumsum(counts)]).astype(np.intp))


def mean_and_spread(frames: Frames, first: Indices, last: Indices) -> Floats:
    """How the coefficients lie over runs of words.

    Args:
        frames: of all words.
        first: index of each run's first word.
        last: index behind each run's last word.

    Returns:
        (runs, 2 * COEFFICIENTS): means, then logarithms of standard deviations; zeros for a run without frames.
    """
    rows = frames.rows.astype(np.float64)
    start, end = frames.first[first], frames.first[last]
    count = np.maximum(end - start, 1)[:, None]
    mean, square = ((sums[end] - sums[start]) / count for sums in (_running_sum(rows), _running_sum(rows * rows)))
    spread = np.log(np.sqrt(np.maximum(square - mean * mean, 1e-3)))
    return np.where(end[:, None] > start[:, None], np.concatenate([mean, spread], axis=1), 0.0).astype(np.float32)


def _running_sum(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])


def _blocks(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Iterator[tuple[float, Indices]]:
    """The beginnings of the blocks that hold words, each with the words that reach into it."""
    if not len(starts):
        return
    for k in range(int(max(0.0, starts.min()) // BLOCK_S), int(ends.max() // BLOCK_S) + 1):
        inside = np.flatnonzero((starts < (k + 1) * BLOCK_S) & (ends > k * BLOCK_S))
        if len(inside):
            yield k * BLOCK_S, inside


def _frame_at(times_s: NDArray[np.float64], count: int) -> Indices:
    """The first frame whose middle lies at or after each time."""
    middle_s = FRAME_SAMPLES / 2 / SAMPLE_RATE_HZ
    return np.clip(np.ceil((times_s - middle_s) / HOP_S), 0, count).astype(np.intp)


def _cepstra(sound: Floats) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """The coefficients of each frame of a block, (frames, COEFFICIENTS), and whether the frame holds sound."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)[::HOP_SAMPLES]
    power = np.abs(np.fft.rfft(frames * _window(), axis=1)) ** 2
    energy_db = 10 * np.log10(power.sum(axis=1) + 1e-9)
    rows = times(np.log(times(power, _mel_filters()) + np.float32(1e-7)), _cosines())
    return rows.astype(np.float16), energy_db > max(SILENT_DB, float(np.percentile(energy_db, 95)) - QUIET_DB)


@lru_cache
def _window() -> Floats:
    return np.hanning(FRAME_SAMPLES + 1)[:-1].astype(np.float32)


@lru_cache
def _mel_filters() -> Floats:
    """Triangles equally wide in mel (2595 * log10(1 + Hz / 700), O'Shaughnessy 1987), (FFT bins, MEL_BANDS)."""
    bins_hz = np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    low_mel, high_mel = (2595 * math.log10(1 + hz / 700) for hz in (LOW_HZ, HIGH_HZ))
    edges_mel = np.linspace(low_mel, high_mel, MEL_BANDS + 2)
    edges_hz = 700 * (10 ** (edges_mel / 2595) - 1)
    left, middle, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz[:, None] - left) / (middle - left)
    falling = (right - bins_hz[:, None]) / (right - middle)
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)), np.float32)


@lru_cache
def _cosines() -> Floats:
    """The discrete cosine transform (orthonormal DCT-II) without its 0th row, (MEL_BANDS, COEFFICIENTS)."""
    bands = np.arange(MEL_BANDS) + 0.5
    orders = np.arange(1, COEFFICIENTS + 1)
    rows = math.sqrt(2 / MEL_BANDS) * np.cos(np.pi / MEL_BANDS * bands[:, None] * orders)
    return np.asarray(rows, np.float32)
