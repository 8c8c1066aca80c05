"""Twenty `kill -9` at random moments of adding a twenty-minute file: the same result, and what was done twice?"""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.table import Table

from benchmarks.speed import show_sound, write_wav
from companion.config import Settings
from companion.core import Companion

KILLS = 20
LENGTH_S = 1200
LEAST_S, MOST_S = 1.0, 12.0  # from a worker's start to its end: decoding alone takes about 7 s and begins anew


def run() -> list[Table]:
    """Adds the file once undisturbed and once with the kills, and compares."""
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "a.wav"
        write_wav(audio, show_sound(), LENGTH_S)
        homes = {name: Path(folder) / name for name in ("undisturbed", "killed")}
        for home in homes.values():
            _companion(home, "add", str(audio), "--speakers", "3", "--model", "bundled", "--no-wait")
        chunks = len(set(_started(_companion(homes["undisturbed"], "-v", "work", "--until-done"))))
        dice, started, kills = random.Random(2026), [], 0
        while kills < KILLS:
            log, killed = _work_and_kill(homes["killed"], dice.uniform(LEAST_S, MOST_S))
            started += _started(log)
            if not killed:
                break
            kills += 1
        started += _started(_companion(homes["killed"], "-v", "work", "--until-done"))
        before, after = (_what_is_there(home) for home in homes.values())
    table = Table(title=f"{KILLS} kills of a worker on {LENGTH_S // 60} minutes of speech")
    for name in ("chunks", "kills", "chunks begun in all", "done again", "same result"):
        table.add_column(name, justify="right")
    again = len(started) - len(set(started))
    table.add_row(str(chunks), str(kills), str(len(started)), str(again), "yes" if before == after else "NO")
    return [table]


def _companion(home: Path, *args: str) -> str:
    command = [sys.executable, "-m", "companion", "--home", str(home), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr


def _work_and_kill(home: Path, seconds: float) -> tuple[str, bool]:
    command = [sys.executable, "-m", "companion", "--home", str(home), "-v", "work", "--until-done"]
    worker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        return worker.communicate(timeout=seconds)[1], False
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGKILL)
        return worker.communicate()[1], True


def _started(log: str) -> list[str]:
    return re.findall(r"recognising (chunk \d+ of \w+)", log)


def _what_is_there(home: Path) -> object:
    with Companion.open(Settings.load(home, {})) as library:
        (episode,) = library.episodes()
        moments = library.moments(episode_slug=episode.slug)
        return library.turns(episode.slug), library.voices(episode.slug), moments, episode.playback_sha256
