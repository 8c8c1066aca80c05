"""Our feed: RSS 2.0 with the elements of itunes, atom, content and Podcasting 2.0, written from frozen data.

docs/feed.md says what it contains and why. Everything goes through ElementTree, so nothing that a host types can end an
element; characters that XML 1.0 cannot hold are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from companion.feed import spec
from companion.feed.spec import ATOM, CONTENT, ITUNES, PODCAST, xml_text
from companion.publication import EpisodeDetails, Person, Show
from companion.types import MomentState, StoredMoment

for _prefix, _uri in (("atom", ATOM), ("content", CONTENT), ("itunes", ITUNES), ("podcast", PODCAST)):
    ET.register_namespace(_prefix, _uri)

_LIKE_ENTITY = re.compile(r"&(?=#?\w+;)")  # a single & stays: apps that show plain text would show &amp;
GENERATOR = "Secure Love Companion"


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """Where a transcript lies."""

    url: str
    type: str  # its media type
    timed: bool  # it can be shown as captions


@dataclass(frozen=True, slots=True)
class Soundbite:
    """A stretch that apps may play by itself."""

    start_s: float
    duration_s: float
    title: str  # at most 128 characters


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """An episode as the feed tells of it. Addresses are whole."""

    title: str
    details: EpisodeDetails  # its guid is not empty
    text: str  # the description as plain text
    html: str  # the same as HTML that is safe to show
    published: datetime
    page_url: str
    audio_url: str
    audio_bytes: int  # of the very file at `audio_url`
    audio_type: str
    duration_s: float
    note: str = ""  # what listeners should know first
    cover_url: str = ""  # "": the show's
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str = ""
    soundbites: tuple[Soundbite, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A show and its episodes. Addresses are whole."""

    show: Show
    text: str  # the show's description as plain text
    feed_url: str
    site_url: str
    cover_url: str  # "" where there is none
    episodes: tuple[FeedEpisode, ...]  # the newest first


def write_feed(feed: Feed) -> bytes:
    """The feed as XML, in UTF-8. The same data gives the same bytes.

    Args:
        feed: what to tell.
    """
    rss = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(rss, "channel")
    _add_show(channel, feed)
    for episode in feed.episodes:
        _add_episode(ET.SubElement(channel, "item"), episode, feed.show)
    ET.indent(rss, " ")
    written: bytes = ET.tostring(rss, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def soundbites(moments: Iterable[StoredMoment], duration_s: float) -> tuple[Soundbite, ...]:
    """A soundbite for each moment that a person approved, in the order of time.

    One that is shorter than 15 s is widened on both sides, one that is longer than 120 s begins later: the answer, for
    which people listen, comes last.

    Args:
        moments: of one episode.
        duration_s: of its recording.
    """
    least_s, most_s = spec.SOUNDBITE_S
    found = []
    for stored in moments:
        moment = stored.moment
        if moment.state is not MomentState.APPROVED:
            continue
        start_s, end_s = max(0.0, moment.start_s), min(moment.end_s, duration_s)
        if end_s <= start_s:
            continue
        if (missing_s := least_s - (end_s - start_s)) > 0:
            start_s = max(0.0, min(start_s - missing_s / 2, duration_s - least_s))
            end_s = min(duration_s, start_s + least_s)
        start_s = max(start_s, end_s - most_s)
        title = shortened(moment.title or moment.quote, spec.MAX_TITLE_CHARS)
        found.append(Soundbite(start_s, end_s - start_s, title))
    return tuple(sorted(found, key=lambda s: (s.start_s, s.duration_s, s.title)))


def credits_of(details: EpisodeDetails, show: Show) -> tuple[Person, ...]:
    """The people of an episode: none where the show's hold, for persons of an item replace all of the channel's.

    Args:
        details: of the episode.
        show: whose hosts are repeated, unless the episode names them itself.
    """
    if not details.persons:
        return ()
    named = {p.name.strip().casefold() for p in details.persons}
    hosts = [p for p in show.persons if p.role.casefold() in ("host", "co-host")]
    return (*(p for p in hosts if p.name.strip().casefold() not in named), *details.persons)


def shortened(text: str, most: int, *, in_bytes: bool = False) -> str:
    """A text in one line of at most so many characters (or UTF-8 bytes), cut between words, with an ellipsis.

    Args:
        text: any.
        most: the limit.
        in_bytes: what is counted.
    """

    def fits(piece: str) -> bool:
        return len(piece.encode() if in_bytes else piece) <= most

    text = " ".join(xml_text(text).split())
    if fits(text):
        return text
    room = most - (len("…".encode()) if in_bytes else 1)
    head = text.encode()[:room].decode(errors="ignore") if in_bytes else text[:room]
    between_words = head.rpartition(" ")[0]
    return (between_words or head).rstrip(" ,;:") + "…"


def described(text: str) -> str:
    """A plain text as a description: apps take it for HTML, so what looks like HTML in it is made to look like itself.

    Args:
        text: any; it is shortened to what directories take.
    """
    text = _LIKE_ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return shortened(text, spec.MAX_TEXT_BYTES, in_bytes=True)


def _add_show(channel: ET.Element, feed: Feed) -> None:
    show = feed.show
    _add(channel, "title", show.title)
    _add(channel, "link", show.link or feed.site_url)
    _add(channel, "description", described(feed.text) or show.title)
    _add(channel, "language", show.language)
    if show.copyright:
        _add(channel, "copyright", show.copyright)
    _add(channel, "generator", GENERATOR)
    if feed.episodes:
        _add(channel, "pubDate", date_text(max(e.published for e in feed.episodes)))
    _add(channel, f"{{{ATOM}}}link", "", href=feed.feed_url, rel="self", type=spec.FEED_TYPE)
    if show.author:
        _add(channel, _itunes("author"), show.author)
    _add(channel, _itunes("type"), "episodic")
    _add(channel, _itunes("explicit"), _truth(show.explicit))
    if show.category:
        category = ET.SubElement(channel, _itunes("category"), {"text": xml_text(show.category)})
        if show.subcategory:
            ET.SubElement(category, _itunes("category"), {"text": xml_text(show.subcategory)})
    if feed.cover_url:
        _add(channel, _itunes("image"), "", href=feed.cover_url)
        image = ET.SubElement(channel, "image")
        _add(image, "url", feed.cover_url)
        _add(image, "title", show.title)
        _add(image, "link", show.link or feed.site_url)
    if show.owner_email:
        owner = ET.SubElement(channel, _itunes("owner"))
        _add(owner, _itunes("name"), show.author or show.title)
        _add(owner, _itunes("email"), show.owner_email)
    _add(channel, _podcast("guid"), show.guid or spec.feed_guid(feed.feed_url))
    locked = _add(channel, _podcast("locked"), "yes" if show.locked else "no")
    if show.owner_email:
        locked.set("owner", xml_text(show.owner_email))
    _add_persons(channel, show.persons)


def _add_episode(item: ET.Element, episode: FeedEpisode, show: Show) -> None:
    details = episode.details
    _add(item, "title", episode.title)
    _add(item, "link", details.link or episode.page_url)
    _add(item, "guid", details.guid, isPermaLink="false")
    _add(item, "pubDate", date_text(episode.published))
    note = " ".join(episode.note.split())
    text = f"{note} {episode.text}" if note else episode.text
    _add(item, "description", described(text) or episode.title)
    if episode.html or note:
        _add(
            item,
            f"{{{CONTENT}}}encoded",
            (f"<p><strong>{_escaped(note)}</strong></p>\n" if note else "") + episode.html,
        )
    enclosure = {"url": episode.audio_url, "length": str(episode.audio_bytes), "type": episode.audio_type}
    _add(item, "enclosure", "", **enclosure)
    _add(item, _itunes("duration"), str(max(1, round(episode.duration_s))))
    _add(item, _itunes("explicit"), _truth(details.explicit or show.explicit))
    _add(item, _itunes("episodeType"), details.kind)
    for name, number in (("season", details.season), ("episode", details.number)):
        if number:
            _add(item, _itunes(name), str(number))
    if episode.cover_url:
        _add(item, _itunes("image"), "", href=episode.cover_url)
    _add_persons(item, credits_of(details, show))
    for link in episode.transcripts:
        transcript = _add(item, _podcast("transcript"), "", url=link.url, type=link.type, language=show.language)
        if link.timed:
            transcript.set("rel", "captions")
    if episode.chapters_url:
        _add(item, _podcast("chapters"), "", url=episode.chapters_url, type=spec.CHAPTERS_TYPE)
    for bite in episode.soundbites:
        times = {"startTime": f"{bite.start_s:.2f}", "duration": f"{bite.duration_s:.2f}"}
        _add(item, _podcast("soundbite"), bite.title, **times)


def date_text(moment: datetime) -> str:
    """A date as RSS wants it (RFC 2822, with the weekday).

    Args:
        moment: with its zone.
    """
    return format_datetime(moment.replace(microsecond=0))


def _add_persons(parent: ET.Element, persons: Iterable[Person]) -> None:
    for person in persons:
        name = shortened(person.name, spec.MAX_TITLE_CHARS)
        if not name:
            continue
        added = _add(parent, _podcast("person"), name, role=person.role or "host", group=person.group or "cast")
        for key, value in (("href", person.href), ("img", person.img)):
            if value:
                added.set(key, xml_text(value))


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> ET.Element:
    """An element with that text and those attributes."""
    text = xml_text(text).strip()
    element = ET.Element(tag, {name: xml_text(value) for name, value in attributes.items()})
    if text:
        element.text = text
    parent.append(element)
    return element


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _itunes(name: str) -> str:
    return f"{{{ITUNES}}}{name}"


def _podcast(name: str) -> str:
    return f"{{{PODCAST}}}{name}"
