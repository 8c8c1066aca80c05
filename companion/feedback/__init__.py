"""What is said about a reply: which moves it made, where it turned away, one thing that worked and one to try.

The whole border of this room. Pure: the reply, the bid, the words with times in; what to say out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from companion.feedback import texts
from companion.feedback.decide import Found, chars_of, decide
from companion.feedback.model import load
from companion.feedback.pace import is_unsure, pace_of
from companion.feedback.safety import speaks_of_harm
from companion.feedback.signs import ReplySigns, read_reply
from companion.feedback.texts import AWAY_NAMES, AWAY_WORDS
from companion.feedback.wording import other_wording
from companion.moves.bids import only_keeps_the_floor
from companion.moves.times import PlacedWord, place_words, when_said
from companion.takes import Away, Feedback, MadeMove, Quote, Try, TryKind, Worked
from companion.types import Word

__all__ = ["AWAY_NAMES", "AWAY_WORDS", "FEEDBACK_VERSION", "give_feedback", "is_unsure", "pace_of"]

FEEDBACK_VERSION = 1
"""Goes up whenever the same reply could get other feedback."""

_FEW_WORDS = 2


def give_feedback(
    reply: str, bid: str, *, feeling: Sequence[str] = (), words: Sequence[Word] = (), unsure: bool = False
) -> Feedback:
    """Say what a reply did.

    Args:
        reply: what was said, as recognised or as corrected by a person.
        bid: what it answers; "" where that is not known.
        feeling: words that would name the bid's feeling; else they are looked for in the bid.
        words: the reply's words with their times in seconds.
        unsure: whether the recogniser was.

    Returns:
        The moves and turns away with the words that show them, one thing that worked and one to try. Nothing is said
        that the words do not show.
    """
    signs = read_reply(reply, bid)
    safety = speaks_of_harm(signs.doc)
    if len(signs.doc.words) <= _FEW_WORDS or only_keeps_the_floor(signs.doc):
        text = texts.ONE_WORD if signs.doc.words else texts.NOTHING_HEARD
        return Feedback((), (), None, Try(TryKind.STAY, text, ""), False, unsure, safety)
    model = load()
    if not any(name.startswith("w:") and "_" not in name and name in model.whole.index for name in signs.whole):
        return Feedback((), (), None, Try(TryKind.STAY, texts.NO_ENGLISH, ""), False, unsure, safety)
    found = decide(signs, model.read(signs), model.least, bid, feeling)
    said = _said(signs, found, bid, feeling, unsure, safety)
    return _timed(said, reply, words) if words else said


def _said(signs: ReplySigns, found: Found, bid: str, feeling: Sequence[str], unsure: bool, safety: bool) -> Feedback:
    def quote(first: int, end: int) -> Quote:
        return Quote(signs.doc.text[first:end], first, end)

    def clause(k: int) -> Quote:
        return quote(signs.clauses[k].start_char, signs.clauses[k].end_char)

    away = tuple(Away(kind, quote(*chars_of(signs.clauses, run))) for kind, run in found.away)
    moves = tuple(MadeMove(tag, clause(k)) for tag, k in found.moves)
    worked = None
    if found.worked is not None:
        tag, best = found.worked[0], clause(found.worked[1])
        worked = Worked(tag, best, texts.WORKED[tag].format(quote=texts.quoted(best.text)))
    about = next((a.quote for a in away if a.kind is found.strongest), None)
    text = texts.TRY[found.try_kind].format(quote=texts.quoted(about.text) if about else "")
    to_try = Try(found.try_kind, text, other_wording(signs, found, bid, feeling), about)
    return Feedback(moves, away, worked, to_try, found.feeling_named, unsure, safety)


# ---- times


def _timed(said: Feedback, reply: str, words: Sequence[Word]) -> Feedback:
    placed = place_words(reply, words)
    return replace(
        said,
        moves=tuple(replace(move, quote=_with_times(move.quote, placed)) for move in said.moves),
        away=tuple(replace(away, quote=_with_times(away.quote, placed)) for away in said.away),
        worked=replace(said.worked, quote=_with_times(said.worked.quote, placed)) if said.worked else None,
        try_next=replace(said.try_next, quote=_with_times(said.try_next.quote, placed))
        if said.try_next and said.try_next.quote
        else said.try_next,
    )


def _with_times(quote: Quote, placed: Sequence[PlacedWord]) -> Quote:
    """A quote with the times of its first and its last word; as it was where none of its words has any."""
    said = when_said(placed, quote.start_char, quote.end_char)
    return replace(quote, start_s=said[0], end_s=said[1]) if said else quote
