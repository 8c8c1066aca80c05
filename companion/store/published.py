"""The recordings that are published: an episode's played copy with its details in a tag, and those of before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from companion import schema
from companion.schema import Database
from companion.store.shown import Shown
from companion.types import EpisodeState, MomentState, Publication


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A recording with a tag, among the blobs."""

    sha256: str
    episode_id: int
    size_bytes: int
    key: str  # of all that decides its bytes
    made: datetime
    replaced: datetime | None = None  # None: it is the current one
    kept: bool = True  # its bytes are still here


@dataclass(frozen=True, slots=True)
class Left:
    """What a host has still to look at in an episode."""

    suggested: int  # moments that nobody has looked at
    approved: int
    flagged: int  # lines of the transcript of which the recogniser is unsure and that nobody has called right


class PublishedFiles:
    """Reads and writes published recordings. What is asked by name is only what its audience hears."""

    def __init__(self, database: Database, shown: Shown = Shown()) -> None:  # noqa: B008 - frozen
        self._database = database
        self._shown = shown

    def current(self, episode_id: int) -> PublishedFile | None:
        """The one that an episode has now."""
        query = sa.select(_TABLE).where(_TABLE.c.episode_id == episode_id, _TABLE.c.replaced.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _file(row) if row else None

    def all_current(self) -> dict[int, PublishedFile]:
        """The one that each episode has now, by the episode's number."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(_TABLE).where(_TABLE.c.replaced.is_(None))).all()
        return {row.episode_id: _file(row) for row in rows}

    def find(self, sha256: str) -> PublishedFile | None:
        """One by its name, current or not, if its episode is heard."""
        heard = (_TABLE.c.sha256 == sha256, self._shown.ready_episode())
        joined = _TABLE.join(schema.episode, schema.episode.c.id == _TABLE.c.episode_id)
        with self._database.read() as connection:
            row = connection.execute(sa.select(_TABLE).select_from(joined).where(*heard)).first()
        return _file(row) if row else None

    def put(
        self,
        file: PublishedFile,
        only_if: Sequence[Publication],
        publication: Publication,
        published: datetime | None = None,
    ) -> bool:
        """Makes a recording an episode's current one and says whether listeners find the episode, both or neither.

        Args:
            file: its bytes are among the blobs already.
            only_if: what the episode must be now; somebody else may have changed it meanwhile.
            publication: what it is from now on.
            published: its date; None leaves it.

        Returns:
            Whether that was done.
        """
        episode = schema.episode
        is_so = (
            episode.c.id == file.episode_id,
            episode.c.state == EpisodeState.READY,
            episode.c.publication.in_([str(p) for p in only_if]),
        )
        values = {"publication": publication, **({} if published is None else {"published": published})}
        row = {
            "sha256": file.sha256,
            "episode_id": file.episode_id,
            "size_bytes": file.size_bytes,
            "key": file.key,
            "made": file.made,
            "replaced": None,
            "kept": True,
        }
        with self._database.write() as connection:
            if not connection.execute(sa.update(episode).where(*is_so).values(**values)).rowcount:
                return False
            older = (
                _TABLE.c.episode_id == file.episode_id,
                _TABLE.c.replaced.is_(None),
                _TABLE.c.sha256 != file.sha256,
            )
            connection.execute(sa.update(_TABLE).where(*older).values(replaced=file.made))
            known = insert(_TABLE).values(row)
            # Details that were changed back give the bytes of before.
            connection.execute(known.on_conflict_do_update(index_elements=["sha256"], set_=row))
        return True

    def outdated(self, before: datetime) -> tuple[str, ...]:
        """Recordings that were replaced before a time and whose bytes are still here."""
        query = sa.select(_TABLE.c.sha256).where(_TABLE.c.kept, _TABLE.c.replaced < before)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def drop(self, sha256: str) -> bool:
        """Says that the bytes of a replaced recording are gone; False where it has become the current one again."""
        is_so = (_TABLE.c.sha256 == sha256, _TABLE.c.replaced.is_not(None))
        with self._database.write() as connection:
            return bool(connection.execute(sa.update(_TABLE).where(*is_so).values(kept=False)).rowcount)

    def left(self, episode_id: int) -> Left:
        """How much a host has still to look at."""
        moment, segment = schema.moment, schema.segment
        states = sa.select(moment.c.state, sa.func.count()).where(moment.c.episode_id == episode_id)
        unsure = sa.and_(sa.func.json_array_length(segment.c.flags) > 0, segment.c.looked.is_(False))
        flagged = (segment.c.episode_id == episode_id, unsure)
        with self._database.read() as connection:
            rows = connection.execute(states.group_by(moment.c.state)).all()
            lines = connection.execute(sa.select(sa.func.count()).select_from(segment).where(*flagged)).scalar_one()
        moments: dict[str, int] = {state: number for state, number in rows}  # noqa: C416 - typed
        return Left(moments.get(MomentState.SUGGESTED, 0), moments.get(MomentState.APPROVED, 0), lines)

    def is_cover(self, sha256: str) -> bool:
        """Whether the show or any episode has this picture."""
        episode, show = schema.episode, schema.show
        of_episode = sa.select(episode.c.id).where(episode.c.cover_sha256 == sha256, self._shown.episode()).limit(1)
        of_show = sa.select(show.c.id).where(show.c.cover_sha256 == sha256)
        with self._database.read() as connection:
            return any(connection.execute(query).first() for query in (of_show, of_episode))


_TABLE = schema.published_audio


def _file(row: Any) -> PublishedFile:
    return PublishedFile(
        row.sha256, row.episode_id, row.size_bytes, row.key, made=row.made, replaced=row.replaced, kept=row.kept
    )
