"""Captions out, and in again."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.captions import (
    FORMATS,
    MIME,
    chapters_to_vtt,
    joined,
    parse_json,
    parse_srt,
    parse_vtt,
    read_cues_srt,
    read_cues_vtt,
    to_json,
    to_srt,
    to_txt,
    to_vtt,
)
from companion.config import Settings
from companion.errors import CaptionsError
from companion.types import Flag, Segment, Transcript, Word

SETTINGS = Settings(home=Path("unused"))

ANNA = Segment(0.5, 2.25, "I felt so alone last night.", "Anna")
BEN = Segment(2.25, 5.0, "Of course you did. I'd just walked out.", "Ben")


def _transcript(*segments: Segment) -> Transcript:
    return Transcript(segments, max((s.end_s for s in segments), default=0.0))


def _timed(text: str, start_s: float, each_s: float, speaker: str | None = "Anna") -> Segment:
    words = tuple(
        Word(round(start_s + i * each_s, 3), round(start_s + (i + 0.8) * each_s, 3), w, 0.9)
        for i, w in enumerate(text.split())
    )
    return Segment(start_s, words[-1].end_s, text, speaker, words)


LONG = _timed(
    "When you go quiet I tell myself that it does not matter to you, and then I start to push. "
    "I know that it makes you want to leave the room even more, and I am sorry about that.",
    10.0,
    0.4,
)


def _shown(srt_or_vtt: str) -> list[list[str]]:
    """The text lines of each cue."""
    blocks = [b.split("\n") for b in srt_or_vtt.strip().split("\n\n")]
    return [b[next(i for i, line in enumerate(b) if "-->" in line) + 1 :] for b in blocks if "-->" in "".join(b)]


# ---- hypothesis: what may be said, by whom, when

_texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=60).filter(lambda s: s.split())
_names = st.none() | st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20)
_shares = st.floats(0, 1, allow_nan=False)


@st.composite
def _words(draw: st.DrawFn) -> Word:
    start_ms = draw(st.integers(0, 10**7))
    text = "".join(draw(_texts).split())
    return Word(start_ms / 1000, (start_ms + draw(st.integers(0, 10**4))) / 1000, text, draw(_shares))


@st.composite
def _transcripts(draw: st.DrawFn, rich: bool) -> Transcript:
    at_ms, segments = 0, []
    for _ in range(draw(st.integers(0, 8))):
        at_ms += draw(st.integers(0, 10**7))
        end_ms = at_ms + draw(st.integers(1, 10**5))
        segment = Segment(at_ms / 1000, end_ms / 1000, " ".join(draw(_texts).split()), draw(_names))
        if rich:
            segment = Segment(
                segment.start_s,
                segment.end_s,
                segment.text,
                segment.speaker,
                tuple(draw(st.lists(_words(), max_size=3))),
                tuple(draw(st.lists(st.sampled_from(list(Flag)), unique=True))),
                draw(st.none() | _shares),
            )
        segments.append(segment)
    if not rich:
        return _transcript(*segments)
    model = draw(st.none() | st.text(max_size=10))
    options: dict[str, str | int | float | None] = draw(
        st.dictionaries(st.text(max_size=5), st.none() | st.integers(-9, 9) | st.text(max_size=5), max_size=3)
    )
    return Transcript(tuple(segments), draw(st.integers(0, 10**8)) / 1000, model, options)


@settings(deadline=None, max_examples=60)
@given(_transcripts(rich=True))
def test_json_comes_back_equal(t: Transcript) -> None:
    assert parse_json(to_json(t)) == t


@settings(deadline=None, max_examples=60)
@given(_transcripts(rich=False))
def test_vtt_comes_back_with_speaker_text_and_times(t: Transcript) -> None:
    assert parse_vtt(to_vtt(t)).segments == t.segments


# ---- JSON


def test_json_has_exactly_the_documented_keys() -> None:
    full = Segment(0.0, 1.23456, "Mm.", "Ben", (Word(0.1, 0.9004, "Mm.", 0.5),), (Flag.NO_VOICE,), 0.7)
    t = Transcript((full, Segment(2.0, 3.0, "Go on.")), 3.5, "tiny.en", {"beam_size": 5})
    assert json.loads(to_json(t)) == {
        "version": "1.0.0",
        "segments": [
            {
                "speaker": "Ben",
                "startTime": 0.0,
                "endTime": 1.235,
                "body": "Mm.",
                "words": [{"startTime": 0.1, "endTime": 0.9, "body": "Mm.", "probability": 0.5}],
                "flags": ["no_voice"],
                "speakerConfidence": 0.7,
            },
            {"startTime": 2.0, "endTime": 3.0, "body": "Go on."},
        ],
        "duration_s": 3.5,
        "model": "tiny.en",
        "options": {"beam_size": 5},
    }


@pytest.mark.parametrize("start", ['"0.5"', "null", "-1", "true", "NaN", "Infinity", "1e400", "[]", "9" * 400])
def test_json_segment_with_an_unusable_time_is_left_out(start: str) -> None:
    good = '{"startTime": 1, "endTime": 2, "body": "kept"}'
    found = parse_json(f'{{"segments": [{{"startTime": {start}, "endTime": 2, "body": "lost"}}, {good}]}}')
    assert [s.text for s in found.segments] == ["kept"]


def test_json_segment_without_an_end_is_left_out() -> None:
    found = parse_json('{"segments": [{"startTime": 1, "body": "a"}, {"startTime": 2, "endTime": 3, "body": "b"}]}')
    assert [s.text for s in found.segments] == ["b"]


def test_json_without_any_usable_segment_is_refused() -> None:
    with pytest.raises(CaptionsError, match="None of the segments"):
        parse_json('{"segments": [{"startTime": "0:01", "endTime": "0:02", "body": "a"}]}')


def test_json_segment_without_a_name_has_no_speaker() -> None:
    found = parse_json(
        '{"segments": [{"speaker": "Anna", "startTime": 0, "endTime": 1, "body": "a"},'
        ' {"startTime": 1, "endTime": 2, "body": "b"}]}'
    )
    assert [s.speaker for s in found.segments] == ["Anna", None]


@pytest.mark.parametrize("text", ["{", "[1]", "3", '{"version": "1.0.0"}', '{"segments": {}}', "[" * 200_000])
def test_json_that_is_no_transcript_is_refused(text: str) -> None:
    with pytest.raises(CaptionsError):
        parse_json(text)


def test_lone_surrogates_in_json_do_not_reach_the_writers() -> None:
    found = parse_json('{"segments": [{"speaker": "\\udc00", "startTime": 0, "endTime": 1, "body": "a\\ud800b"}]}')
    for write in FORMATS.values():
        assert write(found).encode("utf-8")


# ---- joining


def _one_word(start_s: float, body: str, speaker: str = "Anna") -> Segment:
    return Segment(start_s, start_s + 0.25, body, speaker)


def test_joining_ends_a_phrase_with_its_sentence() -> None:
    t = joined(_transcript(_one_word(0, "Go"), _one_word(0.3, "on."), _one_word(0.6, "Please.")))
    assert [s.text for s in t.segments] == ["Go on.", "Please."]


def test_joining_ends_a_phrase_at_a_silence() -> None:
    t = joined(_transcript(_one_word(0, "I"), _one_word(0.3, "mean"), _one_word(1.4, "well")))
    assert [s.text for s in t.segments] == ["I mean", "well"]


def test_joining_keeps_the_times_of_the_words() -> None:
    t = joined(_transcript(_one_word(0, "Go"), _one_word(0.3, "on.")))
    assert t.segments[0].words == (Word(0, 0.25, "Go", 1.0), Word(0.3, 0.55, "on.", 1.0))


def test_joining_leaves_longer_segments_as_they_are() -> None:
    t = _transcript(ANNA, BEN)
    assert joined(t) == t


# ---- WebVTT out


def test_vtt_says_who_made_it_but_not_where_the_model_lies() -> None:
    text = to_vtt(Transcript((ANNA,), 3.0, "/home/anna/models/small-en"))
    assert "Made by Secure Love Companion with the speech model small-en" in text
    assert "home" not in text


def test_vtt_text_and_names_are_escaped() -> None:
    t = _transcript(Segment(0.0, 1.0, "a --> b & <i>c</i> &amp;", "<v Ann & Co>"))
    text = to_vtt(t)
    assert text.count("-->") == 1
    assert "<v &lt;v Ann &amp; Co&gt;>a --&gt; b &amp; &lt;i&gt;" in text
    assert parse_vtt(text).segments == t.segments


def test_vtt_segment_without_speaker_does_not_fall_to_the_voice_before() -> None:
    t = _transcript(ANNA, Segment(3.0, 4.0, "Mm."))
    assert [s.speaker for s in parse_vtt(to_vtt(t)).segments] == ["Anna", None]


def test_long_segment_is_cut_at_the_times_of_its_words() -> None:
    cues = read_cues_vtt(to_vtt(_transcript(LONG)))
    starts, ends = {w.start_s for w in LONG.words}, {w.end_s for w in LONG.words}
    assert len(cues) > 1
    assert {c.start_s for c in cues} <= starts
    assert {c.end_s for c in cues} <= ends


def test_long_segment_without_word_times_is_cut_by_its_letters() -> None:
    cues = read_cues_vtt(to_vtt(_transcript(Segment(10.0, 40.0, LONG.text, "Anna"))))
    chars = [len(c.text) for c in cues]
    lengths = [c.end_s - c.start_s for c in cues]
    assert len(cues) > 1
    assert lengths == pytest.approx([30 * n / sum(chars) for n in chars], abs=1.0)
    assert (cues[0].start_s, cues[-1].end_s) == (10.0, 40.0)


def test_edited_text_is_not_given_the_times_of_other_words() -> None:
    edited = Segment(10.0, 40.0, LONG.text + " Truly.", "Anna", LONG.words)
    untimed = Segment(10.0, 40.0, LONG.text + " Truly.", "Anna")
    assert to_vtt(_transcript(edited)) == to_vtt(_transcript(untimed))


def test_cues_stay_inside_their_segment_whatever_the_words_say() -> None:
    odd = tuple(Word(w.start_s + 100, w.end_s - 50, w.text, w.probability) for w in LONG.words)
    cues = read_cues_vtt(to_vtt(_transcript(Segment(LONG.start_s, LONG.end_s, LONG.text, "Anna", odd))))
    assert all(LONG.start_s <= c.start_s <= c.end_s <= LONG.end_s + 0.001 for c in cues)


def test_a_cut_prefers_the_end_of_a_sentence() -> None:
    assert _shown(to_vtt(_transcript(LONG)))[0][-1].endswith("push.")


@pytest.mark.parametrize(("suffix", "max_chars"), [("vtt", 65), ("srt", 32)])
def test_cues_have_at_most_two_lines_of_the_allowed_length(suffix: str, max_chars: int) -> None:
    cues = _shown(FORMATS[suffix](_transcript(ANNA, BEN, LONG)))
    assert max(len(lines) for lines in cues) == 2
    assert max(len(re.sub("<v [^>]*>", "", line)) for lines in cues for line in lines) <= max_chars


@pytest.mark.parametrize("suffix", ["vtt", "srt"])
@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20_000),
            st.integers(0, 20_000),
            st.lists(st.from_regex("[a-z]{1,12}", fullmatch=True), min_size=1, max_size=60),
            st.lists(st.floats(-5, 40), max_size=60),
        ),
        max_size=5,
    )
)
def test_cutting_keeps_order_and_words(suffix: str, drawn: list[tuple[int, int, list[str], list[float]]]) -> None:
    segments = []
    for start_ms, length_ms, texts, odd_times in drawn:
        words = tuple(Word(t, t - 1.0, w, 1.0) for t, w in zip(odd_times, texts, strict=False))
        segments.append(Segment(start_ms / 1000, (start_ms + length_ms) / 1000, " ".join(texts), None, words))
    text = FORMATS[suffix](_transcript(*segments))
    cues = read_cues_vtt(text) if suffix == "vtt" else read_cues_srt(text) if text else ()
    starts = [c.start_s for c in cues]
    assert starts == sorted(starts)
    assert all(c.end_s > c.start_s for c in cues)
    assert sorted(" ".join(c.text for c in cues).split()) == sorted(w for _, _, texts, _ in drawn for w in texts)


def test_a_word_longer_than_a_line_stays_whole() -> None:
    address = "https://example.org/" + "x" * 100
    assert address in to_srt(_transcript(Segment(0.0, 1.0, f"see {address} there", "Ben"))).split("\n")


@pytest.mark.parametrize(("suffix", "decimal_sign"), [("vtt", "."), ("srt", ",")])
def test_webvtt_py_finds_the_same_cues_in_what_we_write(suffix: str, decimal_sign: str) -> None:
    text = FORMATS[suffix](_transcript(ANNA, BEN, LONG))
    found = webvtt.from_buffer(io.BytesIO(text.encode()), format=suffix).captions
    ours = read_cues_vtt(text) if suffix == "vtt" else read_cues_srt(text)
    times = [f"{c.start} --> {c.end}".replace(".", decimal_sign) for c in found]
    assert times == [line for line in text.split("\n") if "-->" in line]
    assert [c.raw_text for c in found] == [c.text for c in ours]


# ---- SRT out


def test_srt_names_the_speaker_where_another_one_begins() -> None:
    t = _transcript(ANNA, Segment(2.25, 2.5, "Really.", "Anna"), Segment(2.5, 5.0, BEN.text, "Ben"))
    firsts = [lines[0] for lines in _shown(to_srt(t))]
    assert [f.partition(":")[0] for f in firsts if ":" in f] == ["Anna", "Ben"]


def test_srt_comes_back_with_its_speakers() -> None:
    t = _transcript(ANNA, BEN, Segment(5.0, 6.0, "Mm."), Segment(6.0, 7.0, "Go on.", "Dr. Sue Johnson"))
    found = parse_srt(to_srt(t))
    said: dict[str | None, str] = {}
    for s in found.segments:
        said[s.speaker] = (said.get(s.speaker, "") + " " + s.text).strip()
    assert said == {s.speaker: s.text for s in t.segments}


def test_srt_voices_that_overlap_do_not_get_mixed_up() -> None:
    other = _timed("No wait, let me say this once, because it matters to me a lot today.", 11.1, 0.4, "Ben")
    after = Segment(30.0, 31.0, "Fine.", "Ben")
    found = parse_srt(to_srt(_transcript(LONG, other, after)))
    for speaker, text in (("Anna", LONG.text), ("Ben", other.text + " Fine.")):
        assert " ".join(s.text for s in found.segments if s.speaker == speaker) == text


# ---- plain text


def test_txt_has_a_paragraph_with_time_and_name_for_each_turn() -> None:
    t = _transcript(ANNA, Segment(3723.9, 3725.0, "Still here.", "Ben"), Segment(3726.0, 3727.0, "Truly.", "Ben"))
    assert to_txt(t) == "[0:00]\nAnna: I felt so alone last night.\n\n[1:02:03]\nBen: Still here. Truly.\n"


def test_txt_without_names_has_none() -> None:
    assert to_txt(_transcript(Segment(724.0, 730.0, "Hello."))) == "[12:04]\nHello.\n"


def test_every_format_has_a_type() -> None:
    assert set(FORMATS) == set(MIME)


def test_chapters_are_lines_that_cannot_break_the_file() -> None:
    text = chapters_to_vtt([(0.0, 2.5, "One --> two\n\n00:00 <b>"), (2.5, 3600.0, " ")])
    first, second = webvtt.from_string(text)

    assert (first.start, first.end) == ("00:00:00.000", "00:00:02.500")
    assert "One --&gt; two 00:00 &lt;b&gt;" in text
    assert (second.start, second.end, second.text) == ("00:00:02.500", "01:00:00.000", "…")
    assert chapters_to_vtt([]) == "WEBVTT\n"
