"""Publishing and the power button: an episode is out or it is not, and never half."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mutagen.id3 import ID3

from companion.config import Settings
from companion.core import Companion
from companion.errors import NotFoundError
from companion.types import Audience, Publication
from tests import draft_library

SLUG = "late-again"
TIMES = 12
AGAIN_AND_AGAIN = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from companion.config import Settings
from companion.core import Companion

with Companion.open(Settings.load(Path(sys.argv[1]), {}).with_(min_free_bytes=0)) as door:
    print("ready", flush=True)
    for number in range(10_000):
        now = datetime.now(UTC)
        entry = door.publishing.state("late-again", now).entry
        door.publishing.save("late-again", replace(entry, title=f"Late again {sys.argv[2]} {number}"), now)
        door.publishing.publish("late-again", now)
        if number % 3 == 2:
            door.publishing.unpublish("late-again")
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings.load(tmp_path / "library", {}).with_(min_free_bytes=0)
    draft_library.build(settings, tmp_path)
    with Companion.open(settings) as door:
        draft_library.fill_in(door, tmp_path)
    return settings.home


@pytest.mark.slow
def test_killed_at_any_moment_an_episode_is_out_or_it_is_not(home: Path) -> None:
    seen: set[Publication] = set()
    for turn in range(TIMES):
        process = subprocess.Popen(
            [sys.executable, "-c", AGAIN_AND_AGAIN, str(home), str(turn)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.uniform(0.05, 0.6))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        seen.add(_check(home))
    assert Publication.PUBLISHED in seen


def _check(home: Path) -> Publication:
    """What listeners get is whole, or there is nothing."""
    with Companion.open(Settings.load(home, {}).with_(min_free_bytes=0)) as door:
        listener = Companion(door.library.seen_by(Audience.PUBLIC))
        publication, now = door.episode(SLUG).publication, datetime.now(UTC)
        file = door.publishing.state(SLUG, now).file
        if publication is not Publication.PUBLISHED:
            with pytest.raises(NotFoundError):
                listener.episode(SLUG)
            if file is not None:
                with pytest.raises(NotFoundError):
                    listener.publishing.recording(file.sha256)
            return publication
        assert file is not None
        _, path = listener.publishing.recording(file.sha256)
        assert path is not None
        sound = path.read_bytes()
        assert (hashlib.sha256(sound).hexdigest(), len(sound)) == (file.sha256, file.size_bytes)
        assert str(ID3(path)["TIT2"]).startswith("Late again")
        # A title that was kept just before the kill reaches the recording with the next look.
        door.publishing.refresh(SLUG, now)
        newest = door.publishing.state(SLUG, now).file
        assert newest is not None
        assert str(ID3(door.library.blobs.path(newest.sha256))["TIT2"]) == door.episode(SLUG).title
        return publication
