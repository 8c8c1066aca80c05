"""Plays that pages and apps tell of, and what the host sees of them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.config import Settings
from companion.core import Companion
from tests import small_library
from tests.host_client import HostClient, host_client
from tests.small_site import Client
from web import create_app

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
OURS = {"User-Agent": CHROME, "Sec-Fetch-Site": "same-origin"}
APP = {"User-Agent": "AntennaPod/3.8"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    settings = Settings.load(tmp_path / "library", {}).with_(rate_limit="100000 per minute")
    small_library.build(settings, tmp_path)
    app = create_app(settings)
    app.test_client_class = Client
    yield app
    app.extensions["companion"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def door(app: Flask) -> Companion:
    companion: Companion = app.extensions["companion"]
    return companion


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


def _ever(door: Companion) -> dict[str, int]:
    return {e.slug: e.ever for e in door.counting.plays().episodes}


def test_a_page_tells_of_a_play_once(client: FlaskClient, door: Companion) -> None:
    moment = door.moment_ids("late-again")[0]
    for _ in range(2):
        answer = client.post("/plays", json={"moment": moment}, headers=OURS)
        assert (answer.status_code, answer.data) == (204, b"")
        assert "Set-Cookie" not in answer.headers
    client.post("/plays", json={"episode": "late-again"}, headers=OURS)
    (episode,) = door.counting.plays().episodes
    assert (episode.ever, [(m.id, m.ever) for m in episode.moments]) == (1, [(moment, 1)])


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_other_sites_cannot_tell_of_plays(client: FlaskClient, door: Companion, headers: dict[str, str]) -> None:
    answer = client.post("/plays", json={"episode": "late-again"}, headers={"User-Agent": CHROME, **headers})
    assert answer.status_code == 403
    assert _ever(door) == {}


def test_by_plain_http_the_page_s_host_is_enough(client: FlaskClient, door: Companion) -> None:
    headers = {"User-Agent": CHROME, "Origin": "http://localhost"}
    assert client.post("/plays", json={"episode": "late-again"}, headers=headers).status_code == 204
    assert _ever(door) == {"late-again": 1}


@pytest.mark.parametrize(
    "body", [None, [], {}, {"moment": 5}, {"moment": ""}, {"episode": "x" * 121}, {"moment": "a", "episode": "b"}, "x"]
)
def test_what_is_no_play_is_refused(client: FlaskClient, body: object) -> None:
    assert client.post("/plays", json=body, headers=OURS).status_code == 400
    assert client.post("/plays", data="{", headers=OURS).status_code == 400


def test_the_answer_does_not_say_what_there_is(client: FlaskClient, door: Companion) -> None:
    for name in ("000000000000", "' OR 1=1 --"):
        assert client.post("/plays", json={"moment": name}, headers=OURS).status_code == 204
    assert _ever(door) == {}


def test_telling_of_plays_has_a_limit(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {}).with_(plays_rate_limit="2 per minute")
    small_library.build(settings, tmp_path)
    app = create_app(settings)
    try:
        send = app.test_client().post
        codes = [send("/plays", json={"episode": "late-again"}, headers=OURS).status_code for _ in range(3)]
        assert codes == [204, 204, 429]
    finally:
        app.extensions["companion"].close()


def test_an_app_that_fetches_the_recording_counts_once(client: FlaskClient, door: Companion) -> None:
    path = f"/media/{door.episode('late-again').playback_sha256}.mp3"
    client.head(path, headers=APP)
    client.get(path, headers={**APP, "Range": "bytes=0-1"})
    assert _ever(door) == {}
    client.get(path, headers={**APP, "Range": "bytes=0-"})
    client.get(path, headers=APP)
    assert sum(_ever(door).values()) == 1


def test_our_own_player_and_machines_that_fetch_it_do_not(client: FlaskClient, door: Companion) -> None:
    path = f"/media/{door.episode('late-again').playback_sha256}.mp3"
    client.get(path, headers=OURS)
    client.get(path, headers={"User-Agent": "Googlebot/2.1"})
    client.get(path, headers={**APP, "If-None-Match": f'"{path[7:-4]}"'})
    assert _ever(door) == {}


def test_counting_slows_no_recording_and_no_page(client: FlaskClient, door: Companion) -> None:
    path = f"/media/{door.episode('late-again').playback_sha256}.mp3"
    client.get("/moments")
    before = door.version()
    taken_ms = []
    with door.library.database.write():  # even while somebody else writes
        for n in range(60):
            begun = time.perf_counter()
            headers = {"User-Agent": f"AntennaPod/{n}", "Range": "bytes=0-65535"}
            assert client.get(path, headers=headers).status_code == 206
            taken_ms.append(1000 * (time.perf_counter() - begun))
            client.post("/plays", json={"episode": "late-again"}, headers={**OURS, "User-Agent": f"{CHROME} {n}"})
    assert statistics.median(taken_ms) < 20
    assert _ever(door) == {"late-again": 60}
    assert door.version() == before


def test_nothing_of_who_listens_is_on_the_disk(client: FlaskClient, door: Companion) -> None:
    there = {"REMOTE_ADDR": "203.0.113.77"}
    client.post("/plays", json={"episode": "late-again"}, headers=OURS, environ_overrides=there)
    assert _ever(door) == {"late-again": 1}
    for path in door.settings.home.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert b"203.0.113.77" not in held
            assert b"AppleWebKit" not in held


# ---- what the host sees


def test_the_host_sees_a_picture_and_a_table(client: FlaskClient, host: HostClient, door: Companion) -> None:
    assert "Nothing was played yet" in host.get("/host/listeners").text
    moment = door.moment_ids("late-again")[0]
    client.post("/plays", json={"episode": "late-again"}, headers=OURS)
    client.post("/plays", json={"moment": moment}, headers=OURS)

    page = host.get("/host/listeners").text

    assert "Late again" in page
    assert "Jonas to Mara" in page
    assert page.count("<rect") == 30
    assert "2 plays in the last 30 days" in page
    assert "no-store" in host.get("/host/listeners").headers["Cache-Control"]


def test_nobody_else_does(client: FlaskClient) -> None:
    assert client.get("/host/listeners").status_code in (302, 303)


def test_the_command_tells_the_same(client: FlaskClient, door: Companion) -> None:
    moment = door.moment_ids("late-again")[0]
    client.post("/plays", json={"moment": moment}, headers=OURS)
    door.counting.flush()
    command = [sys.executable, "-m", "companion", "--home", str(door.settings.home), "listeners"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "Late again" in lines
    assert "Jonas to Mara, 0:03" in lines
    found = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True, timeout=60).stdout)
    assert found["episodes"][0]["moments"][0]["id"] == moment
    assert len(found["days"]) == 30
