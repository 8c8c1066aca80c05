"""Decoding what must not lie on a disk in clear: a private recording, from bytes to samples."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.audio.checks import error_for, looks_like_text
from companion.audio.guard import FILE_SLACK_BYTES, PCM_BYTES_PER_S, Watch, request_for
from companion.audio.pcm import FULL_SCALE, SAMPLE_BYTES
from companion.audio.talk import Task, Why
from companion.config import Settings
from companion.types import SAMPLE_RATE_HZ

HEAD_BYTES = 4096
_DESCRIPTORS = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class HeardSound:
    """Decoded sound in memory: mono at `SAMPLE_RATE_HZ`."""

    samples: NDArray[np.int16]  # shape (n,)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples.size / SAMPLE_RATE_HZ

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """The samples between two times: shape (n,), float32, in [-1, 1]; shorter where the sound ends."""
        first = max(0, round(start_s * SAMPLE_RATE_HZ))
        stretch = self.samples[first : max(first, round(end_s * SAMPLE_RATE_HZ))].astype(np.float32)
        stretch /= FULL_SCALE
        return stretch


def decode_private(sound: bytes, name: str, settings: Settings) -> HeardSound:
    """Decodes a recording in a guarded child like `decode`, without a readable file on a disk.

    On Linux the recording and the decoded sound lie in anonymous memory (memfd) that only this process and its child
    can reach: there is no name in any folder, and nothing is left after a kill. (Memory may be swapped out; encrypt the
    swap.) Elsewhere both lie in a new folder that only this user may enter, removed before this returns; a kill within
    these seconds would leave it behind.

    Args:
        sound: the recording as it was sent.
        name: what it is called in a sentence.
        settings: its limits.

    Raises:
        AudioError: it is no recording, or damaged beyond use.
        LimitError: a documented limit was reached; `setting` names it.
        SpaceError: no room.
    """
    shown = Path(name)
    if looks_like_text(sound[:HEAD_BYTES]):  # nothing at all, too
        raise error_for(Why.NOT_MEDIA, "", shown, Path(), settings)
    with _hidden(sound) as (source, out, open_files):
        request = request_for(
            Task.DECODE,
            source,
            settings,
            out=out,
            file_bytes=int(settings.max_duration_s * PCM_BYTES_PER_S) + FILE_SLACK_BYTES,
            measure=False,
        )
        Watch(request, shown, out.parent if not open_files else None, settings, None, open_files).run()
        samples = np.fromfile(out, "<i2")
    if samples.nbytes < SAMPLE_BYTES:
        raise error_for(Why.NOTHING, "", shown, Path(), settings)
    return HeardSound(samples)


def wav_of(sound: NDArray[np.int16]) -> bytes:
    """A wav file of a sound, in memory: nothing lies on the disk in clear.

    Args:
        sound: shape (n,), int16, mono at 16 kHz.
    """
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    return out.getvalue()


@contextmanager
def _hidden(sound: bytes) -> Iterator[tuple[Path, Path, tuple[int, ...]]]:
    """Where the recording lies, where the decoded sound goes, and the descriptors that the child needs for that."""
    with ExitStack() as stack:
        if sys.platform == "linux" and _DESCRIPTORS.is_dir():
            source, out = (stack.enter_context(os.fdopen(os.memfd_create(n), "r+b")) for n in ("recording", "sound"))
            source.write(sound)
            source.flush()
            open_files = (source.fileno(), out.fileno())
            # The child has them under the same numbers, so that the same names mean the same there.
            yield _DESCRIPTORS / str(open_files[0]), _DESCRIPTORS / str(open_files[1]), open_files
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="companion-")))
            (folder / "recording").write_bytes(sound)
            yield folder / "recording", folder / "sound", ()
