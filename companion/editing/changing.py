"""What can be done to a line: other words, another voice, cut in two, joined, words replaced. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from companion.editing.aligning import in_stretch, realigned
from companion.errors import BadInputError, LimitError
from companion.lines import Line, Made
from companion.types import Flag, Word

MAX_CHARS = 2000  # of a line
MAX_LINE_S = 120.0  # of lines that are joined
MAX_FIND_CHARS = 200
_WORD = re.compile(r"\S+")
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # turn text round or show nothing


def clean_text(text: str) -> str:
    """A line's text as it is kept: one blank between words, nothing that cannot be seen.

    Raises:
        BadInputError: nothing is left, or it holds control characters.
        LimitError: it is too long.
    """
    found = " ".join(_HIDDEN.sub("", text).split())
    if not found:
        raise BadInputError("A line needs words. Delete the line if nothing is said there.")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in found):
        raise BadInputError("The text holds characters that cannot be shown. Type it instead of pasting it.")
    if len(found) > MAX_CHARS:
        raise LimitError(
            f"A line holds {MAX_CHARS} characters at most; these are {len(found)}. Split the line first.", "line"
        )
    return unicodedata.normalize("NFC", found)


def with_text(line: Line, text: str) -> Line:
    """The line with other words, each with a time; it counts as looked at.

    Args:
        line: with its words.
        text: as `clean_text` gives it.
    """
    if text == line.text:
        return line
    words = realigned(line.words, text, line.start_s, line.end_s)
    return _as_edited(line, replace(line, text=text, words=words, looked=True))


def with_voice(line: Line, voice: str | None) -> Line:
    """The line said by another voice, of which a person is certain."""
    if voice == line.voice:
        return line
    return _as_edited(line, replace(line, voice=voice, speaker_confidence=None))


def split(line: Line, at: int, new_id: int, next_place: int | None, voice: str | None) -> tuple[Line, Line]:
    """A line cut in two at the nearer end of the word at a place.

    Args:
        line: with its words.
        at: how many characters of its text stand before the cut.
        new_id: of the second part.
        next_place: of the line after it; None where it is the last.
        voice: label of who says the second part.

    Raises:
        BadInputError: one part would be empty, or there is no room any more.
    """
    tokens = [m.span() for m in _WORD.finditer(line.text)]
    count = sum(at > (start + end) / 2 for start, end in tokens)
    if not 0 < count < len(tokens):
        raise BadInputError("Put the cursor between two words of the line, then split it there.")
    room = (next_place - line.place) // 2 if next_place is not None else 1 << 32
    if room < 1:
        raise BadInputError("This line was split too often. Join some of its parts first.")
    words = _words_of(line)
    made = line.as_made()
    first = replace(
        line,
        end_s=max(line.start_s, words[count - 1].end_s),
        text=" ".join(w.text for w in words[:count]),
        words=words[:count],
        made=made,
    )
    second = replace(
        line,
        id=new_id,
        place=line.place + room,
        voice=voice,
        start_s=words[count].start_s,
        text=" ".join(w.text for w in words[count:]),
        words=words[count:],
        made=made,
    )
    return first, second if voice == line.voice else replace(second, speaker_confidence=None)


def joined(line: Line, following: Line) -> Line:
    """A line with the next one's words; its voice says both.

    Raises:
        BadInputError: together they are too long.
    """
    text = f"{line.text} {following.text}"
    start_s, end_s = min(line.start_s, following.start_s), max(line.end_s, following.end_s)
    if len(text) > MAX_CHARS or end_s - start_s > MAX_LINE_S:
        raise BadInputError(f"Together these lines are too long: {MAX_CHARS} characters or {MAX_LINE_S:.0f} seconds.")
    one, other = line.as_made(), following.as_made()
    made = (
        one
        if one == other
        else Made(f"{one.text} {other.text}", one.voice, min(one.start_s, other.start_s), max(one.end_s, other.end_s))
    )
    whole = replace(
        line,
        start_s=start_s,
        end_s=end_s,
        text=text,
        words=in_stretch((*_words_of(line), *_words_of(following)), start_s, end_s),
        flags=tuple(f for f in Flag if f in (*line.flags, *following.flags)),
        speaker_confidence=None,
        made=made,
        looked=not (line.needs_look or following.needs_look),
    )
    return _as_edited(line, whole) if one == other else whole  # what was cut and joined is as it was


def replacer(find: str, replacement: str, *, words: bool, case: bool) -> Callable[[str], tuple[str, int]]:
    """What replaces words in a text: gives the new text, and how often.

    Args:
        find: plain text, no pattern.
        replacement: plain text.
        words: only where whole words are meant.
        case: only where capital letters agree.

    Raises:
        BadInputError: there is nothing to find, or it is too long.
    """
    wanted, given = " ".join(find.split()), " ".join(_HIDDEN.sub("", replacement).split())
    if not wanted:
        raise BadInputError("Type the words to find.")
    if max(len(wanted), len(given)) > MAX_FIND_CHARS:
        raise LimitError(f"Find or replace {MAX_FIND_CHARS} characters at most.", "find")
    pattern = re.sub("['’]", "['’]", re.escape(wanted))
    if words:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    found = re.compile(pattern, 0 if case else re.IGNORECASE)

    def change(text: str) -> tuple[str, int]:
        new, count = found.subn(lambda _: given, text)
        return " ".join(new.split()), count

    return change


def _words_of(line: Line) -> tuple[Word, ...]:
    """A word with a time for each of the text's."""
    if [w.text for w in line.words] == line.text.split():
        return line.words
    return realigned(line.words, line.text, line.start_s, line.end_s)


def _as_edited(before: Line, after: Line) -> Line:
    """The line with what the machine made of it; nothing of the kind where it is as it was again."""
    made = after.made or before.as_made()
    same = Made(after.text, after.voice, after.start_s, after.end_s) == made
    return replace(after, made=None if same else made)
