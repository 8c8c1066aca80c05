"""Moments have a kind and a title."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Moments that were found before are taken for one way; they get a title when their episode is tagged again."""
    op.add_column("moment", sa.Column("kind", sa.String(20), nullable=False, server_default="one_way"))
    op.add_column("moment", sa.Column("title", sa.Text, nullable=False, server_default=""))
