"""Taking in the episodes of other feeds: reads a feed, says what is new in it, and puts what is chosen into the queue.

The loading itself is the worker's, like all that takes long: a closed page or a killed server loses nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from companion.editing.house import House
from companion.errors import BadInputError, FeedError, NotFoundError
from companion.feed import values
from companion.feed.items import ReadFeed
from companion.feed.reading import read_feed
from companion.feed.xml import too_large
from companion.fetching import Fetcher, Limits
from companion.importing.plan import Offer, OfferState, Plan, details_of, notes_of, plan, show_of, title_of
from companion.library import Library
from companion.publication import Chapter, Show
from companion.store import Import, NewEpisode
from companion.transcribe import find_model
from companion.types import Episode, EpisodeState, Progress, Publication

__all__ = ["Importing", "Offer", "OfferState", "Plan", "Wishes", "check_lock"]

MAX_PAGES = 50
KEPT_DAYS = 1
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a host wants episodes to be taken."""

    model: str = "auto"  # the recogniser, for those without a transcript
    recognise: bool = False  # recognise all, also those with a transcript
    publish: bool = False  # listeners find them as soon as they are ready; else they are drafts
    mine: bool = False  # the host says that the feed is the host's own, so its lock does not hold


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One file of a feed."""

    data: bytes
    address: str | None
    charset: str | None


@dataclass(frozen=True, slots=True)
class ReadSource:
    """What was read: one file, or the pages of a feed."""

    source: str
    pages: tuple[FeedPage, ...]


class Importing:
    """Imports into one library."""

    def __init__(self, library: Library, fetcher: Fetcher | None = None) -> None:
        """Takes a library.

        Args:
            library: where episodes go.
            fetcher: loads feeds; None: from the open web only.
        """
        self.library = library
        self.fetcher = fetcher or Fetcher()

    # ---- reading

    def read(self, source: str) -> ReadSource:
        """Reads a feed.

        Args:
            source: its address, or the path of a file. A file is read without any network.

        Raises:
            NotFoundError: there is no such file.
            FeedError: it is no feed.
            FetchError: it cannot be loaded.
            LimitError: it is too large.
        """
        source = re.sub(r"^(feed|pcast|itpc|podcast):(//)?(?=https?:)", "", source.strip(), flags=re.IGNORECASE)
        source = re.sub(r"^(feed|pcast|itpc|podcast)://", "https://", source, flags=re.IGNORECASE)
        if re.match(r"[a-z][a-z0-9+.-]+://", source, re.IGNORECASE):
            return self._load(source)
        return self.read_file(Path(source))

    def read_file(self, path: Path) -> ReadSource:
        """Reads a feed from a file.

        Raises:
            NotFoundError: there is no such file.
            FeedError: it is no feed.
            LimitError: it is too large.
        """
        limit = self.library.settings.max_feed_bytes
        try:
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            raise NotFoundError(f"There is no file {path}. If it is an address, write https:// before it.") from None
        except OSError as error:
            raise FeedError(f"{path.name} cannot be read ({error.strerror}). Give a feed's file or address.") from None
        return self.read_bytes(data, path.name)

    def read_bytes(self, data: bytes, name: str) -> ReadSource:
        """Reads a feed that was handed over.

        Raises:
            FeedError: it is no feed.
            LimitError: it is too large.
        """
        found = ReadSource(name, (FeedPage(data, None, None),))
        self._feed_of(found)
        return found

    def _load(self, source: str) -> ReadSource:
        settings = self.library.settings
        left, ends = settings.max_feed_bytes, time.monotonic() + settings.fetch_small_s
        pages: list[FeedPage] = []
        seen: set[str] = set()
        url: str | None = source
        while url is not None and url not in seen and len(pages) < MAX_PAGES:
            seen.add(url)
            limits = Limits(left, settings.fetch_idle_s, max(1.0, ends - time.monotonic()), "max_feed_bytes")
            got = self.fetcher.get(url, limits, ACCEPT)
            left -= len(got.data)
            page = FeedPage(got.data, got.address, got.charset)
            feed = self._page(page)
            if not pages and not feed.items and feed.new_url and feed.new_url not in seen:
                url = feed.new_url  # it has moved, and says nothing but where to
                continue
            pages.append(page)
            url = feed.next_url if feed.items else None
        return ReadSource(source, tuple(pages) or (page,))

    def _page(self, page: FeedPage) -> ReadFeed:
        return read_feed(page.data, self.library.settings.max_feed_bytes, page.address, page.charset)

    def _feed_of(self, read: ReadSource) -> ReadFeed:
        if sum(len(p.data) for p in read.pages) > self.library.settings.max_feed_bytes:
            raise too_large(self.library.settings.max_feed_bytes)
        feeds = [self._page(page) for page in read.pages]
        return replace(feeds[0], items=tuple(item for feed in feeds for item in feed.items))

    # ---- planning

    def plan(self, read: ReadSource) -> Plan:
        """What an import would take of a feed that was read."""
        known, failed = self.library.imports.known()
        return plan(read.source, self._feed_of(read), known, failed)

    def look(self, source: str) -> Plan:
        """Reads a feed and says what an import would take; changes nothing.

        Raises:
            NotFoundError: there is no such file.
            FeedError: it is no feed.
            FetchError: it cannot be loaded.
            LimitError: it is too large.
        """
        return self.plan(self.read(source))

    def keep(self, read: ReadSource) -> str:
        """Keeps a feed for a day, until a host has chosen from it; returns by which id it is found again."""
        pages = [[base64.b64encode(p.data).decode(), p.address, p.charset] for p in read.pages]
        feed_id, now = secrets.token_hex(16), datetime.now(UTC)
        packed = zlib.compress(json.dumps(pages).encode())
        self.library.imports.keep(feed_id, read.source, packed, now, now - timedelta(days=KEPT_DAYS))
        return feed_id

    def kept(self, feed_id: str) -> ReadSource:
        """A feed that was kept.

        Raises:
            NotFoundError: there is none by that id any more.
        """
        found = self.library.imports.kept(feed_id)
        if found is None:
            raise NotFoundError("That feed was read too long ago. Give its address or its file again.")
        source, packed = found
        pages = json.loads(zlib.decompress(packed))
        return ReadSource(source, tuple(FeedPage(base64.b64decode(d), a, c) for d, a, c in pages))

    def forget(self, feed_id: str) -> None:
        """Forgets a feed that was kept."""
        self.library.imports.forget(feed_id)

    # ---- taking

    def begin(self, planned: Plan, guids: Collection[str] | None, wishes: Wishes) -> tuple[Episode, ...]:
        """Puts episodes into the queue: all that were asked for, or none where anything is wrong.

        Args:
            planned: what can be taken.
            guids: of the episodes to take; None: every new one.
            wishes: how.

        Returns:
            The episodes, in the feed's order. What is in the library already is not taken twice.

        Raises:
            FeedError: the feed is locked.
            BadInputError: none of them can be taken.
            ModelError: no such recogniser on this machine.
        """
        check_lock(planned.feed, wishes)
        chosen = [o for o in planned.takeable if guids is None or o.item.guid in guids]
        if not chosen:
            raise BadInputError("None of these episodes is new and can be listened to, so there is nothing to take.")
        if wishes.recognise or any(o.transcript is None for o in chosen):
            find_model(wishes.model, self.library.settings.models_folder)
        if self.library.shows.get() == Show():
            self.library.shows.put(show_of(planned.feed, planned.source))
        house_words = House(self.library).with_house_words(())
        with self.library.database.write() as connection:
            ids = []
            for offer in chosen:
                known = self.library.imports.episode_of(connection, offer.item.guid)
                new = _import_of(planned, offer, wishes)
                if known is not None:
                    self.library.imports.change(connection, known, new)
                    ids.append(known)
                    continue
                episode, _ = self.library.episodes.add_within(connection, _episode_of(offer, wishes, house_words))
                self.library.imports.add(connection, episode.id, new, offer.item.chapters)
                ids.append(episode.id)
        by_id = {e.id: e for e in self.library.episodes.all() if e.id in set(ids)}
        for episode in by_id.values():
            if episode.state is EpisodeState.FAILED:
                self.library.jobs.retry(episode.slug, None, datetime.now(UTC))
        return tuple(by_id[i] for i in ids)

    # ---- what came along

    def notes(self, episode_id: int) -> tuple[str, ...]:
        """What of an episode could not be had, in sentences."""
        known = self.library.imports.get(episode_id)
        return known.notes if known else ()

    def chapters(self, episode_id: int) -> tuple[Chapter, ...]:
        """An episode's chapters, in the order of time."""
        return self.library.imports.chapters(episode_id)

    def in_hand(self) -> tuple[tuple[Episode, Progress], ...]:
        """The episodes of feeds that wait, are in work, or failed, and how far each is; in the order of the queue."""
        ids = self.library.imports.in_hand()
        by_id = {e.id: e for e in self.library.episodes.all() if e.id in ids}
        return tuple((by_id[i], self.library.episodes.get_progress(i)[1]) for i in ids if i in by_id)

    def try_again(self, slug: str) -> None:
        """Puts an episode of a feed that failed back into the queue.

        Raises:
            NotFoundError: there is none by that slug.
        """
        episode = self.library.episodes.get(slug)
        if episode.state is EpisodeState.FAILED:
            self.library.jobs.retry(episode.slug, None, datetime.now(UTC))


def check_lock(feed: ReadFeed, wishes: Wishes) -> None:
    """Respects podcast:locked.

    Raises:
        FeedError: the feed is locked and the host did not say that it is the host's own.
    """
    if feed.locked and not wishes.mine:
        raise FeedError(
            "The owner of this feed has locked it (podcast:locked): it must not be imported elsewhere. If it is your "
            "own, unlock it where it is hosted, or say that it is yours (--i-own-this-feed)."
        )


def _import_of(planned: Plan, offer: Offer, wishes: Wishes) -> Import:
    item, best = offer.item, offer.transcript
    sound = item.enclosure
    return Import(
        feed=planned.source,
        audio_url=sound.url if sound else "",
        chapters_url=values.web(item.chapters_url),
        transcript_urls=(best.url,) if best else (),
        recognise=wishes.recognise,
    )


def _episode_of(offer: Offer, wishes: Wishes, hotwords: tuple[str, ...]) -> NewEpisode:
    item = offer.item
    return NewEpisode(
        title=title_of(item, item.published),
        slug=None,
        description=notes_of(item),
        sample=False,
        published=item.published,
        added=datetime.now(UTC),
        # Stands in until the recording is here; the same item never comes twice.
        audio_sha256=hashlib.sha256(f"feed item {item.guid}".encode()).hexdigest(),
        tracks=(),
        voices=(),
        speakers=None,
        hotwords=hotwords,
        model=wishes.model,
        publication=Publication.PUBLISHED if wishes.publish else Publication.DRAFT,
        details=details_of(item),
    )
