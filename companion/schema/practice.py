"""Private spaces and what is said in them."""

from __future__ import annotations

import sqlalchemy as sa

from companion.schema.common import UtcTime, metadata


def _of_space() -> sa.Column[str]:
    return sa.Column("space_id", sa.String(32), sa.ForeignKey("practice_space.id", ondelete="CASCADE"), nullable=False)


practice_space = sa.Table(
    "practice_space",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),  # the space's own, wrapped by the server's key
    sa.Column("keeping", sa.String(20), nullable=False),
    sa.Column("opened", UtcTime, nullable=False),
    sa.Column("recovery_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("private", sa.LargeBinary),  # what its takes have said about what to practise next, sealed
)

practice_session = sa.Table(
    "practice_session",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    _of_space(),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
    sa.Index("practice_session_of_space", "space_id"),
)

practice_take = sa.Table(
    "practice_take",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    _of_space(),
    sa.Column("key", sa.LargeBinary, nullable=False),  # the take's own, wrapped by its space's key
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("private", sa.LargeBinary, nullable=False),  # all that was said and what was said to it, encrypted
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("sound_bytes", sa.Integer, nullable=False),
    sa.Column("expires", UtcTime),  # NULL: kept until its owner deletes it
    sa.Index("practice_take_of_space", "space_id", "made"),
    sa.Index("practice_take_state", "state", "made"),
)
