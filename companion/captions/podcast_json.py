"""Podcasting 2.0 JSON transcripts, in and out.

The format: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/transcript.md. We add keys of
our own (`words`, `flags`, `speakerConfidence`, `duration_s`, `model`, `options`), which other readers pass over.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from companion.captions.cues import MAX_TIME_S, clean, segment
from companion.captions.cues import transcript as sorted_transcript
from companion.errors import CaptionsError
from companion.types import Flag, Segment, Transcript, Word

_FLAGS = {f.value: f for f in Flag}


# ---- in


def parse_json(text: str) -> Transcript:
    """The segments of a Podcasting 2.0 JSON transcript, each as it is given.

    A segment without a name has no speaker: some players go on with the name before, but a wrong name under intimate
    words is worse than none. A segment whose times are missing, negative or not numbers is left out.

    Args:
        text: the whole file, decoded.

    Raises:
        CaptionsError: it is not JSON, has no list of segments, or none of its segments can be used.
    """
    try:
        data = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise CaptionsError(
            "This is not valid JSON: it may have been cut short. Export the transcript again."
        ) from None
    given = data.get("segments") if isinstance(data, dict) else None
    if not isinstance(given, list):
        if isinstance(data, dict) and "chapters" in data:
            raise CaptionsError("This is a chapters file, not a transcript. Choose the transcript's file.")
        raise CaptionsError('This JSON has no list of "segments". Choose a transcript in the Podcasting 2.0 format.')
    found = sorted_transcript(_segment(g) for g in given)
    if given and not found.segments:
        raise CaptionsError(
            "None of the segments has words and a start and end in seconds, as numbers. Export the transcript again."
        )
    duration_s, model, options = _time(data.get("duration_s")), data.get("model"), data.get("options")
    return replace(
        found,
        duration_s=found.duration_s if duration_s is None else duration_s,
        model=model if isinstance(model, str) else None,
        options=_options(options) if isinstance(options, dict) else {},
    )


def _options(given: dict[str, Any]) -> dict[str, str | int | float | None]:
    return {k: v for k, v in given.items() if v is None or isinstance(v, str | int | float)}


def _time(value: object) -> float | None:
    """Seconds to the millisecond, None for anything that is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_TIME_S:
        return None
    return round(float(value), 3)


def _share(value: object) -> float | None:
    """A number from 0 to 1, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _segment(given: object) -> Segment | None:
    if not isinstance(given, dict):
        return None
    start_s, end_s, body, speaker = (given.get(k) for k in ("startTime", "endTime", "body", "speaker"))
    start, end = _time(start_s), _time(end_s)
    if start is None or end is None or not isinstance(body, str):
        return None
    made = segment(start, end, body, speaker if isinstance(speaker, str) else None)
    if made is None:
        return None
    words, flags = given.get("words"), given.get("flags")
    return replace(
        made,
        words=tuple(w for w in map(_word, words) if w) if isinstance(words, list) else (),
        flags=tuple(_FLAGS[f] for f in flags if isinstance(f, str) and f in _FLAGS) if isinstance(flags, list) else (),
        speaker_confidence=_share(given.get("speakerConfidence")),
    )


def _word(given: object) -> Word | None:
    if not isinstance(given, dict):
        return None
    start_s, end_s, body = _time(given.get("startTime")), _time(given.get("endTime")), given.get("body")
    if start_s is None or end_s is None or not isinstance(body, str) or not clean(body):
        return None
    probability = _share(given.get("probability"))
    # Without a probability the word was not recognised by a machine that could doubt.
    return Word(start_s, max(start_s, end_s), clean(body), 1.0 if probability is None else probability)


# ---- out


def to_json(t: Transcript) -> str:
    """A transcript as Podcasting 2.0 JSON, with everything that we know of it; times to the millisecond.

    Reading it back gives an equal transcript, if its segments have words, come by start time, have times to the
    millisecond and text without doubled blanks.
    """
    data = {
        "version": "1.0.0",
        "segments": [_segment_out(s) for s in t.segments],
        "duration_s": round(t.duration_s, 3),
        "model": t.model,
        "options": t.options,
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _segment_out(s: Segment) -> dict[str, object]:
    out: dict[str, object] = {}
    if s.speaker and clean(s.speaker):
        out["speaker"] = clean(s.speaker)
    out |= {"startTime": round(s.start_s, 3), "endTime": round(s.end_s, 3), "body": clean(s.text)}
    if s.words:
        out["words"] = [
            {
                "startTime": round(w.start_s, 3),
                "endTime": round(w.end_s, 3),
                "body": clean(w.text),
                "probability": w.probability,
            }
            for w in s.words
        ]
    if s.flags:
        out["flags"] = [f.value for f in s.flags]
    if s.speaker_confidence is not None:
        out["speakerConfidence"] = s.speaker_confidence
    return out
