"""What becomes of one line: words keep their times, lines are cut and joined, words replaced. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.editing.aligning import realigned
from companion.editing.carrying import carry
from companion.editing.changing import clean_text, joined, replacer, split, with_text, with_voice
from companion.editing.comparing import groups_of, pieces_of
from companion.editing.house import clean_words, tokens_of
from companion.editing.naming import clean_name, sample_of
from companion.editing.turning import Numbers, changed_stretch, renumbered
from companion.errors import BadInputError
from companion.lines import PLACE_ROOM, Line
from companion.types import Flag, Role, Turn, Voice, Word

SAID = "I sat on the stairs with my coat on."
WORD_S = 0.3


def words(text: str, start_s: float = 1.0) -> tuple[Word, ...]:
    return tuple(
        Word(round(start_s + k * WORD_S, 3), round(start_s + k * WORD_S + 0.25, 3), word, 0.9)
        for k, word in enumerate(text.split())
    )


def line(text: str = SAID, line_id: int = 1, voice: str | None = "Voice 1", start_s: float = 1.0) -> Line:
    heard = words(text, start_s)
    place = (line_id - 1) * PLACE_ROOM
    return Line(line_id, place, voice, heard[0].start_s, heard[-1].end_s, text, heard)


def times(found: tuple[Word, ...]) -> list[tuple[float, float]]:
    return [(w.start_s, w.end_s) for w in found]


def in_order(found: tuple[Word, ...], start_s: float, end_s: float) -> bool:
    flat = [start_s, *(t for pair in times(found) for t in pair), end_s]
    return all(a <= b + 1e-9 for a, b in pairwise(flat))


# ---- times


def test_words_that_stayed_keep_their_times() -> None:
    heard = words(SAID)
    found = realigned(heard, "I sat on the stairs with my old coat on.", 1.0, heard[-1].end_s)
    old, new = (
        dict(zip(SAID.split(), times(heard), strict=True)),
        dict(zip([w.text for w in found], times(found), strict=True)),
    )
    assert all(new[word] == old[word] for word in ("I", "sat", "stairs", "with", "on."))
    assert len(found) == 10


def test_a_word_put_right_has_the_time_of_the_wrong_one() -> None:
    heard = words("I sat on the stares with my coat on.")
    found = realigned(heard, SAID, 1.0, heard[-1].end_s)
    assert times(found) == times(heard)
    assert [w.probability for w in found if w.text == "stairs"] == [1.0]
    assert [w.probability for w in found if w.text == "coat"] == [0.9]


def test_other_signs_and_capitals_are_the_same_word() -> None:
    heard = words(SAID)
    found = realigned(heard, "i sat, on the Stairs, with my coat on", 1.0, heard[-1].end_s)
    assert times(found) == times(heard)
    assert {w.probability for w in found} == {0.9}


def test_words_that_came_share_the_pause_that_is_there() -> None:
    heard = (Word(1.0, 1.3, "Of", 0.9), Word(3.0, 3.4, "hurt", 0.9))
    found = realigned(heard, "Of course that hurt", 1.0, 3.4)
    assert times(found)[0] == (1.0, 1.3)
    assert times(found)[3] == (3.0, 3.4)
    assert 1.3 <= found[1].start_s < found[1].end_s <= found[2].start_s < found[2].end_s <= 3.0


def test_words_that_came_where_there_is_no_pause_take_of_the_word_before() -> None:
    heard = (Word(1.0, 1.6, "never", 0.9), Word(1.6, 2.0, "listen", 0.9))
    found = realigned(heard, "never ever listen", 1.0, 2.0)
    assert times(found)[2] == (1.6, 2.0)
    assert all(w.end_s > w.start_s for w in found)


def test_captions_without_word_times_get_some() -> None:
    found = realigned((), "Of course you felt lonely", 4.0, 6.0)
    assert found[0].start_s == 4.0
    assert found[-1].end_s == 6.0
    assert in_order(found, 4.0, 6.0)


@given(
    st.lists(st.sampled_from("I you we hear felt alone, Alone. the stairs never".split()), min_size=0, max_size=12),
    st.lists(st.sampled_from("I you we hear felt alone the stairs, not … x".split()), min_size=1, max_size=14),
    st.floats(0, 5000),
)
def test_times_rise_and_lie_inside_whatever_is_written(before: list[str], after: list[str], start_s: float) -> None:
    heard = words(" ".join(before), start_s) if before else ()
    end_s = heard[-1].end_s if heard else start_s + 2.0
    found = realigned(heard, " ".join(after), start_s, end_s)
    assert [w.text for w in found] == after
    assert in_order(found, start_s, end_s)


@given(st.lists(st.sampled_from(["a", "bb", "ccc", "dd."]), min_size=1, max_size=10))
def test_the_same_text_changes_nothing(said: list[str]) -> None:
    heard = words(" ".join(said))
    assert realigned(heard, " ".join(said), heard[0].start_s, heard[-1].end_s) == heard


# ---- one line


def test_a_changed_line_remembers_what_the_machine_made_until_it_is_as_it_was() -> None:
    changed = with_text(line(), "I sat on the stairs.")
    assert changed.made is not None
    assert changed.made.text == SAID
    assert changed.looked
    again = with_text(with_text(changed, "Other words."), SAID)
    assert again.made is None


@pytest.mark.parametrize("at", [9, 10, 11, 12, 13])
def test_a_line_is_cut_at_the_nearer_end_of_a_word(at: int) -> None:
    first, second = split(line(), at, 7, PLACE_ROOM, None)
    where = {9: "I sat on", 10: "I sat on", 11: "I sat on the", 12: "I sat on the", 13: "I sat on the"}[at]
    assert first.text == where
    assert f"{first.text} {second.text}" == SAID
    assert second.id == 7
    assert first.place < second.place < PLACE_ROOM
    assert first.end_s <= second.start_s
    assert first.made == second.made
    assert second.made is not None


@pytest.mark.parametrize("at", [0, len(SAID), 5000])
def test_a_cut_that_leaves_a_part_empty_is_refused(at: int) -> None:
    with pytest.raises(BadInputError, match="between two words"):
        split(line(), at, 7, None, None)


@given(st.integers(1, 8))
def test_what_is_cut_and_joined_is_as_it_was(count: int) -> None:
    at = len(" ".join(SAID.split()[:count]))
    first, second = split(line(), at, 7, None, "Voice 1")
    whole = joined(first, second)
    assert (whole.text, whole.words, whole.made) == (SAID, line().words, None)


def test_joined_lines_are_said_by_the_first_ones_voice_and_keep_all_flags() -> None:
    one = replace(line("Of course."), flags=(Flag.NO_VOICE,), looked=True)
    other = replace(line("That hurt.", 2, "Voice 2", 2.0), flags=(Flag.REPETITION,))
    whole = joined(one, other)
    assert (whole.text, whole.voice, whole.flags) == (
        "Of course. That hurt.",
        "Voice 1",
        (Flag.REPETITION, Flag.NO_VOICE),
    )
    assert whole.needs_look
    assert whole.made is not None
    assert whole.made.text == "Of course. That hurt."


def test_lines_that_are_too_long_together_are_refused() -> None:
    with pytest.raises(BadInputError, match="too long"):
        joined(line(), line("Late.", 2, start_s=200.0))


def test_a_person_is_certain_who_speaks() -> None:
    changed = with_voice(replace(line(), speaker_confidence=0.4), "Voice 2")
    assert (changed.voice, changed.speaker_confidence) == ("Voice 2", None)
    assert with_voice(changed, "Voice 1").made is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Of\n course\t you ", "Of course you"),
        ("a\u202eb\u200bc\ufeff", "abc"),
        ("Cafe\u0301", "Café"),
        ("<script>alert(1)</script> --> & {{ x }}", "<script>alert(1)</script> --> & {{ x }}"),
    ],
)
def test_text_is_kept_as_it_can_be_seen(text: str, kept: str) -> None:
    assert clean_text(text) == kept


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "a\x00b", "a\x02b", "\ud800", "x" * 2001])
def test_text_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        clean_text(text)


@pytest.mark.parametrize(
    ("find", "given", "words_only", "case", "text", "expected"),
    [
        ("jonah", "Jonas", True, False, "Jonah, jonahs and JONAH.", ("Jonas, jonahs and Jonas.", 2)),
        ("jonah", "Jonas", False, False, "Jonah, jonahs", ("Jonas, Jonass", 2)),
        ("jonah", "Jonas", True, True, "Jonah, jonah", ("Jonah, Jonas", 1)),
        ("don't", "do not", True, False, "I don’t and don't", ("I do not and do not", 2)),
        ("a.c", r"\1", True, False, "abc a.c", (r"abc \1", 1)),
        ("um, ", "", True, False, "Well um, yes", ("Well yes", 1)),
        ("(", "", False, False, "a (b)", ("a b)", 1)),
    ],
)
def test_words_are_replaced(
    find: str, given: str, words_only: bool, case: bool, text: str, expected: tuple[str, int]
) -> None:
    assert replacer(find, given, words=words_only, case=case)(text) == expected


def test_nothing_to_find_is_refused() -> None:
    with pytest.raises(BadInputError, match="Type the words"):
        replacer("  ", "x", words=True, case=False)


# ---- turns


def turn(k: int, speaker: str, start_s: float, end_s: float, text: str = "so") -> Turn:
    return Turn(k, speaker, Role.PARTNER, start_s, end_s, text)


TURNS = [turn(k, "MJ"[k % 2], 10.0 * k, 10.0 * k + 9) for k in range(6)]


def test_turns_that_stayed_are_left_alone() -> None:
    new = [
        *TURNS[:2],
        turn(2, "M", 20, 23),
        turn(3, "J", 24, 26),
        turn(4, "M", 27, 29),
        *(replace(t, index=t.index + 2) for t in TURNS[3:]),
    ]
    stretch = changed_stretch(TURNS, new)
    assert (stretch.first, stretch.old_count, stretch.new_count, stretch.shift) == (2, 1, 3, 2)
    assert renumbered(Numbers(0, 1, 1), 0, 19, TURNS, new, stretch) == Numbers(0, 1, 1)
    assert renumbered(Numbers(4, 5, 5), 40, 59, TURNS, new, stretch) == Numbers(6, 7, 7)
    assert renumbered(Numbers(2, 3, 3), 20, 39, TURNS, new, stretch) == Numbers(2, 5, 5)


def test_nothing_changed_is_no_stretch() -> None:
    stretch = changed_stretch(TURNS, TURNS)
    assert (stretch.old_count, stretch.new_count) == (0, 0)


# ---- voices and words of the house


def test_a_sample_is_where_a_voice_is_alone_and_sure() -> None:
    lines = [
        replace(line("Mm.", 1, "Voice 1", 0.0), flags=(Flag.LOW_CONFIDENCE,)),
        line("Where did it go wrong?", 2, "Voice 2", 2.0),
        line("I sat there. " * 6, 3, "Voice 1", 10.0),
    ]
    start_s, end_s = sample_of(lines, "Voice 1") or (0.0, 0.0)
    assert start_s == 10.0
    assert 4.9 <= end_s - start_s <= 5.0
    assert sample_of(lines, "Voice 3") is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x07b", "a\u202eb"])
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(BadInputError):
        clean_name(name)


def test_the_words_of_the_house_are_few_and_each_once() -> None:
    assert clean_words([" Dr  Hale", "dr hale", "", "attachment dance"]) == ("Dr Hale", "attachment dance")
    with pytest.raises(BadInputError, match="60 words"):
        clean_words([f"w{k}" for k in range(61)])
    with pytest.raises(BadInputError, match="too long for the recogniser"):
        clean_words([f"{k} a rather long name" for k in range(50)])
    with pytest.raises(BadInputError):
        clean_words(["a\x00"])
    assert tokens_of(("Mara", "Jonas")) == 4


# ---- side by side


def test_lines_of_two_versions_are_paired_by_time() -> None:
    left = [line("One two three.", 1, start_s=1.0), line("Four five.", 2, start_s=3.0), line("Six.", 3, start_s=9.0)]
    right = [line("One two three four five.", 1, start_s=1.0), line("Seven.", 2, start_s=20.0)]
    groups = groups_of([replace(x, end_s=x.start_s + 1.0) for x in left], [replace(right[0], end_s=4.0), right[1]])
    assert [([x.id for x in g.left], [x.id for x in g.right]) for g in groups] == [([1, 2], [1]), ([3], []), ([], [2])]


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 4)), max_size=12),
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 4)), max_size=12),
)
def test_every_line_is_in_one_pair(left: list[tuple[float, float]], right: list[tuple[float, float]]) -> None:
    sides = [
        [Line(k, k, None, s, s + length, "x") for k, (s, length) in enumerate(sorted(side))] for side in (left, right)
    ]
    groups = groups_of(*sides)
    assert sorted(x.id for g in groups for x in g.left) == list(range(len(left)))
    assert sorted(x.id for g in groups for x in g.right) == list(range(len(right)))


def test_differing_words_are_marked() -> None:
    left, right = pieces_of("I sat on the stairs alone.", "I sat on stares alone.")
    assert left == (("I sat on ", False), ("the stairs ", True), ("alone.", False))
    assert right == (("I sat on ", False), ("stares ", True), ("alone.", False))


# ---- taking changes over

VOICES = (Voice("Voice 1", "Mara", Role.PARTNER, True), Voice("Voice 2", "Jonas", Role.PARTNER, True))
HEARD = (
    line("I sat on the stares with my cote on.", 1),
    line("Of course you felt lonely.", 2, "Voice 2", 6.0),
    line("It hurts.", 3, "Voice 1", 9.0),
)


def carried(mine: list[Line], theirs: list[Line], deleted: tuple[Line, ...] = ()) -> tuple[dict[int, Line], list[str]]:
    outcome = carry(mine, deleted, VOICES, theirs, VOICES, 100)
    lines = {x.id: x for x in theirs} | {i: x for i, x in outcome.lines.items() if x is not None}
    gone = [i for i, x in outcome.lines.items() if x is None]
    return {i: x for i, x in lines.items() if i not in gone}, [one.why for one in outcome.cannot]


def test_a_change_is_done_again_where_the_same_was_heard() -> None:
    mine = [with_text(HEARD[0], SAID), *HEARD[1:]]
    theirs = [replace(HEARD[0], words=words(HEARD[0].text, 1.2), start_s=1.2), *HEARD[1:]]
    lines, cannot = carried(mine, theirs)
    assert lines[1].text == SAID
    assert lines[1].words[4].start_s == pytest.approx(1.2 + 4 * WORD_S)  # when the new one heard it
    assert cannot == []


def test_a_change_goes_into_lines_that_are_cut_elsewhere() -> None:
    mine = [with_text(HEARD[0], "Well, I sat on the stairs with my old coat on."), *HEARD[1:]]
    first, second = split(HEARD[0], len("I sat on the stares"), 50, PLACE_ROOM, "Voice 1")
    theirs = [replace(first, made=None), replace(second, made=None, id=4), *HEARD[1:]]
    lines, cannot = carried(mine, theirs)
    assert (lines[1].text, lines[4].text) == ("Well, I sat on the stairs", "with my old coat on.")
    assert cannot == []


def test_a_change_in_the_middle_of_a_longer_line_leaves_its_other_words() -> None:
    mine = [*HEARD[:2], with_text(HEARD[2], "It hurt.")]
    longer = line("Well. It hurts. Every day.", 3, "Voice 1", 8.8)
    lines, cannot = carried(mine, [*HEARD[:2], longer])
    assert lines[3].text == "Well. It hurt. Every day."
    assert cannot == []


def test_a_change_is_not_done_where_other_words_were_heard() -> None:
    mine = [with_text(HEARD[0], SAID), *HEARD[1:]]
    other = line("She sat on the chairs in her coat.", 1)
    lines, cannot = carried(mine, [other, *HEARD[1:]])
    assert lines[1] == other
    assert cannot == ["The new recognition hears other words here."]


def test_a_change_that_the_new_recognition_makes_itself_is_done() -> None:
    mine = [with_text(HEARD[0], SAID), *HEARD[1:]]
    lines, cannot = carried(mine, [line(SAID, 1), *HEARD[1:]])
    assert lines[1].text == SAID
    assert lines[1].made is None
    assert cannot == []


def test_who_speaks_is_taken_over_by_name() -> None:
    mine = [HEARD[0], with_voice(HEARD[1], "Voice 1"), HEARD[2]]
    swapped = (Voice("A", "Jonas", Role.PARTNER, True), Voice("B", "Mara", Role.PARTNER, True))
    theirs = [replace(x, voice={"Voice 1": "B", "Voice 2": "A"}[x.voice or ""]) for x in HEARD]
    outcome = carry(mine, (), VOICES, theirs, swapped, 100)
    changed = outcome.lines[2]
    assert changed is not None
    assert changed.voice == "B"
    assert outcome.carried == 1


def test_a_cut_between_two_voices_is_taken_over() -> None:
    first, second = split(HEARD[0], len("I sat on the stares"), 9, PLACE_ROOM, "Voice 2")
    outcome = carry([first, second, *HEARD[1:]], (), VOICES, HEARD, VOICES, 100)
    assert [(i, x.text, x.voice) for i, x in outcome.lines.items() if x is not None] == [
        (1, "I sat on the stares", "Voice 1"),
        (100, "with my cote on.", "Voice 2"),
    ]
    assert (outcome.next_line, outcome.carried) == (101, 1)


def test_a_deleted_line_is_deleted_again() -> None:
    lines, cannot = carried(list(HEARD[:2]), list(HEARD), (HEARD[2],))
    assert list(lines) == [1, 2]
    assert cannot == []
    longer = line("Well. It hurts. Every day.", 3, "Voice 1", 8.8)
    lines, cannot = carried(list(HEARD[:2]), [*HEARD[:2], longer], (HEARD[2],))
    assert lines[3] == longer
    assert len(cannot) == 1
