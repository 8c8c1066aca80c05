"""Hosts, where they are logged in, and links that let somebody become one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def _of_host(nullable: bool) -> sa.Column[int]:
    return sa.Column("host_id", sa.Integer, sa.ForeignKey("host.id", ondelete="CASCADE"), nullable=nullable)


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    op.create_table(
        "host",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", sa.String(300), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
    )
    op.create_table(
        "host_session",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        _of_host(False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("seen", sa.DateTime, nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Index("host_session_of_host", "host_id"),
    )
    op.create_table(
        "host_invitation",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(80)),
        _of_host(True),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("expires", sa.DateTime, nullable=False),
    )
