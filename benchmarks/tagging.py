"""How long the tagger takes for an hour of transcript, and how much memory: `python -m benchmarks tagging`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rich.table import Table

_PROGRAM = """
import resource, sys, time
from companion.learning import turns_of
from companion.moments import find_moments
from companion.moves import tag_turns
from companion.types import Word
from dataclasses import replace
from training.moves.reading import CORPUS, read_dialogues
from training.moves.train import said
turns, at_s = [], 0.0
for dialogue in read_dialogues(CORPUS / "train"):
    for turn in turns_of(said(dialogue)):
        words = turn.text.split()
        step_s = (turn.end_s - turn.start_s) / len(words)
        start_s = at_s + turn.start_s
        timed = tuple(Word(start_s + k * step_s, start_s + (k + 1) * step_s, w, 0.9) for k, w in enumerate(words))
        turns.append(replace(turn, index=len(turns), start_s=start_s, end_s=at_s + turn.end_s, words=timed))
    at_s = turns[-1].end_s
    if at_s >= 3600:
        break
before_s = time.process_time()
tag_turns(turns[:2])
loaded_s = time.process_time()
tags = tag_turns(turns)
tagged_s = time.process_time()
find_moments(turns, tags)
found_s = time.process_time()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(len(turns), at_s, loaded_s - before_s, tagged_s - loaded_s, found_s - tagged_s, memory)
"""


def run() -> list[Table]:
    """One process on one core."""
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, cwd=root)
    turns, length_s, load_s, tag_s, find_s, memory = map(float, done.stdout.split())
    table = Table("turns", "of speech", "load the model", "tag", "find moments", "peak memory", title="Tagging an hour")
    table.add_row(
        f"{turns:.0f}",
        f"{length_s / 60:.0f} min",
        f"{load_s:.2f} s",
        f"{tag_s:.2f} s",
        f"{find_s:.2f} s",
        f"{memory:.0f} MB",
    )
    return [table]
