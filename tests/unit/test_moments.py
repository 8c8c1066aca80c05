"""Moments: whose they are, what makes one, and where they begin and end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.moments import LONGEST_S, MOMENTS_VERSION, TITLE_CHARS, find_moments, find_parallels
from companion.moments.weighing import load
from companion.moves import tag_turns
from companion.types import Moment, MomentKind, Role, Tag, Turn, TurnTags, Word

BID = "When you walked out last night I felt so alone and I didn't know if you'd come back."
REPLY = "Of course you felt alone, I walked out without a word."
BEN, ANA, LEE = "Ben", "Ana", "Dr Lee"


def talk(*said: tuple[str | None, str], word_s: float = 0.4, roles: dict[str, Role] | None = None) -> list[Turn]:
    """A conversation at an even pace; Lee leads it unless roles are given."""
    known = {LEE: Role.THERAPIST, BEN: Role.PARTNER, ANA: Role.PARTNER} if roles is None else roles
    turns: list[Turn] = []
    at_s = 0.0
    for k, (speaker, text) in enumerate(said):
        words = tuple(
            Word(at_s + word_s * n, at_s + word_s * n + 0.9 * word_s, w, 0.9) for n, w in enumerate(text.split())
        )
        end_s = at_s + word_s * len(words)
        turns.append(Turn(k, speaker, known.get(speaker or "", Role.UNKNOWN), at_s, end_s, text, words))
        at_s = end_s + 0.2
    return turns


def moments(turns: list[Turn]) -> tuple[Moment, ...]:
    return find_moments(turns, tag_turns(turns))


def filler(seconds: float, word_s: float = 0.4) -> str:
    return " ".join(["And then we drove on past the lake."] * int(seconds / word_s / 8 + 1))


# ---- whose


def test_a_partner_hears_a_partner() -> None:
    found = moments(talk((LEE, "What happened last night?"), (ANA, BID), (BEN, REPLY)))
    assert len(found) == 1
    moment = found[0]
    assert (moment.validating_speaker, moment.validated_speaker) == (BEN, ANA)
    assert (moment.first_turn, moment.reply_turn, moment.last_turn) == (1, 2, 2)
    assert (moment.bid, moment.quote) == (BID, REPLY)
    assert moment.tags[0].tag is Tag.VALIDATION


def test_a_therapists_validation_is_never_a_moment() -> None:
    assert moments(talk((ANA, BID), (LEE, REPLY))) == ()


def test_what_a_partner_tells_the_therapist_is_answered_by_nobody() -> None:
    assert moments(talk((LEE, BID), (BEN, REPLY))) == ()


def test_the_same_partner_does_not_answer_themselves() -> None:
    assert moments(talk((ANA, BID), (LEE, "Mm."), (ANA, REPLY))) == ()


def test_two_voices_without_roles_are_not_taken_for_a_couple() -> None:
    assert moments(talk((ANA, BID), (BEN, REPLY), roles={})) == ()


def test_three_voices_without_roles_are_not() -> None:
    assert moments(talk((LEE, "Go on."), (ANA, BID), (BEN, REPLY), roles={})) == ()


def test_beside_a_known_therapist_the_others_are_partners() -> None:
    assert len(moments(talk((LEE, "Go on."), (ANA, BID), (BEN, REPLY), roles={LEE: Role.THERAPIST}))) == 1


def test_a_voice_nobody_knows_makes_no_moment() -> None:
    assert moments(talk((None, BID), (BEN, REPLY))) == ()


# ---- what


@pytest.mark.parametrize(
    "reply",
    [
        "I understand, but you could have called.",
        "Sorry you feel that way.",
        "I understand.",
        "You should just talk to your sister about it.",
        "It was Tuesday, not Monday.",
        "Anyway, what's for dinner?",
        "You never say what you want.",
        "Whatever. I'm done.",
    ],
)
def test_a_reply_that_turns_away_is_no_moment(reply: str) -> None:
    assert moments(talk((ANA, BID), (BEN, reply))) == ()


@pytest.mark.parametrize(
    "reply",
    [
        "That sounds so lonely.",
        "I'm sorry I walked out on you. That was on me.",
        "That sounds so lonely. What was that like for you?",
        "You matter to me. I'm not going anywhere.",
    ],
)
def test_other_ways_of_hearing_a_feeling_count(reply: str) -> None:
    assert len(moments(talk((ANA, BID), (BEN, reply)))) == 1


def test_warmth_that_answers_no_feeling_is_no_moment() -> None:
    assert moments(talk((ANA, "The second bus came at ten past nine."), (BEN, "I love you."))) == ()


def test_a_near_miss_without_validation_is_never_a_moment() -> None:
    turns = talk((ANA, BID), (BEN, "That sounds so lonely."))
    bid, reply = tag_turns(turns)
    assert len(find_moments(turns, (bid, reply))) == 1
    assert find_moments(turns, (bid, TurnTags(reply.tags, 0.5))) == ()


def test_a_reply_that_hears_and_then_attacks_scores_lower() -> None:
    (plain,) = moments(talk((ANA, BID), (BEN, REPLY)))
    mixed = moments(talk((ANA, BID), (BEN, REPLY + " You should just call your sister next time.")))
    assert all(m.score < plain.score for m in mixed)


# ---- where


def test_a_therapists_prompt_may_stand_between() -> None:
    (moment,) = moments(talk((ANA, BID), (LEE, "Ben, what do you hear her say?"), (BEN, REPLY)))
    assert (moment.first_turn, moment.reply_turn) == (0, 2)


def test_late_validation_finds_its_bid() -> None:
    found = moments(
        talk(
            (ANA, BID),
            (BEN, "The road was closed, so we went round by the lake."),
            (LEE, "Stay with what she said."),
            (BEN, REPLY),
        )
    )
    assert [(m.first_turn, m.reply_turn) for m in found] == [(0, 3)]


def test_a_bid_from_long_ago_is_not_answered_any_more() -> None:
    turns = talk((ANA, BID), (LEE, filler(70.0)), (BEN, REPLY))
    assert moments(turns) == ()


def test_a_reply_may_come_in_two_turns() -> None:
    turns = talk((ANA, BID), (BEN, "I didn't see how scared you were."), (ANA, "Mm."), (BEN, REPLY))
    (moment,) = moments(turns)
    assert (moment.reply_turn, moment.last_turn) == (1, 3)
    assert moment.quote == "I didn't see how scared you were. " + REPLY
    assert moment.end_s == turns[3].end_s


def test_evidence_points_into_the_quote_of_both_turns() -> None:
    (moment,) = moments(
        talk((ANA, BID), (BEN, "I didn't see how scared you were."), (LEE, "Mm."), (BEN, REPLY)),
    )
    assert moment.evidence
    for e in moment.evidence:
        assert moment.quote[e.start_char : e.end_char] == e.text
        assert e.start_s is not None
        assert moment.start_s <= e.start_s < moment.end_s


def test_a_short_bid_brings_what_came_before_it() -> None:
    (moment,) = moments(talk((LEE, "What was it like when he left?"), (ANA, "I felt so alone."), (BEN, REPLY)))
    assert moment.first_turn == 0
    assert moment.bid == "I felt so alone."


def test_a_long_bid_is_cut_at_a_sentence() -> None:
    turns = talk((ANA, filler(120.0) + " " + BID), (BEN, REPLY))
    (moment,) = moments(turns)
    assert moment.length_s <= LONGEST_S
    assert moment.end_s == turns[1].end_s
    starts = {w.start_s: k for k, w in enumerate(turns[0].words)}
    first = starts[moment.start_s]
    assert turns[0].words[first - 1].text.endswith(".")


def test_a_long_reply_is_cut_at_a_sentence_and_so_is_its_quote() -> None:
    turns = talk((ANA, BID), (BEN, REPLY + " " + filler(200.0)))
    (moment,) = moments(turns)
    assert moment.length_s <= LONGEST_S
    assert moment.quote.startswith(REPLY)
    assert moment.quote.endswith(".")
    assert len(moment.quote) < len(turns[1].text)


def test_without_word_times_a_long_stretch_is_cut_all_the_same() -> None:
    turns = [replace(t, words=()) for t in talk((ANA, filler(120.0) + " " + BID), (BEN, REPLY))]
    (moment,) = moments(turns)
    assert moment.length_s == pytest.approx(LONGEST_S)


# ---- several


def test_of_two_replies_to_one_bid_the_stronger_stays() -> None:
    found = moments(
        talk((ANA, BID), (BEN, "That sounds so lonely."), (LEE, "Can you say that to her once more?"), (BEN, REPLY))
    )
    assert len(found) == 1


def test_moments_come_in_the_order_of_time() -> None:
    weak = "That sounds so lonely."
    turns = talk((ANA, BID), (BEN, weak), (LEE, filler(20.0)), (BEN, BID), (ANA, REPLY))
    found = moments(turns)
    assert [m.validating_speaker for m in found] == [BEN, ANA]
    assert found[0].end_s <= found[1].start_s


def test_nothing_said_is_no_moment() -> None:
    assert find_moments((), ()) == ()


def test_tags_must_be_those_of_the_turns() -> None:
    with pytest.raises(ValueError, match="2 turns"):
        find_moments(talk((ANA, BID), (BEN, REPLY)), ())


LINES = st.sampled_from(
    [BID, REPLY, "Mm.", "I felt so alone.", "I understand, but no.", "That sounds so lonely.", filler(30.0), ""]
)


@given(st.lists(st.tuples(st.sampled_from([ANA, BEN, LEE, None]), LINES), max_size=14))
@settings(max_examples=60, deadline=None)
def test_moments_keep_their_promises_in_any_conversation(said: list[tuple[str | None, str]]) -> None:
    turns = talk(*said)
    found = moments(turns)
    assert [m.start_s for m in found] == sorted(m.start_s for m in found)
    for before, after in pairwise(found):
        assert before.end_s <= after.start_s
    for m in found:
        assert 0.0 < m.length_s <= LONGEST_S + 1e-6
        assert m.first_turn < m.reply_turn <= m.last_turn
        assert {m.validating_speaker, m.validated_speaker} == {ANA, BEN}
        assert 0.0 < m.score <= 1.0
        assert all(m.quote[e.start_char : e.end_char] == e.text for e in m.evidence)


def test_the_version_is_a_number_that_results_are_kept_by() -> None:
    assert MOMENTS_VERSION >= 1


# ---- late and oblique

STORY = "I came down with the feed and the field was empty, and I stood there with a bucket and called them."


def test_a_reply_far_from_its_bid_goes_back_to_the_words_it_takes_up() -> None:
    turns = talk(
        (ANA, STORY),
        (BEN, "They would have gone by Christmas anyway."),
        (ANA, "I'm so angry with that man from the market."),
        (BEN, "He paid well."),
        (LEE, "Ben, she was standing there. What do you see?"),
        (BEN, "You stood with that bucket and you called them, and the field was empty."),
        (ANA, "Yes. That."),
    )
    assert [(m.first_turn, m.reply_turn) for m in moments(turns)] == [(0, 5)]


def test_a_bid_without_a_word_of_feeling_counts_when_its_words_are_taken_up() -> None:
    turns = talk(
        (ANA, STORY), (BEN, "You stood with that bucket and you called them, on your own."), (ANA, "Yes. That.")
    )
    assert [(m.first_turn, m.reply_turn) for m in moments(turns)] == [(0, 1)]


def test_the_others_yes_may_stand_between_two_halves_of_a_reply() -> None:
    turns = talk((ANA, BID), (BEN, "I didn't see how scared you were."), (ANA, "No, you did not."), (BEN, REPLY))
    (moment,) = moments(turns)
    assert (moment.reply_turn, moment.last_turn) == (1, 3)


def test_words_used_as_evidence_make_no_moment() -> None:
    turns = talk(
        (ANA, STORY),
        (BEN, "You stood with a bucket because you never looked at the letter. I read the letter."),
        (ANA, "That's not what I said."),
    )
    assert moments(turns) == ()


# ---- kinds and titles


def test_a_moment_in_which_both_lean_in_is_mutual_and_ends_with_the_second() -> None:
    answer = "And you came back, and I never asked what it was like for you. I'm sorry I froze you out like that."
    (one_way,) = moments(talk((ANA, BID), (BEN, REPLY), (ANA, "The bus was late, and then it rained on us all day.")))
    (mutual,) = moments(talk((ANA, BID), (BEN, REPLY), (ANA, answer)))
    assert one_way.kind is MomentKind.ONE_WAY
    assert mutual.kind is MomentKind.MUTUAL
    assert mutual.last_turn == 2
    assert mutual.score >= one_way.score


def test_a_title_is_a_sentence_of_the_reply_and_never_too_long() -> None:
    (moment,) = moments(talk((ANA, BID), (BEN, "Yesterday I drove around. " + REPLY)))
    assert moment.title == REPLY
    long = "Of course you felt alone, " + "and then you sat there in the dark " * 8 + "on your own."
    (moment,) = moments(talk((ANA, BID), (BEN, long)))
    assert len(moment.title) <= TITLE_CHARS
    assert moment.title.endswith("…")


def test_two_who_keep_turning_away_are_parallel_monologues() -> None:
    quarrel = [
        (ANA, "You never listen to a word I say."),
        (BEN, "You always have to have the last word, it's exhausting."),
        (ANA, "Here we go again, it's always my fault with you."),
        (BEN, "It was Tuesday, not Monday, get your facts straight."),
        (ANA, "You never lift a finger in this house, ever."),
        (BEN, "Whatever. I'm done."),
    ]
    turns = talk(*quarrel)
    (stretch,) = find_parallels(turns, tag_turns(turns))
    assert stretch.start_s >= turns[0].start_s
    assert stretch.last_turn - stretch.first_turn >= 4
    heard = talk(*quarrel[:2], (ANA, REPLY), *quarrel[3:])
    assert find_parallels(heard, tag_turns(heard)) == ()


# ---- what was learned


@pytest.mark.parametrize("text", ["", "{}", '{"bid": 1, "reply": {}, "bias": 0, "least": 0.5}', "no json"])
def test_weights_that_cannot_be_read_are_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "moments.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"moments\.json cannot be read"):
        load(path)


def test_a_higher_threshold_gives_fewer_moments() -> None:
    turns = talk((ANA, STORY), (BEN, "They'd gone up the lane to the Dunns, and you stood there."), (ANA, "Yes."))
    tags = tag_turns(turns)
    found = [len(find_moments(turns, tags, replace(load(), least=least))) for least in (0.0, 0.999)]
    assert found == [1, 0]


def test_moments_that_would_overlap_are_cut_to_stand_side_by_side() -> None:
    turns = talk(
        (ANA, BID),
        (BEN, REPLY),
        (ANA, "Thank you. It was the not knowing that scared me."),
        (LEE, "And you, Ben?"),
        (BEN, "I was so ashamed that I couldn't come back in, I sat in the car until two."),
        (ANA, "Of course you were ashamed, sitting out there until two, and I never came to look for you."),
    )
    found = moments(turns)
    assert [m.validating_speaker for m in found] == [BEN, ANA]
    assert found[0].end_s <= found[1].start_s
