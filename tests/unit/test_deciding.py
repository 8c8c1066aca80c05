"""What people decided stays when the machine suggests anew."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from companion.errors import BadInputError
from companion.moments.deciding import in_force, make_decision, with_decisions
from companion.types import (
    Decision,
    DecisionKind,
    Evidence,
    Moment,
    MomentState,
    Role,
    Tag,
    TagScore,
    Turn,
)

TEXTS = (
    ("Ruth", "Where did it begin?"),
    ("Ana", "I was alone with it all week, and nobody came."),
    ("Ben", "Of course you were. I left you with everything."),
    ("Ana", "Thank you."),
    ("Ruth", "Stay with that a moment."),
    ("Ben", "I was scared you would go."),
    ("Ana", "You were scared, and I never saw it."),
)
TURNS = tuple(
    Turn(k, who, Role.THERAPIST if who == "Ruth" else Role.PARTNER, 10.0 * k, 10.0 * k + 9, text)
    for k, (who, text) in enumerate(TEXTS)
)


def a_moment(first: int = 1, reply: int = 2, last: int = 3, *tags: Tag, **changes: object) -> Moment:
    quote = TEXTS[reply][1]
    evidence = (Evidence(quote[:9], 0, 9),)
    moment = Moment(
        start_s=TURNS[first].start_s,
        end_s=TURNS[last].end_s,
        validating_speaker=TEXTS[reply][0],
        validated_speaker=TEXTS[first][0],
        tags=tuple(TagScore(tag, 0.8, evidence) for tag in tags or (Tag.VALIDATION,)),
        evidence=evidence,
        quote=quote,
        bid=TEXTS[first][1],
        first_turn=first,
        reply_turn=reply,
        last_turn=last,
        score=0.7,
    )
    return replace(moment, **changes)  # type: ignore[arg-type]


def decided(
    kind: DecisionKind, moment: Moment | None = None, earlier: Decision | None = None, **how: object
) -> Decision:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    name = earlier.moment_id if earlier else "m1"
    return make_decision(
        moment or a_moment(),
        name,
        kind,
        TURNS,
        earlier,
        audio_sha256="a" * 64,
        made=made,
        **how,  # type: ignore[arg-type]
    )


def test_what_nobody_decided_on_stays_as_it_is() -> None:
    assert with_decisions([a_moment()], [], TURNS) == (a_moment(),)


def test_a_rejected_moment_stays_away() -> None:
    assert with_decisions([a_moment()], [decided(DecisionKind.REJECT)], TURNS) == ()


def test_a_rejected_moment_stays_away_with_other_bounds() -> None:
    shorter = a_moment(1, 2, 2, start_s=18.0)
    assert with_decisions([shorter], [decided(DecisionKind.REJECT)], TURNS) == ()


def test_a_moment_of_the_same_two_elsewhere_is_not_rejected() -> None:
    other = a_moment(5, 6, 6)
    assert with_decisions([a_moment(), other], [decided(DecisionKind.REJECT)], TURNS) == (other,)


def test_a_moment_that_touches_less_than_half_of_a_rejected_one_is_another() -> None:
    other = a_moment(3, 5, 6, validated_speaker="Ana", start_s=30.0)
    assert with_decisions([other], [decided(DecisionKind.REJECT)], TURNS) == (other,)


def test_a_moment_of_two_others_on_the_same_stretch_is_another() -> None:
    other = a_moment(validated_speaker="Zoe")
    assert with_decisions([other], [decided(DecisionKind.REJECT)], TURNS) == (other,)


def test_an_approved_moment_stays_when_the_machine_no_longer_suggests_it() -> None:
    approved = decided(DecisionKind.APPROVE, tags=(Tag.EMPATHY, Tag.NAMES_BLOCK), start_s=12.0, end_s=29.0)
    (kept,) = with_decisions([], [approved], TURNS)
    assert (kept.state, kept.decided_id) == (MomentState.APPROVED, "m1")
    assert (kept.start_s, kept.end_s) == (12.0, 29.0)
    assert {t.tag for t in kept.tags} == {Tag.EMPATHY, Tag.NAMES_BLOCK, Tag.VULNERABILITY}  # never without its parent
    assert (kept.first_turn, kept.reply_turn, kept.last_turn) == (1, 2, 2)
    assert kept.quote == TEXTS[2][1]


def test_what_the_machine_finds_for_a_tag_now_is_its_evidence() -> None:
    now = a_moment(1, 2, 3, Tag.VALIDATION, Tag.CARE, score=0.9)
    (kept,) = with_decisions([now], [decided(DecisionKind.APPROVE)], TURNS)
    assert kept.tags == (now.tags[0],)
    assert kept.score == 0.9


def test_what_overlaps_an_approved_moment_is_not_suggested() -> None:
    beside = a_moment(3, 5, 6, start_s=30.0)
    assert [m.decided_id for m in with_decisions([beside], [decided(DecisionKind.APPROVE)], TURNS)] == ["m1"]


def test_the_last_decision_counts() -> None:
    rejected = decided(DecisionKind.REJECT)
    approved = decided(DecisionKind.APPROVE, earlier=rejected)
    assert [m.state for m in with_decisions([], [rejected, approved], TURNS)] == [MomentState.APPROVED]
    again = decided(DecisionKind.REJECT, earlier=approved)
    assert with_decisions([a_moment()], [rejected, approved, again], TURNS) == ()
    assert in_force([rejected, approved, again]) == (again,)


def test_a_later_decision_on_the_same_stretch_counts_under_another_id_too() -> None:
    later = replace(decided(DecisionKind.REJECT, a_moment(1, 2, 2)), moment_id="m2")
    assert in_force([decided(DecisionKind.APPROVE), later]) == (later,)


def test_taking_back_leaves_it_to_the_machine() -> None:
    approved = decided(DecisionKind.APPROVE)
    back = decided(DecisionKind.REOPEN, earlier=approved)
    assert with_decisions([], [approved, back], TURNS) == ()
    assert with_decisions([a_moment()], [approved, back], TURNS) == (a_moment(),)


def test_changed_tags_and_bounds_stay_and_approve_nothing() -> None:
    tagged = decided(DecisionKind.RETAG, tags=(Tag.CARE,))
    bounds = decided(DecisionKind.BOUNDS, tagged.moment, tagged, end_s=30.0)
    (kept,) = with_decisions([a_moment()], [tagged, bounds], TURNS)
    assert (kept.state, kept.end_s, [t.tag for t in kept.tags]) == (MomentState.SUGGESTED, 30.0, [Tag.CARE])
    assert (bounds.start_s, bounds.end_s, bounds.suggested) == (10.0, 39.0, (Tag.VALIDATION,))  # as the machine had it


def test_a_voice_may_get_a_name_and_turns_other_numbers() -> None:
    renamed = [replace(t, index=t.index + 5, speaker="Benjamin" if t.speaker == "Ben" else t.speaker) for t in TURNS]
    (kept,) = with_decisions([], [decided(DecisionKind.APPROVE)], renamed)
    assert (kept.validating_speaker, kept.validated_speaker) == ("Benjamin", "Ana")
    assert (kept.first_turn, kept.reply_turn, kept.last_turn) == (6, 7, 8)
    suggested = a_moment(validating_speaker="Benjamin")
    assert with_decisions([suggested], [decided(DecisionKind.REJECT)], renamed) == ()


def test_a_decision_keeps_the_words_it_was_made_on() -> None:
    decision = decided(DecisionKind.APPROVE)
    assert [t.text for t in decision.turns] == [text for _, text in TEXTS[:4]]
    assert decision.turns[decision.reply].text == TEXTS[2][1]


@pytest.mark.parametrize(
    ("kind", "how", "sentence"),
    [
        (DecisionKind.RETAG, {}, "which tags"),
        (DecisionKind.BOUNDS, {}, "should start or end"),
        (DecisionKind.APPROVE, {"tags": ()}, "at least one tag"),
        (DecisionKind.BOUNDS, {"start_s": 50.0}, "before it ends"),
        (DecisionKind.BOUNDS, {"end_s": 15.0}, "the reply lies within it"),
        (DecisionKind.BOUNDS, {"start_s": float("nan")}, "before it ends"),
    ],
)
def test_a_change_that_makes_no_sense_is_a_sentence(kind: DecisionKind, how: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInputError, match=sentence):
        decided(kind, **how)
