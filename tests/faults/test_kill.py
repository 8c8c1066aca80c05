"""A worker that is killed at any moment loses at most the chunk in hand."""

import random
import re
import signal
import subprocess
import time
from pathlib import Path

from companion.config import Settings
from companion.core import Companion
from companion.types import EpisodeState
from tests.programs import command, companion
from tests.sounds import sound_of, write_wav

LENGTH_S = 100
KILLS = 4  # benchmarks/kills.py does twenty on twenty minutes


def test_a_killed_worker_goes_on_where_it_was(tmp_path: Path, show: Path) -> None:
    audio = write_wav(tmp_path / "a.wav", sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 0, LENGTH_S))
    for name in ("straight", "killed"):
        companion("add", audio, "--speakers", 3, "--model", "bundled", "--no-wait", home=tmp_path / name)
    companion("work", "--until-done", home=tmp_path / "straight")
    dice, starts = random.Random(7), []
    for _ in range(KILLS):
        starts += _work_and_kill(tmp_path / "killed", dice.uniform(1.5, 6))
    starts += _recognised(companion("-v", "work", "--until-done", home=tmp_path / "killed").stderr)
    straight, killed = (_what_is_there(tmp_path / name) for name in ("straight", "killed"))
    assert killed == straight
    assert len(starts) <= len(set(starts)) + KILLS


def _work_and_kill(home: Path, seconds: float) -> list[str]:
    worker = subprocess.Popen(command("-v", "work", "--until-done", home=home), stderr=subprocess.PIPE, text=True)
    try:
        _, said = worker.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGKILL)
        _, said = worker.communicate()
    return _recognised(said)


def _recognised(log: str) -> list[str]:
    return re.findall(r"recognising (chunk \d+ of \w+)", log)


def _what_is_there(home: Path) -> tuple[object, ...]:
    with Companion.open(Settings.load(home, {})) as library:
        episodes = library.episodes()
        assert [e.state for e in episodes] == [EpisodeState.READY]
        slug = episodes[0].slug
        return (
            library.turns(slug),
            library.voices(slug),
            [m.id for m in library.moments(episode_slug=slug).moments],
            episodes[0].playback_sha256,
            library.search("the").total,
        )


def test_only_one_worker_at_a_time(tmp_path: Path, show: Path) -> None:
    audio = write_wav(tmp_path / "a.wav", sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 0, 30))
    home = tmp_path / "library"
    first = subprocess.Popen(command("work", home=home))
    try:
        end = time.monotonic() + 30
        while not (home / "worker.lock").exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1.0)
        done = companion("add", audio, "--speakers", 3, "--model", "bundled", home=home)
        assert "Another companion works on this library" in " ".join(done.stderr.split())
    finally:
        first.kill()
        first.wait()
    with Companion.open(Settings.load(home, {})) as library:
        assert library.episodes()[0].state is EpisodeState.READY
        longest = max((w.text for t in library.turns("a") for w in t.turn.words), key=len)
    assert _holds(home, "library.db", longest)
    assert not _holds(home, "jobs.db", longest)  # what DBOS keeps is how far, never what was said


def _holds(home: Path, name: str, word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in home.glob(f"{name}*"))
