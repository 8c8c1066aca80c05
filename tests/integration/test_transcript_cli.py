"""`companion transcript`: versions listed, compared, used; a new one asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from tests import small_library
from tests.programs import companion

SLUG = "late-again"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A library in which a line was mended after a copy was kept."""
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    with Companion.open(settings) as library:
        library.editing.versions.keep(SLUG, "as it was", "Ada")
        library.editing.set_text(SLUG, 5, "There is no but.", 0, "Ada")
    return tmp_path / "library"


def test_versions_are_listed_compared_and_used(home: Path) -> None:
    listed = companion("transcript", "versions", SLUG, home=home).stdout.splitlines()
    assert [line[:3] for line in listed] == ["* 1", "  2"]
    assert listed[0].endswith("bundled  10 lines, 1 changed")
    assert listed[1].endswith("kept  10 lines, 0 changed  as it was")
    compared = companion("transcript", "compare", SLUG, 1, 2, home=home).stdout
    assert "- Dr Hale: There [is] no but." in compared
    assert "+ Dr Hale: There [was] no but." in compared
    assert "1 places differ, 9 are the same." in compared
    assert "1 changes taken over, 0 not." in companion("transcript", "use", SLUG, 2, "--carry", home=home).stdout
    with Companion.open(Settings.load(home, {})) as library:
        assert library.editing.line(SLUG, 5).text == "There is no but."
        assert library.editing.open(SLUG).opening.settled
    assert "Version 1 is in use." in companion("transcript", "use", SLUG, 1, home=home).stdout


def test_what_cannot_be_is_said_in_a_sentence(home: Path) -> None:
    for code, *words in ((3, "versions", "nobody"), (3, "use", SLUG, 9), (3, "compare", SLUG, 1, 9)):
        assert companion("transcript", *words, home=home, code=code).stderr.strip().endswith(".")
    assert "not ready" in companion("transcript", "versions", "on-its-way", home=home, code=2).stderr


def test_a_new_recognition_waits_for_the_worker(home: Path) -> None:
    assert "waits" in companion("transcript", "again", SLUG, "--model", "bundled", home=home).stdout
    answer = companion("transcript", "again", SLUG, "--model", "bundled", home=home, code=2)
    assert "under way" in answer.stderr
