"""Results of stages, each under the key of what it was made from: doing a stage twice gives the same row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from companion import schema
from companion.schema import Database
from companion.types import Chunk, ChunkText, Flag, Word

LOUDNESS_VERSION = 1


def stage_key(audio_sha256: str, stage: str, version: int, options: Any) -> str:
    """The name of a stage's result: a hash of all that decides it.

    Args:
        audio_sha256: of the recording.
        stage: its name.
        version: raised whenever the stage's code gives other results.
        options: whatever else decides the result; must be JSON.
    """
    text = json.dumps([audio_sha256, stage, version, options], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Stages:
    """Reads and writes results of stages and of chunks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Any | None:
        """A result, or None."""
        table = schema.stage_result
        with self._database.read() as connection:
            return connection.execute(sa.select(table.c.result).where(table.c.key == key)).scalar()

    def put(self, key: str, stage: str, result: Any) -> None:
        """Keeps a result; the first one stays."""
        with self._database.write() as connection:
            connection.execute(
                insert(schema.stage_result).values(key=key, stage=stage, result=result).on_conflict_do_nothing()
            )

    def get_loudness(self, sha256: str) -> tuple[float | None, float | None] | None:
        """Loudness in LUFS and true peak in dBTP of a recording among the blobs; None where nobody has measured it."""
        kept = self.get(stage_key(sha256, "loudness", LOUDNESS_VERSION, {}))
        return (kept["lufs"], kept["true_peak_dbtp"]) if kept else None

    def put_loudness(self, sha256: str, lufs: float | None, true_peak_dbtp: float | None) -> None:
        """Keeps what was measured."""
        measured = {"lufs": lufs, "true_peak_dbtp": true_peak_dbtp}
        self.put(stage_key(sha256, "loudness", LOUDNESS_VERSION, {}), "loudness", measured)

    def put_plan(self, key: str, chunks: Sequence[Chunk]) -> None:
        """Keeps which chunks there are; chunks that are known stay as they are."""
        rows = [
            {
                "key": key,
                "idx": c.index,
                "start_s": c.start_s,
                "end_s": c.end_s,
                "voiced_s": c.voiced_s,
                "flags": [],
                "avg_logprob": 0.0,
                "tries": 0,
            }
            for c in chunks
        ]
        if rows:
            with self._database.write() as connection:
                connection.execute(insert(schema.chunk).on_conflict_do_nothing(), rows)

    def put_chunk(self, key: str, text: ChunkText) -> None:
        """Keeps what was heard in one chunk."""
        table = schema.chunk
        with self._database.write() as connection:
            connection.execute(
                sa.update(table)
                .where(table.c.key == key, table.c.idx == text.chunk.index)
                .values(
                    words=[[w.start_s, w.end_s, w.text, w.probability] for w in text.words],
                    flags=list(text.flags),
                    avg_logprob=text.avg_logprob,
                    tries=text.tries,
                )
            )

    def chunks_to_do(self, key: str) -> tuple[Chunk, ...]:
        """The chunks that nobody has recognised yet."""
        table = schema.chunk
        query = sa.select(table).where(table.c.key == key, table.c.words.is_(None)).order_by(table.c.idx)
        with self._database.read() as connection:
            return tuple(_chunk(row) for row in connection.execute(query))

    def chunks_done(self, key: str) -> int:
        """How many chunks are recognised."""
        table = schema.chunk
        query = sa.select(sa.func.count()).where(table.c.key == key, table.c.words.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def chunk_texts(self, key: str) -> tuple[ChunkText, ...]:
        """What was heard in every chunk that is done."""
        table = schema.chunk
        query = sa.select(table).where(table.c.key == key, table.c.words.is_not(None)).order_by(table.c.idx)
        with self._database.read() as connection:
            return tuple(
                ChunkText(
                    chunk=_chunk(row),
                    words=tuple(Word(*w) for w in row.words),
                    flags=tuple(Flag(f) for f in row.flags),
                    avg_logprob=row.avg_logprob,
                    tries=row.tries,
                )
                for row in connection.execute(query)
            )


def _chunk(row: Any) -> Chunk:
    return Chunk(row.idx, row.start_s, row.end_s, row.voiced_s)
