"""A new recognition is a new version, by the real recogniser, however often its worker is killed."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.lines import JobState, Source
from companion.types import EpisodeState, Role
from tests.programs import command, companion
from tests.sounds import sound_of, write_wav

LENGTH_S = 40
KILLS = 3


@pytest.fixture
def home(tmp_path: Path, show: Path) -> Path:
    """A library with one short episode that was recognised."""
    audio = write_wav(tmp_path / "a.wav", sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 0, LENGTH_S))
    companion("add", audio, "--speakers", 3, "--model", "bundled", home=tmp_path / "home")
    return tmp_path / "home"


def test_a_killed_worker_makes_one_new_version_and_leaves_the_edited_one_alone(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        (episode,) = library.episodes()
        slug = episode.slug
        first = library.editing.open(slug).lines[0]
        library.editing.set_text(slug, first.id, "These words are a person's.", first.rev, "Ada")
        label = library.voices(slug)[0].label
        library.editing.name_voice(slug, label, "Mara", Role.PARTNER, "Ada")
        library.editing.settle(slug)
        edited = library.turns(slug)
        library.editing.house.put(["Mara"])
        library.editing.recognitions.ask(slug, "Ada", model="bundled")
    dice = random.Random(3)
    for _ in range(KILLS):
        _work_and_kill(home, dice.uniform(1.5, 5))
    companion("work", "--until-done", home=home)
    with Companion.open(Settings.load(home, {})) as library:
        job = library.editing.recognitions.newest(slug)
        assert job is not None
        assert (job.state, job.version, job.error) == (JobState.DONE, 2, None)
        assert library.turns(slug) == edited
        assert library.episode(slug).state is EpisodeState.READY
        one, two = library.editing.versions.all(slug)
        assert (one.current, two.current, two.source) == (True, False, Source.RECOGNITION)
        assert two.options["hotwords"] == ["Mara"]
        compared = library.editing.versions.compare(slug, 1, 2)
        assert compared.differing == 1  # the recogniser hears the same again; the names that people gave stay
        assert compared.pairs[0].edited
        found = library.editing.versions.carry(slug, 2, None, "Ada")
        assert (found.carried, found.cannot) == (1, ())
        assert library.editing.open(slug).lines[0].text == "These words are a person's."
    assert not list((home / "work").glob("*.pcm"))


def test_a_stopped_one_leaves_no_version(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        slug = library.episodes()[0].slug
        library.editing.recognitions.ask(slug, "Ada", model="bundled")
        library.editing.recognitions.stop(slug)
        assert not library.work_in_hand()
        library.editing.recognitions.ask(slug, "Ada", model="bundled", speakers=2, hotwords=())
    companion("work", "--until-done", home=home)
    with Companion.open(Settings.load(home, {})) as library:
        assert [v.options["speakers"] for v in library.editing.versions.all(slug)] == [3, 2]


def _work_and_kill(home: Path, seconds: float) -> None:
    worker = subprocess.Popen(command("work", "--until-done", home=home))
    try:
        worker.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
