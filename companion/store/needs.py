"""What of an episode a host has not looked at yet, counted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from companion import schema
from companion.handing import Needs
from companion.schema import Database
from companion.store.episodes import _NEWEST as NEWEST
from companion.store.episodes import _episode as episode_of
from companion.types import Episode, EpisodeState, MomentState, Publication


class NeedsALook:
    """Counts what waits for a host."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ready(self, publications: Sequence[Publication], limit: int | None = None) -> tuple[tuple[Episode, Needs], ...]:
        """Episodes that can be heard, with what waits in them, the newest first."""
        table = schema.episode
        columns = [c for c in table.c if c is not table.c.peaks]
        which = sa.select(*columns).where(table.c.state == EpisodeState.READY, table.c.publication.in_(publications))
        with self._database.read() as connection:
            rows = connection.execute(which.order_by(*NEWEST).limit(limit)).all()
            ids = [row.id for row in rows]
            segment, moment, voice = schema.segment, schema.moment, schema.voice
            flagged = _by_episode(connection, segment, ids, sa.cast(segment.c.flags, sa.Text) != "[]")
            suggested = _by_episode(connection, moment, ids, moment.c.state == MomentState.SUGGESTED)
            unnamed = _by_episode(connection, voice, ids, voice.c.confirmed.is_(False))
        return tuple(
            (episode_of(row, ()), Needs(flagged.get(row.id, 0), suggested.get(row.id, 0), unnamed.get(row.id, 0)))
            for row in rows
        )

    def how_many(self, publication: Publication) -> int:
        """How many episodes that can be heard there are of a kind."""
        table = schema.episode
        query = sa.select(sa.func.count()).select_from(table)
        with self._database.read() as connection:
            which = query.where(table.c.state == EpisodeState.READY, table.c.publication == publication)
            return connection.execute(which).scalar_one()


def _by_episode(
    connection: sa.Connection, table: sa.Table, ids: Sequence[int], condition: sa.ColumnElement[bool]
) -> dict[int, int]:
    query = sa.select(table.c.episode_id, sa.func.count().label("number")).where(table.c.episode_id.in_(ids), condition)
    return {row.episode_id: row.number for row in connection.execute(query.group_by(table.c.episode_id))}
