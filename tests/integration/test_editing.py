"""A library's transcripts are edited: segments, turns, search, moments and captions follow, and nothing is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.editing import QUIET_S, Editing
from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.library import Library
from companion.lines import Changed, EditConflictError, Line, Source, Version
from companion.search import TURNS_ROOM
from companion.speakers import to_turns
from companion.types import DecisionKind, MomentState, Role, Segment, Voice
from tests import small_library
from tests.old_library import put_back

SLUG = "late-again"
MARA_SAT, MARA_THANKS = 2, 4  # numbers of lines
JONAS_OF_COURSE = 3
JONAS_BUT = 6


@pytest.fixture
def companion(settings: Settings, tmp_path: Path) -> Iterator[Companion]:
    """A library with two episodes that are ready, whose moments nobody has looked at."""
    small_library.build(settings, tmp_path, reviewed=False)
    with Companion.open(settings) as opened:
        yield opened


@pytest.fixture
def editing(companion: Companion) -> Editing:
    return companion.editing


def texts(companion: Companion) -> list[str]:
    return [s.text for turn in companion.turns(SLUG) for s in turn.segments]


def text(companion: Companion, line_id: int) -> str:
    return companion.editing.line(SLUG, line_id).text


def set_text(editing: Editing, line_id: int, words: str, by: str = "Ada") -> Changed:
    return editing.set_text(SLUG, line_id, words, editing.line(SLUG, line_id).rev, by)


def check_whole(companion: Companion, slug: str = SLUG) -> None:
    """Everything that is made of the segments agrees with them."""
    stored = companion.turns(slug)
    segments = [s for turn in stored for s in turn.segments]
    roles = {v.name: v.role for v in companion.voices(slug)}
    made = to_turns(segments, roles)
    assert [t.turn for t in stored] == list(made)
    lines = companion.editing.open(slug).lines
    names = {v.label: v.name for v in companion.voices(slug)}
    assert [(x.text, x.start_s, x.voice and names[x.voice]) for x in lines] == [
        (s.text, s.start_s, s.speaker) for s in segments
    ]
    library, episode_id = companion.library, companion.episode(slug).id
    with library.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT rowid, text, turn_idx FROM turn_text WHERE episode_id = ? ORDER BY rowid", (episode_id,)
        ).all()
        words = connection.exec_driver_sql("SELECT count(*) FROM said_word WHERE n <= 0").scalar_one()
    assert [tuple(row) for row in rows] == [(episode_id * TURNS_ROOM + t.index, t.text, t.index) for t in made]
    assert words == 0
    for moment in companion.moments_of(slug):
        m = moment.moment
        assert 0 <= m.first_turn <= m.last_turn < len(made)
        assert m.first_turn <= m.reply_turn <= m.last_turn
    for turn in stored:
        for scored in turn.tags.tags:
            for evidence in scored.evidence:
                assert turn.turn.text[evidence.start_char : evidence.end_char] == evidence.text


# ---- one line


def test_saved_words_are_what_is_read_found_and_downloaded(companion: Companion, editing: Editing) -> None:
    before = editing.line(SLUG, MARA_SAT)
    changed = set_text(editing, MARA_SAT, "I sat on the staircase with my coat on.  I felt so lonely.")
    assert (changed.rev, [x.id for x in changed.lines], changed.order, changed.voices) == (1, [MARA_SAT], None, None)
    check_whole(companion)
    after = editing.line(SLUG, MARA_SAT)
    assert [w.text for w in after.words] == after.text.split()
    assert after.words[0] == before.words[0]
    assert after.made is not None
    assert after.made.text == before.text
    assert companion.search("staircase").total == 1
    assert companion.search("stairs").total == 0
    assert companion.meant("staircaze").query == "staircase"
    assert "staircase" in companion.captions(SLUG, "vtt")[0]


def test_the_same_words_again_change_nothing(companion: Companion, editing: Editing) -> None:
    editing.open(SLUG)
    version = companion.version()
    changed = set_text(editing, MARA_SAT, f"  {text(companion, MARA_SAT)} ")
    assert (changed.rev, changed.lines, changed.undo) == (0, (), None)
    assert companion.version() == version


def test_two_who_write_at_once_are_both_told(companion: Companion, editing: Editing) -> None:
    seen = editing.line(SLUG, MARA_SAT).rev
    editing.set_text(SLUG, MARA_SAT, "I sat there.", seen, "Bo")
    with pytest.raises(EditConflictError) as raised:
        editing.set_text(SLUG, MARA_SAT, "I sat here.", seen, "Ada")
    conflict = raised.value
    assert conflict.line is not None
    assert (conflict.line.text, conflict.yours, conflict.rev) == ("I sat there.", "I sat here.", 1)
    assert conflict.step is not None
    assert conflict.step.by == "Bo"
    assert text(companion, MARA_SAT) == "I sat there."
    editing.set_text(SLUG, MARA_SAT, "I sat here.", conflict.line.rev, "Ada")
    editing.set_text(SLUG, MARA_THANKS, "Thank you so much.", 0, "Bo")  # another line is no conflict
    assert text(companion, MARA_SAT) == "I sat here."


def test_of_many_who_write_at_once_one_is_first(companion: Companion, editing: Editing) -> None:
    editing.open(SLUG)
    kept, refused = [], []

    def write(name: str) -> None:
        try:
            kept.append(editing.set_text(SLUG, MARA_SAT, f"{name} was first.", 0, name))
        except EditConflictError as error:
            refused.append(error.yours)

    threads = [threading.Thread(target=write, args=(f"Host{k}",)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(kept), len(refused)) == (1, 7)
    check_whole(companion)


def test_a_line_that_is_gone_is_a_conflict_and_one_that_never_was_is_not_there(editing: Editing) -> None:
    editing.delete(SLUG, MARA_SAT, 0, "Bo")
    with pytest.raises(EditConflictError, match="deleted"):
        editing.set_text(SLUG, MARA_SAT, "x", 0, "Ada")
    for line_id in (0, 999):
        with pytest.raises(NotFoundError):
            editing.set_text(SLUG, line_id, "x", 0, "Ada")
    with pytest.raises(NotFoundError):
        editing.open("nobody")
    with pytest.raises(ConflictError, match="not ready"):
        editing.open("on-its-way")


def test_a_refused_text_changes_nothing(companion: Companion, editing: Editing) -> None:
    before = editing.open(SLUG)
    for words in ("", " \u200b ", "a\x02b", "x" * 2001):
        with pytest.raises(BadInputError):
            set_text(editing, MARA_SAT, words)
    assert editing.open(SLUG) == before


def test_what_was_said_by_another_voice_makes_other_turns(companion: Companion, editing: Editing) -> None:
    count = len(companion.turns(SLUG))
    changed = editing.set_voice(SLUG, MARA_THANKS, "Jonas", 0, "Ada")
    assert changed.voices is not None
    assert {v.name: v.lines for v in changed.voices} == {"Dr Hale": 2, "Mara": 3, "Jonas": 5}
    assert len(companion.turns(SLUG)) == count - 1
    check_whole(companion)
    editing.set_voice(SLUG, MARA_THANKS, None, changed.rev, "Ada")
    assert len(companion.turns(SLUG)) == count
    check_whole(companion)
    with pytest.raises(BadInputError, match="no such voice"):
        editing.set_voice(SLUG, MARA_THANKS, "Nobody", 2, "Ada")


def test_a_line_is_split_for_another_voice_and_joined_again(companion: Companion, editing: Editing) -> None:
    before = companion.turns(SLUG)
    words = text(companion, MARA_SAT)
    changed = editing.split(SLUG, MARA_SAT, words.index("I felt"), 0, "Ada", voice="Jonas")
    assert changed.order is not None
    new = changed.order[changed.order.index(MARA_SAT) + 1]
    assert new == 11
    assert text(companion, new).startswith("I felt")
    check_whole(companion)
    assert [m.moment.reply_turn for m in companion.moments_of(SLUG)] == [
        2,
        8,
    ]  # the other's reply begins with what was split off
    changed = editing.merge(SLUG, MARA_SAT, changed.rev, "Ada")
    assert texts(companion) == [s.text for t in before for s in t.segments]
    assert [t.turn for t in companion.turns(SLUG)] == [t.turn for t in before]
    assert editing.line(SLUG, MARA_SAT).made is None
    check_whole(companion)
    with pytest.raises(BadInputError, match="last line"):
        editing.merge(SLUG, 10, 0, "Ada")


def test_unsaved_words_are_kept_by_a_split(companion: Companion, editing: Editing) -> None:
    editing.split(SLUG, MARA_SAT, 10, 0, "Ada", text="I sat on the stool. I felt lonely.")
    assert texts(companion)[1:3] == ["I sat on", "the stool. I felt lonely."]
    assert editing.undo(SLUG, 1).undo is None
    assert texts(companion)[1].startswith("I sat on the stairs")


def test_a_flag_is_looked_at(companion: Companion, editing: Editing) -> None:
    (flagged,) = (x for x in editing.open(SLUG).lines if x.needs_look)
    assert editing.open(SLUG).opening.flagged == 1
    changed = editing.look(SLUG, flagged.id, True, "Ada")
    assert editing.open(SLUG).opening.flagged == 0
    assert changed.settled  # no word is another one
    editing.look(SLUG, flagged.id, False, "Ada")
    set_text(editing, flagged.id, "And there it is.")
    assert editing.open(SLUG).opening.flagged == 0


# ---- many, back and forth


def test_words_are_replaced_everywhere_at_once(companion: Companion, editing: Editing) -> None:
    found, count, rev = editing.find(SLUG, "you", "thou", words=True, case=False)
    assert count == sum(f.hits for f in found) == 8
    assert {f.before for f in found} <= set(texts(companion))
    changed = editing.replace(SLUG, "you", "thou", "Ada", words=True, case=False, rev=rev)
    assert (changed.count, changed.rev) == (count, 1)
    assert companion.search("thou").total == len({f.id for f in found})
    check_whole(companion)
    with pytest.raises(EditConflictError):
        editing.replace(SLUG, "thou", "you", "Ada", words=True, case=False, rev=0)
    only = editing.replace(SLUG, "thou", "you", "Ada", words=True, case=False, only=[JONAS_BUT])
    assert [x.id for x in only.lines] == [JONAS_BUT]
    editing.undo(SLUG, 2)
    editing.undo(SLUG, 3)
    assert companion.search("thou").total == 0


def test_nothing_is_replaced_where_a_line_would_be_empty(companion: Companion, editing: Editing) -> None:
    before = texts(companion)
    with pytest.raises(BadInputError, match="needs words"):
        editing.replace(SLUG, "There was no but.", "", "Ada", words=False, case=True)
    assert texts(companion) == before


def test_a_change_is_undone_and_done_again(companion: Companion, editing: Editing) -> None:
    before = companion.turns(SLUG)
    first = set_text(editing, MARA_SAT, "I sat there.", "Ada")
    second = editing.set_voice(SLUG, MARA_THANKS, "Jonas", 0, "Bo")
    assert second.undo is not None
    assert (second.undo.what, second.undo.by) == ("Changed who says a line", "Bo")
    with pytest.raises(EditConflictError):
        editing.undo(SLUG, first.rev)
    back = editing.undo(SLUG, second.rev)
    assert back.redo is not None
    assert (back.undo and back.undo.by, back.redo.by) == ("Ada", "Bo")
    editing.undo(SLUG, back.rev)
    assert [t.turn for t in companion.turns(SLUG)] == [t.turn for t in before]
    check_whole(companion)
    with pytest.raises(BadInputError, match="nothing to undo"):
        editing.undo(SLUG, None)
    editing.redo(SLUG, None)
    assert text(companion, MARA_SAT) == "I sat there."
    last = set_text(editing, MARA_SAT, "I sat elsewhere.")  # a new change forgets what was undone
    assert last.redo is None
    with pytest.raises(BadInputError, match="nothing to do again"):
        editing.redo(SLUG, None)


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_leave_a_whole_library_and_can_all_be_undone(
    companion: Companion, editing: Editing, seed: int
) -> None:
    chance = random.Random(seed)
    before, start = companion.turns(SLUG), editing.open(SLUG)
    made = 0
    for _ in range(40):
        lines = editing.open(SLUG).lines
        line, rev = chance.choice(lines), editing.open(SLUG).opening.rev
        with suppress(BadInputError, EditConflictError):
            _any(editing, chance, line, rev)
        made += editing.open(SLUG).opening.rev - rev
        check_whole(companion)
    assert made > 15
    while editing.open(SLUG).opening.undo is not None:
        editing.undo(SLUG, None)
        check_whole(companion)
    end = editing.open(SLUG)
    assert [replace(x, rev=0) for x in end.lines] == list(start.lines)
    assert companion.voices(SLUG) == tuple(Voice(v.label, v.name, v.role, v.confirmed) for v in start.opening.voices)
    assert [(t.turn, t.segments) for t in companion.turns(SLUG)] == [(t.turn, t.segments) for t in before]
    while editing.open(SLUG).opening.redo is not None:
        editing.redo(SLUG, None)
        check_whole(companion)


def _any(editing: Editing, chance: random.Random, line: Line, rev: int) -> None:
    labels = [v.label for v in editing.open(SLUG).opening.voices]
    voice = chance.choice([*labels, None])
    words = line.text.split()
    chance.shuffle(words)
    kind = chance.randrange(11)
    if kind <= 1:
        editing.set_text(SLUG, line.id, " ".join([*words[:3], "perhaps", *words[4:]]), line.rev, "Ada")
    elif kind == 2:
        editing.set_voice(SLUG, line.id, voice, line.rev, "Ada")
    elif kind <= 4:
        editing.split(SLUG, line.id, chance.randrange(len(line.text)), line.rev, "Ada", voice=voice)
    elif kind == 5:
        editing.merge(SLUG, line.id, line.rev, "Ada")
    elif kind == 6:
        editing.delete(SLUG, line.id, line.rev, "Ada")
    elif kind == 7:
        editing.undo(SLUG, rev)
    elif kind == 8:
        editing.replace(SLUG, "i", "we", "Ada", words=True, case=False)
    elif kind == 9:
        editing.name_voice(SLUG, labels[0], f"Name {chance.randrange(99)}", Role.HOST, "Ada")
    else:
        editing.join_voices(SLUG, labels[0], labels[-1], "Ada")


# ---- voices


def test_a_named_voice_has_its_name_everywhere_at_once(companion: Companion, editing: Editing) -> None:
    changed = editing.name_voice(SLUG, "Jonas", "  Jonathan  B. ", Role.PARTNER, "Ada")
    assert (changed.lines, [v.name for v in changed.voices or ()]) == ((), ["Dr Hale", "Mara", "Jonathan B."])
    check_whole(companion)
    assert {t.turn.speaker for t in companion.turns(SLUG)} == {"Dr Hale", "Mara", "Jonathan B."}
    assert "Jonathan B." in companion.captions(SLUG, "srt")[0]
    people = {(m.moment.validating_speaker, m.moment.validated_speaker) for m in companion.moments_of(SLUG)}
    assert people == {("Jonathan B.", "Mara"), ("Mara", "Jonathan B.")}
    editing.undo(SLUG, changed.rev)
    assert {t.turn.speaker for t in companion.turns(SLUG)} == {"Dr Hale", "Mara", "Jonas"}
    check_whole(companion)


def test_two_voices_can_change_their_names_with_each_other(companion: Companion, editing: Editing) -> None:
    before = [t.turn.speaker for t in companion.turns(SLUG)]
    editing.name_voice(SLUG, "Jonas", "Somebody", Role.PARTNER, "Ada")
    editing.name_voice(SLUG, "Mara", "Jonas", Role.PARTNER, "Ada")
    editing.name_voice(SLUG, "Jonas", "Mara", Role.PARTNER, "Ada")
    swap = {"Mara": "Jonas", "Jonas": "Mara", "Dr Hale": "Dr Hale"}
    assert [t.turn.speaker for t in companion.turns(SLUG)] == [swap[str(s)] for s in before]
    check_whole(companion)


def test_names_that_would_mix_people_up_are_refused(editing: Editing) -> None:
    with pytest.raises(BadInputError, match="already"):
        editing.name_voice(SLUG, "Jonas", "mara", Role.PARTNER, "Ada")
    with pytest.raises(BadInputError, match="no such voice"):
        editing.name_voice(SLUG, "Nobody", "Theo", Role.PARTNER, "Ada")
    with pytest.raises(BadInputError, match="still has lines"):
        editing.remove_voice(SLUG, "Jonas", "Ada")
    for k in range(5):
        editing.add_voice(SLUG, f"Guest {k}", Role.UNKNOWN, "Ada")
    with pytest.raises(BadInputError, match="8 voices"):
        editing.add_voice(SLUG, "One more", Role.UNKNOWN, "Ada")


def test_all_lines_of_a_voice_go_to_another(companion: Companion, editing: Editing) -> None:
    editing.join_voices(SLUG, "Dr Hale", "Mara", "Ada")
    check_whole(companion)
    assert {t.turn.speaker for t in companion.turns(SLUG)} == {"Mara", "Jonas"}
    editing.remove_voice(SLUG, "Dr Hale", "Ada")
    assert [v.name for v in companion.voices(SLUG)] == ["Mara", "Jonas"]
    editing.undo(SLUG, None)
    editing.undo(SLUG, None)
    assert [v.name for v in companion.voices(SLUG)] == ["Dr Hale", "Mara", "Jonas"]
    check_whole(companion)


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
