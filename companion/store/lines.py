"""Segments as lines that are edited, with their history, and the versions of a transcript."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.lines import Line, Made, Source, Step, Version, Whole
from companion.types import Flag, Role, Turn, Voice, Word

_SHOWN_LINES = 20  # of a step
_LEVEL = 6  # of the compression of versions
Fields = dict[str, Any]  # of a line, as they are kept in its history


@dataclass(frozen=True, slots=True)
class Standing:
    """How the editing of a transcript stands."""

    rev: int
    version: int
    next_line: int
    settled: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A change as it is kept: each line before and after, by the fields that changed; None where there was none."""

    id: int
    step: Step
    lines: tuple[tuple[int, Fields | None, Fields | None], ...]
    voices: tuple[tuple[Voice, ...], tuple[Voice, ...]] | None


class Lines:
    """Reads and writes lines, within the caller's transaction."""

    # ---- how it stands

    def standing(self, connection: sa.Connection, episode_id: int) -> Standing | None:
        """How the editing stands; None where nobody has opened the editor."""
        table = schema.transcript
        row = connection.execute(sa.select(table).where(table.c.episode_id == episode_id)).first()
        return None if row is None else Standing(row.rev, row.version, row.next_line, row.settled)

    def begin(self, connection: sa.Connection, episode_id: int, next_line: int) -> None:
        """Begins to keep count."""
        values = {"rev": 0, "version": 1, "next_line": next_line, "settled": 0}
        connection.execute(sa.insert(schema.transcript).values(episode_id=episode_id, **values))

    def put_standing(self, connection: sa.Connection, episode_id: int, now: datetime, standing: Standing) -> None:
        """Keeps how the editing stands."""
        table = schema.transcript
        values = {
            "rev": standing.rev,
            "version": standing.version,
            "next_line": standing.next_line,
            "settled": standing.settled,
            "edited": now,
        }
        connection.execute(sa.update(table).where(table.c.episode_id == episode_id).values(values))

    def settled(self, connection: sa.Connection, episode_id: int, rev: int) -> None:
        """Says that all tags and moments are made of a revision."""
        table = schema.transcript
        which = (table.c.episode_id == episode_id) & (table.c.settled < rev)
        connection.execute(sa.update(table).where(which).values(settled=rev))

    def unsettled(self, connection: sa.Connection, before: datetime) -> tuple[str, ...]:
        """The slugs of episodes whose tags are to be made anew, and that nobody has changed since a time."""
        table, episode = schema.transcript, schema.episode
        query = (
            sa.select(episode.c.slug)
            .join(table, table.c.episode_id == episode.c.id)
            .where(table.c.settled < table.c.rev, table.c.edited <= before)
        )
        return tuple(connection.execute(query.order_by(table.c.edited)).scalars())

    # ---- lines

    def light(self, connection: sa.Connection, episode_id: int, labels: Mapping[str, str]) -> list[Line]:
        """All lines in order, without their words.

        Args:
            connection: the caller's.
            episode_id: of the episode.
            labels: of voices, by their names.
        """
        table = schema.segment
        # As text: nearly all hold nothing, and reading that as JSON would take half of the time.
        texts = [sa.type_coerce(c, sa.Text).label(c.name) for c in (table.c.flags, table.c.made)]
        columns = [c for c in table.c if c.name not in ("words", "flags", "made")]
        query = sa.select(*columns, *texts).where(table.c.episode_id == episode_id).order_by(table.c.idx)
        return [_line(row, labels) for row in connection.execute(query)]

    def whole(
        self, connection: sa.Connection, episode_id: int, labels: Mapping[str, str], ids: Sequence[int] | None = None
    ) -> dict[int, Line]:
        """Some lines with their words, by their numbers; all where None."""
        table = schema.segment
        query = sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.idx)
        if ids is not None:
            wanted = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
            query = query.where(table.c.line.in_(sa.select(wanted.c.value)))
        rows = connection.execute(query)
        return {row.line: replace(_line(row, labels), words=tuple(Word(*w) for w in row.words)) for row in rows}

    def delete(self, connection: sa.Connection, episode_id: int, ids: Sequence[int]) -> None:
        """Takes lines out."""
        table = schema.segment
        gone = [{"b_episode": episode_id, "b_line": i} for i in ids]
        which = (table.c.episode_id == sa.bindparam("b_episode")) & (table.c.line == sa.bindparam("b_line"))
        if gone:
            connection.execute(sa.delete(table).where(which), gone)

    def clear(self, connection: sa.Connection, episode_id: int) -> None:
        """Takes all lines out, for others to come."""
        connection.execute(sa.delete(schema.segment).where(schema.segment.c.episode_id == episode_id))

    def insert(
        self,
        connection: sa.Connection,
        episode_id: int,
        lines: Sequence[Line],
        names: Mapping[str, str],
        turn: int = -1,
    ) -> None:
        """Puts new lines in, with their words."""
        if lines:
            rows = [
                {"episode_id": episode_id, "turn_idx": turn, "line": x.id, "words": _words(x), **_values(x, names)}
                for x in lines
            ]
            connection.execute(sa.insert(schema.segment), rows)

    def update(
        self, connection: sa.Connection, episode_id: int, lines: Sequence[Line], names: Mapping[str, str], words: bool
    ) -> None:
        """Changes lines; their words only where asked."""
        if not lines:
            return
        table = schema.segment
        which = (table.c.episode_id == episode_id) & (table.c.line == sa.bindparam("b_line"))
        rows = [{"b_line": x.id, **_values(x, names), **({"words": _words(x)} if words else {})} for x in lines]
        values: dict[str, Any] = {name: sa.bindparam(name) for name in rows[0] if name != "b_line"}
        connection.execute(sa.update(table).where(which).values(values), rows)

    def put_turns_of(self, connection: sa.Connection, episode_id: int, turns: Mapping[int, int]) -> None:
        """Says in which turn lines are, by their numbers."""
        table = schema.segment
        which = (table.c.episode_id == episode_id) & (table.c.line == sa.bindparam("b_line"))
        rows = [{"b_line": line, "turn_idx": turn} for line, turn in turns.items()]
        if rows:
            connection.execute(sa.update(table).where(which).values(turn_idx=sa.bindparam("turn_idx")), rows)

    def shift_turns(self, connection: sa.Connection, episode_id: int, from_turn: int, shift: int) -> None:
        """Adds to the numbers of turns from one on, those of their lines as well."""
        turn, segment = schema.turn, schema.segment
        later = (turn.c.episode_id == episode_id) & (turn.c.idx >= from_turn)
        below = (turn.c.episode_id == episode_id) & (turn.c.idx < 0)
        # In two steps: for a moment two turns would have the same number.
        connection.execute(sa.update(turn).where(later).values(idx=-1 - turn.c.idx - shift))
        connection.execute(sa.update(turn).where(below).values(idx=-1 - turn.c.idx))
        lines = (segment.c.episode_id == episode_id) & (segment.c.turn_idx >= from_turn)
        connection.execute(sa.update(segment).where(lines).values(turn_idx=segment.c.turn_idx + shift))

    def turns(self, connection: sa.Connection, episode_id: int, between: tuple[int, int] | None = None) -> list[Turn]:
        """Turns in order, without their words: all, or those from one number up to another one."""
        c = schema.turn.c
        query = sa.select(c.idx, c.speaker, c.role, c.start_s, c.end_s, c.text).where(c.episode_id == episode_id)
        if between is not None:
            query = query.where(c.idx.between(*between))
        rows = connection.execute(query.order_by(c.idx))
        return [Turn(r.idx, r.speaker, Role(r.role), r.start_s, r.end_s, r.text) for r in rows]

    def turns_of(self, connection: sa.Connection, episode_id: int, ids: Sequence[int]) -> tuple[int, ...]:
        """The numbers of the turns in which some lines are, each once."""
        c = schema.segment.c
        query = sa.select(c.turn_idx).where(c.episode_id == episode_id, c.line.in_(ids)).distinct()
        return tuple(connection.execute(query.order_by(c.turn_idx)).scalars())

    def said_in(self, connection: sa.Connection, episode_id: int, turn: int) -> list[tuple[str, tuple[Word, ...]]]:
        """Texts and words of the lines of a turn, in order."""
        c = schema.segment.c
        query = sa.select(c.text, c.words).where(c.episode_id == episode_id, c.turn_idx == turn).order_by(c.idx)
        return [(r.text, tuple(Word(*w) for w in r.words)) for r in connection.execute(query)]

    def rename(self, connection: sa.Connection, episode_id: int, names: Mapping[str, str]) -> None:
        """Gives voices other names wherever they stand, by the names before."""
        changed = {old: new for old, new in names.items() if old != new}
        if not changed:
            return
        moment = schema.moment
        for column in (
            schema.segment.c.speaker,
            schema.turn.c.speaker,
            moment.c.validating_speaker,
            moment.c.validated_speaker,
        ):
            table: Any = column.table
            which = (table.c.episode_id == episode_id) & column.in_(list(changed))
            # All at once, so that two voices can change their names with each other.
            connection.execute(sa.update(table).where(which).values({column: sa.case(changed, value=column)}))

    def put_roles(self, connection: sa.Connection, episode_id: int, roles: Mapping[str, Role]) -> None:
        """Gives turns other roles, by the names of their voices."""
        table = schema.turn
        for name, role in roles.items():
            which = (table.c.episode_id == episode_id) & (table.c.speaker == name)
            connection.execute(sa.update(table).where(which).values(role=role))

    # ---- history

    def keep_edit(self, connection: sa.Connection, episode_id: int, version: int, edit: Kept) -> None:
        """Keeps a change; what was undone before it cannot be done again any more."""
        table = schema.transcript_edit
        undone = (table.c.episode_id == episode_id) & (table.c.version == version) & table.c.undone
        connection.execute(sa.delete(table).where(undone))
        connection.execute(
            sa.insert(table).values(
                episode_id=episode_id,
                version=version,
                rev=edit.step.rev,
                made=edit.step.made,
                by=edit.step.by,
                what=edit.step.what,
                undone=False,
                lines=[list(one) for one in edit.lines],
                voices=None if edit.voices is None else [_voices_to_json(v) for v in edit.voices],
            )
        )

    def edit(self, connection: sa.Connection, episode_id: int, version: int, *, undone: bool) -> Kept | None:
        """The last change that is done, or the first one that was undone."""
        table = schema.transcript_edit
        which = (table.c.episode_id == episode_id) & (table.c.version == version) & (table.c.undone == undone)
        order = table.c.id if undone else table.c.id.desc()
        row = connection.execute(sa.select(table).where(which).order_by(order).limit(1)).first()
        return None if row is None else _kept(row)

    def edits(self, connection: sa.Connection, episode_id: int, version: int, what: str) -> tuple[Kept, ...]:
        """The changes of a kind that are done, the oldest first."""
        table = schema.transcript_edit
        which = (table.c.episode_id == episode_id) & (table.c.version == version) & ~table.c.undone
        rows = connection.execute(sa.select(table).where(which, table.c.what == what).order_by(table.c.id))
        return tuple(_kept(row) for row in rows)

    def mark_edit(self, connection: sa.Connection, edit_id: int, rev: int, *, undone: bool) -> None:
        """Says that a change was undone, or done again."""
        table = schema.transcript_edit
        connection.execute(sa.update(table).where(table.c.id == edit_id).values(undone=undone, rev=rev))

    def step_of(self, connection: sa.Connection, episode_id: int, rev: int) -> Step | None:
        """Who made a revision."""
        table = schema.transcript_edit
        which = (table.c.episode_id == episode_id) & (table.c.rev == rev)
        row = connection.execute(sa.select(table).where(which).order_by(table.c.id.desc()).limit(1)).first()
        return None if row is None else _kept(row).step

    # ---- versions

    def put_version(self, connection: sa.Connection, episode_id: int, version: Version, whole: Whole) -> None:
        """Keeps a new version, or puts one that is there aside as it is now."""
        table = schema.transcript_version
        values = {
            "made": version.made,
            "by": version.by,
            "source": version.source,
            "options": version.options,
            "note": version.note,
            "lines": len(whole.lines),
            "edits": sum(x.made is not None for x in whole.lines),
            "content": _packed(whole),
        }
        which = (table.c.episode_id == episode_id) & (table.c.number == version.number)
        changed = connection.execute(sa.update(table).where(which).values(values))
        if not changed.rowcount:
            connection.execute(sa.insert(table).values(episode_id=episode_id, number=version.number, **values))

    def versions(self, connection: sa.Connection, episode_id: int, current: int) -> tuple[Version, ...]:
        """All versions of an episode, the oldest first; how many edits the current one has is counted now."""
        table, segment = schema.transcript_version, schema.segment
        columns = [c for c in table.c if c is not table.c.content]
        rows = connection.execute(sa.select(*columns).where(table.c.episode_id == episode_id).order_by(table.c.number))
        count = sa.select(sa.func.count(), sa.func.count(segment.c.made)).where(segment.c.episode_id == episode_id)
        lines, edits = connection.execute(count).one()
        found = []
        for row in rows:
            now = row.number == current
            found.append(
                Version(
                    number=row.number,
                    made=row.made,
                    by=row.by,
                    source=Source(row.source),
                    options=row.options,
                    note=row.note,
                    lines=lines if now else row.lines,
                    edits=edits if now else row.edits,
                    current=now,
                )
            )
        return tuple(found)

    def content(self, connection: sa.Connection, episode_id: int, number: int) -> Whole | None:
        """A version as it was when it was last put aside."""
        table = schema.transcript_version
        which = (table.c.episode_id == episode_id) & (table.c.number == number)
        packed = connection.execute(sa.select(table.c.content).where(which)).scalar()
        return None if packed is None else _unpacked(packed)


# ---- as they are kept


def line_to_json(line: Line) -> Fields:
    """A line's fields, but for its number and revision."""
    return {
        "place": line.place,
        "voice": line.voice,
        "start_s": line.start_s,
        "end_s": line.end_s,
        "text": line.text,
        "words": _words(line),
        "flags": list(line.flags),
        "speaker_confidence": line.speaker_confidence,
        "made": _made_to_json(line.made),
        "looked": line.looked,
    }


def with_fields(line: Line, fields: Fields) -> Line:
    """A line with some fields as they were kept."""
    values = dict(fields)
    if "words" in values:
        values["words"] = tuple(Word(*w) for w in values["words"])
    if "flags" in values:
        values["flags"] = tuple(Flag(f) for f in values["flags"])
    if "made" in values:
        values["made"] = _made_from_json(values["made"])
    return replace(line, **values)


def line_from_json(line_id: int, fields: Fields) -> Line:
    """A whole line as it was kept."""
    return with_fields(Line(line_id, 0, None, 0.0, 0.0, ""), fields)


def _words(line: Line) -> list[list[Any]]:
    return [[w.start_s, w.end_s, w.text, w.probability] for w in line.words]


def _made_to_json(made: Made | None) -> list[Any] | None:
    return None if made is None else [made.text, made.voice, made.start_s, made.end_s]


def _made_from_json(row: Any) -> Made | None:
    return None if row is None else Made(*row)


def _values(line: Line, names: Mapping[str, str]) -> Fields:
    return {
        "idx": line.place,
        "speaker": None if line.voice is None else names.get(line.voice, line.voice),
        "start_s": line.start_s,
        "end_s": line.end_s,
        "text": line.text,
        "flags": list(line.flags),
        "speaker_confidence": line.speaker_confidence,
        "rev": line.rev,
        "made": _made_to_json(line.made),
        "looked": line.looked,
    }


def _read(value: Any) -> Any:
    """JSON that may not be read yet."""
    return (() if value == "[]" else json.loads(value)) if isinstance(value, str) else value


def _line(row: Any, labels: Mapping[str, str]) -> Line:
    return Line(
        id=row.line,
        place=row.idx,
        voice=None if row.speaker is None else labels.get(row.speaker, row.speaker),
        start_s=row.start_s,
        end_s=row.end_s,
        text=row.text,
        flags=tuple(Flag(f) for f in _read(row.flags)),
        speaker_confidence=row.speaker_confidence,
        rev=row.rev,
        made=_made_from_json(_read(row.made)),
        looked=row.looked,
    )


def _voices_to_json(voices: Sequence[Voice]) -> list[list[Any]]:
    return [[v.label, v.name, v.role, v.confirmed] for v in voices]


def _voices_from_json(rows: Sequence[Any]) -> tuple[Voice, ...]:
    return tuple(Voice(label, name, Role(role), confirmed) for label, name, role, confirmed in rows)


def _kept(row: Any) -> Kept:
    lines = tuple((line, before, after) for line, before, after in row.lines)
    step = Step(row.rev, row.what, row.by, row.made, tuple(line for line, *_ in lines[:_SHOWN_LINES]))
    voices = None
    if row.voices is not None:
        before, after = row.voices
        voices = (_voices_from_json(before), _voices_from_json(after))
    return Kept(row.id, step, lines, voices)


def _packed(whole: Whole) -> bytes:
    rows = {
        "voices": _voices_to_json(whole.voices),
        "lines": [[x.id, x.rev, line_to_json(x)] for x in whole.lines],
    }
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)


def _unpacked(packed: bytes) -> Whole:
    rows = json.loads(zlib.decompress(packed))
    lines = tuple(replace(line_from_json(i, fields), rev=rev) for i, rev, fields in rows["lines"])
    return Whole(lines, _voices_from_json(rows["voices"]))
