"""A transcript as its editor gets it: short rows for scripts, named ones for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion.lines import (
    Carried,
    Changed,
    Comparison,
    EditConflictError,
    Found,
    HouseWords,
    Line,
    Pair,
    Recognition,
    Step,
    Version,
    VoiceRow,
)
from companion.types import Flag

COLUMNS = ("id", "start_ms", "end_ms", "voice", "text", "rev", "flags", "state", "sure")
EDITED, LOOKED = 1, 2  # bits of a row's state
_FLAGS = {flag: 1 << k for k, flag in enumerate(Flag)}


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line on the page."""

    id: int
    start_s: float
    end_s: float
    speaker_label: str | None
    speaker_name: str
    text: str
    rev: int
    flags: tuple[str, ...]
    edited: bool
    looked: bool
    needs_look: bool
    sure: float | None  # 0..1; None where the speaker is certain or unknown


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts for one line, of which a person chooses one."""

    line: LineRow | None  # as it is now; None where it is gone
    line_id: int
    yours: str | None
    sentence: str
    by: str
    at: str  # ISO 8601, UTC; empty where nobody knows


def line_row(line: Line, names: Mapping[str, str]) -> LineRow:
    """A line with its voice's name.

    Args:
        line: a line.
        names: of voices, by their labels.
    """
    return LineRow(
        id=line.id,
        start_s=line.start_s,
        end_s=line.end_s,
        speaker_label=line.voice,
        speaker_name="" if line.voice is None else names.get(line.voice, line.voice),
        text=line.text,
        rev=line.rev,
        flags=tuple(line.flags),
        edited=line.made is not None,
        looked=line.looked,
        needs_look=line.needs_look,
        sure=line.speaker_confidence,
    )


def short_line(line: Line, voices: Mapping[str | None, int]) -> list[Any]:
    """A line as a row of `COLUMNS`.

    Args:
        line: a line.
        voices: places of voices in their list, by their labels.
    """
    sure = 100 if line.speaker_confidence is None else round(100 * line.speaker_confidence)
    return [
        line.id,
        ms(line.start_s),
        ms(line.end_s),
        voices.get(line.voice, -1),
        line.text,
        line.rev,
        sum(_FLAGS[f] for f in line.flags),
        EDITED * (line.made is not None) + LOOKED * line.looked,
        sure,
    ]


def voices_of(rows: Sequence[VoiceRow]) -> list[dict[str, Any]]:
    """Voices as scripts get them."""
    return [
        {
            "label": v.label,
            "name": v.name,
            "role": v.role,
            "confirmed": v.confirmed,
            "lines": v.lines,
            "sample": None if v.sample_s is None else [ms(t) for t in v.sample_s],
        }
        for v in rows
    ]


def places_of(rows: Sequence[VoiceRow]) -> dict[str | None, int]:
    """Places of voices in their list, by their labels."""
    return {v.label: k for k, v in enumerate(rows)}


def step_of(step: Step | None) -> dict[str, Any] | None:
    """A step as scripts get it."""
    if step is None:
        return None
    return {"rev": step.rev, "what": step.what, "by": step.by, "lines": list(step.lines)}


def change_of(changed: Changed, voices: Mapping[str | None, int]) -> dict[str, Any]:
    """A change as scripts get it.

    Args:
        changed: what changed.
        voices: places of voices in their list, by their labels.
    """
    return {
        "rev": changed.rev,
        "version": changed.version,
        "lines": [short_line(line, voices) for line in changed.lines],
        "order": None if changed.order is None else list(changed.order),
        "voices": None if changed.voices is None else voices_of(changed.voices),
        "undo": step_of(changed.undo),
        "redo": step_of(changed.redo),
        "settled": changed.settled,
        "count": changed.count,
    }


def conflict_of(error: EditConflictError, voices: Mapping[str | None, int]) -> dict[str, Any]:
    """A conflict as scripts get it."""
    return {
        "error": error.sentence,
        "rev": error.rev,
        "conflict": {
            "line": None if error.line is None else short_line(error.line, voices),
            "yours": error.yours,
            "by": error.step.by if error.step else "",
            "at": moment_of(error.step),
        },
    }


def moment_of(step: Step | None) -> str:
    """When a step was made, as ISO 8601; nothing where nobody knows."""
    return "" if step is None else step.made.isoformat(timespec="seconds").replace("+00:00", "Z")


def found_of(found: Sequence[Found], shown: int) -> list[dict[str, Any]]:
    """Lines in which words would be replaced."""
    return [{"id": f.id, "before": f.before, "after": f.after, "hits": f.hits} for f in found[:shown]]


def version_of(version: Version) -> dict[str, Any]:
    """A version as scripts get it."""
    return {
        "number": version.number,
        "made": version.made.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "by": version.by,
        "source": version.source,
        "model": version.options.get("model"),
        "hotwords": version.options.get("hotwords", []),
        "speakers": version.options.get("speakers"),
        "note": version.note,
        "lines": version.lines,
        "edits": version.edits,
        "current": version.current,
    }


def comparison_of(found: Comparison) -> dict[str, Any]:
    """Two versions as scripts get them."""
    return {
        "left": found.left,
        "right": found.right,
        "same": found.same,
        "differing": found.differing,
        "pairs": [_pair_of(pair) for pair in found.pairs],
        "page": found.page,
        "pages": found.pages,
    }


def carried_of(found: Carried) -> dict[str, Any]:
    """What was taken over, and what could not be."""
    return {
        "rev": found.rev,
        "version": found.version,
        "carried": found.carried,
        "would": found.carried,
        "cannot": [
            {"text": one.text, "made": one.made, "start_ms": ms(one.start_s), "why": one.why} for one in found.cannot
        ],
    }


def job_of(job: Recognition | None, left_s: float | None) -> dict[str, Any] | None:
    """A new recognition as scripts get it."""
    if job is None:
        return None
    return {
        "id": job.id,
        "state": job.state,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "unit": job.unit,
        "percent": int(100 * min(1.0, job.done / job.total)) if job.total else None,
        "left_s": None if left_s is None else round(left_s),
        "model": job.model,
        "hotwords": list(job.hotwords),
        "speakers": job.speakers,
        "error": job.error,
        "version": job.version,
    }


def house_of(found: HouseWords) -> dict[str, Any]:
    """The show's own words as scripts get them."""
    return {
        "words": list(found.words),
        "suggested": list(found.suggested),
        "tokens": found.tokens,
        "most": found.most,
    }


def ms(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def _pair_of(pair: Pair) -> dict[str, Any]:
    return {
        "left": list(pair.left),
        "right": list(pair.right),
        "start_ms": ms(pair.start_s),
        "end_ms": ms(pair.end_s),
        "same": pair.same,
        "left_voice": pair.left_voice,
        "right_voice": pair.right_voice,
        "left_pieces": [list(piece) for piece in pair.left_pieces],
        "right_pieces": [list(piece) for piece in pair.right_pieces],
        "edited": pair.edited,
    }
