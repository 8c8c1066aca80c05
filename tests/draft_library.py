"""The small library before anything of it is published: its recording is as loud as ours are, its details are empty."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa
from PIL import Image

from companion import schema
from companion.audio import decode, playback_copy
from companion.config import Settings
from companion.core import Companion
from companion.library import Library
from companion.publication import EpisodeDetails, Person, Show
from companion.types import Publication
from tests import small_library

_built: dict[bool, Path] = {}  # once for all tests: they get copies
NOTE = "A couple quarrels about being late; no one is hurt."


def build(settings: Settings, folder: Path, measured: bool = True) -> None:
    """Makes the library in `settings.home`.

    Args:
        settings: of the library.
        folder: for files on the way.
        measured: whether it is known how loud the recording is.
    """
    if measured not in _built:
        _built[measured] = Path(tempfile.mkdtemp(prefix="draft-library-"))
        atexit.register(shutil.rmtree, _built[measured], ignore_errors=True)
        _build(Settings.load(_built[measured] / "library", {}).with_(min_free_bytes=0), _built[measured], measured)
    shutil.copytree(_built[measured] / "library", settings.home)


def _build(settings: Settings, folder: Path, measured: bool) -> None:
    small_library.build(settings, folder)
    info = decode(folder / "tone.mp3", folder / "tone.pcm", settings)
    loudness = playback_copy(folder / "tone.mp3", folder / "played.mp3", info, settings)
    library = Library.open(settings)
    try:
        played = library.blobs.put(folder / "played.mp3")
        if measured:
            library.stages.put_loudness(played, loudness.lufs, loudness.true_peak_dbtp)
        table = schema.episode
        with library.database.write() as connection:
            connection.execute(sa.update(table).values(publication=Publication.DRAFT, published=None))
            has = table.c.playback_sha256.is_not(None)
            connection.execute(sa.update(table).where(has).values(playback_sha256=played))
    finally:
        library.close()


def cover(path: Path, colour: tuple[int, int, int] = (20, 110, 105), size_px: int = 1400) -> Path:
    """A cover, JPEG or PNG by its name."""
    Image.new("RGB", (size_px, size_px), colour).save(path)
    return path


def fill_in(door: Companion, folder: Path, slug: str = "late-again") -> None:
    """Says all that an episode needs before it is published."""
    sha256 = door.publishing.put_cover(cover(folder / "cover.png"))
    door.publishing.save_show(
        Show(
            title="Leaning In",
            description="Couples talk, and sometimes they *hear* each other.",
            author="Ruth Ames",
            owner_email="ruth@example.org",
            cover_sha256=sha256,
            persons=(Person("Ruth Ames"),),
            copyright="2026 Ruth Ames",
        )
    )
    episode = door.episode(slug)
    before = door.library.episodes.details(episode.id)
    details = EpisodeDetails(guid=before.guid, number=3, season=1, content_note=NOTE)
    door.library.episodes.put_details(episode.id, details)
