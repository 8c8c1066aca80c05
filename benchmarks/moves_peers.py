"""How the tagger does on the Lend-an-Ear spans, which it was not made for.

    python -m benchmarks.moves_peers ../shared/moments/lend_an_ear_spans.jsonl

Each span was quoted by a layperson as showing one code to some degree (1 to 5). It is talk between strangers, the spans
are often parts of sentences, and one span may well show codes that nobody quoted it for: the figures are lower bounds
on precision, and useful only against those of another tagger on the same file.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from companion.moves import tag_turn
from companion.types import Tag, TurnTags

CODES = {
    "validating_emotions": (Tag.VALIDATION,),
    "validating_emotions or understanding": (Tag.VALIDATION, Tag.EMPATHY),
    "encouraging_elaboration": (Tag.CURIOSITY, Tag.TURN_GIVING),
    "advice_giving": (Tag.FIXING,),
    "dismissing_emotions": (Tag.DISMISSING,),
}
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


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("Give the file of spans: python -m benchmarks.moves_peers lend_an_ear_spans.jsonl")
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    began_s = time.perf_counter()
    tags = [tag_turn(row["text"], (row["context"],)) for row in rows]
    took_s = time.perf_counter() - began_s
    table(rows, tags)
    print(f"{len(rows)} spans, {len(rows) / took_s:.0f} turns a second (tagged one by one, with one turn of context)")


if __name__ == "__main__":
    main()
