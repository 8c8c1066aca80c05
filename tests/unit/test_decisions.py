"""A host decides, in a real library: all or nothing, and for as long as the recording is the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.learning import grouped, line_of, lines_of_decisions
from companion.moves.model import load
from companion.store import moment_id
from companion.teaching import decisions_in_force, tags_key
from companion.types import DecisionKind, MomentState, StoredMoment, Tag
from tests import small_library
from tests.old_library import put_back

SLUG = "late-again"


@pytest.fixture
def companion(settings: Settings, tmp_path: Path) -> Iterator[Companion]:
    """A library with two episodes that are ready."""
    small_library.build(settings, tmp_path, reviewed=False)
    with Companion.open(settings) as opened:
        yield opened


def moments(companion: Companion) -> tuple[StoredMoment, ...]:
    return companion.moments(episode_slug=SLUG).moments


def test_a_moment_comes_with_its_episodes_title(companion: Companion) -> None:
    assert {m.episode_title for m in moments(companion)} == {"Late again"}


def test_a_decision_comes_back_as_it_was_made(companion: Companion) -> None:
    first = moments(companion)[0]
    companion.reviewing.decide(
        first.id, DecisionKind.APPROVE, tags=(Tag.OWNERSHIP,), end_s=first.moment.end_s + 1, by="Ada"
    )
    (kept,) = companion.reviewing.decisions(SLUG)
    assert (kept.kind, kept.by, kept.moment_id, kept.audio_sha256) == (DecisionKind.APPROVE, "Ada", first.id, "a" * 64)
    assert (kept.start_s, kept.end_s) == (first.moment.start_s, first.moment.end_s)
    assert kept.moment.end_s == first.moment.end_s + 1
    assert (kept.suggested, kept.tags) == ((Tag.VALIDATION, Tag.OWNERSHIP), (Tag.OWNERSHIP,))
    assert kept.turns[kept.reply].text == first.moment.quote
    assert companion.library.decisions.all() == (kept,)


def test_an_approved_moment_keeps_its_id_whatever_its_bounds(companion: Companion) -> None:
    first, second = moments(companion)
    now = companion.reviewing.decide(first.id, DecisionKind.APPROVE, start_s=first.moment.start_s + 1)
    assert now is not None
    assert (now.id, now.moment.state) == (first.id, MomentState.APPROVED)
    assert moments(companion) == (now, second)
    assert [m.id for m in companion.moments(state=MomentState.APPROVED).moments] == [first.id]
    assert companion.moments(state=MomentState.SUGGESTED, episode_slug=SLUG).moments == (second,)


def test_a_rejected_moment_is_gone_and_can_be_brought_back(companion: Companion) -> None:
    first, second = moments(companion)
    assert companion.reviewing.decide(first.id, DecisionKind.REJECT) is None
    assert moments(companion) == (second,)
    back = companion.reviewing.decide(first.id, DecisionKind.APPROVE)
    assert back is not None
    assert back.moment.state is MomentState.APPROVED
    assert [m.id for m in moments(companion)] == [first.id, second.id]
    assert back.moment.tags == first.moment.tags


def test_taking_a_rejection_back_leaves_it_to_the_machine(companion: Companion) -> None:
    companion.reviewing.retag(SLUG)
    first = moments(companion)[0]
    companion.reviewing.decide(first.id, DecisionKind.REJECT)
    assert companion.reviewing.decide(first.id, DecisionKind.REOPEN) == first
    assert decisions_in_force(companion.library) == ()


def test_changes_are_kept_one_after_the_other(companion: Companion) -> None:
    first = moments(companion)[0]
    companion.reviewing.decide(first.id, DecisionKind.RETAG, tags=(Tag.CARE,))
    companion.reviewing.decide(first.id, DecisionKind.BOUNDS, start_s=first.moment.start_s + 0.5)
    now = companion.reviewing.decide(first.id, DecisionKind.APPROVE)
    assert now is not None
    assert [t.tag for t in now.moment.tags] == [Tag.CARE]
    assert now.moment.start_s == first.moment.start_s + 0.5
    assert companion.moments(tags=(Tag.CARE,), episode_slug=SLUG).total == 1
    assert len(companion.reviewing.decisions(SLUG)) == 3
    assert len(decisions_in_force(companion.library)) == 1


def test_tagging_again_keeps_what_was_decided(companion: Companion) -> None:
    first, second = moments(companion)
    companion.reviewing.decide(first.id, DecisionKind.APPROVE, tags=(Tag.CARE,), end_s=first.moment.end_s + 1)
    companion.reviewing.decide(second.id, DecisionKind.REJECT)
    assert companion.reviewing.retag(SLUG) == 1
    (now,) = moments(companion)
    assert (now.id, now.moment.end_s, now.moment.state) == (first.id, first.moment.end_s + 1, MomentState.APPROVED)
    assert [t.tag for t in now.moment.tags] == [Tag.CARE]
    assert companion.episode(SLUG).tagged_by == tags_key("a" * 64, load())
    assert [e.slug for e in companion.reviewing.tagged_otherwise()] == ["second-chair"]


def test_decisions_outlive_taking_the_episode_out_and_in_again(
    companion: Companion, settings: Settings, tmp_path: Path
) -> None:
    first, second = moments(companion)
    companion.reviewing.decide(first.id, DecisionKind.REJECT)
    companion.reviewing.decide(second.id, DecisionKind.APPROVE, tags=(Tag.CURIOSITY,))
    companion.discard(SLUG)
    with pytest.raises(NotFoundError):
        companion.reviewing.decide(first.id, DecisionKind.APPROVE)
    small_library.build(settings, tmp_path, reviewed=False)
    companion.reviewing.retag(SLUG)
    assert [(m.id, [t.tag for t in m.moment.tags]) for m in moments(companion)] == [(second.id, [Tag.CURIOSITY])]


def test_what_cannot_be_decided_leaves_nothing(companion: Companion) -> None:
    first, second = moments(companion)
    with pytest.raises(BadInputError):
        companion.reviewing.decide(first.id, DecisionKind.BOUNDS, end_s=0.0)
    with pytest.raises(NotFoundError):
        companion.reviewing.decide("nobody", DecisionKind.APPROVE)
    with pytest.raises(BadInputError, match="not ready"):
        companion.reviewing.retag("on-its-way")
    assert companion.library.decisions.all() == ()
    assert moments(companion) == (first, second)


def test_a_decision_and_its_moments_are_written_together_or_not_at_all(companion: Companion) -> None:
    first = moments(companion)[0]
    with companion.library.database.write() as connection:
        connection.execute(
            sa.text("CREATE TRIGGER full BEFORE INSERT ON moment BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    with pytest.raises(sa.exc.IntegrityError):
        companion.reviewing.decide(first.id, DecisionKind.APPROVE)
    assert companion.library.decisions.all() == ()
    assert companion.moment(first.id) == first


def test_a_library_from_before_gets_the_new_tables(companion: Companion, settings: Settings) -> None:
    companion.close()
    first = moments(companion)[0]
    put_back(companion.library.database.path, "0002")
    with Companion.open(settings) as again:
        assert again.moment(first.id) == first
        assert again.library.decisions.all() == ()
        assert {e.tagged_by for e in again.episodes()} == {None}


# ---- as they are written down


def test_a_rejected_validation_only_looked_like_one(companion: Companion) -> None:
    first, second = moments(companion)
    companion.reviewing.decide(first.id, DecisionKind.REJECT)
    companion.reviewing.decide(second.id, DecisionKind.APPROVE)
    rows = lines_of_decisions(decisions_in_force(companion.library))
    talks, alone = grouped(line_of(json.dumps(row), "row") for row in rows)
    labels = [one.labels for talk in talks for one in talk.said if one.labels is not None]
    assert labels == [frozenset({"near_miss"}), frozenset({"empathy", "curiosity"})]
    assert alone == ()
    assert [len(talk.said) for talk in talks] == [3, 6]
    assert rows[2]["context"] == [rows[0]["text"], rows[1]["text"]]


def test_an_id_that_was_decided_on_stays(companion: Companion) -> None:
    first = moments(companion)[0]
    companion.reviewing.decide(first.id, DecisionKind.APPROVE)
    with companion.library.database.read() as connection:
        row = connection.execute(sa.select(schema.moment).where(schema.moment.c.id == first.id)).one()
    assert row.decided
    assert moment_id("a" * 64, companion.moment(first.id).moment) == first.id
