"""The words that were said, for a search that found nothing."""

import sqlalchemy as sa
from alembic import op

from companion.vocabulary import keep_words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """New tables, filled from what is already there."""
    op.create_table(
        "said_word",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("word", sa.Text, nullable=False, unique=True),
        sa.Column("n", sa.Integer, nullable=False),  # how often it was said
        sa.Column("indexed", sa.Boolean, nullable=False, server_default=sa.false()),  # its pieces are kept
    )
    op.execute("CREATE VIRTUAL TABLE said_pieces USING fts5(word, tokenize = 'trigram', detail = 'none')")
    connection = op.get_bind()
    keep_words(connection, (), connection.execute(sa.text("SELECT text FROM turn_text")).scalars())
