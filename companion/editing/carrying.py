"""What people changed in one transcript, done again in another one of the same recording. Pure.

A change is done again where the other recognition heard the same words at the same time as the one that was changed;
where it heard others nobody can tell whether they still need it, and a person is shown both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from companion.editing.changing import with_text, with_voice
from companion.lines import PLACE_ROOM, Line, Made, NotCarried
from companion.types import Voice

NEAR_S = 1.0  # two recognisers may differ by so much about when a word is said
_OTHER_WORDS = "The new recognition hears other words here."
_PART = "Here a line of the new recognition holds more than what was changed."
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A transcript with the changes that people made in another one."""

    lines: dict[int, Line | None]  # that became others, by their numbers
    voices: tuple[Voice, ...]
    next_line: int
    carried: int
    cannot: tuple[NotCarried, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where words are found: from the first word of one line to the last of another."""

    words: tuple[tuple[int, int], ...]  # (line's number, index of the word in it)
    whole: bool  # no word of these lines is left out


class _Target:
    """The transcript that is changed."""

    def __init__(self, lines: Sequence[Line], voices: Sequence[Voice], next_line: int) -> None:
        self.lines = {line.id: line for line in lines}
        self.order = [line.id for line in lines]
        self.voices = tuple(voices)
        self.next_line = next_line
        self.changed: dict[int, Line | None] = {}

    def put(self, line: Line) -> None:
        self.lines[line.id] = self.changed[line.id] = line

    def drop(self, line_id: int) -> None:
        del self.lines[line_id]
        self.order.remove(line_id)
        self.changed[line_id] = None

    def find(self, tokens: Sequence[str], start_s: float, end_s: float) -> _Place | None:
        """Where these words are said about that time."""
        near: list[tuple[int, int]] = []
        heard: list[str] = []
        for line_id in self.order:
            line = self.lines[line_id]
            if line.end_s < start_s - NEAR_S or line.start_s > end_s + NEAR_S:
                continue
            for k, word in enumerate(line.words):
                if start_s - NEAR_S <= (word.start_s + word.end_s) / 2 <= end_s + NEAR_S:
                    near.append((line_id, k))
                    heard.append(_plain(word.text))
        wanted = [_plain(t) for t in tokens]
        places = [k for k in range(len(heard) - len(wanted) + 1) if heard[k : k + len(wanted)] == wanted]
        if not places or not wanted:
            return None
        at_s = [abs(self._start_s(near[k]) - start_s) for k in places]
        first = places[at_s.index(min(at_s))]
        words = tuple(near[first : first + len(wanted)])
        count = {i: sum(line_id == i for line_id, _ in words) for i, _ in words}
        return _Place(words, all(count[i] == len(self.lines[i].words) for i in count))

    def voice(self, label: str | None, names: Mapping[str, str], voices: Sequence[Voice]) -> str | None:
        """The voice here that is called as one there; added where there is none."""
        if label is None:
            return None
        name = names.get(label, label)
        same = next((v.label for v in self.voices if v.name.casefold() == name.casefold()), None)
        if same is not None:
            return same
        given = next((v for v in voices if v.label == label), None)
        new = label if all(v.label != label for v in self.voices) else name
        self.voices = (*self.voices, replace(given, label=new)) if given else self.voices
        return new if given else None

    def _start_s(self, place: tuple[int, int]) -> float:
        return self.lines[place[0]].words[place[1]].start_s


def carry(
    mine: Sequence[Line],
    deleted: Sequence[Line],
    my_voices: Sequence[Voice],
    theirs: Sequence[Line],
    their_voices: Sequence[Voice],
    next_line: int,
) -> Outcome:
    """Does people's changes of one transcript again in another one.

    Args:
        mine: lines of the first, in order, with their words.
        deleted: lines of it that people took out, as the machine made them.
        my_voices: its voices.
        theirs: lines of the other one, in order, with a word for each of their texts'.
        their_voices: its voices.
        next_line: the first number that no line has.
    """
    target = _Target(theirs, their_voices, next_line)
    names = {v.label: v.name for v in my_voices}
    by_made: dict[Made, list[Line]] = {}
    for line in mine:
        if line.made is not None:
            by_made.setdefault(line.made, []).append(line)
    carried, cannot = 0, []
    for made, lines in by_made.items():
        why = _again(target, made, lines, names, my_voices)
        if why is None:
            carried += 1
        else:
            cannot.append(NotCarried(" ".join(x.text for x in lines), made.text, made.start_s, why))
    for line in deleted:
        place = target.find(line.text.split(), line.start_s, line.end_s)
        if place is not None and not place.whole:
            cannot.append(NotCarried("", line.text, line.start_s, _PART))
            continue
        for line_id in dict.fromkeys(i for i, _ in place.words) if place else ():
            target.drop(line_id)
        carried += 1
    cannot.sort(key=lambda one: one.start_s)
    return Outcome(target.changed, target.voices, target.next_line, carried, tuple(cannot))


def _again(
    target: _Target, made: Made, lines: Sequence[Line], names: Mapping[str, str], voices: Sequence[Voice]
) -> str | None:
    """Does one change again; says why not where it cannot."""
    text = " ".join(x.text for x in lines)
    place = target.find(made.text.split(), made.start_s, made.end_s)
    others = [x.voice for x in lines if x.voice != made.voice]
    known_as = made.text
    if place is None:
        known = target.find(text.split(), made.start_s, made.end_s)
        if known is None:
            return _OTHER_WORDS
        if not others:
            return None  # the new recognition hears what the person wrote
        place, known_as = known, text
    if not others:
        _retype(target, place, made.text.split(), text.split())
        return None
    if not place.whole:
        return _PART
    if len(lines) == 1:
        if known_as == made.text:
            _retype(target, place, made.text.split(), text.split())
        voice = target.voice(lines[0].voice, names, voices)
        for line_id in dict.fromkeys(i for i, _ in place.words):
            if line_id in target.lines:
                target.put(with_voice(target.lines[line_id], voice))
        return None
    _recut(target, place, made, lines, [target.voice(x.voice, names, voices) for x in lines])
    return None


def _retype(target: _Target, place: _Place, before: Sequence[str], after: Sequence[str]) -> None:
    """Changes the words of a place as a person changed them; each goes into the line of the word that it stands for."""
    heard = {i: [w.text for w in target.lines[i].words] for i, _ in place.words}
    texts: dict[int, list[str]] = {i: [] for i in heard}
    plain = [_plain(t) for t in before]
    matcher = SequenceMatcher(None, plain, [_plain(t) for t in after], autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        for n in range(j, j_end):
            k = max(0, i - 1) if kind == "insert" else min(i + n - j, i_end - 1)
            line_id, word = place.words[k]
            kept = kind == "equal" and before[k] == after[n]  # the person left it: it is written as it is heard here
            texts[line_id].append(heard[line_id][word] if kept else after[n])
    for line_id, words in texts.items():
        inside = [k for i, k in place.words if i == line_id]
        text = " ".join([*heard[line_id][: inside[0]], *words, *heard[line_id][inside[-1] + 1 :]])
        if text:
            target.put(with_text(target.lines[line_id], text))
        else:
            target.drop(line_id)


def _recut(target: _Target, place: _Place, made: Made, lines: Sequence[Line], voices: Sequence[str | None]) -> None:
    """Puts lines as a person cut them, for several voices, in the place of whole lines."""
    ids = list(dict.fromkeys(i for i, _ in place.words))
    at = target.order.index(ids[0])
    first = target.lines[ids[0]]
    behind = at + len(ids)
    last_place = target.lines[target.order[behind]].place if behind < len(target.order) else first.place + PLACE_ROOM
    heard = Made(" ".join(target.lines[i].text for i in ids), first.voice, first.start_s, target.lines[ids[-1]].end_s)
    flags = first.flags
    for line_id in ids:
        target.drop(line_id)
    for k, (line, voice) in enumerate(zip(lines, voices, strict=True)):
        new_id = ids[k] if k < len(ids) else target.next_line
        target.next_line = max(target.next_line, new_id + 1)
        target.order.insert(at + k, new_id)
        target.put(
            replace(
                line,
                id=new_id,
                place=first.place + (last_place - first.place) * k // len(lines),
                voice=voice,
                flags=flags,
                made=heard,
                looked=True,
            )
        )


def _plain(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold() or text
