"""What comes in, what is done with it, and how transcripts are edited."""

from __future__ import annotations

import sqlalchemy as sa

from companion.schema.common import UtcTime, metadata, of_episode

job = sa.Table(
    "job",  # what is to be done with an episode, and how
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # never used again, as an episode's number may be
    of_episode(),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("model", sa.String(300), nullable=False),  # as it was asked for
    sa.Column("speakers", sa.Integer),
    sa.Column("hotwords", sa.JSON, nullable=False),
    sa.Column("voices", sa.JSON, nullable=False),  # as a person gave them: [label, name, role]
    sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()),  # somebody asked for it
    sa.Column("work_s", sa.Float, nullable=False, server_default="0"),  # time that recognising has taken
    sa.Column("work_audio_s", sa.Float, nullable=False, server_default="0"),  # of so much sound
    sa.Column("left_audio_s", sa.Float),  # sound that is still to be recognised; NULL until it is known
    sa.Index("job_of_episode", "episode_id", unique=True),
)

upload = sa.Table(
    "upload",  # an episode that is on its way in through the browser
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),  # when anything of it arrived or was said last
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("model", sa.String(300), nullable=False),
    sa.Column("speakers", sa.Integer),
    sa.Column("hotwords", sa.JSON, nullable=False),
    sa.Column("start", sa.Boolean, nullable=False),  # take it in as soon as all of it is here
    sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE")),  # what became of it
)

upload_file = sa.Table(
    "upload_file",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("upload_id", sa.String(32), sa.ForeignKey("upload.id", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("modified_ms", sa.BigInteger, nullable=False),  # as the browser says
    sa.Column("head_crc", sa.BigInteger, nullable=False),  # CRC-32 of its first bytes
    sa.Column("received_bytes", sa.BigInteger, nullable=False),  # on the disk for sure
    sa.Column("speaker", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("mix", sa.Boolean, nullable=False),
    sa.Column("checked", sa.Boolean, nullable=False),  # it is whole and can be decoded
    sa.Column("problem", sa.Text),  # a sentence, where it cannot be taken
    sa.Column("sha256", sa.String(64)),  # among the blobs, once it is
    sa.Index("upload_file_of_upload", "upload_id", "position"),
)

episode_import = sa.Table(
    "episode_import",  # where an episode came from, and how far its loading is
    metadata,
    sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),  # its address, or the name of its file
    sa.Column("audio_url", sa.Text, nullable=False),
    sa.Column("chapters_url", sa.Text),
    sa.Column("transcript_urls", sa.JSON, nullable=False),  # the best first
    sa.Column("recognise", sa.Boolean, nullable=False),  # its words are recognised although a transcript came along
    sa.Column("fetched", sa.Boolean, nullable=False),
    sa.Column("transcript", sa.Text),  # as it came, in the form in which we write transcripts
    sa.Column("notes", sa.JSON, nullable=False),  # sentences: what could not be had
)

kept_feed = sa.Table(
    "kept_feed",  # what a host has read and not yet chosen from
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("pages", sa.LargeBinary, nullable=False),
)

transcript = sa.Table(
    "transcript",  # how the editing of an episode's segments stands; no row until somebody opens the editor
    metadata,
    sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rev", sa.Integer, nullable=False),  # raised by every change
    sa.Column("version", sa.Integer, nullable=False),  # the one that is in `segment` now
    sa.Column("next_line", sa.Integer, nullable=False),
    sa.Column("settled", sa.Integer, nullable=False),  # the revision of which all tags and moments are made
    sa.Column("edited", UtcTime),
)

transcript_version = sa.Table(
    "transcript_version",
    metadata,
    of_episode(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),  # model, hotwords, speakers
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("edits", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # packed lines and voices, as they were when last put aside
    sa.PrimaryKeyConstraint("episode_id", "number"),
)

transcript_edit = sa.Table(
    "transcript_edit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    of_episode(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rev", sa.Integer, nullable=False),  # that it made, also when done again
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("what", sa.String(200), nullable=False),
    sa.Column("undone", sa.Boolean, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),  # [id, before, after] of each
    sa.Column("voices", sa.JSON(none_as_null=True)),  # [before, after]; NULL where they stayed
    sa.Index("transcript_edit_of_version", "episode_id", "version", "id"),
)

recognition = sa.Table(
    "recognition",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    of_episode(),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("model", sa.String(300), nullable=False),
    sa.Column("hotwords", sa.JSON, nullable=False),
    sa.Column("speakers", sa.Integer),
    sa.Column("by", sa.String(120), nullable=False),
    sa.Column("asked", UtcTime, nullable=False),
    sa.Column("begun", UtcTime),
    sa.Column("stage", sa.String(40), nullable=False),
    sa.Column("done", sa.Float, nullable=False),
    sa.Column("total", sa.Float, nullable=False),
    sa.Column("unit", sa.String(10), nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Index("recognition_of_episode", "episode_id", "id"),
)

house_word = sa.Table(
    "house_word",
    metadata,
    sa.Column("word", sa.String(80), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)
