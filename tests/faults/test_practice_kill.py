"""Practice and the power button: a process that is killed, a disk that is full."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from companion.config import Settings
from companion.core import Companion
from companion.errors import SpaceError
from companion.practice.hearer import Hearer
from companion.takes import Asked, TakeState
from tests import small_library
from tests.sounds import sound_of, wav_of, webm_of

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
HEARS = """
import sys
import time
from pathlib import Path
from companion.config import Settings
from companion.core import Companion
from companion.practice.hearer import Hearer

home = Path(sys.argv[1])
door = Companion.open(Settings.load(home, {}).with_(model="bundled", models_folder=home / "models"))
hearer = Hearer(door.practice).start()
while True:
    print(len(door.practice.those_waiting()), flush=True)
    time.sleep(0.02)
"""
ERASES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from companion.config import Settings
from companion.core import Companion
from companion.practice.sounds import Sounds

door = Companion.open(Settings.load(Path(sys.argv[1]), {}))
space = door.practice.enter(sys.argv[2], datetime(2026, 11, 24, 20, 0, tzinfo=UTC))
Sounds.drop = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # the power goes between key and bytes
door.practice.erase_space(space)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings.load(tmp_path / "library", {}).with_(models_folder=tmp_path / "models", model="bundled")
    small_library.build(made, tmp_path)
    return made


def _asked(door: Companion) -> Asked:
    return Asked(moment_id=door.moments().moments[0].id)


def test_takes_that_wait_are_heard_after_a_kill(settings: Settings, show: Path) -> None:
    sound = webm_of(sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 20, 30))
    with Companion.open(settings) as door:
        space, asked = door.practice.open_space(NOW).space, _asked(door)
        takes = [door.practice.put_whole(space, asked, "audio/webm", sound, NOW) for _ in range(3)]
    # It dies while it hears the second of three.
    process = subprocess.Popen([sys.executable, "-c", HEARS, str(settings.home)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == b"2":
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with Companion.open(settings) as door:
        states = [door.practice.take(space, take.id).state for take in takes]
        assert states[0] is TakeState.READY
        assert TakeState.WAITING in states
        hearer = Hearer(door.practice, lambda: NOW).start()
        end = time.monotonic() + 60
        while door.practice.those_waiting() and time.monotonic() < end:
            time.sleep(0.05)
        hearer.stop()
        heard = [door.practice.take(space, take.id) for take in takes]
        assert {take.state for take in heard} == {TakeState.READY}
        assert len({take.text for take in heard}) == 1
        assert {len(door.practice.sound(space, take.id)) for take in takes} == {len(sound)}


def test_a_take_goes_on_after_a_kill_in_the_middle_of_sending(settings: Settings, tmp_path: Path) -> None:
    with Companion.open(settings) as door:
        space, asked = door.practice.open_space(NOW).space, _asked(door)
        take = door.practice.begin_take(space, asked, "audio/webm", NOW)
        door.practice.put_chunk(space, take.id, 0, b"first")
        # Killed between the file's place and its row: the file is there, the row does not know.
        with door.practice._vault.sounds.written(
            door.practice._vault.take_key(space, door.practice._vault.row(space, take.id)),
            space.id,
            take.id,
            1,
            b"next",
        ) as half:
            door.practice._vault.sounds.keep(half, space.id, take.id, 1)
        left = settings.home / "practice" / space.id / take.id / ".2.abcdef.part"
        left.write_bytes(b"half")
        os.utime(left, (0, 0))
    with Companion.open(settings) as door:
        door.practice.sweep(NOW)
        assert not left.exists()
        assert door.practice.chunks(space, take.id) == (0, 1)
        door.practice.put_chunk(space, take.id, 1, b"next")
        done = door.practice.finish_take(space, take.id, 2)
        assert (done.chunks, done.sound_bytes) == (2, 9)
        assert door.practice.sound(space, take.id) == b"firstnext"


def test_an_erasing_that_was_interrupted_is_finished(settings: Settings) -> None:
    with Companion.open(settings) as door:
        mine, yours = door.practice.open_space(NOW), door.practice.open_space(NOW)
        sound = wav_of(np.zeros(16_000, np.int16))
        for new in (mine, yours):
            door.practice.put_whole(new.space, _asked(door), "audio/wav", sound, NOW)
    killed = subprocess.run([sys.executable, "-c", ERASES, str(settings.home), mine.token], check=False)
    assert killed.returncode == -signal.SIGKILL
    folder = settings.home / "practice" / mine.space.id
    assert list(folder.rglob("*"))  # the bytes are there, and no key opens them

    with Companion.open(settings) as door:
        hearer = Hearer(door.practice, lambda: NOW).start()
        end = time.monotonic() + 30
        while folder.exists() and time.monotonic() < end:
            time.sleep(0.05)
        hearer.stop()
        assert not folder.exists()
        assert door.practice.takes(mine.space) == ()
        assert door.practice.sound(yours.space, door.practice.takes(yours.space)[0].id) == sound


def test_a_full_disk_loses_nothing_that_has_arrived(settings: Settings) -> None:
    with Companion.open(settings) as door, Companion.open(settings.with_(min_free_bytes=10**16)) as full:
        space, asked = door.practice.open_space(NOW).space, _asked(door)
        take = door.practice.begin_take(space, asked, "audio/webm", NOW)
        door.practice.put_chunk(space, take.id, 0, b"first")
        before = sorted(p.name for p in settings.home.rglob("*"))

        with pytest.raises(SpaceError, match="too little room"):
            full.practice.begin_take(space, asked, "audio/webm", NOW)
        with pytest.raises(SpaceError, match="What arrived so far is kept"):
            full.practice.put_chunk(space, take.id, 1, b"next")
        with pytest.raises(SpaceError):
            full.practice.put_whole(space, asked, "audio/wav", b"sound", NOW)
        full.practice.put_chunk(space, take.id, 0, b"first")  # needs no room

        assert sorted(p.name for p in settings.home.rglob("*")) == before
        assert len(door.practice.takes(space)) == 1
        door.practice.put_chunk(space, take.id, 1, b"next")
        assert door.practice.finish_take(space, take.id, 2).state is TakeState.WAITING


def test_a_disk_that_fills_while_a_part_is_written_leaves_nothing_half_made(settings: Settings) -> None:
    script = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from companion.config import Settings
from companion.core import Companion
from companion.errors import CompanionError
from companion.takes import Asked

now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
door = Companion.open(Settings.load(Path(sys.argv[1]), {}))
space = door.practice.open_space(now).space
take = door.practice.begin_take(space, Asked(moment_id=door.moments().moments[0].id), "audio/webm", now)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    door.practice.put_chunk(space, take.id, 0, bytes(900_000))
except CompanionError as error:
    print(type(error).__name__, error.sentence)
print(door.practice.chunks(space, take.id))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.home)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("LibraryError The folder ")
    assert done.stdout.endswith("()\n")
    assert not [p for p in (settings.home / "practice").rglob("*") if p.is_file()]
