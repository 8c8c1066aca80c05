"""Episodes, what is said and happens in them, and the show."""

from __future__ import annotations

import sqlalchemy as sa

from companion.schema.common import UtcTime, metadata, of_episode

episode = sa.Table(
    "episode",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(120), nullable=False, unique=True),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("sample", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("published", UtcTime),
    sa.Column("added", UtcTime, nullable=False),
    sa.Column("audio_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("playback_sha256", sa.String(64)),
    sa.Column("duration_s", sa.Float),
    sa.Column("loudness_lufs", sa.Float),
    sa.Column("peaks", sa.JSON, nullable=False),
    sa.Column("model", sa.String(300)),  # at first as the job asks for it, at the end as used
    sa.Column("error", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False),  # raised by every retry
    sa.Column("stage", sa.String(40)),
    sa.Column("done", sa.Float, nullable=False),
    sa.Column("total", sa.Float, nullable=False),
    sa.Column("unit", sa.String(10), nullable=False),
    sa.Column("tagged_by", sa.String(64)),  # stage key of its tags: names the tagger, too
    sa.Column("publication", sa.String(20), nullable=False, server_default="draft"),
    sa.Column("guid", sa.String(1000), nullable=False, server_default=""),
    sa.Column("number", sa.Integer),
    sa.Column("season", sa.Integer),
    sa.Column("kind", sa.String(20), nullable=False, server_default="full"),
    sa.Column("explicit", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("content_note", sa.Text, nullable=False, server_default=""),
    sa.Column("cover_sha256", sa.String(64)),
    sa.Column("persons", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("link", sa.Text, nullable=False, server_default=""),
    sa.Index("episode_played", "playback_sha256"),
)

show = sa.Table(
    "show",  # one row
    metadata,
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

published_audio = sa.Table(
    "published_audio",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    of_episode(),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("key", sa.String(64), nullable=False),  # of all that decides its bytes
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("replaced", UtcTime),  # NULL: the current one
    sa.Column("kept", sa.Boolean, nullable=False),  # its bytes are still here
    sa.Index("published_audio_of_episode", "episode_id"),
)

chapter = sa.Table(
    "chapter",
    metadata,
    of_episode(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("href", sa.Text, nullable=False),
    sa.Column("img", sa.Text, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),  # belongs into the table of contents
    sa.PrimaryKeyConstraint("episode_id", "position"),
)

track = sa.Table(
    "track",
    metadata,
    of_episode(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("speaker", sa.String(120)),  # NULL: the mixed recording
    sa.Column("audio_sha256", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("episode_id", "position"),
)

voice = sa.Table(
    "voice",
    metadata,
    of_episode(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("episode_id", "position"),
)

stage_result = sa.Table(
    "stage_result",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # of (audio sha256, stage, stage version, options)
    sa.Column("stage", sa.String(40), nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
)

chunk = sa.Table(
    "chunk",
    metadata,
    sa.Column("key", sa.String(64), nullable=False),  # as stage_result.key
    sa.Column("idx", sa.Integer, nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("voiced_s", sa.Float, nullable=False),
    sa.Column("words", sa.JSON(none_as_null=True)),  # NULL until it is recognised
    sa.Column("flags", sa.JSON, nullable=False),
    sa.Column("avg_logprob", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("key", "idx"),
)

segment = sa.Table(
    "segment",
    metadata,
    of_episode(),
    sa.Column("idx", sa.Integer, nullable=False),
    sa.Column("turn_idx", sa.Integer, nullable=False),
    sa.Column("speaker", sa.String(120)),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("flags", sa.JSON, nullable=False),
    sa.Column("speaker_confidence", sa.Float),
    sa.Column("line", sa.Integer, nullable=False, server_default="0"),  # its number for editing, which stays
    sa.Column("rev", sa.Integer, nullable=False, server_default="0"),  # of the transcript when it last changed
    sa.Column("made", sa.JSON(none_as_null=True)),  # as the machine had it; NULL until a person changes it
    sa.Column("looked", sa.Boolean, nullable=False, server_default=sa.false()),  # a person has seen its flags
    sa.PrimaryKeyConstraint("episode_id", "idx"),
    sa.Index("segment_line", "episode_id", "line", unique=True),
)

turn = sa.Table(
    "turn",
    metadata,
    of_episode(),
    sa.Column("idx", sa.Integer, nullable=False),
    sa.Column("speaker", sa.String(120)),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("near_miss", sa.Float, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("doubtful", sa.JSON, nullable=False, server_default="[]"),
    sa.PrimaryKeyConstraint("episode_id", "idx"),
)

moment = sa.Table(
    "moment",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    of_episode(),
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
    sa.Column("kind", sa.String(20), nullable=False, server_default="one_way"),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.String(20), nullable=False, server_default="suggested"),
    sa.Column("decided", sa.Boolean, nullable=False, server_default=sa.false()),  # its id is kept, whatever its bounds
    sa.Index("moment_of_episode", "episode_id", "start_s"),
    sa.Index("moment_of_turn", "episode_id", "first_turn", "last_turn"),
)

moment_tag = sa.Table(
    "moment_tag",
    metadata,
    sa.Column("moment_id", sa.String(16), sa.ForeignKey("moment.id", ondelete="CASCADE"), nullable=False),
    sa.Column("tag", sa.String(30), nullable=False),
    sa.PrimaryKeyConstraint("moment_id", "tag"),
    sa.Index("moment_by_tag", "tag"),
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("audio_sha256", sa.String(64), nullable=False),  # no foreign key: it outlives the episode
    sa.Column("moment_id", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),  # as suggested
    sa.Column("end_s", sa.Float, nullable=False),
    sa.Column("new_start_s", sa.Float),  # NULL where it stays
    sa.Column("new_end_s", sa.Float),
    sa.Column("suggested", sa.JSON, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),  # after the change
    sa.Column("moment", sa.JSON, nullable=False),  # the rest of it, after the change
    sa.Column("turns", sa.JSON, nullable=False),
    sa.Column("reply", sa.Integer, nullable=False),
    sa.Index("decision_of_audio", "audio_sha256"),
)

said_word = sa.Table(
    "said_word",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.Text, nullable=False, unique=True),
    sa.Column("n", sa.Integer, nullable=False),  # how often it was said
    sa.Column("indexed", sa.Boolean, nullable=False, server_default=sa.false()),  # its pieces are kept
)

public_version = sa.Table(
    "public_version",  # one row, which triggers keep: see PUBLIC
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)

PUBLIC = ("episode", "show", "published_audio", "chapter", "voice", "segment", "turn", "moment", "moment_tag")
"""Tables of which listeners see something: each change of a row raises `public_version`, whoever makes it.

A new table belongs here, with triggers in its migration, or into the list of `tests/unit/test_remembered.py`.
"""
