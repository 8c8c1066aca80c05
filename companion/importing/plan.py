"""What an import would take of a feed, and as what. Pure: what the library knows is passed in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from companion.feed import values
from companion.feed.items import ReadFeed, ReadItem, ReadPerson, ReadTranscript, kind_of
from companion.feed.plain import markdown
from companion.publication import EpisodeDetails, EpisodeKind, Person, Show

MAX_TITLE_CHARS = 300
MAX_GUID_CHARS = 1000
_READABLE = {
    "application/json": 0, "text/json": 0, "application/x-podcast-transcript+json": 0, "text/vtt": 1, "text/webvtt": 1,
    "application/x-subrip": 2, "application/srt": 2, "text/srt": 2, "application/x-srt": 2, "text/x-srt": 2,
}  # fmt: skip
_READABLE_ENDS = {".json": 0, ".vtt": 1, ".srt": 2}
_UNREADABLE = 9


class OfferState(StrEnum):
    """Whether an item of a feed can be taken."""

    NEW = "new"
    FAILED = "failed"  # taken before, and it could not be loaded or read; taking it again tries again
    THERE = "there"  # in the library already
    NO_SOUND = "no_sound"  # nothing that could be listened to
    NO_GUID = "no_guid"  # nothing to know it by
    REPEATED = "repeated"  # its guid stood above already


@dataclass(frozen=True, slots=True)
class Offer:
    """An item of a feed and what can be done with it."""

    item: ReadItem
    state: OfferState
    transcript: ReadTranscript | None  # the one that can be read best

    @property
    def can_be_taken(self) -> bool:
        """Whether an import takes it."""
        return self.state in (OfferState.NEW, OfferState.FAILED)

    @property
    def size_bytes(self) -> int | None:
        """How large its sound is, as the feed says; None where it says nothing."""
        return (self.item.enclosure.length_bytes or None) if self.item.enclosure else None


@dataclass(frozen=True, slots=True)
class Plan:
    """A feed and what an import would take of it."""

    source: str  # its address, or the name of the file
    feed: ReadFeed
    offers: tuple[Offer, ...]  # one for each item, in the feed's order

    @property
    def takeable(self) -> tuple[Offer, ...]:
        """What an import takes."""
        return tuple(o for o in self.offers if o.can_be_taken)

    def count(self, state: OfferState) -> int:
        """How many items are in a state."""
        return sum(o.state is state for o in self.offers)

    @property
    def bytes_said(self) -> int:
        """How large all is that would be taken, as far as the feed says."""
        return sum(o.size_bytes or 0 for o in self.takeable)

    @property
    def without_size(self) -> int:
        """Of how many the feed does not say how large they are."""
        return sum(o.size_bytes is None for o in self.takeable)


def plan(source: str, feed: ReadFeed, known: Collection[str], failed: Collection[str]) -> Plan:
    """What an import would take.

    Args:
        source: the feed's address, or the name of its file.
        feed: as it was read.
        known: the guids of the library's episodes.
        failed: those among them of which nothing is there yet.
    """
    seen: set[str] = set()
    offers = []
    for item in feed.items:
        offers.append(Offer(item, _state(item, seen, known, failed), best_transcript(item, feed.language)))
        seen.add(item.guid)
    return Plan(source, replace(feed, title=feed.title or name_of(source)), tuple(offers))


def _state(item: ReadItem, seen: Collection[str], known: Collection[str], failed: Collection[str]) -> OfferState:
    if not item.guid or len(item.guid) > MAX_GUID_CHARS:
        return OfferState.NO_GUID
    if item.guid in seen:
        return OfferState.REPEATED
    if item.guid in failed:
        return OfferState.FAILED
    if item.guid in known:
        return OfferState.THERE
    if item.enclosure is None or kind_of(item.enclosure) > 2 or not values.is_web(item.enclosure.url):
        return OfferState.NO_SOUND
    return OfferState.NEW


def name_of(source: str) -> str:
    """What a feed without a title is called: the name of its file."""
    path = urlsplit(source).path if values.is_web(source) else source
    return values.line(unquote(PurePosixPath(path.replace("\\", "/")).stem)) or (urlsplit(source).hostname or "")


def best_transcript(item: ReadItem, language: str | None) -> ReadTranscript | None:
    """The transcript that says most: JSON, else WebVTT, else SubRip; never a translation into another language."""
    own = _tongue(language)

    def fits(given: ReadTranscript) -> bool:
        theirs = _tongue(given.language)
        return _rank(given) < _UNREADABLE and values.is_web(given.url) and (not theirs or not own or theirs == own)

    return min(filter(fits, item.transcripts), key=_rank, default=None)


def _tongue(language: str | None) -> str:
    return (language or "").strip().lower().replace("_", "-").partition("-")[0]


def _rank(given: ReadTranscript) -> int:
    end = PurePosixPath(urlsplit(given.url).path).suffix.lower()
    return _READABLE.get((given.type or "").partition(";")[0], _READABLE_ENDS.get(end, _UNREADABLE))


def details_of(item: ReadItem) -> EpisodeDetails:
    """What the library keeps of an item beside its title, notes and date."""
    return EpisodeDetails(
        guid=item.guid,
        number=_whole(item.episode),
        season=_whole(item.season),
        kind=EpisodeKind(item.kind) if item.kind else EpisodeKind.FULL,
        explicit=bool(item.explicit),
        persons=persons_of(item.persons),
        link=item.link or "",
    )


def _whole(number: int | float | None) -> int | None:
    """A number that can stand in a feed as itunes wants it; a decimal one cannot."""
    return number if isinstance(number, int) and number > 0 else None


def persons_of(persons: tuple[ReadPerson, ...]) -> tuple[Person, ...]:
    """The people of an item or a feed."""
    return tuple(Person(p.name, p.role, p.group, p.href or "", p.img or "") for p in persons)


def title_of(item: ReadItem, day: datetime | None) -> str:
    """An episode needs some title."""
    return item.title[:MAX_TITLE_CHARS] or (f"Episode of {day:%d %B %Y}" if day else "Episode")


def notes_of(item: ReadItem) -> str:
    """The notes of an item as Markdown: the whole ones where there are such."""
    return markdown(item.content or item.description, item.base)


def show_of(feed: ReadFeed, address: str | None) -> Show:
    """What the library keeps of the feed itself."""
    category = feed.categories[0] if feed.categories else ()
    blank = Show()
    return replace(
        blank,
        title=feed.title[:MAX_TITLE_CHARS],
        description=markdown(feed.description, feed.link or address),
        link=feed.link or "",
        language=(feed.language or blank.language)[:20],
        author=feed.author or feed.owner_name or "",
        owner_email=feed.owner_email or "",
        category=(category[0] if category and category[0] else blank.category)[:100],
        subcategory=(category[1] if len(category) > 1 else "" if category and category[0] else blank.subcategory)[:100],
        explicit=bool(feed.explicit),
        guid=(feed.guid or "")[:100],
        persons=persons_of(feed.persons),
        copyright=feed.copyright or "",
    )
