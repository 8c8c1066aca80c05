"""Tracks, segments, turns, roles, and the parts of clustering that need no voices."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from companion.errors import BadInputError
from companion.speakers import (
    SpokenWord,
    cluster,
    estimate_speakers,
    name_voices,
    suggest_roles,
    to_segments,
    to_turns,
    words_of_tracks,
)
from companion.speakers.cluster import best_path, ward
from companion.speakers.features import COEFFICIENTS, frames_of, mean_and_spread
from companion.speakers.mixture import fit
from companion.speakers.products import times, transposed_times
from companion.types import SAMPLE_RATE_HZ, Flag, Role, Segment, Span, Turn, Voice, Word

RNG = np.random.default_rng


class Sound:
    """Sound in memory that remembers the longest stretch that was asked for."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.samples = samples
        self.longest_s = 0.0

    def read(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        self.longest_s = max(self.longest_s, end_s - start_s)
        first = max(0, round(start_s * SAMPLE_RATE_HZ))
        return self.samples[first : max(first, round(end_s * SAMPLE_RATE_HZ))]


def word(start_s: float, end_s: float, text: str = "word") -> Word:
    return Word(start_s, end_s, text, 0.9)


def spoken(
    start_s: float, end_s: float, speaker: str, text: str = "word", confidence: float | None = None
) -> SpokenWord:
    return SpokenWord(word(start_s, end_s, text), speaker, confidence)


def noise(length_s: float, gains: dict[tuple[float, float], float], seed: int = 1) -> Sound:
    """Quiet noise, louder by a gain within some stretches."""
    samples = RNG(seed).normal(0, 1e-4, round(length_s * SAMPLE_RATE_HZ))
    for (start_s, end_s), gain in gains.items():
        first, last = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        samples[first:last] += RNG(seed + 1).normal(0, gain, last - first)
    return Sound(samples.astype(np.float32))


# ---- tracks


def test_a_word_that_bled_into_another_track_is_dropped() -> None:
    ann, ben = [word(1, 1.5, "hello"), word(1.5, 2, "there")], [word(1, 1.5, "hello"), word(3, 4, "hi")]
    sound = {
        "Ann": noise(5, {(1, 2): 0.1, (3, 4): 0.01}),
        "Ben": noise(5, {(1, 2): 0.01, (3, 4): 0.1}, seed=5),
    }
    merged = words_of_tracks({"Ann": ann, "Ben": ben}, sound)
    assert [(s.speaker, s.word.text) for s in merged] == [("Ann", "hello"), ("Ann", "there"), ("Ben", "hi")]
    assert all(s.confidence is None for s in merged)


def test_a_quietly_recorded_track_loses_nothing() -> None:
    loud, quiet = [word(1, 2), word(5, 6)], [word(3, 4), word(5, 6)]
    sound = {
        "Ann": noise(7, {(1, 2): 0.2, (5, 6): 0.2}),
        "Ben": noise(7, {(3, 4): 0.03, (5, 6): 0.03}, seed=5),
    }
    merged = words_of_tracks({"Ann": loud, "Ben": quiet}, sound)
    assert Counter(s.speaker for s in merged) == {"Ann": 2, "Ben": 2}


def test_a_track_on_which_only_others_are_heard_has_no_words() -> None:
    words = [word(1, 2), word(3, 4)]
    sound = {"Ann": noise(5, {(1, 2): 0.1, (3, 4): 0.1}), "Ben": noise(5, {(1, 2): 0.004, (3, 4): 0.004}, seed=5)}
    assert {s.speaker for s in words_of_tracks({"Ann": words, "Ben": words}, sound)} == {"Ann"}


def test_a_quiet_word_that_no_other_track_has_is_kept_as_doubtful() -> None:
    sound = {"Ann": noise(5, {(1, 2): 0.1, (3, 4): 0.1}), "Ben": noise(5, {(1, 2): 0.005, (4.1, 4.9): 0.1}, seed=5)}
    merged = words_of_tracks({"Ann": [word(3, 4)], "Ben": [word(1, 2, "faint"), word(4.1, 4.9)]}, sound)
    faint = next(s for s in merged if s.word.text == "faint")
    assert faint.speaker == "Ben"
    assert faint.confidence is not None
    assert faint.confidence < 0.5


def test_a_track_without_its_sound_is_named() -> None:
    with pytest.raises(BadInputError, match="Ben"):
        words_of_tracks({"Ben": [word(0, 1)]}, {})


# ---- segments


@st.composite
def conversations(draw: st.DrawFn) -> list[SpokenWord]:
    """Words in any rhythm, with pauses, overlaps and several speakers."""
    at_s, words = 0.0, []
    for _ in range(draw(st.integers(0, 60))):
        at_s = max(0.0, at_s + draw(st.sampled_from([-0.3, 0.0, 0.0, 0.05, 0.3, 1.0, 25.0])))
        length_s = draw(st.sampled_from([0.0, 0.1, 0.3, 0.9, 4.0]))
        text = draw(st.sampled_from(["so", "well", "yes.", "what?", "no!", "hm…"]))
        sure = draw(st.sampled_from([None, 0.2, 0.9]))
        words.append(spoken(at_s, at_s + length_s, draw(st.sampled_from("ABC")), text, sure))
        at_s += length_s
    return words


@given(conversations())
def test_segments_hold_every_word_once(words: list[SpokenWord]) -> None:
    segments = to_segments(words)
    assert Counter((s.speaker, w) for s in segments for w in s.words) == Counter((w.speaker, w.word) for w in words)
    assert all(s.text == " ".join(w.text for w in s.words) for s in segments)


@given(conversations())
def test_segments_rise_and_never_overlap_within_a_speaker(words: list[SpokenWord]) -> None:
    segments = to_segments(words)
    assert all(s.start_s <= s.end_s for s in segments)
    assert all(a.start_s <= b.start_s for a, b in pairwise(segments))
    for speaker in "ABC":
        own = [s for s in segments if s.speaker == speaker]
        assert all(a.end_s <= b.start_s for a, b in pairwise(own))


@given(conversations())
def test_segments_stay_short(words: list[SpokenWord]) -> None:
    for segment in to_segments(words):
        assert len(segment.words) <= 40
        assert len(segment.words) == 1 or segment.words[-1].end_s - segment.words[0].start_s <= 15.0 + 1e-6


@given(conversations())
def test_turns_hold_every_segment_in_order(words: list[SpokenWord]) -> None:
    segments = to_segments(words)
    turns = to_turns(segments, {"A": Role.THERAPIST})
    assert [w for t in turns for w in t.words] == [w for s in segments for w in s.words]
    assert [t.index for t in turns] == list(range(len(turns)))
    assert all(t.start_s <= t.end_s for t in turns)
    assert all(a.start_s <= b.start_s for a, b in pairwise(turns))
    assert all(t.role is (Role.THERAPIST if t.speaker == "A" else Role.UNKNOWN) for t in turns)


@pytest.mark.parametrize("end", [".", "?", "!", '."'])
def test_a_segment_ends_with_its_sentence(end: str) -> None:
    words = [spoken(0, 0.3, "A", "Right" + end), spoken(0.3, 0.6, "A", "And")]
    assert [s.text for s in to_segments(words)] == ["Right" + end, "And"]


def test_a_segment_ends_at_a_pause_of_eight_tenths() -> None:
    words = [spoken(0, 0.3, "A", "I"), spoken(1.0, 1.2, "A", "just"), spoken(2.1, 2.3, "A", "left")]
    assert [s.text for s in to_segments(words)] == ["I just", "left"]


def test_a_word_of_another_voice_between_cuts_a_segment() -> None:
    words = [spoken(0, 0.3, "A", "so"), spoken(0.35, 0.5, "B", "mm"), spoken(0.55, 0.9, "A", "then")]
    assert [(s.speaker, s.text) for s in to_segments(words)] == [("A", "so"), ("B", "mm"), ("A", "then")]


def test_talk_at_the_same_time_leaves_sentences_whole() -> None:
    words = [spoken(0, 0.6, "A", "so"), spoken(0.3, 0.5, "B", "mm"), spoken(0.6, 0.9, "A", "then")]
    assert [(s.speaker, s.text) for s in to_segments(words)] == [("A", "so then"), ("B", "mm")]


def test_a_segment_takes_the_flags_of_the_chunk_its_middle_lies_in() -> None:
    flags = [(Span(0, 2), ()), (Span(2, 4), (Flag.REPETITION,))]
    segments = to_segments([spoken(0, 1, "A", "One."), spoken(1.8, 3, "A", "Two.")], flags)
    assert [s.flags for s in segments] == [(), (Flag.REPETITION,)]


def test_a_segment_is_as_sure_as_its_words() -> None:
    segments = to_segments([spoken(0, 1, "A", "a", 0.9), spoken(1, 4, "A", "b", 0.5), spoken(4, 5, "B", "c")])
    assert [s.speaker_confidence for s in segments] == [pytest.approx(0.6), None]


# ---- turns


def segment(start_s: float, end_s: float, speaker: str | None) -> Segment:
    return Segment(start_s, end_s, "Yes.", speaker)


def test_a_turn_lasts_until_another_speaker() -> None:
    turns = to_turns([segment(0, 1, "A"), segment(1, 2, "A"), segment(2, 3, "B"), segment(3, 4, "A")], {})
    assert [(t.speaker, t.start_s, t.end_s) for t in turns] == [("A", 0, 2), ("B", 2, 3), ("A", 3, 4)]


def test_a_long_silence_begins_a_new_turn_of_the_same_speaker() -> None:
    assert len(to_turns([segment(0, 1, "A"), segment(20.9, 22, "A"), segment(42, 43, "A")], {})) == 2


def test_a_monologue_is_cut_at_ninety_seconds() -> None:
    turns = to_turns([segment(10 * k, 10 * k + 10, "A") for k in range(20)], {})
    assert [t.end_s - t.start_s for t in turns] == [90, 90, 20]


def test_words_of_nobody_make_a_turn_of_nobody() -> None:
    (turn,) = to_turns([segment(0, 1, None), segment(1, 2, None)], {})
    assert (turn.speaker, turn.role) == (None, Role.UNKNOWN)


# ---- roles


def talk(*lines: tuple[str, str]) -> list[Turn]:
    return [Turn(k, who, Role.UNKNOWN, 5.0 * k, 5.0 * k + 4, text) for k, (who, text) in enumerate(lines)]


SESSION = (
    ("Voice 1", "You came back. What has it been like for the two of you?"),
    ("Voice 2", "I waited up until one. You knew I would. Why do you even ask me?"),
    ("Voice 3", "My phone died, Carla. It was a phone."),
    ("Voice 1", "Let me slow you down. What happens for you when the phone goes dead?"),
    ("Voice 2", "I sit there and my chest goes tight. I think, this is it."),
    ("Voice 1", "Stay with that. Can you tell him about the chest?"),
    ("Voice 2", "It's like being nine. Nobody's coming."),
    ("Voice 1", "What did you hear her say?"),
    ("Voice 3", "That she was nine. God. I'd have been scared as well."),
)


def test_the_therapist_is_known_by_what_they_ask() -> None:
    roles = suggest_roles(talk(*SESSION))
    assert roles == {"Voice 1": Role.THERAPIST, "Voice 2": Role.PARTNER, "Voice 3": Role.PARTNER}


def test_who_welcomes_the_listener_is_the_host() -> None:
    roles = suggest_roles(talk(("Voice 4", "Welcome back to the show. In today's episode, a phone."), *SESSION))
    assert (roles["Voice 4"], roles["Voice 1"], roles["Voice 3"]) == (Role.HOST, Role.THERAPIST, Role.PARTNER)


def test_a_couple_alone_has_no_therapist() -> None:
    roles = suggest_roles(talk(*(line for line in SESSION if line[0] != "Voice 1")))
    assert set(roles.values()) == {Role.UNKNOWN}


def test_two_who_both_talk_like_therapists_stay_unknown() -> None:
    other = [("Voice 9", text) for who, text in SESSION if who == "Voice 1"]
    roles = suggest_roles(talk(*SESSION, *other))
    assert Role.THERAPIST not in roles.values()


def test_three_others_are_not_called_partners() -> None:
    roles = suggest_roles(talk(*SESSION, ("Voice 4", "I'm the neighbour. I heard it through the wall.")))
    assert Role.PARTNER not in roles.values()
    assert roles["Voice 1"] is Role.THERAPIST


def test_turns_of_nobody_get_no_role() -> None:
    assert suggest_roles([Turn(0, None, Role.UNKNOWN, 0, 1, "Welcome to the show.")]) == {}


def test_names_go_to_voices_in_the_order_of_first_speech() -> None:
    given_ = [Voice("a", "Ruth", Role.THERAPIST, True), Voice("b", "Ben", Role.PARTNER, True)]
    named = name_voices(["Voice 1", "Voice 2", "Voice 3"], given_)
    assert [(v.label, v.name, v.role) for v in named.values()] == [
        ("Voice 1", "Ruth", Role.THERAPIST),
        ("Voice 2", "Ben", Role.PARTNER),
        ("Voice 3", "Voice 3", Role.UNKNOWN),
    ]
    assert not named["Voice 3"].confirmed


def test_a_track_keeps_the_voice_that_carries_its_name() -> None:
    voices = [Voice("Voice 1", "Ruth", Role.THERAPIST, True), Voice("Voice 2", "Ben", Role.PARTNER, True)]
    named = name_voices(["ben", "Ruth"], voices)
    assert {label: v.name for label, v in named.items()} == {"ben": "Ben", "Ruth": "Ruth"}


# ---- the parts of clustering


def test_no_words_give_no_words() -> None:
    assert cluster([], Sound(np.zeros(16000, np.float32)), 2) == ()


def test_one_speaker_is_certain() -> None:
    (only,) = cluster([word(0, 1)], Sound(np.zeros(16000, np.float32)), 1)
    assert (only.speaker, only.confidence) == ("Voice 1", None)


def test_fewer_than_one_speaker_is_refused() -> None:
    with pytest.raises(BadInputError, match="at least one"):
        cluster([word(0, 1)], Sound(np.zeros(16000, np.float32)), 0)


def test_silence_is_not_guessed_at() -> None:
    silent = Sound(np.zeros(5 * 16000, np.float32))
    words = [word(0.5 * k, 0.5 * k + 0.4) for k in range(8)]
    assert {s.confidence for s in cluster(words, silent, 2)} <= {0.0}
    assert estimate_speakers(words, Sound(np.zeros(0, np.float32))) == 1


def test_words_beyond_the_end_of_the_sound_have_no_frames() -> None:
    frames = frames_of([word(0.2, 0.8), word(50, 51)], noise(2, {(0, 2): 0.1}))
    assert frames.counts[0] > 20
    assert frames.counts[1] == 0


def test_long_sound_is_read_in_short_stretches() -> None:
    sound = noise(100, {(0, 100): 0.1})
    frames_of([word(2 * k, 2 * k + 1.5) for k in range(50)], sound)
    assert sound.longest_s < 31


def test_a_word_across_two_blocks_loses_no_frames() -> None:
    frames = frames_of([word(29, 31), word(32, 34)], noise(40, {(0, 40): 0.1}))
    assert abs(int(frames.counts[0]) - int(frames.counts[1])) <= 1


def test_mean_and_spread_are_those_of_the_frames() -> None:
    frames = frames_of([word(0, 1), word(1, 2), word(2, 3)], noise(4, {(0, 4): 0.1}))
    (found,) = mean_and_spread(frames, np.array([1]), np.array([3]))
    rows = frames.rows[frames.first[1] :].astype(np.float64)
    np.testing.assert_allclose(found[:COEFFICIENTS], rows.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[COEFFICIENTS:], np.log(rows.std(axis=0)), rtol=1e-3, atol=1e-3)


def test_ward_finds_heaps_that_lie_apart() -> None:
    heaps = np.repeat([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]], [30, 20, 10], axis=0)
    labels = ward((heaps + RNG(3).normal(0, 0.5, heaps.shape)).astype(np.float32), 3)
    assert [len(set(labels[a:b])) for a, b in ((0, 30), (30, 50), (50, 60))] == [1, 1, 1]
    assert len(set(labels)) == 3


def test_the_best_path_keeps_a_voice_where_changing_costs_more_than_it_gains() -> None:
    scores = np.array([[0.0, -9], [0, -9], [-3, 0], [0, -9], [-9, 0], [-9, 0]])
    assert list(best_path(scores, np.full(6, 4.0))) == [0, 0, 0, 0, 1, 1]
    assert list(best_path(scores, np.full(6, 1.0))) == [0, 0, 1, 0, 1, 1]


def test_a_mixture_finds_the_parts_that_made_the_rows() -> None:
    rows = np.concatenate([RNG(1).normal(-2, 0.5, (400, 1)), RNG(2).normal(3, 1.0, (100, 1))]).astype(np.float32)
    mixture = fit(rows, 2).refitted(rows, 20)
    order = mixture.means[:, 0].argsort()
    np.testing.assert_allclose(mixture.means[order, 0], [-2, 3], atol=0.2)
    np.testing.assert_allclose(mixture.weights[order], [0.8, 0.2], atol=0.02)


def test_products_in_pieces_are_the_products() -> None:
    left, right = RNG(1).normal(size=(5000, 40)).astype(np.float32), RNG(2).normal(size=(40, 30)).astype(np.float32)
    np.testing.assert_allclose(times(left, right), left @ right, rtol=1e-3, atol=1e-4)
    tall = RNG(3).normal(size=(5000, 7)).astype(np.float32)
    np.testing.assert_allclose(transposed_times(left, tall), left.T @ tall, rtol=1e-2, atol=1e-2)
