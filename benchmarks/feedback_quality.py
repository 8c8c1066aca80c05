"""How right feedback is about labelled replies: `python -m benchmarks.feedback_quality FILE [--errors]`.

FILE has a line for each reply: `{"id", "kind", "bid", "reply", "moves", "away": [{"kind", "quote"}], "worked", "try",
"feeling_named"}`; `kind` is good, away or mixed, `worked` and `try` list what may be said. Two kinds of turning away
with the same quote are either of them right.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from companion.feedback import give_feedback

Row = Mapping[str, Any]
KINDS = ("but", "fixing", "defending", "correcting", "own_story", "dismissing", "criticism", "withdrawing")


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a reply, without its sentences."""

    away: tuple[tuple[str, str], ...]  # kind, quote
    worked: str | None
    try_kind: str
    named: bool
    moves: tuple[str, ...] = ()


@dataclass(slots=True)
class Figures:
    """Counts over all replies."""

    replies: Counter[str] = field(default_factory=Counter)
    turned: Counter[str] = field(default_factory=Counter)  # by kind of reply: seen to turn away
    kinds_said: int = 0
    kinds_right: int = 0
    places: int = 0  # where replies turn away
    places_found: int = 0  # with the right kind
    quotes_right: int = 0  # of those, with words in common
    worked: int = 0  # replies in which something worked
    worked_right: int = 0
    none_worked: int = 0
    none_right: int = 0
    try_right: Counter[str] = field(default_factory=Counter)
    named_right: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    moves_said: Counter[str] = field(default_factory=Counter)
    moves_right: Counter[str] = field(default_factory=Counter)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All replies."""
        return sum(self.replies.values())

    @property
    def precision(self) -> float:
        """Of the replies that were seen to turn away, those that do."""
        return _share(self.turned["away"] + self.turned["mixed"], sum(self.turned.values()))

    @property
    def recall(self) -> float:
        """Of the replies that turn away, those in which it was seen."""
        return _share(self.turned["away"] + self.turned["mixed"], self.replies["away"] + self.replies["mixed"])

    @property
    def f1(self) -> float:
        """Of turning away, whatever the kind."""
        return _f1(self.precision, self.recall)

    @property
    def kind_f1(self) -> float:
        """Of turning away with the right kind, place by place."""
        return _f1(_share(self.kinds_right, self.kinds_said), _share(self.places_found, self.places))

    @property
    def accused(self) -> float:
        """Good replies of which a turn away was said."""
        return _share(self.turned["good"], self.replies["good"])

    @property
    def worked_share(self) -> float:
        """What worked is right, of the replies in which something does."""
        return _share(self.worked_right, self.worked)

    @property
    def try_share(self) -> float:
        """What to try is right."""
        return _share(sum(self.try_right.values()), self.total)

    @property
    def named_share(self) -> float:
        """Whether the feeling was named is right."""
        return _share(self.named_right, self.total)

    def add(self, row: Row, said: Said) -> None:
        """Count one reply."""
        self.replies[row["kind"]] += 1
        wanted = {away["kind"] for away in row["away"]}
        if said.away:
            self.turned[row["kind"]] += 1
        self._add_kinds(row, said, wanted)
        if row["worked"]:
            self.worked += 1
            self.worked_right += said.worked in row["worked"]
        else:
            self.none_worked += 1
            self.none_right += said.worked is None
        self.try_right[row["kind"]] += said.try_kind in row["try"]
        self.named_right += said.named == row["feeling_named"]
        self.moves.update(row["moves"])
        self.moves_said.update(said.moves)
        self.moves_right.update(set(said.moves) & set(row["moves"]))
        self._note(row, said, wanted)

    def _add_kinds(self, row: Row, said: Said, wanted: set[str]) -> None:
        self.kinds_said += len({kind for kind, _ in said.away})
        self.kinds_right += len({kind for kind, _ in said.away} & wanted)
        by_quote: dict[str, set[str]] = {}
        for away in row["away"]:
            by_quote.setdefault(away["quote"], set()).add(away["kind"])
        self.places += len(by_quote)
        for quote, kinds in by_quote.items():
            hits = [words for kind, words in said.away if kind in kinds]
            self.places_found += bool(hits)
            self.quotes_right += any(_shared(quote, words) for words in hits)
        if said.away and wanted:
            for kind in {kind for kind, _ in said.away} - wanted:
                self.confused[kind, "+".join(sorted(wanted))] += 1

    def _note(self, row: Row, said: Said, wanted: set[str]) -> None:
        wrong = []
        told = {kind for kind, _ in said.away}
        if bool(told) != bool(wanted):
            wrong.append(
                f"turns away: {', '.join(sorted(wanted)) or 'nowhere'}, said {', '.join(sorted(told)) or 'nowhere'}"
            )
        elif not told & wanted and wanted:
            wrong.append(f"kind: {', '.join(sorted(wanted))}, said {', '.join(sorted(told))}")
        if row["worked"] and said.worked not in row["worked"]:
            wrong.append(f"worked: {', '.join(row['worked'])}, said {said.worked}")
        if said.try_kind not in row["try"]:
            wrong.append(f"try: {', '.join(row['try'])}, said {said.try_kind}")
        if said.named != row["feeling_named"]:
            wrong.append(f"feeling named: {row['feeling_named']}")
        if wrong:
            self.errors.append(f"{row['id']} ({row['kind']}) {'; '.join(wrong)}\n    {row['reply']}")


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _shared(one: str, other: str) -> bool:
    """Whether at least half of the shorter quote stands in the other one."""
    a, b = one.lower().split(), other.lower().split()
    common = sum((Counter(a) & Counter(b)).values())
    return common >= 0.5 * min(len(a), len(b))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The labelled replies of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def said_of(row: Row) -> Said:
    """What is said about a reply."""
    found = give_feedback(row["reply"], row["bid"])
    return Said(
        tuple((away.kind.value, away.quote.text) for away in found.away),
        found.worked.tag.value if found.worked else None,
        found.try_next.kind.value if found.try_next else "none",
        found.feeling_named,
        tuple(dict.fromkeys(move.tag.value for move in found.moves)),
    )


def measure(rows: Sequence[Row]) -> Figures:
    """Feedback on every reply, counted."""
    figures = Figures()
    for row in rows:
        figures.add(row, said_of(row))
    return figures


def table(f: Figures) -> str:
    """The figures as a Markdown table."""
    good, away, mixed = (f.replies[kind] for kind in ("good", "away", "mixed"))
    lines = [
        f"{f.total} replies: {good} good, {away} that turn away, {mixed} mixed",
        "",
        "| | right | of | share |",
        "|---|---:|---:|---:|",
        f"| turning away is seen (recall) | {f.turned['away'] + f.turned['mixed']} | {away + mixed} | {f.recall:.3f} |",
        f"| … where it is said (precision) | {f.turned['away'] + f.turned['mixed']} | {sum(f.turned.values())} "
        f"| {f.precision:.3f} |",
        f"| **turning away, F1** | | | {f.f1:.3f} |",
        f"| … with the right kind: places found | {f.places_found} | {f.places} "
        f"| {_share(f.places_found, f.places):.3f} |",
        f"| … kinds that are right | {f.kinds_right} | {f.kinds_said} | {_share(f.kinds_right, f.kinds_said):.3f} |",
        f"| … F1 with the right kind | | | {f.kind_f1:.3f} |",
        f"| … their quotes | {f.quotes_right} | {f.places_found} | {_share(f.quotes_right, f.places_found):.3f} |",
        f"| **good replies accused** | {f.turned['good']} | {good} | {f.accused:.3f} |",
        f"| **what worked** | {f.worked_right} | {f.worked} | {f.worked_share:.3f} |",
        f"| … nothing did, and nothing is said | {f.none_right} | {f.none_worked} "
        f"| {_share(f.none_right, f.none_worked):.3f} |",
        f"| **what to try** | {sum(f.try_right.values())} | {f.total} | {f.try_share:.3f} |",
        *(
            f"| … in {kind} replies | {f.try_right[kind]} | {f.replies[kind]} "
            f"| {_share(f.try_right[kind], f.replies[kind]):.3f} |"
            for kind in ("good", "away", "mixed")
        ),
        f"| **feeling named** | {f.named_right} | {f.total} | {f.named_share:.3f} |",
        "",
        "| move | replies | said | right |",
        "|---|---:|---:|---:|",
        *(f"| {m} | {f.moves[m]} | {f.moves_said[m]} | {f.moves_right[m]} |" for m in sorted(f.moves | f.moves_said)),
        "",
        "| said | labelled | times |",
        "|---|---|---:|",
        *(f"| {said} | {wanted} | {times} |" for (said, wanted), times in f.confused.most_common(14)),
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Print the table of a file."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.feedback_quality", description=__doc__)
    top.add_argument("file", type=Path)
    top.add_argument("--errors", action="store_true", help="list every reply about which something is wrong")
    args = top.parse_args(arguments)
    figures = measure(read_rows(args.file))
    print(table(figures))
    if args.errors:
        print("\nErrors:\n" + "\n".join(figures.errors))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
