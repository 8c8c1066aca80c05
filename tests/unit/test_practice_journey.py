"""What the journal makes of a journey: sentences, pictures, a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.practice.journey import journey_of
from companion.takes import AwayKind
from companion.types import Tag
from tests.unit.test_practice_schedule import feedback, take
from web import journey

BUT = [AwayKind.BUT]
PACES = st.just(0.0) | st.floats(5, 400)  # 0: nothing was measured
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def change(rows: Sequence[tuple[float, int, bool, float]]) -> journey.Change | None:
    """Of takes: days ago, moves, whether there is a "but", words a minute."""
    return journey.change_of(
        journey_of(
            take(str(i), "a1", feedback(*[Tag.VALIDATION] * moves, away=BUT if but else ()), days, wpm)
            for i, (days, moves, but, wpm) in enumerate(rows)
        )
    )


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_is_drawn_before_three_takes(count: int) -> None:
    assert change([(day, 1, False, 120) for day in range(count)]) is None


def test_three_takes_are_told_together() -> None:
    found = change([(2, 1, True, 100), (1, 1, False, 120), (0, 4, False, 140)])

    assert found is not None
    assert found.words == (
        "In your three takes you leaned in twice a take. A “but” came after an acknowledgement in one of three. "
        "You mostly speak about 120 words a minute."
    )
    assert [p.name for p in found.pictures] == ["moves", "but", "pace"]


def test_the_first_takes_stand_beside_the_last() -> None:
    rows = [(30 - i, 0 if i < 4 else 2, i < 3, 100 + 10 * i) for i in range(8)]

    found = change(rows)

    assert found is not None
    assert found.words == (
        "In your first four takes you leaned in not at all, in your last four twice a take. A “but” came after "
        "an acknowledgement in three of four at first, and in none of four of late. You spoke about 115 words a minute "
        "then, 155 now."
    )


def test_each_take_is_a_dot_and_each_week_a_step_over_its_takes() -> None:
    found = change([(20, 0, True, 120), (8, 1, False, 120), (7, 3, True, 120), (0, 2, False, 120)])

    assert found is not None
    moves, but, pace = found.pictures
    assert [round(d.x) for d in moves.dots] == [90, 154, 218, 282]
    assert [d.y for d in moves.dots] == [journey.FOOT, 74.0, journey.TOP, 42.0]
    assert [(s.x, s.width) for s in moves.steps] == [(59.5, 61.0), (123.5, 125.0), (251.5, 61.0)]
    assert [s.y for s in but.steps] == [journey.TOP, 58.0, journey.FOOT]
    assert {d.y for d in pace.dots} == {58.0}
    assert (found.begins, found.ends) == ("2 November", "16 November")


def test_the_table_says_the_same_in_numbers() -> None:
    found = change([(8, 1, False, 110), (7, 2, True, 130), (0, 3, False, 140)])

    assert found is not None
    assert found.rows == (
        journey.Row("9 November", 2, "1.5", "1 of 2", "120"),
        journey.Row("16 November", 1, "3", "0 of 1", "140"),
    )


def test_without_a_pace_there_is_no_picture_of_it() -> None:
    found = change([(day, 1, False, 0) for day in range(3)])

    assert found is not None
    assert [p.name for p in found.pictures] == ["moves", "but"]
    assert {row.pace for row in found.rows} == {"–"}
    assert "words a minute" not in found.words


def test_many_takes_are_drawn_by_the_week_alone() -> None:
    found = change([(day / 2, 1, False, 120 + day) for day in range(journey.MOST_DOTS + 1)])

    assert found is not None
    assert all(not p.dots for p in found.pictures)
    assert all(len(p.steps) == len(found.rows) for p in found.pictures)


@given(st.lists(st.tuples(st.floats(0, 900), st.integers(0, 9), st.booleans(), PACES), min_size=3, max_size=120))
def test_whatever_was_said_lies_within_the_picture(rows: list[tuple[float, int, bool, float]]) -> None:
    found = change(rows)

    assert found is not None
    for picture in found.pictures:
        for x, y in [(d.x, d.y) for d in picture.dots] + [(s.x, s.y) for s in picture.steps]:
            assert journey.LEFT <= x <= journey.RIGHT
            assert journey.TOP - 0.1 <= y <= journey.FOOT + 0.1
        for step in picture.steps:
            assert step.width >= 1
            assert step.x + step.width <= journey.RIGHT + 1
    assert sum(row.takes for row in found.rows) == len(rows)


def test_nothing_is_praised_pressed_or_graded() -> None:
    found = change([(i, i % 3, i % 2 == 0, 120) for i in range(9)])

    assert found is not None
    said = " ".join([found.words, *(f"{p.title} {p.says} {p.key}" for p in found.pictures)]).lower()
    for word in ("streak", "score", "great", "well done", "improve", "%", "!", "goal"):
        assert word not in said


def test_years_are_named_where_they_differ() -> None:
    found = change([(400, 1, False, 120), (0, 1, False, 120), (START.day / 24 / 60, 1, False, 120)])

    assert found is not None
    assert found.begins == f"{(START - timedelta(days=400 + 5)).day} October 2025"
