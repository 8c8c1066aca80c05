"""What is published: an episode's details beside its words, and the show that it belongs to.

Frozen data, like `companion.types`. The names are those of the podcast namespace and of itunes, where they have one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

EPISODES = uuid.uuid5(uuid.NAMESPACE_URL, "https://secure-love-companion/episodes")
"""The namespace of the guids that we give."""

SHOW_TITLE = "Secure Love Companion"
"""The show's, where the host has given none."""


class EpisodeKind(StrEnum):
    """What itunes calls the type of an episode."""

    FULL = "full"
    TRAILER = "trailer"
    BONUS = "bonus"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part; names as in podcast:person."""

    name: str
    role: str = "host"
    group: str = "cast"
    href: str = ""
    img: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of an episode; what podcast:chapters and Podlove Simple Chapters have in common."""

    start_s: float
    title: str
    href: str = ""
    img: str = ""
    listed: bool = True  # whether it belongs into the table of contents


@dataclass(frozen=True, slots=True)
class EpisodeDetails:
    """What a host says of an episode, beside its title, description and date."""

    guid: str = ""  # stays for ever; "": one is made from the recording
    number: int | None = None
    season: int | None = None
    kind: EpisodeKind = EpisodeKind.FULL
    explicit: bool = False
    content_note: str = ""  # what listeners should know before they press play
    cover_sha256: str | None = None  # its picture, among the blobs; None: the show's
    persons: tuple[Person, ...] = ()  # empty: the show's
    link: str = ""  # a page of its own elsewhere


@dataclass(frozen=True, slots=True)
class Show:
    """The podcast."""

    title: str = ""
    description: str = ""
    link: str = ""  # the show's own page
    language: str = "en"
    author: str = ""
    owner_email: str = ""
    category: str = "Society & Culture"  # of Apple's list
    subcategory: str = "Relationships"
    explicit: bool = False
    cover_sha256: str | None = None  # among the blobs
    locked: bool = True  # other hosts may not take the feed over
    guid: str = ""  # podcast:guid, once for life; "": made from the feed's address
    persons: tuple[Person, ...] = ()
    copyright: str = ""


def guid_of(audio_sha256: str) -> str:
    """The guid of an episode that brought none: the same recording always has the same one."""
    return str(uuid.uuid5(EPISODES, audio_sha256))
