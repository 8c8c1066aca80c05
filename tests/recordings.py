"""Recordings as a browser makes them, and what tests of practice share."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from companion.types import SAMPLE_RATE_HZ


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


def wav_of(sound: NDArray[np.int16]) -> bytes:
    """A wav file.

    Args:
        sound: shape (n,), int16, mono at 16 kHz.
    """
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(sound.tobytes())
    return file.getvalue()
