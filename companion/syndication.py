"""What goes out of a library: the feed, chapters, covers. Only what its audience sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Protocol

from companion import prose
from companion.captions import MIME, chapters_to_vtt
from companion.errors import NotFoundError
from companion.feed.chapters import Chapter, chapters_json, lasting, moment_chapters
from companion.feed.checking import Finding, check_feed
from companion.feed.findings import FEED, SHOW
from companion.feed.writing import Feed, FeedEpisode, TranscriptLink, soundbites, write_feed
from companion.library import Library
from companion.publication import SHOW_TITLE, EpisodeDetails, Show, guid_of
from companion.store import MomentFilter, PublishedFile
from companion.types import Episode, EpisodeState, MomentOrder, MomentState, StoredMoment

TRANSCRIPTS = ("vtt", "srt", "json")
SAMPLE = "This is a sample episode; its voices are synthetic."
_MAGIC = ((b"\xff\xd8\xff", "image/jpeg", "jpg"), (b"\x89PNG\r\n\x1a\n", "image/png", "png"))
_EVERY = 100_000  # episodes


class Addresses(Protocol):
    """Where the site has what the feed names; whole addresses."""

    def home(self) -> str:
        """The first page."""

    def feed(self) -> str:
        """The feed itself."""

    def episode(self, slug: str) -> str:
        """An episode's page."""

    def moment(self, moment_id: str) -> str:
        """A moment's page."""

    def recording(self, sha256: str) -> str:
        """What is played."""

    def transcript(self, slug: str, kind: str) -> str:
        """A transcript."""

    def chapters(self, slug: str) -> str:
        """An episode's chapters."""

    def cover(self, sha256: str, ending: str) -> str:
        """A picture."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture among the blobs."""

    path: Path
    mime: str
    ending: str


class Syndication:
    """Makes what podcast apps read."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def show(self) -> Show:
        """The show, with a title in any case."""
        show = self._library.shows.get()
        return show if show.title.strip() else replace(show, title=SHOW_TITLE)

    def feed(self, at: Addresses) -> bytes:
        """The whole feed.

        Args:
            at: where things are.
        """
        details, moments = self._library.episodes.all_details(), self._all_moments()
        tagged = self._library.published.all_current()
        empty = EpisodeDetails()  # of one that was published in this very moment
        brought = self._library.imports.with_chapters()
        rows = (
            self._episode(e, played, details.get(e.id, empty), moments.get(e.slug, ()), at, e.id in brought)
            for e in self._library.episodes.newest_ready(_EVERY)
            if (played := self._played(e, tagged.get(e.id)))
        )
        return write_feed(self._feed(tuple(rows), at))

    def faults(self, slug: str, at: Addresses, now: datetime) -> tuple[Finding, ...]:
        """What apps and directories would find fault with if the feed had this episode, published or not.

        Args:
            slug: of the episode.
            at: where things are.
            now: the time.

        Returns:
            Findings on the show and on the episode; those on the episode have its title as their place.

        Raises:
            NotFoundError: no such episode, or it is not ready.
        """
        episode = self._library.episodes.get(slug)
        played = self._played(episode, self._library.published.current(episode.id))
        if episode.state is not EpisodeState.READY or played is None:
            raise NotFoundError(f"{episode.title} is not ready yet.")
        brought = episode.id in self._library.imports.with_chapters()
        details = self._library.episodes.details(episode.id)
        one = self._episode(episode, played, details, self._moments(slug), at, brought)
        found = check_feed(write_feed(self._feed((one,), at)), now=now)
        return tuple(f if f.place in (FEED, SHOW) else replace(f, place=episode.title) for f in found)

    def chapters(self, slug: str, at: Addresses) -> str:
        """An episode's chapters as JSON.

        Args:
            slug: of the episode.
            at: where things are.

        Raises:
            NotFoundError: no such episode, it is not ready, or it has no chapters.
        """
        episode, _, chapters = self._chapters_of(slug, at)
        return chapters_json(chapters, title=episode.title, show_title=self.show().title)

    def chapters_vtt(self, slug: str, at: Addresses) -> str:
        """An episode's chapters as WebVTT, for players in browsers.

        Args:
            slug: of the episode.
            at: where things are.

        Raises:
            NotFoundError: no such episode, it is not ready, or it has no chapters.
        """
        _, duration_s, chapters = self._chapters_of(slug, at)
        return chapters_to_vtt(lasting(chapters, duration_s))

    def has_chapters(self, episode: Episode, moments: tuple[StoredMoment, ...]) -> bool:
        """Whether there are chapters of an episode that is ready, with these moments."""
        approved = any(m.moment.state is MomentState.APPROVED for m in moments)
        return approved or any(c.listed for c in self._library.imports.chapters(episode.id))

    def cover(self, sha256: str) -> Cover:
        """A cover that the show or one of its episodes has.

        Raises:
            NotFoundError: it is nobody's cover.
        """
        found = self._picture(sha256) if self._library.published.is_cover(sha256) else None
        if found is None:
            raise NotFoundError("There is no such picture.")
        return found

    def _feed(self, episodes: tuple[FeedEpisode, ...], at: Addresses) -> Feed:
        show = self.show()
        return Feed(
            show=show,
            text=prose.plain_of(show.description),
            feed_url=at.feed(),
            site_url=at.home(),
            cover_url=self._cover_url(show.cover_sha256, at),
            episodes=episodes,
        )

    def _played(self, episode: Episode, tagged: PublishedFile | None) -> str | None:
        """What is played of an episode; None where it cannot be: an enclosure that leads nowhere is worse than none."""
        name = tagged.sha256 if tagged else episode.playback_sha256
        return name if name and episode.duration_s and self._library.blobs.has(name) else None

    def _picture(self, sha256: str) -> Cover | None:
        try:
            path = self._library.blobs.path(sha256)
        except NotFoundError:
            return None
        with path.open("rb") as file:
            head = file.read(8)
        kinds = (Cover(path, mime, ending) for magic, mime, ending in _MAGIC if head.startswith(magic))
        return next(kinds, None)

    def _cover_url(self, sha256: str | None, at: Addresses) -> str:
        cover = self._picture(sha256) if sha256 else None
        return at.cover(sha256, cover.ending) if sha256 and cover else ""

    def _moments(self, slug: str) -> tuple[StoredMoment, ...]:
        return self._library.moments.of_ids(self._library.moments.ids_of(slug))

    def _all_moments(self) -> dict[str, tuple[StoredMoment, ...]]:
        """Those of each episode, by its slug, in the order of time: read at once, whatever their number."""
        ids, _ = self._library.facets.ids(MomentFilter(), MomentOrder.STRENGTH, _EVERY * 100)
        found = sorted(self._library.moments.of_ids(ids), key=lambda m: (m.episode_slug, m.moment.start_s, m.id))
        return {slug: tuple(of_one) for slug, of_one in groupby(found, key=lambda m: m.episode_slug)}

    def _chapters_of(self, slug: str, at: Addresses) -> tuple[Episode, float, tuple[Chapter, ...]]:
        """An episode, its length in seconds and its chapters.

        Raises:
            NotFoundError: no such episode, it is not ready, or it has no chapters.
        """
        episode = self._library.episodes.get(slug)
        if episode.state is not EpisodeState.READY or episode.duration_s is None:
            raise NotFoundError(f"The chapters of {episode.title} are not ready yet.")
        chapters = self._brought(episode) or _chapters(self._moments(slug), episode.duration_s, at)
        if not chapters:
            raise NotFoundError(f"{episode.title} has no chapters: no moment of it is approved.")
        return episode, episode.duration_s, chapters

    def _brought(self, episode: Episode) -> tuple[Chapter, ...]:
        """The chapters that an episode brought along from another feed."""
        brought = self._library.imports.chapters(episode.id)
        return tuple(Chapter(c.start_s, c.title, c.href) for c in brought if c.listed)

    def _episode(
        self,
        episode: Episode,
        played: str,
        details: EpisodeDetails,
        moments: tuple[StoredMoment, ...],
        at: Addresses,
        own_chapters: bool,
    ) -> FeedEpisode:
        duration_s = episode.duration_s or 0.0
        if not details.guid:
            details = replace(details, guid=guid_of(episode.audio_sha256))
        return FeedEpisode(
            title=episode.title,
            details=details,
            note=" ".join(n for n in (SAMPLE if episode.sample else "", details.content_note.strip()) if n),
            text=prose.plain_of(episode.description),
            html=prose.html_of(episode.description),
            published=episode.published or episode.added,
            page_url=at.episode(episode.slug),
            audio_url=at.recording(played),
            audio_bytes=self._library.blobs.path(played).stat().st_size,
            audio_type="audio/mpeg",
            duration_s=duration_s,
            cover_url=self._cover_url(details.cover_sha256, at),
            transcripts=tuple(
                TranscriptLink(at.transcript(episode.slug, kind), MIME[kind], kind != "json") for kind in TRANSCRIPTS
            ),
            chapters_url=at.chapters(episode.slug) if own_chapters or _chapters(moments, duration_s, at) else "",
            soundbites=soundbites(moments, duration_s),
        )


def _chapters(moments: tuple[StoredMoment, ...], duration_s: float, at: Addresses) -> tuple[Chapter, ...]:
    return moment_chapters(((m, at.moment(m.id)) for m in moments), duration_s)
