"""Transcripts are edited: lines keep a number, changes can be undone, recognitions become versions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def _of_episode() -> sa.Column[int]:
    return sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    """Segments get numbers that stay, and room between them; new tables."""
    op.add_column("segment", sa.Column("line", sa.Integer, nullable=False, server_default="0"))
    op.add_column("segment", sa.Column("rev", sa.Integer, nullable=False, server_default="0"))
    op.add_column("segment", sa.Column("made", sa.JSON))
    op.add_column("segment", sa.Column("looked", sa.Boolean, nullable=False, server_default=sa.false()))
    # Numbered one after the other, then spread by PLACE_ROOM of companion.lines: in steps, for no two rows may ever
    # have the same place.
    op.execute(
        "UPDATE segment SET line = ranked.number FROM (SELECT rowid AS row, row_number() OVER "
        "(PARTITION BY episode_id ORDER BY idx) AS number FROM segment) AS ranked WHERE segment.rowid = ranked.row"
    )
    op.execute("UPDATE segment SET idx = -line")
    op.execute("UPDATE segment SET idx = (line - 1) * 4294967296")
    op.create_index("segment_line", "segment", ["episode_id", "line"], unique=True)
    op.create_table(
        "transcript",
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("next_line", sa.Integer, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("edited", sa.DateTime),
    )
    op.create_table(
        "transcript_version",
        _of_episode(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("edits", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "number"),
    )
    op.create_table(
        "transcript_edit",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_episode(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("undone", sa.Boolean, nullable=False),
        sa.Column("lines", sa.JSON, nullable=False),
        sa.Column("voices", sa.JSON),
    )
    op.create_index("transcript_edit_of_version", "transcript_edit", ["episode_id", "version", "id"])
    op.create_table(
        "recognition",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_episode(),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("hotwords", sa.JSON, nullable=False),
        sa.Column("speakers", sa.Integer),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("asked", sa.DateTime, nullable=False),
        sa.Column("begun", sa.DateTime),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("done", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("unit", sa.String(10), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("version", sa.Integer),
    )
    op.create_index("recognition_of_episode", "recognition", ["episode_id", "id"])
    op.create_table(
        "house_word",
        sa.Column("word", sa.String(80), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
