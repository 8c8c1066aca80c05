"""Audio bytes by their SHA-256: put once, never changed, found by name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import uuid
from pathlib import Path

from companion.disk import sync_folder
from companion.errors import LibraryError, NotFoundError, SpaceError

_NAME = re.compile(r"[0-9a-f]{64}")
_BLOCK_BYTES = 1 << 20


class Blobs:
    """A folder of files, each named by the SHA-256 of its bytes."""

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        """Takes a folder; it is made by the first `put`.

        Args:
            folder: where the files lie.
            min_free_bytes: room that must stay free on its disk.
        """
        self.folder = folder
        self.min_free_bytes = min_free_bytes

    def put(self, source: Path) -> str:
        """Copies a file in and returns its SHA-256; nothing half-written is ever seen under that name.

        Raises:
            SpaceError: not enough room.
            LibraryError: the folder cannot be written.
        """
        try:
            return self._put(source)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._no_room(source.stat().st_size) from error
            raise LibraryError(f"The library folder {self.folder} cannot be written ({error.strerror}).") from error

    def adopt(self, source: Path, sha256: str) -> None:
        """Gives a whole file that is on the disk its name here without copying it; nothing where it is here already.

        Args:
            source: the file, on the same disk; it stays where it is, too.
            sha256: of its bytes.

        Raises:
            SpaceError: not enough room.
            LibraryError: the folder cannot be written.
        """
        place = self._place(sha256)
        if place.is_file():
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.link(source, place)
            sync_folder(place.parent)
        except OSError:  # a disk that knows no links
            self.put(source)

    def path(self, sha256: str) -> Path:
        """Where the bytes lie.

        Raises:
            NotFoundError: there are none by that name.
        """
        path = self._place(sha256)
        if not path.is_file():
            raise NotFoundError("That recording is not in the library.")
        return path

    def has(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self._place(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """Removes the bytes; no error where there are none."""
        self._place(sha256).unlink(missing_ok=True)

    def sweep(self, older_than_s: float) -> None:
        """Removes what a process that was killed left half-written.

        Args:
            older_than_s: a time by the clock; what was written to since may still be in somebody's hands.
        """
        for half in self.folder.glob(".*.part"):
            if half.stat().st_mtime < older_than_s:
                half.unlink(missing_ok=True)

    def _put(self, source: Path) -> str:
        size = source.stat().st_size
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < size + self.min_free_bytes:
            raise self._no_room(size)
        half = self.folder / f".{uuid.uuid4().hex}.part"
        digest = hashlib.sha256()
        try:
            with source.open("rb") as reader, half.open("wb") as writer:
                while block := reader.read(_BLOCK_BYTES):
                    digest.update(block)
                    writer.write(block)
                writer.flush()
                os.fsync(writer.fileno())
            place = self._place(digest.hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True)
            half.replace(place)
            sync_folder(place.parent)
        finally:
            half.unlink(missing_ok=True)
        return digest.hexdigest()

    def _place(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise NotFoundError("That is not the name of a recording.")
        return self.folder / sha256[:2] / sha256

    def _no_room(self, size_bytes: int) -> SpaceError:
        return SpaceError(
            f"Not enough room: {(size_bytes + self.min_free_bytes) / 1e6:.0f} MB must be free where the library lies. "
            "Make room or choose another place with --home; nothing was changed.",
            self.folder,
        )
