"""Pages of a large library stay fast: moments by score and by turn, a text index whose rows say where they stand."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """New indexes; the text index is filled anew, for its rows cannot be renumbered (`TURNS_ROOM` in `search`)."""
    op.create_index("moment_by_score", "moment", ["score", "id"])
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
