"""Short recordings for tests, cut from the sample show or made from numbers."""

from __future__ import annotations

import io
import wave
from fractions import Fraction
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


def wav_of(sound: NDArray[np.int16]) -> bytes:
    """A mono wav file at 16 kHz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(sound.tobytes())
    return out.getvalue()


def write_wav(path: Path, sound: NDArray[np.int16]) -> Path:
    """The same under a name."""
    path.write_bytes(wav_of(sound))
    return path


def webm_of(sound: NDArray[np.int16]) -> bytes:
    """A recording as Chromium's MediaRecorder sends it: Opus in WebM, written as it comes, without a duration.

    Args:
        sound: shape (n,), int16, mono at 16 kHz.
    """
    file = io.BytesIO()
    with av.open(file, "w", format="webm", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000, frame_size=960)
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE_HZ, Fraction(1, SAMPLE_RATE_HZ), 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()


def music(seconds: float) -> NDArray[np.int16]:
    """Chords that swell and fade; nobody sings."""
    t = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    chords = np.array([[220, 277, 330], [196, 247, 294], [175, 220, 262]])
    notes = chords[(t // 2).astype(int) % len(chords)]
    waves = sum(np.sin(2 * np.pi * notes[:, i] * t) + 0.4 * np.sin(4 * np.pi * notes[:, i] * t) for i in range(3))
    return (waves * np.exp(-1.5 * (t % 2)) * 4000).astype(np.int16)
