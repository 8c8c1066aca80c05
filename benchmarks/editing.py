"""How fast a transcript of three hours opens and saves: the site's own routes over 2,500 lines, in one process."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table

from companion.config import Settings
from tests import long_library
from tests.host_client import HostClient, host_client
from tests.small_site import site

SAVES = 200
AT = f"/host/episodes/{long_library.SLUG}/transcript"
SEED = 8


def run(saves: int = SAVES) -> list[Table]:
    """Opens the long episode and changes lines here and there.

    Args:
        saves: how many lines are saved; of the other changes a quarter as many are made.
    """
    table = Table(title=f"Editing three hours, {long_library.SEGMENTS} lines (load {os.getloadavg()[0]:.1f})")
    for name in ("what", "how often", "p50 ms", "p95 ms", "slowest ms", "processor p95 ms"):
        table.add_column(name, justify="left" if name == "what" else "right")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long_library.build(Settings.load(folder / "library", {}), folder)
        with site(folder / "library") as app:
            host = host_client(app)
            table.add_row("all lines, the first time", *_timed(1, lambda: lambda: _read(host)))
            table.add_row("all lines", *_timed(20, lambda: lambda: _read(host)))
            chance = random.Random(SEED)
            table.add_row("save a line", *_timed(saves, _saving(host, chance)))
            table.add_row("another voice", *_timed(saves // 4, _voicing(host, chance)))
            table.add_row("split a line", *_timed(saves // 4, _splitting(host, chance)))
            table.add_row("undo", *_timed(saves // 4, _undoing(host)))
            door = app.extensions["companion"].host
            table.add_row("tags and moments anew", *_timed(1, lambda: lambda: door.editing.settle(long_library.SLUG)))
    return [table]


def _timed(times: int, prepare: Callable[[], Callable[[], object]]) -> list[str]:
    """Times what is prepared again and again."""
    clock, processor = [], []
    for _ in range(times):
        prepared = prepare()
        began_s, worked_s = time.perf_counter(), time.process_time()
        prepared()
        clock.append((time.perf_counter() - began_s) * 1000)
        processor.append((time.process_time() - worked_s) * 1000)
    clock.sort()
    processor.sort()
    return [str(times), *(f"{_at(clock, share):.0f}" for share in (0.5, 0.95, 1.0)), f"{_at(processor, 0.95):.0f}"]


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _read(host: HostClient) -> Any:
    answer = host.send("GET", f"{AT}/lines")
    assert answer.status_code == 200, answer.text
    return answer.json


def _send(host: HostClient, path: str, **values: object) -> None:
    answer = host.send("POST", AT + path, json=values)
    assert answer.status_code == 200, answer.text


def _a_line(host: HostClient, chance: random.Random) -> list[Any]:
    rows: list[list[Any]] = [row for row in _read(host)["lines"] if len(row[4].split()) > 5]
    return chance.choice(rows)


def _saving(host: HostClient, chance: random.Random) -> Callable[[], Callable[[], None]]:
    def prepare() -> Callable[[], None]:
        row = _a_line(host, chance)
        words = row[4].split()
        words[chance.randrange(len(words))] = chance.choice(["lonely", "door,", "Jonas", "perhaps we"])
        return lambda: _send(host, f"/lines/{row[0]}/text", text=" ".join(words), seen=row[5])

    return prepare


def _voicing(host: HostClient, chance: random.Random) -> Callable[[], Callable[[], None]]:
    def prepare() -> Callable[[], None]:
        row = _a_line(host, chance)
        return lambda: _send(host, f"/lines/{row[0]}/speaker", voice=("Jonas", "Mara")[row[3]], seen=row[5])

    return prepare


def _splitting(host: HostClient, chance: random.Random) -> Callable[[], Callable[[], None]]:
    def prepare() -> Callable[[], None]:
        row = _a_line(host, chance)
        voice = ("Jonas", "Mara")[row[3]]
        return lambda: _send(host, f"/lines/{row[0]}/split", at=len(row[4]) // 2, seen=row[5], voice=voice)

    return prepare


def _undoing(host: HostClient) -> Callable[[], Callable[[], None]]:
    def prepare() -> Callable[[], None]:
        rev = _read(host)["rev"]
        return lambda: _send(host, "/undo", rev=rev)

    return prepare
