"""What all caption formats share: the cue, clean text, times in milliseconds."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from companion.types import Segment, Transcript

UNKNOWN_VOICE = "Unknown voice"
"""Stands where a cue has no speaker though others of the file have one; read back as no speaker."""

MAX_TIME_S = 1e9
"""Times above are no times (thirty years)."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # those that str.split takes for blanks stay
_SURROGATES = re.compile("[\ud800-\udfff]")
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue as its file has it."""

    start_s: float
    end_s: float  # may lie before start_s: files say so
    text: str  # raw: tags, references and line breaks as in the file
    id: str = ""
    voices: tuple[str, ...] = ()  # names that the cue itself gives, in order


def clean(text: str) -> str:
    """Text on one line: white space squeezed, control characters gone, half characters (lone surrogates) marked."""
    return " ".join(_SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)).split())


def decode_references(text: str) -> str:
    """Text with its HTML character references decoded once; numbers that are no character become U+FFFD."""
    # html.unescape gives a ValueError for a number of some thousand digits.
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def to_ms(time_s: float) -> int:
    """The nearest millisecond, never below zero."""
    return max(0, round(time_s * 1000))


def stamp(time_ms: int, decimal_sign: str) -> str:
    """A time as HH:MM:SS.mmm, with the format's decimal sign."""
    seconds, ms = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_sign}{ms:03d}"


def segment(start_s: float, end_s: float, text: str, speaker: str | None) -> Segment | None:
    """A segment of what a file says, None where it has no words.

    Files have cues that end before they begin. Their words are kept, at the start and without length: the start is
    the only time that such a cue gives.
    """
    plain = clean(text)
    if not plain:
        return None
    return Segment(start_s, max(start_s, end_s), plain, clean(speaker or "") or None)


def transcript(segments: Iterable[Segment | None]) -> Transcript:
    """The segments that have words, by start time (those with the same start as they came), as long as the last."""
    kept = sorted((s for s in segments if s is not None), key=lambda s: s.start_s)
    return Transcript(tuple(kept), duration_s=max((s.end_s for s in kept), default=0.0))
