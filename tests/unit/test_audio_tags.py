"""The tag of a published MP3, read back by others: mutagen and FFmpeg."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from PIL import Image

from companion.audio.tags import Mp3Tags, TagChapter, tag_bytes, write_tagged
from companion.errors import AudioError
from tests.small_library import LENGTH_S, tone_mp3

HOSTILE = "<script>alert(1)</script>\x00\x1b[31m\r\n\u202e & \"'"


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (20, 120, 110)).save(file, "JPEG")
    return file.getvalue()


TAGS = Mp3Tags(
    title="Lunch in the car",
    artist="Ruth Ames",
    album="Leaning In",
    guid="0d9f",
    number=3,
    season=2,
    published=datetime(2026, 11, 3, 6, tzinfo=UTC),
    comment="June packed his lunch.\n\n- for eleven weeks",
    language="en-us",
    copyright="© 2026 Ruth Ames",
    link="https://example.org/episodes/lunch",
    feed="https://example.org/feed.xml",
    duration_s=LENGTH_S,
    chapters=(
        TagChapter(3.5, 20.25, "June to Walter: “I cut the crusts off.”", "https://example.org/moments/1"),
        TagChapter(30.0, 41.0, "Walter to June"),
    ),
    cover=picture(),
)


def tagged(tmp_path: Path, tags: Mp3Tags = TAGS) -> Path:
    write_tagged(tone_mp3(tmp_path / "tone.mp3"), tmp_path / "tagged.mp3", tags)
    return tmp_path / "tagged.mp3"


def test_mutagen_reads_all_of_it_back(tmp_path: Path) -> None:
    read = ID3(tagged(tmp_path))
    assert read.version == (2, 4, 0)
    said = {name: str(read[name].text[0]) for name in ("TIT2", "TPE1", "TALB", "TRCK", "TPOS", "TLAN", "TCON", "TCOP")}
    assert said == {
        "TIT2": "Lunch in the car",
        "TPE1": "Ruth Ames",
        "TALB": "Leaning In",
        "TRCK": "3",
        "TPOS": "2",
        "TLAN": "eng",
        "TCON": "Podcast",
        "TCOP": "© 2026 Ruth Ames",
    }
    assert str(read["TDRC"].text[0]) == "2026-11-03"
    assert read["COMM::eng"].text == [TAGS.comment]
    assert read["WOAF"].url == TAGS.link
    assert read.getall("WFED")[0].url == TAGS.feed
    assert (read["APIC:Cover"].type, read["APIC:Cover"].mime, read["APIC:Cover"].data) == (3, "image/jpeg", TAGS.cover)


def test_mutagen_reads_the_chapters_in_their_order(tmp_path: Path) -> None:
    read = ID3(tagged(tmp_path))
    toc = read["CTOC:toc"]
    chapters = [read[f"CHAP:{name}"] for name in toc.child_element_ids]
    assert [(c.start_time, c.end_time, c.sub_frames["TIT2"].text[0]) for c in chapters] == [
        (3500, 20250, TAGS.chapters[0].title),
        (30000, 41000, "Walter to June"),
    ]
    assert chapters[0].sub_frames.getall("WXXX")[0].url == "https://example.org/moments/1"
    assert toc.flags & 3 == 3


def test_ffmpeg_reads_the_tag_the_chapters_and_the_cover(tmp_path: Path) -> None:
    with av.open(str(tagged(tmp_path))) as file:
        told = file.metadata
        assert (told["title"], told["artist"], told["album"]) == (TAGS.title, TAGS.artist, TAGS.album)
        assert (told["track"], told["disc"], told["language"], told["date"][:10]) == ("3", "2", "eng", "2026-11-03")
        chapters = [(float(c["start"] * c["time_base"]), c["metadata"]["title"]) for c in file.chapters()]
        assert chapters == [(3.5, TAGS.chapters[0].title), (30.0, "Walter to June")]
        assert file.streams.video[0].codec_context.name == "mjpeg"
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples / 44_100 == pytest.approx(LENGTH_S, abs=0.1)


def test_the_sound_stays_as_it_is_to_the_bit(tmp_path: Path) -> None:
    path = tagged(tmp_path)
    sound = (tmp_path / "tone.mp3").read_bytes()
    assert path.read_bytes() == tag_bytes(TAGS) + sound
    assert MP3(path).info.length == pytest.approx(LENGTH_S, abs=0.1)

    def decoded(file: Path) -> np.ndarray:
        with av.open(str(file)) as opened:
            return np.concatenate([frame.to_ndarray()[0] for frame in opened.decode(audio=0)])

    assert np.array_equal(decoded(path), decoded(tmp_path / "tone.mp3"))


def test_the_same_values_give_the_same_bytes_and_others_give_others() -> None:
    assert tag_bytes(TAGS) == tag_bytes(replace(TAGS))
    assert tag_bytes(TAGS) != tag_bytes(replace(TAGS, title="Another"))


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    chapters = (TagChapter(1, 2, HOSTILE, "https://example.org/\x00x"), TagChapter(3, 4, "\x00\x01"))
    hostile = Mp3Tags(HOSTILE, HOSTILE, HOSTILE, comment=HOSTILE * 1000, copyright=HOSTILE, chapters=chapters)
    read = ID3(tagged(tmp_path, hostile))
    texts = [str(frame) for frame in read.values()] + [str(c.sub_frames["TIT2"]) for c in read.getall("CHAP")]
    assert all(not set(text) & set("\x00\x1b\r\u202e\x01") for text in texts)
    assert read["TIT2"].text[0].startswith("<script>alert(1)</script>[31m")
    assert read["CHAP:chp1"].sub_frames["TIT2"].text == ["Moment 2"]
    assert len(read["COMM::eng"].text[0]) <= 4000


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    read = ID3(tagged(tmp_path, Mp3Tags("A title", "", "", language="xx")))
    assert sorted(read) == ["PCST", "TCON", "TIT2"]


def test_a_copy_that_is_gone_is_a_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is gone"):
        write_tagged(tmp_path / "gone.mp3", tmp_path / "out.mp3", TAGS)
    assert list(tmp_path.iterdir()) == []
