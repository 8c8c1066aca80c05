"""How a reply was spoken, and whether the recogniser can be trusted with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from companion.takes import Pace
from companion.types import ChunkText, Flag, Span

PAUSE_S = 0.5
"""A silence of this length and more between two words is a pause."""

_FILLERS = frozenset("um umm uhm uh uhh er erm ehm eh hm hmm mm".split())
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSURE_FLAGS = frozenset({Flag.REPETITION, Flag.COMPRESSION, Flag.SPEECH_RATE, Flag.NO_VOICE, Flag.LOW_CONFIDENCE})
_DOUBTFUL = 0.5  # a word below this probability
_DOUBTFUL_SHARE = 0.25
_MEAN = 0.65


def pace_of(speech: Sequence[Span], text: str, duration_s: float) -> Pace:
    """How a reply was spoken; silence before the first word and after the last one is no pause.

    Args:
        speech: stretches of voice, in seconds.
        text: what was heard.
        duration_s: length of the recording in seconds.

    Returns:
        Figures to be set beside the person's own earlier takes, never beside other people's.
    """
    spans = _joined([Span(max(0.0, s.start_s), min(duration_s, s.end_s)) for s in speech])
    spoken_s = sum(s.length_s for s in spans)
    words = [w.lower() for w in _WORD.findall(text)]
    gaps = [after.start_s - before.end_s for before, after in pairwise(spans)]
    pauses = [gap for gap in gaps if gap >= PAUSE_S]
    return Pace(
        spoken_s=round(spoken_s, 2),
        words_per_minute=round(60.0 * len(words) / spoken_s, 1) if spoken_s > 0.0 else 0.0,
        pauses=len(pauses),
        longest_pause_s=round(max(pauses, default=0.0), 2),
        fillers_at_least=sum(w in _FILLERS for w in words),
    )


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same stretches in order; those that touch become one, empty ones fall away."""
    found: list[Span] = []
    for span in sorted((s for s in spans if s.length_s > 0.0), key=lambda s: s.start_s):
        if found and span.start_s <= found[-1].end_s:
            found[-1] = Span(found[-1].start_s, max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return found


def is_unsure(heard: Iterable[ChunkText]) -> bool:
    """Whether the recogniser was unsure, so that a person should read the text before the feedback.

    Args:
        heard: what was heard, chunk by chunk.

    Returns:
        True where a chunk was flagged, where its words are improbable on the whole, or where one in four is doubtful.
    """
    chunks = list(heard)
    if any(not _UNSURE_FLAGS.isdisjoint(chunk.flags) for chunk in chunks):
        return True
    sure = [word.probability for chunk in chunks for word in chunk.words]
    if not sure:
        return False
    return sum(sure) / len(sure) < _MEAN or sum(p < _DOUBTFUL for p in sure) / len(sure) >= _DOUBTFUL_SHARE
