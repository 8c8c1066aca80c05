"""The library's file: connections and migrations."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from companion.errors import LibraryError
from companion.schema.episodes import public_version

APPLICATION_ID = 0x534C4331  # "SLC1" in the file's header: nobody else's database is ever migrated by mistake
BUSY_TIMEOUT_MS = 10_000
TIDY_TIMEOUT_MS = 1_000  # erasing waits no longer than this for readers; the sweep tries again
REVISION = "0014"  # the newest migration


class Database:
    """One SQLite file: WAL, nothing acknowledged before it is on the disk, one writer at a time."""

    def __init__(self, path: Path) -> None:
        """Opens the file, makes it where there is none, and brings it to the newest migration.

        Args:
            path: the file; its folder must exist.

        Raises:
            LibraryError: it cannot be opened, is not ours, or was written by a newer version.
        """
        self.path = path
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        sa.event.listen(self.engine, "connect", _prepare)
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()
        try:
            self._migrate()
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            raise LibraryError(
                f"The library {path.parent} cannot be opened: {path.name} is not a database of ours or is damaged "
                f"({getattr(error, 'orig', error)}). Choose another folder with --home, or put a copy back."
            ) from error

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading; sees one state of the library."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
            connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection for writing: all or nothing, the lock taken at once so that it never fails half-way."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def version(self) -> int:
        """Grows as soon as anybody, in any process, has changed anything that listeners see.

        What was read after asking for the version is at least as new as it. Practice changes nothing of it.
        """
        with self._watch_lock:  # a connection of its own: asked with each request, and six times as fast
            if self._watch is None:
                self._watch = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
            return int(self._watch.execute("SELECT number FROM public_version").fetchall()[0][0])

    def raise_version(self) -> None:
        """Says that listeners see something new that stands in no table."""
        with self.write() as connection:
            connection.execute(sa.update(public_version).values(number=public_version.c.number + 1))

    def tidy(self) -> bool:
        """Moves all into the main file and empties the journal, so that what was erased is in neither.

        Returns:
            False where a reader or writer kept it from doing so; try again later.
        """
        with self.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {TIDY_TIMEOUT_MS}")
            try:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return not busy

    def close(self) -> None:
        """Gives back all connections."""
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
            if tables and owner != APPLICATION_ID:
                raise LibraryError(f"{self.path} is another program's database. Choose another folder with --home.")
            revision = None
            if tables:
                revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            if revision == REVISION:
                return
            if revision is not None and revision > REVISION:
                raise LibraryError(
                    f"The library {self.path.parent} was written by a newer version. Install that version to open it."
                )
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(connection)
            connection.exec_driver_sql("COMMIT")


def migrate(connection: sa.Connection, revision: str = "head") -> None:
    """Brings a database to a revision that is newer than its own, within the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own choice comes too late for IMMEDIATE
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not just let go of
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
