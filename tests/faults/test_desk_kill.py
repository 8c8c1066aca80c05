"""The server and the worker are killed at random moments of an upload and of its processing: nothing is lost or double.

`kill -9` each time; whoever comes next goes on. The server is killed while pieces arrive and while they become an
episode, the worker while it decodes, recognises and makes the copy.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import socket
import subprocess
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.handing import HEAD_BYTES, JobState
from companion.types import EpisodeState
from tests.programs import command, companion
from tests.sounds import sound_of, write_wav

SERVER_KILLS = 12
WORKER_KILLS = 8
CHUNK = 10_000
LENGTH_S = 12
NAME, PASSWORD = "Ada Host", "seven quiet rooms upstairs"
GONE = (ConnectionError, http.client.HTTPException, TimeoutError, OSError)


class Server:
    """A server that is killed and started again on the same port."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._command = command("serve", "--no-worker", "--no-practice", "--port", self.port, home=home)
        self._env = {"COMPANION_UPLOAD_CHUNK_BYTES": str(CHUNK), "COMPANION_RATE_LIMIT": "1000000 per minute"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it listens."""

        self.process = subprocess.Popen(self._command, env={**os.environ, **self._env}, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Uploader:
    """A browser that never gives up: what the page's script does, in Python."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.cookie = self.token = ""
        self.pieces = 0

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, str]:
        """Asks once."""
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=20)
        origin = f"http://127.0.0.1:{self._server.port}"
        headers = {"Origin": origin, "Accept": "application/json", "Content-Type": kind, "Cookie": self.cookie}
        try:
            connection.request(method, path, body, {**headers, "X-CSRF-Token": self.token})
            answer = connection.getresponse()
            if (given := answer.getheader("Set-Cookie")) and "companion_host=" in given:
                self.cookie = given.split(";")[0]
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask_on(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, str]:
        """Asks until somebody answers."""
        while True:
            try:
                return self.ask(method, path, body, kind)
            except GONE:
                time.sleep(0.02)

    def log_in(self) -> None:
        """As a host."""
        form = urlencode({"name": NAME, "password": PASSWORD}).encode()
        status, text = self.ask_on("POST", "/host/login", form, "application/x-www-form-urlencoded")
        assert status == 303, text
        found = re.search(r'name="csrf-token" content="(\w+)"', self.ask_on("GET", "/host/account")[1])
        assert found
        self.token = found[1]

    def hand_in(self, files: list[Path]) -> str:
        """Sends files until they are an episode; its slug."""
        offered = [
            {"name": p.name, "size": len(d), "modified": 1, "crc": zlib.crc32(d[:HEAD_BYTES])}
            for p, d in ((p, p.read_bytes()) for p in files)
        ]
        status, text = self.ask_on("POST", "/host/uploads", json.dumps({"files": offered}).encode())
        assert status == 201, text
        opened = json.loads(text)
        upload = opened["uploads"][0]["id"]
        for path, (_, file) in zip(files, opened["places"], strict=True):
            self._send(upload, file, path.read_bytes())
        fields = {"title": "Doing your voice", "model": "bundled", "do": "start", "mix": ""}
        form = urlencode(fields).encode()
        while True:
            status, text = self.ask_on("POST", f"/host/uploads/{upload}", form, "application/x-www-form-urlencoded")
            assert status == 200, text
            if json.loads(text)["episode"]:
                return str(json.loads(text)["episode"])

    def _send(self, upload: str, file: str, data: bytes) -> None:
        received = 0
        while received < len(data):
            piece = data[received : received + CHUNK]
            address = f"/host/uploads/{upload}/files/{file}?offset={received}&crc={zlib.crc32(piece)}"
            status, text = self.ask_on("PUT", address, piece, "application/octet-stream")
            assert status in (200, 409), text
            received = json.loads(text)["received"]
            self.pieces += 1


def tracks(show: Path, folder: Path) -> list[Path]:
    source = show / "03-doing-your-voice" / "tracks"
    return [
        write_wav(folder / f"{n}.wav", sound_of(source / f"{n}.mp3", 0, LENGTH_S)) for n in ("Neil", "Paul", "Tess")
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)  # most of it is waiting for programs to start
def test_twenty_kills_lose_nothing_and_leave_nothing_half(tmp_path: Path, show: Path) -> None:
    files, home, dice = tracks(show, tmp_path), tmp_path / "killed", random.Random(20)
    with Companion.open(Settings.load(home, {})) as door:
        door.accounts.add(NAME, PASSWORD)
    server = Server(home)
    uploader = Uploader(server)
    found: list[str] = []
    server.start()
    uploader.log_in()
    sender = threading.Thread(target=lambda: found.append(uploader.hand_in(files)))
    try:
        sender.start()
        for _ in range(SERVER_KILLS):
            _wait_for_pieces(uploader, sender, dice.randrange(1, 20))
            time.sleep(dice.uniform(0, 0.02))
            server.kill()
            server.start()
        sender.join(timeout=60)
        assert found == ["doing-your-voice"]
    finally:
        server.kill()
    total = sum(p.stat().st_size for p in files)
    assert uploader.pieces <= total / CHUNK + len(files) + 2 * SERVER_KILLS  # what was acknowledged is not sent again

    with Companion.open(Settings.load(home, {})) as door:
        assert [e.slug for e in door.episodes()] == found
        kept = door.library.episodes.take_in(door.episode(found[0]).id).tracks
        assert [door.library.blobs.path(sha).read_bytes() for _, sha in kept] == [p.read_bytes() for p in files]
        assert list(door.library.uploads_folder.iterdir()) == []
        assert door.desk.uploads.open() == ()

    _work_and_be_killed(home, dice)
    straight = tmp_path / "straight"
    names = [f"{p.stem}={p}" for p in files]
    options = [x for n in names for x in ("--track", n)]
    companion("add", *options, "--title", "Doing your voice", "--model", "bundled", home=straight)
    assert _what_is_there(home) == _what_is_there(straight)


def _wait_for_pieces(uploader: Uploader, sender: threading.Thread, more: int) -> None:
    """Until so many more pieces have gone through, or all of them."""
    aim, end = uploader.pieces + more, time.monotonic() + 20
    while uploader.pieces < aim and sender.is_alive() and time.monotonic() < end:
        time.sleep(0.001)


def _work_and_be_killed(home: Path, dice: random.Random) -> None:
    slug = "doing-your-voice"
    for number in range(WORKER_KILLS):
        worker = subprocess.Popen(command("work", "--until-done", home=home), stderr=subprocess.DEVNULL)
        with Companion.open(Settings.load(home, {})) as door:
            if number == WORKER_KILLS // 2:  # and once it is stopped besides, and taken up again
                asked = door.desk.stop(slug).state
                _until(door, worker, lambda state: state is JobState.STOPPED)
                assert asked in (JobState.STOPPED, JobState.STOPPING)
                door.desk.resume(slug)
            elif door.desk.job(slug).state is JobState.WAITING:
                _until(door, worker, lambda state: state is not JobState.WAITING)
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=dice.uniform(0.1, 1.5))
        worker.kill()
        worker.wait()
        with Companion.open(Settings.load(home, {})) as door:
            assert len(door.episodes()) == 1
            assert door.desk.job(slug).state is not JobState.FAILED
            if door.episode(slug).state is EpisodeState.READY:
                assert door.turns(slug)
    companion("work", "--until-done", home=home)


def _until(door: Companion, worker: subprocess.Popen[bytes], done: Callable[[JobState], bool]) -> None:
    """Until the job is so, or the worker has finished."""
    end = time.monotonic() + 30
    while not done(door.desk.job("doing-your-voice").state) and worker.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.02)


def _what_is_there(home: Path) -> tuple[object, ...]:
    with Companion.open(Settings.load(home, {})) as door:
        slugs = [e.slug for e in door.episodes()]
        assert [e.state for e in door.episodes()] == [EpisodeState.READY]
        return (
            slugs,
            door.turns(slugs[0]),
            [m.id for m in door.moments(episode_slug=slugs[0]).moments],
            door.episodes()[0].playback_sha256,
            door.search("the").total,
            sorted(p.name for p in (home / "audio").rglob("*") if p.is_file()),
            sorted(p.name for p in (home / "work").iterdir()),
        )
