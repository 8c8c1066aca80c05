"""Episodes that come from a feed: what is still to be loaded, what came along, and their chapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from companion import schema
from companion.errors import BadInputError
from companion.publication import Chapter
from companion.schema import Database
from companion.types import EpisodeState


@dataclass(frozen=True, slots=True)
class Import:
    """Where an episode comes from."""

    feed: str  # the feed's address, or the name of its file
    audio_url: str
    chapters_url: str | None
    transcript_urls: tuple[str, ...]  # the best first
    recognise: bool  # although a transcript came along
    fetched: bool = False  # all is here
    transcript: str | None = None  # as it came, in the form in which we write transcripts (Podcasting 2.0 JSON)
    notes: tuple[str, ...] = ()  # sentences: what could not be had


class Imports:
    """Reads and writes what is known of imports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, episode_id: int, new: Import, chapters: Sequence[Chapter]) -> None:
        """Says where an episode comes from, within the caller's transaction."""
        values = {
            "episode_id": episode_id,
            "feed": new.feed,
            "audio_url": new.audio_url,
            "chapters_url": new.chapters_url,
            "transcript_urls": list(new.transcript_urls),
            "recognise": new.recognise,
            "fetched": new.fetched,
            "transcript": new.transcript,
            "notes": list(new.notes),
        }
        connection.execute(sa.insert(schema.episode_import).values(values))
        _put_chapters(connection, episode_id, chapters)

    def change(self, connection: sa.Connection, episode_id: int, new: Import) -> None:
        """Where to look from now on, for an episode of which nothing could be loaded yet."""
        table = schema.episode_import
        connection.execute(
            sa.update(table)
            .where(table.c.episode_id == episode_id, table.c.fetched.is_(False))
            .values(
                audio_url=new.audio_url,
                chapters_url=new.chapters_url,
                transcript_urls=list(new.transcript_urls),
                recognise=new.recognise,
            )
        )

    def get(self, episode_id: int) -> Import | None:
        """Where an episode comes from; None for one that was handed in."""
        table = schema.episode_import
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.episode_id == episode_id)).first()
        if row is None:
            return None
        return Import(
            feed=row.feed,
            audio_url=row.audio_url,
            chapters_url=row.chapters_url,
            transcript_urls=tuple(row.transcript_urls),
            recognise=row.recognise,
            fetched=row.fetched,
            transcript=row.transcript,
            notes=tuple(row.notes),
        )

    def fetched(
        self,
        episode_id: int,
        audio_sha256: str,
        transcript: str | None,
        chapters: Sequence[Chapter] | None,
        notes: Sequence[str],
    ) -> None:
        """All that belongs to an episode is here, in one transaction.

        Args:
            episode_id: which.
            audio_sha256: its recording, among the blobs.
            transcript: as it came.
            chapters: in the place of those of the feed; None leaves those.
            notes: what could not be had.

        Raises:
            BadInputError: the same recording is another episode already.
        """
        table, episode = schema.episode_import, schema.episode
        with self._database.write() as connection:
            same = sa.select(episode.c.title).where(episode.c.audio_sha256 == audio_sha256, episode.c.id != episode_id)
            other = connection.execute(same).scalar()
            if other is not None:
                raise BadInputError(
                    f"The library has this very recording already, as “{other}”. Discard one of the two."
                )
            connection.execute(sa.update(episode).where(episode.c.id == episode_id).values(audio_sha256=audio_sha256))
            track = {"episode_id": episode_id, "position": 0, "speaker": None, "audio_sha256": audio_sha256}
            connection.execute(sa.insert(schema.track).values(track))
            connection.execute(
                sa.update(table)
                .where(table.c.episode_id == episode_id)
                .values(fetched=True, transcript=transcript, notes=list(notes))
            )
            if chapters is not None:
                _put_chapters(connection, episode_id, chapters)

    def waiting(self) -> tuple[int, ...]:
        """The episodes of which something is still to be loaded."""
        table = schema.episode_import
        with self._database.read() as connection:
            query = sa.select(table.c.episode_id).where(table.c.fetched.is_(False))
            return tuple(connection.execute(query).scalars())

    def in_hand(self) -> tuple[int, ...]:
        """The episodes of feeds that are not ready, in the order in which they came."""
        table, episode = schema.episode_import, schema.episode
        query = sa.select(episode.c.id).join(table, table.c.episode_id == episode.c.id).order_by(episode.c.id)
        with self._database.read() as connection:
            return tuple(connection.execute(query.where(episode.c.state != EpisodeState.READY)).scalars())

    def known(self) -> tuple[frozenset[str], frozenset[str]]:
        """The guids of all episodes, and of those among them that came from a feed and failed."""
        episode, table = schema.episode, schema.episode_import
        failed = (
            sa.select(episode.c.guid)
            .join(table, table.c.episode_id == episode.c.id)
            .where(episode.c.state == EpisodeState.FAILED)
        )
        with self._database.read() as connection:
            every = frozenset(connection.execute(sa.select(episode.c.guid)).scalars())
            return every, frozenset(connection.execute(failed).scalars())

    def episode_of(self, connection: sa.Connection, guid: str) -> int | None:
        """The episode of a guid."""
        episode = schema.episode
        return connection.execute(sa.select(episode.c.id).where(episode.c.guid == guid)).scalar()

    def chapters(self, episode_id: int) -> tuple[Chapter, ...]:
        """An episode's chapters, in the order of time."""
        table = schema.chapter
        query = sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.position)
        with self._database.read() as connection:
            return tuple(Chapter(r.start_s, r.title, r.href, r.img, r.listed) for r in connection.execute(query))

    def with_chapters(self) -> frozenset[int]:
        """The episodes that brought chapters along for a table of contents."""
        table = schema.chapter
        query = sa.select(table.c.episode_id).where(table.c.listed.is_(True)).distinct()
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    # ---- feeds that were read and not yet chosen from

    def keep(self, feed_id: str, source: str, pages: bytes, made: datetime, forget_before: datetime) -> None:
        """Keeps a feed, and forgets those that are old."""
        table = schema.kept_feed
        with self._database.write() as connection:
            connection.execute(sa.delete(table).where(table.c.made < forget_before))
            connection.execute(sa.insert(table).values(id=feed_id, source=source, made=made, pages=pages))

    def kept(self, feed_id: str) -> tuple[str, bytes] | None:
        """The source and pages of a feed that was kept."""
        table = schema.kept_feed
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == feed_id)).first()
        return (row.source, row.pages) if row else None

    def forget(self, feed_id: str) -> None:
        """Forgets a feed."""
        with self._database.write() as connection:
            connection.execute(sa.delete(schema.kept_feed).where(schema.kept_feed.c.id == feed_id))


def _put_chapters(connection: sa.Connection, episode_id: int, chapters: Sequence[Chapter]) -> None:
    table = schema.chapter
    connection.execute(sa.delete(table).where(table.c.episode_id == episode_id))
    for position, chapter in enumerate(sorted(chapters, key=lambda c: c.start_s)):
        connection.execute(
            sa.insert(table).values(
                episode_id=episode_id,
                position=position,
                start_s=chapter.start_s,
                title=chapter.title,
                href=chapter.href,
                img=chapter.img,
                listed=chapter.listed,
            )
        )
