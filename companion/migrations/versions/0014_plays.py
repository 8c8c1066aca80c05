"""Plays: totals by day, and what tells them apart until midnight."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """New tables. None of them is watched by `public_version`: listeners see nothing of it."""
    op.create_table(
        "play_total",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moment_id", sa.String(16), nullable=False),
        sa.Column("plays", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "episode_id", "moment_id"),
    )
    op.create_index("play_total_of_episode", "play_total", ["episode_id"])
    op.create_table(
        "play_salt",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "play_heard",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("who", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", "who"),
    )
