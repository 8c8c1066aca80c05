"""Moments taken along: what is said, how it is laid out, and files that other programs read."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from numpy.typing import NDArray
from PIL import Image

from companion.audio import excerpt
from companion.clips import CARD_SIZE, VIDEO_SIZE, ClipFacts, Faces, SaidWord, draw_card, file_name
from companion.clips import make_sound as write_sound
from companion.clips import make_video as write_video
from companion.clips.content import plain
from companion.clips.frames import FPS, Frames
from companion.clips.layout import cut, screens_of, wrapped
from companion.clips.paint import LEAN, LEAN_SOFT, PAPER
from companion.clips.sound import RATE_HZ, faded
from companion.errors import CompanionError

HOSTILE = "<script>alert(1)</script>%{pts}:text='a',drawtext=\\:x\u202e\n\x1b[31m\x00;rm"
LENGTH_S = 3.0


def _facts(**changes: object) -> ClipFacts:
    texts = ("I sat on the stairs with my coat on.", "Of course you felt lonely. That was on me.")
    words = []
    at_s = 0.1
    for turn, text in enumerate(texts):
        for word in text.split():
            words.append(SaidWord(round(at_s, 2), round(at_s + 0.12, 2), word, turn))
            at_s += 0.15
    facts = ClipFacts(
        show="Two chairs",
        episode="Late again",
        sample=True,
        start_s=65.0,
        end_s=65.0 + LENGTH_S,
        from_name="Jonas",
        to_name="Mara",
        title="Of course you felt lonely.",
        quote=texts[1],
        speakers=(("Mara", "partner"), ("Jonas", "partner")),
        words=tuple(words),
        link="https://example.org/moments/abc",
        published="2026",
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.int16]:
    time_s = np.arange(int(LENGTH_S * RATE_HZ)) / RATE_HZ
    loud = np.where((time_s % 1.0) < 0.5, 0.4, 0.05)
    return (loud * np.sin(2 * np.pi * 330 * time_s) * 32767).astype(np.int16)


def _width(text: str) -> float:
    return 10.0 * len(text)


# ---- texts


def test_names_of_files_are_plain_words() -> None:
    assert file_name(_facts(), "mp3") == "Late again, Jonas to Mara, 1.05.mp3"
    assert file_name(_facts(episode='../../etc: "x"?'), "mp4") == "etc x, Jonas to Mara, 1.05.mp4"
    assert len(file_name(_facts(episode="long " * 100), "mp3")) <= 110


def test_what_steers_a_terminal_or_turns_a_text_is_taken_out() -> None:
    shown = plain(HOSTILE)
    assert not set(shown) & set("\u202e\n\x1b\x00")
    assert "<script>alert(1)</script>" in shown  # words stay words: they are drawn, not run


def test_the_credit_names_the_episode_and_says_that_it_is_a_sample() -> None:
    assert _facts().credit == "From “Late again”, 1:05. Two chairs. Sample, synthetic voices."
    assert "Sample" not in _facts(sample=False).credit


# ---- lines and screens


def test_a_turn_that_is_too_long_for_a_screen_is_spread_evenly() -> None:
    words = [SaidWord(i * 0.1, i * 0.1 + 0.1, "word", 0) for i in range(40)]
    screens = screens_of(words, str, _width, 250.0, 5)
    lines = [max(p.line for p in s.words) + 1 for s in screens]
    assert sum(len(s.words) for s in screens) == 40
    assert max(lines) <= 5
    assert max(lines) - min(lines) <= 1
    assert [s.start_s for s in screens] == sorted(s.start_s for s in screens)


def test_each_turn_has_screens_of_its_own() -> None:
    screens = screens_of(_facts().words, str, _width, 500.0, 6)
    assert [s.turn for s in screens] == [0, 1]


def test_a_word_that_is_wider_than_a_line_is_broken() -> None:
    screens = screens_of([SaidWord(0.0, 1.0, "a" * 60, 0)], str, _width, 250.0, 6)
    assert "".join(p.text for p in screens[0].words) == "a" * 60
    assert all(p.x + p.width <= 250.0 for p in screens[0].words)


def test_what_does_not_fit_is_cut_with_three_dots() -> None:
    assert wrapped("one two three four five six", _width, 100.0, 2) == ["one two", "three…"]
    assert cut("seven words", _width, 60.0) == "seven…"
    assert wrapped("", _width, 100.0, 2) == []


# ---- letters


def test_dashes_are_no_reason_for_another_face_and_no_letter_is_a_box() -> None:
    faces = Faces("well — “no”")
    assert faces.written("well — “no”") == "well - “no”"


def test_without_any_other_face_letters_are_written_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.clips.faces._installed", lambda: ())
    faces = Faces("Zoë Łukasz straße 你")
    assert faces.written("Zoë Łukasz straße 你") == "Zoe Lukasz strasse ?"


def test_a_face_of_the_machine_writes_what_the_own_one_lacks() -> None:
    assert Faces("Zoë Łukasz").written("Zoë Łukasz") == "Zoë Łukasz"  # fonts-dejavu-core is among the system packages


# ---- files


def test_the_sound_is_faded_and_carries_its_credit(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    out = tmp_path / "clip.mp3"
    write_sound(sound, _facts(), out)

    heard = excerpt(out, 0.0, LENGTH_S, RATE_HZ).astype(np.float64)
    with av.open(str(out)) as file:
        assert file.streams.audio[0].codec_context.name in ("mp3", "mp3float")
        assert float(file.duration or 0) / av.time_base == pytest.approx(LENGTH_S, abs=0.1)
    assert np.abs(heard[:200]).max() < np.abs(heard[RATE_HZ // 10 : RATE_HZ // 5]).max() / 4
    assert np.abs(heard[-200:]).max() < 600
    tags = ID3(out)
    assert tags["TIT2"].text == ["Jonas to Mara: Of course you felt lonely."]
    assert (tags["TPE1"].text, tags["TALB"].text) == (["Two chairs"], ["Late again"])
    assert tags.getall("COMM")[0].text == [f"{_facts().credit} https://example.org/moments/abc"]
    assert tags.getall("WOAF")[0].url == "https://example.org/moments/abc"


def test_the_video_is_what_phones_and_sites_take(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    out = tmp_path / "clip.mp4"
    told: list[float] = []
    write_video(sound, _facts(), Faces(_facts().texts), out, told.append, 60.0)

    with av.open(str(out)) as file:
        picture, heard = file.streams.video[0], file.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (picture.codec_context.width, picture.codec_context.height) == VIDEO_SIZE
        assert heard.codec_context.name == "aac"
        assert sum(1 for _ in file.decode(video=0)) == pytest.approx(LENGTH_S * FPS, abs=1)
    assert out.read_bytes().index(b"moov") < out.read_bytes().index(b"mdat")  # plays before it is loaded whole
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert MP4(out)["\xa9cmt"] == [_facts().credit]


def test_the_word_that_is_said_is_the_one_that_is_marked(sound: NDArray[np.int16]) -> None:
    facts = _facts()
    drawn = Frames(facts, sound, Faces(facts.texts)).all(LENGTH_S)
    marked = []
    for number, frame in enumerate(drawn):
        if number in (5, 20, 50):
            rows, columns = np.nonzero((frame[:800] == LEAN_SOFT).all(axis=2))
            marked.append((int(rows.min()), int(columns.min())))
    assert len(set(marked)) == 3


def test_before_the_first_word_none_is_marked_and_the_screen_is_there(sound: NDArray[np.int16]) -> None:
    facts = _facts(words=tuple(replace(w, start_s=w.start_s + 0.5, end_s=w.end_s + 0.5) for w in _facts().words))
    first = next(Frames(facts, sound, Faces(facts.texts)).all(LENGTH_S))
    assert not (first == LEAN_SOFT).all(axis=2).any()
    assert (first[272:800] != PAPER).any()


def test_what_has_sounded_of_the_waveform_grows_and_one_frame_is_in_memory(sound: NDArray[np.int16]) -> None:
    facts = _facts()
    played, places = [], set()
    for frame in Frames(facts, sound, Faces(facts.texts)).all(LENGTH_S):
        played.append(int((frame[820:916] == LEAN).all(axis=2).sum()))
        places.add(frame.__array_interface__["data"][0])
    assert played == sorted(played)
    assert played[-1] > 10 * max(1, played[0])
    assert len(places) == 1


def test_a_clip_without_words_is_still_a_clip(sound: NDArray[np.int16]) -> None:
    facts = _facts(words=(), speakers=())
    assert sum(1 for _ in Frames(facts, sound, Faces(facts.texts)).all(1.0)) == FPS


def test_hostile_words_are_drawn_and_nothing_else(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    shown = plain(HOSTILE)
    facts = _facts(
        show=shown, episode=shown, from_name=shown, title=shown, quote=shown, words=(SaidWord(0.1, 0.9, shown, 0),)
    )
    faces = Faces(facts.texts)
    write_sound(sound[:RATE_HZ], facts, tmp_path / "clip.mp3")
    write_video(sound[:RATE_HZ], facts, faces, tmp_path / "clip.mp4", lambda share: None, 60.0)
    card = draw_card(show=shown, heading=shown, quote=shown * 30, episode=shown, start_s=1.0, sample=True, faces=faces)

    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp3", "clip.mp4"]
    assert Image.open(io.BytesIO(card)).size == CARD_SIZE


def test_a_video_that_takes_too_long_is_ended_with_a_sentence(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    with pytest.raises(CompanionError, match="could not be made"):
        write_video(sound, _facts(), Faces(_facts().texts), tmp_path / "clip.mp4", lambda share: None, 0.01)


def test_whoever_is_told_may_stop_it(tmp_path: Path, sound: NDArray[np.int16]) -> None:
    class EnoughError(Exception):
        pass

    def stop(share: float) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        write_video(sound, _facts(), Faces(_facts().texts), tmp_path / "clip.mp4", stop, 60.0)


def test_a_sample_is_labelled_on_the_card() -> None:
    faces = Faces(_facts().texts)

    def drawn(sample: bool) -> bytes:
        return draw_card(
            show="Two chairs", heading="A to B", quote="So.", episode="Late", start_s=1, sample=sample, faces=faces
        )

    labelled, plainly = (np.asarray(Image.open(io.BytesIO(drawn(s)))) for s in (True, False))
    corner = (slice(60, 130), slice(760, 1130))
    assert (labelled[corner] != PAPER).any()
    assert (plainly[corner] == PAPER).all()


def test_fading_keeps_the_length(sound: NDArray[np.int16]) -> None:
    assert len(faded(sound).raw_data) == sound.nbytes
