"""A moment as an MP3: cut, faded, and with the credit of its episode in the tags."""

from __future__ import annotations

import importlib
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.clips.content import ClipFacts
from companion.errors import CompanionError

RATE_HZ = 44_100
KBPS = 128
FADE_IN_MS = 40  # enough against a click; the first sound of a word is not swallowed
FADE_OUT_MS = 180


def make_sound(sound: NDArray[np.int16], facts: ClipFacts, out: Path) -> None:
    """Writes the MP3 of a moment.

    Args:
        sound: the moment as it was cut out; shape (n,), int16, mono at `RATE_HZ`.
        facts: what stands in its tags.
        out: the file; half of it may stay where this fails.

    Raises:
        CompanionError: ffmpeg is missing or failed.
    """
    pydub = _pydub()
    segment = faded(sound)
    try:
        # The name is our own, and so is every other part of the command that pydub makes.
        segment.export(str(out), format="mp3", bitrate=f"{KBPS}k", parameters=["-map_metadata", "-1"]).close()
    except (pydub.exceptions.CouldntEncodeError, OSError) as error:
        raise CompanionError("The clip could not be written. Look for room on the disk, then try again.") from error
    _tag(out, facts)


def faded(sound: NDArray[np.int16]) -> Any:
    """The sound with its edges softened, as pydub's AudioSegment.

    Args:
        sound: shape (n,), int16, mono at `RATE_HZ`.
    """
    whole = _pydub().AudioSegment(data=sound.astype("<i2").tobytes(), sample_width=2, frame_rate=RATE_HZ, channels=1)
    return whole.fade_in(min(FADE_IN_MS, len(whole) // 2)).fade_out(min(FADE_OUT_MS, len(whole) // 2))


@lru_cache(maxsize=1)
def ffmpeg() -> str:
    """The ffmpeg that came with imageio-ffmpeg, or the one that IMAGEIO_FFMPEG_EXE names.

    Raises:
        CompanionError: there is none.
    """
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise CompanionError(
            "Clips need ffmpeg, and none was found. Install it and name it in IMAGEIO_FFMPEG_EXE."
        ) from error


@lru_cache(maxsize=1)
def _pydub() -> Any:
    with warnings.catch_warnings():
        # It warns where no ffmpeg is on the path, and of Python's own changes; it is told which one to take.
        warnings.simplefilter("ignore")
        import pydub
        import pydub.exceptions
    pydub.AudioSegment.converter = ffmpeg()
    return pydub


def _tag(path: Path, facts: ClipFacts) -> None:
    id3: Any = importlib.import_module("mutagen.id3")  # it has no types; and not before it is needed
    tags = id3.ID3()
    title = f"{facts.who}: {facts.title}" if facts.title else facts.who
    texts = {"TIT2": title, "TPE1": facts.show, "TALB": facts.episode, "TCON": "Podcast", "TDRC": facts.published}
    for name, text in texts.items():
        if text:
            tags.add(getattr(id3, name)(encoding=3, text=[text]))
    tags.add(id3.COMM(encoding=3, lang="eng", desc="", text=[f"{facts.credit} {facts.link}".strip()]))
    if facts.link:
        tags.add(id3.WOAF(url=facts.link))
    tags.save(path, v2_version=3)  # every player reads 2.3
