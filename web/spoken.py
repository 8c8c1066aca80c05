"""What practice pages show, made from takes and prompts: pure functions and the frozen data that templates read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from statistics import median

from companion.takes import (
    Asked,
    Away,
    AwayKind,
    MadeMove,
    ModelReply,
    NearMiss,
    Pace,
    Prompt,
    PromptKind,
    Quote,
    Take,
    TakeState,
)
from companion.types import Tag
from web.format import lasting, plural

FIRST_WORDS_CHARS = 80
_COUNTED = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

KINDS: dict[PromptKind, tuple[str, str]] = {
    PromptKind.VALIDATE: ("Let a feeling stand", "Hear what they feel, and leave it there."),
    PromptKind.DISAGREE: ("Validate while you see it differently", "You need not agree to let it matter."),
    PromptKind.BLOCK: ("Name what makes it hard", "Say what closes you, instead of closing."),
    PromptKind.TURNS: ("Take turns", "Leave the floor, and check what you understood."),
    PromptKind.OWN: ("Own a fault", "What you did, without an excuse."),
    PromptKind.FIRST: ("Go first", "Show the not so pretty part, or say that someone matters."),
    PromptKind.FRIEND: ("Over coffee", "Lean in to a friend."),
}
"""Each kind of exercise with its heading and a line."""


@dataclass(frozen=True, slots=True)
class Partner:
    """What the partner on the podcast answered; times are seconds in the episode's recording."""

    name: str
    text: str
    audio: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Bid:
    """What is answered."""

    text: str
    speaker: str  # "" for a written exercise
    audio: str  # sha256 of what is played; "" where it is written
    start_s: float
    end_s: float  # before the reply


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something to answer."""

    asked: Asked
    kind: str
    title: str
    situation: str
    bid: Bid
    hint: str
    partner: Partner | None
    models: tuple[ModelReply, ...]
    near_miss: NearMiss | None
    where: str  # the episode
    sample: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of a take's words: made a move, turned away, or neither."""

    text: str
    family: str  # "lean", "away" or ""
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Did:
    """Some words with all that they did."""

    quote: Quote
    tags: tuple[Tag, ...]
    away: tuple[AwayKind, ...]


@dataclass(frozen=True, slots=True)
class ShownTake:
    """A take with what is said about it."""

    take: Take
    name: str  # "Your first take"
    stretches: tuple[Stretch, ...]
    did: tuple[Did, ...]  # in the order of the words
    pace: tuple[str, ...]  # sentences
    waits: bool
    ask_first: bool  # the recogniser was unsure and nobody has read its words yet
    help: bool  # its words speak of harm: the link to help is shown, and nothing else that was made of them
    can_rate: bool  # its owner may say otherwise how it went
    rating: str  # how they said it went; "" where they did not


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A take in the journal."""

    take: Take
    name: str
    title: str
    first_words: str
    worked: Tag | None


@dataclass(frozen=True, slots=True)
class JournalDay:
    """The takes of a day, the newest first."""

    day: date
    lines: tuple[JournalLine, ...]


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A written exercise on the list."""

    prompt: Prompt
    takes: int


def take_name(number: int) -> str:
    """What a take is called, such as Your second take.

    Args:
        number: from 1, among the takes of the same exercise.
    """
    return f"Your {_COUNTED[number - 1]} take" if number <= len(_COUNTED) else f"Your take number {number}"


def speaks_of_harm(take: Take) -> bool:
    """Whether nothing but the link to help is shown for a take."""
    return take.feedback is not None and take.feedback.safety


def shown_take(take: Take, others: Iterable[Take], can_rate: bool = False, rating: str = "") -> ShownTake:
    """A take as its owner sees it.

    Args:
        take: with or without feedback.
        others: of the same space; the earlier ones are what its pace is held against.
        can_rate: whether its owner may say how it went.
        rating: what they said.
    """
    harm = speaks_of_harm(take)
    feedback = None if harm else take.feedback
    earlier = [t.pace for t in others if t.made < take.made and t.pace is not None and not speaks_of_harm(t)]
    return ShownTake(
        take=take,
        name=take_name(take.number),
        stretches=stretches(take.text, feedback.moves if feedback else (), feedback.away if feedback else ()),
        did=did(feedback.moves, feedback.away) if feedback else (),
        pace=pace_lines(take.pace, earlier) if take.pace and not harm else (),
        waits=take.state in (TakeState.WAITING, TakeState.RECORDING),
        ask_first=feedback is not None and feedback.unsure and not take.corrected,
        help=harm,
        can_rate=can_rate and feedback is not None,
        rating=rating,
    )


def stretches(text: str, moves: Sequence[MadeMove], away: Sequence[Away]) -> tuple[Stretch, ...]:
    """A reply in pieces, each with what it did; where a turn away and a move overlap, the turn away is shown."""
    spans = [(a.quote, "away") for a in away] + [(m.quote, "lean") for m in moves]
    taken = [""] * len(text)
    whose: list[Quote | None] = [None] * len(text)
    for quote, family in reversed(spans):
        for i in range(max(0, quote.start_char), min(len(text), quote.end_char)):
            taken[i], whose[i] = family, quote
    pieces = []
    for (family, _), group in groupby(range(len(text)), key=lambda i: (taken[i], id(whose[i]))):
        places = list(group)
        pieces.append(Stretch(text[places[0] : places[-1] + 1], family, whose[places[0]]))
    return tuple(pieces)


def did(moves: Sequence[MadeMove], away: Sequence[Away]) -> tuple[Did, ...]:
    """What the words of a reply did, each words once."""
    quotes = {(q.start_char, q.end_char): q for q in (x.quote for x in (*moves, *away))}
    return tuple(
        Did(
            quote,
            tuple(m.tag for m in moves if (m.quote.start_char, m.quote.end_char) == span),
            tuple(a.kind for a in away if (a.quote.start_char, a.quote.end_char) == span),
        )
        for span, quote in sorted(quotes.items(), key=lambda item: item[0])
    )


def pace_lines(pace: Pace, earlier: Sequence[Pace]) -> tuple[str, ...]:
    """How a take was spoken, in sentences, held against the person's own earlier takes only."""
    lines = [f"You spoke for {lasting(pace.spoken_s)}, about {round(pace.words_per_minute)} words a minute."]
    if earlier:
        usual = round(median(p.words_per_minute for p in earlier))
        lines.append(f"In your takes before it was about {usual}.")
    if pace.pauses:
        longest = f"{pace.longest_pause_s:.1f} s"
        lines.append(
            f"You paused once, for {longest}."
            if pace.pauses == 1
            else f"You paused {pace.pauses} times, for {longest} at the longest."
        )
    if pace.fillers_at_least:
        lines.append(
            f"At least {plural(pace.fillers_at_least, 'filler', 'fillers')} like “um”; some are not written down."
        )
    return tuple(lines)


def journal(takes: Iterable[Take], titles: Mapping[Asked, str]) -> tuple[JournalDay, ...]:
    """Takes by day, the newest first.

    Args:
        takes: of one space, the newest first.
        titles: of what they answer, where it is still there.
    """
    lines = [
        JournalLine(
            take=t,
            name=take_name(t.number),
            title=titles.get(t.asked, ""),
            first_words="" if speaks_of_harm(t) else cut(t.text, FIRST_WORDS_CHARS),
            worked=t.feedback.worked.tag if t.feedback and t.feedback.worked and not t.feedback.safety else None,
        )
        for t in takes
    ]
    return tuple(JournalDay(d, tuple(g)) for d, g in groupby(lines, key=lambda line: line.take.made.date()))


def cut(text: str, limit: int) -> str:
    """The beginning of a text, cut between words."""
    if len(text) <= limit:
        return text
    return text[: text.rfind(" ", 0, limit + 1)].rstrip(" ,.;:") + "\N{NO-BREAK SPACE}…"


def contiguous(numbers: Sequence[int]) -> int:
    """How many of the numbers from 0 on are there without a gap."""
    there = set(numbers)
    return next(n for n in range(len(there) + 1) if n not in there)
