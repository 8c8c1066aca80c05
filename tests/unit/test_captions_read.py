"""Captions in: odd and hostile files, and what a person is told about a file that is no transcript."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.captions import FORMATS, parse, parse_srt, parse_vtt, read_cues_srt, read_transcript, to_vtt
from companion.config import Settings
from companion.errors import CaptionsError, LimitError, NotFoundError
from companion.types import Segment, Transcript

SETTINGS = Settings(home=Path("unused"))
TWO_VOICES = Transcript(
    (
        Segment(0.5, 2.25, "I felt so alone last night.", "Anna"),
        Segment(2.25, 5.0, "Of course you did. I'd just walked out.", "Ben"),
    ),
    5.0,
)


# ---- WebVTT in


def test_vtt_cue_without_voice_goes_on_with_the_last_one() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>I\n\n00:02.000 --> 00:03.000\nam here."
    assert [s.speaker for s in parse_vtt(text).segments] == ["Anna", "Anna"]


def test_vtt_two_voices_in_a_cue_are_two_segments() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Yes.</v>\n<v.loud Ben>No!</v> <i>Laughter</i>"
    assert [(s.speaker, s.text) for s in parse_vtt(text).segments] == [
        ("Anna", "Yes."),
        ("Ben", "No!"),
        (None, "Laughter"),
    ]


def test_cue_that_ends_before_it_begins_keeps_its_words() -> None:
    (found,) = parse_vtt("WEBVTT\n\n00:05.000 --> 00:02.000\nHello.").segments
    assert (found.start_s, found.end_s, found.text) == (5.0, 5.0, "Hello.")


def test_notes_styles_and_header_lines_are_not_words() -> None:
    text = "WEBVTT - title\nKind: captions\n\nNOTE a\nb\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000\nHello."
    assert [s.text for s in parse_vtt(text).segments] == ["Hello."]


# ---- SRT


def _srt(*texts: str) -> str:
    return "\n".join(f"{i}\n00:00:{i:02d},000 --> 00:00:{i:02d},900\n{text}\n" for i, text in enumerate(texts, 1))


def test_srt_word_before_a_colon_is_not_a_name() -> None:
    found = parse_srt(_srt("Anna: There is one thing.", "Remember: it takes two.", "and I mean this:\nGo slowly."))
    assert {s.speaker for s in found.segments} == {"Anna"}
    assert found.segments[1].text == "Remember: it takes two."


def test_srt_single_colon_in_a_file_without_names_makes_no_name() -> None:
    found = parse_srt(_srt("We went there together.", "Paris: the city of love."))
    assert [s.speaker for s in found.segments] == [None, None]


def test_srt_two_speakers_in_one_cue_are_two_segments() -> None:
    found = parse_srt(_srt("Anna: Why?", "Ben: Because.", "Anna: And?\nBen:\nThat is all."))
    assert [(s.speaker, s.text) for s in found.segments[2:]] == [("Anna", "And?"), ("Ben", "That is all.")]


@pytest.mark.parametrize(
    ("line", "start_s", "end_s"),
    [
        ("00:00:01,500 --> 00:00:02,000", 1.5, 2.0),
        ("00:00:01.500 -> 00:00:02.000 X1:40 X2:600", 1.5, 2.0),
        ("0:00:01,46 - > 0:00:02,5", 1.46, 2.5),
        ("00:00:01-->00:00:75 ]", 1.0, 75.0),
        ("01:05,250 --> 01:06,000", 65.25, 66.0),
    ],
)
def test_srt_times_are_read_as_they_are_found(line: str, start_s: float, end_s: float) -> None:
    (cue,) = read_cues_srt(f"1\n{line}\nHello.\n")
    assert (cue.start_s, cue.end_s, cue.text) == (start_s, end_s, "Hello.")


def test_srt_without_blank_lines_or_with_words_for_numbers() -> None:
    times = "00:00:01,000 --> 00:00:02,000"
    text = f"1\n{times}\na\n2\n{times}\nb\n\nthree\n{times}\nc"
    assert [(c.id, c.text) for c in read_cues_srt(text)] == [("1", "a"), ("2", "b"), ("three", "c")]


def test_srt_block_that_lost_its_times_is_left_out() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\nlost\n\n3\n00:00:03,000 --> 00:00:04,000\nc"
    assert [c.text for c in read_cues_srt(text)] == ["a", "c"]


def test_srt_markup_goes_and_other_angle_brackets_stay() -> None:
    found = parse_srt(_srt('{\\an8}<font color="red"><i>Tom &amp; I</b> < 3 & more &copy=2'))
    assert found.segments[0].text == "Tom & I < 3 & more &copy=2"


def test_srt_name_that_comes_twice_is_a_name_though_the_first_cue_has_none() -> None:
    found = parse_srt(_srt("A song begins.", "Anna: Why?", "Because.", "Anna: And?"))
    assert [s.speaker for s in found.segments] == [None, "Anna", "Anna", "Anna"]


# ---- finding the format, and refusing


@pytest.mark.parametrize("suffix", ["json", "vtt", "srt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_format_is_found_by_content_in_every_unicode_encoding(suffix: str, encoding: str) -> None:
    data = FORMATS[suffix](TWO_VOICES).encode(encoding)
    assert [s.speaker for s in parse(data, "wrong.txt").segments][::3] == ["Anna"]


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.srt", "empty"),
        (b" \n\n", "a.vtt", "empty"),
        ("\ufeff".encode(), "a.vtt", "empty"),
        (b"ID3\x04\x00\x00", "a.srt", "recording"),
        (b"\xff\xfb\x90\x44" + b"\0" * 50, "a.vtt", "recording"),
        (b"\0\0\0\x20ftypM4A ", "a.json", "recording"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "", "recording"),
        (b"%PDF-1.7", "a.srt", "document"),
        (b"PK\x03\x04\x14\0", "a.docx", "document"),
        (b"\x01\x02\0\x80\xfe\xff", "a.srt", "not a text file"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi".encode("utf-16-le"), "a.srt", "UTF-8"),
        ("1\n00:00:01,000 --> 00:00:02,000\nÜber".encode("latin-1"), "a.srt", "encoding"),
        (b"only words", "a.txt", "no times"),
        (b"only words", "a.srt", "no line with times"),
        (b"\nWEBVTT\n\n00:01.000 --> 00:02.000\nx", "", "begins with a line WEBVTT"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nx", "a.vtt", "begins with a line WEBVTT"),
        (b"{", "a.json", "not valid JSON"),
    ],
)
def test_unusable_data_is_refused_with_a_sentence_that_says_why(data: bytes, name: str, says: str) -> None:
    with pytest.raises(CaptionsError, match=says):
        parse(data, name)


def test_read_transcript_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "episode.vtt"
    path.write_text(to_vtt(TWO_VOICES), encoding="utf-8")
    assert read_transcript(path, SETTINGS).segments == TWO_VOICES.segments


def test_read_transcript_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "episode.vtt"
    path.write_bytes(b"WEBVTT\n" + b"x" * 100)
    with pytest.raises(LimitError) as caught:
        read_transcript(path, SETTINGS.with_(max_caption_bytes=100))
    assert caught.value.setting == "max_caption_bytes"


def test_read_transcript_refuses_a_file_without_words(tmp_path: Path) -> None:
    path = tmp_path / "episode.vtt"
    path.write_bytes(b"WEBVTT\n")
    with pytest.raises(CaptionsError, match="no words"):
        read_transcript(path, SETTINGS)


def test_read_transcript_refuses_what_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_transcript(tmp_path / "none.vtt", SETTINGS)
    with pytest.raises(CaptionsError, match="not a file"):
        read_transcript(tmp_path, SETTINGS)


# ---- anything at all


def _read(data: bytes) -> Transcript | str:
    """What was read, or the sentence with which it was refused."""
    try:
        return parse(data)
    except CaptionsError as error:
        return error.sentence


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for head in ("", "WEBVTT\n\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "1\n00:00:01,000 --> 00:00:02,000\n", "{"):
        found = _read((head + text).encode("utf-8", "surrogatepass"))
        if isinstance(found, str):
            assert found.endswith(".")
        else:
            assert all(s.text and s.end_s >= s.start_s >= 0 for s in found.segments)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    found = _read(data)
    assert isinstance(found, Transcript) or found.endswith(".")


_CUE = "00:00:01.000 --> 00:00:02.000\n"


@pytest.mark.parametrize(
    "body",
    [
        "-->" * 7000,
        "-->\n" * 5000,
        "\n" * 100_000 + _CUE + "late",
        _CUE + "<v a>" * 20_000 + "deep" + "</v>" * 20_000,
        _CUE + "<" * 20_000,
        _CUE + "<a" * 20_000,
        _CUE + "{\\" * 20_000,
        _CUE + "\0" * 20_000,
        _CUE + "&" * 20_000 + "&#" + "9" * 20_000 + ";",
        _CUE + "A " * 20_000 + ":",
        _CUE + "A: b\n" * 5_000,
        _CUE * 20_000,
        " " * 100_000 + _CUE,
        "0" * 100_000 + ":" + _CUE,
        _CUE + "word " * 20_000,
        _CUE + "x" * 200_000,
    ],
    ids=range(16),
)
@pytest.mark.parametrize("head", ["WEBVTT\n\n", "1\n"], ids=["vtt", "srt"])
def test_hostile_files_are_done_within_a_second(head: str, body: str) -> None:
    began_s = time.process_time()
    try:
        found = parse((head + body).encode())
    except CaptionsError:
        found = Transcript((), 0.0)
    for write in FORMATS.values():
        write(found)
    assert time.process_time() - began_s < 1.0
