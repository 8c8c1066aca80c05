"""The show's own words, and new recognitions that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.lines import JobState, Recognition
from companion.schema import Database
from companion.types import Progress

_MENDED = 500  # lines that are looked through for names
_GENERIC = "voice "  # how voices are called that nobody has named


class HouseRows:
    """Reads and writes the show's own words, within the caller's transaction."""

    def all(self, connection: sa.Connection) -> tuple[str, ...]:
        """The words in their order."""
        table = schema.house_word
        return tuple(connection.execute(sa.select(table.c.word).order_by(table.c.position)).scalars())

    def put(self, connection: sa.Connection, words: Sequence[str]) -> None:
        """Puts a list in the place of the one that is there."""
        connection.execute(sa.delete(schema.house_word))
        if words:
            rows = [{"word": word, "position": k} for k, word in enumerate(words)]
            connection.execute(sa.insert(schema.house_word), rows)

    def heard(self, connection: sa.Connection) -> list[str]:
        """Names of voices, and words with a capital letter that people wrote where the machine heard others."""
        voice, segment = schema.voice, schema.segment
        names = connection.execute(sa.select(voice.c.name).where(voice.c.confirmed).distinct()).scalars()
        found = [name for name in names if not name.lower().startswith(_GENERIC)]
        query = sa.select(segment.c.text, segment.c.made).where(segment.c.made.is_not(None)).limit(_MENDED)
        for text, made in connection.execute(query):
            before = {_plain(word) for word in made[0].split()}
            words = text.split()
            for earlier, word in pairwise(words):
                plain = _plain(word)
                if plain[:1].isupper() and len(plain) > 1 and plain not in before and earlier[-1] not in ".?!…":
                    found.append(plain)
        return found


class RecognitionRows:
    """Reads and writes new recognitions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, job: Recognition) -> Recognition:
        """Puts a job in, within the caller's transaction."""
        values = {
            "episode_id": job.episode_id,
            "state": job.state,
            "model": job.model,
            "hotwords": list(job.hotwords),
            "speakers": job.speakers,
            "by": job.by,
            "asked": job.asked,
            "stage": "",
            "done": 0.0,
            "total": 0.0,
            "unit": "",
        }
        key = connection.execute(sa.insert(schema.recognition).values(values)).inserted_primary_key
        assert key is not None  # noqa: S101 - SQLAlchemy's type allows None for other databases
        row = connection.execute(sa.select(schema.recognition).where(schema.recognition.c.id == key[0])).one()
        return _job(row)

    def newest(self, connection: sa.Connection, episode_id: int) -> Recognition | None:
        """The newest job of an episode, as the caller's transaction sees it."""
        table = schema.recognition
        query = sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.id.desc()).limit(1)
        row = connection.execute(query).first()
        return None if row is None else _job(row)

    def get(self, job_id: int) -> Recognition | None:
        """One job; None where its episode is gone."""
        table = schema.recognition
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == job_id)).first()
        return None if row is None else _job(row)

    def unfinished(self) -> tuple[int, ...]:
        """Ids of the jobs that wait or are in work, the oldest first."""
        table = schema.recognition
        query = sa.select(table.c.id).where(table.c.state.in_((JobState.WAITING, JobState.WORKING)))
        with self._database.read() as connection:
            return tuple(connection.execute(query.order_by(table.c.id)).scalars())

    def progress(self, job_id: int, progress: Progress, now: datetime) -> None:
        """Says how far a job is; nothing where it was stopped."""
        table = schema.recognition
        values: dict[str, Any] = {
            "state": JobState.WORKING,
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit,
        }
        if progress.stage == "recognise":
            values["begun"] = sa.func.coalesce(table.c.begun, sa.literal(now, table.c.begun.type))
        self._update(job_id, **values)

    def failed(self, job_id: int, sentence: str) -> None:
        """It could not be done, and why."""
        self._update(job_id, state=JobState.FAILED, error=sentence)

    def stopped(self, connection: sa.Connection, job_id: int) -> None:
        """Somebody stopped it, within the caller's transaction."""
        table = schema.recognition
        which = (table.c.id == job_id) & table.c.state.in_((JobState.WAITING, JobState.WORKING))
        connection.execute(sa.update(table).where(which).values(state=JobState.STOPPED))

    def done(self, connection: sa.Connection, job_id: int, version: int) -> bool:
        """It is done, within the caller's transaction; False where it was done or stopped before."""
        table = schema.recognition
        which = (table.c.id == job_id) & table.c.state.in_((JobState.WAITING, JobState.WORKING))
        changed = connection.execute(sa.update(table).where(which).values(state=JobState.DONE, version=version))
        return bool(changed.rowcount)

    def _update(self, job_id: int, **values: Any) -> None:
        table = schema.recognition
        which = (table.c.id == job_id) & table.c.state.in_((JobState.WAITING, JobState.WORKING))
        with self._database.write() as connection:
            connection.execute(sa.update(table).where(which).values(**values))


def _job(row: Any) -> Recognition:
    return Recognition(
        id=row.id,
        episode_id=row.episode_id,
        state=JobState(row.state),
        model=row.model,
        hotwords=tuple(row.hotwords),
        speakers=row.speakers,
        by=row.by,
        asked=row.asked,
        begun=row.begun,
        stage=row.stage,
        done=row.done,
        total=row.total,
        unit=row.unit,
        error=row.error,
        version=row.version,
    )


def _plain(word: str) -> str:
    return word.strip("“”\"'’‘.,;:?!…()[]-–")
