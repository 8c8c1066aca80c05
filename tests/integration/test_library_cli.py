"""A library from the command line: episodes go in, moments come out, nothing half-made stays."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from filelock import FileLock

from companion.config import Settings
from companion.core import Companion
from companion.types import EpisodeState, Tag
from tests.programs import command, companion, companion_json
from tests.sounds import music, sound_of, write_wav


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, show: Path) -> Path:
    """A library with one sample episode, taken in by the program."""
    folder = tmp_path_factory.mktemp("home") / "library"
    added = companion_json("add", show / "02-four-minutes", "--model", "bundled", "--json", home=folder)
    assert [e["state"] for e in added] == ["ready"]
    return folder


def test_an_episode_folder_becomes_a_ready_episode(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        episode = library.episode("four-minutes")
        assert (episode.state, episode.sample, episode.model) == (EpisodeState.READY, True, "bundled")
        assert episode.duration_s == pytest.approx(409.9, abs=0.2)
        assert len(episode.peaks) > 100
        assert [v.name for v in library.voices("four-minutes")] == ["Ruth", "Ben", "Callum"]
        assert library.playback(episode.playback_sha256 or "").stat().st_size > 1_000_000


def test_moments_are_between_the_partners(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        found = library.moments(episode_slug="four-minutes").moments
        assert found
        for stored in found:
            assert {stored.moment.validating_speaker, stored.moment.validated_speaker} == {"Ben", "Callum"}
            assert 0 <= stored.moment.start_s < stored.moment.end_s <= 410
        assert library.moments(tags=(Tag.VALIDATION,)).total <= library.moments().total


def test_what_was_said_is_found(home: Path) -> None:
    found = companion_json("search", "laundry", "--json", home=home)
    assert found["total"] >= 1
    assert found["hits"][0]["episode"] == "four-minutes"


def test_what_nobody_said_is_a_sentence(home: Path) -> None:
    assert "Nobody says that" in companion("search", "xylophone", home=home, code=3).stderr


@pytest.mark.parametrize("query", ['"', "*", "a" * 10_000])
def test_search_syntax_is_a_sentence(home: Path, query: str) -> None:
    assert re.search("Type a word|too long", companion("search", query, home=home, code=2).stderr)


def test_the_same_audio_again_is_the_same_episode(home: Path, show: Path) -> None:
    again = companion("add", show / "02-four-minutes", "--model", "bundled", home=home)
    assert "in the library already" in again.stderr
    with Companion.open(Settings.load(home, {})) as library:
        assert len(library.episodes()) == 1


def test_nothing_is_left_in_the_work_folder(home: Path) -> None:
    assert list((home / "work").iterdir()) == []


def test_a_copied_library_is_the_same_library(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    assert companion_json("search", "laundry", "--json", home=tmp_path / "copy")["total"] >= 1


def test_tracks_give_exact_speakers(tmp_path: Path, show: Path) -> None:
    tracks = []
    for path in sorted((show / "03-doing-your-voice" / "tracks").glob("*.mp3")):
        cut = write_wav(tmp_path / f"{path.stem}.wav", sound_of(path, 0, 45))
        tracks += ["--track", f"{path.stem}={cut}"]
    added = companion_json("add", *tracks, "--title", "Tracks", "--json", home=tmp_path / "library")
    assert added[0]["state"] == "ready"
    script = (show / "03-doing-your-voice" / "script.jsonl").read_text().splitlines()
    said = [t for t in map(json.loads, script) if t["kind"] == "turn" and t["end_s"] < 45]
    with Companion.open(Settings.load(tmp_path / "library", {})) as library:
        turns = library.turns("tracks")
        assert library.episode("tracks").playback_sha256
    right = sum(
        any(
            t.turn.speaker == s["speaker"] and t.turn.start_s < s["end_s"] and s["start_s"] < t.turn.end_s
            for t in turns
        )
        for s in said
    )
    assert right >= len(said) - 1


# ---- bad input


def _library_is_empty(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        assert library.episodes() == ()
    kept = [p for part in ("audio", "work") for p in (home / part).rglob("*") if p.is_file()]
    assert kept == []


@pytest.mark.parametrize("name", ["missing", "empty", "text", "silence", "music", "noise"])
def test_what_cannot_be_taken_in_leaves_the_library_empty(tmp_path: Path, name: str) -> None:
    path, home = tmp_path / f"{name}.wav", tmp_path / "library"
    if name == "empty":
        path.touch()
    elif name == "text":
        path.write_text("Dear diary, this is no recording.")
    elif name == "silence":
        write_wav(path, music(20) * 0)
    elif name == "music":
        write_wav(path, music(20))
    elif name == "noise":
        path.write_bytes(bytes(range(256)) * 400)
    done = companion("add", path, home=home, code=2)
    assert done.stderr.strip()
    _library_is_empty(home)


def test_no_room_on_the_disk_is_said_before_anything_is_copied(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", music(2))
    done = companion("add", path, home=tmp_path / "library", code=5, COMPANION_MIN_FREE_BYTES=str(10**18))
    assert "Not enough room" in done.stderr or "room" in done.stderr
    _library_is_empty(tmp_path / "library")


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = companion("search", "x", home=tmp_path / "file" / "library", code=7)
    assert "cannot be made or written" in done.stderr


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("title = ", "cannot be read"),
        ('title = "A"', "names neither `audio` nor a track"),
        ('title = "A"\naudio = "none.mp3"', "no such file beside it"),
        ('title = "A"\naudio = "../secret.mp3"', "outside the episode's folder"),
        ('title = "A"\naudio = "a.wav"\ncolour = "red"', "'colour' that nobody knows"),
        ('title = 3\naudio = "a.wav"', "`title` that is not a text"),
        ('title = "A"\naudio = "a.wav"\nspeakers = "three"', "`speakers` that is not a number"),
        ('title = "A"\naudio = "a.wav"\n[[voices]]\nname = "Ana"\nrole = "boss"', "the role 'boss'"),
        ('title = "A"\naudio = "a.wav"\n[[voices]]\nrole = "partner"', "a voice with no name"),
        ('title = "A"\naudio = "a.wav"\npublished = "soon"', "no date"),
    ],
)
def test_a_broken_episode_file_is_named_with_what_is_wrong(tmp_path: Path, toml: str, sentence: str) -> None:
    folder = tmp_path / "episode"
    folder.mkdir()
    write_wav(folder / "a.wav", music(1))
    (folder / "episode.toml").write_text(toml)
    done = companion("add", folder, home=tmp_path / "library", code=2)
    assert "episode/episode.toml" in done.stderr
    assert sentence in done.stderr


def test_a_folder_without_an_episode_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "without an episode.toml" in companion("add", tmp_path / "empty", home=tmp_path / "l", code=3).stderr


# ---- the site beside it


def test_serve_shows_what_was_added_and_works_in_the_background(home: Path, tmp_path: Path, show: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    cut = write_wav(tmp_path / "more.wav", sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 0, 20))
    companion("add", cut, "--speakers", 3, "--model", "bundled", "--no-wait", "--publish", home=tmp_path / "copy")
    site = subprocess.Popen(command("serve", "--port", 0, home=tmp_path / "copy"), stderr=subprocess.PIPE, text=True)
    try:
        assert site.stderr is not None
        address = re.search(r"http://\S+/", site.stderr.readline())
        assert address is not None
        with urllib.request.urlopen(f"{address[0]}healthz", timeout=10) as answer:
            assert answer.status == 200
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with Companion.open(Settings.load(tmp_path / "copy", {})) as library:
                if library.episode("more").state is EpisodeState.READY:
                    break
            time.sleep(0.5)
        with urllib.request.urlopen(f"{address[0]}episodes/more", timeout=10) as answer:
            assert answer.status == 200
    finally:
        site.kill()  # the hardest end: the worker beside it must go too
        site.wait(20)
        assert site.stderr is not None
        site.stderr.close()
    lock = FileLock(tmp_path / "copy" / "worker.lock")
    with lock.acquire(timeout=20):
        assert lock.is_locked


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = companion("serve", "--port", port, "--no-worker", home=tmp_path / "library", code=6)
    assert f"Port {port} is in use" in done.stderr
