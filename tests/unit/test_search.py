"""Search finds words, phrases and beginnings, and no query is an error of ours."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import SearchSyntaxError
from companion.library import Library
from companion.search import fts_query
from tests.unit.test_store import fill, new_episode


def found(library: Library, query: str) -> list[int]:
    return [h.turn_index for h in library.index.find(query, 20)[0]]


def test_a_word_is_found_in_any_form(library: Library) -> None:
    fill(library, new_episode())
    assert found(library, "weeks") == [0]
    assert found(library, "LEFT") == [1]


def test_every_word_must_be_there(library: Library) -> None:
    fill(library, new_episode())
    assert found(library, "alone week") == [0]
    assert found(library, "alone everything") == []


def test_quotes_keep_words_in_a_row(library: Library) -> None:
    fill(library, new_episode())
    assert found(library, '"all week"') == [0]
    assert found(library, '"week all"') == []


def test_a_star_stands_for_any_ending(library: Library) -> None:
    fill(library, new_episode())
    assert found(library, "every*") == [1]


def test_a_snippet_marks_what_was_found(library: Library) -> None:
    fill(library, new_episode())
    hit = library.index.find("alone", 20)[0][0]
    assert ("alone", True) in hit.snippet
    assert "".join(text for text, _ in hit.snippet) == "I was alone with it all week"
    assert hit.moment_id is not None


def test_moments_are_found_by_what_is_said_in_them(library: Library) -> None:
    fill(library, new_episode())
    assert len(library.index.moment_ids("everything")) == 1
    assert library.index.moment_ids("nothing") == ()


@pytest.mark.parametrize("query", ['"', '""', "*", "   ", "-", "()", '"*"', "^", "%", "\x00", "🙂"])
def test_a_search_without_words_gets_a_sentence(library: Library, query: str) -> None:
    with pytest.raises(SearchSyntaxError, match="Type a word"):
        library.index.find(query, 20)


def test_a_search_that_is_too_long_gets_a_sentence(library: Library) -> None:
    with pytest.raises(SearchSyntaxError, match="too long"):
        library.index.find("word " * 2000, 20)


@pytest.mark.parametrize("query", ["NEAR(a b)", "text:alone", "a AND OR NOT b", 'un"closed', "a + b", "{x}", "'; DROP"])
def test_operators_of_the_index_are_plain_words(library: Library, query: str) -> None:
    fill(library, new_episode())
    library.index.find(query, 20)


@given(st.text(max_size=200))
def test_no_query_breaks_the_index(query: str) -> None:
    try:
        match = fts_query(query, 200)
    except SearchSyntaxError:
        return
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute("CREATE VIRTUAL TABLE t USING fts5(text)")
        memory.execute("SELECT * FROM t WHERE t MATCH ?", (match,)).fetchall()
