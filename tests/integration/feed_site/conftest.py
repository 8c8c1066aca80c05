"""The feed as podcast apps get it: read by the parsers and checked by the schema of others, and by our own rules."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.config import Settings
from companion.feed import spec
from companion.library import Library
from companion.publication import EpisodeDetails, Person, Show
from tests import small_library
from web import create_app

SITE = "https://example.org/show"
FEED = f"{SITE}/feed.xml"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHOW = Show(
    title="Two at a table",
    description="Couples talk, and a *therapist* is with them.",
    language="en-us",
    author="Ruth Hale",
    owner_email="ruth@example.org",
    persons=(Person("Ruth Hale", href="https://example.org/ruth"), Person("Kim", role="editor", group="writing")),
    copyright="2026 Ruth Hale",
)
DETAILS = EpisodeDetails(
    number=1,
    season=2,
    content_note="They speak of a miscarriage.",
    explicit=True,
    persons=(Person("Mara", role="guest"), Person("Jonas", role="guest")),
)
XSD_KNOWS = {"transcript", "locked", "funding", "chapters", "soundbite", "person", "location"}
"""The schema is older than the namespace: it has no guid, medium and so on. It also wants an owner on locked."""


def png(edge: int = 1400) -> bytes:
    """A square picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xc0\x60\x40" * edge for _ in range(edge))
    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    settings = Settings.load(folder / "library", {})
    small_library.build(settings, folder)
    library = Library.open(settings)
    (folder / "cover.png").write_bytes(png())
    cover = library.blobs.put(folder / "cover.png")
    library.shows.put(Show(**{**{f: getattr(SHOW, f) for f in Show.__slots__}, "cover_sha256": cover}))
    episode = library.episodes.get("late-again")
    library.episodes.put_details(episode.id, DETAILS)
    library.episodes.put_texts(
        episode.id,
        "Late again & again",
        "He came at nine.\n\n- She waited\n- He knew\n\n[Read on](https://example.org/late) <script>alert(1)</script>",
        episode.published,
    )
    # Another recording than that of the first: in real shows no two episodes share one.
    longer = library.blobs.put(_other_recording(folder))
    library.episodes.ready(library.episodes.get("second-chair").id, playback_sha256=longer, duration_s=60.0)
    library.close()
    return folder / "library"


def _other_recording(folder: Path) -> Path:
    path = folder / "other.mp3"
    path.write_bytes((folder / "tone.mp3").read_bytes() * 2)
    return path


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A library that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "library"))


@pytest.fixture
def app(home: Path) -> Iterator[Flask]:
    app = create_app(Settings.load(home, {}).with_(site_url=SITE, rate_limit="100000 per minute"))
    yield app
    app.extensions["companion"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def library(app: Flask) -> Library:
    found: Library = app.extensions["companion"].host.library
    return found


@pytest.fixture
def feed(client: FlaskClient) -> bytes:
    return client.get("/feed.xml").data


def items(data: bytes) -> dict[str, ET.Element]:
    return {i.findtext("title") or "": i for i in ET.fromstring(data).iter("item")}


def podcast(name: str) -> str:
    return f"{{{spec.PODCAST}}}{name}"
