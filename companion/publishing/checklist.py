"""What is still missing before an episode comes out: a pure decision; each item says what, and where to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from companion import prose
from companion.audio import Loudness
from companion.audio.loudness import fault_of
from companion.errors import ConflictError
from companion.publication import EpisodeDetails, Show
from companion.store import Left
from companion.types import Episode, EpisodeState, Voice

OLD = timedelta(days=1)
_UNNAMED = re.compile(r"Voice \d+")


class Level(StrEnum):
    """How much an item weighs."""

    MUST = "must"  # never published without
    SHOULD = "should"  # stops publishing, unless somebody says "anyway"
    MAY = "may"  # worth a look


class Place(StrEnum):
    """Where something is mended."""

    DETAILS = "details"
    SHOW = "show"
    TRANSCRIPT = "transcript"
    MOMENTS = "moments"
    DESK = "desk"
    SETTINGS = "settings"  # of the server


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is missing."""

    name: str  # stable, for tests and for links
    level: Level
    sentence: str
    place: Place
    field: str = ""  # of the form at that place


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is looked at."""

    episode: Episode
    details: EpisodeDetails
    show: Show
    voices: Sequence[Voice]
    left: Left
    loudness: Loudness | None  # None: not measured yet
    target_lufs: float
    site_url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Checklist:
    """What is missing, the weightiest first."""

    items: tuple[Item, ...]

    @property
    def must(self) -> tuple[Item, ...]:
        """Without these nothing is published."""
        return tuple(i for i in self.items if i.level is Level.MUST)

    @property
    def blocking(self) -> tuple[Item, ...]:
        """These stop publishing."""
        return tuple(i for i in self.items if i.level is not Level.MAY)

    @property
    def advisory(self) -> tuple[Item, ...]:
        """These do not."""
        return tuple(i for i in self.items if i.level is Level.MAY)


class MissingError(ConflictError):
    """An episode cannot come out yet. `items` says why."""

    def __init__(self, title: str, items: Sequence[Item]) -> None:
        super().__init__(f"“{title}” cannot be published yet. " + " ".join(i.sentence for i in items))
        self.items = tuple(items)


def checklist_of(facts: Facts) -> Checklist:
    """What is missing."""
    found = [*_of_work(facts), *_of_details(facts), *_of_show(facts), *_of_review(facts)]
    order = list(Level)
    return Checklist(tuple(sorted(found, key=lambda item: order.index(item.level))))


def _of_work(facts: Facts) -> list[Item]:
    episode, found = facts.episode, []
    match episode.state:
        case EpisodeState.FAILED:
            what = f"It could not be taken in. {episode.error or ''}".strip()
            found.append(Item("failed", Level.MUST, what, Place.DESK))
        case EpisodeState.READY:
            fault = fault_of(facts.loudness, facts.target_lufs) if facts.loudness else ""
            if fault:
                found.append(Item("loudness", Level.MUST, fault, Place.DESK))
        case _:
            what = "It is still being worked on. Wait until it is ready."
            found.append(Item("not-ready", Level.MUST, what, Place.DESK))
    return found


def _of_details(facts: Facts) -> list[Item]:
    episode, details, found = facts.episode, facts.details, []

    def miss(name: str, level: Level, sentence: str, field: str) -> None:
        found.append(Item(name, level, sentence, Place.DETAILS, field))

    if not episode.title.strip():
        miss("title", Level.MUST, "It has no title.", "title")
    if not details.content_note.strip():
        miss(
            "content-note",
            Level.MUST,
            "It has no content note. People quarrel here: say in a sentence what a listener should know first.",
            "content_note",
        )
    if not prose.plain_of(episode.description):
        miss(
            "description",
            Level.SHOULD,
            "It has no description. Podcast apps show one; two sentences do.",
            "description",
        )
    if details.cover_sha256 is None and facts.show.cover_sha256 is None:
        miss("cover", Level.SHOULD, "Neither the episode nor the show has a cover.", "cover")
    if episode.published is not None and episode.published < facts.now - OLD:
        day = f"{episode.published.day} {episode.published:%B %Y}"
        miss(
            "old-date", Level.MAY, f"Its date is {day}: podcast apps sort it there, below what came after.", "published"
        )
    return found


def _of_show(facts: Facts) -> list[Item]:
    show, found = facts.show, []
    needed = (
        *(("title", "title", show.title), ("description", "description", show.description)),
        *(("author", "author", show.author), ("owner_email", "owner's e-mail", show.owner_email)),
    )
    empty = [(field, words) for field, words, value in needed if not value.strip()]
    if empty:
        words = [words for _, words in empty]
        listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
        found.append(Item("show", Level.SHOULD, f"The show has no {listed}.", Place.SHOW, empty[0][0]))
    if not facts.site_url:
        what = "The site's own address is not set (COMPANION_SITE_URL), so nothing in the recording links to it."
        found.append(Item("site-url", Level.MAY, what, Place.SETTINGS))
    return found


def _of_review(facts: Facts) -> list[Item]:
    found, left = [], facts.left
    unnamed = [v.name for v in facts.voices if _UNNAMED.fullmatch(v.name)]
    if unnamed:
        what = f"{_some(len(unnamed), 'voice has', 'voices have')} no name yet: {', '.join(unnamed)}."
        found.append(Item("voices", Level.MAY, what, Place.TRANSCRIPT))
    if left.suggested:
        what = f"{_some(left.suggested, 'suggested moment has', 'suggested moments have')} not been looked at."
        found.append(Item("suggestions", Level.MAY, what, Place.MOMENTS))
    elif not left.approved and facts.episode.state is EpisodeState.READY:
        what = "It has no moments, so it has no chapters and cannot be found under Moments."
        found.append(Item("no-moments", Level.MAY, what, Place.MOMENTS))
    if left.flagged:
        what = f"{_some(left.flagged, 'line of the transcript is', 'lines of the transcript are')} marked as unsure."
        found.append(Item("flagged", Level.MAY, what, Place.TRANSCRIPT))
    return found


def _some(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
