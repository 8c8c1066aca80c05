"""Tables, connections and migrations: what `store` and `search` stand on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from companion.errors import LibraryError

APPLICATION_ID = 0x534C4331  # "SLC1" in the file's header: nobody else's database is ever migrated by mistake
BUSY_TIMEOUT_MS = 10_000
TIDY_TIMEOUT_MS = 1_000  # erasing waits no longer than this for readers; the sweep tries again
REVISION = "0014"  # the newest migration

metadata = sa.MetaData()


class UtcTime(sa.TypeDecorator[datetime]):
    """Aware UTC in Python, naive UTC in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuses naive times, which nobody can place."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Puts UTC back."""
        return value.replace(tzinfo=UTC) if value else None


def _of_episode() -> sa.Column[int]:
    return sa.Column("episode_id", sa.Integer, sa.ForeignKey("episode.id", ondelete="CASCADE"), nullable=False)


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
    _of_episode(),
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
    _of_episode(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("start_s", sa.Float, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("href", sa.Text, nullable=False),
    sa.Column("img", sa.Text, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),  # belongs into the table of contents
    sa.PrimaryKeyConstraint("episode_id", "position"),
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

track = sa.Table(
    "track",
    metadata,
    _of_episode(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("speaker", sa.String(120)),  # NULL: the mixed recording
    sa.Column("audio_sha256", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("episode_id", "position"),
)

voice = sa.Table(
    "voice",
    metadata,
    _of_episode(),
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
    _of_episode(),
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


def _of_space() -> sa.Column[str]:
    return sa.Column("space_id", sa.String(32), sa.ForeignKey("practice_space.id", ondelete="CASCADE"), nullable=False)


practice_space = sa.Table(
    "practice_space",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),  # the space's own, wrapped by the server's key
    sa.Column("keeping", sa.String(20), nullable=False),
    sa.Column("opened", UtcTime, nullable=False),
    sa.Column("recovery_sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("private", sa.LargeBinary),  # what its takes have said about what to practise next, sealed
)

practice_session = sa.Table(
    "practice_session",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    _of_space(),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
    sa.Index("practice_session_of_space", "space_id"),
)

practice_take = sa.Table(
    "practice_take",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    _of_space(),
    sa.Column("key", sa.LargeBinary, nullable=False),  # the take's own, wrapped by its space's key
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("private", sa.LargeBinary, nullable=False),  # all that was said and what was said to it, encrypted
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("sound_bytes", sa.Integer, nullable=False),
    sa.Column("expires", UtcTime),  # NULL: kept until its owner deletes it
    sa.Index("practice_take_of_space", "space_id", "made"),
    sa.Index("practice_take_state", "state", "made"),
)

host = sa.Table(
    "host",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("name_key", sa.String(300), nullable=False, unique=True),  # by which it is found
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("made", UtcTime, nullable=False),
)


def _of_host(nullable: bool = False) -> sa.Column[int]:
    return sa.Column("host_id", sa.Integer, sa.ForeignKey("host.id", ondelete="CASCADE"), nullable=nullable)


host_session = sa.Table(
    "host_session",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    _of_host(),
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
    sa.Column("browser", sa.String(80), nullable=False),  # in plain words; no address
    sa.Index("host_session_of_host", "host_id"),
)

host_invitation = sa.Table(
    "host_invitation",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(80)),  # NULL: the first host, who chooses one
    _of_host(nullable=True),  # NULL: makes a host
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("expires", UtcTime, nullable=False),
)

said_word = sa.Table(
    "said_word",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.Text, nullable=False, unique=True),
    sa.Column("n", sa.Integer, nullable=False),  # how often it was said
    sa.Column("indexed", sa.Boolean, nullable=False, server_default=sa.false()),  # its pieces are kept
)

play_total = sa.Table(
    "play_total",
    metadata,
    sa.Column("day", sa.Date, nullable=False),  # UTC
    _of_episode(),
    sa.Column("moment_id", sa.String(16), nullable=False),  # "": the whole episode. No foreign key: moments are remade
    sa.Column("plays", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("day", "episode_id", "moment_id"),
    sa.Index("play_total_of_episode", "episode_id"),
)

play_salt = sa.Table(
    "play_salt",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),  # forgotten at midnight
)

play_heard = sa.Table(
    "play_heard",
    metadata,
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("who", sa.LargeBinary, nullable=False),  # a hash under the day's salt, forgotten with it
    sa.PrimaryKeyConstraint("day", "who"),
)


job = sa.Table(
    "job",  # what is to be done with an episode, and how
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # never used again, as an episode's number may be
    _of_episode(),
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
    _of_episode(),
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
    _of_episode(),
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
    _of_episode(),
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


class Database:
    """One SQLite file: WAL, nothing acknowledged before it is on the disk, one writer at a time."""

    def __init__(self, path: Path) -> None:
        """Opens the file, makes it where there is none, and brings it to the newest migration.

        Args:
            path: the file; its folder must exist.

        Raises:
            LibraryError: it cannot be opened, is not ours, or was written by a newer version.
        """
        self.path = path
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        sa.event.listen(self.engine, "connect", _prepare)
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()
        try:
            self._migrate()
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            raise LibraryError(
                f"The library {path.parent} cannot be opened: {path.name} is not a database of ours or is damaged "
                f"({getattr(error, 'orig', error)}). Choose another folder with --home, or put a copy back."
            ) from error

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading; sees one state of the library."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
            connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection for writing: all or nothing, the lock taken at once so that it never fails half-way."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def version(self) -> int:
        """Grows as soon as anybody, in any process, has changed anything that listeners see.

        What was read after asking for the version is at least as new as it. Practice changes nothing of it.
        """
        with self._watch_lock:  # a connection of its own: asked with each request, and six times as fast
            if self._watch is None:
                self._watch = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
            return int(self._watch.execute("SELECT number FROM public_version").fetchall()[0][0])

    def raise_version(self) -> None:
        """Says that listeners see something new that stands in no table."""
        with self.write() as connection:
            connection.execute(sa.update(public_version).values(number=public_version.c.number + 1))

    def tidy(self) -> bool:
        """Moves all into the main file and empties the journal, so that what was erased is in neither.

        Returns:
            False where a reader or writer kept it from doing so; try again later.
        """
        with self.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {TIDY_TIMEOUT_MS}")
            try:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return not busy

    def close(self) -> None:
        """Gives back all connections."""
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
            tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
            if tables and owner != APPLICATION_ID:
                raise LibraryError(f"{self.path} is another program's database. Choose another folder with --home.")
            revision = None
            if tables:
                revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            if revision == REVISION:
                return
            if revision is not None and revision > REVISION:
                raise LibraryError(
                    f"The library {self.path.parent} was written by a newer version. Install that version to open it."
                )
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(connection)
            connection.exec_driver_sql("COMMIT")


def migrate(connection: sa.Connection, revision: str = "head") -> None:
    """Brings a database to a revision that is newer than its own, within the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own choice comes too late for IMMEDIATE
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not just let go of
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
