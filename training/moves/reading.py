"""Reads the labelled dialogues and says what is wrong with them: `python -m training.moves.reading [FOLDER]`.

The form of a file and the meaning of every label and mark stand in `corpus/GUIDELINES.md`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from companion.errors import BadInputError
from companion.types import Role, Tag

CORPUS = Path(__file__).parent / "corpus"
PARTS = ("train", "dev", "test")
NEAR_MISS = "near_miss"
LABELS = frozenset({*(tag.value for tag in Tag), NEAR_MISS})
WITHIN = {"names_block": "vulnerability", "topic_change": "dismissing", "correcting": "defensiveness"}
LEANING_REPLY = frozenset({"validation", "empathy", "ownership", "care"})
ROLES = {"T": Role.THERAPIST, "P": Role.PARTNER, "H": Role.HOST, "U": Role.UNKNOWN}
STOCK = re.compile(
    r"makes? (?:\w+ )?sense|\bi (?:do )?(?:understand|get it|get that|hear you)|of course you|no wonder"
    r"|must(?:'ve| have) been"
)

_LINE = re.compile(
    r"(?P<name>[A-Z][\w' ]*)\((?P<role>[TPHU])\)"
    r"(?: \[(?P<labels>[^\]]+)\])?(?: \{(?P<marks>[^}]+)\})? ?: (?P<text>\S.*)"
)
_MARK = re.compile(
    r"(?P<part>bid|reply|end|mutual|parallel|parallel-end) (?P<number>\d+)(?: (?P<clarity>clear|subtle))?"
)
_WORDS = re.compile(r"[A-Za-z ,.'?!-]+")


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """One turn as it was written."""

    speaker: str
    role: Role
    text: str
    labels: frozenset[str]  # tags and near_miss
    doubtful: frozenset[str]  # those of the labels that one could argue about


@dataclass(frozen=True, slots=True)
class LabelledMoment:
    """A moment as it was marked; turns by index."""

    first: int
    reply: int
    last: int
    clear: bool
    mutual: bool


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A whole conversation."""

    name: str  # of the file, without its ending
    about: str  # its first line
    turns: tuple[LabelledTurn, ...]
    moments: tuple[LabelledMoment, ...]
    parallels: tuple[tuple[int, int], ...]  # first and last turn of stretches in which both turn away

    @property
    def couple(self) -> bool:
        """False where no two partners talk."""
        return "no couple" not in self.about


def read_dialogues(folder: Path) -> list[Dialogue]:
    """All dialogues of a folder, by name.

    Raises:
        BadInputError: a line cannot be read; the text says which and why.
    """
    return [read_dialogue(path) for path in sorted(folder.glob("*.txt"))]


def read_dialogue(path: Path) -> Dialogue:
    """One dialogue.

    Raises:
        BadInputError: a line cannot be read; the text says which and why.
    """
    about, turns, marks = "", [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            about = about or line.lstrip("# ")
        elif line.strip():
            try:
                turn, own = _turn(line.strip())
            except ValueError as error:
                raise BadInputError(f"{path}, line {number}: {error}") from error
            marks += [(len(turns), mark) for mark in own]
            turns.append(turn)
    try:
        moments, parallels = _moments(marks, turns)
    except ValueError as error:
        raise BadInputError(f"{path}: {error}") from error
    return Dialogue(path.stem, about, tuple(turns), moments, parallels)


def _turn(line: str) -> tuple[LabelledTurn, list[re.Match[str]]]:
    found = _LINE.fullmatch(line)
    if not found:
        raise ValueError(f"not a turn: {line[:60]!r}")
    if not _WORDS.fullmatch(found["text"]):
        raise ValueError(f"other characters than letters and , . ' ? ! -: {found['text'][:60]!r}")
    written = [label for label in re.split(r"[,\s]+", found["labels"] or "") if label]
    labels = frozenset(label.rstrip("?") for label in written)
    if unknown := labels - LABELS:
        raise ValueError(f"no such label: {', '.join(sorted(unknown))}")
    if missing := [outer for inner, outer in WITHIN.items() if inner in labels and outer not in labels]:
        raise ValueError(f"the label {missing[0]} is missing beside the one within it")
    parts = [part.strip() for part in (found["marks"] or "").split(",") if part.strip()]
    marks = [mark for part in parts if (mark := _MARK.fullmatch(part))]
    if len(marks) < len(parts):
        raise ValueError(f"not a mark in {found['marks']!r}")
    doubtful = frozenset(label.rstrip("?") for label in written if label.endswith("?"))
    return LabelledTurn(found["name"].strip(), ROLES[found["role"]], found["text"], labels, doubtful), marks


def _moments(
    marks: Sequence[tuple[int, re.Match[str]]], turns: Sequence[LabelledTurn]
) -> tuple[tuple[LabelledMoment, ...], tuple[tuple[int, int], ...]]:
    at = {(mark["part"], int(mark["number"])): (index, mark) for index, mark in marks}
    if len(at) < len(marks):
        raise ValueError("a mark stands twice with the same number")
    moments, parallels = [], []
    for number in sorted({n for part, n in at if not part.startswith("parallel")}):
        if ("bid", number) not in at or ("reply", number) not in at:
            raise ValueError(f"moment {number} needs a bid and a reply")
        first, (reply, mark) = at["bid", number][0], at["reply", number]
        last = at.get(("end", number), (reply, mark))[0]
        if not first < reply <= last:
            raise ValueError(f"the marks of moment {number} are not in order")
        if turns[first].speaker == turns[reply].speaker or turns[reply].role is not Role.PARTNER:
            raise ValueError(f"moment {number} is not from one partner to the other")
        if not mark["clarity"]:
            raise ValueError(f"reply {number} must say clear or subtle")
        if not turns[reply].labels & LEANING_REPLY:
            raise ValueError(f"reply {number} has no label of leaning in")
        moments.append(LabelledMoment(first, reply, last, mark["clarity"] == "clear", ("mutual", number) in at))
    for number in sorted({n for part, n in at if part == "parallel"}):
        if ("parallel-end", number) not in at:
            raise ValueError(f"parallel {number} has no end")
        parallels.append((at["parallel", number][0], at["parallel-end", number][0]))
    return tuple(moments), tuple(parallels)


# ---- what the set as a whole must have


def fourgrams(text: str) -> list[tuple[str, ...]]:
    """All runs of four words."""
    words = re.findall(r"[a-z']+", text.lower())
    return [tuple(words[i : i + 4]) for i in range(len(words) - 3)]


def repeated(dialogues: Iterable[Dialogue]) -> tuple[list[tuple[tuple[str, ...], int]], float]:
    """Runs of four words that stand in three and more dialogues, most first; and the share of turns that hold one."""
    held: dict[tuple[str, ...], set[str]] = {}
    turns = []
    for dialogue in dialogues:
        for turn in dialogue.turns:
            grams = fourgrams(turn.text)
            turns.append(grams)
            for gram in grams:
                held.setdefault(gram, set()).add(dialogue.name)
    often = {gram: len(names) for gram, names in held.items() if len(names) >= 3}
    share = sum(any(gram in often for gram in grams) for grams in turns) / max(1, len(turns))
    return sorted(often.items(), key=lambda item: -item[1]), share


def report(dialogues: Sequence[Dialogue]) -> str:
    """The counts that the guidelines ask for."""
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    counts = Counter(label for turn in turns for label in turn.labels)
    valid = [t for t in turns if "validation" in t.labels]
    plain = sum(not STOCK.search(t.text.lower()) for t in valid)
    near = counts[NEAR_MISS]
    moments = [m for d in dialogues for m in d.moments]
    often, share = repeated(dialogues)
    lines = [
        f"{len(dialogues)} dialogues, {sum(not d.couple for d in dialogues)} without a couple, {len(turns)} turns",
        ", ".join(f"{label} {counts[label]}" for label in sorted(LABELS)),
        f"doubtful labels: {sum(len(t.doubtful) for t in turns)}",
        f"validations without a stock phrase: {plain} of {len(valid)}",
        f"near misses among what looks like validation: {near} of {near + len(valid)}",
        f"moments: {len(moments)}, clear {sum(m.clear for m in moments)}, mutual {sum(m.mutual for m in moments)}; "
        f"parallel monologues: {sum(len(d.parallels) for d in dialogues)}",
        f"runs of four words in three and more dialogues: {len(often)}, in {100 * share:.1f} % of the turns; the most: "
        + ", ".join(f"{' '.join(gram)} ({count})" for gram, count in often[:12]),
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Prints the report of a folder, or of the whole corpus."""
    folders = [Path(argument) for argument in arguments] or [CORPUS / part for part in PARTS]
    try:
        print(report([dialogue for folder in folders for dialogue in read_dialogues(folder)]))
    except BadInputError as error:
        print(error.sentence, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
