"""`Companion`: the one door to a library, for the site and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from companion.accounts import Accounts
from companion.captions import FORMATS, MIME
from companion.clipping import CARD_SIZE, SHOW, Clip, Clips, VideoState
from companion.config import Settings
from companion.counting import RECENT_DAYS, Counting, Listener, Plays
from companion.desk import Desk, OffsetError, Opened, Overview, Said, Wanted
from companion.editing import Editing
from companion.errors import NotFoundError
from companion.feed.findings import Finding, Severity
from companion.feedback import AWAY_NAMES
from companion.importing import Importing, Offer, Plan, Wishes
from companion.library import Library
from companion.moments import find_look_alikes, find_parallels
from companion.moves import LABELS, MEANINGS, nearest_tags
from companion.pages import EpisodePage, MomentPage, ReadyPage, SearchPage, offset_of, pages_of
from companion.practice import RATING_WORDS, Practice, Suggestion
from companion.practice.journey import Journey, JourneyPoint
from companion.prose import html_of, plain_of
from companion.publishing import Publishing, Ticker
from companion.reviewing import Reviewing
from companion.search import Meant
from companion.showing import CounterExamples, counter_examples
from companion.store import Choice, EpisodeCount, FacetCounts, MomentFilter, Remembered, TagCount
from companion.syndication import Syndication
from companion.types import (
    Audience,
    Episode,
    EpisodeFiles,
    EpisodeState,
    LengthBand,
    LookAlike,
    MomentKind,
    MomentOrder,
    MomentState,
    ParallelStretch,
    Progress,
    Publication,
    Role,
    StoredMoment,
    StoredTurn,
    Tag,
    Transcript,
    Voice,
)

if TYPE_CHECKING:
    from companion.pipeline.worker import Worker

KEPT_NAMES = 10_000  # recordings of which it is remembered whether they are played

__all__ = [
    "AWAY_NAMES",
    "CARD_SIZE",
    "LABELS",
    "MEANINGS",
    "RATING_WORDS",
    "RECENT_DAYS",
    "Accounts",
    "Choice",
    "Clip",
    "Companion",
    "CounterExamples",
    "Desk",
    "EpisodeCount",
    "EpisodePage",
    "FacetCounts",
    "Finding",
    "Health",
    "Journey",
    "JourneyPoint",
    "Listener",
    "Meant",
    "MomentPage",
    "Offer",
    "OffsetError",
    "Opened",
    "Overview",
    "Plan",
    "Plays",
    "Practice",
    "ReadyPage",
    "Said",
    "SearchPage",
    "Severity",
    "Suggestion",
    "TagCount",
    "VideoState",
    "Wanted",
    "Wishes",
    "html_of",
    "nearest_tags",
    "plain_of",
]


@dataclass(frozen=True, slots=True)
class Health:
    """Is the library well?"""

    database: bool  # it answers
    episodes: int
    waiting: int  # episodes that wait or are being worked on
    failed: int


class Companion:
    """A library, opened. Close it, or use it in a `with`."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.settings = library.settings
        self.accounts = Accounts(library)
        self.clips = Clips(library)
        self.counting = Counting(library)
        self.editing = Editing(library)
        self.practice = Practice(library)
        self.reviewing = Reviewing(library)
        self.importing = Importing(library)
        self.syndication = Syndication(library)
        self.publishing = Publishing(library)
        self.desk = Desk(library)
        self._played = Remembered(library.database, KEPT_NAMES)

    @classmethod
    def open(cls, settings: Settings, audience: Audience = Audience.HOST) -> Companion:
        """Opens the library in `settings.home` for an audience; makes it where there is none.

        Raises:
            LibraryError: it cannot be opened.
        """
        return cls(Library.open(settings, audience))

    @cached_property
    def host(self) -> Companion:
        """The same library as a host sees it."""
        return Companion(self.library.seen_by(Audience.HOST))

    def close(self) -> None:
        """Closes the library; plays that were not written yet are written first."""
        self.counting.close()
        self.library.close()

    def __enter__(self) -> Companion:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show_title(self) -> str:
        """What the show is called."""
        return self.library.shows.get().title or SHOW

    # ---- taking episodes in

    def add(
        self, files: EpisodeFiles, model: str = "auto", publication: Publication = Publication.DRAFT
    ) -> tuple[Episode, bool]:
        """Puts an episode into the library, to be worked on; the same recording twice is one episode.

        Args:
            files: what was handed in.
            model: which recogniser; `auto` takes the best on this machine.
            publication: whether listeners find it once it is ready.

        Returns:
            The episode, and whether it is new (see `companion.desk.Desk.add`).

        Raises:
            AudioError: a file is missing, empty or too large.
            BadInputError: a detail or its cover cannot stay as it is.
            ModelError: no such model on this machine.
            SpaceError: no room.
        """
        return self.desk.add(files, model, publication)

    def discard(self, slug: str) -> None:
        """Takes an episode out of the library with all that belongs to it.

        Raises:
            NotFoundError: there is none by that slug.
        """
        self.desk.remove(slug)

    def worker(self) -> Worker:
        """What works on the episodes that wait; one process at a time."""
        from companion.pipeline.worker import Worker  # not at the top: DBOS takes a second to load

        return Worker(self.library, self.importing.fetcher)

    def ticker(self) -> Ticker:
        """What publishes when the time has come; it belongs beside the worker."""
        return Ticker(self.publishing)

    def work_in_hand(self) -> bool:
        """Whether any episode waits or is being worked on, or is to be recognised anew."""
        return bool(self.library.jobs.unfinished() or self.library.recognitions.unfinished())

    # ---- episodes

    def episodes(self) -> tuple[Episode, ...]:
        """Every episode, the newest first, whatever its state."""
        return self.library.episodes.all()

    def episode_page(self, page: int = 1) -> EpisodePage:
        """A page of episodes, the newest first, whatever their states; without their peaks.

        Raises:
            NotFoundError: there is no such page.
        """
        size = self.settings.page_size
        found, total = self.library.episodes.page(size, offset_of(page, size))
        return EpisodePage(found, total, page, pages_of(total, size, page))

    def ready_episodes(self, page: int = 1) -> ReadyPage:
        """A page of the episodes that can be heard, the newest first.

        Raises:
            NotFoundError: there is no such page.
        """
        size, total = self.settings.page_size, self.library.episodes.count_ready()
        found = self.library.episodes.newest_ready(size, offset_of(page, size))
        return ReadyPage(found, total, page, pages_of(total, size, page))

    def titles(self) -> dict[str, str]:
        """The titles of the episodes that can be heard, by their slugs, the newest first."""
        return dict(self.library.facets.episodes())

    def episode(self, slug: str) -> Episode:
        """One episode.

        Raises:
            NotFoundError: there is none by that slug.
        """
        return self.library.episodes.get(slug)

    def voices(self, slug: str) -> tuple[Voice, ...]:
        """Its voices, in the order of their first words."""
        return self.library.episodes.voices(self.episode(slug).id)

    def turns(self, slug: str) -> tuple[StoredTurn, ...]:
        """Its turns with their tags and segments, in order; empty until it is ready."""
        return self.library.transcripts.turns(self.episode(slug).id)

    def transcript(self, slug: str) -> Transcript:
        """Its words, as they are written into captions.

        Raises:
            NotFoundError: it has none yet.
        """
        episode = self.episode(slug)
        if episode.state is not EpisodeState.READY or episode.duration_s is None:
            raise NotFoundError(f"The transcript of {episode.title} is not ready yet.")
        stored = self.library.transcripts.turns(episode.id)
        return Transcript(
            segments=tuple(segment for turn in stored for segment in turn.segments),
            duration_s=episode.duration_s,
            model=episode.model,
        )

    def captions(self, slug: str, kind: str) -> tuple[str, str]:
        """A transcript to download.

        Args:
            slug: of the episode.
            kind: json, vtt, srt or txt.

        Returns:
            The text and its media type.

        Raises:
            NotFoundError: no such episode or kind, or it is not ready.
        """
        if kind not in FORMATS:
            raise NotFoundError(f"There is no transcript of the kind {kind}; there are {', '.join(FORMATS)}.")
        return FORMATS[kind](self.transcript(slug)), MIME[kind]

    def progress(self, slug: str) -> tuple[EpisodeState, Progress, str | None]:
        """State, how far, and what went wrong."""
        return self.library.episodes.get_progress(self.episode(slug).id)

    def playback(self, sha256: str) -> Path:
        """The file of a recording that is played (mono MP3).

        Raises:
            NotFoundError: no episode is played from it.
        """
        if not self._played.get(sha256, lambda: self.library.episodes.is_played(sha256)):
            raise NotFoundError("That recording is not in the library.")
        return self.library.blobs.path(sha256)

    # ---- moments and search

    def moments(
        self,
        *,
        tags: Sequence[Tag] = (),
        episode_slug: str | None = None,
        query: str | None = None,
        kind: MomentKind | None = None,
        state: MomentState | None = None,
        role: Role | None = None,
        length: LengthBand | None = None,
        order: MomentOrder | None = None,
        page: int = 1,
    ) -> MomentPage:
        """A page of moments.

        Args:
            tags: all of which they carry.
            episode_slug: of the one episode that they are from.
            query: words that are said in them.
            kind: one partner leans in, or both.
            state: approved, or only suggested.
            role: of whoever leans in.
            length: how long they are.
            order: the strongest first where None; in one episode by time.
            page: from 1.

        Raises:
            SearchSyntaxError: the search has no words or is too long.
            NotFoundError: there is no such page.
        """
        which = MomentFilter(tuple(tags), episode_slug, self._said_in(query), kind, state, role, length)
        size = self.settings.page_size
        order = order or (MomentOrder.NEWEST if episode_slug else MomentOrder.STRENGTH)
        ids, total = self.library.facets.ids(which, order, size, offset_of(page, size))
        found = self.library.moments.of_ids(ids)
        return MomentPage(found, total, page, pages_of(total, size, page), self.library.facets.counts(which))

    def how_many(
        self,
        *,
        tags: Sequence[Tag] = (),
        episode_slug: str | None = None,
        query: str | None = None,
        kind: MomentKind | None = None,
        role: Role | None = None,
        length: LengthBand | None = None,
    ) -> int:
        """How many moments there are; what can be chosen by is that of `moments`.

        Raises:
            SearchSyntaxError: the search has no words or is too long.
        """
        ids = self._said_in(query)
        return self.library.facets.count(MomentFilter(tuple(tags), episode_slug, ids, kind, None, role, length))

    def tags_there(self) -> tuple[TagCount, ...]:
        """The tags of all moments, the commonest first."""
        return self.library.facets.counts(MomentFilter()).tags

    def _said_in(self, query: str | None) -> tuple[str, ...] | None:
        return self.library.index.moment_ids(query) if query else None

    def moments_of(self, slug: str) -> tuple[StoredMoment, ...]:
        """All moments of an episode, in the order of time.

        Raises:
            NotFoundError: there is none by that slug.
        """
        return self.library.moments.of_ids(self.moment_ids(self.episode(slug).slug))

    def moment_ids(self, slug: str) -> tuple[str, ...]:
        """The ids of an episode's moments, in the order of time."""
        return self.library.moments.ids_of(slug)

    def strongest(self, number: int) -> tuple[StoredMoment, ...]:
        """The strongest moments of all."""
        ids, _ = self.library.facets.ids(MomentFilter(), MomentOrder.STRENGTH, number)
        return self.library.moments.of_ids(ids)

    def moment(self, name: str) -> StoredMoment:
        """One moment.

        Raises:
            NotFoundError: there is none by that id.
        """
        return self.library.moments.get(name)

    def reply_starts(self, moments: Sequence[StoredMoment]) -> dict[str, float]:
        """Where the reply of each moment begins, in seconds of the recording, by the moment's id."""
        return self.library.moments.reply_starts([m.id for m in moments])

    def moment_turns(self, stored: StoredMoment) -> tuple[StoredTurn, ...]:
        """The turns of a moment, from the bid to the reply."""
        moment = stored.moment
        return self.library.transcripts.turns(
            self.episode(stored.episode_slug).id, (moment.first_turn, moment.last_turn)
        )

    def look_alikes(self, slug: str) -> tuple[LookAlike, ...]:
        """What looks like a moment of an episode and is not: for a host to hear, and to show what does not help.

        Raises:
            NotFoundError: there is none by that slug.
        """
        turns = self.turns(slug)
        return find_look_alikes([t.turn for t in turns], [t.tags for t in turns])

    def parallels(self, slug: str) -> tuple[ParallelStretch, ...]:
        """The stretches of an episode in which both partners keep turning away.

        Raises:
            NotFoundError: there is none by that slug.
        """
        turns = self.turns(slug)
        return find_parallels([t.turn for t in turns], [t.tags for t in turns])

    def search(self, query: str, page: int = 1) -> SearchPage:
        """A page of places where words are said, across all episodes.

        Raises:
            SearchSyntaxError: the search has no words or is too long.
            NotFoundError: there is no such page.
        """
        size = self.settings.page_size
        hits, total = self.library.index.find(query, size, offset_of(page, size))
        return SearchPage(hits, total, page, pages_of(total, size, page))

    def meant(self, query: str) -> Meant:
        """What a search that found nothing could have meant.

        Raises:
            SearchSyntaxError: the search has no words or is too long.
        """
        return self.library.index.meant(query)

    def counter_examples(self) -> CounterExamples:
        """What leaning in is not: near misses and parallel monologues of the newest episodes."""
        return counter_examples(self.library)

    def health(self) -> Health:
        """Reads a little of the library."""
        states = self.library.episodes.states()
        busy = states.get(EpisodeState.WAITING, 0) + states.get(EpisodeState.WORKING, 0)
        failed = states.get(EpisodeState.FAILED, 0)
        return Health(database=True, episodes=sum(states.values()), waiting=busy, failed=failed)

    def version(self) -> int:
        """Stands for what listeners see; another one as soon as anybody has changed anything of it."""
        return self.library.database.version()
