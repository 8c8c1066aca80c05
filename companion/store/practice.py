"""The rows of practice: spaces, sessions and takes. What is private in them is sealed before it comes here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion.schema import Database, practice_session, practice_space, practice_take
from companion.takes import Keeping, TakeState


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """A space as it is kept."""

    id: str
    key: bytes  # wrapped by the server's key
    keeping: Keeping
    opened: datetime
    recovery_sha256: str


@dataclass(frozen=True, slots=True)
class TakeRow:
    """A take as it is kept."""

    id: str
    space_id: str
    key: bytes  # wrapped by the space's key
    number: int  # in the order in which the takes of a space were begun
    made: datetime
    state: TakeState
    private: bytes  # sealed
    chunks: int
    sound_bytes: int
    expires: datetime | None  # None: kept until its owner deletes it


class PracticeRows:
    """Reads and writes spaces, sessions and takes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # ---- spaces and sessions

    def add_space(self, row: SpaceRow, token_sha256: str) -> None:
        """Puts a new space in, with its first session."""
        with self.database.write() as connection:
            connection.execute(sa.insert(practice_space).values(_columns(row)))
            connection.execute(sa.insert(practice_session).values(_session(token_sha256, row.id, row.opened)))

    def count_spaces(self) -> int:
        """How many spaces there are."""
        with self.database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(practice_space)).scalar_one()

    def space(self, space_id: str) -> SpaceRow | None:
        """A space by its id."""
        return self._space(practice_space.c.id == space_id)

    def space_of_code(self, recovery_sha256: str) -> SpaceRow | None:
        """The space that a recovery code opens."""
        return self._space(practice_space.c.recovery_sha256 == recovery_sha256)

    def space_of_token(self, token_sha256: str, earliest: datetime) -> tuple[SpaceRow, datetime] | None:
        """The space that a session's token opens, and when the session was last seen; none seen before `earliest`."""
        session = practice_session
        query = (
            sa.select(practice_space, session.c.seen)
            .join(session, session.c.space_id == practice_space.c.id)
            .where(session.c.token_sha256 == token_sha256, session.c.seen >= earliest)
        )
        with self.database.read() as connection:
            row = connection.execute(query).first()
        return (_space(row), row.seen) if row else None

    def _space(self, condition: sa.ColumnElement[bool]) -> SpaceRow | None:
        with self.database.read() as connection:
            row = connection.execute(sa.select(practice_space).where(condition)).first()
        return _space(row) if row else None

    def set_keeping(self, space_id: str, keeping: Keeping, expires: datetime | None) -> None:
        """How long the space keeps its takes; those that are there expire at `expires`."""
        with self.database.write() as connection:
            space, take = practice_space, practice_take
            connection.execute(sa.update(space).where(space.c.id == space_id).values(keeping=keeping))
            connection.execute(sa.update(take).where(take.c.space_id == space_id).values(expires=expires))

    def set_recovery(self, space_id: str, recovery_sha256: str) -> bool:
        """Another recovery code opens the space from now on; returns whether there is such a space."""
        table = practice_space
        with self.database.write() as connection:
            change = sa.update(table).where(table.c.id == space_id).values(recovery_sha256=recovery_sha256)
            return connection.execute(change).rowcount > 0

    def space_private(self, space_id: str) -> bytes | None:
        """What is sealed in a space itself; None where there is nothing, or no such space."""
        query = sa.select(practice_space.c.private).where(practice_space.c.id == space_id)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def change_space_private(self, space_id: str, decide: Callable[[bytes | None], bytes]) -> bytes | None:
        """Changes what is sealed in a space by what it is at that moment.

        Args:
            space_id: whose.
            decide: gets what is there and gives back what shall be.

        Returns:
            What is there now; None where there is no such space.
        """
        table = practice_space
        with self.database.write() as connection:
            row = connection.execute(sa.select(table.c.private).where(table.c.id == space_id)).first()
            if row is None:
                return None
            sealed = decide(row.private)
            connection.execute(sa.update(table).where(table.c.id == space_id).values(private=sealed))
        return sealed

    def add_session(self, token_sha256: str, space_id: str, now: datetime) -> None:
        """A new session of a space."""
        with self.database.write() as connection:
            connection.execute(sa.insert(practice_session).values(_session(token_sha256, space_id, now)))

    def see_session(self, token_sha256: str, now: datetime) -> None:
        """The session is in use."""
        with self.database.write() as connection:
            table = practice_session
            connection.execute(sa.update(table).where(table.c.token_sha256 == token_sha256).values(seen=now))

    def drop_session(self, token_sha256: str) -> None:
        """The session is over."""
        with self.database.write() as connection:
            connection.execute(sa.delete(practice_session).where(practice_session.c.token_sha256 == token_sha256))

    def drop_sessions_before(self, earliest: datetime) -> int:
        """Sessions that were last seen before are over; returns how many."""
        with self.database.write() as connection:
            return connection.execute(sa.delete(practice_session).where(practice_session.c.seen < earliest)).rowcount

    def drop_space(self, space_id: str) -> None:
        """A space with its key, sessions and takes."""
        with self.database.write() as connection:
            connection.execute(sa.delete(practice_space).where(practice_space.c.id == space_id))

    def drop_empty_spaces(self, opened_before: datetime) -> tuple[str, ...]:
        """Spaces that keep nothing, that no browser is in, and that asked for no longer keeping; returns their ids."""
        space, take, session = practice_space, practice_take, practice_session
        empty = (
            space.c.keeping == Keeping.DAYS,
            space.c.opened < opened_before,
            ~sa.exists().where(take.c.space_id == space.c.id),
            ~sa.exists().where(session.c.space_id == space.c.id),
        )
        with self.database.write() as connection:
            return tuple(connection.execute(sa.delete(space).where(*empty).returning(space.c.id)).scalars().all())

    def space_ids(self) -> frozenset[str]:
        """Every space's id."""
        with self.database.read() as connection:
            return frozenset(connection.execute(sa.select(practice_space.c.id)).scalars())

    # ---- takes

    def add_take(self, space_id: str, make: Callable[[SpaceRow, tuple[TakeRow, ...]], TakeRow]) -> TakeRow | None:
        """Puts a take in that may depend on those that are there; nobody else adds one meanwhile.

        Args:
            space_id: whose.
            make: gets the space and its takes, the oldest first; may raise to add nothing.

        Returns:
            The take; None where there is no such space.
        """
        with self.database.write() as connection:
            space = connection.execute(sa.select(practice_space).where(practice_space.c.id == space_id)).first()
            if space is None:
                return None
            row = make(_space(space), _takes(connection, practice_take.c.space_id == space_id))
            connection.execute(sa.insert(practice_take).values(_columns(row)))
        return row

    def take(self, space_id: str, take_id: str) -> TakeRow | None:
        """A take of a space."""
        with self.database.read() as connection:
            return _take(connection, space_id, take_id)

    def takes(self, space_id: str) -> tuple[TakeRow, ...]:
        """The takes of a space, the oldest first."""
        with self.database.read() as connection:
            return _takes(connection, practice_take.c.space_id == space_id)

    def waiting(self) -> tuple[tuple[str, str], ...]:
        """(space, take) of those that wait to be heard, in the order in which they were made."""
        table = practice_take
        query = (
            sa.select(table.c.space_id, table.c.id)
            .where(table.c.state == TakeState.WAITING)
            .order_by(table.c.made, table.c.number, table.c.id)
        )
        with self.database.read() as connection:
            return tuple((row.space_id, row.id) for row in connection.execute(query))

    def change(self, space_id: str, take_id: str, decide: Callable[[TakeRow], dict[str, Any]]) -> TakeRow | None:
        """Changes a take by what it is at that moment; nobody else changes anything meanwhile.

        Args:
            space_id: whose.
            take_id: which.
            decide: gets the row and gives back the columns that change; may raise to change nothing.

        Returns:
            The take as it is now; None where there is none.
        """
        table = practice_take
        with self.database.write() as connection:
            row = _take(connection, space_id, take_id)
            if row is None:
                return None
            if values := decide(row):
                connection.execute(sa.update(table).where(table.c.id == take_id).values(values))
            return _take(connection, space_id, take_id)

    def drop_take(self, space_id: str, take_id: str) -> bool:
        """A take with its key; False where there is none."""
        table = practice_take
        with self.database.write() as connection:
            gone = connection.execute(sa.delete(table).where(table.c.space_id == space_id, table.c.id == take_id))
            return gone.rowcount > 0

    def drop_expired(self, now: datetime, abandoned_before: datetime) -> tuple[tuple[str, str], ...]:
        """Takes whose time is over, and those whose recording was never finished; returns (space, take)."""
        table = practice_take
        over = sa.or_(
            table.c.expires <= now,
            sa.and_(table.c.state == TakeState.RECORDING, table.c.made < abandoned_before),
        )
        with self.database.write() as connection:
            rows = connection.execute(sa.delete(table).where(over).returning(table.c.space_id, table.c.id)).all()
        return tuple((row.space_id, row.id) for row in rows)

    def sounds_to_drop(self, failed_before: datetime) -> tuple[tuple[str, str], ...]:
        """(space, take) whose sound their space does not keep: it was heard, or could not be for a long time."""
        take, space = practice_take, practice_space
        done = sa.or_(
            take.c.state == TakeState.READY, sa.and_(take.c.state == TakeState.FAILED, take.c.made < failed_before)
        )
        query = (
            sa.select(take.c.space_id, take.c.id)
            .join(space, space.c.id == take.c.space_id)
            .where(space.c.keeping == Keeping.WORDS, take.c.sound_bytes > 0, done)
        )
        with self.database.read() as connection:
            return tuple((row.space_id, row.id) for row in connection.execute(query))

    def take_ids(self, space_id: str) -> frozenset[str]:
        """The ids of a space's takes."""
        query = sa.select(practice_take.c.id).where(practice_take.c.space_id == space_id)
        with self.database.read() as connection:
            return frozenset(connection.execute(query).scalars())


def _take(connection: sa.Connection, space_id: str, take_id: str) -> TakeRow | None:
    # Both must fit: a take is found in its own space only.
    found = _takes(connection, sa.and_(practice_take.c.space_id == space_id, practice_take.c.id == take_id))
    return found[0] if found else None


def _takes(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[TakeRow, ...]:
    order = (practice_take.c.made, practice_take.c.number, practice_take.c.id)
    rows = connection.execute(sa.select(practice_take).where(condition).order_by(*order)).all()
    return tuple(
        TakeRow(
            id=row.id,
            space_id=row.space_id,
            key=row.key,
            number=row.number,
            made=row.made,
            state=TakeState(row.state),
            private=row.private,
            chunks=row.chunks,
            sound_bytes=row.sound_bytes,
            expires=row.expires,
        )
        for row in rows
    )


def _space(row: Any) -> SpaceRow:
    return SpaceRow(row.id, row.key, Keeping(row.keeping), row.opened, row.recovery_sha256)


def _session(token_sha256: str, space_id: str, now: datetime) -> dict[str, Any]:
    return {"token_sha256": token_sha256, "space_id": space_id, "made": now, "seen": now}


def _columns(row: SpaceRow | TakeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__slots__}
