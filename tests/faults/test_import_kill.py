"""An import that is killed at any moment loses nothing, takes nothing twice, and leaves nothing half published."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.core import Companion
from companion.types import Audience, EpisodeState
from tests.feeds import TALK, feed, item, vtt, wav_of
from tests.loopback_companion import command
from tests.web_server import Page, WebServer

KILLS = 20
TAKING = 4  # of them while the feed is read and the episodes are put into the queue
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.loopback_companion"])
EPISODES = 4


def test_twenty_kills_of_an_import_lose_nothing(tmp_path: Path, show: Path) -> None:
    dice, home = random.Random(11), tmp_path / "library"
    sounds = [wav_of(show, 20 * n, 18 + n) for n in range(EPISODES)]
    with WebServer() as server:
        _fill(server, sounds)
        take = ["import", server.url("/feed.xml"), "--yes", "--publish", "--no-wait", "--model", "bundled"]
        work = ["work", "--until-done"]
        for number in range(KILLS):
            running = _started(home, take if number < TAKING else work)
            if number < TAKING:
                time.sleep(dice.uniform(0.05, 0.6))
            else:
                _wait_for_life(running, server, dice)
            running.kill()  # SIGKILL
            running.join()
            _nothing_is_half_there(home, sounds)
        for page in server.pages.values():
            page.pause_s = 0.0
        for arguments in (take, work):
            running = _started(home, arguments)
            running.join()
            assert running.exitcode == 0
        resumed = sum("Range" in headers for path, headers in server.asked if path.endswith(".wav"))
    with Companion.open(Settings.load(home, {})) as companion:
        found = {companion.library.episodes.details(e.id).guid: e for e in companion.episodes()}
        assert set(found) == {f"guid-{n}" for n in range(EPISODES)}
        assert len(companion.episodes()) == EPISODES
        for n, sound in enumerate(sounds):
            episode = found[f"guid-{n}"]
            assert (episode.state, episode.error) == (EpisodeState.READY, None)
            assert companion.library.blobs.path(episode.audio_sha256).read_bytes() == sound
            assert [t.turn.text for t in companion.turns(episode.slug)] == [line.text for line in TALK]
        assert not list(companion.library.work_folder.iterdir())
        with companion.library.database.read() as connection:
            tracks = connection.execute(sa.select(sa.func.count()).select_from(schema.track)).scalar_one()
        assert tracks == EPISODES
    assert resumed > 0


def _fill(server: WebServer, sounds: list[bytes]) -> None:
    server.pages["/words.vtt"] = Page(vtt(TALK), "text/vtt")
    more = f"<podcast:transcript url='{server.url('/words.vtt')}' type='text/vtt'/>"
    server.pages["/feed.xml"] = Page(feed("".join(item(server, str(n), s, more) for n, s in enumerate(sounds))))
    for n in range(EPISODES):
        server.pages[f"/{n}.wav"].pause_s = 0.05


def _started(home: Path, arguments: list[str]) -> ForkServerProcess:
    """The command in a process of its own, made from one that has loaded everything."""
    made = FORKS.Process(target=command, args=(["--home", str(home), *arguments],))
    made.start()
    return made


def _wait_for_life(running: ForkServerProcess, server: WebServer, dice: random.Random) -> None:
    """Until it has asked for something, or has had time to be at work otherwise; and a random moment more."""
    before, ends = len(server.asked), time.monotonic() + dice.uniform(0.4, 2.0)
    while len(server.asked) == before and running.is_alive() and time.monotonic() < ends:
        time.sleep(0.02)
    time.sleep(dice.uniform(0.0, 0.8))


def _nothing_is_half_there(home: Path, sounds: list[bytes]) -> None:
    if not (home / "library.db").exists():
        return
    with Companion.open(Settings.load(home, {}), Audience.PUBLIC) as companion:
        assert len(companion.host.episodes()) in (0, EPISODES)  # all that was chosen, or nothing yet
        for episode in companion.ready_episodes().episodes:
            assert companion.library.blobs.path(episode.audio_sha256).read_bytes() in sounds
            assert companion.playback(episode.playback_sha256 or "").stat().st_size > 1000
            assert [t.turn.text for t in companion.turns(episode.slug)] == [line.text for line in TALK]
