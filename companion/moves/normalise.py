"""Spoken words in one plain form, with the way back to the text they came from.

Recognised speech has capitals, commas and apostrophes only sometimes. Cues are therefore matched against lower-case
words in which contractions are written out ("I'm", "im" and "I am" are all `i am`), hesitations and stuttered repeats
are left out, and nothing but the end of a sentence remains of the punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

STOP = "."
QUESTION = "?"
ENDS = frozenset({STOP, QUESTION})

# A word with its apostrophes, or the end of a sentence. Dots in a row are a hesitation; a dot inside "7.30" is nothing.
_PIECE = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\.{2,}|[.!?]+(?=\s|[\"'”’)\]]|$)")
_APOSTROPHES = str.maketrans("’`´", "'''")

_HESITATIONS = frozenset(["um", "uhm", "uh", "er", "erm", "ehm", "eh", "umm", "uhh"])
_MAY_REPEAT = frozenset(
    ["okay", "yeah", "no", "fine", "very", "so", "really", "right", "blah"]
)  # said twice, they say something else

_WHOLE = {
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "wont": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "aint": "is not",
    "let's": "let us",
    "lets": "let us",
    "im": "i am",
    "ive": "i have",
    "id": "i would",
    "youre": "you are",
    "youve": "you have",
    "youd": "you would",
    "youll": "you will",
    "theyre": "they are",
    "weve": "we have",
    "thats": "that is",
    "thatd": "that would",
    "thatll": "that will",
    "its": "it is",
    "itd": "it would",
    "itll": "it will",
    "whats": "what is",
    "hows": "how is",
    "heres": "here is",
    "theres": "there is",
    "wheres": "where is",
    "whos": "who is",
    "shouldve": "should have",
    "couldve": "could have",
    "wouldve": "would have",
    "mustve": "must have",
    "should've": "should have",
    "shoulda": "should have",
    "coulda": "could have",
    "woulda": "would have",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
    "dunno": "do not know",
    "kinda": "kind of",
    "sorta": "sort of",
    "alot": "a lot",
    "u": "you",
    "ur": "your",
    "ya": "you",
    "cuz": "because",
    "cos": "because",
    "cause": "because",
    "'cause": "because",
    "ok": "okay",
    "yea": "yeah",
    "yep": "yeah",
    "yup": "yeah",
    "alright": "all right",
    "nevermind": "never mind",
    "everytime": "every time",
    "realize": "realise",
    "realized": "realised",
    "realizing": "realising",
    "recognize": "recognise",
    "apologize": "apologise",
    "apologized": "apologised",
    "criticized": "criticised",
    "minimized": "minimised",
    "mom": "mum",
    "anybody": "anyone",
    "everybody": "everyone",
    "nobody": "no one",
    "noone": "no one",
    "wierd": "weird",
    "definately": "definitely",
    "dissapointed": "disappointed",
    "overeacting": "overreacting",
    "embarassed": "embarrassed",
}
for _verb in [
    "do",
    "did",
    "does",
    "is",
    "was",
    "are",
    "were",
    "could",
    "would",
    "should",
    "have",
    "has",
    "had",
    "must",
    "need",
]:
    _WHOLE[_verb + "nt"] = _verb + " not"
_ENDINGS = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_IS_OWNERS = frozenset(
    ["it", "that", "what", "who", "how", "here", "there", "where", "he", "she", "this", "everything", "nothing", "one"]
)


@dataclass(frozen=True, slots=True)
class Doc:
    """A text as plain words."""

    text: str
    tokens: tuple[str, ...]  # words, and `.` or `?` where a sentence ends
    spans: tuple[tuple[int, int], ...]  # of each token: start and end character in `text`
    line: str  # the tokens, each followed by a blank
    offsets: tuple[int, ...]  # of each token: its place in `line`

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens that are words."""
        return tuple(t for t in self.tokens if t not in ENDS)

    def sentence_end(self, token: int, limit: int) -> int:
        """The index of the first sentence end from `token` on, at most `limit` or the number of tokens."""
        limit = min(limit, len(self.tokens))
        while token < limit and self.tokens[token] not in ENDS:
            token += 1
        return token


@lru_cache(maxsize=4096)
def _expand(word: str) -> tuple[str, ...]:
    if word in _HESITATIONS:
        return ()
    whole = _WHOLE.get(word)
    if whole is not None:
        return tuple(whole.split())
    stem, apostrophe, ending = word.rpartition("'")
    if not apostrophe:
        return (word,)
    if ending == "t" and stem.endswith("n"):
        return (stem[:-1].replace("'", ""), "not")
    if ending in _ENDINGS:
        return (*_expand(stem), _ENDINGS[ending])
    if ending == "s" and stem in _IS_OWNERS:
        return (stem, "is")
    return (word.replace("'", ""),)


def _plain(text: str) -> str:
    """Lower case with straight apostrophes, character for character (a capital that would become two is left alone)."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.translate(_APOSTROPHES)


def _pieces(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for found in _PIECE.finditer(_plain(text)):
        piece = found.group()
        if piece[0] not in ".!?":
            for word in _expand(piece):
                yield word, found.span()
        elif not piece.startswith(".."):
            yield (QUESTION if "?" in piece else STOP), found.span()


def normalise(text: str) -> Doc:
    """Write a text as plain words.

    Args:
        text: what was said, with or without capitals and punctuation.

    Returns:
        The words, each with the characters of `text` that it stands for.
    """
    tokens: list[str] = []
    spans: list[tuple[int, int]] = []
    for piece, span in _pieces(text):
        if tokens and piece in ENDS and tokens[-1] in ENDS:
            continue
        if tokens and piece == tokens[-1] and piece not in _MAY_REPEAT:
            spans[-1] = span  # "I I mean": the second try is the one that went on
            continue
        misheard = piece == "of" and tokens and tokens[-1] in {"could", "should", "would", "must"}
        tokens.append("have" if misheard else piece)
        spans.append(span)
        if len(tokens) >= 4 and tokens[-2:] == tokens[-4:-2] and tokens[-2:] != ["i", "know"]:
            del tokens[-4:-2], spans[-4:-2]  # "I was I was going"
    offsets: list[int] = []
    at = 0
    for token in tokens:
        offsets.append(at)
        at += len(token) + 1
    return Doc(text, tuple(tokens), tuple(spans), "".join(t + " " for t in tokens), tuple(offsets))
