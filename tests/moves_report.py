"""How the tagger does on our own labelled turns: `python -m tests.moves_report` prints a table.

These turns were written by the people who wrote the cues, so the figures say whether the tagger does what was meant,
not how well it does on speech that nobody has seen.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from companion.moves import tag_turn
from companion.types import Role, Tag, TurnTags

EXAMPLES_FILE = Path(__file__).resolve().parents[1] / "training" / "moves" / "corpus" / "examples" / "plain.jsonl"
NEAR_MISS = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """A turn that a person labelled."""

    id: str
    text: str
    context: tuple[str, ...]
    role: Role
    tags: frozenset[Tag]
    near_miss: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one label."""

    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(1, 2 * self.hits + self.false_alarms + self.misses)


@cache
def load_examples() -> tuple[Example, ...]:
    rows = [json.loads(line) for line in EXAMPLES_FILE.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Example(
            r["id"], r["text"], tuple(r["context"]), Role(r["role"]), frozenset(map(Tag, r["tags"])), r["near_miss"]
        )
        for r in rows
    )


def labels_given(found: TurnTags) -> set[str]:
    return {t.tag.value for t in found.tags} | ({"near_miss"} if found.near_miss >= NEAR_MISS else set())


def labels_meant(example: Example) -> set[str]:
    return {t.value for t in example.tags} | ({"near_miss"} if example.near_miss else set())


@cache
def figures(examples: tuple[Example, ...]) -> dict[str, Figures]:
    pairs = [(labels_given(tag_turn(e.text, e.context, e.role)), labels_meant(e)) for e in examples]
    return {
        name: Figures(
            sum(name in given and name in meant for given, meant in pairs),
            sum(name in given and name not in meant for given, meant in pairs),
            sum(name not in given and name in meant for given, meant in pairs),
        )
        for name in [*(t.value for t in Tag), "near_miss"]
    }


def main() -> None:
    examples = load_examples()
    print(f"{len(examples)} turns\n{'label':15} {'n':>4} {'precision':>9} {'recall':>7} {'F1':>6}")
    for name, f in figures(examples).items():
        print(f"{name:15} {f.hits + f.misses:4} {f.precision:9.2f} {f.recall:7.2f} {f.f1:6.2f}")
    if "--misses" in sys.argv:
        for e in examples:
            given, meant = labels_given(tag_turn(e.text, e.context, e.role)), labels_meant(e)
            if given != meant:
                print(f"{e.id} {e.text!r}\n     missed {sorted(meant - given)}  wrong {sorted(given - meant)}")


if __name__ == "__main__":
    main()
