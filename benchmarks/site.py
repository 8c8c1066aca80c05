"""The site under load: 100 requests a second over 1,000 episodes with 10,000 moments; their times, and the memory."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
from rich.table import Table

from benchmarks import big_library
from benchmarks.big_library import Big
from companion.config import Settings
from companion.types import LEANING_IN

REQUESTS = 10_000  # of the mix, if nobody says otherwise
RATE_HZ = 100.0
EACH = 2000  # of each kind alone
THREADS = 48  # of the client: so many requests may be on their way at once
PAGES = 25  # of moments and places
PART_BYTES = 65_536
START_S = 60.0  # for the site to open
MEMORY_STEPS = 10  # how often memory is looked at during the mix
KINDS = {"home": 10, "moments": 35, "search": 20, "episode": 15, "audio": 20}  # with their share of the mix, in percent


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    kind: str
    address: str
    part: str = ""  # value of the Range header


@dataclass(frozen=True, slots=True)
class Took:
    """What one request took, counted from when it was due."""

    kind: str
    status: int  # 0: no answer
    first_ms: float
    all_ms: float


def run(requests: int = REQUESTS, rate_hz: float = RATE_HZ) -> list[Table]:
    """Measures each kind alone, then the mix.

    Args:
        requests: of the mix; 100,000 show whether memory stays flat.
        rate_hz: at which the mix is sent; each kind alone is always sent at `RATE_HZ`.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(Path(folder) / "library", {})
        begin_s = time.perf_counter()
        big = big_library.build(settings)
        print(f"library made in {time.perf_counter() - begin_s:.0f} s", file=sys.stderr)
        with serving(settings) as server:
            return [_each(server, big, RATE_HZ), *_mix(server, big, requests, rate_hz)]


@dataclass(frozen=True, slots=True)
class Server:
    """The site, running."""

    port: int
    process: psutil.Process

    @property
    def memory_mb(self) -> float:
        """Resident, in megabytes."""
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """`companion serve` over a library, until the end of the `with`."""
    command = [sys.executable, "-m", "companion", "--home", str(settings.home), "serve", "--no-worker", "--port", "0"]
    environment = {**os.environ, "COMPANION_RATE_LIMIT": "1000000 per second"}  # one address sends all of it
    # What it says goes to a file: a pipe that nobody reads would fill up and hold the server.
    with tempfile.TemporaryFile("w+") as said, subprocess.Popen(command, stderr=said, env=environment) as process:
        try:
            yield Server(_port(process, said), psutil.Process(process.pid))
        finally:
            process.terminate()


def _port(process: subprocess.Popen[bytes], said: IO[str]) -> int:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and process.poll() is None:
        said.seek(0)
        found = re.search(r"http://[^/]*:(\d+)/", said.read())
        if found is not None:
            return int(found.group(1))
        time.sleep(0.1)
    said.seek(0)
    raise RuntimeError(f"The site did not start. It said: {said.read()}")


def some(big: Big, kinds: Iterable[str], number: int, seed: int) -> list[Request]:
    """Requests of some kinds, by their share in the mix."""
    chance = random.Random(seed)
    names = list(kinds)
    chosen = chance.choices(names, [KINDS[k] for k in names], k=number)
    return [_request(big, kind, chance) for kind in chosen]


def send(server: Server, requests: Sequence[Request], rate_hz: float) -> tuple[list[Took], float]:
    """Sends requests from another process; returns what each took and how long all of it, in seconds."""
    command = [sys.executable, "-m", "benchmarks.load", "127.0.0.1", str(server.port), str(rate_hz), str(THREADS)]
    lines = "".join(f"{r.kind}\t{r.address}\t{r.part}\n" for r in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    first, *rest = done.stdout.splitlines()
    took = [Took(k, int(s), float(f), float(a)) for k, s, f, a in (line.split("\t") for line in rest)]
    return took, float(first)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _request(big: Big, kind: str, chance: random.Random) -> Request:
    if kind == "home":
        return Request(kind, "/")
    if kind == "moments":
        tag = chance.choice(sorted(LEANING_IN))
        page = chance.randint(1, PAGES)
        return Request(kind, f"/moments?tag={tag}" + (f"&page={page}" if page > 1 else ""))
    if kind == "search":
        words = chance.sample(big_library.words_to_look_for(), chance.randint(1, 2))
        return Request(kind, f"/search?q={quote(' '.join(words))}")
    if kind == "episode":
        return Request(kind, f"/episodes/{chance.choice(big.slugs)}")
    start = chance.randrange(max(1, big.audio_bytes - PART_BYTES))
    return Request("audio", f"/media/{big.audio}.mp3", f"bytes={start}-{start + PART_BYTES - 1}")


def _each(server: Server, big: Big, rate_hz: float) -> Table:
    table = _table(f"Each kind alone, {EACH} requests at {rate_hz:g} a second, warmed up by 50")
    for number, kind in enumerate(KINDS):
        send(server, some(big, [kind], 50, 1000 + number), 20.0)
        took, wall_s = send(server, some(big, [kind], EACH, number), rate_hz)
        _row(table, kind, took, wall_s)
    return table


def _mix(server: Server, big: Big, requests: int, rate_hz: float) -> list[Table]:
    memory = Table(title="Memory of the server during the mix")
    memory.add_column("requests", justify="right")
    memory.add_column("memory", justify="right")
    memory.add_row("0", f"{server.memory_mb:.1f} MB")
    everything: list[Took] = []
    wall_s = 0.0
    for step in range(MEMORY_STEPS):
        took, one_s = send(server, some(big, KINDS, requests // MEMORY_STEPS, 100 + step), rate_hz)
        everything += took
        wall_s += one_s
        memory.add_row(str(len(everything)), f"{server.memory_mb:.1f} MB")
    table = _table(f"All kinds mixed, {len(everything)} requests at {rate_hz:g} a second")
    for kind in KINDS:
        _row(table, kind, [t for t in everything if t.kind == kind], wall_s)
    _row(table, "all", everything, wall_s)
    return [table, memory]


def _table(title: str) -> Table:
    table = Table(title=title)
    for column in ("kind", "answered / s", "p50", "p95", "p99", "first byte p95", "errors", "load average"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    return table


def _row(table: Table, kind: str, took: Sequence[Took], wall_s: float) -> None:
    ms = [t.all_ms for t in took]
    table.add_row(
        kind,
        f"{len(took) / wall_s:.1f}",
        *(f"{percentile(ms, share):.1f} ms" for share in (0.5, 0.95, 0.99)),
        f"{percentile((t.first_ms for t in took), 0.95):.1f} ms",
        str(sum(t.status not in (200, 206) for t in took)),
        f"{os.getloadavg()[0]:.1f}",
    )
