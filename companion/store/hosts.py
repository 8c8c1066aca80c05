"""The rows of hosts: who they are, where they are logged in, and links that were given out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from companion.hosts import Host, HostSession
from companion.schema import Database, host, host_invitation, host_session


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """A link as it is kept."""

    token_sha256: str
    name: str | None  # None: whoever comes first chooses
    host_id: int | None  # None: makes a host
    made: datetime
    expires: datetime


class HostRows:
    """Reads and writes hosts, their sessions and invitations."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # ---- hosts

    def all(self) -> tuple[Host, ...]:
        """Every host, by name."""
        with self.database.read() as connection:
            return tuple(_host(row) for row in connection.execute(sa.select(host).order_by(host.c.name_key)))

    def find(self, name_key: str) -> tuple[Host, str] | None:
        """A host and what is kept of the password."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(host).where(host.c.name_key == name_key)).first()
        return (_host(row), row.password_hash) if row else None

    def add(self, name: str, name_key: str, password_hash: str, now: datetime) -> Host | None:
        """A new host, and an end to links for a first one; None where there is one by that name."""
        with self.database.write() as connection:
            return _add(connection, name, name_key, password_hash, now)

    def set_password(self, host_id: int, password_hash: str, *, keep_sessions: bool = False) -> bool:
        """Another password; returns whether there is such a host.

        Args:
            host_id: whose.
            password_hash: what is kept of it.
            keep_sessions: the password is the same, only its hash is new; else all sessions and links of the host end.
        """
        with self.database.write() as connection:
            return _set_password(connection, host_id, password_hash, keep_sessions)

    def drop(self, host_id: int) -> None:
        """A host with all sessions and links."""
        with self.database.write() as connection:
            connection.execute(sa.delete(host).where(host.c.id == host_id))

    # ---- sessions

    def add_session(
        self, token_sha256: str, session_id: str, host_id: int, browser: str, now: datetime, password_hash: str
    ) -> bool:
        """A new session; returns False where the host is gone or the password was changed meanwhile."""
        with self.database.write() as connection:
            same = sa.select(host.c.id).where(host.c.id == host_id, host.c.password_hash == password_hash)
            if connection.execute(same).first() is None:
                return False
            values = {"token_sha256": token_sha256, "id": session_id, "host_id": host_id, "browser": browser}
            connection.execute(sa.insert(host_session).values(**values, made=now, seen=now))
        return True

    def session(self, token_sha256: str, earliest: datetime) -> HostSession | None:
        """The session that a token opens; none that was seen before `earliest` last."""
        with self.database.read() as connection:
            found = _sessions(connection, host_session.c.token_sha256 == token_sha256, earliest)
        return found[0] if found else None

    def sessions(self, host_id: int, earliest: datetime) -> tuple[HostSession, ...]:
        """The sessions of a host, the last seen first."""
        with self.database.read() as connection:
            return _sessions(connection, host_session.c.host_id == host_id, earliest)

    def see_session(self, token_sha256: str, now: datetime) -> None:
        """The session is in use."""
        table = host_session
        with self.database.write() as connection:
            connection.execute(sa.update(table).where(table.c.token_sha256 == token_sha256).values(seen=now))

    def drop_session(self, token_sha256: str) -> None:
        """The session is over."""
        with self.database.write() as connection:
            connection.execute(sa.delete(host_session).where(host_session.c.token_sha256 == token_sha256))

    def drop_session_of(self, host_id: int, session_id: str) -> bool:
        """One of a host's sessions is over; returns whether it was there."""
        table = host_session
        with self.database.write() as connection:
            gone = connection.execute(sa.delete(table).where(table.c.host_id == host_id, table.c.id == session_id))
            return gone.rowcount > 0

    def drop_sessions_of(self, host_id: int, but_id: str = "") -> int:
        """A host's sessions are over, but for one; returns how many."""
        table = host_session
        with self.database.write() as connection:
            return connection.execute(sa.delete(table).where(table.c.host_id == host_id, table.c.id != but_id)).rowcount

    def drop_sessions_before(self, earliest: datetime) -> None:
        """Sessions that were last seen before are over."""
        with self.database.write() as connection:
            connection.execute(sa.delete(host_session).where(host_session.c.seen < earliest))

    # ---- invitations

    def invite(self, row: InvitationRow) -> None:
        """A new link; the one before it for the same end, and all whose time is over, open nothing any more."""
        table = host_invitation
        same = (
            table.c.host_id == row.host_id
            if row.host_id
            else sa.and_(table.c.host_id.is_(None), table.c.name.is_(row.name))
        )
        with self.database.write() as connection:
            connection.execute(sa.delete(table).where(sa.or_(same, table.c.expires <= row.made)))
            connection.execute(sa.insert(table).values({name: getattr(row, name) for name in InvitationRow.__slots__}))

    def invitation(self, token_sha256: str, now: datetime) -> InvitationRow | None:
        """What a link is for; none whose time is over."""
        with self.database.read() as connection:
            return _invitation(connection, token_sha256, now)

    def accept(self, token_sha256: str, name: str, name_key: str, password_hash: str, now: datetime) -> Host | None:
        """Uses a link up, all at once: makes the host, or gives the one who is there the new password.

        Returns:
            The host; None where the link opens nothing, or there is already somebody by that name.
        """
        table = host_invitation
        with self.database.write() as connection:
            row = _invitation(connection, token_sha256, now)
            if row is None:
                return None
            if row.host_id is not None:
                found = connection.execute(sa.select(host).where(host.c.id == row.host_id)).one()
                _set_password(connection, row.host_id, password_hash, False)
                return _host(found)
            made = _add(connection, name, name_key, password_hash, now)
            if made is not None:
                connection.execute(sa.delete(table).where(table.c.token_sha256 == token_sha256))
            return made


def _add(connection: sa.Connection, name: str, name_key: str, password_hash: str, now: datetime) -> Host | None:
    if connection.execute(sa.select(host.c.id).where(host.c.name_key == name_key)).first():
        return None
    values = {"name": name, "name_key": name_key, "password_hash": password_hash, "made": now}
    row = connection.execute(sa.insert(host).values(**values).returning(host)).one()
    first = sa.and_(host_invitation.c.name.is_(None), host_invitation.c.host_id.is_(None))
    connection.execute(sa.delete(host_invitation).where(first))
    return _host(row)


def _set_password(connection: sa.Connection, host_id: int, password_hash: str, keep_sessions: bool) -> bool:
    change = sa.update(host).where(host.c.id == host_id).values(password_hash=password_hash)
    if not keep_sessions:
        for table in (host_session, host_invitation):
            connection.execute(sa.delete(table).where(table.c.host_id == host_id))
    return connection.execute(change).rowcount > 0


def _invitation(connection: sa.Connection, token_sha256: str, now: datetime) -> InvitationRow | None:
    table = host_invitation
    query = sa.select(table).where(table.c.token_sha256 == token_sha256, table.c.expires > now)
    row = connection.execute(query).first()
    return InvitationRow(row.token_sha256, row.name, row.host_id, row.made, row.expires) if row else None


def _sessions(
    connection: sa.Connection, condition: sa.ColumnElement[bool], earliest: datetime
) -> tuple[HostSession, ...]:
    session = host_session
    query = (
        sa.select(session.c.id, session.c.made, session.c.seen, session.c.browser, host.c.id, host.c.name, host.c.made)
        .join(host, host.c.id == session.c.host_id)
        .where(condition, session.c.seen >= earliest)
        .order_by(session.c.seen.desc(), session.c.made.desc())
    )
    return tuple(HostSession(row[0], Host(*row[4:]), *row[1:4]) for row in connection.execute(query))


def _host(row: sa.Row[tuple[int, str, str, str, datetime]]) -> Host:
    return Host(row.id, row.name, row.made)
