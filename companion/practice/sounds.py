"""The sound of takes: sealed pieces in files, `practice/<space>/<take>/<number>`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from companion.errors import ConflictError, SpaceError
from companion.practice.files import PART, half_written, settle
from companion.practice.keys import SEAL_BYTES, SealError, seal, unseal

HALF_AFTER_S = 3600.0  # a file that is still half-written then was left by a process that was killed


class MissingChunksError(ConflictError):
    """A take cannot be finished before all its chunks are there. `missing` are the numbers to send again."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        super().__init__(
            f"{len(numbers)} part(s) of the recording have not arrived: {', '.join(map(str, numbers[:20]))}"
            f"{' and more' if len(numbers) > 20 else ''}. Send them again, then finish."
        )
        self.missing = numbers


class Sounds:
    """Reads and writes the pieces of takes, sealed by the take's key."""

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        """Takes a folder; it is made by the first piece.

        Args:
            folder: where the pieces lie.
            min_free_bytes: room that must stay free on its disk.
        """
        self.folder = folder
        self._min_free_bytes = min_free_bytes

    def check_room(self, needed_bytes: int) -> None:
        """Looks whether there is room.

        Raises:
            SpaceError: too little.
        """
        free_bytes = shutil.disk_usage(self.folder if self.folder.is_dir() else self.folder.parent).free
        if free_bytes < self._min_free_bytes + needed_bytes:
            raise SpaceError(
                "There is too little room for your recording where this library lies. What arrived so far is kept; "
                "make some room, then send the rest.",
                self.folder,
            )

    def pieces(self, space_id: str, take_id: str) -> dict[int, int]:
        """The numbers of the pieces that are there, rising, with the bytes of sound in each."""
        folder = self._take(space_id, take_id)
        if not folder.is_dir():
            return {}
        with os.scandir(folder) as entries:
            found = {int(e.name): e.stat().st_size - SEAL_BYTES for e in entries if e.name.isdecimal()}
        return dict(sorted(found.items()))

    def written(
        self, key: bytes, space_id: str, take_id: str, number: int, data: bytes
    ) -> AbstractContextManager[Path]:
        """A piece, sealed and on the disk under another name, gone at the end of the block; `keep` makes it stay."""
        return half_written(self._piece(space_id, take_id, number), seal(key, data, _label(space_id, take_id, number)))

    def keep(self, half: Path, space_id: str, take_id: str, number: int) -> None:
        """The piece that was written takes its place.

        Raises:
            LibraryError: the folder cannot be written.
        """
        settle(half, self._piece(space_id, take_id, number))

    def read(self, key: bytes, space_id: str, take_id: str, number: int) -> bytes:
        """A piece, decrypted.

        Raises:
            SealError: it is not there, was changed, or belongs elsewhere.
        """
        try:
            sealed = self._piece(space_id, take_id, number).read_bytes()
        except FileNotFoundError:
            raise SealError("A part of this recording is missing from the library's folder.") from None
        return unseal(key, sealed, _label(space_id, take_id, number))

    def drop(self, space_id: str, take_id: str | None = None) -> None:
        """Removes the pieces of a take, or of a whole space; no error where there are none."""
        folder = self.folder / space_id if take_id is None else self._take(space_id, take_id)
        shutil.rmtree(folder, ignore_errors=True)

    def folders(self) -> dict[str, tuple[str, ...]]:
        """The spaces that have a folder, each with the takes that have one."""
        return {name: _names(self.folder / name) for name in _names(self.folder)}

    def drop_halves(self) -> None:
        """Removes what a process that was killed has left half-written; what is young may still be in the making."""
        # Files are dated by the machine's clock, so by no other can one tell how old they are.
        oldest = time.time() - HALF_AFTER_S
        for half in self.folder.glob(f"*/*/.*{PART}"):
            try:
                if half.stat().st_mtime < oldest:
                    half.unlink()
            except FileNotFoundError:
                continue

    def _take(self, space_id: str, take_id: str) -> Path:
        return self.folder / space_id / take_id

    def _piece(self, space_id: str, take_id: str, number: int) -> Path:
        return self._take(space_id, take_id) / str(number)


def missing(numbers: Iterable[int], count: int) -> tuple[int, ...]:
    """Which of the first `count` numbers are not there."""
    there = set(numbers)
    return tuple(n for n in range(count) if n not in there)


def _label(space_id: str, take_id: str, number: int) -> str:
    return f"sound {space_id} {take_id} {number}"


def _names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        return tuple(sorted(e.name for e in entries if e.is_dir(follow_symlinks=False)))
