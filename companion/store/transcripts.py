"""An episode's segments and turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.lines import PLACE_ROOM
from companion.schema import Database
from companion.types import Evidence, Flag, Role, Segment, StoredTurn, Tag, TagScore, Turn, TurnTags, Word


class Transcripts:
    """Reads and writes transcripts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, connection: sa.Connection, episode_id: int, stored: Sequence[StoredTurn]) -> None:
        """Puts a whole transcript in the place of the old one, within the caller's transaction."""
        connection.execute(sa.delete(schema.segment).where(schema.segment.c.episode_id == episode_id))
        connection.execute(sa.delete(schema.turn).where(schema.turn.c.episode_id == episode_id))
        turns = [turn_row(episode_id, s.turn, s.tags) for s in stored]
        segments = [(s.turn.index, segment) for s in stored for segment in s.segments]
        if turns:
            connection.execute(sa.insert(schema.turn), turns)
        if segments:
            connection.execute(
                sa.insert(schema.segment),
                [_segment_row(episode_id, i, turn, segment) for i, (turn, segment) in enumerate(segments)],
            )

    def put_tags(self, connection: sa.Connection, episode_id: int, stored: Sequence[StoredTurn]) -> None:
        """Gives the turns that are there other tags; their words and segments stay as they are."""
        table = schema.turn
        connection.execute(sa.delete(table).where(table.c.episode_id == episode_id))
        if stored:
            connection.execute(sa.insert(table), [turn_row(episode_id, s.turn, s.tags) for s in stored])

    def drop_turns(self, connection: sa.Connection, episode_id: int, first: int, count: int) -> None:
        """Takes some turns out, within the caller's transaction; the numbers of the others stay."""
        table = schema.turn
        which = (table.c.episode_id == episode_id) & table.c.idx.between(first, first + count - 1)
        connection.execute(sa.delete(table).where(which))

    def add_turns(self, connection: sa.Connection, episode_id: int, turns: Sequence[tuple[Turn, TurnTags]]) -> None:
        """Puts some turns in where there are none, within the caller's transaction."""
        if turns:
            connection.execute(sa.insert(schema.turn), [turn_row(episode_id, turn, tags) for turn, tags in turns])

    def tags_by_text(self, connection: sa.Connection, episode_id: int, first: int, count: int) -> dict[str, TurnTags]:
        """The tags of some turns by their words, as the caller's transaction sees them."""
        table = schema.turn
        which = (table.c.episode_id == episode_id) & table.c.idx.between(first, first + count - 1)
        return {row.text: _tags(row) for row in connection.execute(sa.select(table).where(which))}

    def turns(self, episode_id: int, between: tuple[int, int] | None = None) -> tuple[StoredTurn, ...]:
        """The turns of an episode with their tags and segments, in order.

        Args:
            episode_id: of the episode.
            between: indexes of the first and the last one that is read; None: all.
        """
        segment, turn = schema.segment, schema.turn
        of_segments, of_turns = [segment.c.episode_id == episode_id], [turn.c.episode_id == episode_id]
        if between is not None:
            of_segments.append(segment.c.turn_idx.between(*between))
            of_turns.append(turn.c.idx.between(*between))
        with self._database.read() as connection:
            segments: dict[int, list[Segment]] = {}
            for row in connection.execute(sa.select(segment).where(*of_segments).order_by(segment.c.idx)):
                segments.setdefault(row.turn_idx, []).append(_segment(row))
            rows = connection.execute(sa.select(turn).where(*of_turns).order_by(turn.c.idx)).all()
        return tuple(_stored(row, tuple(segments.get(row.idx, ()))) for row in rows)


def tags_to_json(tags: Sequence[TagScore]) -> list[Any]:
    """Tag scores as they are kept in a row."""
    return [[t.tag, t.score, evidence_to_json(t.evidence)] for t in tags]


def tags_from_json(rows: Sequence[Any]) -> tuple[TagScore, ...]:
    """The other way."""
    return tuple(TagScore(Tag(tag), score, evidence_from_json(evidence)) for tag, score, evidence in rows)


def evidence_to_json(evidence: Sequence[Evidence]) -> list[Any]:
    """Evidence as it is kept in a row."""
    return [[e.text, e.start_char, e.end_char, e.start_s, e.end_s] for e in evidence]


def evidence_from_json(rows: Sequence[Any]) -> tuple[Evidence, ...]:
    """The other way."""
    return tuple(Evidence(*row) for row in rows)


def turn_row(episode_id: int, turn: Turn, tags: TurnTags) -> dict[str, Any]:
    """A turn as it is kept in a row."""
    return {
        "episode_id": episode_id,
        "idx": turn.index,
        "speaker": turn.speaker,
        "role": turn.role,
        "start_s": turn.start_s,
        "end_s": turn.end_s,
        "text": turn.text,
        "near_miss": tags.near_miss,
        "tags": tags_to_json(tags.tags),
        "scores": list(tags.scores),
        "doubtful": tags_to_json(tags.doubtful),
    }


def _segment_row(episode_id: int, index: int, turn_index: int, segment: Segment) -> dict[str, Any]:
    return {
        "episode_id": episode_id,
        "idx": index * PLACE_ROOM,
        "line": index + 1,
        "turn_idx": turn_index,
        "speaker": segment.speaker,
        "start_s": segment.start_s,
        "end_s": segment.end_s,
        "text": segment.text,
        "words": [[w.start_s, w.end_s, w.text, w.probability] for w in segment.words],
        "flags": list(segment.flags),
        "speaker_confidence": segment.speaker_confidence,
    }


def _segment(row: Any) -> Segment:
    return Segment(
        start_s=row.start_s,
        end_s=row.end_s,
        text=row.text,
        speaker=row.speaker,
        words=tuple(Word(*w) for w in row.words),
        flags=tuple(Flag(f) for f in row.flags),
        speaker_confidence=row.speaker_confidence,
    )


def _stored(row: Any, segments: tuple[Segment, ...]) -> StoredTurn:
    turn = Turn(
        index=row.idx,
        speaker=row.speaker,
        role=Role(row.role),
        start_s=row.start_s,
        end_s=row.end_s,
        text=row.text,
        words=tuple(w for s in segments for w in s.words),
    )
    return StoredTurn(turn, _tags(row), segments)


def _tags(row: Any) -> TurnTags:
    return TurnTags(tags_from_json(row.tags), row.near_miss, tuple(row.scores), tags_from_json(row.doubtful))
