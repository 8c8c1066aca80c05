"""A library's transcripts are edited: segments, turns, search, moments and captions follow, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.editing import Editing
from companion.lines import Changed
from companion.search import TURNS_ROOM
from companion.speakers import to_turns
from tests import small_library

SLUG = "late-again"
MARA_SAT, MARA_THANKS = 2, 4  # numbers of lines
JONAS_OF_COURSE = 3
JONAS_BUT = 6


@pytest.fixture
def companion(settings: Settings, tmp_path: Path) -> Iterator[Companion]:
    """A library with two episodes that are ready, whose moments nobody has looked at."""
    small_library.build(settings, tmp_path, reviewed=False)
    with Companion.open(settings) as opened:
        yield opened


@pytest.fixture
def editing(companion: Companion) -> Editing:
    return companion.editing


def texts(companion: Companion) -> list[str]:
    return [s.text for turn in companion.turns(SLUG) for s in turn.segments]


def text(companion: Companion, line_id: int) -> str:
    return companion.editing.line(SLUG, line_id).text


def set_text(editing: Editing, line_id: int, words: str, by: str = "Ada") -> Changed:
    return editing.set_text(SLUG, line_id, words, editing.line(SLUG, line_id).rev, by)


def check_whole(companion: Companion, slug: str = SLUG) -> None:
    """Everything that is made of the segments agrees with them."""
    stored = companion.turns(slug)
    segments = [s for turn in stored for s in turn.segments]
    roles = {v.name: v.role for v in companion.voices(slug)}
    made = to_turns(segments, roles)
    assert [t.turn for t in stored] == list(made)
    lines = companion.editing.open(slug).lines
    names = {v.label: v.name for v in companion.voices(slug)}
    assert [(x.text, x.start_s, x.voice and names[x.voice]) for x in lines] == [
        (s.text, s.start_s, s.speaker) for s in segments
    ]
    library, episode_id = companion.library, companion.episode(slug).id
    with library.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT rowid, text, turn_idx FROM turn_text WHERE episode_id = ? ORDER BY rowid", (episode_id,)
        ).all()
        words = connection.exec_driver_sql("SELECT count(*) FROM said_word WHERE n <= 0").scalar_one()
    assert [tuple(row) for row in rows] == [(episode_id * TURNS_ROOM + t.index, t.text, t.index) for t in made]
    assert words == 0
    for moment in companion.moments_of(slug):
        m = moment.moment
        assert 0 <= m.first_turn <= m.last_turn < len(made)
        assert m.first_turn <= m.reply_turn <= m.last_turn
    for turn in stored:
        for scored in turn.tags.tags:
            for evidence in scored.evidence:
                assert turn.turn.text[evidence.start_char : evidence.end_char] == evidence.text
