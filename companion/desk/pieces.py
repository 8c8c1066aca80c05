"""Bytes of uploads on the disk: what was written is there, whatever happens next."""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from pathlib import Path

from companion.disk import sync_folder
from companion.errors import LibraryError, SpaceError
from companion.handing import HEAD_BYTES

_BLOCK_BYTES = 1 << 20


def write(place: Path, offset_bytes: int, data: bytes) -> None:
    """Puts a piece into a file and waits until it is on the disk.

    Raises:
        SpaceError: no room.
        LibraryError: the folder cannot be written.
    """
    try:
        new = not place.exists()
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.seek(offset_bytes)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(place.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SpaceError(
                "There is no room left on the disk. Make some, then go on; nothing was lost.", place
            ) from error
        raise LibraryError(f"The folder {place.parent} cannot be written ({error.strerror}).") from error


def head_crc(file: Path) -> int:
    """The CRC-32 of a file's first bytes, as a browser counts it."""
    with file.open("rb") as reader:
        return zlib.crc32(reader.read(HEAD_BYTES))


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as reader:
        while block := reader.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
