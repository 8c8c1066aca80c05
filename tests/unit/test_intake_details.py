"""episode.toml and show.toml: what they say beside the recording, and a sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.errors import EpisodeFileError
from companion.pipeline import read_folder, read_show_file
from companion.publication import EpisodeKind, Person

WHOLE = """
title = "A title"
audio = "a.mp3"
number = 4
season = 2
kind = "bonus"
explicit = true
content_note = " A quarrel. "
cover = "cover.png"
link = "https://example.org/4"
guid = "old-guid"

[[persons]]
name = "Ruth Ames"
role = "therapist"
href = "https://example.org/ruth"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp3", "cover.png"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_all_details_are_read(folder: Path) -> None:
    (folder / "episode.toml").write_text(WHOLE)
    files = read_folder(folder)
    details = files.details
    assert (details.number, details.season, details.kind, details.explicit) == (4, 2, EpisodeKind.BONUS, True)
    assert (details.content_note, details.link, details.guid) == ("A quarrel.", "https://example.org/4", "old-guid")
    assert details.persons == (Person("Ruth Ames", "therapist", href="https://example.org/ruth"),)
    assert files.cover == folder / "cover.png"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("number = 0", "`number` that is not a number from 1"),
        ("season = true", "`season` that is not a number from 1"),
        ('kind = "story"', "the kinds are full, trailer, bonus"),
        ('explicit = "no"', "`explicit` that is not true or false"),
        ('cover = "../cover.png"', "lies outside the episode's folder"),
        ('cover = "gone.png"', "there is no such file"),
        ('persons = ["Ruth"]', r"that are not \[\[persons\]\] tables"),
        ('[[persons]]\nrole = "host"', "a person with no name"),
        ('[[persons]]\nname = "R"\nage = 4', "'age' that nobody knows"),
    ],
)
def test_each_mistake_has_its_sentence(folder: Path, line: str, words: str) -> None:
    (folder / "episode.toml").write_text(f'title = "A"\naudio = "a.mp3"\n{line}\n')
    with pytest.raises(EpisodeFileError, match=words):
        read_folder(folder)


def test_a_show_is_read_and_a_folder_without_one_says_nothing(folder: Path) -> None:
    assert read_show_file(folder) is None
    (folder / "show.toml").write_text('title = "Leaning In"\ncategory = "Arts > Books"\ncover = "cover.png"\n')
    found = read_show_file(folder)
    assert found is not None
    assert (found[0].title, found[0].category, found[0].subcategory) == ("Leaning In", "Arts", "Books")
    assert found[1] == folder / "cover.png"
    (folder / "show.toml").write_text('name = "Leaning In"\n')
    with pytest.raises(EpisodeFileError, match="'name' that nobody knows"):
        read_show_file(folder)
