"""Plain text, out only: to read, to print, to search."""

from __future__ import annotations

from companion.captions.cues import UNKNOWN_VOICE, clean
from companion.types import Segment, Transcript

MAX_PARAGRAPH_S = 60.0
"""A new paragraph begins with the first segment after this time, so that a long speech keeps its time lines."""


def to_txt(t: Transcript) -> str:
    """A transcript as paragraphs `Name: text`, one for each turn, each under a line with its time.

    Without any names the paragraphs have none; a segment without one among others that have is `Unknown voice`.
    """
    named = any(s.speaker and clean(s.speaker) for s in t.segments)
    paragraphs: list[list[Segment]] = []
    for s in sorted(t.segments, key=lambda s: s.start_s):
        first = paragraphs[-1][0] if paragraphs else None
        if first is not None and first.speaker == s.speaker and s.start_s - first.start_s < MAX_PARAGRAPH_S:
            paragraphs[-1].append(s)
        else:
            paragraphs.append([s])
    return "\n".join(_paragraph(p, named) for p in paragraphs)


def _paragraph(segments: list[Segment], named: bool) -> str:
    name = clean(segments[0].speaker or "") or UNKNOWN_VOICE
    said = clean(" ".join(s.text for s in segments))
    return f"[{_clock(segments[0].start_s)}]\n" + (f"{name}: " if named else "") + f"{said}\n"


def _clock(time_s: float) -> str:
    """12:04, or 1:02:03 from an hour on; the second that has begun."""
    minutes, seconds = divmod(int(max(0.0, time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
