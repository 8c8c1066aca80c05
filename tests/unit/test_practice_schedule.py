"""What to practise next, and what changes over time: pure, and with a real library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.library import Library
from companion.practice import RATING_WORDS, Practice
from companion.practice.journey import journey_of
from companion.practice.schedule import (
    RATINGS,
    Review,
    card_of,
    cards_of,
    merged,
    next_prompts,
    rating_of,
)
from companion.takes import (
    Asked,
    Away,
    AwayKind,
    Feedback,
    MadeMove,
    ModelReply,
    NearMiss,
    Pace,
    Prompt,
    PromptKind,
    Quote,
    Space,
    Take,
    TakeState,
)
from companion.types import Tag
from tests.small_library import build

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUOTE = Quote("words", 0, 5)


def feedback(
    *moves: Tag, away: Sequence[AwayKind] = (), named: bool = False, unsure: bool = False, safety: bool = False
) -> Feedback:
    made, turned = tuple(MadeMove(m, QUOTE) for m in moves), tuple(Away(a, QUOTE) for a in away)
    return Feedback(made, turned, None, None, named, unsure, safety)


def prompt(name: str, kind: PromptKind, tag: Tag = Tag.VALIDATION) -> Prompt:
    models = (ModelReply("Yes.", "It hears."),)
    near = NearMiss("But.", "It does not.", AwayKind.BUT)
    return Prompt(name, kind, tag, name.title(), "At home.", "I felt alone.", ("alone",), "", models, near)


def take(name: str, prompt_id: str, said: Feedback | None, days_ago: float = 0.0, wpm: float = 120.0) -> Take:
    return Take(
        id=name,
        asked=Asked(prompt_id=prompt_id),
        bid="I felt alone.",
        number=1,
        made=NOW - timedelta(days=days_ago),
        state=TakeState.READY,
        mime="audio/wav",
        chunks=1,
        sound_bytes=1,
        duration_s=4.0,
        text="words",
        words=(),
        corrected=False,
        feedback=said,
        pace=Pace(3.0, wpm, 0, 0.0, 0),
        error=None,
    )


PROMPTS = (
    prompt("a1", PromptKind.VALIDATE),
    prompt("a2", PromptKind.VALIDATE),
    prompt("b", PromptKind.VALIDATE, Tag.EMPATHY),
    prompt("c", PromptKind.OWN, Tag.OWNERSHIP),
    prompt("d", PromptKind.FRIEND, Tag.CURIOSITY),
)


def suggested(takes: Sequence[Take], limit: int = 9) -> list[str]:
    return [s.prompt.id for s in next_prompts(PROMPTS, cards(takes), takes, NOW, limit)]


def cards(takes: Sequence[Take]):
    of = {p.id: p for p in PROMPTS}
    reviews = [
        Review(t.id, card_of(of[t.asked.prompt_id or ""]), t.made, rating_of(t.feedback)) for t in takes if t.feedback
    ]
    return cards_of(merged((), reviews))


# ---- ratings


@pytest.mark.parametrize(
    ("said", "aim", "rating"),
    [
        (feedback(), None, Rating.Again),
        (feedback(away=[AwayKind.FIXING]), None, Rating.Again),
        (feedback(away=[AwayKind.FIXING], named=True), None, Rating.Again),
        (feedback(Tag.VALIDATION, away=[AwayKind.BUT], named=True), None, Rating.Hard),
        (feedback(Tag.CARE), None, Rating.Hard),
        (feedback(Tag.VALIDATION, named=True), None, Rating.Good),
        (feedback(Tag.CURIOSITY), None, Rating.Good),
        (feedback(Tag.OWNERSHIP), None, Rating.Hard),
        (feedback(Tag.OWNERSHIP), Tag.OWNERSHIP, Rating.Good),
        (feedback(Tag.EMPATHY, Tag.CURIOSITY, named=True), None, Rating.Easy),
        (feedback(Tag.VALIDATION, Tag.CARE, named=True), None, Rating.Easy),
        (feedback(Tag.VALIDATION, Tag.CARE, away=[AwayKind.BUT], named=True), None, Rating.Hard),
    ],
)
def test_how_it_went_follows_from_what_was_said(said, aim, rating):
    assert rating_of(said, aim) is rating


def test_what_a_person_says_stays_and_a_correction_counts():
    at = NOW - timedelta(days=3)
    heard = Review("t1", "own/ownership", at, Rating.Again)
    own = Review("t1", "own/ownership", at, Rating.Easy, own=True)
    assert merged([heard], [replace(heard, rating=Rating.Good)]) == (replace(heard, rating=Rating.Good),)
    assert merged([own], [heard]) == (own,)
    assert merged([own], [replace(own, rating=Rating.Hard)])[0].rating is Rating.Hard
    assert merged([heard], []) == (heard,)  # its take has reached its time


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.sampled_from(list(Rating))), max_size=30))
def test_the_same_takes_always_give_the_same_cards(rows):
    reviews = [Review(f"t{i}", f"own/{card}", NOW + timedelta(hours=h), r) for i, (card, h, r) in enumerate(rows)]
    ordered = merged((), reviews)
    first = {name: card.to_dict() for name, card in cards_of(ordered).items()}
    assert first == {name: card.to_dict() for name, card in cards_of(merged(ordered, reversed(reviews))).items()}
    for card in cards_of(ordered).values():
        assert card.due - (card.last_review or NOW) <= timedelta(days=60)


# ---- what comes next


def test_a_beginner_sees_each_kind_before_any_comes_again():
    assert suggested([]) == ["a1", "c", "d", "b"]
    assert {s.reason for s in next_prompts(PROMPTS, {}, [], NOW, 9)} == {"Not practised yet."}


def test_a_weak_move_comes_back_with_the_words_that_turned():
    takes = [
        take("t2", "c", feedback(Tag.OWNERSHIP, away=[AwayKind.BUT]), 2),
        take("t1", "c", feedback(away=[AwayKind.BUT]), 3),
    ]
    first = next_prompts(PROMPTS, cards(takes), [take("t3", "d", feedback(), 0), *takes], NOW, 1)
    assert first[0].prompt.id == "c"
    assert first[0].reason == "You turned away with “but” twice; once more?"


def test_what_comes_easily_waits():
    easy = feedback(Tag.VALIDATION, Tag.CARE, named=True)
    assert suggested([take("t1", "a1", easy, 1)])[-1] == "a2"
    later = take("t1", "a1", easy, 200)
    assert suggested([later])[0] != "a1"
    assert "a2" in suggested([later])


def test_something_new_is_mixed_in_after_two_that_come_back():
    takes = [take(f"t{i}", name, feedback(), 3 + i) for i, name in enumerate(["a1", "c", "b"])]
    order = suggested(takes)
    assert order.index("d") == 2


@given(st.lists(st.tuples(st.sampled_from([p.id for p in PROMPTS]), st.integers(0, 60), st.booleans()), max_size=20))
def test_kinds_take_turns_and_nothing_comes_twice(rows):
    takes = [
        take(f"t{i}", name, feedback(Tag.VALIDATION, named=well), days) for i, (name, days, well) in enumerate(rows)
    ]
    takes.sort(key=lambda t: t.made, reverse=True)
    order = suggested(takes)
    assert len(order) == len(set(order)) == 4  # a card each
    kinds = [next(p.kind for p in PROMPTS if p.id == name) for name in order]
    for i in range(len(kinds) - 1):
        if kinds[i] == kinds[i + 1]:  # only where nothing else is left
            assert len(set(kinds[i:])) == 1


def test_the_exercise_of_a_card_that_was_not_answered_yet_goes_first():
    takes = [take("t1", "a1", feedback(), 5)]
    assert "a2" in suggested(takes)
    takes.insert(0, take("t2", "a2", feedback(), 4))
    assert "a1" in suggested(takes)


def test_every_reason_is_a_sentence_that_shames_nobody():
    for said in (
        feedback(),
        feedback(Tag.CARE),
        feedback(Tag.VALIDATION, away=list(AwayKind)),
        feedback(Tag.CURIOSITY),
    ):
        for days in (0, 1, 9, 90):
            takes = [take("t1", "c", said, days)]
            for one in next_prompts(PROMPTS, cards(takes), takes, NOW, 9):
                assert one.reason[-1] in ".?"
                assert not any(word in one.reason.lower() for word in ("fail", "streak", "bad", "wrong", "must"))


# ---- over time


def test_the_journey_has_a_point_for_each_take_and_a_row_for_each_week():
    takes = [
        take("t4", "a1", feedback(Tag.VALIDATION, Tag.CARE, named=True), 0, 110),
        take("t3", "a1", feedback(Tag.VALIDATION, away=[AwayKind.BUT]), 1, 130),
        take("t2", "c", feedback(unsure=True), 8, 500),
        take("t1", "c", feedback(), 15, 120),
        take("t0", "c", feedback(Tag.CARE, safety=True), 20, 500),
    ]
    journey = journey_of(takes)
    assert [p.take_id for p in journey.points] == ["t1", "t3", "t4"]
    assert journey.usual_words_per_minute == 120
    assert [p.but for p in journey.points] == [False, True, False]
    assert journey.points[1].pace == pytest.approx(130 / 120)
    assert journey.points[2].moves == (Tag.VALIDATION, Tag.CARE)
    assert [(w.monday, w.takes, w.moves_per_take, w.buts) for w in journey.weeks] == [
        (date(2026, 11, 2), 1, 0.0, 0),
        (date(2026, 11, 16), 2, 1.5, 1),
    ]


def test_there_is_no_usual_pace_before_three_takes_and_no_journey_without_takes():
    assert journey_of([take("t1", "c", feedback())]).points[0].pace is None
    assert journey_of([]).points == ()


# ---- with a real library


@pytest.fixture
def practice(library: Library) -> Practice:
    return Practice(library)


@pytest.fixture
def space(practice: Practice) -> Space:
    return practice.open_space(NOW).space


def heard(practice: Practice, space: Space, said: Feedback, days_ago: float = 0.0, place: int = 0) -> Take:
    """A take as hearing leaves it, without the hearing."""
    asked = Asked(prompt_id=practice.prompts()[place].id)
    made = practice.put_whole(space, asked, "audio/wav", b"sound", NOW - timedelta(days=days_ago))
    changes = {"text": "words", "feedback": said, "pace": Pace(3.0, 120.0, 0, 0.0, 0), "duration_s": 3.0}
    return practice._ended(space, made.id, TakeState.READY, **changes)


def test_nobody_yet_gets_a_beginning(practice):
    suggestions = practice.next(None, NOW)
    assert len(suggestions) == 3
    assert len({s.prompt.kind for s in suggestions}) == 3


def test_what_takes_said_outlasts_them_and_is_sealed(practice, space, library):
    heard(practice, space, feedback(away=[AwayKind.BUT]), days_ago=20)
    before = practice.next(space, NOW - timedelta(days=19), 1)
    practice.sweep(NOW + timedelta(days=20))
    assert practice.takes(space) == ()
    assert practice._reviews._kept(space)
    assert before[0].prompt.kind != practice.prompts()[0].kind
    names = [s.reason for s in practice.next(space, NOW, 99)]
    assert any("days ago" in reason for reason in names)
    assert names.count("Not practised yet.") == len(names) - 1
    with library.database.read() as connection:
        (sealed,) = connection.exec_driver_sql("select private from practice_space").one()
    assert b"validate" not in sealed
    assert b"reviews" not in sealed


def test_an_erased_take_has_said_nothing(practice, space):
    made = heard(practice, space, feedback(away=[AwayKind.BUT]), days_ago=2)
    practice.next(space, NOW)
    assert len(practice._reviews._kept(space)) == 1
    practice.erase_take(space, made.id)
    assert practice._reviews._kept(space) == ()
    assert {s.reason for s in practice.next(space, NOW, 99)} == {"Not practised yet."}


def test_the_person_can_say_it_otherwise(practice, space):
    made = heard(practice, space, feedback(away=[AwayKind.BUT]), days_ago=1)
    practice.next(space, NOW)
    practice.rate(space, made.id, "easy", NOW)
    practice.next(space, NOW)
    assert [(r.rating, r.own) for r in practice._reviews._kept(space)] == [(Rating.Easy, True)]
    with pytest.raises(BadInputError, match="again, hard, good, easy"):
        practice.rate(space, made.id, "perfect", NOW)
    with pytest.raises(NotFoundError):
        practice.rate(practice.open_space(NOW).space, made.id, "easy", NOW)
    assert set(RATING_WORDS) == set(RATINGS)


def test_a_take_that_waits_cannot_be_rated(practice, space):
    asked = Asked(prompt_id=practice.prompts()[0].id)
    made = practice.put_whole(space, asked, "audio/wav", b"sound", NOW)
    with pytest.raises(ConflictError):
        practice.rate(space, made.id, "good", NOW)


def test_what_the_person_said_can_be_shown_to_them(practice, space):
    made = heard(practice, space, feedback(Tag.CARE))
    assert practice.can_rate(made)
    assert practice.own_ratings(space) == {}
    practice.next(space, NOW)
    assert practice.own_ratings(space) == {}  # what the words said is nobody's rating
    practice.rate(space, made.id, "hard", NOW)
    assert practice.own_ratings(space) == {made.id: "hard"}
    assert practice.own_ratings(practice.open_space(NOW).space) == {}


def test_nothing_is_kept_of_words_that_speak_of_harm(practice, space):
    made = heard(practice, space, feedback(Tag.CARE))
    practice.rate(space, made.id, "hard", NOW)
    assert practice._reviews._kept(space)

    corrected = practice.correct(space, made.id, "I want to kill myself.")

    assert corrected.feedback.safety
    assert practice._reviews._kept(space) == ()
    assert not practice.can_rate(corrected)
    with pytest.raises(ConflictError):
        practice.rate(space, made.id, "good", NOW)
    practice.next(space, NOW)
    assert practice._reviews._kept(space) == ()
    assert practice.journey(space).points == ()


def test_an_older_review_of_words_that_speak_of_harm_goes(practice, space):
    made = heard(practice, space, feedback(Tag.CARE, safety=True))
    review = Review(made.id, "validate/care", NOW, Rating.Good)
    practice._reviews._change(space, lambda kept: merged(kept, [review]))

    practice.next(space, NOW)

    assert practice._reviews._kept(space) == ()


def test_the_journey_of_a_space(practice, space):
    heard(practice, space, feedback(Tag.VALIDATION), 3)
    heard(practice, space, feedback(Tag.EMPATHY, Tag.CURIOSITY, named=True), 1)
    assert [len(p.moves) for p in practice.journey(space).points] == [1, 2]


def test_moments_count_for_exercises_of_their_move(settings, tmp_path, library):
    library.close()
    build(settings, tmp_path)
    with_moments = Library.open(settings)
    try:
        practice = Practice(with_moments)
        moment = with_moments.moments.get(with_moments.moments.ids_of("late-again")[0])
        like = practice._exercises.prompt_like(Asked(moment_id=moment.id))
        assert like is not None
        assert like.tag == moment.moment.tags[0].tag
        assert practice._exercises.prompt_like(Asked(moment_id="gone")) is None
    finally:
        with_moments.close()
