"""What the takes of a space have said about what to practise next, sealed in the space."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """A new column; spaces that are there have nothing in it."""
    op.add_column("practice_space", sa.Column("private", sa.LargeBinary))
