"""What practice pages make of takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from companion.cli import said
from companion.takes import (
    Asked,
    Away,
    AwayKind,
    Feedback,
    MadeMove,
    Pace,
    Quote,
    Take,
    TakeState,
    Worked,
)
from companion.types import Tag
from web import spoken

TEXT = "Of course you felt lonely. But you could have called."
START = datetime(2026, 11, 3, 20, tzinfo=UTC)


def _quote(words: str) -> Quote:
    start = TEXT.index(words)
    return Quote(words, start, start + len(words))


def _feedback(unsure: bool = False, safety: bool = False) -> Feedback:
    return Feedback(
        (MadeMove(Tag.VALIDATION, _quote("Of course you felt lonely")), MadeMove(Tag.EMPATHY, _quote("felt lonely"))),
        (Away(AwayKind.BUT, _quote("But you could have called")),),
        None,
        None,
        True,
        unsure,
        safety,
    )


def _take(number: int = 1, prompt: str = "a", **changes: object) -> Take:
    take = Take(
        id=f"{prompt}{number}",
        asked=Asked(prompt_id=prompt),
        bid="I was alone.",
        number=number,
        made=START + timedelta(minutes=number),
        state=TakeState.READY,
        mime="audio/webm",
        chunks=1,
        sound_bytes=1,
        duration_s=4.0,
        text=TEXT,
        words=(),
        corrected=False,
        feedback=_feedback(),
        pace=Pace(3.6, 150.0, 1, 0.8, 0),
        error=None,
    )
    return replace(take, **changes)  # type: ignore[arg-type]


def test_a_text_is_cut_where_its_words_begin_and_end_to_do_something() -> None:
    feedback = _feedback()

    pieces = spoken.stretches(TEXT, feedback.moves[:1], feedback.away)

    assert [(p.text, p.family) for p in pieces] == [
        ("Of course you felt lonely", "lean"),
        (". ", ""),
        ("But you could have called", "away"),
        (".", ""),
    ]
    assert "".join(p.text for p in spoken.stretches(TEXT, feedback.moves, feedback.away)) == TEXT


@pytest.mark.parametrize("place", [(0, 999), (-5, 3), (40, 10)])
def test_a_quote_outside_the_text_takes_nothing_away(place: tuple[int, int]) -> None:
    pieces = spoken.stretches(TEXT, (MadeMove(Tag.CARE, Quote("x", *place)),), ())

    assert "".join(p.text for p in pieces) == TEXT


def test_the_same_words_stand_once_with_all_that_they_did() -> None:
    words = _quote("But you could have called")
    did = spoken.did((), (Away(AwayKind.BUT, words), Away(AwayKind.DEFENDING, replace(words, start_s=1.0))))

    assert [(d.quote.text, d.away) for d in did] == [(words.text, (AwayKind.BUT, AwayKind.DEFENDING))]


def test_what_was_done_stands_in_the_order_of_the_words() -> None:
    feedback = _feedback()

    assert [d.quote.text for d in spoken.did(feedback.moves, feedback.away)] == [
        "Of course you felt lonely",
        "felt lonely",
        "But you could have called",
    ]


def test_pace_is_held_against_earlier_takes_of_ones_own_only() -> None:
    first, second, third = (_take(n, pace=Pace(60.0, wpm, 0, 0.0, 0)) for n, wpm in ((1, 100.0), (2, 140.0), (3, 90.0)))

    assert not any("before" in line for line in spoken.shown_take(first, (first, second, third)).pace)
    assert "In your takes before it was about 120." in spoken.shown_take(third, (first, second, third)).pace


def test_fillers_are_a_least_number() -> None:
    (line,) = (x for x in spoken.pace_lines(Pace(5.0, 100.0, 0, 0.0, 2), ()) if "um" in x)

    assert line.startswith("At least 2 fillers")


def test_a_doubtful_text_is_asked_for_before_anything_is_made_of_it() -> None:
    assert spoken.shown_take(_take(feedback=_feedback(unsure=True)), ()).ask_first
    assert not spoken.shown_take(_take(feedback=_feedback(unsure=True), corrected=True), ()).ask_first
    assert not spoken.shown_take(_take(), ()).ask_first


@pytest.mark.parametrize(
    ("number", "name"), [(1, "Your first take"), (9, "Your ninth take"), (12, "Your take number 12")]
)
def test_takes_have_names(number: int, name: str) -> None:
    assert spoken.take_name(number) == name


@pytest.mark.parametrize(("numbers", "count"), [((), 0), ((0, 1, 2), 3), ((0, 2, 3), 1), ((1, 2), 0)])
def test_what_arrived_counts_up_to_the_first_gap(numbers: tuple[int, ...], count: int) -> None:
    assert spoken.contiguous(numbers) == count


def test_the_journal_has_days_and_the_first_words() -> None:
    old = _take(1, made=START - timedelta(days=1))
    new = _take(2, text="word " * 40)

    days = spoken.journal((new, old), {Asked(prompt_id="a"): "Goodnight"})

    assert [d.day.day for d in days] == [3, 2]
    line = days[0].lines[0]
    assert (line.title, line.name) == ("Goodnight", "Your second take")
    assert len(line.first_words) <= spoken.FIRST_WORDS_CHARS + 2
    assert line.first_words.endswith("word\N{NO-BREAK SPACE}…")


def test_of_words_that_speak_of_harm_nothing_is_made() -> None:
    harm = _take(1, feedback=replace(_feedback(unsure=True, safety=True), worked=Worked(Tag.CARE, _quote("felt"), "x")))

    shown = spoken.shown_take(harm, (), can_rate=True)
    (line,) = spoken.journal((harm,), {})[0].lines

    assert shown.help
    assert [s.family for s in shown.stretches] == [""]
    assert (shown.did, shown.pace, shown.ask_first, shown.can_rate) == ((), (), False, False)
    assert (line.first_words, line.worked) == ("", None)
    assert len(spoken.shown_take(_take(2), (harm,)).pace) == 2  # nor is another take's pace held against its
    assert list(said.lines_of(harm, (), "Call them.")) == ["Call them."]
    assert not any("mostly" in line for line in said.lines_of(_take(2), (harm, harm, harm), ""))


def test_a_take_is_rated_once_something_is_said_about_it() -> None:
    assert spoken.shown_take(_take(), (), can_rate=True, rating="good").can_rate
    assert not spoken.shown_take(_take(feedback=None), (), can_rate=True).can_rate
