"""The host's desk: what comes in, what is done with it, and what waits for a person."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from companion.clipping import Clips
from companion.desk import adding
from companion.desk.tickets import Tickets
from companion.desk.uploads import OffsetError, Opened, Refused, Uploads
from companion.desk.wanting import Wanted, words
from companion.errors import BadInputError
from companion.handing import Job, JobState, Needs, Offered, Parameters, Upload
from companion.library import Library
from companion.store import Said
from companion.transcribe import find_model, known_models
from companion.types import Episode, EpisodeFiles, EpisodeState, Publication

__all__ = [
    "Desk",
    "Job",
    "JobState",
    "Needs",
    "Offered",
    "OffsetError",
    "Opened",
    "Overview",
    "Parameters",
    "Refused",
    "Said",
    "Upload",
    "Uploads",
    "Wanted",
]

PUBLISHED_SHOWN = 10  # of the published episodes, the newest; all of them have pages of their own
ALIVE_S = 15.0  # a worker says every two seconds that it is there
IN_HAND = (EpisodeState.WORKING, EpisodeState.WAITING, EpisodeState.STOPPED, EpisodeState.FAILED)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that lies on the desk. An episode stands in one place only."""

    uploads: tuple[Upload, ...]
    jobs: tuple[Job, ...]  # in work, waiting, stopped, failed
    needs: tuple[tuple[Episode, Needs], ...]  # drafts with something to look at
    drafts: tuple[Episode, ...]  # the others, and those that were unpublished
    scheduled: tuple[tuple[Episode, Needs], ...]
    published: tuple[tuple[Episode, Needs], ...]  # the newest
    published_total: int
    alive: bool  # somebody works on what waits


class Desk:
    """The desk of one library."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.uploads = Uploads(library)
        self.tickets = Tickets()

    def add(
        self,
        files: EpisodeFiles,
        model: str = "auto",
        publication: Publication = Publication.DRAFT,
    ) -> tuple[Episode, bool]:
        """Puts an episode into the library; see `companion.desk.adding.add`."""
        return adding.add(self.library, files, model, publication)

    def remove(self, slug: str) -> None:
        """Takes an episode out with all that belongs to it; whoever works on it notices and stops.

        Raises:
            NotFoundError: there is none by that slug.
        """
        episode = self.library.episodes.get(slug)
        sources = [sha256 for _, sha256 in self.library.episodes.take_in(episode.id).tracks]
        moment_ids = self.library.moments.ids_of(slug)
        adding.remove(self.library, episode, sources)
        Clips(self.library).forget((*moment_ids, f"episode{episode.id}"))

    def overview(self) -> Overview:
        """All that lies on the desk."""
        needs = self.library.needs
        drafts = needs.ready((Publication.DRAFT, Publication.UNPUBLISHED))
        return Overview(
            uploads=self.uploads.open(),
            jobs=self.jobs(),
            needs=tuple((episode, what) for episode, what in drafts if what),
            drafts=tuple(episode for episode, what in drafts if not what),
            scheduled=needs.ready((Publication.SCHEDULED,)),
            published=needs.ready((Publication.PUBLISHED,), PUBLISHED_SHOWN),
            published_total=needs.how_many(Publication.PUBLISHED),
            alive=self.alive(),
        )

    def jobs(self, states: Sequence[EpisodeState] = IN_HAND) -> tuple[Job, ...]:
        """The jobs that are not done, those in work first, then as they came."""
        order = {state: place for place, state in enumerate(states)}
        found = self.library.jobs.of_states(states)
        return tuple(sorted(found, key=lambda job: (order[job.episode.state], job.episode.id)))

    def job(self, slug: str) -> Job:
        """The job of an episode.

        Raises:
            NotFoundError: there is no such episode.
        """
        return self.library.jobs.of_episode(slug)

    def stop(self, slug: str) -> Job:
        """Stops a job: one that waits at once, one in work after the piece in hand.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: nothing is to be done with it.
        """
        self.library.jobs.stop(slug)
        return self.job(slug)

    def resume(self, slug: str) -> Job:
        """Goes on with a job that was stopped, at the next piece.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it was not stopped.
        """
        self.library.jobs.resume(slug)
        return self.job(slug)

    def retry(self, slug: str, changed: Parameters | None = None) -> Job:
        """Tries again what failed or was stopped, as before or in another way.

        Args:
            slug: of the episode.
            changed: how; None: as before. Voices that are empty stay as they were given.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it is in work, or ready.
            ModelError: no such model on this machine.
            BadInputError: it makes no sense.
        """
        before = self.job(slug).parameters
        if changed is not None:
            find_model(changed.model, self.library.settings.models_folder)
            most = self.library.settings.max_speakers
            if changed.speakers is not None and not 1 <= changed.speakers <= most:
                raise BadInputError(f"A recording has 1 to {most} voices here.")
            voices = changed.voices or before.voices
            changed = Parameters(changed.model, changed.speakers, words(changed.hotwords), voices)
        self.library.jobs.retry(slug, None if changed == before else changed, datetime.now(UTC))
        return self.job(slug)

    def models(self) -> tuple[str, ...]:
        """The names of the recognisers that can be asked for on this machine, `auto` first."""
        here = [m.name for m in known_models(self.library.settings.models_folder) if m.path is not None]
        return ("auto", *here)

    def alive(self) -> bool:
        """Whether a worker has said in the last seconds that it is there."""
        try:
            return time.time() - self.library.lock_file.stat().st_mtime < ALIVE_S
        except FileNotFoundError:
            return False
