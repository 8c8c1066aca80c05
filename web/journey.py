"""What changes over time, as pictures, a table and sentences: pure, made from a person's own takes.

The takes stand beside each other in their order, without gaps for days on which nobody practised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from statistics import fmean

from companion.core import Journey, JourneyPoint
from web.format import plural

LEAST_TAKES = 3  # before there is anything to see
MOST_DOTS = 80  # more would run into each other: then the weeks alone are drawn
LEAST_MOVES = 3  # the picture is as high as so many moves, at least
LEAST_SPREAD = 0.2  # of the pace, up and down from the usual one

WIDTH, HEIGHT = 320, 132  # of a picture, in its units
LEFT, RIGHT, TOP, FOOT = 58.0, 314.0, 10.0, 106.0  # where it is drawn; to the left and below stand words
GAP = 1.5  # between two weeks

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Dot:
    """A take."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Step:
    """A week: a line for all its takes."""

    x: float
    width: float
    y: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across, with words on it."""

    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One thing that may change."""

    name: str  # for the page
    title: str
    says: str  # what is seen, in a sentence
    key: str  # how to read it
    filled: bool  # the weeks are columns from the foot up
    dots: tuple[Dot, ...]
    steps: tuple[Step, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A week in the table."""

    week: str
    takes: int
    moves: str
    buts: str
    pace: str


@dataclass(frozen=True, slots=True)
class Change:
    """All of it."""

    words: str  # what changed, in a few sentences
    pictures: tuple[Picture, ...]
    begins: str  # under the left end of each picture: the first week's Monday
    ends: str  # under the right one; "" where it is the same week
    rows: tuple[Row, ...]


def change_of(journey: Journey) -> Change | None:
    """What is shown of a journey; None where there are too few takes to show anything.

    Args:
        journey: of one person.
    """
    if len(journey.points) < LEAST_TAKES:
        return None
    weeks = journey.weeks
    begins, ends = (_short(w.monday, weeks[-1].monday) for w in (weeks[0], weeks[-1]))
    paced = _pace_picture(journey)
    return Change(
        words=_words(journey),
        pictures=(_moves_picture(journey), _but_picture(journey), *([paced] if paced else [])),
        begins=begins,
        ends=ends if len(weeks) > 1 else "",
        rows=tuple(
            Row(
                week=_short(w.monday, weeks[-1].monday),
                takes=w.takes,
                moves=_decimal(w.moves_per_take),
                buts=f"{w.buts} of {w.takes}",
                pace=str(round(w.words_per_minute)) if w.words_per_minute is not None else "–",
            )
            for w in weeks
        ),
    )


# ---- in words


def _words(journey: Journey) -> str:
    """The first takes beside the last ones; all of them together where they are too few for that."""
    points = journey.points
    if len(points) < 2 * LEAST_TAKES:
        said = (
            f"In your {_number(len(points))} takes you leaned in {_times(_moves(points))}. "
            f"A “but” came after an acknowledgement in {_of(points)}."
        )
        usual = journey.usual_words_per_minute
        return said + (f" You mostly speak about {round(usual)} words a minute." if usual else "")
    few = min(5, len(points) // 2)
    first, last = points[:few], points[-few:]
    said = (
        f"In your first {_number(few)} takes you leaned in {_times(_moves(first))}, "
        f"in your last {_number(few)} {_times(_moves(last))}. A “but” came after an acknowledgement in {_of(first)} "
        f"at first, and in {_of(last)} of late."
    )
    paces = [_pace(first), _pace(last)]
    if all(paces):
        said += f" You spoke about {paces[0]:.0f} words a minute then, {paces[1]:.0f} now."
    return said


def _moves(points: Sequence[JourneyPoint]) -> float:
    return fmean(len(p.moves) for p in points)


def _pace(points: Sequence[JourneyPoint]) -> float | None:
    found = [p.words_per_minute for p in points if p.words_per_minute is not None]
    return fmean(found) if found else None


def _of(points: Sequence[JourneyPoint]) -> str:
    buts = sum(p.but for p in points)
    return f"{'none' if not buts else _number(buts)} of {_number(len(points))}"


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _times(number: float) -> str:
    words = {"0": "not at all", "1": "once a take", "2": "twice a take"}
    return words.get(_decimal(number), f"{_decimal(number)} times a take")


def _pace_words(least: float, most: float, usual: float) -> str:
    if round(least) == round(most):
        return f"About {usual:.0f} words a minute each time."
    return f"Between {least:.0f} and {most:.0f} words a minute; your usual pace is about {usual:.0f}."


def _decimal(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _short(monday: date, other: date) -> str:
    return f"{monday.day} {monday:%B}" + (f" {monday.year}" if monday.year != other.year else "")


# ---- in pictures


def _moves_picture(journey: Journey) -> Picture:
    points, weeks = journey.points, journey.weeks
    top = max(LEAST_MOVES, *(len(p.moves) for p in points))

    def y(moves: float) -> float:
        return round(FOOT - (FOOT - TOP) * moves / top, 1)

    means = [w.moves_per_take for w in weeks]
    return Picture(
        name="moves",
        title="Moves of leaning in, per take",
        says=f"Between {_decimal(min(means))} and {_decimal(max(means))} a take, week by week."
        if len(weeks) > 1
        else f"{_decimal(means[0])} a take.",
        key="A dot for each take, a line for what a week has on average." if _dotted(points) else "A line for a week.",
        filled=False,
        dots=_dots(points, [y(len(p.moves)) for p in points]),
        steps=_steps(journey, [y(m) for m in means]),
        rules=(Rule(y(top), str(top)), Rule(y(0), "none")),
    )


def _but_picture(journey: Journey) -> Picture:
    weeks = journey.weeks

    def y(share: float) -> float:
        return round(FOOT - (FOOT - TOP) * share, 1)

    buts, takes = sum(w.buts for w in weeks), sum(w.takes for w in weeks)
    return Picture(
        name="but",
        title="Takes with a “but” after an acknowledgement",
        says=f"{buts} of {plural(takes, 'take', 'takes')} in all.",
        key="A column for each week, as high as its share of takes.",
        filled=True,
        dots=(),
        steps=_steps(journey, [y(w.buts / w.takes) for w in weeks]),
        rules=(Rule(y(1), "all"), Rule(y(0.5), "half"), Rule(y(0), "none")),
    )


def _pace_picture(journey: Journey) -> Picture | None:
    usual = journey.usual_words_per_minute
    if usual is None:
        return None
    paces = [p.pace for p in journey.points if p.pace is not None]
    spread = max(LEAST_SPREAD, *(abs(p - 1) for p in paces))

    def y(pace: float) -> float:
        return round((TOP + FOOT) / 2 - (FOOT - TOP) / 2 * (pace - 1) / spread, 1)

    return Picture(
        name="pace",
        title="Your pace, beside your own usual one",
        says=_pace_words(min(paces) * usual, max(paces) * usual, usual),
        key="A dot for each take, a line for a week. Neither fast nor slow is better."
        if _dotted(journey.points)
        else "A line for a week. Neither fast nor slow is better.",
        filled=False,
        dots=_dots(journey.points, [y(p.pace) if p.pace is not None else None for p in journey.points]),
        steps=_steps(
            journey, [y(w.words_per_minute / usual) if w.words_per_minute is not None else None for w in journey.weeks]
        ),
        rules=(Rule(y(1 + spread), "faster"), Rule(y(1), "as usual"), Rule(y(1 - spread), "slower")),
    )


def _dotted(points: Sequence[JourneyPoint]) -> bool:
    return len(points) <= MOST_DOTS


def _dots(points: Sequence[JourneyPoint], ys: Sequence[float | None]) -> tuple[Dot, ...]:
    if not _dotted(points):
        return ()
    slot = (RIGHT - LEFT) / len(points)
    return tuple(Dot(round(LEFT + slot * (i + 0.5), 1), y) for i, y in enumerate(ys) if y is not None)


def _steps(journey: Journey, ys: Sequence[float | None]) -> tuple[Step, ...]:
    """A step for each week, as wide as its takes are many."""
    slot = (RIGHT - LEFT) / len(journey.points)
    edges = pairwise(accumulate((w.takes for w in journey.weeks), initial=0))
    return tuple(
        Step(round(LEFT + slot * a + GAP, 1), round(max(1.0, slot * (b - a) - 2 * GAP), 1), y)
        for (a, b), y in zip(edges, ys, strict=True)
        if y is not None
    )
