"""A library with a private space in it, without a site."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from companion.config import Settings
from companion.core import Companion
from companion.practice import Practice
from companion.takes import Asked, Space, Take
from tests import small_library
from tests.sounds import sound_of

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
WEBM = "audio/webm;codecs=opus"


@pytest.fixture(scope="module")
def spoken(show: Path) -> np.ndarray:
    return sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 20, 6)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings.load(tmp_path / "library", {}).with_(models_folder=tmp_path / "models")
    small_library.build(settings, tmp_path)
    return settings.home


@pytest.fixture
def door(home: Path) -> Iterator[Companion]:
    with Companion.open(Settings.load(home, {}).with_(model="bundled", models_folder=home / "models")) as opened:
        yield opened


@pytest.fixture
def practice(door: Companion) -> Practice:
    return door.practice


@pytest.fixture
def asked(door: Companion) -> Asked:
    return Asked(moment_id=door.moments(episode_slug="late-again").moments[0].id)


@pytest.fixture
def space(practice: Practice) -> Space:
    return practice.open_space(NOW).space


def heard_take(practice: Practice, space: Space, asked: Asked, sound: bytes, mime: str = "audio/wav") -> Take:
    """A take that was put in and heard."""
    return practice.hear(space, practice.put_whole(space, asked, mime, sound, NOW).id)


def files_in(home: Path) -> dict[str, bytes]:
    """All that lies in a library."""
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}
