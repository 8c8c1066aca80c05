"""What stands on a transcript follows it: tags, decisions, versions, words of the house."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.editing import QUIET_S, Editing
from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.library import Library
from companion.lines import EditConflictError, Source, Version
from companion.types import DecisionKind, MomentState, Role, Segment
from tests.integration.editing.conftest import (
    JONAS_BUT,
    JONAS_OF_COURSE,
    MARA_SAT,
    MARA_THANKS,
    SLUG,
    check_whole,
    set_text,
    texts,
)
from tests.old_library import put_back

# ---- tags, moments, decisions


def test_tags_and_moments_follow_once_nobody_writes_any_more(settings: Settings, companion: Companion) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    editing = Editing(companion.library, lambda: now)
    editing.set_text(SLUG, 5, "Thank you both, that was brave of you.", 0, "Ada")
    assert not editing.open(SLUG).opening.settled
    assert editing.settle_due() == 0
    later = Editing(companion.library, lambda: now + timedelta(seconds=QUIET_S + 1))
    assert later.settle_due() == 1
    assert later.settle_due() == 0
    assert later.open(SLUG).opening.settled
    check_whole(companion)
    episode = companion.episode(SLUG)
    assert episode.tagged_by is not None


def test_settling_gives_what_tagging_all_anew_gives(companion: Companion, editing: Editing) -> None:
    editing.split(SLUG, 9, len("That sounds so heavy to carry."), 0, "Ada", voice="Dr Hale")
    set_text(editing, JONAS_BUT, "I see why that hurt you, of course it did.")
    editing.settle(SLUG)
    settled = companion.turns(SLUG), companion.moments_of(SLUG)
    companion.reviewing.retag(SLUG)
    assert (companion.turns(SLUG), companion.moments_of(SLUG)) == settled
    assert len({x.id for x in editing.open(SLUG).lines}) == 11  # lines keep their numbers


def test_what_people_decided_survives_every_change(companion: Companion, editing: Editing) -> None:
    first, second = companion.moments_of(SLUG)
    companion.reviewing.decide(first.id, DecisionKind.APPROVE, by="Ada")
    companion.reviewing.decide(second.id, DecisionKind.REJECT, by="Ada")
    set_text(editing, JONAS_OF_COURSE, "Of course you felt lonely. I said six and I came at nine. That was on me.")
    editing.name_voice(SLUG, "Jonas", "Jonathan", Role.PARTNER, "Ada")
    editing.split(SLUG, 1, 20, 0, "Ada", voice="Mara")
    assert [m.id for m in companion.moments_of(SLUG)] == [first.id]
    editing.settle(SLUG)
    kept = companion.moments_of(SLUG)
    approved = next(m for m in kept if m.id == first.id)
    assert approved.moment.state is MomentState.APPROVED
    assert approved.moment.validating_speaker == "Jonathan"
    assert second.id not in {m.id for m in kept}
    assert len(companion.reviewing.decisions(SLUG)) == 2
    check_whole(companion)


# ---- versions


def other_words(companion: Companion) -> tuple[Segment, ...]:
    """What another recognition could hear: cut elsewhere, one word another one."""
    segments = [s for t in companion.turns(SLUG) for s in t.segments]
    first = replace(segments[0], text=segments[0].text.replace("evening", "meeting"))
    first = replace(
        first, words=tuple(replace(w, text=t) for w, t in zip(first.words, first.text.split(), strict=True))
    )
    return (first, *segments[1:])


def hear_again(companion: Companion, segments: tuple[Segment, ...]) -> int:
    new = Version(0, datetime(2026, 11, 24, tzinfo=UTC), "Ada", Source.RECOGNITION, {"model": "small.en"})
    with companion.library.database.write() as connection:
        return companion.editing.versions.add(connection, SLUG, segments, companion.voices(SLUG), new)


def test_a_new_recognition_is_another_version_and_changes_nothing(companion: Companion, editing: Editing) -> None:
    set_text(editing, MARA_SAT, "I sat there.")
    before = companion.turns(SLUG)
    assert hear_again(companion, other_words(companion)) == 2
    assert companion.turns(SLUG) == before
    found = editing.versions.all(SLUG)
    assert [(v.number, v.current, v.edits, v.lines, v.source) for v in found] == [
        (1, True, 1, 10, Source.RECOGNITION),
        (2, False, 0, 10, Source.RECOGNITION),
    ]


def test_versions_are_compared(companion: Companion, editing: Editing) -> None:
    heard = other_words(companion)
    set_text(editing, MARA_SAT, "I sat there.")
    hear_again(companion, heard)
    found = editing.versions.compare(SLUG, 1, 2)
    assert (found.differing, found.same, found.pages) == (2, 8, 1)
    first, second = found.pairs
    assert [p for p, differs in first.left_pieces if differs] == ["evening "]
    assert [p for p, differs in first.right_pieces if differs] == ["meeting "]
    assert (first.edited, second.edited) == (False, True)
    assert len(editing.versions.compare(SLUG, 1, 2, every=True).pairs) == 10
    with pytest.raises(NotFoundError):
        editing.versions.compare(SLUG, 1, 9)


def test_one_goes_to_another_version_and_back_and_nothing_is_lost(companion: Companion, editing: Editing) -> None:
    heard = other_words(companion)
    set_text(editing, MARA_SAT, "I sat there.")
    hear_again(companion, heard)
    mine = companion.turns(SLUG)
    moments = companion.moments_of(SLUG)
    companion.reviewing.decide(moments[0].id, DecisionKind.APPROVE)
    with pytest.raises(EditConflictError):
        editing.versions.use(SLUG, 2, 0, "Ada")
    editing.versions.use(SLUG, 2, 1, "Ada")
    check_whole(companion)
    assert texts(companion) == [s.text for s in heard]
    assert editing.open(SLUG).opening.undo is None
    with pytest.raises(EditConflictError):
        editing.set_text(SLUG, 1, "x", 0, "Bo")  # Bo still sees the version before
    set_text(editing, MARA_THANKS, "Thanks.")
    editing.versions.use(SLUG, 1, None, "Ada")
    check_whole(companion)
    assert [t.turn for t in companion.turns(SLUG)] == [t.turn for t in mine]
    editing.settle(SLUG)
    assert moments[0].id in {m.id for m in companion.moments_of(SLUG)}
    assert editing.undo(SLUG, None).undo is None  # its history is there again
    assert texts(companion)[1].startswith("I sat on the stairs")
    editing.versions.use(SLUG, 2, None, "Ada")
    assert texts(companion)[3] == "Thanks."
    with pytest.raises(BadInputError, match="already"):
        editing.versions.use(SLUG, 2, None, "Ada")


def test_changes_are_taken_over_onto_a_new_recognition(companion: Companion, editing: Editing) -> None:
    heard = other_words(companion)
    set_text(editing, MARA_SAT, "I sat on the stairs with my coat on. I felt so alone, and then stupid.")
    set_text(editing, 1, "Where did the evening turn for you, Mara?")
    editing.set_voice(SLUG, 5, "Mara", 0, "Ada")
    editing.delete(SLUG, 10, 0, "Ada")
    hear_again(companion, heard)
    would = editing.versions.would_carry(SLUG, 2)
    assert (would.carried, [one.made for one in would.cannot]) == (3, ["Where did the evening go wrong for you, Mara?"])
    found = editing.versions.carry(SLUG, 2, None, "Ada")
    assert (found.carried, found.cannot, found.version) == (would.carried, would.cannot, 2)
    check_whole(companion)
    now = texts(companion)
    assert now[0] == "Where did the meeting go wrong for you, Mara?"
    assert now[1].endswith("I felt so alone, and then stupid.")
    assert len(now) == 9
    assert editing.open(SLUG).lines[4].voice == "Mara"
    editing.undo(SLUG, found.rev)  # all of it at once
    assert texts(companion) == [s.text for s in heard]
    check_whole(companion)


def test_single_lines_are_taken_from_another_version(companion: Companion, editing: Editing) -> None:
    hear_again(companion, other_words(companion))
    changed = editing.versions.take(SLUG, 2, [1], 0, "Ada")
    assert changed.order is not None
    assert texts(companion)[0] == "Where did the meeting go wrong for you, Mara?"
    assert len(texts(companion)) == 10
    check_whole(companion)
    editing.undo(SLUG, changed.rev)
    assert texts(companion)[0] == "Where did the evening go wrong for you, Mara?"
    with pytest.raises(BadInputError, match="no such lines"):
        editing.versions.take(SLUG, 2, [1, 77], None, "Ada")
    with pytest.raises(BadInputError, match="editing"):
        editing.versions.take(SLUG, 1, [1], None, "Ada")


def test_a_copy_is_kept_with_a_note(companion: Companion, editing: Editing) -> None:
    set_text(editing, MARA_SAT, "I sat there.")
    kept = editing.versions.keep(SLUG, " before  the clean-up ", "Ada")
    assert (kept.number, kept.source, kept.note) == (2, Source.KEPT, "before the clean-up")
    set_text(editing, MARA_SAT, "Nothing of it.")
    editing.versions.use(SLUG, 2, None, "Ada")
    assert texts(companion)[1] == "I sat there."


# ---- words of the house


def test_the_recogniser_is_told_the_words_of_the_house(companion: Companion, editing: Editing) -> None:
    set_text(editing, MARA_SAT, "I sat on the stairs with Ottilie and I felt so lonely.")
    house = editing.house.put(["Dr Hale", "attachment dance"])
    assert house.words == ("Dr Hale", "attachment dance")
    assert "Ottilie" in house.suggested
    assert "Mara" in house.suggested
    assert "Dr Hale" not in house.suggested
    assert editing.house.with_house_words(("Theo", "dr hale")) == ("Theo", "dr hale", "attachment dance")
    job = editing.recognitions.ask(SLUG, "Ada", model="bundled")
    assert job.hotwords == ("Dr Hale", "attachment dance")
    with pytest.raises(ConflictError, match="under way"):
        editing.recognitions.ask(SLUG, "Ada", model="bundled")
    stopped = editing.recognitions.stop(SLUG)
    assert stopped is not None
    assert stopped.state == "stopped"
    for model in ("nonsense", str(companion.settings.home)):
        with pytest.raises(BadInputError):
            editing.recognitions.ask(SLUG, "Ada", model=model)


def test_taking_an_episode_out_takes_its_versions_out(companion: Companion, editing: Editing) -> None:
    set_text(editing, MARA_SAT, "I sat there.")
    editing.recognitions.ask(SLUG, "Ada", model="bundled")
    companion.discard(SLUG)
    with companion.library.database.read() as connection:
        for table in ("transcript", "transcript_version", "transcript_edit", "recognition"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def test_a_library_from_before_can_be_edited(companion: Companion, settings: Settings) -> None:
    before = companion.turns(SLUG)
    companion.close()
    put_back(settings.home / "library.db", "0009")
    with Companion.open(settings) as again:
        assert again.turns(SLUG) == before
        set_text(again.editing, MARA_SAT, "I sat there.")
        again.editing.split(SLUG, 3, 10, 0, "Ada")
        check_whole(again)


def test_editing_needs_no_second_look_at_the_library(settings: Settings, companion: Companion) -> None:
    """What one process writes another one reads at once."""
    set_text(companion.editing, MARA_SAT, "I sat there.")
    other = Library.open(settings)
    try:
        assert Editing(other).line(SLUG, MARA_SAT).text == "I sat there."
    finally:
        other.close()
