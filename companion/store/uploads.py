"""Uploads: which files are on their way, how much of each is here for sure, and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.errors import NotFoundError
from companion.handing import Offered, Upload, UploadFile
from companion.schema import Database
from companion.types import Role

GONE = "That upload is not here any more. Choose the files again."


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of an upload that begins."""

    id: str
    offered: Offered
    speaker: str
    role: Role
    mix: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a host says of one file."""

    id: str
    speaker: str
    role: Role
    mix: bool


class Uploads:
    """Reads and writes uploads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, upload_id: str, title: str, model: str, hotwords: Sequence[str], made: datetime) -> None:
        """A new upload without files."""
        with self._database.write() as connection:
            connection.execute(
                sa.insert(schema.upload).values(
                    id=upload_id,
                    made=made,
                    seen=made,
                    title=title,
                    model=model,
                    speakers=None,
                    hotwords=list(hotwords),
                    start=False,
                )
            )

    def add_files(self, upload_id: str, files: Sequence[NewFile], seen: datetime) -> None:
        """Files more of an upload.

        Raises:
            NotFoundError: there is no such upload.
        """
        table = schema.upload_file
        with self._database.write() as connection:
            _see(connection, upload_id, seen)
            count = sa.select(sa.func.coalesce(sa.func.max(table.c.position), -1))
            first = connection.execute(count.where(table.c.upload_id == upload_id)).scalar_one() + 1
            for position, new in enumerate(files, first):
                connection.execute(
                    sa.insert(table).values(
                        id=new.id,
                        upload_id=upload_id,
                        position=position,
                        name=new.offered.name,
                        size_bytes=new.offered.size_bytes,
                        modified_ms=new.offered.modified_ms,
                        head_crc=new.offered.head_crc,
                        received_bytes=0,
                        speaker=new.speaker,
                        role=new.role,
                        mix=new.mix,
                        checked=False,
                    )
                )

    def get(self, upload_id: str) -> Upload:
        """One upload.

        Raises:
            NotFoundError: there is no such upload.
        """
        found = self._select(schema.upload.c.id == upload_id)
        if not found:
            raise NotFoundError(GONE)
        return found[0]

    def open(self) -> tuple[Upload, ...]:
        """The uploads that have not become episodes yet, the newest first."""
        return self._select(schema.upload.c.episode_id.is_(None))

    def like(self, offered: Offered) -> tuple[str, str] | None:
        """(upload, file) of a file that is on its way already; None where there is none."""
        table = schema.upload_file
        query = (
            sa.select(table.c.upload_id, table.c.id)
            .join(schema.upload, schema.upload.c.id == table.c.upload_id)
            .where(
                schema.upload.c.episode_id.is_(None),
                table.c.problem.is_(None),
                table.c.name == offered.name,
                table.c.size_bytes == offered.size_bytes,
                table.c.modified_ms == offered.modified_ms,
                table.c.head_crc == offered.head_crc,
            )
        )
        with self._database.read() as connection:
            row = connection.execute(query.order_by(schema.upload.c.made.desc())).first()
        return (row.upload_id, row.id) if row is not None else None

    def received(self, upload_id: str, file_id: str, before_bytes: int, after_bytes: int, seen: datetime) -> bool:
        """Notes that more of a file is on the disk; False where another request has said so in the meantime."""
        table = schema.upload_file
        with self._database.write() as connection:
            _see(connection, upload_id, seen)
            here = sa.and_(table.c.id == file_id, table.c.received_bytes == before_bytes)
            return bool(connection.execute(sa.update(table).where(here).values(received_bytes=after_bytes)).rowcount)

    def checked(self, file_id: str) -> None:
        """Notes that a file is whole and can be decoded."""
        self._update_file(file_id, checked=True, problem=None)

    def refused(self, file_id: str, sentence: str) -> None:
        """Notes why a file cannot be taken; what came of it counts no more."""
        self._update_file(file_id, checked=False, problem=sentence, received_bytes=0)

    def kept(self, file_id: str, sha256: str) -> None:
        """Notes that a file is among the blobs, or will be in a moment."""
        self._update_file(file_id, sha256=sha256)

    def sha256s(self, upload_id: str) -> dict[str, str]:
        """The names of the files that are among the blobs, by file."""
        table = schema.upload_file
        query = sa.select(table.c.id, table.c.sha256).where(table.c.upload_id == upload_id, table.c.sha256.is_not(None))
        with self._database.read() as connection:
            return {row.id: row.sha256 for row in connection.execute(query)}

    def say(
        self,
        upload_id: str,
        *,
        title: str,
        model: str,
        speakers: int | None,
        hotwords: Sequence[str],
        files: Sequence[Said],
        start: bool,
        seen: datetime,
    ) -> None:
        """Keeps what a host says of an upload.

        Raises:
            NotFoundError: there is no such upload.
        """
        with self._database.write() as connection:
            _see(connection, upload_id, seen)
            connection.execute(
                sa.update(schema.upload)
                .where(schema.upload.c.id == upload_id)
                .values(title=title, model=model, speakers=speakers, hotwords=list(hotwords), start=start)
            )
            _say_files(connection, upload_id, files)

    def say_files(self, upload_id: str, files: Sequence[Said]) -> None:
        """Keeps whose tracks some files are."""
        with self._database.write() as connection:
            _say_files(connection, upload_id, files)

    def not_yet(self, upload_id: str) -> None:
        """Takes back that an upload shall be taken in."""
        with self._database.write() as connection:
            connection.execute(sa.update(schema.upload).where(schema.upload.c.id == upload_id).values(start=False))

    def lost(self, file_id: str, received_bytes: int) -> None:
        """Notes that less of a file is on the disk than was said."""
        self._update_file(file_id, checked=False, received_bytes=received_bytes)

    def became(self, connection: sa.Connection, upload_id: str, episode_id: int) -> bool:
        """Notes what an upload became, within the caller's transaction; False where it is gone."""
        values = {"episode_id": episode_id, "start": False}
        changed = connection.execute(sa.update(schema.upload).where(schema.upload.c.id == upload_id).values(values))
        return bool(changed.rowcount)

    def delete_file(self, upload_id: str, file_id: str) -> None:
        """Takes a file out of an upload."""
        table = schema.upload_file
        with self._database.write() as connection:
            connection.execute(sa.delete(table).where(table.c.id == file_id, table.c.upload_id == upload_id))

    def delete(self, upload_id: str) -> None:
        """Takes an upload out."""
        with self._database.write() as connection:
            connection.execute(sa.delete(schema.upload).where(schema.upload.c.id == upload_id))

    def older(self, seen_before: datetime) -> tuple[Upload, ...]:
        """The uploads of which nothing was heard for a while, whatever became of them."""
        return self._select(schema.upload.c.seen < seen_before)

    def file_ids(self) -> frozenset[str]:
        """The ids of all files of which something may lie on the disk."""
        file, upload = schema.upload_file, schema.upload
        query = sa.select(file.c.id).join(upload, upload.c.id == file.c.upload_id).where(upload.c.episode_id.is_(None))
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def _select(self, condition: sa.ColumnElement[bool]) -> tuple[Upload, ...]:
        upload, file = schema.upload, schema.upload_file
        with self._database.read() as connection:
            query = sa.select(upload, schema.episode.c.slug).outerjoin(
                schema.episode, schema.episode.c.id == upload.c.episode_id
            )
            rows = connection.execute(query.where(condition).order_by(upload.c.made.desc(), upload.c.id)).all()
            ids = [row.id for row in rows]
            found = connection.execute(
                sa.select(file).where(file.c.upload_id.in_(ids)).order_by(file.c.upload_id, file.c.position)
            ).all()
        return tuple(_upload(row, [f for f in found if f.upload_id == row.id]) for row in rows)

    def _update_file(self, file_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(schema.upload_file).where(schema.upload_file.c.id == file_id).values(**values))


def _say_files(connection: sa.Connection, upload_id: str, files: Sequence[Said]) -> None:
    table = schema.upload_file
    for said in files:
        connection.execute(
            sa.update(table)
            .where(table.c.id == said.id, table.c.upload_id == upload_id)
            .values(speaker=said.speaker, role=said.role, mix=said.mix)
        )


def _see(connection: sa.Connection, upload_id: str, seen: datetime) -> None:
    changed = connection.execute(sa.update(schema.upload).where(schema.upload.c.id == upload_id).values(seen=seen))
    if not changed.rowcount:
        raise NotFoundError(GONE)


def _upload(row: Any, files: Sequence[Any]) -> Upload:
    return Upload(
        id=row.id,
        made=row.made,
        seen=row.seen,
        title=row.title,
        model=row.model,
        speakers=row.speakers,
        hotwords=tuple(row.hotwords),
        start=row.start,
        files=tuple(_file(f) for f in files),
        episode_slug=row.slug,
    )


def _file(row: Any) -> UploadFile:
    return UploadFile(
        id=row.id,
        name=row.name,
        size_bytes=row.size_bytes,
        received_bytes=row.received_bytes,
        speaker=row.speaker,
        role=Role(row.role),
        mix=row.mix,
        checked=row.checked,
        problem=row.problem,
    )
