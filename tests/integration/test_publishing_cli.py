"""`companion publish`, `unpublish`, `show`: a host at the command line."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.types import Publication
from tests import draft_library
from tests.programs import command, companion, companion_json

SLUG = "late-again"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings.load(tmp_path / "library", {})
    draft_library.build(settings, tmp_path)
    with Companion.open(settings) as door:
        draft_library.fill_in(door, tmp_path)
    return settings.home


def publication(home: Path) -> Publication:
    with Companion.open(Settings.load(home, {})) as door:
        return door.episode(SLUG).publication


def test_an_episode_goes_out_and_back(home: Path) -> None:
    assert "marked as unsure" in companion("publish", SLUG, "--check", home=home).stderr
    assert publication(home) is Publication.DRAFT
    told = companion_json("publish", SLUG, "--json", home=home)
    assert told["publication"] == "published"
    assert len(told["file"]) == 64
    assert "is not published any more" in companion("unpublish", SLUG, home=home).stdout
    assert "is not published" in companion("unpublish", SLUG, home=home, code=2).stderr


def test_what_is_missing_is_said_and_stops_it(home: Path) -> None:
    companion("show", "set", "author", "", home=home)
    refused = companion("publish", SLUG, home=home, code=2).stderr
    assert "missing: The show has no author." in refused
    assert publication(home) is Publication.DRAFT
    companion("publish", SLUG, "--check", home=home, code=2)
    companion("publish", SLUG, "--anyway", home=home)
    assert publication(home) is Publication.PUBLISHED


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("publish", "nothing"), 3, "There is no episode called nothing."),
        (("publish", SLUG, "--at", "soon"), 2, "is no date and time. Write it like 2026-12-01 09:00+01:00."),
        (("publish", SLUG, "--at", "2020-01-01 09:00Z"), 2, "is past"),
        (("publish", "on-its-way"), 2, "still being worked on"),
        (("show", "set", "colour", "red"), 2, "A show has no colour. It has title,"),
        (("show", "set", "locked", "perhaps"), 2, "locked is yes or no"),
        (("show", "set", "owner-email", "ruth"), 2, "That is no e-mail address."),
        (("show", "set", "cover", "nowhere.jpg"), 2, "There is no file nowhere.jpg."),
    ],
)
def test_bad_input_is_a_sentence(home: Path, args: tuple[str, ...], code: int, sentence: str) -> None:
    assert sentence in companion(*args, home=home, code=code).stderr.replace("\n", " ")


def test_the_show_is_told_and_changed(home: Path, tmp_path: Path) -> None:
    companion("show", "set", "category", "Health & Fitness > Mental Health", home=home)
    companion("show", "set", "locked", "no", home=home)
    companion("show", "set", "cover", draft_library.cover(tmp_path / "new.jpg"), home=home)
    told = companion_json("show", "list", "--json", home=home)
    assert (told["category"], told["subcategory"], told["locked"]) == ("Health & Fitness", "Mental Health", False)
    assert told["title"] == "Leaning In"
    listed = companion("show", "list", home=home).stdout
    assert "Ruth Ames (host)" in listed
    assert "locked         no" in listed


def test_the_worker_publishes_what_is_due_also_after_a_pause(home: Path) -> None:
    later = companion_json("publish", SLUG, "--at", "2096-12-01 09:00+01:00", "--json", home=home)
    assert (later["publication"], later["published"]) == ("scheduled", "2096-12-01T08:00:00+00:00")
    with Companion.open(Settings.load(home, {})) as door:  # starting the program may take longer than the time is away
        now = datetime.now(UTC)
        soon = now + timedelta(seconds=1)
        door.publishing.publish(SLUG, now, at=soon)
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()))
    assert publication(home) is Publication.SCHEDULED  # nothing runs
    # `work` needs its input open: with --until-closed it ends when that is closed.
    worker = subprocess.Popen(
        command("work", "--until-closed", home=home),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ends = time.monotonic() + 60
        while publication(home) is not Publication.PUBLISHED:
            assert time.monotonic() < ends
            time.sleep(0.2)
    finally:
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait(20)
