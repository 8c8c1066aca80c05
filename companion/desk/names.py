"""What the names of recordings say: whose track each is, which one is the mix, what the episode could be called. Pure.

A guess, shown to the host before anything starts; nothing depends on its being right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from companion.types import Role

KINDS = ("mp3", "m4a", "m4b", "aac", "wav", "wave", "flac", "ogg", "oga", "opus", "webm", "weba", "mp4", "mov", "mka")
NAME_CHARS = 120
_MOST_WORDS = 3  # of a speaker's name; more is a title

_SPLIT = re.compile(r"[\s_\-–—.,;+()\[\]{}]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER_BESIDE = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_NOISE = frozenset(
    "track tracks trk tr audio channel chan ch mic mike microphone voice vocal vocals vox speaker spk recording record "
    "rec take raw local cloud backup riverside zencastr squadcast cleanfeed craig zoom clean cleaned edit edited "
    "export exported bounce stem stems mono left right input in out hq lq khz hz bit kbps copy new final version v "
    "cfr tc guest iso".split()
)
_RECORDERS = frozenset("riverside zencastr squadcast cleanfeed craig zoom raw audio track tracks trk cfr".split())
_MIX = frozenset("mix mixed mixdown master mastered full all complete combined whole everyone stereo together".split())
_SERIES = frozenset("episode ep eps e s season folge session interview podcast show part no nr".split())
_ROLES = {
    Role.THERAPIST: frozenset("therapist therapy dr doctor counsellor counselor".split()),
    Role.HOST: frozenset("host moderator presenter".split()),
    Role.PARTNER: frozenset("partner husband wife".split()),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file's name says about it."""

    speaker: str  # "" where it says nothing
    role: Role
    mix: bool  # everybody is on it


@dataclass(frozen=True, slots=True)
class Handed:
    """Files that are handed in together."""

    title: str  # of the episode, "" where nothing says it
    together: bool  # one conversation; False: they look like an episode each
    files: tuple[Guess, ...]  # in the order of the names


def kind_of(name: str) -> str:
    """The ending of a file's name, in lower case; "" where it has none."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def shown(name: str) -> str:
    """A file's name without folders and without what could steer a terminal or a page."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(c if c.isprintable() else "?" for c in last)[:300] or "?"


def recognise(names: Sequence[str]) -> Handed:
    """Whose tracks some files are.

    Args:
        names: of the files, as they came.
    """
    words = [_words(name) for name in names]
    if len(names) == 1:
        return Handed(_sentence(words[0]), True, (Guess("", Role.UNKNOWN, True),))
    tracks = [w for w in words if not _is_mix(w)]
    tracks = tracks if len(tracks) > 1 else words
    common = [w for w in tracks[0] if all(_has(w, other) for other in tracks[1:])]
    rests = [[w for w in own if not _has(w, common) and _is_name(w)] for own in words]
    mixes = [_is_mix(w) or not rest for w, rest in zip(words, rests, strict=True)]
    speakers = ["" if mix else _person(rest) for rest, mix in zip(rests, mixes, strict=True)]
    named = [s for s in speakers if s]
    alike = len({s.casefold() for s in named}) < len(named)
    long = any(len(s.split()) > _MOST_WORDS for s in named) and len(_beginning(words)) < 2
    together = len(named) >= 1 and mixes.count(True) <= 1 and not alike and not long
    title = _title(common, words, mixes) if together else ""
    if not together:
        return Handed("", False, tuple(Guess("", Role.UNKNOWN, True) for _ in names))
    return Handed(
        title,
        True,
        tuple(
            Guess(speaker[:NAME_CHARS], Role.UNKNOWN if mix else _role(own), mix)
            for speaker, own, mix in zip(speakers, words, mixes, strict=True)
        ),
    )


def as_tracks(names: Sequence[str]) -> Handed:
    """The same where a person said that the files are one conversation, whatever they look like."""
    known = recognise(names)
    if known.together or len(names) == 1:
        return known
    files, taken = [], set()
    for number, name in enumerate(names, 1):
        own = [w for w in _words(name) if _is_name(w)]
        speaker = _person(own) if own and len(own) <= _MOST_WORDS else ""
        if not speaker or speaker.casefold() in taken:
            speaker = f"Voice {number}"
        taken.add(speaker.casefold())
        files.append(Guess(speaker[:NAME_CHARS], _role(own), False))
    return Handed("", True, tuple(files))


def title_of(name: str) -> str:
    """What an episode could be called after its recording."""
    return _sentence(_words(name))


def _words(name: str) -> list[str]:
    last = re.split(r"[/\\]", name)[-1]
    stem = last.rpartition(".")[0] if kind_of(last) in KINDS else last
    parts = [part for piece in _SPLIT.split(stem) for part in _CAMEL.split(piece)]
    return [word for part in parts for word in _NUMBER_BESIDE.split(part) if word]


def _has(word: str, among: Sequence[str]) -> bool:
    return word.casefold() in {w.casefold() for w in among}


def _beginning(words: Sequence[Sequence[str]]) -> list[str]:
    """The words with which all begin."""
    shared = []
    for column in zip(*words, strict=False):
        if len({w.casefold() for w in column}) > 1:
            break
        shared.append(column[0])
    return shared


def _is_mix(words: Sequence[str]) -> bool:
    return any(w.casefold() in _MIX for w in words)


def _is_name(word: str) -> bool:
    plain = word.casefold()
    return not any(c.isdigit() for c in word) and plain not in _NOISE | _MIX | _SERIES


def _person(words: Sequence[str]) -> str:
    plain = all(w == w.lower() for w in words)  # otherwise somebody has thought of it: Jo von der Au
    return " ".join(w.capitalize() if plain else w for w in words)


def _role(words: Sequence[str]) -> Role:
    plain = {w.casefold() for w in words}
    return next((role for role, signs in _ROLES.items() if plain & signs), Role.UNKNOWN)


def _title(common: Sequence[str], words: Sequence[Sequence[str]], mixes: Sequence[bool]) -> str:
    """From what all tracks share; else from the mix."""
    telling = [w for w in common if w.casefold() not in _RECORDERS]
    if not telling or all(w.casefold() in _SERIES for w in telling):
        mixed = [own for own, mix in zip(words, mixes, strict=True) if mix]
        telling = [w for w in mixed[0] if w.casefold() not in _MIX | _RECORDERS] if mixed else []
    return _sentence(telling)


def _sentence(words: Sequence[str]) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:]
