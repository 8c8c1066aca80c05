"""Jobs: what is to be done with an episode, how, and whether somebody asked for a stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.errors import ConflictError, NotFoundError
from companion.handing import Job, JobState, Pace, Parameters, left_s
from companion.schema import Database
from companion.store.asked import JOB_COLUMNS, add_job, parameters_in
from companion.store.episodes import _NO_PROGRESS as NO_PROGRESS
from companion.store.episodes import _episode as episode_of
from companion.store.episodes import _progress as progress_of
from companion.types import EpisodeState

Run = tuple[str, int]
"""A job's id and which attempt at it is meant: one that was taken up again is another run of the same job."""

_OPEN = (EpisodeState.WAITING, EpisodeState.WORKING)
_STATES = {
    EpisodeState.WAITING: JobState.WAITING,
    EpisodeState.WORKING: JobState.WORKING,
    EpisodeState.STOPPED: JobState.STOPPED,
    EpisodeState.FAILED: JobState.FAILED,
    EpisodeState.READY: JobState.DONE,
}


class Jobs:
    """Reads and writes jobs. What they do to their episode's state happens in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- for the host

    def of_states(self, states: Sequence[EpisodeState]) -> tuple[Job, ...]:
        """The jobs of the episodes in some states, in the order in which they came."""
        episode = schema.episode
        with self._database.read() as connection:
            rows = connection.execute(_SELECT.where(episode.c.state.in_(states)).order_by(episode.c.id)).all()
            earlier = _earlier_rate(connection)
        return tuple(_job(row, earlier) for row in rows)

    def of_episode(self, slug: str) -> Job:
        """The job of an episode.

        Raises:
            NotFoundError: there is no such episode.
        """
        with self._database.read() as connection:
            row = connection.execute(_SELECT.where(schema.episode.c.slug == slug)).first()
            earlier = _earlier_rate(connection)
        if row is None:
            raise NotFoundError(f"There is no episode called {slug}.")
        return _job(row, earlier)

    def stop(self, slug: str) -> None:
        """Asks for a stop: one that waits has stopped at once, one in work stops after the piece in hand.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: nothing is to be done with it.
        """
        with self._database.write() as connection:
            row = _of(connection, slug)
            if row.state == EpisodeState.WAITING:
                _set(connection, row.episode_id, state=EpisodeState.STOPPED)
            elif row.state == EpisodeState.WORKING:
                _mark(connection, row.job_id, True)
            elif row.state != EpisodeState.STOPPED:
                raise ConflictError(f"Nobody works on “{row.title}”, so there is nothing to stop.")

    def resume(self, slug: str) -> None:
        """Takes up again what was stopped; what is done is not done again.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it has not stopped.
        """
        with self._database.write() as connection:
            row = _of(connection, slug)
            if row.state == EpisodeState.WORKING and row.stop:
                _mark(connection, row.job_id, False)
            elif row.state == EpisodeState.STOPPED:
                _wait_again(connection, row.episode_id, row.job_id)
            elif row.state not in _OPEN:
                what = "It has failed: try it again" if row.state == EpisodeState.FAILED else "It is ready"
                raise ConflictError(f"“{row.title}” was not stopped. {what}.")

    def retry(self, slug: str, changed: Parameters | None, made: datetime) -> None:
        """Tries again what has failed or was stopped: as before, or in another way.

        Args:
            slug: of the episode.
            changed: the new job's parameters; None keeps the job as it is.
            made: by the clock.

        Raises:
            NotFoundError: there is no such episode.
            ConflictError: it is in work, or ready.
        """
        with self._database.write() as connection:
            row = _of(connection, slug)
            if row.state not in (EpisodeState.FAILED, EpisodeState.STOPPED):
                what = "is in work; stop it first" if row.state in _OPEN else "is ready"
                raise ConflictError(f"“{row.title}” {what}.")
            job_id = row.job_id
            if changed is not None:
                job_id = add_job(connection, row.episode_id, changed, made)
            _wait_again(connection, row.episode_id, job_id)

    # ---- for the worker

    def unfinished(self) -> tuple[Run, ...]:
        """The runs that wait or are in work, in the order in which they came."""
        query = _SELECT.where(schema.episode.c.state.in_(_OPEN)).order_by(schema.episode.c.id)
        with self._database.read() as connection:
            return tuple((row.job_id, row.attempt) for row in connection.execute(query))

    def episode_id(self, run: Run) -> int | None:
        """The episode of a run; None where it is no business of anybody's any more: taken out, stopped, overtaken."""
        with self._database.read() as connection:
            row = _current(connection, run)
        return row.episode_id if row is not None and row.state in _OPEN else None

    def is_there(self, job_id: str) -> bool:
        """Whether a job is still known: taking an episode out, or a new way of trying it, ends its job."""
        query = sa.select(schema.job.c.id).where(schema.job.c.id == job_id)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def is_current(self, connection: sa.Connection, run: Run) -> bool:
        """Whether a run is still somebody's business, within the caller's transaction."""
        row = _current(connection, run)
        return row is not None and row.state in _OPEN

    def goes_on(self, run: Run) -> bool:
        """Whether a run may go on. Where a stop was asked for, it has stopped with this answer."""
        with self._database.read() as connection:
            row = _current(connection, run)
        if row is None or row.state not in _OPEN:
            return False
        if not row.stop:
            return True
        with self._database.write() as connection:
            row = _current(connection, run)
            if row is None or row.state not in _OPEN:
                return False
            if row.stop:  # it may have been taken back in between
                _mark(connection, row.job_id, False)
                _set(connection, row.episode_id, state=EpisodeState.STOPPED)
            return not row.stop

    def failed(self, run: Run, sentence: str) -> None:
        """It could not be done, and why; nothing where the run is overtaken."""
        with self._database.write() as connection:
            row = _current(connection, run)
            if row is not None and row.state in _OPEN:
                _mark(connection, row.job_id, False)
                _set(connection, row.episode_id, state=EpisodeState.FAILED, error=sentence, **NO_PROGRESS)

    def left(self, job_id: str, left_audio_s: float) -> None:
        """Says how much sound is still to be recognised."""
        self._update(job_id, left_audio_s=left_audio_s)

    def measured(self, job_id: str, audio_s: float, took_s: float, left_audio_s: float) -> None:
        """Says how long a piece took; it counts for the job, whoever works on it."""
        table = schema.job
        self._update(
            job_id,
            work_s=table.c.work_s + took_s,
            work_audio_s=table.c.work_audio_s + audio_s,
            left_audio_s=left_audio_s,
        )

    def _update(self, job_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(schema.job).where(schema.job.c.id == job_id).values(**values))


_SELECT = sa.select(*JOB_COLUMNS, *(c for c in schema.episode.c if c is not schema.episode.c.peaks)).join_from(
    schema.job, schema.episode, schema.job.c.episode_id == schema.episode.c.id
)


def _of(connection: sa.Connection, slug: str) -> Any:
    row = connection.execute(_SELECT.where(schema.episode.c.slug == slug)).first()
    if row is None:
        raise NotFoundError(f"There is no episode called {slug}.")
    return row


def _current(connection: sa.Connection, run: Run) -> Any | None:
    job_id, attempt = run
    return connection.execute(_SELECT.where(schema.job.c.id == job_id, schema.episode.c.attempt == attempt)).first()


def _wait_again(connection: sa.Connection, episode_id: int, job_id: str) -> None:
    _mark(connection, job_id, False)
    attempt = schema.episode.c.attempt + 1
    _set(connection, episode_id, state=EpisodeState.WAITING, error=None, attempt=attempt, **NO_PROGRESS)


def _mark(connection: sa.Connection, job_id: str, stop: bool) -> None:
    connection.execute(sa.update(schema.job).where(schema.job.c.id == job_id).values(stop=stop))


def _set(connection: sa.Connection, episode_id: int, **values: Any) -> None:
    connection.execute(sa.update(schema.episode).where(schema.episode.c.id == episode_id).values(**values))


def _earlier_rate(connection: sa.Connection) -> float | None:
    """Seconds of work for a second of sound in the newest job that has recognised anything."""
    table = schema.job
    query = sa.select(table.c.work_s / table.c.work_audio_s).where(table.c.work_audio_s > 0)
    rate = connection.execute(query.order_by(table.c.made.desc()).limit(1)).scalar()
    return None if rate is None else float(rate)


def _job(row: Any, earlier: float | None) -> Job:
    progress = progress_of(row)
    state = _STATES[EpisodeState(row.state)]
    working = state is JobState.WORKING
    pace = Pace(row.work_s, row.work_audio_s, row.left_audio_s)
    return Job(
        id=row.job_id,
        episode=episode_of(row, ()),
        state=JobState.STOPPING if working and row.stop else state,
        parameters=parameters_in(row),
        progress=progress,
        error=row.error,
        left_s=left_s(pace, progress, earlier) if working and not row.stop else None,
    )
