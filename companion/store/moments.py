"""Moments: kept, filtered, counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.errors import NotFoundError
from companion.schema import Database
from companion.store.transcripts import evidence_from_json, evidence_to_json, tags_from_json, tags_to_json
from companion.types import EpisodeState, Moment, MomentKind, MomentState, Role, StoredMoment, Tag, TagScore


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which moments; None and empty mean all."""

    tag: Tag | None = None
    episode_slug: str | None = None
    ids: tuple[str, ...] | None = None  # only these, as found by a search
    kind: MomentKind | None = None
    state: MomentState | None = None


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many moments carry a tag."""

    tag: Tag
    count: int


def moment_id(audio_sha256: str, moment: Moment) -> str:
    """A name that stays: the same stretch of the same recording always has the same one, and who decided keeps it."""
    if moment.decided_id is not None:
        return moment.decided_id
    text = f"{audio_sha256} {moment.start_s:.1f} {moment.end_s:.1f} {moment.validating_speaker}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Moments:
    """Reads and writes moments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, connection: sa.Connection, episode_id: int, audio_sha256: str, moments: Sequence[Moment]) -> None:
        """Puts an episode's moments in the place of the old ones, within the caller's transaction."""
        connection.execute(sa.delete(schema.moment).where(schema.moment.c.episode_id == episode_id))
        for moment in moments:
            name = moment_id(audio_sha256, moment)
            connection.execute(sa.insert(schema.moment).values(id=name, episode_id=episode_id, **_row(moment)))
            rows = [{"moment_id": name, "tag": t.tag} for t in moment.tags]
            if rows:
                connection.execute(sa.insert(schema.moment_tag), rows)

    def of_episode(self, connection: sa.Connection, episode_id: int) -> tuple[Moment, ...]:
        """An episode's moments by time, whatever its state, as the caller's transaction sees them."""
        table = schema.moment
        query = sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.start_s, table.c.id)
        return tuple(_moment(row) for row in connection.execute(query))

    def get(self, name: str) -> StoredMoment:
        """One moment.

        Raises:
            NotFoundError: there is none by that id.
        """
        found, _ = self.find(MomentFilter(ids=(name,)), limit=1)
        if not found:
            raise NotFoundError("There is no such moment. It may have been found anew; look under its episode.")
        return found[0]

    def find(self, which: MomentFilter, limit: int, offset: int = 0) -> tuple[tuple[StoredMoment, ...], int]:
        """A page of moments, the strongest first (in one episode: by time), and how many there are in all."""
        table, episode = schema.moment, schema.episode
        conditions = _conditions(which)
        joined = table.join(episode, episode.c.id == table.c.episode_id)
        order = (table.c.start_s,) if which.episode_slug else (table.c.score.desc(), table.c.id)
        query = (
            sa.select(table, episode.c.slug, episode.c.title.label("episode_title"), episode.c.sample)
            .select_from(joined)
            .where(*conditions)
            .order_by(*order)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as connection:
            total = connection.execute(sa.select(sa.func.count()).select_from(joined).where(*conditions)).scalar_one()
            rows = connection.execute(query).all()
            roles = _roles(connection, {row.episode_id for row in rows})
        return tuple(_stored(row, roles) for row in rows), total

    def reply_starts(self, ids: Sequence[str]) -> dict[str, float]:
        """Where the reply of each of these moments begins, in seconds of the recording."""
        table, turn = schema.moment, schema.turn
        begins = sa.and_(turn.c.episode_id == table.c.episode_id, turn.c.idx == table.c.reply_turn)
        query = sa.select(table.c.id, turn.c.start_s).select_from(table.join(turn, begins)).where(table.c.id.in_(ids))
        with self._database.read() as connection:
            return {row.id: row.start_s for row in connection.execute(query)}

    def counts(self, which: MomentFilter) -> tuple[TagCount, ...]:
        """How many of these moments carry each tag, the commonest first."""
        tag = schema.moment_tag
        joined = tag.join(schema.moment, schema.moment.c.id == tag.c.moment_id).join(
            schema.episode, schema.episode.c.id == schema.moment.c.episode_id
        )
        number = sa.func.count().label("number")
        query = (
            sa.select(tag.c.tag, number)
            .select_from(joined)
            .where(*_conditions(which))
            .group_by(tag.c.tag)
            .order_by(number.desc(), tag.c.tag)
        )
        with self._database.read() as connection:
            return tuple(TagCount(Tag(row.tag), row.number) for row in connection.execute(query))


def _conditions(which: MomentFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [schema.episode.c.state == EpisodeState.READY]
    if which.tag is not None:
        tagged = sa.select(schema.moment_tag.c.moment_id).where(schema.moment_tag.c.tag == which.tag)
        conditions.append(schema.moment.c.id.in_(tagged))
    if which.episode_slug is not None:
        conditions.append(schema.episode.c.slug == which.episode_slug)
    if which.kind is not None:
        conditions.append(schema.moment.c.kind == which.kind)
    if which.state is not None:
        conditions.append(schema.moment.c.state == which.state)
    if which.ids is not None:
        conditions.append(schema.moment.c.id.in_(which.ids))
    return conditions


def _roles(connection: sa.Connection, episode_ids: set[int]) -> dict[tuple[int, str], Role]:
    voice = schema.voice
    query = sa.select(voice).where(voice.c.episode_id.in_(episode_ids))
    return {(row.episode_id, row.name): Role(row.role) for row in connection.execute(query)}


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
    )
