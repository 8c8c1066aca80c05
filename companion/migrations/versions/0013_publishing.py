"""The recordings that are published: copies with their episode's details in them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """A new table, of which listeners see something."""
    op.create_table(
        "published_audio",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("replaced", sa.DateTime),
        sa.Column("kept", sa.Boolean, nullable=False),
    )
    op.create_index("published_audio_of_episode", "published_audio", ["episode_id"])
    for change in ("insert", "update", "delete"):
        raised = "UPDATE public_version SET number = number + 1"
        op.execute(f"CREATE TRIGGER published_audio_{change} AFTER {change} ON published_audio BEGIN {raised}; END")
