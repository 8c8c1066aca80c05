"""Plays: totals that stay, and the day's salt and hashes that tell them apart until midnight."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from companion import schema
from companion.schema import Database
from companion.store.shown import Shown

SALT_BYTES = 32
Hasher = Callable[[bytes, int, str], bytes]
"""From the day's salt, the episode's id and the moment's (empty: the whole episode) what stands for the listener."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was heard, as whoever told it names it: one of the three."""

    slug: str = ""
    moment_id: str = ""
    sha256: str = ""  # of the recording that is played


@dataclass(frozen=True, slots=True)
class PlayOf:
    """A play that is not written yet."""

    target: Target
    hasher: Hasher


@dataclass(frozen=True, slots=True)
class MomentPlays:
    """How often a moment was played."""

    id: str
    who: str  # "Jonas to Mara"; empty where it is no moment any more
    start_s: float | None
    recent: int
    ever: int


@dataclass(frozen=True, slots=True)
class EpisodePlays:
    """How often an episode was played as a whole, and its moments."""

    slug: str
    title: str
    recent: int
    ever: int
    moments: tuple[MomentPlays, ...]


class PlayRows:
    """Reads and writes plays. Only what its audience can hear is counted."""

    def __init__(self, database: Database, shown: Shown = Shown()) -> None:  # noqa: B008 - frozen
        self._database = database
        self._shown = shown

    def add(self, plays: Sequence[tuple[date, PlayOf]]) -> None:
        """Counts each play once that was not counted on its day yet; what is not there to be heard is left out."""
        heard = schema.play_heard
        with self._database.write() as connection:
            salts: dict[date, bytes] = {}
            known: dict[Target, tuple[int, str] | None] = {}
            for day, play in plays:
                if play.target not in known:
                    known[play.target] = self._found(connection, play.target)
                found = known[play.target]
                if found is None:
                    continue
                if day not in salts:
                    salts[day] = _salt(connection, day)
                row = {"day": day, "who": play.hasher(salts[day], *found)}
                new = connection.execute(insert(heard).values(row).on_conflict_do_nothing())
                if new.rowcount:
                    _raise(connection, day, *found)

    def forget(self, today: date) -> bool:
        """Takes away salts and hashes of other days than today; returns whether there were any."""
        heard, salt = schema.play_heard, schema.play_salt
        with self._database.read() as connection:
            if not connection.execute(sa.select(sa.exists().where(salt.c.day < today))).scalar_one():
                return False
        with self._database.write() as connection:
            connection.execute(sa.delete(heard).where(heard.c.day < today))
            connection.execute(sa.delete(salt).where(salt.c.day < today))
        return True

    def any_hashes(self) -> bool:
        """Whether any are kept."""
        with self._database.read() as connection:
            return bool(connection.execute(sa.select(sa.exists().where(schema.play_salt.c.day.is_not(None)))).scalar())

    def by_day(self, first: date) -> dict[date, int]:
        """All plays of each day from the first one on; days without any are left out."""
        total = schema.play_total
        query = sa.select(total.c.day, sa.func.sum(total.c.plays)).where(total.c.day >= first).group_by(total.c.day)
        with self._database.read() as connection:
            return {day: int(plays) for day, plays in connection.execute(query)}

    def by_episode(self, first: date) -> tuple[EpisodePlays, ...]:
        """Each episode that was ever played, the most played since the first day first."""
        total, episode, moment = schema.play_total, schema.episode, schema.moment
        since = sa.func.sum(sa.case((total.c.day >= first, total.c.plays), else_=0)).label("recent")
        ever = sa.func.sum(total.c.plays).label("ever")
        of_moment = sa.and_(moment.c.id == total.c.moment_id, moment.c.episode_id == total.c.episode_id)
        query = (
            sa.select(
                *(episode.c.slug, episode.c.title, total.c.moment_id, since, ever, moment.c.start_s),
                *(moment.c.validating_speaker, moment.c.validated_speaker),
            )
            .select_from(total.join(episode, episode.c.id == total.c.episode_id).outerjoin(moment, of_moment))
            .group_by(total.c.episode_id, total.c.moment_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = [_episode_plays([row for row in rows if row.slug == slug]) for slug in {row.slug for row in rows}]
        return tuple(sorted(found, key=lambda e: (-_all_recent(e), -e.ever, e.title)))

    def _found(self, connection: sa.Connection, target: Target) -> tuple[int, str] | None:
        """The ids of an episode and a moment that can be heard."""
        episode, moment = schema.episode, schema.moment
        ready = self._shown.ready_episode()
        if target.moment_id:
            query = sa.select(episode.c.id, moment.c.id).where(ready, self._shown.moment())
            query = query.where(moment.c.id == target.moment_id, moment.c.episode_id == episode.c.id)
        else:
            same = episode.c.slug == target.slug if target.slug else _is_recording(target.sha256)
            query = sa.select(episode.c.id, sa.literal("")).where(ready, same).order_by(episode.c.id).limit(1)
        row = connection.execute(query).first()
        return (row[0], row[1]) if row else None


def _is_recording(sha256: str) -> sa.ColumnElement[bool]:
    """Whether an episode is played from a recording: its copy, or one that went out with a tag."""
    tagged = schema.published_audio
    went_out = sa.select(tagged.c.episode_id).where(tagged.c.sha256 == sha256)
    return sa.or_(schema.episode.c.playback_sha256 == sha256, schema.episode.c.id.in_(went_out))


def _all_recent(plays: EpisodePlays) -> int:
    return plays.recent + sum(m.recent for m in plays.moments)


def _episode_plays(rows: Sequence[Any]) -> EpisodePlays:
    whole = next((row for row in rows if not row.moment_id), None)
    moments = [
        MomentPlays(
            id=row.moment_id,
            who=f"{row.validating_speaker} to {row.validated_speaker}" if row.validating_speaker else "",
            start_s=row.start_s,
            recent=int(row.recent),
            ever=int(row.ever),
        )
        for row in rows
        if row.moment_id
    ]
    return EpisodePlays(
        slug=rows[0].slug,
        title=rows[0].title,
        recent=int(whole.recent) if whole else 0,
        ever=int(whole.ever) if whole else 0,
        moments=tuple(sorted(moments, key=lambda m: (-m.recent, -m.ever, m.id))),
    )


def _salt(connection: sa.Connection, day: date) -> bytes:
    salt = schema.play_salt
    row = {"day": day, "salt": secrets.token_bytes(SALT_BYTES)}
    connection.execute(insert(salt).values(row).on_conflict_do_nothing())
    return bytes(connection.execute(sa.select(salt.c.salt).where(salt.c.day == day)).scalar_one())


def _raise(connection: sa.Connection, day: date, episode_id: int, moment_id: str) -> None:
    total = schema.play_total
    row = {"day": day, "episode_id": episode_id, "moment_id": moment_id, "plays": 1}
    connection.execute(
        insert(total)
        .values(row)
        .on_conflict_do_update(index_elements=["day", "episode_id", "moment_id"], set_={"plays": total.c.plays + 1})
    )
