"""What was read in a feed: frozen data, in the feed's own words; nothing in it is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

UNKNOWN_TYPE = "application/octet-stream"
"""The media type of what does not say what it is."""


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
class ReadChapter:
    """A chapter, from the feed (Podlove Simple Chapters) or from a chapters file."""

    start_s: float
    title: str
    href: str | None = None
    img: str | None = None
    listed: bool = True  # whether it belongs into the table of contents


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
    chapters: tuple[ReadChapter, ...]
    chapters_url: str | None
    transcripts: tuple[ReadTranscript, ...]
    persons: tuple[ReadPerson, ...]

    @property
    def enclosure(self) -> ReadEnclosure | None:
        """The file that is the episode: the sound where there is any."""
        return self.enclosures[0] if self.enclosures else None


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
    next_url: str | None  # the next page of a feed in pages (RFC 5005)
    items: tuple[ReadItem, ...]  # in the order of the document
    mended: bool = False  # it is not well-formed XML; what could be read was read
