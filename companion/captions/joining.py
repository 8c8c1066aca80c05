"""Joins files with one word in each segment into phrases."""

from __future__ import annotations

from companion.types import Segment, Transcript, Word

GAP_S = 0.8
"""A silence as long as this ends a phrase."""

_SENTENCE_ENDS = (".", "?", "!", "…")
_CLOSING = "\"'”’)]»"


def joined(t: Transcript) -> Transcript:
    """The same transcript with runs of one-word segments of one voice joined into phrases; the words keep their times.

    A phrase ends with its sentence, at a silence of `GAP_S`, or where another voice begins. Segments of several words
    stay as they are. A word that a file gives without a probability counts as certain.
    """
    phrases: list[list[Segment]] = []
    for s in t.segments:
        if phrases and _goes_on(phrases[-1][-1], s):
            phrases[-1].append(s)
        else:
            phrases.append([s])
    return Transcript(tuple(_phrase(p) for p in phrases), t.duration_s, t.model, dict(t.options))


def _goes_on(before: Segment, here: Segment) -> bool:
    return (
        _is_one_word(before)
        and _is_one_word(here)
        and before.speaker == here.speaker
        and here.start_s - before.end_s < GAP_S
        and not before.text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)
    )


def _is_one_word(s: Segment) -> bool:
    return len(s.text.split()) == 1


def _phrase(segments: list[Segment]) -> Segment:
    if len(segments) == 1:
        return segments[0]
    words = tuple(w for s in segments for w in (s.words or (Word(s.start_s, s.end_s, s.text.strip(), 1.0),)))
    sure = [s.speaker_confidence for s in segments if s.speaker_confidence is not None]
    return Segment(
        segments[0].start_s,
        max(s.end_s for s in segments),
        " ".join(s.text.strip() for s in segments),
        segments[0].speaker,
        words,
        tuple(dict.fromkeys(f for s in segments for f in s.flags)),
        min(sure, default=None),
    )
