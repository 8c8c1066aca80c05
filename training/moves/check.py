"""How the tagger does in whole conversations of our own: `python -m training.moves.check dev|check [--noise] [--show]`.

The dialogues are plain text, one turn a line: `Name(T|P) [tags] {bid 1 | reply 1 | end 1}: words`. What the marks mean
stands in the README beside this file. With `--noise` a fifth of the words is lost or misheard, and capitals and
punctuation are gone.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from companion.moments import LONGEST_S, find_moments
from companion.moves import tag_turns
from companion.types import Moment, Role, Tag, Turn, TurnTags

FOLDER = Path(__file__).parent / "dialogues"
WORDS_PER_S = 2.8
GAP_S = 0.5
NEAR_MISS = 0.5
ENOUGH = 0.5  # how much of a marked moment a found one must cover
JUDGED = ("validation", "ownership", "near_miss")  # the marks that were set on every turn
NOISE = 0.2
_LINE = re.compile(
    r"(?P<name>[^(]+)\((?P<role>[TP])\)\s*(?:\[(?P<tags>[^\]]*)\])?\s*(?:\{(?P<marks>[^}]*)\})?:\s*(?P<text>.+)"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A moment as the writer marked it."""

    start_s: float
    end_s: float
    validating: str
    validated: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation and what its writer heard in it."""

    name: str
    turns: tuple[Turn, ...]
    labels: tuple[frozenset[str], ...]
    moments: tuple[Marked, ...]


@dataclass(slots=True)
class Count:
    """Hits, false alarms and misses of one label."""

    hits: int = 0
    wrong: int = 0
    missed: int = 0

    def line(self, label: str) -> str:
        """A row of the table."""
        precision = self.hits / max(1, self.hits + self.wrong)
        recall = self.hits / max(1, self.hits + self.missed)
        f1 = 2 * self.hits / max(1, 2 * self.hits + self.wrong + self.missed)
        return f"{label:12} {self.hits + self.missed:4} {precision:9.2f} {recall:7.2f} {f1:6.2f}"


def misheard(text: str, seed: str) -> str:
    """The text as a poor recogniser would write it: a fifth of the words lost or taken for others, no punctuation."""
    chance = random.Random(seed)  # the same noise every time
    words = re.findall(r"[\w']+", text.lower())
    kept: list[str] = []
    for word in words:
        luck = chance.random()
        if luck < 0.4 * NOISE:
            continue
        kept.append(word[::-1] if luck < NOISE else word)
    return " ".join(kept) or "mm"


def read_dialogue(path: Path, noise: bool = False) -> Dialogue:
    """Read a dialogue.

    Args:
        path: the text file.
        noise: whether to mishear it.

    Returns:
        Its turns with times, and its marks.

    Raises:
        ValueError: a line is not of the form that the README describes.
    """
    turns: list[Turn] = []
    labels: list[frozenset[str]] = []
    marks: dict[tuple[str, str], int] = {}
    at_s = 0.0
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{path.name}: cannot read the line {line!r}.")
        k = len(turns)
        for mark in filter(None, (m.strip() for m in (found["marks"] or "").split("|"))):
            what, number = mark.split()
            marks[number, what] = k
        text = misheard(found["text"], f"{path.name} {k}") if noise else found["text"]
        end_s = at_s + len(found["text"].split()) / WORDS_PER_S
        role = Role.THERAPIST if found["role"] == "T" else Role.PARTNER
        turns.append(Turn(k, found["name"].strip(), role, at_s, end_s, text, ()))
        labels.append(frozenset((found["tags"] or "").split()))
        at_s = end_s + GAP_S
    return Dialogue(path.stem, tuple(turns), tuple(labels), tuple(_marked(turns, marks)))


def _marked(turns: Sequence[Turn], marks: dict[tuple[str, str], int]) -> list[Marked]:
    found: list[Marked] = []
    for number in sorted({number for number, _ in marks}):
        bid, reply = turns[marks[number, "bid"]], turns[marks[number, "reply"]]
        end_s = turns[marks.get((number, "end"), marks[number, "reply"])].end_s
        found.append(Marked(max(bid.start_s, end_s - LONGEST_S), end_s, reply.speaker or "", bid.speaker or ""))
    return found


def is_hit(found: Moment, marked: Marked) -> bool:
    """Whether a found moment is the marked one: the same two people, and at least half of it."""
    shared_s = min(found.end_s, marked.end_s) - max(found.start_s, marked.start_s)
    same = (found.validating_speaker, found.validated_speaker) == (marked.validating, marked.validated)
    return same and shared_s >= ENOUGH * (marked.end_s - marked.start_s)


def count(dialogues: Sequence[Dialogue], show: bool) -> dict[str, Count]:
    """Tag the dialogues and count what was found and what was not."""
    counts = {name: Count() for name in (*JUDGED, "moments")}
    for dialogue in dialogues:
        tags = tag_turns(dialogue.turns)
        for k, given in enumerate(tags):
            _count_turn(counts, dialogue, k, given, show)
        _count_moments(counts["moments"], dialogue, find_moments(dialogue.turns, tags), show)
    return counts


def _count_turn(counts: dict[str, Count], dialogue: Dialogue, k: int, given: TurnTags, show: bool) -> None:
    for name in JUDGED:
        said = given.near_miss >= NEAR_MISS if name == "near_miss" else given.score(Tag(name)) > 0.0
        meant = name in dialogue.labels[k]
        counts[name].hits += said and meant
        counts[name].wrong += said and not meant
        counts[name].missed += meant and not said
        if show and said != meant:
            turn = dialogue.turns[k]
            print(f"{dialogue.name} {k:2} {'wrong ' if said else 'missed'} {name}: {turn.speaker}: {turn.text}")


def _count_moments(counts: Count, dialogue: Dialogue, found: Sequence[Moment], show: bool) -> None:
    hit = [any(is_hit(f, m) for f in found) for m in dialogue.moments]
    right = [any(is_hit(f, m) for m in dialogue.moments) for f in found]
    counts.hits += sum(hit)
    counts.missed += len(hit) - sum(hit)
    counts.wrong += len(right) - sum(right)
    if show:
        for m, yes in zip(dialogue.moments, hit, strict=True):
            if not yes:
                print(f"{dialogue.name}    missed moment {m.start_s:.0f}-{m.end_s:.0f} {m.validating}")
        for f, yes in zip(found, right, strict=True):
            if not yes:
                print(f"{dialogue.name}    wrong  moment {f.start_s:.0f}-{f.end_s:.0f} {f.score} {f.quote!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How the tagger does in whole conversations of our own.")
    parser.add_argument("part", choices=["dev", "check"])
    parser.add_argument("--noise", action="store_true", help="mishear a fifth of the words")
    parser.add_argument("--show", action="store_true", help="print every mistake")
    given = parser.parse_args()
    dialogues = [read_dialogue(path, given.noise) for path in sorted((FOLDER / given.part).glob("*.txt"))]
    counts = count(dialogues, given.show)
    print(f"{len(dialogues)} dialogues, {sum(len(d.turns) for d in dialogues)} turns")
    print(f"{'label':12} {'n':>4} {'precision':>9} {'recall':>7} {'F1':>6}")
    for name, counted in counts.items():
        print(counted.line(name))


if __name__ == "__main__":
    main()
