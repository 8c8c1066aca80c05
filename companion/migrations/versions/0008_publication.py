"""Episodes are drafts until they are published, and carry what podcast apps want to know; so does the show."""

import sqlalchemy as sa
from alembic import op

from companion.publication import guid_of

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """What could be heard so far stays public, and so do its moments as suggestions where the settings show them."""
    op.add_column("episode", sa.Column("publication", sa.String(20), nullable=False, server_default="draft"))
    op.add_column("episode", sa.Column("guid", sa.String(1000), nullable=False, server_default=""))
    op.add_column("episode", sa.Column("number", sa.Integer))
    op.add_column("episode", sa.Column("season", sa.Integer))
    op.add_column("episode", sa.Column("kind", sa.String(20), nullable=False, server_default="full"))
    op.add_column("episode", sa.Column("explicit", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("episode", sa.Column("content_note", sa.Text, nullable=False, server_default=""))
    op.add_column("episode", sa.Column("cover_sha256", sa.String(64)))
    op.add_column("episode", sa.Column("persons", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("episode", sa.Column("link", sa.Text, nullable=False, server_default=""))
    op.execute("UPDATE episode SET publication = 'published'")
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, audio_sha256 FROM episode")).all():
        values = {"id": row.id, "guid": guid_of(row.audio_sha256)}
        connection.execute(sa.text("UPDATE episode SET guid = :guid WHERE id = :id"), values)
    op.create_table(
        "show",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("owner_email", sa.Text, nullable=False),
        sa.Column("category", sa.String(100), nullable=False),
        sa.Column("subcategory", sa.String(100), nullable=False),
        sa.Column("explicit", sa.Boolean, nullable=False),
        sa.Column("cover_sha256", sa.String(64)),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("guid", sa.String(100), nullable=False),
        sa.Column("persons", sa.JSON, nullable=False),
        sa.Column("copyright", sa.Text, nullable=False),
    )
    for change in ("insert", "update", "delete"):
        raised = "UPDATE public_version SET number = number + 1"
        op.execute(f"CREATE TRIGGER show_{change} AFTER {change} ON show BEGIN {raised}; END")
