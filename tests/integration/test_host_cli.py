"""`companion host`, and the link for the first host that `companion serve` prints to a terminal only."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.errors import LoginError
from tests.programs import command, companion

PASSWORD = "seven quiet rooms upstairs"
OTHER = "a lamp in the third window"


class Terminal:
    """A program that runs in a terminal."""

    def __init__(self, *args: object, home: Path) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command(*args, home=home), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.said = ""

    def until(self, words: str, timeout_s: float = 60.0) -> None:
        """Reads on until something was said."""
        end = time.monotonic() + timeout_s
        while words not in self.said:
            assert time.monotonic() < end, self.said
            self.said += self._read()

    def type(self, line: str) -> None:
        """Types a line."""
        os.write(self._ours, f"{line}\n".encode())

    def end(self) -> int:
        """Reads to the end; returns the exit code."""
        while more := self._read():
            self.said += more
        return self.process.wait(60)

    def close(self) -> None:
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        os.close(self._ours)

    def _read(self) -> str:
        try:
            return os.read(self._ours, 4096).decode()
        except OSError:  # the other end is closed
            return ""


@contextmanager
def terminal(*args: object, home: Path) -> Iterator[Terminal]:
    made = Terminal(*args, home=home)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "library"


def can_log_in(home: Path, name: str, password: str) -> bool:
    with Companion.open(Settings.load(home, {})) as library:
        try:
            library.accounts.login(name, password, "192.0.2.1", _now())
        except LoginError:
            return False
        return True


def test_a_password_is_asked_for_twice_and_not_shown(home: Path) -> None:
    with terminal("host", "add", "Ada", home=home) as asked:
        asked.until("Password")
        asked.type(PASSWORD)
        asked.until("once more")
        asked.type(PASSWORD)
        assert asked.end() == 0
    assert "Ada is a host now" in asked.said
    assert PASSWORD not in asked.said
    assert can_log_in(home, "ada", PASSWORD)


def test_a_weak_password_makes_no_host(home: Path) -> None:
    with terminal("host", "add", "Ada", home=home) as asked:
        for prompt in ("Password", "once more"):
            asked.until(prompt)
            asked.type("short")
        assert asked.end() == 2
    assert "at least 10" in asked.said
    assert "no host yet" in companion("host", "list", home=home).stderr


def test_without_a_terminal_there_is_a_link(home: Path) -> None:
    refused = companion("host", "add", "Ada", home=home, code=2)
    assert "--link" in refused.stderr
    done = companion("host", "add", "Ada", "--link", "--at", "https://podcast.example/show/", home=home)
    assert re.fullmatch(r"https://podcast\.example/show/host/invitation/[\w-]{43}\n", done.stdout)
    assert "24 hours" in done.stderr
    assert "no host yet" in companion("host", "list", home=home).stderr  # not before the link is used
    assert "no address" in companion("host", "add", "Ada", "--link", "--at", "podcast", home=home, code=2).stderr


def test_hosts_are_listed_and_removed(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        for name in ("Ada", "Ben"):
            library.accounts.add(name, PASSWORD)
        library.accounts.accept(library.accounts.invite_back(library.accounts.find("Ben")), "", OTHER, _now())
    listed = companion("host", "list", home=home).stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["Ada", "Ben"]
    assert "logged in nowhere" in listed[0]
    assert "1 browser" in listed[1]
    assert "Another browser" in companion("host", "sessions", "ben", home=home).stdout
    assert "logged out everywhere" in companion("host", "sessions", "ben", "--end", home=home).stderr
    assert companion("host", "sessions", "ben", home=home).stdout == ""
    assert "--yes" in companion("host", "remove", "Ada", home=home, code=2).stderr
    companion("host", "remove", "Ada", "--yes", home=home)
    assert "There is: Ben" in companion("host", "remove", "Ada", "--yes", home=home, code=3).stderr
    assert "no host left" in companion("host", "remove", "Ben", "--yes", home=home).stderr
    assert "already" not in companion("host", "add", "Ada", "--link", home=home).stderr


def test_two_hosts_of_one_name_are_refused(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        library.accounts.add("Ada", PASSWORD)
    assert "already a host" in companion("host", "add", "ADA", "--link", home=home, code=2).stderr


def test_another_password_is_given_in_the_terminal(home: Path) -> None:
    with Companion.open(Settings.load(home, {})) as library:
        library.accounts.add("Ada", PASSWORD)
    with terminal("host", "password", "Ada", home=home) as asked:
        for prompt in ("Password", "once more"):
            asked.until(prompt)
            asked.type(OTHER)
        assert asked.end() == 0
    assert can_log_in(home, "Ada", OTHER)
    assert not can_log_in(home, "Ada", PASSWORD)
    assert "/host/invitation/" in companion("host", "password", "Ada", "--link", home=home).stdout


def test_serve_prints_the_first_link_to_a_terminal(home: Path) -> None:
    with terminal("serve", "--port", 0, "--no-worker", "--no-practice", home=home) as site:
        site.until("/host/invitation/")
        site.until("\r\n")
        time.sleep(0.2)
        found = re.search(r"http://localhost:\d+/host/invitation/([\w-]{43})", site.said)
        assert found is not None
    with Companion.open(Settings.load(home, {})) as library:
        assert library.accounts.accept(found[1], "Ada", PASSWORD, _now()).host.name == "Ada"
    with terminal("serve", "--port", 0, "--no-worker", "--no-practice", home=home) as site:
        site.until("Ctrl-C ends it")
        time.sleep(1.0)
        assert "no host" not in site.said


def test_serve_writes_no_link_into_a_file(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as out:
        site = subprocess.Popen(
            command("-v", "serve", "--port", 0, "--no-worker", "--no-practice", home=home), stdout=out, stderr=out
        )
    try:
        end = time.monotonic() + 60
        while "no host yet" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        site.kill()
        site.wait(20)
    assert "companion host add NAME --link" in log.read_text()
    assert "invitation" not in log.read_text()


def _now() -> datetime:
    return datetime.now(UTC)
