"""How the tagger does on Lend-an-Ear, which it was not made for and never learned from.

    python -m benchmarks.moves_peers ../shared/moments/lend_an_ear_spans.jsonl ../shared/moments/lend_an_ear_conv.jsonl

Conversations: experts rated from 1 to 5 how much a supporter validates emotions. One counts as validating from 3 on;
ours says so where a quarter of the supporter's turns or more carry validation or empathy (fixed before the first run).
Published F1 on the same question: language models 0.64 to 0.74, one expert against two others 0.40 to 0.56.

Spans: each was quoted by a layperson as showing one code to some degree (1 to 5). Strangers talk, the spans
are often parts of sentences, and a span may well show codes that nobody quoted it for: the figures are lower bounds
on precision, and useful only against those of another tagger on the same file.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from companion.learning import LabelledText, average_precision, turns_of
from companion.moves import tag_turn, tag_turns
from companion.types import Role, Tag, TurnTags

CODES = {
    "validating_emotions": (Tag.VALIDATION,),
    "validating_emotions or understanding": (Tag.VALIDATION, Tag.EMPATHY),
    "encouraging_elaboration": (Tag.CURIOSITY, Tag.TURN_GIVING),
    "advice_giving": (Tag.FIXING,),
    "dismissing_emotions": (Tag.DISMISSING,),
}
A_QUARTER = 0.25
CLEARLY = 3.0  # a rating from which the code counts as shown


def meant(code: str, row: dict[str, Any]) -> bool:
    labels = {"validating_emotions", "demonstrating_understanding"} if " or " in code else {code}
    return row["label"] in labels and row["score"] >= CLEARLY


def table(rows: Sequence[dict[str, Any]], tags: Sequence[TurnTags]) -> None:
    print(f"{'code':38} {'n':>4} {'precision':>9} {'recall':>7} {'F1':>6}")
    for code, names in CODES.items():
        given = [any(t.score(n) for n in names) for t in tags]
        wanted = [meant(code, row) for row in rows]
        both = sum(g and w for g, w in zip(given, wanted, strict=True))
        precision, recall = both / max(1, sum(given)), both / max(1, sum(wanted))
        f1 = 2 * both / max(1, sum(given) + sum(wanted))
        print(f"{code:38} {sum(wanted):4} {precision:9.2f} {recall:7.2f} {f1:6.2f}")


def share_that_hears(text: str) -> float:
    """The share of a supporter's turns that carry validation or empathy."""
    turns = [
        LabelledText("Supporter" if who.startswith("Supporter") else "Seeker", Role.PARTNER, said.strip(), None)
        for who, said in re.findall(r"^(Seeker|Supporter): ?(.*(?:\n(?!Seeker:|Supporter:).*)*)", text, re.MULTILINE)
    ]
    tags = tag_turns(turns_of(turns))
    given = [
        any(t.score(n) for n in (Tag.VALIDATION, Tag.EMPATHY))
        for turn, t in zip(turns, tags, strict=True)
        if turn.speaker == "Supporter"
    ]
    return sum(given) / max(1, len(given))


def conversations(rows: Sequence[dict[str, Any]]) -> None:
    shares = np.array([share_that_hears(row["text"]) for row in rows], np.float32)
    wanted = np.array([row["label"]["validating_emotions"] >= CLEARLY for row in rows])
    given = shares >= A_QUARTER
    both = int((given & wanted).sum())
    print(
        f"conversations: {len(rows)}, validating {wanted.sum()}, given {given.sum()}, right {both}: "
        f"F1 {2 * both / max(1, int(given.sum() + wanted.sum())):.2f}, average precision "
        f"{average_precision(shares, wanted):.2f}, always yes {2 * wanted.mean() / (1 + wanted.mean()):.2f}"
    )


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("Give the files of spans and of conversations: see the first lines of this program.")
    conversations([json.loads(line) for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()])
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    began_s = time.perf_counter()
    tags = [tag_turn(row["text"], (row["context"],)) for row in rows]
    took_s = time.perf_counter() - began_s
    table(rows, tags)
    print(f"{len(rows)} spans, {len(rows) / took_s:.0f} turns a second (tagged one by one, with one turn of context)")


if __name__ == "__main__":
    main()
