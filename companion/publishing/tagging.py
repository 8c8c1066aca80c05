"""What the tag of a published recording says, from what the library knows: a pure decision with a key of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from companion import prose
from companion.audio import Mp3Tags, TagChapter
from companion.feed.chapters import moment_chapters
from companion.publication import SHOW_TITLE, EpisodeDetails, Person, Show
from companion.types import Episode, StoredMoment

TAG_VERSION = 1  # raised whenever the same values give another file


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the site has what the tag names."""

    site_url: str  # without a slash at its end; "": nothing of the site is named

    def episode(self, slug: str) -> str:
        """An episode's page."""
        return f"{self.site_url}/episodes/{slug}" if self.site_url else ""

    def moment(self, name: str) -> str:
        """A moment's page."""
        return f"{self.site_url}/moments/{name}" if self.site_url else ""

    def feed(self) -> str:
        """The feed."""
        return f"{self.site_url}/feed.xml" if self.site_url else ""


def tags_of(
    episode: Episode,
    details: EpisodeDetails,
    show: Show,
    moments: Sequence[StoredMoment],
    published: datetime,
    at: Addresses,
) -> Mp3Tags:
    """The tag, without its cover.

    Args:
        episode: which.
        details: what the host says of it.
        show: what it belongs to.
        moments: of the episode; only the approved ones become chapters.
        published: its date.
        at: where the site is.
    """
    duration_s, show_title = episode.duration_s or 0.0, show.title.strip() or SHOW_TITLE
    chapters = moment_chapters(((m, at.moment(m.id)) for m in moments), duration_s)
    ends_s = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
    return Mp3Tags(
        title=episode.title,
        artist=show.author or _names(details.persons or show.persons) or show_title,
        album=show_title,
        guid=details.guid,
        number=details.number,
        season=details.season,
        published=published,
        comment="\n\n".join(t for t in (details.content_note.strip(), prose.plain_of(episode.description)) if t),
        language=show.language,
        copyright=show.copyright,
        link=details.link or at.episode(episode.slug),
        feed=at.feed(),
        duration_s=duration_s,
        chapters=tuple(
            TagChapter(c.start_s, max(end_s, c.start_s), c.title, c.url)
            for c, end_s in zip(chapters, ends_s, strict=True)
        )
        if chapters
        else (),
    )


def key_of(tags: Mp3Tags, cover_sha256: str | None, playback_sha256: str) -> str:
    """Stands for all that decides the bytes of a published recording.

    Args:
        tags: without the cover.
        cover_sha256: of the cover; None where there is none.
        playback_sha256: of the sound.
    """
    values = {**asdict(tags), "cover": cover_sha256, "published": tags.published and tags.published.isoformat()}
    text = json.dumps([TAG_VERSION, playback_sha256, values], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _names(persons: Sequence[Person]) -> str:
    return ", ".join(p.name for p in persons if p.role == "host")
