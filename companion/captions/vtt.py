"""WebVTT, in and out.

The reader follows the parser of the W3C text (https://www.w3.org/TR/webvtt1/#file-parsing, sections 6.1 to 6.4).
webvtt-py 0.6 was measured first: of 48 files that other projects test their readers with, six come out otherwise than
the W3C text has it. Character references stay in the text, so "Q&A" turns into "Q&amp;A" in the official podcast
example; only a voice at a cue's start is found; timing lines with NUL or vertical tabs become cues. It also gives one
voice for a cue in which two people speak. Hence our own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from companion.captions.cues import UNKNOWN_VOICE, Cue, clean, decode_references, segment, stamp, to_ms, transcript
from companion.captions.layout import Shape, captions
from companion.errors import CaptionsError
from companion.types import Segment, Transcript

SHAPE = Shape(max_chars=65)
"""Longest line by the Podcasting 2.0 text on transcripts."""

_UNKNOWN_CLASS = "unknown"
_TIME = r"(?:([0-9]{2,9}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})(?![0-9])"
_TIMING_LINE = re.compile(rf"[ \t\f]*{_TIME}[ \t\f]*-->[ \t\f]*{_TIME}")
_TAG_OR_TEXT = re.compile(r"<([^>]*)>?|([^<]+)")  # a tag that is never closed goes on to the end
_START_TAG = re.compile(r"([^\s.]*)((?:\.[^\s.]*)*)(.*)", re.DOTALL)


# ---- in


def is_vtt(text: str) -> bool:
    """Whether the text begins with a valid WEBVTT line."""
    return re.match(r"\ufeff?WEBVTT(?:[ \t\r\n]|$)", text) is not None


def read_cues_vtt(text: str) -> tuple[Cue, ...]:
    """Every cue of a WebVTT file, in the file's order, with its raw text.

    Args:
        text: the whole file, decoded; a byte order mark at its start is fine.

    Returns:
        The cues; none is a valid answer. A broken block costs that block, never the file.

    Raises:
        CaptionsError: the first line is not a WEBVTT line.
    """
    if not is_vtt(text):
        raise CaptionsError("A WebVTT file begins with a line WEBVTT, and this one does not. Export it again.")
    lines = text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 1
    while at < len(lines) and lines[at] and "-->" not in lines[at]:  # the header
        at += 1
    cues = []
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        at, cue = _block(lines, at)
        if cue is not None:
            cues.append(cue)
    return tuple(cues)


def _block(lines: list[str], at: int) -> tuple[int, Cue | None]:
    """One block: the line after it, and its cue. NOTE, STYLE and REGION blocks have no timing line and so no cue."""
    cue_id = ""
    if "-->" not in lines[at]:
        # Only the line directly below an identifier can be the timing line; any other block is skipped up to its end.
        if at + 1 < len(lines) and "-->" in lines[at + 1]:
            cue_id = lines[at]
            at += 1
        else:
            return _end_of_block(lines, at + 1), None
    end = _end_of_block(lines, at + 1)
    times = _times(lines[at])
    if times is None:
        return end, None
    raw = "\n".join(lines[at + 1 : end])
    names = tuple(s.voice for s in _spans(raw) if s.voice and s.opens)
    return end, Cue(*times, raw, cue_id, names)


def _end_of_block(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at] and "-->" not in lines[at]:
        at += 1
    return at


def _times(line: str) -> tuple[float, float] | None:
    match = _TIMING_LINE.match(line)
    if match is None:
        return None
    numbers = [int(g or 0) for g in match.groups()]
    start_ms, end_ms = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (numbers[:4], numbers[4:]))
    return start_ms / 1000, end_ms / 1000


@dataclass(slots=True)
class _Span:
    """Text of a cue in one voice. A span without a voice tag round it has `tagged` False."""

    voice: str | None
    tagged: bool
    opens: bool  # a voice tag began here
    text: str


def _spans(raw: str) -> list[_Span]:
    """Cuts raw cue text at its voice tags and makes it plain; spans without words stay only where a voice begins."""
    spans = [_Span(None, tagged=False, opens=False, text="")]
    inside: list[str | None] = []  # voices that are open, the innermost last
    parts: list[str] = []

    def begin(opens: bool) -> None:
        spans[-1].text = "".join(parts)
        parts.clear()
        spans.append(_Span(inside[-1] if inside else None, tagged=bool(inside), opens=opens, text=""))

    for match in _TAG_OR_TEXT.finditer(raw):
        tag, text = match.groups()
        if text is not None:
            parts.append(decode_references(text))
        elif tag.startswith("/"):
            if tag[1:].strip() == "v" and inside:
                inside.pop()
                begin(opens=False)
        elif (start := _START_TAG.match(tag)) and start[1] == "v":
            name = clean(decode_references(start[3]))
            unknown = name == UNKNOWN_VOICE and _UNKNOWN_CLASS in start[2].split(".")
            inside.append(None if unknown else name or None)
            begin(opens=True)
    spans[-1].text = "".join(parts)
    return [s for s in spans if s.opens or s.text.strip()]


def parse_vtt(text: str) -> Transcript:
    """The words of a WebVTT file, with their voices.

    A cue without a voice goes on with the last voice, as podcast players read it. In a cue with voices, text outside
    of them is nobody's. Two voices in one cue give two segments with that cue's times.

    Args:
        text: the whole file, decoded.

    Raises:
        CaptionsError: the first line is not a WEBVTT line.
    """
    found: list[Segment | None] = []
    last: str | None = None
    for cue in read_cues_vtt(text):
        spans = _spans(cue.text)
        tagged = [s for s in spans if s.tagged]
        if not tagged:
            found.append(segment(cue.start_s, cue.end_s, "".join(s.text for s in spans), last))
            continue
        found += [segment(cue.start_s, cue.end_s, s.text, s.voice) for s in spans]
        last = next((s.voice for s in reversed(spans) if s.opens), last)
    return transcript(found)


# ---- out


def to_vtt(t: Transcript) -> str:
    """A transcript as WebVTT: a voice in every cue, at most two lines of 65 characters.

    Where only some segments have a speaker, the others are marked `<v.unknown …>`: without a mark, players go on with
    the voice before.
    """
    named = any(s.speaker and clean(s.speaker) for s in t.segments)
    blocks = ["WEBVTT", f"NOTE\n{_note(t.model)}"]
    for c in captions(t.segments, SHAPE):
        text = "\n".join(_escape(line) for line in c.lines)
        blocks.append(f"{stamp(c.start_ms, '.')} --> {stamp(c.end_ms, '.')}\n{_voice(c.speaker, named)}{text}")
    return "\n\n".join(blocks) + "\n"


def chapters_to_vtt(chapters: Iterable[tuple[float, float, str]]) -> str:
    """Chapters as WebVTT, for a `<track kind="chapters">`: one line of text a cue, no voices.

    The format: https://www.w3.org/TR/webvtt1/#introduction-chapters

    Args:
        chapters: start and end in seconds, and the title; by start.
    """
    blocks = ["WEBVTT"]
    for start_s, end_s, title in chapters:
        times = f"{stamp(to_ms(start_s), '.')} --> {stamp(to_ms(end_s), '.')}"
        blocks.append(f"{times}\n{_escape(clean(title)) or '…'}")
    return "\n\n".join(blocks) + "\n"


def _note(model: str | None) -> str:
    # A model can be given as a folder: where that lies on somebody's disk is nobody else's business.
    name = _escape(clean(PurePath(model.replace("\\", "/")).name)) if model else ""
    return "Made by Secure Love Companion" + (f" with the speech model {name}" if name else "")


def _voice(speaker: str | None, named: bool) -> str:
    name = clean(speaker or "")
    if name:
        return f"<v {_escape(name)}>"
    return f"<v.{_UNKNOWN_CLASS} {UNKNOWN_VOICE}>" if named else ""


def _escape(text: str) -> str:
    return html.escape(text, quote=False)  # & < >, so "-->" cannot appear either
