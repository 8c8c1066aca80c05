"""Twenty takes of four seconds from a virtual microphone: is each whole to its end, and is it what was spoken?"""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.table import Table

from benchmarks.show import EPISODES
from tests.sounds import sound_of, write_wav
from tests.virtual_microphone import take_program, virtual_microphone

TAKES, LENGTH_S = 20, 4.0


def run() -> list[Table]:
    """Records them in one process, one after the other."""
    with virtual_microphone() as microphone, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spoken = sound_of(EPISODES / "02-four-minutes" / "episode.mp3", 20, LENGTH_S + 2)
        takes = take_program(microphone, TAKES, LENGTH_S, write_wav(folder / "spoken.wav", spoken), folder)
    table = Table(title=f"{TAKES} takes of {LENGTH_S:g} s from a virtual microphone (PulseAudio, 48 kHz)")
    for heading in ("", "least", "most"):
        table.add_column(heading, justify="right" if heading else "left")
    for key, label, form in (
        ("s", "seconds", ".2f"),
        ("likeness", "correlation", ".3f"),
        ("arrived", "arrived", ".3f"),
    ):
        values = [take[key] for take in takes]
        table.add_row(label, f"{min(values):{form}}", f"{max(values):{form}}")
    return [table]
