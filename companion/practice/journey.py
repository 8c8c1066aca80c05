"""What changes over time, from a person's own takes: points for a picture and for a table. Pure.

Nothing here is compared with other people, there is no score, and days without practice are just not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, median

from companion.practice.schedule import counts
from companion.takes import AwayKind, Take
from companion.types import LEANING_IN, Tag

LEAST_PACES = 3  # takes before there is a usual pace


@dataclass(frozen=True, slots=True)
class JourneyPoint:
    """One take."""

    take_id: str
    made: datetime
    day: date  # in UTC
    moves: tuple[Tag, ...]  # of leaning in, in the order of their words
    away: int  # turns away
    but: bool  # a "but" after an acknowledgement
    words_per_minute: float | None
    pace: float | None  # beside one's own usual pace: 1.0 is as usual; None while there is none


@dataclass(frozen=True, slots=True)
class JourneyWeek:
    """The takes of one week."""

    monday: date
    takes: int
    moves_per_take: float
    buts: int  # takes with a "but" after an acknowledgement
    words_per_minute: float | None  # the median of the week


@dataclass(frozen=True, slots=True)
class Journey:
    """All of it; empty where nothing was practised."""

    points: tuple[JourneyPoint, ...]  # the oldest first
    weeks: tuple[JourneyWeek, ...]  # those with takes, the oldest first
    usual_words_per_minute: float | None  # the median of all takes


def journey_of(takes: Iterable[Take]) -> Journey:
    """The points of a person's takes.

    Args:
        takes: of one space, in any order; those that were not heard well are left out.
    """
    counted = sorted((t for t in takes if counts(t)), key=lambda t: (t.made, t.id))
    paces = [t.pace.words_per_minute for t in counted if t.pace and t.pace.words_per_minute > 0]
    usual = median(paces) if len(paces) >= LEAST_PACES else None
    points = tuple(_point(take, usual) for take in counted)
    mondays = sorted({_monday(p.day) for p in points})
    weeks = tuple(_week(monday, [p for p in points if _monday(p.day) == monday]) for monday in mondays)
    return Journey(points, weeks, usual)


def _point(take: Take, usual: float | None) -> JourneyPoint:
    assert take.feedback is not None  # noqa: S101 - `counts` has looked
    spoken = take.pace.words_per_minute if take.pace and take.pace.words_per_minute > 0 else None
    return JourneyPoint(
        take_id=take.id,
        made=take.made,
        day=take.made.date(),
        moves=tuple(m.tag for m in take.feedback.moves if m.tag in LEANING_IN),
        away=len(take.feedback.away),
        but=any(a.kind is AwayKind.BUT for a in take.feedback.away),
        words_per_minute=spoken,
        pace=spoken / usual if spoken and usual else None,
    )


def _week(monday: date, points: Sequence[JourneyPoint]) -> JourneyWeek:
    paces = [p.words_per_minute for p in points if p.words_per_minute is not None]
    return JourneyWeek(
        monday=monday,
        takes=len(points),
        moves_per_take=fmean(len(p.moves) for p in points),
        buts=sum(p.but for p in points),
        words_per_minute=median(paces) if paces else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
