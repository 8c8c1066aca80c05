"""Moments: kept, filtered, counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from companion import schema
from companion.errors import NotFoundError
from companion.schema import Database
from companion.store.remembered import Remembered
from companion.store.transcripts import evidence_from_json, evidence_to_json, tags_from_json, tags_to_json
from companion.types import (
    EpisodeState,
    LengthBand,
    Moment,
    MomentKind,
    MomentState,
    Role,
    StoredMoment,
    Tag,
    TagScore,
)

BANDS_S = {LengthBand.SHORT: (0.0, 30.0), LengthBand.MIDDLE: (30.0, 60.0), LengthBand.LONG: (60.0, float("inf"))}
"""From when on (included) and up to when (not included) a moment is of a length, in seconds."""

KEPT_COUNTS = 500  # so many numbers are remembered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which moments; None and empty mean all."""

    tag: Tag | None = None
    episode_slug: str | None = None
    ids: tuple[str, ...] | None = None  # only these, as found by a search
    kind: MomentKind | None = None
    state: MomentState | None = None
    tags: tuple[Tag, ...] = ()  # every one of them, besides `tag`
    role: Role | None = None  # of whoever leans in
    length: LengthBand | None = None


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
        self._counted = Remembered(database, KEPT_COUNTS)

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
        order = (table.c.start_s, table.c.id) if which.episode_slug else (table.c.score.desc(), table.c.id)
        # Which ones stand on the page is decided by ids: long texts are never sorted.
        # Nearly all are ready: without the hint SQLite would walk the ready episodes and sort all their moments.
        ready, *others = _conditions(which)
        ids = sa.select(table.c.id).select_from(_JOINED).where(sa.func.likely(ready), *others)
        ids = ids.order_by(*order).limit(limit).offset(offset)
        query = (
            sa.select(table, episode.c.slug, episode.c.title.label("episode_title"), *_MORE)
            .select_from(_JOINED)
            .where(table.c.id.in_(ids))
            .order_by(*order)
        )
        total = self.total(which)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            roles = roles_of(connection, {row.episode_id for row in rows})
        return tuple(_stored(row, roles) for row in rows), total

    def reply_starts(self, ids: Sequence[str]) -> dict[str, float]:
        """Where the reply of each of these moments begins, in seconds of the recording."""
        table, turn = schema.moment, schema.turn
        begins = sa.and_(turn.c.episode_id == table.c.episode_id, turn.c.idx == table.c.reply_turn)
        query = sa.select(table.c.id, turn.c.start_s).select_from(table.join(turn, begins)).where(table.c.id.in_(ids))
        with self._database.read() as connection:
            return {row.id: row.start_s for row in connection.execute(query)}

    def of_ids(self, ids: Sequence[str]) -> tuple[StoredMoment, ...]:
        """The moments that have these ids, in the order of the ids."""
        found = {m.id: m for m in self.find(MomentFilter(ids=tuple(ids)), len(ids))[0]}
        return tuple(found[name] for name in ids if name in found)

    def total(self, which: MomentFilter) -> int:
        """How many moments there are."""
        return self._remember(("total", which), which, lambda: self._total(which))

    def ids_of(self, episode_slug: str) -> tuple[str, ...]:
        """The ids of an episode's moments, in the order of time."""
        table = schema.moment
        query = sa.select(table.c.id).select_from(_JOINED).where(*_conditions(MomentFilter(episode_slug=episode_slug)))
        with self._database.read() as connection:
            return tuple(connection.execute(query.order_by(table.c.start_s)).scalars())

    def _total(self, which: MomentFilter) -> int:
        query = sa.select(sa.func.count()).select_from(_JOINED).where(*_conditions(which))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def _remember(self, key: Hashable, which: MomentFilter, count: Callable[[], T]) -> T:
        """What was counted is counted again only when the library has changed. A search's many ids are not kept."""
        return count() if which.ids is not None else self._counted.get(key, count)


_JOINED = schema.moment.join(schema.episode, schema.episode.c.id == schema.moment.c.episode_id)
_MORE = (schema.episode.c.sample, schema.episode.c.playback_sha256)


def _conditions(which: MomentFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [schema.episode.c.state == EpisodeState.READY]
    for tag in which.tags if which.tag is None else (which.tag, *which.tags):
        tagged = schema.moment_tag.c  # EXISTS: a page is full after a few moments, and none of the others is looked at
        conditions.append(sa.exists().where(tagged.moment_id == schema.moment.c.id, tagged.tag == tag))
    if which.episode_slug is not None:
        conditions.append(schema.episode.c.slug == which.episode_slug)
    if which.kind is not None:
        conditions.append(schema.moment.c.kind == which.kind)
    if which.role is not None:
        conditions.append(_role_of_reply() == which.role)
    if which.length is not None:
        least_s, under_s = BANDS_S[which.length]
        length_s = schema.moment.c.end_s - schema.moment.c.start_s
        conditions.append(sa.and_(length_s >= least_s, length_s < under_s))
    if which.state is not None:
        conditions.append(schema.moment.c.state == which.state)
    if which.ids is not None:
        # One value, however many there are: SQLite takes 32,766 at most, and each costs.
        found = sa.func.json_each(json.dumps(which.ids)).table_valued("value")
        conditions.append(schema.moment.c.id.in_(sa.select(found.c.value)))
    return conditions


def _role_of_reply() -> sa.ColumnElement[str]:
    """The role of whoever leans in, as a column of a query over moments."""
    voice, moment = schema.voice, schema.moment
    named = sa.select(voice.c.role).where(
        voice.c.episode_id == moment.c.episode_id, voice.c.name == moment.c.validating_speaker
    )
    first = named.order_by(voice.c.position).limit(1).correlate(moment).scalar_subquery()
    return sa.func.coalesce(first, Role.UNKNOWN)


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
