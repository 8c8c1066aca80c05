"""The show's own words: names and terms of which the recogniser is told with every new job.

A recogniser's prompt holds 223 tokens, and a long list makes it hear names that nobody said: so the list is short.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from companion.errors import BadInputError
from companion.library import Library
from companion.lines import HouseWords

MAX_WORDS = 60
MAX_CHARS = 60
MAX_TOKENS = 180  # leaves room for what a job names itself
_CHARS_OF_TOKEN = 3  # of names, about; common words are longer


class House:
    """Keeps the show's own words."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def get(self) -> HouseWords:
        """The words, and what could be added."""
        with self._library.database.read() as connection:
            words = self._library.house.all(connection)
            there = {w.casefold() for w in words}
            names = self._library.house.heard(connection)
        suggested = tuple(n for n in dict.fromkeys(names) if n.casefold() not in there)
        return HouseWords(words, suggested, tokens_of(words), MAX_WORDS)

    def put(self, words: Sequence[str]) -> HouseWords:
        """Puts a list in the place of the one that is there.

        Raises:
            BadInputError: it is too long, or a word cannot be kept.
        """
        kept = clean_words(words)
        with self._library.database.write() as connection:
            self._library.house.put(connection, kept)
        return self.get()

    def add(self, word: str) -> HouseWords:
        """Adds a word.

        Raises:
            BadInputError: it cannot be kept, or there is no room.
        """
        return self.put([*self.get().words, word])

    def remove(self, word: str) -> HouseWords:
        """Takes a word out."""
        return self.put([w for w in self.get().words if w != word])

    def with_house_words(self, hotwords: Sequence[str]) -> tuple[str, ...]:
        """A job's own words and then the show's, as far as there is room."""
        with self._library.database.read() as connection:
            words = self._library.house.all(connection)
        found: list[str] = []
        for word in (*hotwords, *words):
            known = {w.casefold() for w in found}
            if word.casefold() not in known and (word in hotwords or tokens_of([*found, word]) <= MAX_TOKENS):
                found.append(word)
        return tuple(found)


def clean_words(words: Sequence[str]) -> tuple[str, ...]:
    """Words as they are kept: each once, nothing that cannot be seen.

    Raises:
        BadInputError: there are too many, or one of them cannot be kept.
    """
    found: dict[str, str] = {}
    for word in words:
        kept = unicodedata.normalize("NFC", " ".join(word.split()))
        if not kept:
            continue
        if len(kept) > MAX_CHARS or any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in kept):
            raise BadInputError(f"“{kept[:20]}…” is no word of {MAX_CHARS} characters at most that can be shown.")
        found.setdefault(kept.casefold(), kept)
    if len(found) > MAX_WORDS:
        raise BadInputError(f"The list holds {MAX_WORDS} words at most. Leave out those that are heard well anyway.")
    if tokens_of(tuple(found.values())) > MAX_TOKENS:
        raise BadInputError("The list is too long for the recogniser. Leave out what is heard well anyway.")
    return tuple(found.values())


def tokens_of(words: Sequence[str]) -> int:
    """How many tokens of the recogniser's prompt words take, about."""
    return sum(-(-len(word) // _CHARS_OF_TOKEN) for word in words)
