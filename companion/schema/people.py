"""Hosts, and listeners by number only."""

from __future__ import annotations

import sqlalchemy as sa

from companion.schema.common import UtcTime, metadata, of_episode

host = sa.Table(
    "host",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("name_key", sa.String(300), nullable=False, unique=True),  # by which it is found
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
)


def _of_host(nullable: bool = False) -> sa.Column[int]:
    return sa.Column("host_id", sa.Integer, sa.ForeignKey("host.id", ondelete="CASCADE"), nullable=nullable)


host_session = sa.Table(
    "host_session",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    _of_host(),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
    sa.Column("browser", sa.String(80), nullable=False),  # in plain words; no address
    sa.Index("host_session_of_host", "host_id"),
)

host_invitation = sa.Table(
    "host_invitation",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(80)),  # NULL: the first host, who chooses one
    _of_host(nullable=True),  # NULL: makes a host
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False),
)

play_total = sa.Table(
    "play_total",
    metadata,
    sa.Column("day", sa.Date, nullable=False),  # UTC
    of_episode(),
    sa.Column("moment_id", sa.String(16), nullable=False),  # "": the whole episode. No foreign key: moments are remade
    sa.Column("plays", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("day", "episode_id", "moment_id"),
    sa.Index("play_total_of_episode", "episode_id"),
)

play_salt = sa.Table(
    "play_salt",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),  # forgotten at midnight
)

play_heard = sa.Table(
    "play_heard",
    metadata,
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("who", sa.LargeBinary, nullable=False),  # a hash under the day's salt, forgotten with it
    sa.PrimaryKeyConstraint("day", "who"),
)
