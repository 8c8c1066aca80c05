"""What people decided, in the order in which they did."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.schema import Database
from companion.store.moments import moment_from_json, moment_to_json
from companion.store.transcripts import tags_from_json, tags_to_json
from companion.types import DecidedTurn, Decision, DecisionKind, Role, Tag


class Decisions:
    """Reads and writes decisions. None is ever changed or taken out: a later one overrides an earlier one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: sa.Connection, decision: Decision) -> None:
        """Keeps a decision, within the caller's transaction."""
        connection.execute(sa.insert(schema.decision).values(_row(decision)))

    def of_episode(self, connection: sa.Connection, audio_sha256: str) -> tuple[Decision, ...]:
        """The decisions on an episode, the oldest first, as the caller's transaction sees them."""
        table = schema.decision
        query = sa.select(table).where(table.c.audio_sha256 == audio_sha256).order_by(table.c.id)
        return tuple(_decision(row) for row in connection.execute(query))

    def all(self) -> tuple[Decision, ...]:
        """Every decision, by episode, the oldest first."""
        table = schema.decision
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.audio_sha256, table.c.id)).all()
        return tuple(_decision(row) for row in rows)

    def on(self, connection: sa.Connection, moment_id: str) -> tuple[Decision, ...]:
        """The decisions on a moment, the oldest first, as the caller's transaction sees them."""
        table = schema.decision
        query = sa.select(table).where(table.c.moment_id == moment_id).order_by(table.c.id)
        return tuple(_decision(row) for row in connection.execute(query))

    def newest(self, number: int, audio_sha256: str | None = None) -> tuple[Decision, ...]:
        """The newest decisions, of all recordings or of one, the newest first."""
        table = schema.decision
        query = sa.select(table).order_by(table.c.id.desc()).limit(number)
        if audio_sha256 is not None:
            query = query.where(table.c.audio_sha256 == audio_sha256)
        with self._database.read() as connection:
            return tuple(_decision(row) for row in connection.execute(query))


def _row(decision: Decision) -> dict[str, Any]:
    moment = decision.moment
    return {
        "audio_sha256": decision.audio_sha256,
        "moment_id": decision.moment_id,
        "kind": decision.kind,
        "made": decision.made,
        "by": decision.by,
        "start_s": decision.start_s,
        "end_s": decision.end_s,
        "new_start_s": moment.start_s if moment.start_s != decision.start_s else None,
        "new_end_s": moment.end_s if moment.end_s != decision.end_s else None,
        "suggested": list(decision.suggested),
        "tags": tags_to_json(moment.tags),
        "moment": moment_to_json(moment),
        "turns": [
            {"speaker": t.speaker, "role": t.role, "text": t.text, "start_s": t.start_s, "end_s": t.end_s}
            for t in decision.turns
        ],
        "reply": decision.reply,
    }


def _decision(row: Any) -> Decision:
    start_s = row.start_s if row.new_start_s is None else row.new_start_s
    end_s = row.end_s if row.new_end_s is None else row.new_end_s
    return Decision(
        audio_sha256=row.audio_sha256,
        moment_id=row.moment_id,
        kind=DecisionKind(row.kind),
        made=row.made,
        by=row.by,
        start_s=row.start_s,
        end_s=row.end_s,
        suggested=tuple(Tag(tag) for tag in row.suggested),
        moment=moment_from_json(row.moment, start_s, end_s, tags_from_json(row.tags)),
        turns=tuple(DecidedTurn(t["speaker"], Role(t["role"]), t["text"], t["start_s"], t["end_s"]) for t in row.turns),
        reply=row.reply,
        id=row.id,
    )
