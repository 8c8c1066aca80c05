"""A search with slips in it finds the words that were meant, as long as they were said."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import SearchSyntaxError
from companion.library import Library
from companion.search import Meant
from companion.vocabulary import meant, slips_between
from tests.unit.test_store import fill, new_episode


@pytest.fixture
def spoken(library: Library) -> Library:
    """An episode that is ready ("I was alone with it all week"), and some words more."""
    fill(library, new_episode())
    return library


def near(library: Library, word: str) -> str | None:
    with library.database.read() as connection:
        return meant(connection, word)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("alnoe", "alone"),
        ("alome", "alone"),
        ("aalone", "alone"),
        ("lone", "alone"),
        ("wek", "week"),
        ("evreythign", "everything"),
        ("everythng", "everything"),
        ("everyth", "everything"),
        ("zebra", None),
        ("xy", None),
        ("", None),
        ("wi", None),
    ],
)
def test_a_word_with_slips_is_known_again(spoken: Library, typed: str, word: str | None) -> None:
    assert near(spoken, typed) == word


def test_only_what_is_still_there_is_meant(spoken: Library) -> None:
    episode = spoken.episodes.get("four-minutes")
    with spoken.database.write() as connection:
        spoken.index.put(connection, episode.id, ())
    assert near(spoken, "alnoe") is None
    with spoken.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM said_word")).scalar_one() == 0
        assert connection.execute(sa.text("SELECT count(*) FROM said_pieces")).scalar_one() == 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("alnoe", Meant("alone", ())),
        ("alnoe wek", Meant("alone week", ())),
        ("alone zebra", Meant(None, (("alone", 1),))),
        ("alnoe zebra", Meant("alone", ())),
        ("alone everything", Meant(None, (("alone", 1), ("everything", 1)))),
        ('"alll week"', Meant('"all week"', ())),
        ('"wek all"', Meant("week all", ())),
        ("zebra", Meant(None, ())),
        ("ALNOE!", Meant("alone", ())),
    ],
)
def test_a_search_that_found_nothing_is_read_again(spoken: Library, typed: str, found: Meant) -> None:
    assert spoken.index.meant(typed) == found


def test_a_search_without_words_means_nothing(spoken: Library) -> None:
    with pytest.raises(SearchSyntaxError):
        spoken.index.meant("?!")


@pytest.mark.parametrize(
    ("one", "other", "slips"), [("hurt", "hurt", 0), ("hrut", "hurt", 1), ("hut", "hurt", 1), ("heart", "hurt", 2)]
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert slips_between(one, other) == slips_between(other, one) == slips


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_slip_counts_for_more_than_the_longer_word(one: str, other: str) -> None:
    slips = slips_between(one, other)
    assert abs(len(one) - len(other)) <= slips <= max(len(one), len(other))
    assert (slips == 0) == (one == other)
