"""The labelled replies from which feedback is learned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.feedback.model import ANY, NAMED
from companion.feedback.signs import ReplySigns, read_reply
from companion.learning import plain
from training.moves.reading import CORPUS

HERE = Path(__file__).parent
_KIND_OF = {
    "dismissing": "dismissing",
    "topic_change": "dismissing",
    "fixing": "fixing",
    "criticism": "criticism",
    "stonewalling": "withdrawing",
}
_MOVES = frozenset(
    ("validation", "empathy", "curiosity", "vulnerability", "names_block", "ownership", "care", "turn_giving")
)
_TAKES_BACK = frozenset(("but", "though", "although", "however", "still", "yet", "except"))
_PLAIN_EVERY = 3  # so many of the contrasts are read without punctuation, as a recogniser may write


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled reply as the model sees it."""

    group: str  # replies to one bid are drawn together
    signs: ReplySigns
    labels: frozenset[str]
    unknown: frozenset[str]  # labels of which nothing is known here
    marked: tuple[frozenset[str], ...] | None  # the turns away of each clause, where they were marked
    row: Mapping[str, Any]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def written(rows: Iterable[Mapping[str, Any]]) -> list[Sample]:
    """Replies with turns away marked in them (`replies.jsonl`)."""
    found = []
    for row in rows:
        signs = read_reply(row["reply"], row["bid"])
        labels = {away["kind"] for away in row["away"]} | set(row["moves"])
        labels |= {ANY} if row["away"] else set()
        labels |= {NAMED} if row["feeling_named"] else set()
        found.append(Sample(row["bid"], signs, frozenset(labels), frozenset(), _marked(signs, row), row))
    return found


def _marked(signs: ReplySigns, row: Mapping[str, Any]) -> tuple[frozenset[str], ...]:
    marks = []
    for clause in signs.clauses:
        kinds = set()
        for away in row["away"]:
            at = row["reply"].lower().find(away["quote"].lower())
            shared = min(clause.end_char, at + len(away["quote"])) - max(clause.start_char, at)
            if at >= 0 and shared > 0.5 * (clause.end_char - clause.start_char):
                kinds |= {away["kind"], ANY}
        marks.append(frozenset(kinds))
    return tuple(marks)


def contrasts() -> list[Sample]:
    """The tagger's contrast sets, their tags read as turns away."""
    found = []
    for path in sorted((CORPUS / "contrasts").glob("*.jsonl")):
        for number, row in enumerate(read_lines(path)):
            for place, reply in enumerate(row["replies"]):
                form = plain if (number + place) % _PLAIN_EVERY == 0 else str
                labels, unknown = _labels(set(reply["tags"]), reply["near_miss"], reply["text"])
                signs = read_reply(form(reply["text"]), form(row["bid"]))
                found.append(Sample(f"{path.stem}{number}", signs, labels, unknown, None, {}))
    return found


def _labels(tags: set[str], near_miss: bool, text: str) -> tuple[frozenset[str], frozenset[str]]:
    kinds = {_KIND_OF[tag] for tag in tags if tag in _KIND_OF}
    unknown = {"own_story", NAMED}
    if "correcting" in tags:
        kinds.add("correcting")
        unknown.add("defending")
    elif "defensiveness" in tags:
        kinds.add("defending")
    turns = any(word.strip(",.?!") in _TAKES_BACK for word in text.lower().split()[1:])
    if near_miss and turns:
        kinds.add("but")
    elif near_miss or (kinds and turns):
        unknown.add("but")
    if near_miss and not kinds:
        unknown.add("dismissing")
    labels = kinds | (tags & _MOVES) | ({ANY} if kinds or near_miss else set())
    return frozenset(labels), frozenset(unknown)
