"""Lines are mended: segments, turns, search and captions follow, and every change can be undone."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from companion.core import Companion
from companion.editing import Editing
from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.lines import EditConflictError, Line
from companion.types import Role, Voice
from tests.integration.editing.conftest import (
    JONAS_BUT,
    MARA_SAT,
    MARA_THANKS,
    SLUG,
    check_whole,
    set_text,
    text,
    texts,
)

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
