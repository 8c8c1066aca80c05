"""A moment that a person found: what is said in it, taken from the turns that it lies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from companion.errors import BadInputError
from companion.moments.finding import partners_of
from companion.moments.stretch import title_of
from companion.moves.decide import PARENTS
from companion.moves.times import place_words
from companion.types import LEANING_IN, Evidence, Moment, StoredTurn, Tag, TagScore, Turn, TurnTags

SURE = 1.0  # a person says so
_TOUCH_S = 0.01


def make_by_hand(
    stored: Sequence[StoredTurn], start_s: float, end_s: float, giver: str, getter: str, tags: Sequence[Tag]
) -> Moment:
    """The moment that lies on a stretch.

    Args:
        stored: all turns of the conversation with what the machine found in them.
        start_s: where it begins, in seconds.
        end_s: where it ends.
        giver: who leans in.
        getter: to whom.
        tags: how. A tag that is within another one brings that one along.

    Raises:
        BadInputError: it is no exchange of the two partners, or nobody leans in.
    """
    turns = [one.turn for one in stored]
    partners = partners_of(turns)
    if giver == getter:
        raise BadInputError("Choose two people: who leans in, and to whom.")
    for name in (giver, getter):
        if name not in partners:
            raise BadInputError(f"A moment is between the two partners, and “{name}” is none of them.")
    if not any(tag in LEANING_IN for tag in tags):
        raise BadInputError("Choose at least one way of leaning in.")
    if not start_s < end_s:
        raise BadInputError("A moment starts before it ends. Choose the lines anew.")
    inside = _inside(turns, start_s, end_s)
    asked = next((t for t in inside if t.speaker == getter), None)
    replies = [t for t in inside if t.speaker == giver and asked is not None and t.start_s > asked.start_s]
    if asked is None or not replies:
        raise BadInputError(
            f"In that stretch “{giver}” does not answer “{getter}”. Begin with what “{getter}” says, and end with what "
            f"“{giver}” says to it."
        )
    scored = _scored(tags, {t.turn.index: t.tags for t in stored}, replies)
    moment = Moment(
        start_s=start_s,
        end_s=end_s,
        validating_speaker=giver,
        validated_speaker=getter,
        tags=scored,
        evidence=(),
        quote="",
        bid="",
        first_turn=inside[0].index,
        reply_turn=replies[0].index,
        last_turn=inside[-1].index,
        score=SURE,
    )
    return with_words(moment, turns)


def with_words(moment: Moment, turns: Sequence[Turn]) -> Moment:
    """A moment with its bid, its reply and its title as they are said in its stretch now.

    Args:
        moment: its bounds, people and the number of the reply's turn say where the words are.
        turns: as they are now; where the stretch has no such words any more, those of the moment stay.
    """
    inside = _inside(turns, moment.start_s, moment.end_s)
    before = [t for t in inside if t.speaker == moment.validated_speaker and t.index < moment.reply_turn]
    replies = [t for t in inside if t.speaker == moment.validating_speaker and t.index >= moment.reply_turn]
    quote = " ".join(text for t in replies if (text := _said(t, moment.start_s, moment.end_s)))
    if not quote:
        return moment
    bid = _said(before[-1], moment.start_s, moment.end_s) if before else moment.bid
    tags = tuple(replace(t, evidence=_in_quote(t.evidence, quote)) for t in moment.tags)
    evidence = {e for t in tags if t.tag in LEANING_IN for e in t.evidence}
    return replace(
        moment,
        tags=tags,
        evidence=tuple(sorted(evidence, key=lambda e: (e.start_char, -e.end_char))),
        quote=quote,
        bid=bid,
        title=title_of(quote, TurnTags(tags, 0.0)),
    )


def _inside(turns: Sequence[Turn], start_s: float, end_s: float) -> list[Turn]:
    return [t for t in turns if t.end_s > start_s + _TOUCH_S and t.start_s < end_s - _TOUCH_S]


def _said(turn: Turn, start_s: float, end_s: float) -> str:
    """What of a turn is said in a stretch; all of it where its words have no times."""
    if start_s <= turn.start_s + _TOUCH_S and turn.end_s <= end_s + _TOUCH_S:
        return turn.text
    placed = place_words(turn.text, turn.words)
    if not placed:
        return turn.text
    heard = [p for p in placed if p.word.start_s >= start_s - _TOUCH_S and p.word.end_s <= end_s + _TOUCH_S]
    return turn.text[heard[0].start_char : heard[-1].end_char] if heard else ""


def _scored(tags: Sequence[Tag], found: dict[int, TurnTags], replies: Sequence[Turn]) -> tuple[TagScore, ...]:
    """The tags that a person gives, with the words that the machine would have told them by."""
    wanted = {*tags, *(PARENTS[tag] for tag in tags if tag in PARENTS)}
    told: dict[Tag, list[Evidence]] = {}
    for turn in replies:
        for scored in (*found[turn.index].tags, *found[turn.index].doubtful):
            told.setdefault(scored.tag, []).extend(scored.evidence)
    return tuple(TagScore(tag, SURE, tuple(told.get(tag, ()))) for tag in Tag if tag in wanted)


def _in_quote(evidence: Sequence[Evidence], quote: str) -> tuple[Evidence, ...]:
    """Telling words with their places in a quote; those that are not in it are left out."""
    placed = []
    for one in evidence:
        start = one.start_char
        if quote[start : one.end_char] != one.text:
            start = quote.find(one.text) if one.text else -1
        if start >= 0:
            placed.append(replace(one, start_char=start, end_char=start + len(one.text)))
    return tuple(placed)
