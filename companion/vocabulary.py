"""The words that were said, as they are written: what a search that found nothing could have meant.

A word with one slip is found by trying every slip (P. Norvig's way of putting spelling right); one with two by the
three-letter pieces that it shares with words that were said (SQLite's trigram index).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
LEAST_CHARS = 3  # shorter words are not guessed at
TWO_SLIPS_CHARS = 6  # from this length on a word may hold two slips
_LETTERS = "abcdefghijklmnopqrstuvwxyz'"
_AT_ONCE = 400  # variables of one query, well below any limit of SQLite
_LIKE_IT = 60  # words that share the most pieces, looked at more closely


def words_of(text: str) -> Iterator[str]:
    """The words of a text, in small letters."""
    return (word.replace("’", "'").lower() for word in WORD.findall(text))


def keep_words(connection: sa.Connection, gone: Iterable[str], come: Iterable[str]) -> None:
    """Keeps count of the words of texts, within the caller's transaction.

    Args:
        connection: the caller's.
        gone: texts that are there no longer.
        come: texts that are new.
    """
    change = Counter(word for text in come for word in words_of(text))
    change.subtract(word for text in gone for word in words_of(text))
    rows = [{"word": word, "n": n} for word, n in change.items() if n]
    if not rows:
        return
    connection.execute(_ADD, rows)
    for step in (_NEW_PIECES, _INDEXED, _OLD_PIECES, _DROP):
        connection.execute(step)


def meant(connection: sa.Connection, word: str) -> str | None:
    """The word that somebody most likely meant: one that was said, and begins with theirs or differs by a slip or two.

    Args:
        connection: a reading one.
        word: in small letters.

    Returns:
        None where nothing that was said is near it.
    """
    if len(word) < LEAST_CHARS:
        return None
    one_slip = [*_said(connection, _slips(word))]
    if one_slip:
        return _best(word, one_slip)
    longer = connection.execute(_LONGER, {"from": word, "to": word + "\U0010ffff"}).first()
    if longer is not None:
        return str(longer.word)
    if len(word) < TWO_SLIPS_CHARS:
        return None
    pieces = {word[i : i + 3] for i in range(len(word) - 2)}
    match = " OR ".join('"' + piece.replace('"', "") + '"' for piece in sorted(pieces))
    rows = connection.execute(_SHARING, {"match": match, "limit": _LIKE_IT})
    near = [(row.word, row.n) for row in rows if slips_between(word, row.word) <= 2]
    return _best(word, near) if near else None


def slips_between(one: str, other: str) -> int:
    """How many slips make one word of another: a letter more, less, another one, or two that changed places.

    The optimal string alignment distance.
    """
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def _slips(word: str) -> list[str]:
    """Every word that is one slip away."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    less = [a + b[1:] for a, b in cuts if b]
    swapped = [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    other = [a + c + b[1:] for a, b in cuts if b for c in _LETTERS]
    more = [a + c + b for a, b in cuts for c in _LETTERS]
    return sorted({*less, *swapped, *other, *more} - {word})


def _said(connection: sa.Connection, words: list[str]) -> Iterator[tuple[str, int]]:
    for start in range(0, len(words), _AT_ONCE):
        rows = connection.execute(_COUNTED, {"words": words[start : start + _AT_ONCE]})
        yield from ((row.word, row.n) for row in rows)


def _best(word: str, found: list[tuple[str, int]]) -> str:
    """The fewest slips, the same first letter, said most often; by the alphabet where all of that is the same."""
    return min(found, key=lambda f: (slips_between(word, f[0]), f[0][0] != word[0], -f[1], f[0]))[0]


_ADD = sa.text("INSERT INTO said_word (word, n) VALUES (:word, :n) ON CONFLICT (word) DO UPDATE SET n = n + excluded.n")
_NEW_PIECES = sa.text(
    "INSERT INTO said_pieces (rowid, word) SELECT id, word FROM said_word WHERE n > 0 AND NOT indexed"
)
_INDEXED = sa.text("UPDATE said_word SET indexed = 1 WHERE NOT indexed")
_OLD_PIECES = sa.text("DELETE FROM said_pieces WHERE rowid IN (SELECT id FROM said_word WHERE n <= 0)")
_DROP = sa.text("DELETE FROM said_word WHERE n <= 0")
_COUNTED = sa.text("SELECT word, n FROM said_word WHERE word IN :words").bindparams(
    sa.bindparam("words", expanding=True)
)
_LONGER = sa.text("SELECT word FROM said_word WHERE word > :from AND word < :to ORDER BY n DESC, word LIMIT 1")
_SHARING = sa.text(
    """
    SELECT w.word, w.n FROM said_pieces p JOIN said_word w ON w.id = p.rowid
    WHERE said_pieces MATCH :match ORDER BY p.rank LIMIT :limit
    """
)
