"""Moments: kept, and read by their ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.errors import NotFoundError
from companion.schema import Database
from companion.store.shown import Shown
from companion.store.transcripts import evidence_from_json, evidence_to_json, tags_from_json, tags_to_json
from companion.types import (
    Moment,
    MomentKind,
    MomentState,
    Role,
    StoredMoment,
    TagScore,
)


def moment_id(audio_sha256: str, moment: Moment) -> str:
    """A name that stays: the same stretch of the same recording always has the same one, and who decided keeps it."""
    if moment.decided_id is not None:
        return moment.decided_id
    text = f"{audio_sha256} {moment.start_s:.1f} {moment.end_s:.1f} {moment.validating_speaker}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Moments:
    """Reads and writes moments. What is read by id or episode is only what its audience sees."""

    def __init__(self, database: Database, shown: Shown = Shown()) -> None:  # noqa: B008 - frozen
        self._database = database
        self._shown = shown

    def replace(self, connection: sa.Connection, episode_id: int, audio_sha256: str, moments: Sequence[Moment]) -> None:
        """Puts an episode's moments in the place of the old ones, within the caller's transaction."""
        connection.execute(sa.delete(schema.moment).where(schema.moment.c.episode_id == episode_id))
        names = [moment_id(audio_sha256, moment) for moment in moments]
        rows = [{"id": n, "episode_id": episode_id, **_row(m)} for n, m in zip(names, moments, strict=True)]
        tags = [{"moment_id": n, "tag": t.tag} for n, m in zip(names, moments, strict=True) for t in m.tags]
        if rows:
            connection.execute(sa.insert(schema.moment), rows)
        if tags:
            connection.execute(sa.insert(schema.moment_tag), tags)

    def of_episode(self, connection: sa.Connection, episode_id: int) -> tuple[Moment, ...]:
        """An episode's moments by time, whatever its state, as the caller's transaction sees them."""
        table = schema.moment
        query = sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.start_s, table.c.id)
        return tuple(_moment(row) for row in connection.execute(query))

    def places(self, connection: sa.Connection, episode_id: int) -> list[tuple[str, float, float, int, int, int]]:
        """Id, start, end and the numbers of the first, the reply's and the last turn of an episode's moments."""
        c = schema.moment.c
        query = sa.select(c.id, c.start_s, c.end_s, c.first_turn, c.reply_turn, c.last_turn)
        return [tuple(row) for row in connection.execute(query.where(c.episode_id == episode_id))]

    def put_places(self, connection: sa.Connection, places: Sequence[tuple[str, int, int, int]]) -> None:
        """Gives moments other numbers of turns, within the caller's transaction."""
        table = schema.moment
        if places:
            rows = [
                {"b_id": name, "first_turn": first, "reply_turn": reply, "last_turn": last}
                for name, first, reply, last in places
            ]
            values: dict[str, Any] = {name: sa.bindparam(name) for name in ("first_turn", "reply_turn", "last_turn")}
            connection.execute(sa.update(table).where(table.c.id == sa.bindparam("b_id")).values(values), rows)

    def get(self, name: str) -> StoredMoment:
        """One moment.

        Raises:
            NotFoundError: there is none by that id.
        """
        found = self.of_ids((name,))
        if not found:
            raise NotFoundError("There is no such moment. It may have been found anew; look under its episode.")
        return found[0]

    def of_ids(self, ids: Sequence[str]) -> tuple[StoredMoment, ...]:
        """The moments of ready episodes that have these ids, in the order of the ids."""
        table, episode = schema.moment, schema.episode
        # One value, however many there are: SQLite takes 32,766 at most, and each costs.
        wanted = sa.func.json_each(json.dumps(ids)).table_valued("value")
        query = (
            sa.select(table, episode.c.slug, episode.c.title.label("episode_title"), *_MORE)
            .select_from(_JOINED)
            .where(self._shown.ready_episode(), self._shown.moment(), table.c.id.in_(sa.select(wanted.c.value)))
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            roles = roles_of(connection, {row.episode_id for row in rows})
        found = {row.id: _stored(row, roles) for row in rows}
        return tuple(found[name] for name in ids if name in found)

    def ids_of(self, episode_slug: str) -> tuple[str, ...]:
        """The ids of a ready episode's moments, in the order of time."""
        table = schema.moment
        seen = (self._shown.ready_episode(), self._shown.moment(), schema.episode.c.slug == episode_slug)
        query = sa.select(table.c.id).select_from(_JOINED).where(*seen)
        with self._database.read() as connection:
            return tuple(connection.execute(query.order_by(table.c.start_s, table.c.id)).scalars())

    def reply_starts(self, ids: Sequence[str]) -> dict[str, float]:
        """Where the reply of each of these moments begins, in seconds of the recording."""
        table, turn = schema.moment, schema.turn
        begins = sa.and_(turn.c.episode_id == table.c.episode_id, turn.c.idx == table.c.reply_turn)
        query = sa.select(table.c.id, turn.c.start_s).select_from(table.join(turn, begins)).where(table.c.id.in_(ids))
        with self._database.read() as connection:
            return {row.id: row.start_s for row in connection.execute(query)}


_JOINED = schema.moment.join(schema.episode, schema.episode.c.id == schema.moment.c.episode_id)
_MORE = (schema.episode.c.sample, schema.episode.c.playback_sha256)


def roles_of(connection: sa.Connection, episode_ids: set[int] | None = None) -> dict[tuple[int, str], Role]:
    """The roles of voices by episode and name, of some episodes or of all; of two by one name, the first."""
    voice = schema.voice
    query = sa.select(voice.c.episode_id, voice.c.name, voice.c.role).order_by(voice.c.position.desc())
    if episode_ids is not None:
        query = query.where(voice.c.episode_id.in_(episode_ids))
    return {(episode_id, name): Role(role) for episode_id, name, role in connection.execute(query)}


def moment_to_json(moment: Moment) -> dict[str, Any]:
    """A moment as it is kept in a row, but for its times and tags."""
    return {
        "validating_speaker": moment.validating_speaker,
        "validated_speaker": moment.validated_speaker,
        "evidence": evidence_to_json(moment.evidence),
        "quote": moment.quote,
        "bid": moment.bid,
        "first_turn": moment.first_turn,
        "reply_turn": moment.reply_turn,
        "last_turn": moment.last_turn,
        "score": moment.score,
        "kind": moment.kind,
        "title": moment.title,
        "state": moment.state,
    }


def moment_from_json(row: Mapping[str, Any], start_s: float, end_s: float, tags: tuple[TagScore, ...]) -> Moment:
    """The other way."""
    return Moment(
        start_s=start_s,
        end_s=end_s,
        validating_speaker=row["validating_speaker"],
        validated_speaker=row["validated_speaker"],
        tags=tags,
        evidence=evidence_from_json(row["evidence"]),
        quote=row["quote"],
        bid=row["bid"],
        first_turn=row["first_turn"],
        reply_turn=row["reply_turn"],
        last_turn=row["last_turn"],
        score=row["score"],
        kind=MomentKind(row["kind"]),
        title=row["title"],
        state=MomentState(row["state"]),
    )


def _row(moment: Moment) -> dict[str, Any]:
    return {
        **moment_to_json(moment),
        "start_s": moment.start_s,
        "end_s": moment.end_s,
        "tags": tags_to_json(moment.tags),
        "decided": moment.decided_id is not None,
    }


def _moment(row: Any) -> Moment:
    moment = moment_from_json(row._mapping, row.start_s, row.end_s, tags_from_json(row.tags))
    return replace(moment, decided_id=row.id if row.decided else None)


def _stored(row: Any, roles: dict[tuple[int, str], Role]) -> StoredMoment:
    return StoredMoment(
        id=row.id,
        episode_slug=row.slug,
        episode_title=row.episode_title,
        sample=row.sample,
        validating_role=roles.get((row.episode_id, row.validating_speaker), Role.UNKNOWN),
        validated_role=roles.get((row.episode_id, row.validated_speaker), Role.UNKNOWN),
        moment=_moment(row),
        playback_sha256=row.playback_sha256,
    )
