"""Labelled turns as lines: what `companion tag --jsonl` reads, with `tags` and `near_miss` (docs/formats.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.errors import BadInputError, CaptionsError
from companion.learning.recipe import Reply, Talk
from companion.learning.samples import LabelledText
from companion.moves.decide import PARENTS
from companion.moves.model import NEAR_MISS
from companion.types import Decision, DecisionKind, Role, Tag

_HEARING = frozenset({Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Tag.CARE})  # what makes a reply one of a moment


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a file."""

    id: Any
    text: str
    context: tuple[str, ...]  # oldest first
    role: Role
    speaker: str | None
    conversation: str | None  # lines that share one belong together, in their order
    labels: frozenset[str] | None  # None where the line has no `tags`


def read_lines(source: Path, most_bytes: int, labelled: bool = False) -> list[Line]:
    """The turns of a file; empty lines are left out.

    Args:
        source: the file.
        most_bytes: larger ones are refused.
        labelled: whether there must be turns with `tags`, and no other ones but those that share a conversation.

    Raises:
        BadInputError: it cannot be read; the sentence names the line.
    """
    try:
        if source.stat().st_size > most_bytes:
            raise BadInputError(f"{source.name} is larger than {most_bytes} bytes. Split it.")
        text = source.read_text("utf-8")
    except OSError as error:
        raise BadInputError(f"{source.name} cannot be read ({error.strerror}). Look at its name.") from error
    except UnicodeDecodeError as error:
        raise CaptionsError(f"{source.name} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    found = []
    for number, raw in enumerate(text.split("\n"), 1):
        if raw.strip():
            line = line_of(raw, f"{source.name}, line {number}")
            if labelled and line.labels is None and line.conversation is None:
                raise BadInputError(
                    f"{source.name}, line {number} has no tags. Say what the turn does, or [] where it does nothing."
                )
            found.append(line)
    if labelled and not any(line.labels is not None for line in found):
        raise BadInputError(
            f"{source.name} has no line with tags. docs/formats.md says what a labelled turn looks like."
        )
    return found


def line_of(raw: str, where: str) -> Line:
    """One line.

    Args:
        raw: its text.
        where: what it is called in a sentence.

    Raises:
        BadInputError: it is no turn.
    """
    try:
        row = json.loads(raw)
    except json.JSONDecodeError as error:
        raise BadInputError(f"{where} is not JSON ({error.msg}). Each line is one object.") from error
    except RecursionError as error:
        raise BadInputError(f"{where} is nested too deeply. Each line is one object.") from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        raise BadInputError(f"{where} needs an id and a text.")
    context = row.get("context") or []
    turns = [context] if isinstance(context, str) else context
    if not isinstance(turns, list) or not all(isinstance(t, str) for t in turns):
        raise BadInputError(f"{where} has a context that is neither a text nor a list of texts.")
    role = row.get("role") or Role.UNKNOWN
    if role not in list(Role):
        raise BadInputError(f"{where} has the role {role!r}; the roles are {', '.join(Role)}.")
    speaker, conversation = row.get("speaker"), row.get("conversation")
    if not isinstance(speaker, str | None):
        raise BadInputError(f"{where} has a speaker that is not a name.")
    if not isinstance(conversation, str | int | None):
        raise BadInputError(f"{where} has a conversation that is neither a name nor a number.")
    name = None if conversation is None else str(conversation)
    return Line(row["id"], row["text"], tuple(turns), Role(role), speaker, name, _labels(row, where))


def _labels(row: dict[str, Any], where: str) -> frozenset[str] | None:
    if row.get("tags") is None:
        if "near_miss" in row:
            raise BadInputError(f"{where} says near_miss and no tags. Add tags, or [] where it does nothing else.")
        return None
    tags, near_miss = row["tags"], row.get("near_miss", False)
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadInputError(f"{where} has tags that are not a list of names.")
    unknown = [tag for tag in tags if tag not in list(Tag)]
    if unknown:
        raise BadInputError(f"{where} has the tag {unknown[0]!r}; the tags are {', '.join(Tag)}.")
    if not isinstance(near_miss, bool):
        raise BadInputError(f"{where} has a near_miss that is neither true nor false.")
    outer = {PARENTS[Tag(tag)].value for tag in tags if Tag(tag) in PARENTS}
    return frozenset({*tags, *outer, *([NEAR_MISS] if near_miss else [])})


def grouped(lines: Iterable[Line]) -> tuple[tuple[Talk, ...], tuple[Reply, ...]]:
    """Conversations, and labelled turns that stand alone."""
    talks: dict[str, list[LabelledText]] = {}
    replies = []
    for line in lines:
        if line.conversation is not None:
            said = LabelledText(line.speaker, line.role, line.text, line.labels)
            talks.setdefault(line.conversation, []).append(said)
        elif line.labels is not None:
            replies.append(Reply(str(line.id), line.text, line.context, line.role, line.labels))
    return tuple(Talk(name, tuple(said)) for name, said in talks.items()), tuple(replies)


def row_of(
    line_id: str,
    text: str,
    role: Role,
    labels: frozenset[str] | None,
    *,
    speaker: str | None = None,
    conversation: str | None = None,
    context: Sequence[str] = (),
) -> dict[str, Any]:
    """A turn as it is written into a line."""
    row: dict[str, Any] = {"id": line_id}
    if conversation is not None:
        row |= {"conversation": conversation, "speaker": speaker}
    row |= {"role": role.value, "text": text}
    if context:
        row["context"] = list(context)
    if labels is not None:
        row |= {"tags": [tag.value for tag in Tag if tag in labels], "near_miss": NEAR_MISS in labels}
    return row


def lines_of_decisions(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """The lines of decisions that are in force: their turns, of which the one that was decided on is labelled."""
    rows = []
    for decision in decisions:
        name = f"{decision.audio_sha256[:12]}-{decision.moment_id}"
        for k, turn in enumerate(decision.turns):
            before = [t.text for t in decision.turns[:k]]
            labels = labels_of(decision) if k == decision.reply else None
            rows.append(
                row_of(
                    f"{name}-{k}",
                    turn.text,
                    turn.role,
                    labels,
                    speaker=turn.speaker,
                    conversation=name,
                    context=before,
                )
            )
    return rows


def labels_of(decision: Decision) -> frozenset[str]:
    """What a decision says of its reply.

    Whoever rejects a moment, and says nothing of its tags, says that nobody is heard in it; what was suggested as
    validation only looked like it. The same goes for one that a person had found and thought better of.
    """
    tags = set(decision.tags)
    if decision.kind is DecisionKind.REJECT and (decision.tags == decision.suggested or not decision.suggested):
        tags -= _HEARING
    looked = (
        decision.kind is DecisionKind.REJECT and Tag.VALIDATION in decision.suggested and Tag.VALIDATION not in tags
    )
    outer = {PARENTS[tag] for tag in tags if tag in PARENTS}
    return frozenset({*(tag.value for tag in tags | outer), *([NEAR_MISS] if looked else [])})
