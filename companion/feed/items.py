"""What was read in a feed: frozen data, in the feed's own words; nothing in it is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from companion.publication import Chapter

UNKNOWN_TYPE = "application/octet-stream"
"""The media type of what does not say what it is."""


_AUDIO_ENDS = frozenset(".mp3 .m4a .m4b .aac .ogg .oga .opus .wav .flac .mp2 .aif .aiff .wma .mka .weba".split())
_VIDEO_ENDS = frozenset(".mp4 .m4v .mov .webm .mkv .avi".split())


@dataclass(frozen=True, slots=True)
class ReadEnclosure:
    """A file that belongs to an item."""

    url: str
    type: str = UNKNOWN_TYPE
    length_bytes: int | None = None  # as the feed says; often 0 or wrong


@dataclass(frozen=True, slots=True)
class ReadTranscript:
    """Where the words of an item can be had (podcast:transcript)."""

    url: str
    type: str | None
    language: str | None = None
    rel: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPerson:
    """Somebody who takes part (podcast:person)."""

    name: str
    role: str = "host"
    group: str = "cast"
    href: str | None = None
    img: str | None = None


@dataclass(frozen=True, slots=True)
class ReadItem:
    """One item of a feed. Texts are empty, all else None, where the feed says nothing that can be used."""

    guid: str  # the feed's own, else the link, else the enclosure's address; empty where there is none of them
    title: str
    link: str | None
    description: str  # a short text, or HTML; untrusted
    content: str  # the whole notes as HTML; untrusted
    base: str | None  # what addresses in the notes are relative to
    published: datetime | None  # UTC
    enclosures: tuple[ReadEnclosure, ...]
    duration_s: float | None
    season: int | float | None
    episode: int | float | None
    kind: str | None  # full, trailer or bonus
    explicit: bool | None
    author: str | None
    image: str | None
    chapters: tuple[Chapter, ...]
    chapters_url: str | None
    transcripts: tuple[ReadTranscript, ...]
    persons: tuple[ReadPerson, ...]

    @property
    def enclosure(self) -> ReadEnclosure | None:
        """The file that is the episode: the sound where there is any."""
        return min(self.enclosures, key=kind_of, default=None)


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A whole feed."""

    title: str
    link: str | None
    description: str
    language: str | None
    image: str | None
    guid: str | None  # podcast:guid
    author: str | None
    owner_name: str | None
    owner_email: str | None
    explicit: bool | None
    categories: tuple[tuple[str, ...], ...]  # each from the widest to the narrowest
    copyright: str | None
    locked: bool  # podcast:locked: its owner does not want it imported elsewhere
    persons: tuple[ReadPerson, ...]
    new_url: str | None  # where the feed says that it has moved to
    next_url: str | None  # the next page of a feed in pages (RFC 5005)
    items: tuple[ReadItem, ...]  # in the order of the document
    mended: bool = False  # it is not well-formed XML; what could be read was read


def kind_of(enclosure: ReadEnclosure) -> int:
    """What a file seems to be: 0 sound, 1 perhaps sound, 2 a video, 3 something else."""
    end, kind = end_of(enclosure.url), enclosure.type
    if kind.startswith("audio/") and "mpegurl" not in kind:
        return 0
    if end in _AUDIO_ENDS and not kind.startswith(("image/", "text/")):
        return 0
    if kind in (UNKNOWN_TYPE, "application/ogg"):
        if end in _VIDEO_ENDS:
            return 2
        return (
            3 if end in (".jpg", ".jpeg", ".png", ".gif", ".pdf", ".torrent", ".html", ".htm", ".zip", ".epub") else 1
        )
    return 2 if kind.startswith("video/") else 3


def end_of(url: str | None) -> str:
    """The ending of the file's name in an address: ".mp3"; empty where there is none."""
    try:
        return PurePosixPath(urlsplit(url or "").path).suffix.lower()
    except ValueError:
        return ""
