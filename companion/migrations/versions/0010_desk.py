"""Jobs carry what they were asked to do; uploads that are on their way."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """What an episode was handed in with moves to a job of its own."""
    op.create_table(
        "job",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("speakers", sa.Integer),
        sa.Column("hotwords", sa.JSON, nullable=False),
        sa.Column("voices", sa.JSON, nullable=False),
        sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("work_s", sa.Float, nullable=False, server_default="0"),
        sa.Column("work_audio_s", sa.Float, nullable=False, server_default="0"),
        sa.Column("left_audio_s", sa.Float),
    )
    op.create_index("job_of_episode", "job", ["episode_id"], unique=True)
    op.execute(
        "INSERT INTO job (id, episode_id, made, model, speakers, hotwords, voices)"
        " SELECT lower(hex(randomblob(16))), id, added, coalesce(model, 'auto'), speakers, hotwords, '[]' FROM episode"
    )
    connection = op.get_bind()
    given: dict[int, list[list[str]]] = {}
    rows = connection.execute(sa.text("SELECT episode_id, label, name, role FROM voice ORDER BY episode_id, position"))
    for row in rows.all():
        given.setdefault(row.episode_id, []).append([row.label, row.name, row.role])
    for episode_id, voices in given.items():
        connection.execute(
            sa.text("UPDATE job SET voices = :voices WHERE episode_id = :id"),
            {"voices": json.dumps(voices), "id": episode_id},
        )
    op.drop_column("episode", "speakers")
    op.drop_column("episode", "hotwords")
    op.create_table(
        "upload",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.Column("seen", sa.DateTime, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("speakers", sa.Integer),
        sa.Column("hotwords", sa.JSON, nullable=False),
        sa.Column("start", sa.Boolean, nullable=False),
        sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE")),
    )
    op.create_table(
        "upload_file",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("upload_id", sa.String(32), sa.ForeignKey("upload.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("modified_ms", sa.BigInteger, nullable=False),
        sa.Column("head_crc", sa.BigInteger, nullable=False),
        sa.Column("received_bytes", sa.BigInteger, nullable=False),
        sa.Column("speaker", sa.String(120), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("mix", sa.Boolean, nullable=False),
        sa.Column("checked", sa.Boolean, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("sha256", sa.String(64)),
    )
    op.create_index("upload_file_of_upload", "upload_file", ["upload_id", "position"])
