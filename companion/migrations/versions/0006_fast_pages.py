"""Pages of a large library stay fast: moments by turn, a text index that knows where; changes counted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """New indexes; the text index is filled anew, for its rows cannot be renumbered (`TURNS_ROOM` in `search`)."""
    op.create_index("moment_of_turn", "moment", ["episode_id", "first_turn", "last_turn"])
    op.create_index("episode_played", "episode", ["playback_sha256"])
    op.execute("ALTER TABLE turn_text RENAME TO turn_text_before")
    op.execute(
        "CREATE VIRTUAL TABLE turn_text USING fts5("
        "text, episode_id UNINDEXED, turn_idx UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    op.execute(
        "INSERT INTO turn_text (rowid, text, episode_id, turn_idx) "
        "SELECT episode_id * 1048576 + turn_idx, text, episode_id, turn_idx FROM turn_text_before"
    )
    op.execute("DROP TABLE turn_text_before")
    op.create_table(
        "public_version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO public_version (id, number) VALUES (1, 1)")
    for table in ("episode", "voice", "segment", "turn", "moment", "moment_tag"):
        for change in ("insert", "update", "delete"):
            raised = "UPDATE public_version SET number = number + 1"
            op.execute(f"CREATE TRIGGER {table}_{change} AFTER {change} ON {table} BEGIN {raised}; END")
