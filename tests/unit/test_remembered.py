"""What was worked out from the library holds until anybody changes it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.library import Library
from companion.search import TURNS_ROOM
from companion.store import MomentFilter, Remembered
from companion.types import EpisodeState, Progress, Tag
from tests.old_library import put_back
from tests.unit.test_store import fill, new_episode


@pytest.fixture
def remembered(library: Library) -> Remembered:
    return Remembered(library.database, 2)


def _asked(remembered: Remembered, *keys: str) -> list[str]:
    """Which of some keys had to be worked out."""
    made: list[str] = []
    for key in keys:
        remembered.get(key, lambda k=key: made.append(k))  # type: ignore[misc]
    return made


def test_reading_changes_no_version(library: Library) -> None:
    fill(library, new_episode())
    before = library.database.version()
    library.episodes.all()
    library.moments.of_ids(library.moments.ids_of("four-minutes"))
    assert library.database.version() == before


def test_writing_changes_it(library: Library) -> None:
    before = library.database.version()
    library.episodes.add(new_episode())
    assert library.database.version() != before


def test_what_another_process_writes_changes_it(library: Library) -> None:
    fill(library, new_episode())
    before = library.database.version()
    program = (
        "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM moment'); c.commit(); c.close()"
    )
    subprocess.run([sys.executable, "-c", program, str(library.database.path)], check=True)
    assert library.database.version() != before


def test_practice_and_work_in_hand_change_nothing_that_listeners_see(library: Library) -> None:
    before = library.database.version()
    library.stages.put("key", "decode", {"rate": 1})
    with library.database.write() as connection:
        new = {"id": "s", "key": b"", "keeping": "days", "opened": datetime(2026, 11, 1, tzinfo=UTC)}
        connection.execute(sa.insert(schema.practice_space).values(**new, recovery_sha256="r"))
    assert library.database.version() == before


def test_each_table_is_watched_or_known_to_be_private(library: Library) -> None:
    private = {"practice_space", "practice_session", "practice_take"}  # their owner's
    private |= {"host", "host_session", "host_invitation", "upload", "upload_file"}
    # Shown by what is made of them, or changed along with what is watched.
    behind = {"stage_result", "chunk", "decision", "track", "said_word", "public_version", "job"}
    behind |= {"episode_import", "kept_feed"}
    # Only their effects on segments, turns and moments are seen.
    behind |= {"transcript", "transcript_version", "transcript_edit", "recognition", "house_word"}
    counted = {"play_total", "play_salt", "play_heard"}  # the host's
    assert {t.name for t in schema.metadata.tables.values()} == {*schema.PUBLIC, *private, *behind, *counted}
    with library.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        triggers = set(rows.scalars())
    assert triggers == {f"{t}_{change}" for t in schema.PUBLIC for change in ("insert", "update", "delete")}


def test_taking_an_episode_out_counts_for_all_that_goes_with_it(library: Library) -> None:
    episode_id = fill(library, new_episode())
    before = library.database.version()
    with library.database.write() as connection:
        library.episodes.delete(connection, episode_id)
    assert library.database.version() > before + 5  # its turns, moments and voices go by themselves


def test_a_value_is_worked_out_once_until_something_changes(library: Library, remembered: Remembered) -> None:
    assert _asked(remembered, "a", "a") == ["a"]
    library.episodes.add(new_episode())
    assert _asked(remembered, "a", "a") == ["a"]


def test_what_was_not_asked_for_longest_is_forgotten_first(remembered: Remembered) -> None:
    _asked(remembered, "a", "b")
    assert _asked(remembered, "a", "c", "a") == ["c"]
    assert _asked(remembered, "b") == ["b"]


def test_a_value_that_is_overtaken_by_a_change_is_not_kept(library: Library, remembered: Remembered) -> None:
    remembered.get("a", lambda: library.episodes.add(new_episode()))
    assert _asked(remembered, "a") == ["a"]


def test_counts_follow_the_library(library: Library) -> None:
    which = MomentFilter(tags=(Tag.VALIDATION,))
    assert library.facets.count(which) == 0
    fill(library, new_episode())
    assert library.facets.count(which) == 1
    assert [(c.tag, c.count) for c in library.facets.counts(MomentFilter()).tags] == [(Tag.VALIDATION, 1)]


def test_a_list_of_episodes_knows_how_far_they_are_and_no_waveform(library: Library) -> None:
    fill(library, new_episode())
    working, _ = library.episodes.add(new_episode("b" * 64, "Another"))
    library.episodes.progress(working.id, Progress("recognise", 1, 4, "chunks"))

    listed, total = library.episodes.page(1)
    (last,), _ = library.episodes.page(1, 1)

    assert total == 2
    assert (listed[0].episode.slug, listed[0].progress) == ("another", Progress("recognise", 1, 4, "chunks"))
    assert (last.episode.slug, last.episode.peaks) == ("four-minutes", ())
    assert library.episodes.states() == {EpisodeState.READY: 1, EpisodeState.WORKING: 1}


def test_a_search_through_many_ids_is_one_value(library: Library) -> None:
    fill(library, new_episode())
    mine = library.moments.ids_of("four-minutes")
    ids = (*(f"{n:012x}" for n in range(40_000)), *mine)
    assert [m.id for m in library.moments.of_ids(ids)] == list(mine)
    assert library.facets.count(MomentFilter(ids=ids)) == len(mine)


def test_a_turn_is_found_by_its_number_alone(library: Library) -> None:
    first, second = fill(library, new_episode()), fill(library, new_episode("b" * 64, "Another"))
    with library.database.write() as connection:
        library.index.put(connection, first, ())
    with library.database.read() as connection:
        rows = list(connection.exec_driver_sql("SELECT rowid FROM turn_text ORDER BY rowid").scalars())
    assert rows == [second * TURNS_ROOM, second * TURNS_ROOM + 1]


def test_a_text_index_of_before_is_numbered_anew(library: Library, settings: Settings) -> None:
    fill(library, new_episode())
    before = library.index.find("alone", 10)
    with library.database.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE turn_text SET rowid = turn_idx + 7")
        assert library.index.find("alone", 10) != before
    library.close()
    put_back(library.database.path, "0005")

    again = Library.open(settings)
    try:
        assert again.index.find("alone", 10) == before
        assert again.index.meant("alnoe").query == "alone"
        with again.database.read() as connection:
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name LIKE '%_before%'").all()
        assert tables == []
    finally:
        again.close()
