"""Files that are there whole or not at all, for nobody's eyes but their own user's."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from companion.disk import sync_folder
from companion.errors import LibraryError, SpaceError

PART = ".part"  # ends the name of a file that is being written


@contextmanager
def half_written(place: Path, data: bytes) -> Iterator[Path]:
    """A file beside its place, written and on the disk; gone at the end of the block unless it was moved.

    Args:
        place: where it shall be; its folder is made where there is none.
        data: all of it.

    Raises:
        SpaceError: no room.
        LibraryError: the folder cannot be written.
    """
    half = place.with_name(f".{place.name}.{secrets.token_hex(6)}{PART}")
    try:
        try:
            make_private_folder(place.parent)
            descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(error, place.parent) from error
        yield half
    finally:
        half.unlink(missing_ok=True)


def settle(half: Path, place: Path) -> None:
    """A half-written file takes its place, in the place of whatever was there.

    Raises:
        SpaceError: no room.
        LibraryError: the folder cannot be written.
    """
    try:
        half.replace(place)
        sync_folder(place.parent)
    except OSError as error:
        raise _unwritable(error, place.parent) from error


def make_private_folder(folder: Path) -> None:
    """A folder that only its own user may enter; the library's folder above it is there already."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)  # not `parents=True`: that would leave those above open to all
        sync_folder(one.parent)


def _unwritable(error: OSError, folder: Path) -> SpaceError | LibraryError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SpaceError("There is no room left on the disk. Make some, then try again; nothing was lost.", folder)
    return LibraryError(f"The folder {folder} cannot be written ({error.strerror}). Look at its permissions.")
