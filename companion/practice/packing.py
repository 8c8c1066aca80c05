"""What is private in a take, as JSON: sealed in its row, and clear in the export that its owner asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from companion.store import TakeRow
from companion.takes import Asked, Away, AwayKind, Feedback, MadeMove, Pace, Quote, Take, Try, TryKind, Worked
from companion.types import Tag, Word


@dataclass(frozen=True, slots=True)
class Private:
    """The part of a take that is sealed."""

    asked: Asked
    bid: str
    mime: str
    duration_s: float | None = None
    text: str = ""
    words: tuple[Word, ...] = ()
    corrected: bool = False
    feedback: Feedback | None = None
    pace: Pace | None = None
    error: str | None = None


def to_json(private: Private) -> bytes:
    """As it is sealed."""
    values = {**asdict(private), "words": [[w.start_s, w.end_s, w.text, w.probability] for w in private.words]}
    return json.dumps(values, ensure_ascii=False).encode()


def from_json(data: bytes) -> Private:
    """The other way."""
    values = json.loads(data)
    return Private(
        **{
            **values,
            "asked": Asked(**values["asked"]),
            "words": tuple(Word(*w) for w in values["words"]),
            "feedback": _feedback(values["feedback"]),
            "pace": Pace(**values["pace"]) if values["pace"] else None,
        }
    )


def take_of(row: TakeRow, private: Private, number: int) -> Take:
    """A take for its owner.

    Args:
        row: as it is kept.
        private: what is sealed in it.
        number: which take of the same moment or prompt it is.
    """
    return Take(
        id=row.id,
        asked=private.asked,
        bid=private.bid,
        number=number,
        made=row.made,
        state=row.state,
        mime=private.mime,
        chunks=row.chunks,
        sound_bytes=row.sound_bytes,
        duration_s=private.duration_s,
        text=private.text,
        words=private.words,
        corrected=private.corrected,
        feedback=private.feedback,
        pace=private.pace,
        error=private.error,
    )


def _feedback(values: Mapping[str, Any] | None) -> Feedback | None:
    if values is None:
        return None
    worked, try_next = values["worked"], values["try_next"]
    return Feedback(
        moves=tuple(MadeMove(Tag(m["tag"]), Quote(**m["quote"])) for m in values["moves"]),
        away=tuple(Away(AwayKind(a["kind"]), Quote(**a["quote"])) for a in values["away"]),
        worked=Worked(Tag(worked["tag"]), Quote(**worked["quote"]), worked["text"]) if worked else None,
        try_next=_try(try_next) if try_next else None,
        feeling_named=values["feeling_named"],
        unsure=values["unsure"],
        safety=values["safety"],
    )


def _try(values: Mapping[str, Any]) -> Try:
    quote = values["quote"]
    return Try(TryKind(values["kind"]), values["text"], values["wording"], Quote(**quote) if quote else None)
