"""The ID3 tag of a published MP3: who, what, when, the chapters and the cover.

ID3v2.4 (id3.org/id3v2.4.0-frames) with the chapter frames of its addendum (id3.org/id3v2-chapters-1.0), and the frames
that podcast programs look for (PCST, TGID, TDES, WFED are Apple's). The same values give the same bytes.
"""

from __future__ import annotations

import errno
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mutagen import id3

from companion.audio.pcm import replacing
from companion.errors import AudioError, SpaceError

UTF8 = id3.Encoding.UTF8
FRONT_COVER = id3.PictureType.COVER_FRONT
NO_OFFSET = 0xFFFFFFFF  # a chapter is found by its time, not by a byte
MOST_CHAPTERS = 255  # the table of contents counts them in one byte
MOST_TEXT_CHARS = 4000
HEADER_BYTES = 10
_LANGUAGES = {
    "en": "eng",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "it": "ita",
    "nl": "nld",
    "pt": "por",
    "sv": "swe",
    "da": "dan",
    "no": "nor",
    "nb": "nob",
    "fi": "fin",
    "pl": "pol",
    "cs": "ces",
    "tr": "tur",
    "ja": "jpn",
    "zh": "zho",
    "ko": "kor",
    "ru": "rus",
    "uk": "ukr",
    "ar": "ara",
    "he": "heb",
    "hi": "hin",
    "el": "ell",
}


@dataclass(frozen=True, slots=True)
class TagChapter:
    """A stretch of the recording with a name."""

    start_s: float
    end_s: float
    title: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Mp3Tags:
    """What a published recording says of itself. Empty texts are left out."""

    title: str
    artist: str
    album: str  # the show
    guid: str = ""
    number: int | None = None
    season: int | None = None
    published: datetime | None = None  # aware
    comment: str = ""  # plain text
    language: str = "en"  # as in the feed: en, en-us
    copyright: str = ""
    link: str = ""  # the episode's page
    feed: str = ""  # the feed's address
    duration_s: float = 0.0
    chapters: tuple[TagChapter, ...] = ()
    cover: bytes = b""
    cover_mime: str = "image/jpeg"


def write_tagged(source: Path, out: Path, tags: Mp3Tags) -> None:
    """Writes a copy of an MP3 of ours with a tag before its sound, which stays as it is to the bit.

    Args:
        source: an MP3 without a tag.
        out: where the copy is written; it is there whole or not at all.
        tags: what it says.

    Raises:
        AudioError: the source is gone.
        SpaceError: no room.
    """
    try:
        with source.open("rb") as sound, replacing(out) as temp, temp.open("wb") as file:
            file.write(tag_bytes(tags))
            shutil.copyfileobj(sound, file, 1 << 20)
    except FileNotFoundError as error:
        raise AudioError("The copy for listeners is gone. Take the recording in again.", source) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SpaceError("The disk became full while the tags were written. Make some room.", out.parent) from error
        raise


def tag_bytes(tags: Mp3Tags) -> bytes:
    """The tag as it stands before the sound."""
    frames = [*_frames(tags)]
    chapters = tags.chapters[:MOST_CHAPTERS]
    if chapters:
        contents = id3.CTOC(
            element_id="toc",
            flags=id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED,
            child_element_ids=[_name(number) for number in range(len(chapters))],
            sub_frames=[id3.TIT2(encoding=UTF8, text=["Moments"])],
        )
        frames += [contents, *(_chapter(number, chapter) for number, chapter in enumerate(chapters))]
    body = b"".join(_frame_bytes(frame) for frame in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + body


def _frame_bytes(frame: id3.Frame) -> bytes:
    """One frame. A whole tag of mutagen's is sorted by size; some players show chapters in the order of the file."""
    alone, file = id3.ID3(), io.BytesIO()
    alone.add(frame)
    alone.save(file, v1=0, v2_version=4, padding=lambda _: 0)
    return file.getvalue()[HEADER_BYTES:]


def _frames(tags: Mp3Tags) -> Sequence[id3.Frame]:
    language = _LANGUAGES.get(tags.language.lower().replace("_", "-").split("-")[0], "und")
    comment, day = _text(tags.comment), tags.published
    texts: list[tuple[type[id3.TextFrame], str]] = [
        (id3.TIT2, tags.title),
        (id3.TPE1, tags.artist),
        (id3.TPE2, tags.artist),
        (id3.TALB, tags.album),
        (id3.TRCK, str(tags.number or "")),
        (id3.TPOS, str(tags.season or "")),
        (id3.TLAN, language if language != "und" else ""),
        (id3.TCON, "Podcast"),
        (id3.TCOP, tags.copyright),
        (id3.TDRC, f"{day:%Y-%m-%d}" if day else ""),
        (id3.TDRL, f"{day:%Y-%m-%dT%H:%M:%S}" if day else ""),
        (id3.TGID, tags.guid),
        (id3.TDES, comment),
        (id3.TLEN, str(round(tags.duration_s * 1000)) if tags.duration_s else ""),
    ]
    frames: list[id3.Frame] = [kind(encoding=UTF8, text=[_text(text)]) for kind, text in texts if _text(text)]
    frames.append(id3.PCST(value=1))
    if comment:
        frames.append(id3.COMM(encoding=UTF8, lang=language, desc="", text=[comment]))
    if tags.link:
        frames.append(id3.WOAF(url=_text(tags.link)))
    if tags.feed:
        frames.append(id3.WFED(url=_text(tags.feed)))
    if tags.cover:
        frames.append(id3.APIC(encoding=UTF8, mime=tags.cover_mime, type=FRONT_COVER, desc="Cover", data=tags.cover))
    return frames


def _chapter(number: int, chapter: TagChapter) -> id3.Frame:
    inner: list[id3.Frame] = [id3.TIT2(encoding=UTF8, text=[_text(chapter.title) or f"Moment {number + 1}"])]
    if chapter.link:
        inner.append(id3.WXXX(encoding=UTF8, desc="chapter url", url=_text(chapter.link)))
    return id3.CHAP(
        element_id=_name(number),
        start_time=round(chapter.start_s * 1000),
        end_time=round(chapter.end_s * 1000),
        start_offset=NO_OFFSET,
        end_offset=NO_OFFSET,
        sub_frames=inner,
    )


def _name(number: int) -> str:
    return f"chp{number}"


def _text(text: str) -> str:
    """A text without what ends a frame early or steers a terminal: zero bytes and control characters."""
    return "".join(c for c in text if c == "\n" or c.isprintable())[:MOST_TEXT_CHARS].strip()
