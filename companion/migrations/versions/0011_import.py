"""Episodes may come from a feed: where from, how far their loading is, and the chapters that they bring."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """New tables."""
    op.create_table(
        "chapter",
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("href", sa.Text, nullable=False),
        sa.Column("img", sa.Text, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "position"),
    )
    op.create_table(
        "episode_import",
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("audio_url", sa.Text, nullable=False),
        sa.Column("chapters_url", sa.Text),
        sa.Column("transcript_urls", sa.JSON, nullable=False),
        sa.Column("recognise", sa.Boolean, nullable=False),
        sa.Column("fetched", sa.Boolean, nullable=False),
        sa.Column("transcript", sa.Text),
        sa.Column("notes", sa.JSON, nullable=False),
    )
    op.create_table(
        "kept_feed",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("pages", sa.LargeBinary, nullable=False),
    )
    for change in ("insert", "update", "delete"):
        raised = "UPDATE public_version SET number = number + 1"
        op.execute(f"CREATE TRIGGER chapter_{change} AFTER {change} ON chapter BEGIN {raised}; END")
