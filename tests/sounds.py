"""Short recordings for tests, cut from the sample show or made from numbers."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from companion.types import SAMPLE_RATE_HZ


def sound_of(path: Path, start_s: float = 0.0, length_s: float = 1e9) -> NDArray[np.int16]:
    """A stretch of a recording: shape (n,), int16, mono at 16 kHz."""
    parts = []
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        for frame in file.decode(audio=0):
            parts += [f.to_ndarray()[0] for f in resampler.resample(frame)]
    whole = np.concatenate(parts)
    return whole[int(start_s * SAMPLE_RATE_HZ) : int((start_s + length_s) * SAMPLE_RATE_HZ)]


def write_wav(path: Path, sound: NDArray[np.int16]) -> Path:
    """A mono wav file at 16 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(sound.tobytes())
    return path


def music(seconds: float) -> NDArray[np.int16]:
    """Chords that swell and fade; nobody sings."""
    t = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    chords = np.array([[220, 277, 330], [196, 247, 294], [175, 220, 262]])
    notes = chords[(t // 2).astype(int) % len(chords)]
    waves = sum(np.sin(2 * np.pi * notes[:, i] * t) + 0.4 * np.sin(4 * np.pi * notes[:, i] * t) for i in range(3))
    return (waves * np.exp(-1.5 * (t % 2)) * 4000).astype(np.int16)
