"""`companion jobs`, with a real worker and the real recogniser."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.handing import JobState
from companion.types import EpisodeState
from tests.programs import command, companion, companion_json
from tests.sounds import sound_of, write_wav


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory, show: Path) -> Path:
    """A minute and a half of the sample show: several pieces."""
    folder = tmp_path_factory.mktemp("audio")
    return write_wav(folder / "lunch.wav", sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 0, 90))


@pytest.fixture
def home(tmp_path: Path, audio: Path) -> Path:
    companion("add", audio, "--speakers", 3, "--model", "bundled", "--no-wait", home=tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def door(home: Path) -> Iterator[Companion]:
    with Companion.open(Settings.load(home, {})) as opened:
        yield opened


def until(door: Companion, *states: JobState, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while door.desk.job("lunch").state not in states:
        assert time.monotonic() < end, door.desk.job("lunch")
        time.sleep(0.05)


def recognising(door: Companion) -> bool:
    job = door.desk.job("lunch")
    return job.progress.stage == "recognise" and job.progress.done >= 1


def test_a_job_is_stopped_while_it_is_recognised_and_taken_up_where_it_was(home: Path, door: Companion) -> None:
    worker = subprocess.Popen(command("-v", "work", home=home), stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while not recognising(door) and time.monotonic() < end:
            time.sleep(0.02)
        assert door.desk.job("lunch").left_s is not None
        assert door.desk.stop("lunch").state is JobState.STOPPING  # not by the command: that takes a second to start
        until(door, JobState.STOPPED)
        stage = door.desk.job("lunch").progress
        assert (stage.stage, stage.done >= 1, stage.done < stage.total) == ("recognise", True, True)
        assert "lunch: stopped" in companion("jobs", "stop", "lunch", home=home).stdout
        (listed,) = companion_json("jobs", "list", "--json", home=home)
        assert (listed["state"], listed["speakers"], listed["model"]) == ("stopped", 3, "bundled")
        assert "stopped" in companion("jobs", "list", home=home).stdout
        assert "lunch: waiting" in companion("jobs", "resume", "lunch", home=home).stdout
        until(door, JobState.DONE)
    finally:
        worker.kill()
        said = worker.communicate()[1]
    starts = [line.split("recognising ")[1] for line in said.splitlines() if "recognising chunk" in line]
    assert len(starts) == len(set(starts))  # no piece was recognised twice
    assert door.episode("lunch").state is EpisodeState.READY
    assert "0 jobs" in companion("jobs", "list", home=home).stdout
    assert "1 job." in companion("jobs", "list", "--all", home=home).stdout


def test_stopping_one_lets_the_next_one_go_on(home: Path, door: Companion, audio: Path, tmp_path: Path) -> None:
    other = write_wav(tmp_path / "other.wav", sound_of(audio, 20, 15))
    companion("add", other, "--speakers", 2, "--model", "bundled", "--no-wait", home=home)
    with subprocess.Popen(command("work", "--until-done", home=home)) as worker:
        until(door, JobState.WORKING)
        door.desk.stop("lunch")
        worker.wait(timeout=120)
    assert door.desk.job("lunch").state is JobState.STOPPED
    assert door.episode("other").state is EpisodeState.READY


def test_an_episode_is_taken_out_while_it_is_worked_on(home: Path, door: Companion) -> None:
    with subprocess.Popen(command("work", "--until-done", home=home), stderr=subprocess.PIPE, text=True) as worker:
        end = time.monotonic() + 60
        while not recognising(door) and time.monotonic() < end:
            time.sleep(0.02)
        companion("jobs", "remove", "lunch", "--yes", home=home)
        _, said = worker.communicate(timeout=60)
        assert worker.returncode == 0
    assert "Traceback" not in said
    assert door.episodes() == ()
    assert [p for p in (home / "audio").rglob("*") if p.is_file()] == []
    assert list((home / "work").iterdir()) == []


def test_what_went_wrong_is_a_sentence_about_the_episode_and_can_be_tried_again(
    home: Path, door: Companion, tmp_path: Path
) -> None:
    door.desk.remove("lunch")
    noise = tmp_path / "noise.wav"
    noise.write_bytes(bytes(range(256)) * 400)
    companion("add", noise, "--model", "bundled", "--no-wait", home=home)
    companion("work", "--until-done", home=home)
    job = door.desk.job("noise")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.startswith("“Noise” is not a recording that can be read here.")
    again = companion("jobs", "retry", "noise", "--speakers", 2, "--hotword", "Mara", home=home)
    assert "noise: waiting" in again.stdout
    assert door.desk.job("noise").parameters.hotwords == ("Mara",)
    companion("work", "--until-done", home=home)
    assert door.desk.job("noise").state is JobState.FAILED
    assert door.desk.job("noise").parameters.speakers == 2


def test_bad_input_has_its_sentence(home: Path) -> None:
    for words, code, sentence in (
        (("stop", "nobody"), 3, "There is no episode called nobody."),
        (("retry", "lunch", "--model", "nope"), 4, "nope"),
        (("retry", "lunch"), 2, "is in work; stop it first"),
    ):
        assert sentence in companion("jobs", *words, home=home, code=code).stderr
