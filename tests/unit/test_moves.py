"""The tagger: what it says about turns, and what it promises whatever the turn."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import moves
from companion.moves import LABELS, MEANINGS, tag_turn, tag_turns
from companion.moves.bids import is_back_channel, read_bid
from companion.moves.context import Conversation
from companion.moves.decide import PARENTS
from companion.moves.features import features_of
from companion.moves.model import LABELS_IN_ORDER, load, scaled
from companion.moves.normalise import normalise
from companion.moves.patterns import Label
from companion.moves.weigh import weigh_turn
from companion.types import Role, Tag, Turn, TurnTags, Word
from tests.moves_report import figures, labels_given, load_examples

LONELY = ("I felt so alone last night.",)


def given_tags(text: str, *context: str, role: Role = Role.PARTNER) -> set[str]:
    return labels_given(tag_turn(text, context, role))


def a_turn(index: int, speaker: str | None, text: str, role: Role = Role.PARTNER, start_s: float = 0.0) -> Turn:
    words = tuple(Word(start_s + 0.5 * k, start_s + 0.5 * k + 0.4, w, 0.9) for k, w in enumerate(text.split()))
    return Turn(index, speaker, role, start_s, start_s + 0.5 * len(words), text, words)


def likelihood(turns: list[Turn], k: int, tag: Tag) -> float:
    """How likely the model finds a tag for a turn of a conversation, given or not."""
    conversation = Conversation(turns)
    features = features_of(conversation.reads[k].doc, conversation.setting(k), turns[k].role)
    return float(load().scores(scaled(features))[LABELS_IN_ORDER.index(tag)])


# ---- our own examples


def test_validation_is_rarely_claimed_where_there_is_none() -> None:
    assert figures(load_examples())["validation"].precision >= 0.85


def test_most_validation_is_found() -> None:
    assert figures(load_examples())["validation"].recall >= 0.85


def test_most_near_misses_are_flagged() -> None:
    assert figures(load_examples())["near_miss"].recall >= 0.8


def test_no_near_miss_of_ours_passes_for_validation() -> None:
    fooled = [
        e.id
        for e in load_examples()
        if e.near_miss and Tag.VALIDATION not in e.tags and "validation" in given_tags(e.text, *e.context, role=e.role)
    ]
    assert fooled == []


@pytest.mark.parametrize("tag", list(Tag))
def test_each_tag_is_found_and_not_scattered(tag: Tag) -> None:
    found = figures(load_examples())[tag.value]
    assert found.hits + found.misses >= 4, "too few examples to say anything"
    assert found.precision >= 0.75
    assert found.recall >= 0.75


def test_there_are_enough_examples_with_ids_of_their_own() -> None:
    ids = [e.id for e in load_examples()]
    assert len(ids) == len(set(ids)) >= 120


# ---- what decides for validation


@pytest.mark.parametrize(
    "ending",
    [
        ", but you could have called",
        " but it wasn't my fault",
        ", at least you had the car",
        ", just calm down",
        ", now can we eat",
        ", anyway",
        ", you should let it go",
        ", however we agreed on it",
    ],
)
@pytest.mark.parametrize("opening", ["I get that you were scared", "I know how hard it was", "It makes sense you left"])
def test_an_acknowledgement_taken_back_in_its_sentence_is_a_near_miss(opening: str, ending: str) -> None:
    found = given_tags(opening + ending + ".", *LONELY)
    assert "near_miss" in found
    assert "validation" not in found


@pytest.mark.parametrize("opening", ["I get that you were scared.", "It makes sense you left."])
def test_an_acknowledgement_of_its_own_stands_though_advice_follows(opening: str) -> None:
    found = given_tags(f"{opening} Maybe you could ask your sister for help.", *LONELY)
    assert {"validation", "fixing"} <= found


def test_a_but_before_the_acknowledgement_takes_nothing_back() -> None:
    assert "validation" in given_tags("I don't see it the same way, but I get that this feels big for you.", *LONELY)


def test_a_but_that_turns_towards_the_other_takes_nothing_back() -> None:
    found = given_tags("It makes sense you left, but I'm still here and I want to hear it.", *LONELY)
    assert "validation" in found
    assert "near_miss" not in found


def test_now_inside_understanding_is_no_turn() -> None:
    assert "validation" in given_tags("I see now why you were so scared.", *LONELY)


def test_a_full_stop_before_but_saves_little() -> None:
    assert "validation" not in given_tags("I know it's hard. But you could have called.", *LONELY)


@pytest.mark.parametrize("text", ["I understand.", "Okay, makes sense.", "Fair enough.", "I get it."])
def test_an_acknowledgement_that_names_nothing_is_a_near_miss(text: str) -> None:
    assert given_tags(text, *LONELY) == {"near_miss"}


@pytest.mark.parametrize("text", ["Sorry you feel that way.", "I'm sorry if I hurt you.", "I'm sorry, but you began."])
def test_an_apology_that_takes_itself_back_owns_nothing(text: str) -> None:
    found = given_tags(text, *LONELY)
    assert "near_miss" in found
    assert "ownership" not in found


def test_sorry_to_hear_that_is_care() -> None:
    assert given_tags("I'm sorry to hear that.", *LONELY) == {"care"}


def test_an_oblique_validation_weighs_more_after_a_feeling() -> None:
    after_feeling = tag_turn("Course you did.", ("I cried, I was so hurt.",))
    after_talk = tag_turn("Course you did.", ("We took the second bus.",))
    assert after_feeling.score(Tag.VALIDATION) > after_talk.score(Tag.VALIDATION)


def test_advice_that_was_asked_for_is_no_fixing() -> None:
    advice = "You should talk to your boss."
    assert "fixing" in given_tags(advice, "I feel so small at work.")
    assert "fixing" not in given_tags(advice, "I feel so small at work. What should I do?")


def test_a_therapist_who_explains_is_tagged_lightly() -> None:
    advice = "You could try a walk before you talk."
    partner = tag_turn(advice, LONELY, Role.PARTNER).score(Tag.FIXING)
    assert tag_turn(advice, LONELY, Role.THERAPIST).score(Tag.FIXING) < partner


def test_a_break_with_a_return_is_a_named_block_and_no_stonewalling() -> None:
    found = given_tags("I can't do this right now. I need twenty minutes and then I'll come back.", "Say something!")
    assert "names_block" in found
    assert "stonewalling" not in found


def test_a_break_without_a_return_stonewalls() -> None:
    assert "stonewalling" in given_tags("I can't do this. Leave me alone.", "Say something!")


def test_own_view_after_hearing_is_no_defence() -> None:
    assert "defensiveness" not in given_tags("I hear that it landed as cold. Inside I was panicking.", "You were cold.")


# ---- recognised speech


@pytest.mark.parametrize(
    ("written", "recognised"),
    [
        ("It makes sense you're hurt. I didn't call.", "it makes sense youre hurt i didnt call"),
        ("I'm sorry I forgot.", "im um sorry i i forgot"),
        ("I don't want to talk about it.", "i dont wanna talk about it"),
        ("You should've told me.", "you should of told me"),
        ("When I feel criticised, I shut down.", "When I I feel criticized uh I shut down"),
    ],
)
def test_spelling_fillers_and_punctuation_change_no_tag(written: str, recognised: str) -> None:
    assert given_tags(written, *LONELY) == given_tags(recognised, *LONELY)


def test_curly_apostrophes_are_apostrophes() -> None:
    assert normalise("I’m sure you don’t").words == normalise("I'm sure you don't").words


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_evidence_always_quotes_the_text(text: str) -> None:
    for scored in tag_turn(text + " I understand why you left, İ I'm sorry I snapped.").tags:
        for e in scored.evidence:
            assert (text + " I understand why you left, İ I'm sorry I snapped.")[e.start_char : e.end_char] == e.text


# ---- the border


def test_every_tag_has_a_meaning_a_label_and_a_threshold() -> None:
    model = load()
    for chosen in (*model.shown, *model.queued):
        assert set(MEANINGS) == set(LABELS) == set(Tag) == set(chosen) - {"near_miss"}
        assert all(0.0 < score < 1.0 for score in chosen.values())
    assert all(queued[t] <= shown[t] for queued, shown in zip(model.queued, model.shown, strict=True) for t in Tag)
    assert len(set(LABELS.values())) == len(Tag)
    assert moves.MOVES_VERSION >= 1


def test_every_example_keeps_the_promises_about_scores() -> None:
    for e in load_examples():
        found = tag_turn(e.text, e.context, e.role)
        scores = [t.score for t in found.tags]
        assert scores == sorted(scores, reverse=True)
        assert all(0.0 < t.score <= 1.0 for t in found.tags)
        assert all(t.evidence for t in found.tags)
        assert 0.0 <= found.near_miss <= 1.0
        names = {t.tag for t in found.tags}
        assert all(PARENTS[n] in names for n in names if n in PARENTS)


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "mm", "嗯嗯 是的", "\x00"])
def test_next_to_nothing_gets_no_tag(text: str) -> None:
    tags = tag_turn(text, (text,))
    assert (tags.tags, tags.doubtful, tags.near_miss) == ((), (), 0.0)


def test_tag_turns_looks_past_a_therapist_for_the_bid() -> None:
    turns = [
        a_turn(0, "Ana", "I cried in the car, I was so hurt."),
        a_turn(1, "Dr Lee", "Did you take the bus or the train?", Role.THERAPIST, 10.0),
        a_turn(2, "Ben", "Course you did.", start_s=20.0),
    ]
    talk = [a_turn(0, "Ana", "We took the second bus."), *turns[1:]]
    assert likelihood(turns, 2, Tag.VALIDATION) > likelihood(talk, 2, Tag.VALIDATION)


def test_tag_turns_gives_evidence_the_times_of_its_words() -> None:
    found = tag_turns([a_turn(0, "Ana", "well um I'm sorry I forgot your birthday", start_s=5.0)])[0]
    evidence = next(t for t in found.tags if t.tag is Tag.OWNERSHIP).evidence[0]
    assert "sorry" in evidence.text
    before = len("well um I'm sorry I forgot your birthday"[: evidence.start_char].split())
    assert evidence.start_s == pytest.approx(5.0 + 0.5 * before)
    assert evidence.end_s == pytest.approx(5.0 + 0.5 * (before + len(evidence.text.split()) - 1) + 0.4)


def test_evidence_keeps_its_times_after_a_person_corrected_a_word() -> None:
    turn = a_turn(0, "Ana", "yesterday I hurted you and I'm sorry I snapped")
    corrected = Turn(0, "Ana", Role.PARTNER, 0.0, turn.end_s, turn.text.replace("hurted", "really hurt"), turn.words)
    ownership = next(t for t in tag_turns([corrected])[0].tags if t.tag is Tag.OWNERSHIP)
    snapped = next(e for e in ownership.evidence if "snapped" in e.text)
    assert snapped.end_s == turn.words[-1].end_s


def test_turns_without_words_have_evidence_without_times() -> None:
    turn = Turn(0, None, Role.UNKNOWN, 0.0, 1.0, "I'm sorry I snapped.")
    assert all(e.start_s is None for t in tag_turns([turn])[0].tags for e in t.evidence)


# ---- bids


def test_a_feeling_is_a_bid_and_an_errand_is_none() -> None:
    assert read_bid(normalise("I felt so alone last night.")).strength >= 0.5
    assert read_bid(normalise("You never even looked up from your phone.")).strength >= 0.5
    assert read_bid(normalise("The plumber comes at nine.")).strength < 0.5


@pytest.mark.parametrize(("text", "expected"), [("Mm-hm.", True), ("yeah, right", True), ("Yeah, I left.", False)])
def test_back_channels_are_told_from_words(text: str, expected: bool) -> None:
    assert is_back_channel(text) is expected


# ---- speed


@pytest.mark.parametrize(
    "piece",
    [
        "i understand you and you always feel like it makes sense but when i feel hurt i shut down ",
        "i i was i was that that is so so hard ",
        "that is really really so so very ",
        "I'm sorry. But... ",
        "you " * 5,
        "'" * 20,
    ],
)
def test_a_very_long_turn_takes_less_than_a_second(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    began_s = time.process_time()
    tag_turn(text)
    assert time.process_time() - began_s < 1.0


# ---- hearing without a stock phrase: the turns around decide

BUCKET = "I came down with the feed and the field was empty. Thirty years I fed them, and I stood there with a bucket."


def led_talk(*said: tuple[str, str]) -> list[Turn]:
    """A conversation that Lee leads, at an even pace."""
    turns: list[Turn] = []
    at_s = 0.0
    for k, (speaker, text) in enumerate(said):
        role = Role.THERAPIST if speaker == "Lee" else Role.PARTNER
        turns.append(a_turn(k, speaker, text, role, at_s))
        at_s = turns[-1].end_s + 0.5
    return turns


def tags_of_last(*said: tuple[str, str], at: int = -1) -> TurnTags:
    """The tags of one turn of it."""
    return tag_turns(led_talk(*said))[at]


def likely(*said: tuple[str, str], at: int = -1, tag: Tag = Tag.VALIDATION) -> float:
    """How likely a tag is for one turn of it."""
    return likelihood(led_talk(*said), at % len(said), tag)


def cued_odds(*said: tuple[str, str]) -> dict[Label, float]:
    """What the cues alone add to each label of its last turn."""
    conversation = Conversation(led_talk(*said))
    last = len(said) - 1
    return dict(weigh_turn(conversation.reads[last].doc, conversation.setting(last), Role.PARTNER).odds)


def test_the_others_own_words_told_back_validate_and_are_the_evidence() -> None:
    reply = "You stood in that field with the bucket and nobody there."
    found = tags_of_last(("Ana", BUCKET), ("Ben", reply), ("Ana", "Yes. That."), at=1)
    words = " ".join(e.text for t in found.tags if t.tag is Tag.VALIDATION for e in t.evidence)
    assert "field" in words or "bucket" in words


def test_the_same_account_that_takes_up_nothing_validates_less() -> None:
    echoing = likely(("Ana", BUCKET), ("Ben", "You stood in that field with the bucket."))
    elsewhere = likely(("Ana", BUCKET), ("Ben", "You stood in that queue with the parcel."))
    assert echoing > elsewhere


@pytest.mark.parametrize(
    "reply",
    [
        "You stood in the field with a bucket, but you could have asked.",
        "You stood in the field with a bucket?",
        "You always stood in the field with that bucket.",
        "When you stood in the field with a bucket, I was paying the bills.",
        "You carried a bucket. I carried the field and the bucket and the house.",
    ],
)
def test_words_thrown_back_do_not_validate(reply: str) -> None:
    assert tags_of_last(("Ana", BUCKET), ("Ben", reply)).score(Tag.VALIDATION) == 0.0


@pytest.mark.parametrize("answer", ["Yes. That.", "Thank you.", "With the bucket. Yeah."])
def test_an_uptake_raises_the_reply_before(answer: str) -> None:
    reply = ("Ben", "You were there with the bucket.")
    assert likely(("Ana", BUCKET), reply, ("Ana", answer), at=1) > likely(("Ana", BUCKET), reply, at=1)


@pytest.mark.parametrize("answer", ["That's not what I said.", "There you go.", "See?", "I did not stand in a field."])
def test_a_protest_lowers_the_reply_before(answer: str) -> None:
    reply = ("Ben", "You stood in that field with the bucket and nobody there.")
    assert likely(("Ana", BUCKET), reply, ("Ana", answer), at=1) < likely(("Ana", BUCKET), reply, at=1)


def test_a_therapist_who_marks_a_reply_raises_it() -> None:
    reply = ("Ben", "You were there with the bucket.")
    silent = likely(("Ana", BUCKET), reply, ("Lee", "We have ten minutes left."), at=1)
    assert likely(("Ana", BUCKET), reply, ("Lee", "What is it like to hear that, Ana?"), at=1) > silent


def test_a_therapists_prompt_raises_the_reply_after() -> None:
    reply = ("Ben", "You were there with the bucket.")
    plain = likely(("Ana", BUCKET), ("Lee", "We have ten minutes left."), reply)
    assert likely(("Ana", BUCKET), ("Lee", "Can you say that to her?"), reply) > plain


def test_a_therapist_keeps_a_partners_words_in_the_room() -> None:
    story = [("Ana", BUCKET), ("Ben", "They would have gone by Christmas, " * 12 + "all of them.")] * 1
    long_ago = [*story, *[("Ben", "And the truck went to the garage for the winter, as it does. " * 6)] * 3]
    reply = ("Ben", "You were there with the bucket, and the field.")
    without = likely(*long_ago, ("Lee", "Go on."), reply)
    assert likely(*long_ago, ("Lee", "She came to the field with a bucket."), reply) > without


def test_a_self_doubt_that_is_contradicted_is_heard() -> None:
    found = tags_of_last(
        ("Ana", "I packed him a lunch for the library, I feel like such an idiot."),
        ("Ben", "You're not an idiot. You packed me a lunch and I let you."),
        ("Ana", "Yes."),
        at=1,
    )
    assert found.score(Tag.VALIDATION) > 0.0


def test_a_no_to_a_no_is_no_dispute() -> None:
    reply = ("Ben", "No, it was the bucket.")
    agreeing = cued_odds(("Ana", BUCKET), ("Lee", "I don't think it was the sheep."), reply)
    arguing = cued_odds(("Ana", BUCKET), ("Lee", "So it was the sheep."), reply)
    assert agreeing.get(Tag.CORRECTING, 0.0) < arguing[Tag.CORRECTING]


def test_an_own_act_told_from_the_others_side_is_owned() -> None:
    found = tags_of_last(
        ("Ana", "I looked at you when she laughed at my pots, and I felt so small at that table."),
        ("Ben", "You looked at me for help and I gave you potatoes."),
    )
    assert found.score(Tag.OWNERSHIP) > 0.0


def test_a_service_that_is_counted_up_is_not_owned() -> None:
    assert tags_of_last(("Ana", "I was at work until nine."), ("Ben", "I put your plate in the oven.")).tags == ()


def test_a_confession_that_the_other_confirms_is_owned() -> None:
    told = ("Ben", "I hear her at night, I hear her and I keep my eyes shut.")
    silent = likely(("Ana", BUCKET), told, ("Ana", "And then?"), at=1, tag=Tag.OWNERSHIP)
    assert likely(("Ana", BUCKET), told, ("Ana", "I know you do."), at=1, tag=Tag.OWNERSHIP) > silent


def test_misheard_words_do_not_hide_an_echo() -> None:
    found = tags_of_last(
        ("Ana", "i came down with the fee and the field was empty thirty ears i fed and i stood there with a bucket"),
        ("Ben", "you stood in at field with a bucket and no buddy there"),
        ("Ana", "yes that"),
        at=1,
    )
    assert found.score(Tag.VALIDATION) > 0.0


def test_a_conversation_is_tagged_at_a_thousand_turns_a_second() -> None:
    turns = [
        a_turn(k, "Ana" if k % 2 else "Ben", e.text, Role.PARTNER, 10.0 * k) for k, e in enumerate(load_examples())
    ]
    tag_turns(turns)
    began_s = time.process_time()
    tag_turns(turns)
    assert len(turns) / (time.process_time() - began_s) > 1000
