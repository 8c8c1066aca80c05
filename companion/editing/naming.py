"""Who speaks: names, and the five seconds of a voice by which a person knows it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from companion.errors import BadInputError
from companion.lines import Line, VoiceRow
from companion.types import Voice

SAMPLE_S = 5.0
MAX_NAME_CHARS = 80
_JOIN_S = 0.6  # lines so close are heard as one
_EDGE_S = 0.1  # another voice so near spoils a sample


def clean_name(name: str) -> str:
    """A voice's name as it is kept.

    Raises:
        BadInputError: it is empty, too long, or cannot be shown.
    """
    found = unicodedata.normalize("NFC", " ".join(name.split()))
    if not found:
        raise BadInputError("A voice needs a name. Type what listeners should read before its words.")
    if len(found) > MAX_NAME_CHARS:
        raise BadInputError(f"A name has {MAX_NAME_CHARS} characters at most.")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in found):
        raise BadInputError("The name holds characters that cannot be shown. Type it instead of pasting it.")
    return found


def voice_rows(lines: Sequence[Line], voices: Sequence[Voice]) -> tuple[VoiceRow, ...]:
    """The voices of a transcript with how much they say and where each is heard best.

    Args:
        lines: all, in order.
        voices: in the order in which they are listed.
    """
    counts: dict[str | None, int] = {}
    for line in lines:
        counts[line.voice] = counts.get(line.voice, 0) + 1
    return tuple(
        VoiceRow(v.label, v.name, v.role, v.confirmed, counts.get(v.label, 0), sample_of(lines, v.label))
        for v in voices
    )


def sample_of(lines: Sequence[Line], voice: str) -> tuple[float, float] | None:
    """About five seconds in which a voice is heard alone and surely.

    Args:
        lines: all, in order.
        voice: its label.

    Returns:
        Start and end in seconds; None where it says nothing.
    """
    best: tuple[float, float, float] | None = None  # how good, start, end
    for first, line in enumerate(lines):
        if line.voice != voice:
            continue
        end_s, doubt = line.end_s, _doubt(line)
        for later in lines[first + 1 :]:
            if later.voice != voice or later.start_s - end_s > _JOIN_S or end_s - line.start_s >= SAMPLE_S:
                break
            end_s = max(end_s, later.end_s)
            doubt = max(doubt, _doubt(later))
        length_s = min(SAMPLE_S, end_s - line.start_s)
        alone = first == 0 or lines[first - 1].voice == voice or lines[first - 1].end_s <= line.start_s + _EDGE_S
        good = length_s / SAMPLE_S - doubt - (0.0 if alone else 0.5)
        if best is None or good > best[0] + 1e-9:
            best = (good, line.start_s, line.start_s + length_s)
    return None if best is None else (best[1], best[2])


def _doubt(line: Line) -> float:
    unsure = 0.0 if line.speaker_confidence is None else 1.0 - line.speaker_confidence
    return unsure + (0.5 if line.flags else 0.0)
