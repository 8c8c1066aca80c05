"""What a check says: findings, each by a rule, with its place and a sentence that says what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from companion.feed.tree import Node


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"  # against a specification: some app or directory refuses it or reads it wrongly
    WARNING = "warning"  # allowed, and less than it could be


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    rule: str  # its name in `companion.feed.rulebook.RULES`
    severity: Severity
    place: str  # "the feed", "the show", or the episode with its number and title
    line: int | None  # of the file; None where it is no matter of a line
    sentence: str


SHOW = "the show"
FEED = "the feed"
_TITLE_CHARS = 60


class Notes:
    """Collects findings."""

    def __init__(self, rules: dict[str, tuple[Severity, str]]) -> None:
        self._rules = rules
        self.found: list[Finding] = []

    def add(self, rule: str, place: str, node: Node | int | None, sentence: str) -> None:
        """Notes a finding.

        Args:
            rule: its name.
            place: where, in words.
            node: the element, or the line.
            sentence: what is wrong and what to do.
        """
        line = node.line if isinstance(node, Node) else node
        self.found.append(Finding(rule, self._rules[rule][0], place, line, sentence))


def place_of(number: int, title: str) -> str:
    """How an episode is named.

    Args:
        number: in the document, from 1.
        title: as the feed has it.
    """
    title = " ".join(title.split())
    if len(title) > _TITLE_CHARS:
        title = title[: _TITLE_CHARS - 1] + "…"
    return f"episode {number} in the file, “{title}”" if title else f"episode {number} in the file"
