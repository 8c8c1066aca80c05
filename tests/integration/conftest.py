"""A small library, its site, and those who visit it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.config import Settings
from companion.core import Companion
from tests import small_library
from tests.practice_client import begin
from tests.small_site import site
from tests.sounds import sound_of, write_wav


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small library, which the tests of a module share."""
    folder = tmp_path_factory.mktemp("site")
    small_library.build(Settings.load(folder / "library", {}), folder)
    return folder / "library"


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[Flask]:
    with site(home) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def door(app: Flask) -> Companion:
    companion: Companion = app.extensions["companion"]
    return companion


@pytest.fixture(scope="module")
def practice_site(home: Path) -> Iterator[Flask]:
    with site(home) as practice_site:
        yield practice_site


@pytest.fixture
def owner(practice_site: Flask) -> FlaskClient:
    return practice_site.test_client()


@pytest.fixture
def nobody(practice_site: Flask) -> FlaskClient:
    return practice_site.test_client()


@pytest.fixture
def other(practice_site: Flask) -> FlaskClient:
    """Somebody with a space of their own."""
    client = practice_site.test_client()
    begin(client)
    return client


@pytest.fixture
def practice_door(practice_site: Flask) -> Companion:
    companion: Companion = practice_site.extensions["companion"]
    return companion


@pytest.fixture(scope="module")
def spoken(show: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Some seconds of somebody speaking."""
    sound = sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 30.0, 6.0)
    return write_wav(tmp_path_factory.mktemp("spoken") / "reply.wav", sound).read_bytes()
