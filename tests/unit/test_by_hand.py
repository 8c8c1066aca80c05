"""Moments that a person makes, undoing, and bounds that snap to words: pure, and in a real library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.learning import grouped, line_of
from companion.moments import find_doubtful
from companion.moments.snapping import Edges, edges_of, stepped
from companion.teaching import decisions_in_force, export_rows
from companion.types import Audience, DecisionKind, MomentState, Role, StoredMoment, Tag, TagScore, Turn, TurnTags, Word
from companion.waiting import MomentChangedError
from tests import small_library

SLUG = "late-again"
MADE = (Tag.VALIDATION, Tag.NAMES_BLOCK)


@pytest.fixture
def companion(settings: Settings, tmp_path: Path) -> Iterator[Companion]:
    """A library whose moments nobody has looked at."""
    small_library.build(settings, tmp_path, reviewed=False)
    with Companion.open(settings) as opened:
        yield opened


def moments(companion: Companion) -> tuple[StoredMoment, ...]:
    return companion.moments_of(SLUG)


def turn(companion: Companion, index: int) -> Turn:
    return companion.turns(SLUG)[index].turn


def made(companion: Companion, **other: object) -> str:
    """Mara answers Jonas's near miss: turns 5 and 6, where the machine suggests nothing."""
    start_s, end_s = turn(companion, 5).start_s, turn(companion, 6).end_s
    values = {"start_s": start_s, "end_s": end_s, "giver": "Mara", "getter": "Jonas", "tags": MADE, "by": "Ada"}
    return companion.reviewing.make(SLUG, **{**values, **other})  # type: ignore[arg-type]


# ---- snapping


def test_edges_are_those_of_words_and_of_a_turn_without_times() -> None:
    timed = Turn(0, "A", Role.PARTNER, 1.0, 2.0, "a b", (Word(1.0, 1.4, "a", 1.0), Word(1.5, 2.0, "b", 1.0)))
    plain = Turn(1, "B", Role.PARTNER, 3.0, 4.0, "c d")
    assert edges_of([plain, timed]) == Edges((1.0, 1.5, 3.0), (1.4, 2.0, 4.0))


@pytest.mark.parametrize(
    ("at_s", "by", "to_s"),
    [
        (2.0, 1, 3.0),
        (2.0, -1, 1.0),
        (2.001, 1, 3.0),  # a hair beside a word's edge is on it
        (1.999, -1, 1.0),
        (2.4, 1, 3.0),  # from between two words to the next in that direction
        (2.4, -1, 2.0),
        (2.4, 0, 2.0),
        (2.6, 0, 3.0),
        (1.0, 2, 3.0),
        (3.0, 1, 3.0),  # there are no more words
        (5.0, 1, 5.0),
        (0.5, -1, 0.5),
    ],
)
def test_a_step_leads_to_a_word(at_s: float, by: int, to_s: float) -> None:
    assert stepped((1.0, 2.0, 3.0), at_s, by) == to_s


def test_without_words_nothing_moves() -> None:
    assert stepped((), 4.2, 1) == 4.2


# ---- made by hand


def test_a_moment_made_by_hand_waits_and_is_public_once_approved(companion: Companion) -> None:
    name = made(companion)
    stored = companion.moment(name)
    m = stored.moment
    assert (m.state, m.validating_speaker, m.validated_speaker) == (MomentState.SUGGESTED, "Mara", "Jonas")
    assert {t.tag for t in m.tags} == {*MADE, Tag.VULNERABILITY}  # never without its parent
    assert (m.bid, m.quote) == (turn(companion, 5).text, turn(companion, 6).text)
    assert m.title in m.quote
    assert (m.first_turn, m.reply_turn, m.last_turn) == (5, 6, 6)
    listeners = Companion(companion.library.seen_by(Audience.PUBLIC))
    with pytest.raises(NotFoundError):
        listeners.moment(name)
    companion.reviewing.decide(name, DecisionKind.APPROVE)
    assert listeners.moment(name).moment.quote == m.quote
    standing = companion.reviewing.standing(name)
    assert standing.by_hand
    assert not companion.reviewing.standing(moments(companion)[0].id).by_hand


@pytest.mark.parametrize("approved", [True, False])
def test_it_outlives_tagging_again_and_the_episode_itself(
    companion: Companion, settings: Settings, tmp_path: Path, approved: bool
) -> None:
    name = made(companion)
    if approved:
        companion.reviewing.decide(name, DecisionKind.APPROVE)
    before = companion.moment(name)
    companion.reviewing.retag(SLUG)
    assert companion.moment(name) == before
    companion.discard(SLUG)
    small_library.build(settings, tmp_path, reviewed=False)
    companion.reviewing.retag(SLUG)
    assert companion.moment(name).moment == before.moment


def test_its_words_are_those_of_the_transcript_as_it_is_now(companion: Companion) -> None:
    name = made(companion)
    sheet = companion.editing.open(SLUG)
    line = next(x for x in sheet.lines if "And there it is" in x.text)
    companion.editing.set_text(SLUG, line.id, "And there it was. Every time.", line.rev, "Ada")
    companion.reviewing.retag(SLUG)
    assert companion.moment(name).moment.quote == "And there it was. Every time."


def test_a_voice_that_gets_another_name_keeps_its_moment(companion: Companion) -> None:
    name = made(companion)
    companion.editing.name_voice(SLUG, "Mara", "Marah", Role.PARTNER, "Ada")
    companion.reviewing.retag(SLUG)
    m = companion.moment(name).moment
    assert (m.validating_speaker, m.validated_speaker) == ("Marah", "Jonas")


def test_it_is_exported_as_a_turn_that_leans_in(companion: Companion) -> None:
    name = made(companion)
    rows = export_rows(companion.library)
    talks, _ = grouped(line_of(json.dumps(row), "row") for row in rows)
    (labelled,) = [one for talk in talks for one in talk.said if one.labels is not None]
    assert labelled.text == turn(companion, 6).text
    assert labelled.labels == {"validation", "names_block", "vulnerability"}
    companion.reviewing.decide(name, DecisionKind.REJECT)  # thought better of it
    (row,) = [row for row in export_rows(companion.library) if "tags" in row]
    assert (row["tags"], row["near_miss"]) == (["vulnerability", "names_block"], False)


def test_changed_afterwards_it_is_still_one_that_a_person_found(companion: Companion) -> None:
    name = made(companion)
    companion.reviewing.decide(name, DecisionKind.RETAG, tags=(Tag.CARE,))
    shorter = turn(companion, 6).words[2].end_s
    companion.reviewing.decide(name, DecisionKind.BOUNDS, end_s=shorter)
    m = companion.moment(name).moment
    assert ([t.tag for t in m.tags], m.quote) == ([Tag.CARE], "And there it")
    assert companion.reviewing.standing(name).by_hand


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"getter": "Mara"}, "two people"),
        ({"giver": "Dr Hale"}, "between the two partners"),
        ({"giver": "Nobody"}, "between the two partners"),
        ({"tags": ()}, "at least one way of leaning in"),
        ({"tags": (Tag.CRITICISM,)}, "at least one way of leaning in"),
        ({"start_s": 30.0, "end_s": 20.0}, "starts before it ends"),
        ({"giver": "Jonas", "getter": "Mara"}, "does not answer"),
        ({"start_s": 1.0}, "a moment already"),
        ({"start_s": float("nan")}, "starts before it ends"),
    ],
)
def test_what_is_no_moment_is_a_sentence_and_leaves_nothing(
    companion: Companion, other: dict[str, object], sentence: str
) -> None:
    before = moments(companion)
    with pytest.raises(BadInputError, match=sentence):
        made(companion, **other)
    assert companion.library.decisions.all() == ()
    assert moments(companion) == before
    with pytest.raises(BadInputError, match="not ready"):
        companion.reviewing.make("on-its-way", 0.0, 5.0, "Mara", "Jonas", MADE)


# ---- undoing


def test_undoing_brings_back_what_stood_before_step_by_step(companion: Companion) -> None:
    first = moments(companion)[0]
    decide = companion.reviewing.decide
    decide(first.id, DecisionKind.RETAG, tags=(Tag.CARE,))
    decide(first.id, DecisionKind.APPROVE)
    assert decide(first.id, DecisionKind.REJECT) is None
    approved = decide(first.id, DecisionKind.UNDO)
    assert approved is not None
    assert approved.moment.state is MomentState.APPROVED
    tagged = decide(first.id, DecisionKind.UNDO)
    assert tagged is not None
    assert (tagged.moment.state, [t.tag for t in tagged.moment.tags]) == (MomentState.SUGGESTED, [Tag.CARE])
    decide(first.id, DecisionKind.UNDO)
    assert decisions_in_force(companion.library) == ()
    with pytest.raises((BadInputError, NotFoundError)):
        decide(first.id, DecisionKind.UNDO)


@pytest.mark.parametrize("kind", [DecisionKind.APPROVE, DecisionKind.REJECT])
def test_undoing_leaves_a_moment_as_it_was_suggested(companion: Companion, kind: DecisionKind) -> None:
    companion.reviewing.retag(SLUG)
    first = moments(companion)[0]
    companion.reviewing.decide(first.id, kind)
    assert companion.reviewing.decide(first.id, DecisionKind.UNDO) == first


def test_undoing_what_was_made_by_hand_takes_it_away(companion: Companion) -> None:
    before = moments(companion)
    name = made(companion)
    companion.reviewing.decide(name, DecisionKind.APPROVE)
    left = companion.reviewing.decide(name, DecisionKind.UNDO)
    assert left is not None
    assert left.moment.state is MomentState.SUGGESTED
    assert companion.reviewing.decide(name, DecisionKind.UNDO) is None
    assert moments(companion) == before
    with pytest.raises(NotFoundError, match="Nobody has decided"):
        export_rows(companion.library)


# ---- two hosts, and bounds


def test_whoever_decides_on_what_is_not_so_any_more_is_told_who_was_faster(companion: Companion) -> None:
    first = moments(companion)[0]
    seen = companion.reviewing.standing(first.id).as_of
    companion.reviewing.decide(first.id, DecisionKind.APPROVE, by="Ada", as_of=seen)
    with pytest.raises(MomentChangedError, match="Ada approved this moment"):
        companion.reviewing.decide(first.id, DecisionKind.REJECT, by="Bo", as_of=seen)
    now = companion.reviewing.standing(first.id)
    assert now.stored.moment.state is MomentState.APPROVED
    companion.reviewing.decide(first.id, DecisionKind.REJECT, by="Bo", as_of=now.as_of)
    gone = companion.reviewing.standing(first.id)
    assert gone.rejected
    assert companion.reviewing.rejected(SLUG) == (gone,)
    companion.reviewing.decide(first.id, DecisionKind.UNDO, by="Bo", as_of=gone.as_of)
    assert companion.reviewing.standing(first.id).as_of == now.as_of


def test_no_bound_is_moved_into_another_moment_or_out_of_the_recording(companion: Companion) -> None:
    first, second = moments(companion)
    for change, sentence in (
        ({"end_s": second.moment.start_s + 1}, "a moment already"),
        ({"end_s": 61.0}, "within the recording"),
    ):
        with pytest.raises(BadInputError, match=sentence):
            companion.reviewing.decide(first.id, DecisionKind.BOUNDS, **change)
    assert moments(companion) == (first, second)


def test_what_waits_comes_by_certainty(companion: Companion) -> None:
    waiting, total = companion.reviewing.queue()
    scores = [one.stored.moment.score for one in waiting]
    assert (total, scores) == (3, sorted(scores))
    strongest, _ = companion.reviewing.queue(strongest=True, limit=1)
    assert strongest[0].stored.moment.score == scores[-1]
    companion.reviewing.decide(waiting[0].stored.id, DecisionKind.APPROVE)
    assert companion.reviewing.queue()[1] == 2
    assert [one.stored.id for one in companion.reviewing.queue(state=MomentState.APPROVED)[0]] == [waiting[0].stored.id]
    assert [(one.episode_slug, one.suggested, one.approved) for one in companion.reviewing.waiting()] == [
        ("second-chair", 1, 0),
        (SLUG, 1, 1),
    ]


def test_what_is_in_no_moment_gets_a_second_look(companion: Companion) -> None:
    doubtful, (look,) = companion.reviewing.second_look(SLUG)
    assert doubtful == ()
    assert (look.speaker, look.text) == ("Jonas", turn(companion, 5).text)


def test_a_reply_that_may_lean_in_is_doubtful_until_a_moment_holds_it(companion: Companion) -> None:
    turns = [t.turn for t in companion.turns(SLUG)]
    unsure = TagScore(Tag.CARE, 0.4)
    tags = [TurnTags((), 0.0, doubtful=(unsure,) if t.index in (2, 4) else ()) for t in turns]
    (found,) = find_doubtful(turns, tags, ())  # the therapist's turn is nobody's reply
    assert (found.found.turn, found.found.bid, found.tags) == (2, turns[1].text, (unsure,))
    assert find_doubtful(turns, tags, [moments(companion)[0].moment]) == ()
