"""A stretch of a recording that we wrote ourselves, to be played on a loudspeaker or taken along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.errors import AudioError
from companion.types import SAMPLE_RATE_HZ


def excerpt(path: Path, start_s: float, end_s: float, rate_hz: int = SAMPLE_RATE_HZ) -> NDArray[np.int16]:
    """A stretch of a copy for listeners. Not for files from elsewhere: nothing guards this decoder.

    Args:
        path: an MP3 of ours.
        start_s: where it begins, in seconds.
        end_s: where it ends.
        rate_hz: of what is returned.

    Returns:
        Shape (n,), int16, mono at `rate_hz`.

    Raises:
        AudioError: the file is damaged or gone.
    """
    # Not at the top: the child that decodes others' files imports this room, and loads FFmpeg under its limits only.
    import av
    import av.error

    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
    parts: list[NDArray[np.int16]] = []
    begins_s: float | None = None
    try:
        with av.open(str(path)) as file:
            file.seek(max(0, int((start_s - 0.5) * av.time_base)))  # a little early: MP3 frames lean on those before
            for frame in file.decode(audio=0):
                at_s = frame.time or 0.0
                if at_s >= end_s:
                    break
                begins_s = at_s if begins_s is None else begins_s
                parts += [np.asarray(f.to_ndarray()[0], np.int16) for f in resampler.resample(frame)]
    except (av.error.FFmpegError, OSError) as error:
        raise AudioError(f"{path.name} cannot be played: it is damaged or gone.", path) from error
    if begins_s is None:
        return np.zeros(0, np.int16)
    sound = np.concatenate(parts)
    first = max(0, round((start_s - begins_s) * rate_hz))
    return sound[first : first + round((end_s - start_s) * rate_hz)]
