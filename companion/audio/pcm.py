"""Decoded sound as a file: raw little-endian int16, mono, at `SAMPLE_RATE_HZ`. Read in stretches, never as a whole."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from companion.disk import sync_folder
from companion.errors import AudioError, BadInputError, LibraryError, SpaceError
from companion.types import SAMPLE_RATE_HZ

SAMPLE_BYTES = 2
FULL_SCALE = 32768.0
MIX_BLOCK_SAMPLES = 30 * SAMPLE_RATE_HZ
MIX_CEILING = 29205  # -1 dB below full scale: 32767 · 10^(-1/20)


class Pcm:
    """An open file of decoded sound; every read takes just the stretch that was asked for.

    One object serves one thread: reads move its position in the file.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Args:
            path: little-endian int16, mono, at `SAMPLE_RATE_HZ`.

        Raises:
            AudioError: it cannot be opened.
        """
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise AudioError(
                f"The decoded sound {path.name} cannot be opened ({error.strerror}). Decode the recording again.", path
            ) from error
        self.path = path
        self.samples = os.fstat(self._file.fileno()).st_size // SAMPLE_BYTES

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples / SAMPLE_RATE_HZ

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        """The samples between two times.

        Args:
            start_s: first moment in seconds; before the beginning counts as the beginning.
            end_s: last moment in seconds; after the end counts as the end.

        Returns:
            Shape (n,), float32, in [-1, 1]; empty where nothing lies between.
        """
        first = min(max(0, round(start_s * SAMPLE_RATE_HZ)), self.samples)
        last = min(max(first, round(end_s * SAMPLE_RATE_HZ)), self.samples)
        sound = self.read_int16(first, last - first).astype(np.float32)
        sound /= FULL_SCALE
        return sound

    def read_int16(self, first: int, count: int) -> NDArray[np.int16]:
        """Samples as they are kept.

        Args:
            first: index of the first one.
            count: how many; fewer come where the sound ends.

        Returns:
            Shape (n,), int16.
        """
        self._file.seek(first * SAMPLE_BYTES)
        wanted = bytearray(max(0, min(count, self.samples - first)) * SAMPLE_BYTES)
        view, got = memoryview(wanted), 0
        while got < len(wanted) and (n := self._file.readinto(view[got:])):
            got += n
        return np.frombuffer(wanted, "<i2", count=got // SAMPLE_BYTES)

    def blocks(self, block_s: float) -> Iterator[NDArray[np.float32]]:
        """The whole sound, one block after another.

        Args:
            block_s: length of a block in seconds; the last one may be shorter.

        Yields:
            Shape (n,), float32, in [-1, 1].
        """
        step = max(1, round(block_s * SAMPLE_RATE_HZ))
        for first in range(0, self.samples, step):
            block = self.read_int16(first, step).astype(np.float32)
            block /= FULL_SCALE
            yield block

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def peaks_of(pcm: Path, count: int) -> tuple[float, ...]:
    """The greatest |sample| in equal stretches, for a waveform.

    Args:
        pcm: decoded sound.
        count: how many stretches; fewer come back where the sound has fewer samples.

    Returns:
        Values in 0..1, from the beginning to the end.
    """
    with Pcm(pcm) as sound:
        edges = np.linspace(0, sound.samples, min(count, sound.samples) + 1).astype(int)
        return tuple(_greatest(sound.read_int16(int(a), int(b - a))) / FULL_SCALE for a, b in pairwise(edges))


def mix(pcms: Sequence[Path], out: Path) -> None:
    """Sums tracks into one sound, all of them made softer alike where the sum would clip.

    Args:
        pcms: decoded sounds that begin at the same moment; shorter ones end in silence.
        out: where the sum is written; it is there whole or not at all.

    Raises:
        BadInputError: there is no track.
        AudioError: a track cannot be opened.
        SpaceError: no room.
    """
    if not pcms:
        raise BadInputError("There is no track to mix. Give at least one.")
    with ExitStack() as stack:
        tracks = [stack.enter_context(Pcm(path)) for path in pcms]
        loudest = max((_greatest(block) for block in _sums(tracks)), default=0)
        gain = min(1.0, MIX_CEILING / loudest) if loudest else 1.0
        with replacing(out) as temp:
            try:
                with temp.open("wb") as file:
                    for block in _sums(tracks):
                        file.write(np.rint(block * gain).astype("<i2").tobytes())
            except OSError as error:
                raise _unwritable(error, out) from error


def _sums(tracks: Sequence[Pcm]) -> Iterator[NDArray[np.int32]]:
    longest = max(track.samples for track in tracks)
    for first in range(0, longest, MIX_BLOCK_SAMPLES):
        block = np.zeros(min(MIX_BLOCK_SAMPLES, longest - first), np.int32)
        for track in tracks:
            piece = track.read_int16(first, MIX_BLOCK_SAMPLES)
            block[: piece.size] += piece
        yield block


def _greatest(samples: NDArray[np.int16] | NDArray[np.int32]) -> int:
    # Not np.abs: the most negative int16 has no positive twin.
    return max(int(samples.max()), -int(samples.min())) if samples.size else 0


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A temporary name beside `out` that takes its place once the block ends well; nothing stays after a failure.

    Args:
        out: the file that shall be there whole or not at all.

    Yields:
        The name to write to.

    Raises:
        SpaceError: no room.
        LibraryError: the folder cannot be written to.
    """
    temp = out.with_name(f".{out.name}.{secrets.token_hex(6)}.part")
    try:
        _begin(temp, out)
        yield temp
        _settle(temp, out)
    finally:
        temp.unlink(missing_ok=True)


def _begin(temp: Path, out: Path) -> None:
    try:
        temp.touch(mode=0o600, exist_ok=False)  # what people say in private is for their own user's eyes
    except OSError as error:
        raise _unwritable(error, out) from error


def _settle(temp: Path, out: Path) -> None:
    try:
        with temp.open("rb+") as file:
            os.fsync(file.fileno())
        temp.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise _unwritable(error, out) from error


def _unwritable(error: OSError, out: Path) -> SpaceError | LibraryError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SpaceError("There is no room left on the disk. Make some, then try again.", out.parent)
    return LibraryError(
        f"{out.name} cannot be written to the folder {out.parent.name} ({error.strerror}). "
        "Look whether the folder is there and yours to write to."
    )
