"""How often episodes and moments were played: a picture of the last days and a table, for the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from companion.core import RECENT_DAYS, Companion
from web import hosting

bp = Blueprint("host_counts", __name__)
hosting.guard(bp)

WIDTH, HEIGHT = 600, 120  # of the picture, in its own units
_GAP = 0.25  # of a day's room
_LEAST = 2.0  # a day with a play is seen, however many another day has


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the picture."""

    x: float
    y: float
    width: float
    height: float
    words: str  # the day and its plays


@bp.get("/host/listeners")
def page() -> ResponseReturnValue:
    """Totals, and nothing of who it was."""
    public: Companion = current_app.extensions["companion"]  # this one has the plays that are not written yet
    plays = public.counting.plays()
    return render_template(
        "host_counts.html",
        plays=plays,
        bars=bars(plays.days),
        most=max((n for _, n in plays.days), default=0),
        days=RECENT_DAYS,
        recent=sum(n for _, n in plays.days),
        width=WIDTH,
        height=HEIGHT,
    )


def bars(days: Sequence[tuple[date, int]]) -> tuple[Bar, ...]:
    """The days as bars.

    Args:
        days: with their plays, the oldest first.
    """
    most = max((n for _, n in days), default=0) or 1
    room = WIDTH / max(1, len(days))
    found = []
    for number, (day, n) in enumerate(days):
        height = max(_LEAST, HEIGHT * n / most) if n else 0.0
        words = f"{day.day} {day:%B}: {n} {'play' if n == 1 else 'plays'}"
        x = round(number * room + room * _GAP / 2, 2)
        found.append(Bar(x, round(HEIGHT - height, 2), round(room * (1 - _GAP), 2), round(height, 2), words))
    return tuple(found)
