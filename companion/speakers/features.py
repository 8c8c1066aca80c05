"""What a voice sounds like while each word is spoken: sums over short frames, so that any run of words can be compared.

Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) with their slopes, and the pitch by autocorrelation.
Only sums for each word are kept (about 400 bytes a word), never the sound or its frames: three hours take some 12 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from companion.types import SAMPLE_RATE_HZ, Word

Floats = NDArray[np.float32]
Sums = NDArray[np.float64]

FRAME_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms
HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ
MEL_BANDS = 40
COEFFICIENTS = 19  # the 1st to the 19th; the 0th is loudness and says nothing of who speaks
SLOPE_FRAMES = 2  # slopes are taken over this many frames to either side
BLOCK_S = 30.0
QUIET_DB = 28.0  # frames this far below the loud ones of their block are pauses between sounds

PITCH_FRAME_SAMPLES = 640  # 40 ms: two periods of the lowest voice
PITCH_HOP_FRAMES = 2
PITCH_LOW_HZ, PITCH_HIGH_HZ = 65.0, 400.0
PERIODIC = 0.45  # share of a frame's energy that must come back after one period


class Reader(Protocol):
    """Sound that can be read in stretches: mono at `SAMPLE_RATE_HZ`."""

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """The samples between two times, shape (n,), in [-1, 1]; fewer where the sound ends."""
        ...


@dataclass(frozen=True, slots=True)
class WordSounds:
    """Sums over the voiced frames of each word; sums of words can be added."""

    frames: Sums  # (words,): number of voiced frames
    total: Sums  # (words, 2 * COEFFICIENTS): coefficients and slopes, summed
    square: Sums  # (words, 2 * COEFFICIENTS): their squares, summed
    pitch: Sums  # (words, 3): number of periodic frames; log2 of their pitch in Hz, summed; its squares, summed

    def together(self, first: NDArray[np.intp], last: NDArray[np.intp]) -> WordSounds:
        """The sums over runs of words.

        Args:
            first: index of each run's first word.
            last: index behind each run's last word.

        Returns:
            One row for each run.
        """

        def runs(rows: Sums) -> Sums:
            summed = np.concatenate([np.zeros((1, *rows.shape[1:])), np.cumsum(rows, axis=0)])
            return np.asarray(summed[last] - summed[first])

        return WordSounds(runs(self.frames), runs(self.total), runs(self.square), runs(self.pitch))


def listen(words: Sequence[Word], audio: Reader) -> WordSounds:
    """Hears every word once, block by block.

    Args:
        words: with times in seconds, in any order.
        audio: the recording in which they were spoken.

    Returns:
        One row for each word; zeros where nothing voiced lies in it.
    """
    size = 2 * COEFFICIENTS
    count = len(words)
    heard = WordSounds(np.zeros(count), np.zeros((count, size)), np.zeros((count, size)), np.zeros((count, 3)))
    starts = np.array([w.start_s for w in words])
    ends = np.array([w.end_s for w in words])
    for block_s, inside in _blocks(starts, ends):
        margin_s = 0.05  # so that slopes and pitch frames at the edges see their neighbours
        from_s = max(0.0, block_s - margin_s)
        sound = audio.read(from_s, block_s + BLOCK_S + margin_s)
        if len(sound) < PITCH_FRAME_SAMPLES:
            continue
        _add(heard, inside, sound, from_s, (np.maximum(starts, block_s), np.minimum(ends, block_s + BLOCK_S)))
    return heard


def _blocks(starts: Sums, ends: Sums) -> Iterator[tuple[float, NDArray[np.intp]]]:
    """The blocks that hold words, each with the words that reach into it."""
    if not len(starts):
        return
    last = int(ends.max() // BLOCK_S)
    for k in range(int(max(0.0, starts.min()) // BLOCK_S), last + 1):
        inside = np.flatnonzero((starts < (k + 1) * BLOCK_S) & (ends > k * BLOCK_S))
        if len(inside):
            yield k * BLOCK_S, inside


def _add(heard: WordSounds, inside: NDArray[np.intp], sound: Floats, from_s: float, times: tuple[Sums, Sums]) -> None:
    cepstra, energy_db = _cepstra(sound)
    voiced = energy_db > np.percentile(energy_db, 95) - QUIET_DB
    both = np.concatenate([cepstra, _slopes(cepstra)], axis=1)
    rows = both.astype(np.float64) * voiced[:, None]
    pitch = _pitch(sound, len(voiced)) * voiced[:, None]
    centre_s = FRAME_SAMPLES / 2 / SAMPLE_RATE_HZ
    first, last = (
        np.clip(np.ceil((t[inside] - from_s - centre_s) / HOP_S), 0, len(voiced)).astype(np.intp) for t in times
    )
    last = np.maximum(first, last)
    frames = WordSounds(voiced.astype(np.float64), rows, rows * both, pitch).together(first, last)
    heard.frames[inside] += frames.frames
    heard.total[inside] += frames.total
    heard.square[inside] += frames.square
    heard.pitch[inside] += frames.pitch


def _cepstra(sound: Floats) -> tuple[Floats, Floats]:
    """Coefficients (frames, COEFFICIENTS) and energy in dB (frames,), one frame every `HOP_S`."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)[::HOP_SAMPLES]
    power = np.abs(np.fft.rfft(frames * _window(FRAME_SAMPLES), axis=1)) ** 2
    energy_db = 10 * np.log10(power.sum(axis=1) + 1e-9)
    bands = np.log(power @ _mel_filters() + 1e-7)
    return np.asarray(bands @ _cosines(), np.float32), np.asarray(energy_db, np.float32)


def _slopes(rows: Floats) -> Floats:
    """The regression slope of each coefficient over its neighbours in time."""
    width = SLOPE_FRAMES
    padded = np.pad(rows, ((width, width), (0, 0)), mode="edge")
    count = len(rows)
    ahead = [k * (padded[width + k : width + k + count] - padded[width - k : width - k + count]) for k in (1, 2)]
    return np.asarray(sum(ahead) / (2 * sum(k * k for k in (1, 2))), np.float32)


def _pitch(sound: Floats, count: int) -> Sums:
    """For each frame: 1 where it is periodic, then log2 of its pitch in Hz and the square of that; else zeros."""
    found = np.zeros((count, 3))
    frames = np.lib.stride_tricks.sliding_window_view(sound, PITCH_FRAME_SAMPLES)[:: HOP_SAMPLES * PITCH_HOP_FRAMES]
    frames = frames[: (count + PITCH_HOP_FRAMES - 1) // PITCH_HOP_FRAMES]
    shape = _window(PITCH_FRAME_SAMPLES)
    again = _autocorrelation(frames * shape) / _autocorrelation(shape[None, :])
    low, high = int(SAMPLE_RATE_HZ / PITCH_HIGH_HZ), int(SAMPLE_RATE_HZ / PITCH_LOW_HZ)
    lags = again[:, low:high]
    best = lags.argmax(axis=1)
    # Twice the period fits as well as once: the first peak that is nearly as high is the pitch.
    near = lags >= 0.9 * lags.max(axis=1, keepdims=True)
    peak = near[:, 1:-1] & (lags[:, 1:-1] >= lags[:, :-2]) & (lags[:, 1:-1] >= lags[:, 2:])
    best = np.where(peak.any(axis=1), peak.argmax(axis=1) + 1, best)
    strength = lags[np.arange(len(lags)), best] / (again[:, 0] + 1e-9)
    periodic = (strength > PERIODIC) & (best > 0) & (best < high - low - 1)
    octave = np.log2(SAMPLE_RATE_HZ / (best + low))
    found[::PITCH_HOP_FRAMES][: len(frames)] = np.stack([periodic, octave * periodic, octave**2 * periodic], axis=1)
    return found


def _autocorrelation(frames: Floats) -> Floats:
    """By Wiener and Khinchin, on frames padded to twice their pitch range."""
    spectrum = np.fft.rfft(frames, n=1024, axis=1)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : SAMPLE_RATE_HZ // int(PITCH_LOW_HZ) + 2])


@lru_cache
def _window(samples: int) -> Floats:
    return np.hanning(samples + 1)[:-1].astype(np.float32)


@lru_cache
def _mel_filters() -> Floats:
    """Triangles equally wide in mel (2595 * log10(1 + Hz / 700), O'Shaughnessy 1987), (FFT bins, MEL_BANDS)."""
    bins_hz = np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    edges_mel = np.linspace(*2595 * np.log10(1 + np.array([60.0, 7600.0]) / 700), MEL_BANDS + 2)
    edges_hz = 700 * (10 ** (edges_mel / 2595) - 1)
    left, middle, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (bins_hz[:, None] - left) / (middle - left)
    falling = (right - bins_hz[:, None]) / (right - middle)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@lru_cache
def _cosines() -> Floats:
    """The discrete cosine transform (orthonormal DCT-II) without its 0th row, (MEL_BANDS, COEFFICIENTS)."""
    bands = np.arange(MEL_BANDS) + 0.5
    orders = np.arange(1, COEFFICIENTS + 1)
    return (np.sqrt(2 / MEL_BANDS) * np.cos(np.pi / MEL_BANDS * bands[:, None] * orders)).astype(np.float32)
