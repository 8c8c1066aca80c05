"""The tables of first light."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _of_episode() -> sa.Column[int]:
    return sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    """From an empty file."""
    op.create_table(
        "episode",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(120), nullable=False, unique=True),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("published", sa.DateTime),
        sa.Column("added", sa.DateTime, nullable=False),
        sa.Column("audio_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("playback_sha256", sa.String(64)),
        sa.Column("duration_s", sa.Float),
        sa.Column("loudness_lufs", sa.Float),
        sa.Column("peaks", sa.JSON, nullable=False),
        sa.Column("model", sa.String(300)),
        sa.Column("speakers", sa.Integer),
        sa.Column("hotwords", sa.JSON, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(40)),
        sa.Column("done", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sa.Column("unit", sa.String(10), nullable=False),
    )
    op.create_table(
        "track",
        _of_episode(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String(120)),
        sa.Column("audio_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "position"),
    )
    op.create_table(
        "voice",
        _of_episode(),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "position"),
    )
    op.create_table(
        "stage_result",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
    )
    op.create_table(
        "chunk",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("voiced_s", sa.Float, nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True)),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("avg_logprob", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", "idx"),
    )
    op.create_table(
        "segment",
        _of_episode(),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.Column("turn_idx", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String(120)),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("flags", sa.JSON, nullable=False),
        sa.Column("speaker_confidence", sa.Float),
        sa.PrimaryKeyConstraint("episode_id", "idx"),
    )
    op.create_table(
        "turn",
        _of_episode(),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String(120)),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("near_miss", sa.Float, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "idx"),
    )
    op.create_table(
        "moment",
        sa.Column("id", sa.String(16), primary_key=True),
        _of_episode(),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("end_s", sa.Float, nullable=False),
        sa.Column("validating_speaker", sa.String(120), nullable=False),
        sa.Column("validated_speaker", sa.String(120), nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("bid", sa.Text, nullable=False),
        sa.Column("first_turn", sa.Integer, nullable=False),
        sa.Column("reply_turn", sa.Integer, nullable=False),
        sa.Column("last_turn", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
    )
    op.create_table(
        "moment_tag",
        sa.Column("moment_id", sa.String(16), sa.ForeignKey("moment.id", ondelete="CASCADE"), nullable=False),
        sa.Column("tag", sa.String(30), nullable=False),
        sa.PrimaryKeyConstraint("moment_id", "tag"),
    )
    op.create_index("ix_episode_state", "episode", ["state"])
    op.create_index("moment_of_episode", "moment", ["episode_id", "start_s"])
    op.create_index("moment_by_tag", "moment_tag", ["tag"])
    op.execute(
        "CREATE VIRTUAL TABLE turn_text USING fts5("
        "text, episode_id UNINDEXED, turn_idx UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
