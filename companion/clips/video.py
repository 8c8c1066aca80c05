"""A moment as a video for sharing: frames are piped to ffmpeg one by one, so that memory does not grow with length."""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.clips.content import ClipFacts
from companion.clips.faces import Faces
from companion.clips.frames import FPS, HEIGHT, WIDTH, Frames
from companion.clips.sound import RATE_HZ, faded, ffmpeg
from companion.errors import CompanionError

VIDEO_SIZE = (WIDTH, HEIGHT)
"""Width and height in pixels."""
TELL_EVERY = FPS  # frames
_FAILED = "The video could not be made: ffmpeg stopped. Look for room on the disk, then try again."
_WAIT_S = 60  # for ffmpeg to finish behind the last frame

Tell = Callable[[float], None]
"""How far it is: 0..1."""


def make_video(sound: NDArray[np.int16], facts: ClipFacts, faces: Faces, out: Path, tell: Tell, limit_s: float) -> None:
    """Writes the MP4 of a moment: H.264 and AAC, to be played before it is loaded whole.

    Args:
        sound: the moment as it was cut out; shape (n,), int16, mono at `RATE_HZ`.
        facts: what is shown.
        faces: what the letters are drawn with.
        out: the file; half of it may stay where this fails.
        tell: hears how far it is; what it raises ends the work.
        limit_s: time by the clock after which ffmpeg is ended.

    Raises:
        CompanionError: ffmpeg is missing, failed or took too long.
    """
    length_s = sound.size / RATE_HZ
    frames = Frames(facts, sound, faces)
    with tempfile.TemporaryDirectory(prefix="companion-clip-") as folder:
        raw = Path(folder) / "sound.pcm"
        raw.write_bytes(faded(sound).raw_data)
        process = subprocess.Popen(
            _command(raw, out), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        clock = threading.Timer(limit_s, process.kill)
        clock.start()
        try:
            _feed(process, frames, length_s, tell)
            failed = process.wait(_WAIT_S) != 0
        except (BrokenPipeError, subprocess.TimeoutExpired) as error:
            raise CompanionError(_FAILED) from error
        finally:
            clock.cancel()
            _end(process)
    if failed:
        raise CompanionError(_FAILED)
    _tag(out, facts)
    tell(1.0)


def _feed(process: subprocess.Popen[bytes], frames: Frames, length_s: float, tell: Tell) -> None:
    pipe = process.stdin
    assert pipe is not None  # noqa: S101 - for the type checker
    for number, frame in enumerate(frames.all(length_s)):
        pipe.write(frame.data)
        if number % TELL_EVERY == 0:
            tell(min(0.99, number / (length_s * FPS)))
    pipe.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    if process.stdin is not None and not process.stdin.closed:
        with contextlib.suppress(BrokenPipeError):  # it was killed with a frame half sent
            process.stdin.close()
    process.wait()


def _command(sound: Path, out: Path) -> list[str]:
    """No text of anybody stands in it, and no filter is built."""
    frames_in = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{WIDTH}x{HEIGHT}",
        "-framerate",
        str(FPS),
        "-i",
        "pipe:0",
    ]
    sound_in = ["-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1", "-i", str(sound)]
    picture = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-g", str(5 * FPS)]
    return [
        *(ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", "-protocol_whitelist", "file,pipe"),
        *(*frames_in, "-protocol_whitelist", "file", *sound_in),
        *("-map", "0:v", "-map", "1:a", *picture, "-c:a", "aac", "-b:a", "128k", "-ar", "48000"),
        *("-threads", "2", "-movflags", "+faststart", "-map_metadata", "-1", "-f", "mp4", str(out)),
    ]


def _tag(path: Path, facts: ClipFacts) -> None:
    video: Any = importlib.import_module("mutagen.mp4").MP4(path)  # it has no types
    title = f"{facts.who}: {facts.title}" if facts.title else facts.who
    words = {"\xa9nam": title, "\xa9ART": facts.show, "\xa9alb": facts.episode, "\xa9cmt": facts.credit}
    for name, text in words.items():
        video[name] = [text]
    video.save()
