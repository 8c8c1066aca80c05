"""What people decide is kept; moments know whether somebody decided on them, episodes what tagged them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nobody has decided on the moments that are there."""
    op.add_column("episode", sa.Column("tagged_by", sa.String(64)))
    op.add_column("moment", sa.Column("state", sa.String(20), nullable=False, server_default="suggested"))
    op.add_column("moment", sa.Column("decided", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("turn", sa.Column("scores", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("turn", sa.Column("doubtful", sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("audio_sha256", sa.String(64), nullable=False),
        sa.Column("moment_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("new_start_s", sa.Float),
        sa.Column("new_end_s", sa.Float),
        sa.Column("suggested", sa.JSON, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("moment", sa.JSON, nullable=False),
        sa.Column("turns", sa.JSON, nullable=False),
        sa.Column("reply", sa.Integer, nullable=False),
    )
    op.create_index("decision_of_audio", "decision", ["audio_sha256"])
