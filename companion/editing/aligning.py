"""Words that a person wrote get the times of the words that they stand for.

Old and new words are laid side by side by their difference (Ratcliff and Obershelp's way, as in difflib). Words that
stayed keep their times; words that came share the room between their neighbours by their length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from companion.types import Word

CHAR_S = 0.07  # how long a written letter is heard, about
LEAST_S = 0.06  # a word that came gets no less, where there is such room
_NOT_WORD = re.compile(r"[\W_]+")


def realigned(before: Sequence[Word], text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """The words of a text with times.

    Args:
        before: the words that the machine heard there, with their times; may be none.
        text: what a person wrote in their place.
        start_s: no word begins before.
        end_s: no word ends after.

    Returns:
        One word for each of the text's, in order; times rise and lie inside. What a person wrote has probability 1.
    """
    tokens = text.split()
    if not tokens:
        return ()
    if not before:
        return in_stretch(_shared(tokens, start_s, end_s), start_s, end_s)
    old, new = [_plain(w.text) for w in before], [_plain(t) for t in tokens]
    made: list[Word | None] = [None] * len(tokens)
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            for k in range(i_end - i):
                known = before[i + k]
                same = known.text == tokens[j + k]
                made[j + k] = known if same else replace(known, text=tokens[j + k])
        elif kind == "replace":
            made[j:j_end] = _instead(before[i:i_end], tokens[j:j_end])
    return in_stretch(_filled(made, tokens, start_s, end_s), start_s, end_s)


def in_stretch(words: Sequence[Word], start_s: float, end_s: float) -> tuple[Word, ...]:
    """The same words with times that rise and lie inside a stretch."""
    found: list[Word] = []
    at_s = start_s
    for word in words:
        first_s = min(max(word.start_s, at_s), end_s)
        last_s = min(max(word.end_s, first_s), end_s)
        known = (word.start_s, word.end_s) == (first_s, last_s)
        found.append(word if known else replace(word, start_s=first_s, end_s=last_s))
        at_s = last_s
    return tuple(found)


def _plain(text: str) -> str:
    """A word without case and signs; signs alone stay as they are."""
    return _NOT_WORD.sub("", text).casefold() or text


def _instead(before: Sequence[Word], tokens: Sequence[str]) -> list[Word | None]:
    """Words in the place of others: one for one where there are as many, else they share their time."""
    if len(before) == len(tokens):
        return [Word(w.start_s, w.end_s, t, 1.0) for w, t in zip(before, tokens, strict=True)]
    return [*_shared(tokens, before[0].start_s, max(before[0].start_s, before[-1].end_s))]


def _shared(tokens: Sequence[str], start_s: float, end_s: float) -> list[Word]:
    """Words that fill a stretch, each by the number of its letters."""
    weights = [len(t) for t in tokens]
    whole, so_far, found = sum(weights), 0, []
    for token, weight in zip(tokens, weights, strict=True):
        first_s = start_s + (end_s - start_s) * so_far / whole
        so_far += weight
        last_s = start_s + (end_s - start_s) * so_far / whole
        found.append(Word(round(first_s, 3), round(last_s, 3), token, 1.0))
    return found


def _filled(made: Sequence[Word | None], tokens: Sequence[str], start_s: float, end_s: float) -> list[Word]:
    """All words: those that came between others share the room there, or a neighbour's where there is none."""
    found: list[Word] = []
    k = 0
    while k < len(made):
        word = made[k]
        if word is not None:
            found.append(word)
            k += 1
            continue
        last = k
        while last < len(made) and made[last] is None:
            last += 1
        following = next((w for w in made[last : last + 1] if w is not None), None)
        _put_between(found, tokens[k:last], following, start_s, end_s)
        k = last
    return found


def _put_between(
    found: list[Word], tokens: Sequence[str], following: Word | None, start_s: float, end_s: float
) -> None:
    """Adds words behind those that are there and before the one that follows."""
    first_s = found[-1].end_s if found else start_s
    last_s = following.start_s if following else end_s
    wanted_s = sum(max(LEAST_S, CHAR_S * len(t)) for t in tokens)
    if last_s - first_s >= LEAST_S * len(tokens):
        if found:
            last_s = min(last_s, first_s + wanted_s)
        elif following:
            first_s = max(first_s, last_s - wanted_s)
        found.extend(_shared(tokens, first_s, last_s))
    elif found:  # no room: the word before gives some of its own
        before = found.pop()
        shared = _shared([before.text, *tokens], before.start_s, max(before.start_s, last_s))
        found.extend([replace(before, start_s=shared[0].start_s, end_s=shared[0].end_s), *shared[1:]])
    else:  # at the very beginning the words crowd there; whoever puts them in order moves the next one
        until_s = following.end_s if following else end_s
        found.extend(_shared([*tokens, following.text if following else "x"], start_s, until_s)[: len(tokens)])
