"""Feedback: what it says of replies, and what it promises whatever the reply."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.feedback_quality import Figures, measure, read_rows
from companion.feedback import AWAY_NAMES, AWAY_WORDS, give_feedback, is_unsure, pace_of, texts
from companion.feedback.clauses import clauses_of
from companion.feedback.feelings import feelings_of_bid
from companion.feedback.model import LABELS, load
from companion.feedback.safety import speaks_of_harm
from companion.moves.normalise import normalise
from companion.takes import AwayKind, Feedback, Quote, TryKind
from companion.types import LEANING_IN, Chunk, ChunkText, Flag, Span, Word

REPLIES = Path(__file__).parents[1] / "data" / "feedback_replies.jsonl"
LONELY = "I felt so alone last night."


def kinds(said: Feedback) -> set[AwayKind]:
    return {away.kind for away in said.away}


def quotes(said: Feedback) -> list[Quote]:
    found = [move.quote for move in said.moves] + [away.quote for away in said.away]
    found += [said.worked.quote] if said.worked else []
    return found + ([said.try_next.quote] if said.try_next and said.try_next.quote else [])


# ---- our labelled replies, which nothing was learned from


@pytest.fixture(scope="module")
def figures() -> Figures:
    return measure(read_rows(REPLIES))


def test_most_turns_away_are_seen(figures: Figures) -> None:
    assert figures.f1 >= 0.85


def test_good_replies_are_hardly_ever_accused(figures: Figures) -> None:
    assert figures.turned["good"] <= 1


def test_what_worked_is_mostly_right(figures: Figures) -> None:
    assert figures.worked_share >= 0.8


def test_what_to_try_is_mostly_right(figures: Figures) -> None:
    assert figures.try_share >= 0.75


def test_whether_the_feeling_was_named_is_mostly_right(figures: Figures) -> None:
    assert figures.named_share >= 0.85


# ---- turning away


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("I know you were lonely, but I was only at work.", AwayKind.BUT),
        ("You should call your sister when that happens.", AwayKind.FIXING),
        ("It wasn't last night, it was Tuesday.", AwayKind.CORRECTING),
        ("Don't be so dramatic, it's not a big deal.", AwayKind.DISMISSING),
        ("You always do this. You never think of anyone else.", AwayKind.CRITICISM),
        ("I'm not talking about this now. I'm going to bed.", AwayKind.WITHDRAWING),
        ("I was busy, I had to finish the report, what was I supposed to do?", AwayKind.DEFENDING),
    ],
)
def test_each_kind_in_its_plainest_form(reply: str, kind: AwayKind) -> None:
    assert kind in kinds(give_feedback(reply, LONELY))


@pytest.mark.parametrize(
    "reply",
    [
        "I don't see it the same way, but I get that this feels big for you.",
        "You were alone all night, and I didn't call. I'm sorry.",
        "That sounds so lonely. What was the worst part of it?",
        "I don't know what to say, but I'm here.",
    ],
)
def test_what_leaves_the_feeling_standing_is_not_accused(reply: str) -> None:
    assert not give_feedback(reply, LONELY).away


def test_advice_that_was_asked_for_is_none_too_early() -> None:
    said = give_feedback("You should call your boss in the morning.", "I'm so anxious. What should I do?")
    assert AwayKind.FIXING not in kinds(said)


def test_nothing_is_a_but_without_a_word_that_takes_back() -> None:
    said = give_feedback("I'm sorry you felt alone. You should call your sister.", LONELY)
    assert AwayKind.BUT not in kinds(said)


# ---- other wordings


@pytest.mark.parametrize(
    ("reply", "wording"),
    [
        (
            "I get that it was lonely, but it's only a wedding and everybody was tired.",
            "I get that it was lonely.",
        ),
        (
            "um i know it was lonely for you but you could have called me",
            "I know it was lonely for you.",
        ),
        ("You should talk to your boss.", "Would it help to talk to your boss, or shall I just listen?"),
        ("Have you tried going to bed earlier?", "Would going to bed earlier help, or shall I just listen?"),
        ("Why don't you call your sister?", "Would it help to call your sister, or shall I just listen?"),
    ],
)
def test_their_own_sentence_said_another_way(reply: str, wording: str) -> None:
    said = give_feedback(reply, LONELY)
    assert said.try_next is not None
    assert said.try_next.wording == wording


def test_a_feeling_that_was_not_named_is_put_to_their_own_sentence() -> None:
    said = give_feedback("I'm sorry I didn't call.", LONELY)
    assert said.try_next is not None
    assert said.try_next.kind is TryKind.NAME_FEELING
    assert said.try_next.wording == "I'm sorry I didn't call, and it sounds like you felt alone."


def test_a_given_feeling_comes_before_one_that_is_looked_for() -> None:
    assert feelings_of_bid(LONELY, ["left out"])[0] == "left out"
    said = give_feedback("I'm sorry I didn't call.", LONELY, feeling=["left out"])
    assert said.try_next is not None
    assert "you felt left out" in said.try_next.wording


def test_no_wording_says_a_word_of_the_first_person_for_the_other() -> None:
    said = give_feedback("I'm sorry I didn't call.", "I sat there on my own and I felt so on my own with it.")
    assert said.try_next is not None
    assert "on my own" not in said.try_next.wording


@pytest.mark.parametrize("row", read_rows(REPLIES), ids=lambda row: row["id"])
def test_wordings_are_whole_sentences(row: dict[str, str]) -> None:
    said = give_feedback(row["reply"], row["bid"])
    assert said.try_next is not None
    wording = said.try_next.wording
    if wording:
        assert wording[0].isupper()
        assert wording[-1] in ".!?…"
        assert not re.search(r"\bi\b|\bum\b|  |,\.| but\.| and\.", wording)


# ---- words, and where they lie


@pytest.mark.parametrize("row", read_rows(REPLIES), ids=lambda row: row["id"])
def test_quotes_are_the_persons_own_words(row: dict[str, str]) -> None:
    for quote in quotes(give_feedback(row["reply"], row["bid"])):
        assert row["reply"][quote.start_char : quote.end_char] == quote.text
        assert quote.text.strip()


def test_quotes_have_times_where_the_words_have_them() -> None:
    reply = "That sounds so lonely. You should call your sister."
    words = tuple(Word(0.5 * k, 0.5 * k + 0.4, w, 0.9) for k, w in enumerate(reply.split()))
    said = give_feedback(reply, LONELY, words=words)
    assert said.worked is not None
    assert (said.worked.quote.start_s, said.worked.quote.end_s) == (0.0, 1.9)
    away = next(a.quote for a in said.away if a.kind is AwayKind.FIXING)
    assert (away.start_s, away.end_s) == (2.0, 4.4)
    assert give_feedback(reply, LONELY).worked is not None
    assert all(q.start_s is None for q in quotes(give_feedback(reply, LONELY)))


def test_words_that_were_corrected_away_do_not_stop_the_others() -> None:
    words = (Word(0.0, 0.2, "That", 0.9), Word(0.2, 0.5, "pounds", 0.3), Word(0.5, 0.9, "lonely.", 0.9))
    said = give_feedback("That sounds lonely.", LONELY, words=words)
    assert said.worked is not None
    assert (said.worked.quote.start_s, said.worked.quote.end_s) == (0.0, 0.9)


def test_clauses_hold_every_word_and_come_apart_without_punctuation() -> None:
    doc = normalise("i'm sorry i left you there but it's only a wedding you could have come over")
    found = [clause.text(doc) for clause in clauses_of(doc)]
    assert found == ["i'm sorry i left you there", "but it's only a wedding", "you could have come over"]


# ---- little or nothing to go by


@pytest.mark.parametrize("reply", ["", "   ", "...?!", "😀 😀", "\u200b"])
def test_nothing_heard_is_said_as_such(reply: str) -> None:
    said = give_feedback(reply, LONELY)
    assert said.try_next is not None
    assert said.try_next.text == texts.NOTHING_HEARD
    assert not said.moves
    assert not said.away
    assert said.worked is None


@pytest.mark.parametrize("reply", ["Yes.", "Mm, yeah, right.", "Okay"])
def test_a_word_is_too_little(reply: str) -> None:
    said = give_feedback(reply, LONELY)
    assert said.try_next is not None
    assert said.try_next.text == texts.ONE_WORD


def test_another_language_is_not_judged() -> None:
    said = give_feedback("Bonjour mon amour, je suis là pour toi ce soir, raconte.", LONELY)
    assert not said.away
    assert said.worked is None


def test_two_minutes_of_text_take_no_time_to_speak_of() -> None:
    reply = " ".join(row["reply"] for row in read_rows(REPLIES)[:14])
    assert len(reply.split()) > 250
    said = give_feedback(reply, LONELY)
    assert said.away
    assert all(len(away.quote.text.split()) < 60 for away in said.away)


def test_unsure_is_handed_on() -> None:
    assert give_feedback("I'm here.", LONELY, unsure=True).unsure
    assert not give_feedback("I'm here.", LONELY).unsure


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80))
def test_no_text_breaks_it(reply: str, bid: str) -> None:
    said = give_feedback(reply, bid)
    assert said.try_next is not None
    for quote in quotes(said):
        assert reply[quote.start_char : quote.end_char] == quote.text


WORDS = (
    "i you but sorry that alone felt should never the not and know was it's don't work mum just lonely ? . ,".split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_order_of_words_breaks_it(words: list[str]) -> None:
    said = give_feedback(" ".join(words), LONELY)
    assert said.try_next is not None
    assert said.try_next.wording == said.try_next.wording.strip()


# ---- safety


@pytest.mark.parametrize(
    "reply",
    [
        "I want to die.",
        "Some days I just want to kill myself.",
        "I've been hurting myself again.",
        "He hit me last night.",
        "I'm afraid he will hurt me.",
        "I'm scared that she'll hit the kids.",
        "I don't want to live any more.",
        "You'd all be better off without me.",
        "i've been thinking about suicide",
        "He pushed me down the stairs.",
        "You slapped me in the kitchen.",
        "I hit you, and I'm sorry.",
        "He threatened to kill me.",
        "I just want to end it all.",
    ],
)
def test_violence_and_self_harm_are_noticed(reply: str) -> None:
    assert speaks_of_harm(normalise(reply))
    assert give_feedback(reply, LONELY).safety


@pytest.mark.parametrize(
    "reply",
    [
        "This job is killing me.",
        "I was dying of laughter.",
        "That hit me hard, what you said.",
        "It hurt me when you left.",
        "I hurt you, and I'm sorry.",
        "I'd kill for a coffee.",
        "I'm dead tired.",
        "You beat me at chess again.",
        "I could have died when she said that.",
        "I cut myself off from everybody, and I don't want to.",
        "It kills me to see you cry.",
        "I'm scared you'll leave me.",
        "We hit a wall, you and I.",
        "I want to end this fight.",
        "I killed myself with work for this family.",
        "It hit me that you were alone.",
        "He beat me to it.",
        "I wanted to die of embarrassment.",
    ],
)
def test_ways_of_speaking_are_not(reply: str) -> None:
    assert not speaks_of_harm(normalise(reply))


# ---- what it says


def test_every_kind_and_every_move_has_its_words() -> None:
    assert set(AWAY_NAMES) == set(AWAY_WORDS) == set(AwayKind)
    assert set(texts.TRY) == set(TryKind)
    assert set(texts.WORKED) == set(LEANING_IN)


def test_no_text_grades_or_diagnoses() -> None:
    said = [*AWAY_NAMES.values(), *AWAY_WORDS.values(), *texts.WORKED.values(), *texts.TRY.values()]
    for text in said:
        assert not re.search(r"\b(wrong|bad|good|score|grade|fail|mistake|toxic|avoidant|should|must)\b", text), text
        assert len(text) < 200


def test_what_worked_quotes_their_words() -> None:
    said = give_feedback("That sounds so lonely.", LONELY)
    assert said.worked is not None
    assert "“That sounds so lonely”" in said.worked.text


def test_the_model_names_what_it_was_learned_from() -> None:
    assert load().about["replies"] > 300
    assert set(load().least) == set(LABELS)


# ---- pace


def test_pace_counts_voice_pauses_and_words() -> None:
    speech = [Span(1.0, 3.0), Span(3.2, 5.0), Span(6.5, 8.5)]
    pace = pace_of(speech, "I, um, I hear you. Uh, that sounds lonely.", 10.0)
    assert pace.spoken_s == pytest.approx(5.8)
    assert (pace.pauses, pace.longest_pause_s) == (1, 1.5)
    assert pace.fillers_at_least == 2
    assert pace.words_per_minute == pytest.approx(9 / 5.8 * 60, abs=0.1)


def test_silence_has_no_pace() -> None:
    pace = pace_of([], "", 5.0)
    assert (pace.spoken_s, pace.words_per_minute, pace.pauses) == (0.0, 0.0, 0)


def test_spans_that_touch_or_lie_outside_are_joined_and_cut() -> None:
    pace = pace_of([Span(2.0, 4.0), Span(0.0, 2.5), Span(4.0, 9.0)], "one two three", 5.0)
    assert (pace.spoken_s, pace.pauses) == (5.0, 0)


def chunk(*probabilities: float, flags: tuple[Flag, ...] = ()) -> ChunkText:
    words = tuple(Word(k, k + 0.5, "word", p) for k, p in enumerate(probabilities))
    return ChunkText(Chunk(0, 0.0, 5.0, 4.0), words, flags, -0.3, 1)


def test_unsure_by_flags_and_by_words() -> None:
    assert not is_unsure([chunk(0.9, 0.95, 0.8)])
    assert is_unsure([chunk(0.9, 0.95), chunk(0.9, flags=(Flag.LOW_CONFIDENCE,))])
    assert is_unsure([chunk(0.9, 0.9, 0.9, 0.3, 0.2)])
    assert is_unsure([chunk(0.6, 0.62, 0.55)])
    assert not is_unsure([])
