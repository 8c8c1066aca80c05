"""`companion review`: what was found in an episode, and what a host says to it, at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.config import Settings
from companion.moments import find_look_alikes
from companion.moves import tag_turns
from companion.types import Role, Turn
from tests import small_library
from tests.programs import companion, companion_json

SLUG = "late-again"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """A library with two episodes that are ready."""
    small_library.build(settings, tmp_path, reviewed=False)
    return settings.home


def test_a_host_looks_through_what_was_found_and_decides(home: Path) -> None:
    first, second = companion_json("review", "list", SLUG, "--json", home=home)["moments"]
    assert first["score"] <= second["score"]  # the least certain comes first
    companion("review", "approve", first["id"], "--tag", "care", "--end", first["end_s"] + 1, home=home)
    companion("review", "reject", second["id"], home=home)
    (left,) = companion_json("review", "list", SLUG, "--json", home=home)["moments"]
    assert (left["id"], left["state"], left["tags"], left["end_s"]) == (
        first["id"],
        "approved",
        ["care"],
        first["end_s"] + 1,
    )
    companion("review", "approve", second["id"], home=home)
    assert len(companion_json("review", "list", SLUG, "--json", home=home)["moments"]) == 2


def test_the_list_reads_well(home: Path) -> None:
    shown = companion("review", "list", SLUG, home=home).stdout
    assert "suggested" in shown
    assert "2 moments" in shown


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("list", "no-such"), 3, "no-such"),
        (("approve", "no-such"), 3, "no such moment"),
        (("approve", "no-such", "--tag", "kindness"), 2, "The tags are validation"),
        (("reject", "no-such"), 3, "no such moment"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(home: Path, args: tuple[str, ...], code: int, sentence: str) -> None:
    assert sentence in companion("review", *args, home=home, code=code).stderr


def test_what_only_looks_like_a_moment_is_told_with_what_it_answers() -> None:
    said = [
        ("Lee", Role.THERAPIST, "What was it like?"),
        ("Ana", Role.PARTNER, "I felt so alone when you left, I sat there all evening and waited."),
        ("Ben", Role.PARTNER, "I understand, but you could have called me, you know."),
    ]
    turns = [Turn(k, who, role, 5.0 * k, 5.0 * k + 4, text) for k, (who, role, text) in enumerate(said)]
    (look,) = find_look_alikes(turns, tag_turns(turns))
    assert (look.speaker, look.other, look.turn, look.start_s, look.end_s) == ("Ben", "Ana", 2, 5.0, 14.0)
    led = [Turn(t.index, t.speaker, Role.THERAPIST, t.start_s, t.end_s, t.text) for t in turns]
    assert find_look_alikes(led, tag_turns(led)) == ()
