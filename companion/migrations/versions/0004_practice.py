"""Private spaces, their sessions and their takes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _of_space() -> sa.Column[str]:
    return sa.Column("space_id", sa.String(32), sa.ForeignKey("practice_space.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    """New tables; nothing that was there changes."""
    op.create_table(
        "practice_space",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("keeping", sa.String(20), nullable=False),
        sa.Column("opened", sa.DateTime, nullable=False),
        sa.Column("recovery_sha256", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "practice_session",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        _of_space(),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("seen", sa.DateTime, nullable=False),
    )
    op.create_table(
        "practice_take",
        sa.Column("id", sa.String(32), primary_key=True),
        _of_space(),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("sound_bytes", sa.Integer, nullable=False),
        sa.Column("expires", sa.DateTime),
    )
    op.create_index("practice_session_of_space", "practice_session", ["space_id"])
    op.create_index("practice_take_of_space", "practice_take", ["space_id", "made"])
    op.create_index("practice_take_state", "practice_take", ["state", "made"])
