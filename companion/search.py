"""Full-text search over what was said, on SQLite's FTS5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from companion.errors import SearchSyntaxError
from companion.schema import Database
from companion.store.shown import MOMENT, READY_EPISODE, Shown
from companion.types import Hit, Turn
from companion.vocabulary import WORD, keep_words, meant

_MARK, _UNMARK = "\x02", "\x03"  # round found words in a snippet; never in text
_PIECE = re.compile(r'"([^"]*)"|(\S+)')
MAX_WORDS = 20  # of one search; more narrows nothing and costs time
TURNS_ROOM = 1 << 20  # the rowid of a turn is episode * TURNS_ROOM + turn: where it stands is known without reading it


@dataclass(frozen=True, slots=True)
class Meant:
    """What a search that found nothing could have meant."""

    query: str | None  # the same with words that were said in place of those that were not; None where none are near
    parts: tuple[tuple[str, int], ...]  # its words and phrases alone, and in how many places each is said


class SearchIndex(Protocol):
    """What any full-text index must do; the same tests run on each."""

    def put(self, connection: sa.Connection, episode_id: int, turns: Sequence[Turn]) -> None:
        """Puts an episode's turns in the place of the old ones, within the caller's transaction."""
        ...

    def put_some(
        self, connection: sa.Connection, episode_id: int, first: int, count: int, turns: Sequence[Turn], shift: int
    ) -> None:
        """Puts some turns in the place of others, within the caller's transaction."""
        ...

    def find(self, query: str, limit: int, offset: int = 0) -> tuple[tuple[Hit, ...], int]:
        """A page of places, the best first, and how many there are in all."""
        ...

    def moment_ids(self, query: str) -> tuple[str, ...]:
        """The moments in which the words are said."""
        ...

    def moments_like(self, words: Sequence[str], limit: int) -> tuple[str, ...]:
        """The moments whose bids hold the most of some words, rare words counting most; the best first."""
        ...

    def meant(self, query: str) -> Meant:
        """What a search that found nothing could have meant."""
        ...


class FtsIndex:
    """The index inside the library's SQLite file."""

    def __init__(self, database: Database, max_query_chars: int, shown: Shown = Shown()) -> None:  # noqa: B008
        """Takes an open library.

        Args:
            database: the library's file.
            max_query_chars: longest search.
            shown: what is found by whom.
        """
        self._database = database
        self._shown = shown
        self._max_query_chars = max_query_chars

    def put(self, connection: sa.Connection, episode_id: int, turns: Sequence[Turn]) -> None:
        """Puts an episode's turns in the place of the old ones, within the caller's transaction."""
        first = episode_id * TURNS_ROOM
        which = {"first": first, "last": first + TURNS_ROOM - 1}
        before = connection.execute(sa.text("SELECT text FROM turn_text WHERE rowid BETWEEN :first AND :last"), which)
        keep_words(connection, before.scalars().all(), (t.text for t in turns))
        connection.execute(
            sa.text("DELETE FROM turn_text WHERE rowid BETWEEN :first AND :last"),
            which,
        )
        _insert(connection, episode_id, turns)

    def put_some(
        self, connection: sa.Connection, episode_id: int, first: int, count: int, turns: Sequence[Turn], shift: int
    ) -> None:
        """Puts some turns in the place of others, within the caller's transaction.

        Args:
            connection: the caller's.
            episode_id: of the episode.
            first: the number of the first one that goes.
            count: how many go.
            turns: that come in their place.
            shift: what is added to the number of every later one.
        """
        begin = episode_id * TURNS_ROOM
        which = {"first": begin + first, "last": begin + first + count - 1}
        before = connection.execute(sa.text("SELECT text FROM turn_text WHERE rowid BETWEEN :first AND :last"), which)
        keep_words(connection, before.scalars().all(), (t.text for t in turns))
        connection.execute(sa.text("DELETE FROM turn_text WHERE rowid BETWEEN :first AND :last"), which)
        if shift:
            # From the end that has room, so that no two rows ever have the same number.
            later = connection.execute(
                sa.text("SELECT rowid, turn_idx FROM turn_text WHERE rowid BETWEEN :first AND :last ORDER BY rowid"),
                {"first": begin + first + count, "last": begin + TURNS_ROOM - 1},
            ).all()
            moved = [{"row": r.rowid, "to": r.rowid + shift, "turn": r.turn_idx + shift} for r in later]
            if moved:
                connection.execute(
                    sa.text("UPDATE turn_text SET rowid = :to, turn_idx = :turn WHERE rowid = :row"),
                    moved if shift < 0 else moved[::-1],
                )
        _insert(connection, episode_id, turns)

    def find(self, query: str, limit: int, offset: int = 0) -> tuple[tuple[Hit, ...], int]:
        """A page of places, the best first, and how many there are in all.

        Raises:
            SearchSyntaxError: no words in it, or it is too long.
        """
        words = {"match": fts_query(query, self._max_query_chars), **self._shown.values}
        page = {"limit": limit, "offset": offset, "mark": _MARK, "unmark": _UNMARK}
        with self._database.read() as connection:
            total = connection.execute(_COUNT, words).scalar_one()
            rows = connection.execute(_FIND, {**words, **page}).all()
        return tuple(_hit(row) for row in rows), total

    def moment_ids(self, query: str) -> tuple[str, ...]:
        """The moments in which the words are said.

        Raises:
            SearchSyntaxError: no words in it, or it is too long.
        """
        with self._database.read() as connection:
            words = {"match": fts_query(query, self._max_query_chars), **self._shown.values}
            rows = connection.execute(_MOMENTS, words)
            return tuple(rows.scalars())

    def moments_like(self, words: Sequence[str], limit: int) -> tuple[str, ...]:
        """The moments whose bids hold the most of some words, rare words counting most; the best first."""
        plain = [word for given in words for word in WORD.findall(given)]
        if not plain:
            return ()
        values = {"match": " OR ".join(f'"{word}"' for word in plain), "limit": limit, **self._shown.values}
        with self._database.read() as connection:
            return tuple(connection.execute(_LIKE, values).scalars())

    def meant(self, query: str) -> Meant:
        """What a search that found nothing could have meant.

        Raises:
            SearchSyntaxError: no words in it, or it is too long.
        """
        fts_query(query, self._max_query_chars)
        pieces = [(bool(phrase), phrase or word) for phrase, word in _PIECE.findall(query)][:MAX_WORDS]
        pieces = [(is_phrase, text) for is_phrase, text in pieces if WORD.search(text)]
        parts, guessed, changed = [], [], False
        with self._database.read() as connection:
            for is_phrase, text in pieces:
                part = f'"{text.strip()}"' if is_phrase else text
                places = self._places(connection, part)
                if places:
                    parts.append((part, places))
                    guessed.append(part)
                elif (better := self._better(connection, text, is_phrase)) is not None:
                    guessed.append(better)
                    changed = True
            again = " ".join(guessed)
            good = changed and self._places(connection, again) > 0
        return Meant(again if good else None, tuple(parts) if len(pieces) > 1 else ())

    def _better(self, connection: sa.Connection, text: str, is_phrase: bool) -> str | None:
        """A word or phrase with words that were said in place of those that were not."""
        near = [
            w if self._places(connection, w) else meant(connection, w.replace("’", "'").lower())
            for w in WORD.findall(text)
        ]
        if None in near:
            return None  # without it the rest may still be found
        better = " ".join(str(w) for w in near)
        return f'"{better}"' if is_phrase and self._places(connection, f'"{better}"') else better

    def _places(self, connection: sa.Connection, query: str) -> int:
        words = {"match": fts_query(query, self._max_query_chars * 2), **self._shown.values}
        return int(connection.execute(_COUNT, words).scalar_one())


_READY = f"turn_text.rowid / {TURNS_ROOM} IN (SELECT e.id FROM episode e WHERE {READY_EPISODE})"  # noqa: S608
_COUNT = sa.text(f"SELECT count(*) FROM turn_text WHERE turn_text MATCH :match AND {_READY}")  # noqa: S608
# Which places stand on the page is decided by their numbers alone; only those are read and cut into snippets.
_FIND = sa.text(
    f"""
    WITH place AS MATERIALIZED (
        SELECT rowid AS number, bm25(turn_text) AS score FROM turn_text WHERE turn_text MATCH :match AND {_READY}
        ORDER BY score, number LIMIT :limit OFFSET :offset
    )
    SELECT e.slug, e.title, e.sample, e.playback_sha256, t.idx, t.speaker, t.start_s, t.end_s,
           snippet(turn_text, 0, :mark, :unmark, '…', 24) AS snippet,
           (SELECT m.id FROM moment m WHERE m.episode_id = e.id AND t.idx BETWEEN m.first_turn AND m.last_turn
                AND {MOMENT} ORDER BY m.score DESC LIMIT 1) AS moment_id
    FROM place
    CROSS JOIN turn_text ON turn_text.rowid = place.number
    JOIN episode e ON e.id = place.number / {TURNS_ROOM}
    JOIN turn t ON t.episode_id = e.id AND t.idx = place.number % {TURNS_ROOM}
    WHERE turn_text MATCH :match
    ORDER BY place.score, place.number
    """  # noqa: S608
)
_MOMENTS = sa.text(
    f"""
    WITH place AS MATERIALIZED (SELECT rowid AS number FROM turn_text WHERE turn_text MATCH :match)
    SELECT DISTINCT m.id FROM place
    CROSS JOIN moment m ON m.episode_id = place.number / {TURNS_ROOM}
        AND m.first_turn <= place.number % {TURNS_ROOM} AND m.last_turn >= place.number % {TURNS_ROOM}
    JOIN episode e ON e.id = m.episode_id AND {READY_EPISODE}
    WHERE {MOMENT}
    """  # noqa: S608
)
# bm25 may not stand inside an aggregate, so the places are ranked first.
_LIKE = sa.text(
    f"""
    WITH place AS MATERIALIZED (
        SELECT rowid / {TURNS_ROOM} AS episode_id, rowid % {TURNS_ROOM} AS turn_idx, bm25(turn_text) AS rank
        FROM turn_text WHERE turn_text MATCH :match
    )
    SELECT m.id FROM place
    JOIN episode e ON e.id = place.episode_id AND {READY_EPISODE}
    JOIN moment m ON m.episode_id = e.id AND place.turn_idx >= m.first_turn AND place.turn_idx < m.reply_turn
    WHERE {MOMENT}
    GROUP BY m.id ORDER BY min(place.rank), m.id LIMIT :limit
    """  # noqa: S608
)


def fts_query(query: str, max_chars: int) -> str:
    """A person's words in FTS5's language: every word must be there, "quoted words" in a row, `listen*` begins so.

    Whatever else FTS5 would read as an operator is taken as nothing, so that no search is a syntax error.

    Args:
        query: as typed.
        max_chars: longest search.

    Raises:
        SearchSyntaxError: no words in it, or it is too long.
    """
    if len(query) > max_chars:
        raise SearchSyntaxError(
            f"That search is too long ({len(query)} characters; {max_chars} at most). Use fewer words."
        )
    terms = []
    for phrase, word in _PIECE.findall(query):
        parts = [p.replace("’", "'") for p in WORD.findall(phrase or word)]
        if not parts:
            continue
        starts = bool(word) and word.endswith("*") and len(parts[-1]) > 1
        if starts:
            # The index keeps stems, and the stemmer turns a last y into i: every* would not find everything.
            parts[-1] = parts[-1].removesuffix("y")
        terms.append('"' + " ".join(parts) + '"' + ("*" if starts else ""))
    if not terms:
        raise SearchSyntaxError('Type a word or two to search for, such as: lonely, or "come home".')
    return " ".join(terms[:MAX_WORDS])


def _insert(connection: sa.Connection, episode_id: int, turns: Sequence[Turn]) -> None:
    first = episode_id * TURNS_ROOM
    rows = [{"row": first + t.index, "text": t.text, "episode": episode_id, "turn": t.index} for t in turns]
    if rows:
        connection.execute(
            sa.text("INSERT INTO turn_text (rowid, text, episode_id, turn_idx) VALUES (:row, :text, :episode, :turn)"),
            rows,
        )


def _hit(row: Any) -> Hit:
    return Hit(
        episode_slug=row.slug,
        episode_title=row.title,
        sample=row.sample,
        turn_index=row.idx,
        speaker=row.speaker,
        start_s=row.start_s,
        end_s=row.end_s,
        snippet=_pieces(row.snippet),
        moment_id=row.moment_id,
        playback_sha256=row.playback_sha256,
    )


def _pieces(snippet: str) -> tuple[tuple[str, bool], ...]:
    pieces = []
    for part in re.split(f"({_MARK}[^{_UNMARK}]*{_UNMARK})", snippet):
        if part:
            found = part.startswith(_MARK)
            pieces.append((part.strip(_MARK + _UNMARK), found))
    return tuple(pieces)
