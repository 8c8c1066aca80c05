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
from companion.waiting import Waiting


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
            flagged = _by_episode(
                connection,
                segment,
                ids,
                sa.and_(sa.cast(segment.c.flags, sa.Text) != "[]", segment.c.looked.is_(False)),
            )
            suggested = _by_episode(connection, moment, ids, moment.c.state == MomentState.SUGGESTED)
            unnamed = _by_episode(connection, voice, ids, voice.c.confirmed.is_(False))
        return tuple(
            (episode_of(row, ()), Needs(flagged.get(row.id, 0), suggested.get(row.id, 0), unnamed.get(row.id, 0)))
            for row in rows
        )

    def moments(self) -> tuple[Waiting, ...]:
        """The episodes that have moments, with how many of them wait, the newest first."""
        episode, moment = schema.episode, schema.moment
        suggested = sa.func.sum(sa.case((moment.c.state == MomentState.SUGGESTED, 1), else_=0))
        query = (
            sa.select(episode.c.slug, episode.c.title, suggested.label("suggested"), sa.func.count().label("every"))
            .select_from(episode.join(moment, moment.c.episode_id == episode.c.id))
            .where(episode.c.state == EpisodeState.READY)
            .group_by(episode.c.id)
            .order_by(*NEWEST)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Waiting(row.slug, row.title, row.suggested, row.every - row.suggested) for row in rows)

    def moment_ids(
        self, slug: str | None, state: MomentState, strongest: bool, limit: int, skip: int
    ) -> tuple[tuple[str, ...], int]:
        """Ids of moments of ready episodes by how certain the machine is, and how many there are in all."""
        episode, moment = schema.episode, schema.moment
        joined = moment.join(episode, moment.c.episode_id == episode.c.id)
        which = [episode.c.state == EpisodeState.READY, moment.c.state == state]
        if slug is not None:
            which.append(episode.c.slug == slug)
        order = moment.c.score.desc() if strongest else moment.c.score
        query = sa.select(moment.c.id).select_from(joined).where(*which).order_by(order, moment.c.start_s, moment.c.id)
        count = sa.select(sa.func.count()).select_from(joined).where(*which)
        with self._database.read() as connection:
            ids = tuple(connection.execute(query.limit(limit).offset(skip)).scalars())
            return ids, connection.execute(count).scalar_one()

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
