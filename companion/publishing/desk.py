"""Publishing episodes of one library: details in, the checklist, the recording with its tag, out and back again."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from companion.audio import Loudness, Mp3Tags, fault_of, measure, write_tagged
from companion.editing import Editing
from companion.errors import BadInputError, CompanionError, ConflictError, NotFoundError
from companion.feed.spec import CATEGORIES, feed_guid
from companion.library import Library
from companion.pictures import check_cover, reduced
from companion.publication import EpisodeDetails, Show
from companion.publishing.checklist import Checklist, Facts, Item, Level, MissingError, Place, checklist_of
from companion.publishing.fields import EpisodeEntry, Faults, Sent, check_show, read_episode, read_show
from companion.publishing.tagging import Addresses, key_of, tags_of
from companion.publishing.times import read_offset, read_when
from companion.store import PublishedFile
from companion.types import Episode, EpisodeState, Publication

QUICK_S = 120.0  # a recording that is measured while somebody waits for a page
LOOK_EVERY = timedelta(seconds=30)  # how often published tags are compared with what they should say
Progress = Callable[[float, float | None], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """An episode as a host publishes it."""

    episode: Episode
    entry: EpisodeEntry
    checklist: Checklist
    file: PublishedFile | None  # what is published of it


class Publishing:
    """Publishes what a host has made. All of it may be asked by several processes at once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._settings = library.settings
        self._looked: datetime | None = None
        self._last_version: int | None = None
        self._said: dict[int, str] = {}  # episode, and why it could not be published
        self._stale: dict[int, str] = {}  # episode, and the key that its recording should have

    # ---- what a host sees and says

    def state(self, slug: str, now: datetime) -> State:
        """An episode with its details and what is still missing.

        Raises:
            NotFoundError: there is none by that slug.
        """
        episode = self.library.episodes.get(slug)
        return State(
            episode, self._entry(episode), self._checklist(episode, now), self.library.published.current(episode.id)
        )

    def show(self) -> Show:
        """The show; its guid is that which its feed has or would have."""
        show = self.library.shows.get()
        feed = self._at.feed()
        return show if show.guid or not feed else replace(show, guid=feed_guid(feed))

    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """Apple's list: each category and what may stand below it."""
        return CATEGORIES

    def details(self, slug: str) -> EpisodeDetails:
        """What a host says of an episode.

        Raises:
            NotFoundError: its audience finds none by that slug.
        """
        return self.library.episodes.details(self.library.episodes.get(slug).id)

    def edit(self, slug: str, sent: Sent, cover: bytes, now: datetime) -> Faults:
        """Reads an episode's form and keeps it, if nothing is wrong with it.

        Args:
            slug: of the episode.
            sent: the fields as they came.
            cover: the file of a new cover; empty where none was chosen.
            now: the time.

        Returns:
            What is wrong, by field; nothing was kept then.

        Raises:
            NotFoundError: there is none by that slug.
        """
        entry, faults = read_episode(sent, self._entry(self.library.episodes.get(slug)))
        sha256 = self._cover_of(sent, cover, entry.details.cover_sha256, faults)
        if not faults:
            try:
                self.save(slug, replace(entry, details=replace(entry.details, cover_sha256=sha256)), now)
            except BadInputError as error:
                faults["published"] = error.sentence
        return faults

    def edit_show(self, sent: Sent, cover: bytes) -> Faults:
        """Reads the show's form and keeps it, if nothing is wrong with it; see `edit`."""
        show, faults = read_show(sent, self.library.shows.get())
        sha256 = self._cover_of(sent, cover, show.cover_sha256, faults)
        if not faults:
            self.save_show(replace(show, cover_sha256=sha256))
        return faults

    def _cover_of(self, sent: Sent, cover: bytes, old: str | None, faults: Faults) -> str | None:
        if not cover:
            return None if "cover_away" in sent else old
        if faults:
            faults["cover"] = "Choose the picture once more: it is taken once the rest is right."
            return old
        try:
            return self._put_cover_bytes(cover)
        except BadInputError as error:
            faults["cover"] = error.sentence
            return old

    def save(self, slug: str, entry: EpisodeEntry, now: datetime) -> None:
        """Keeps what a host says of an episode; a published one gets a new recording with it.

        Raises:
            NotFoundError: there is none by that slug.
            BadInputError: its date cannot be that.
        """
        episode = self.library.episodes.get(slug)
        before = self._entry(episode)
        if entry.published != before.published:
            _check_date(episode, entry.published, now)
        cover = before.details.cover_sha256
        self.library.episodes.put_texts(episode.id, entry.title, entry.description, entry.published)
        self.library.episodes.put_details(episode.id, entry.details)
        if cover != entry.details.cover_sha256:
            self._drop_cover(cover)
        if episode.publication is Publication.PUBLISHED:
            self.refresh(slug, now)

    def save_show(self, show: Show) -> None:
        """Keeps what a host says of the show; published recordings follow by and by."""
        before = self.library.shows.get()
        feed = self._at.feed()
        if feed and not before.guid and show.guid == feed_guid(feed):
            show = replace(show, guid="")  # it was only shown; it is fixed once something is published
        self.library.shows.put(show)
        if before.cover_sha256 != show.cover_sha256:
            self._drop_cover(before.cover_sha256)

    def begin_show(self, show: Show, cover: Path | None) -> bool:
        """Takes what an episode's folder says of the show, where nobody has said anything yet; returns whether it did.

        Raises:
            BadInputError: a field or the cover cannot stay as it is.
        """
        if self.library.shows.get() != Show():
            return False
        check_show(show)
        self.save_show(replace(show, cover_sha256=self.put_cover(cover) if cover else None))
        return True

    def put_cover(self, source: Path) -> str:
        """Takes a cover in, and returns its name.

        Raises:
            BadInputError: it is none; the sentence says why.
        """
        anew = self.library.work_folder / f"cover-{uuid.uuid4().hex}"
        try:
            check_cover(source, anew, self._settings)
            return self.library.blobs.put(anew)
        finally:
            anew.unlink(missing_ok=True)

    def _put_cover_bytes(self, data: bytes) -> str:
        """A cover that came with a form."""
        source = self.library.work_folder / f"sent-{uuid.uuid4().hex}"
        try:
            source.write_bytes(data)
            return self.put_cover(source)
        finally:
            source.unlink(missing_ok=True)

    # ---- out and back

    def publish(
        self,
        slug: str,
        now: datetime,
        *,
        at: datetime | None = None,
        anyway: bool = False,
        wait: bool = False,
        progress: Progress | None = None,
    ) -> Publication:
        """Lets listeners find an episode, now or at a time.

        Args:
            slug: of the episode.
            now: the time.
            at: when; None for now.
            anyway: what the checklist only asks for may be missing.
            wait: also do at once what takes minutes; otherwise the worker does it, and the episode comes out then.
            progress: is told how far the measuring is.

        Returns:
            What the episode is now.

        Raises:
            NotFoundError: there is none by that slug.
            MissingError: the checklist says what is missing.
            BadInputError: the time is in the past.
        """
        episode = self.library.episodes.get(slug)
        check = self._checklist(episode, now)
        stops = check.must if anyway else check.blocking
        if stops:
            raise MissingError(episode.title, stops)
        if episode.publication is Publication.PUBLISHED:
            if at is not None:
                raise ConflictError(f"“{episode.title}” is published already. Unpublish it before you schedule it.")
            self.refresh(slug, now)
            return Publication.PUBLISHED
        if at is not None:
            if at <= now:
                raise BadInputError(f"{at:%Y-%m-%d %H:%M} UTC is past. Give a later time, or publish it now.")
            self.library.episodes.publish(episode.id, Publication.SCHEDULED, at)
            return Publication.SCHEDULED
        date = now if episode.published is None or episode.published > now else episode.published
        if not wait and self._loudness(episode) is None and (episode.duration_s or 0.0) > QUICK_S:
            self.library.episodes.publish(
                episode.id, Publication.SCHEDULED, date
            )  # due at once: the worker measures it
            return Publication.SCHEDULED
        self._bring_out(episode, date, now, progress)
        return self.library.episodes.get(slug).publication

    def schedule(self, slug: str, when: str, offset: str, now: datetime) -> Publication:
        """The same as `publish`, at a time as it stands in a form.

        Args:
            slug: of the episode.
            when: a date and time.
            offset: how far its zone is from UTC.
            now: the time.
        """
        return self.publish(slug, now, at=read_when(when, read_offset(offset)))

    def unpublish(self, slug: str) -> Publication:
        """Takes an episode from listeners at once: pages, feed, search, recordings. A scheduled one stays in.

        Returns:
            What the episode is now.

        Raises:
            NotFoundError: there is none by that slug.
            ConflictError: listeners do not find it anyway.
        """
        episode = self.library.episodes.get(slug)
        match episode.publication:
            case Publication.PUBLISHED:
                becomes = Publication.UNPUBLISHED
            case Publication.SCHEDULED:
                was_out = self.library.published.current(episode.id) is not None
                becomes = Publication.UNPUBLISHED if was_out else Publication.DRAFT
            case _:
                raise ConflictError(f"“{episode.title}” is not published. Nothing was changed.")
        self.library.episodes.publish(episode.id, becomes)
        return becomes

    def refresh(self, slug: str, now: datetime) -> bool:
        """Gives a published episode a recording whose tag says what it should; returns whether it is a new one."""
        episode = self.library.episodes.get(slug)
        if episode.publication is not Publication.PUBLISHED or episode.state is not EpisodeState.READY:
            return False
        date = episode.published or episode.added
        if self._is_fresh(episode, self._key(episode, date)):
            return False
        file = self._make(episode, date, now)
        return self.library.published.put(file, (Publication.PUBLISHED,), Publication.PUBLISHED)

    # ---- what happens by itself

    def tick(self, now: datetime) -> None:
        """Publishes what is due, brings published recordings up to date, and lets go of old ones.

        Args:
            now: the time. It may be asked as often as one likes: mostly there is nothing to do.
        """
        for episode in self.library.episodes.due(now):
            with self._told(episode):
                self._bring_out(episode, episode.published or now, now, None)
        if self._looked is None or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._bring_up_to_date(now)
            for sha256 in self.library.published.outdated(now - timedelta(days=self._settings.old_media_days)):
                if self.library.published.drop(sha256):
                    self.library.blobs.delete(sha256)

    def _bring_up_to_date(self, now: datetime) -> None:
        """Makes stale recordings anew, once nobody has changed what they should say between two looks.

        While a host approves moment after moment a recording would otherwise be made for each.
        """
        version = self.library.database.version()
        if version == self._last_version and not self._stale:
            return
        self._last_version = version
        stale: dict[int, str] = {}
        for episode in self.library.episodes.all():
            if episode.publication is not Publication.PUBLISHED or episode.state is not EpisodeState.READY:
                continue
            key = self._key(episode, episode.published or episode.added)
            if self._is_fresh(episode, key):
                continue
            if self._stale.get(episode.id) == key or self.library.published.current(episode.id) is None:
                with self._told(episode):
                    self.refresh(episode.slug, now)
            else:
                stale[episode.id] = key
        self._stale = stale

    @contextmanager
    def _told(self, episode: Episode) -> Iterator[None]:
        """What cannot be done is said once in the log; the host's page says it as long as it is so."""
        try:
            yield
        except CompanionError as error:
            if self._said.get(episode.id) != error.sentence:
                self._said[episode.id] = error.sentence
                log.warning("%s: %s", episode.slug, error.sentence)

    # ---- what listeners get

    def recording(self, sha256: str) -> tuple[str, Path | None]:
        """A published recording by its name.

        Returns:
            The name of the one that its episode has now, and its file; None where the name has been replaced so long
            ago that only the new one is here.

        Raises:
            NotFoundError: no episode that is heard has or had it.
        """
        found = self.library.published.find(sha256)
        if found is None:
            raise NotFoundError("That recording is not in the library.")
        if found.kept and self.library.blobs.has(sha256):
            return sha256, self.library.blobs.path(sha256)
        current = self.library.published.current(found.episode_id)
        if current is None:
            raise NotFoundError("That recording is not in the library.")
        return current.sha256, None

    # ---- inside

    @property
    def _at(self) -> Addresses:
        return Addresses(self._settings.site_url.strip().rstrip("/"))

    def _entry(self, episode: Episode) -> EpisodeEntry:
        details = self.library.episodes.details(episode.id)
        return EpisodeEntry(episode.title, episode.description, episode.published, details)

    def _checklist(self, episode: Episode, now: datetime) -> Checklist:
        return checklist_of(
            Facts(
                episode=episode,
                details=self.library.episodes.details(episode.id),
                show=self.library.shows.get(),
                voices=self.library.episodes.voices(episode.id),
                left=self.library.published.left(episode.id),
                loudness=self._loudness(episode),
                target_lufs=self._settings.playback_lufs,
                site_url=self._at.site_url,
                now=now,
            )
        )

    def _bring_out(self, episode: Episode, date: datetime, now: datetime, progress: Progress | None) -> None:
        Editing(self.library).settle(episode.slug)  # what was edited a moment ago has its tags before anybody sees it
        loudness = self._loudness(episode) or self._measure(episode, progress)
        fault = fault_of(loudness, self._settings.playback_lufs)
        if fault:
            raise MissingError(episode.title, [Item("loudness", Level.MUST, fault, Place.DESK)])
        must = self._checklist(episode, now).must  # a host may have changed something since it was scheduled
        if must:
            raise MissingError(episode.title, must)
        file = self._make(episode, date, now)
        self._fix_guid()
        before = (episode.publication,)
        if not self.library.published.put(file, before, Publication.PUBLISHED, date):
            raise ConflictError(f"“{episode.title}” was changed in the meantime. Look at it again.")
        log.info("published %s", episode.slug)

    def _fix_guid(self) -> None:
        """The show's guid is made of the feed's first address, and stays when that changes."""
        show = self.library.shows.get()
        if not show.guid and self._at.site_url:
            self.library.shows.put(replace(show, guid=feed_guid(self._at.feed())))

    def _make(self, episode: Episode, date: datetime, now: datetime) -> PublishedFile:
        """Writes the recording with its tag among the blobs. Nobody finds it before the row is there."""
        playback = episode.playback_sha256 or ""
        tags, cover = self._tags(episode, date), self._cover(episode)
        has_cover = cover is not None and self.library.blobs.has(cover)
        picture = reduced(self.library.blobs.path(cover)) if cover and has_cover else b""
        out = self.library.work_folder / f"tagged-{uuid.uuid4().hex}.mp3"
        try:
            write_tagged(self.library.blobs.path(playback), out, replace(tags, cover=picture))
            size_bytes = out.stat().st_size
            sha256 = self.library.blobs.put(out)
        finally:
            out.unlink(missing_ok=True)
        return PublishedFile(sha256, episode.id, size_bytes, key_of(tags, cover, playback), made=now)

    def _key(self, episode: Episode, date: datetime) -> str:
        return key_of(self._tags(episode, date), self._cover(episode), episode.playback_sha256 or "")

    def _is_fresh(self, episode: Episode, key: str) -> bool:
        current = self.library.published.current(episode.id)
        return current is not None and current.key == key and self.library.blobs.has(current.sha256)

    def _tags(self, episode: Episode, date: datetime) -> Mp3Tags:
        return tags_of(
            episode,
            self.library.episodes.details(episode.id),
            self.library.shows.get(),
            self.library.moments.of_ids(self.library.moments.ids_of(episode.slug)),
            date,
            self._at,
        )

    def _cover(self, episode: Episode) -> str | None:
        return self.library.episodes.details(episode.id).cover_sha256 or self.library.shows.get().cover_sha256

    def _drop_cover(self, sha256: str | None) -> None:
        if sha256 is not None and not self.library.published.is_cover(sha256):
            self.library.blobs.delete(sha256)

    def _loudness(self, episode: Episode) -> Loudness | None:
        if episode.playback_sha256 is None:
            return None
        kept = self.library.stages.get_loudness(episode.playback_sha256)
        return Loudness(*kept) if kept else None

    def _measure(self, episode: Episode, progress: Progress | None) -> Loudness:
        sha256 = episode.playback_sha256 or ""
        loudness = measure(self.library.blobs.path(sha256), self._settings, progress)
        self.library.stages.put_loudness(sha256, loudness.lufs, loudness.true_peak_dbtp)
        return loudness


def _check_date(episode: Episode, date: datetime | None, now: datetime) -> None:
    match episode.publication:
        case Publication.PUBLISHED if date is not None and date > now:
            raise BadInputError("A published episode's date cannot be in the future. Unpublish it, then schedule it.")
        case Publication.SCHEDULED if date is None or date <= now:
            raise BadInputError("A scheduled episode's date must be in the future. Publish it now, or take it back.")
