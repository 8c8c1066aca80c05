"""Clips, embedding and what other sites read of our pages, as a client without a browser sees them; the commands."""

from __future__ import annotations

import html
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import av
import pytest
from flask import Flask
from flask.testing import FlaskClient
from mutagen.id3 import ID3
from PIL import Image

from companion.config import Settings
from companion.core import Companion
from companion.errors import LimitError, NotFoundError
from companion.publication import Show
from companion.types import DecisionKind, Publication
from tests import small_library
from tests.host_client import HostClient, host_client
from tests.small_site import Client
from web import create_app

SITE = "https://example.org/show"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    small_library.build(Settings.load(folder / "library", {}), folder)
    return folder / "library"


def _app(home: Path, **changes: object) -> Flask:
    app = create_app(Settings.load(home, {}).with_(**{"rate_limit": "100000 per minute", **changes}))
    app.test_client_class = Client
    return app


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[Flask]:
    app = _app(home, clip_rate_limit="100000 per minute")
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


@pytest.fixture
def moment(door: Companion) -> str:
    return door.moment_ids("late-again")[0]


def _metas(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


# ---- files


def test_a_moment_is_taken_along_as_sound(client: FlaskClient, door: Companion, moment: str, tmp_path: Path) -> None:
    answer = client.get(f"/moments/{moment}/clip.mp3")
    assert (answer.status_code, answer.mimetype) == (200, "audio/mpeg")
    assert "filename" in answer.headers["Content-Disposition"]
    assert "Late again, Jonas to Mara, 0.03.mp3" in answer.headers["Content-Disposition"].replace("%20", " ").replace(
        "%2C", ","
    )
    assert "Set-Cookie" not in answer.headers
    path = tmp_path / "clip.mp3"
    path.write_bytes(answer.data)
    with av.open(str(path)) as file:
        length_s = float(file.duration or 0) / av.time_base
    assert length_s == pytest.approx(door.moment(moment).moment.length_s, abs=0.1)
    assert ID3(path)["TALB"].text == ["Late again"]


def test_a_clip_is_made_once_and_asked_for_in_parts(client: FlaskClient, door: Companion, moment: str) -> None:
    first = client.get(f"/moments/{moment}/clip.mp3")
    (made,) = (door.settings.home / "clips").glob(f"{moment}-*.mp3")
    before = made.stat().st_mtime_ns
    part = client.get(f"/moments/{moment}/clip.mp3", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, first.data[10:20])
    held = client.get(f"/moments/{moment}/clip.mp3", headers={"If-None-Match": first.headers["ETag"]})
    assert held.status_code == 304
    head = client.head(f"/moments/{moment}/clip.mp3", headers={"Range": "bytes=0-1"})
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, len(first.data))
    assert made.stat().st_mtime_ns == before


def test_other_words_or_names_make_another_clip_and_the_old_one_goes(
    client: FlaskClient, door: Companion, moment: str
) -> None:
    folder = door.settings.home / "clips"
    client.get(f"/moments/{moment}/clip.mp3")
    (before,) = folder.glob(f"{moment}-*.mp3")
    door.library.shows.put(Show(title="Two chairs"))
    try:
        client.get(f"/moments/{moment}/clip.mp3")
        (after,) = folder.glob(f"{moment}-*.mp3")
    finally:
        door.library.shows.put(Show())
    assert before.name != after.name
    assert ID3(after)["TPE1"].text == ["Two chairs"]


@pytest.mark.parametrize("what", ["clip.mp3", "clip.mp4", "card.png", "embed"])
@pytest.mark.parametrize("name", ["000000000000", "..", "a/b", "<b>", "%00"])
def test_there_is_nothing_of_moments_that_are_not_there(client: FlaskClient, name: str, what: str) -> None:
    assert client.get(f"/moments/{name}/{what}").status_code == 404


def test_of_what_no_host_let_through_there_is_no_clip(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path, reviewed=False)
    app = _app(settings.home, show_suggestions=True)
    try:
        door: Companion = app.extensions["companion"]
        client = app.test_client()
        moment = door.moment_ids("late-again")[0]
        assert client.get(f"/moments/{moment}").status_code == 200  # suggested, and shown as such
        assert client.get(f"/moments/{moment}/clip.mp3").status_code == 404
        assert "clip.mp3" not in client.get(f"/moments/{moment}").text
        door.host.reviewing.decide(moment, DecisionKind.APPROVE)
        assert client.get(f"/moments/{moment}/clip.mp3").status_code == 200
        episode = door.host.episode("late-again")
        door.library.episodes.publish(episode.id, Publication.UNPUBLISHED)
        for what in ("", "/clip.mp3", "/card.png", "/embed"):
            assert client.get(f"/moments/{moment}{what}").status_code == 404
        assert client.get("/episodes/late-again/card.png").status_code == 404
    finally:
        app.extensions["companion"].close()


def test_a_moment_that_is_too_long_is_told_so(home: Path) -> None:
    app = _app(home, clip_max_s=1.0)
    try:
        door: Companion = app.extensions["companion"]
        name = door.moment_ids("late-again")[0]
        answer = app.test_client().get(f"/moments/{name}/clip.mp3", headers={"Accept": "application/json"})
        assert answer.status_code == 404
        assert "longer than a clip may be (1 s)" in answer.json["error"]
        with pytest.raises(LimitError):
            door.clips.begin_video(name)
    finally:
        app.extensions["companion"].close()


def test_asking_for_clips_has_a_limit(home: Path) -> None:
    app = _app(home, clip_rate_limit="2 per minute")
    try:
        client = app.test_client()
        name = app.extensions["companion"].moment_ids("late-again")[0]
        codes = [client.get(f"/moments/{name}/card.png").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
    finally:
        app.extensions["companion"].close()


def test_cards_are_pictures_of_the_size_that_sites_ask_for(client: FlaskClient, moment: str) -> None:
    for path in (f"/moments/{moment}/card.png", "/episodes/second-chair/card.png"):
        answer = client.get(path)
        assert answer.mimetype == "image/png"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert Image.open(io.BytesIO(answer.data)).size == (1200, 630)


def test_an_episode_that_is_taken_out_takes_its_clips_along(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    with Companion.open(settings) as door:
        moment = door.moment_ids("late-again")[0]
        door.clips.sound(moment)
        door.clips.episode_card("late-again")
        assert len(list((settings.home / "clips").glob("*-*"))) == 2
        door.discard("late-again")
        assert list((settings.home / "clips").glob("*-*")) == []


def test_what_nobody_needs_is_swept_and_the_oldest_go_beyond_their_room(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    with Companion.open(settings) as door:
        first, second = door.moment_ids("late-again")
        old, new = door.clips.sound(first).path, door.clips.sound(second).path
        os.utime(old, (1, 1))
        stray = settings.home / "clips" / f"{'0' * 12}-{'a' * 16}.mp3"
        stray.write_bytes(b"of a moment that is no more")
    with Companion.open(settings.with_(clips_bytes=new.stat().st_size + 10)) as door:
        door.clips.sweep()
    assert (stray.exists(), old.exists(), new.exists()) == (False, False, True)


# ---- videos


def test_a_host_makes_a_video_and_then_listeners_have_it(
    host: HostClient, client: FlaskClient, door: Companion, moment: str
) -> None:
    page = f"/host/moments/{moment}/video"
    for made in (door.settings.home / "clips").glob(f"{moment}-*.mp4"):  # by another test
        made.unlink()
    door.library.database.raise_version()
    assert client.get(f"/moments/{moment}/clip.mp4").status_code == 404
    assert "clip.mp4" not in client.get(f"/moments/{moment}").text
    assert "Make the video" in host.get(page).text

    assert host.post(page).status_code == 303
    for thread in list(door.host.clips._threads.values()):
        thread.join(60)

    state = host.get(f"{page}.json").json
    assert (state["ready"], state["percent"], state["problem"]) == (True, 100, "")
    assert "Download it" in host.get(page).text
    answer = client.get(f"/moments/{moment}/clip.mp4")
    assert (answer.status_code, answer.mimetype) == (200, "video/mp4")
    assert "clip.mp4" in client.get(f"/moments/{moment}").text  # the page was kept, and was made anew
    assert not list((door.settings.home / "clips").glob("*.told"))


def test_a_server_that_was_stopped_says_so_and_begins_again(door: Companion) -> None:
    second = door.moment_ids("late-again")[1]
    clips = door.host.clips
    path = clips._path(clips._plan(second, approved_only=False), "mp4")
    told = path.with_name(f"{path.name}.told")
    told.parent.mkdir(exist_ok=True)
    told.write_text(json.dumps({"share": 0.4}), encoding="utf-8")
    state = clips.video_state(second)
    assert not state.making
    assert "stopped" in state.problem
    clips.make_video(second)
    assert clips.video_state(second).ready
    assert not told.exists()


@pytest.mark.parametrize("path", ["video", "video.json", "video.mp4"])
def test_the_host_s_part_is_the_host_s(client: FlaskClient, moment: str, path: str) -> None:
    assert client.get(f"/host/moments/{moment}/{path}").status_code in (302, 303, 401)
    assert client.post(f"/host/moments/{moment}/video").status_code in (401, 403)


# ---- on other sites


def test_the_embed_may_be_framed_and_every_other_page_may_not(client: FlaskClient, moment: str) -> None:
    answer = client.get(f"/moments/{moment}/embed")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "/practice" not in answer.text
    assert "frame-ancestors 'none'" in client.get(f"/moments/{moment}").headers["Content-Security-Policy"]


def test_a_sample_says_so_on_the_embed_and_below_links(client: FlaskClient, door: Companion) -> None:
    name = door.moment_ids("second-chair")[0]
    assert "Sample episode, synthetic voices" in client.get(f"/moments/{name}/embed").text
    assert "Sample episode" in _metas(client.get(f"/moments/{name}").text)["og:description"]


def test_other_sites_learn_what_a_moment_is(client: FlaskClient, moment: str) -> None:
    metas = _metas(client.get(f"/moments/{moment}").text)
    assert metas["og:title"] == "Jonas to Mara, Late again"
    assert metas["og:description"].startswith("Of course you felt lonely.")
    assert metas["og:url"] == f"http://localhost/moments/{moment}"
    assert metas["og:image"] == f"http://localhost/moments/{moment}/card.png"
    assert metas["og:audio"] == f"http://localhost/moments/{moment}/clip.mp3"
    assert metas["twitter:card"] == "summary_large_image"
    for name in ("og:image", "og:audio"):
        assert client.get(urlsplit(metas[name]).path).status_code == 200


def test_other_sites_learn_what_an_episode_is(client: FlaskClient) -> None:
    metas = _metas(client.get("/episodes/late-again").text)
    assert metas["og:title"] == "Late again"
    assert client.get(urlsplit(metas["og:image"]).path).mimetype == "image/png"
    assert client.get(urlsplit(metas["og:audio"]).path).mimetype == "audio/mpeg"


def test_the_site_s_own_address_wins_over_the_request_s(home: Path) -> None:
    app = _app(home, site_url=f"{SITE}/")
    try:
        client = app.test_client()
        name = app.extensions["companion"].moment_ids("late-again")[0]
        page = client.get(f"/moments/{name}", headers={"Host": "10.0.0.7:8000"}).text
        assert _metas(page)["og:url"] == f"{SITE}/moments/{name}"
        assert "10.0.0.7" not in page
        found = client.get("/oembed", query_string={"url": f"{SITE}/moments/{name}"}).json
        assert f'src="{SITE}/moments/{name}/embed"' in found["html"]
    finally:
        app.extensions["companion"].close()


def test_a_moment_page_names_the_address_at_which_it_is_described(client: FlaskClient, moment: str) -> None:
    page = client.get(f"/moments/{moment}").text
    (address,) = re.findall(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    found = client.get(html.unescape(address).removeprefix("http://localhost")).json
    assert (found["version"], found["type"]) == ("1.0", "rich")
    assert (found["width"], found["height"]) == (560, 380)
    assert found["html"].startswith(f'<iframe src="http://localhost/moments/{moment}/embed"')
    assert found["title"] == "Jonas to Mara, Late again"
    assert found["provider_name"]


def test_a_player_is_as_small_as_was_asked_but_not_smaller_than_it_works(client: FlaskClient, moment: str) -> None:
    def size(**args: str) -> tuple[int, int]:
        url = f"http://localhost/moments/{moment}"
        found = client.get("/oembed", query_string={"url": url, **args}).json
        return found["width"], found["height"]

    assert size(maxwidth="400", maxheight="300") == (400, 300)
    assert size(maxwidth="10", maxheight="99999") == (280, 380)
    assert size(maxwidth="-5", maxheight="x") == (560, 380)


@pytest.mark.parametrize(
    "url",
    ["", "http://localhost/", "http://localhost/moments/000000000000", "http://elsewhere.example/moments/{}", "//[x",
     "javascript:alert(1)", "http://localhost/episodes/late-again", "ftp://localhost/moments/{}"],
)  # fmt: skip
def test_what_is_no_moment_is_not_found(client: FlaskClient, moment: str, url: str) -> None:
    answer = client.get("/oembed", query_string={"url": url.format(moment)})
    assert answer.status_code == 404
    assert answer.json["error"]


def test_another_format_is_not_there(client: FlaskClient, moment: str) -> None:
    url = f"http://localhost/moments/{moment}"
    assert client.get("/oembed", query_string={"url": url, "format": "xml"}).status_code == 501
    assert client.get("/oembed", query_string={"url": url, "format": "json"}).status_code == 200


def test_hostile_words_stay_words_everywhere(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script>\u202e<img src=x onerror=alert(1)>'
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    app = _app(settings.home)
    try:
        door: Companion = app.extensions["companion"]
        episode = door.episode("late-again")
        door.library.episodes.put_texts(episode.id, evil, evil, episode.published)
        door.library.shows.put(Show(title=evil))
        client = app.test_client()
        moment = door.moment_ids("late-again")[0]
        for path in (f"/moments/{moment}", f"/moments/{moment}/embed", "/episodes/late-again"):
            page = client.get(path).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
        found = client.get("/oembed", query_string={"url": f"http://localhost/moments/{moment}"}).json
        assert "<script>" not in found["html"]
        assert client.get(f"/moments/{moment}/clip.mp3").status_code == 200
        assert client.get(f"/moments/{moment}/card.png").status_code == 200
    finally:
        app.extensions["companion"].close()


# ---- commands


def _companion(home: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "companion", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


def test_the_command_writes_a_clip(home: Path, door: Companion, moment: str, tmp_path: Path) -> None:
    done = _companion(home, "clip", moment, "--out", str(tmp_path / "a.mp3"))
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "a.mp3"))
    assert ID3(tmp_path / "a.mp3")["TALB"].text == ["Late again"]
    done = _companion(home, "clip", moment, "--video", "--out", str(tmp_path / "b.mp4"))
    assert done.returncode == 0, done.stderr
    assert b"ftyp" in (tmp_path / "b.mp4").read_bytes()[:16]


def test_a_video_that_was_killed_half_way_leaves_nothing_that_looks_like_one(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    with Companion.open(settings) as door:
        moment = door.moment_ids("late-again")[0]
    folder = settings.home / "clips"
    command = [sys.executable, "-m", "companion", "--home", str(settings.home), "clip", moment, "--video"]
    maker = subprocess.Popen([*command, "--out", str(tmp_path / "a.mp4")], start_new_session=True)
    end = time.monotonic() + 60
    while not list(folder.glob("*.told")) and maker.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(maker.pid, signal.SIGKILL)
    maker.wait()

    assert list(folder.glob("*.mp4")) == []
    assert not (tmp_path / "a.mp4").exists()
    with Companion.open(settings) as door:
        assert not door.clips.video_state(moment).ready
        assert not door.clips.video_state(moment).making
        assert door.clips.make_video(moment).path.is_file()
        for left in folder.glob(".*.part"):
            os.utime(left, (1, 1))
        door.clips.sweep()
    assert sorted(p.suffix for p in folder.iterdir() if p.suffix != ".lock") == [".mp4"]


def test_the_command_says_what_is_wrong(home: Path, moment: str, tmp_path: Path) -> None:
    done = _companion(home, "clip", "nothing", "--out", str(tmp_path / "a.mp3"))
    assert done.returncode == 3
    assert "no such moment" in done.stderr
    done = _companion(home, "clip", moment, "--out", str(tmp_path / "none" / "a.mp3"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_moment_without_a_video_has_none(door: Companion) -> None:
    with pytest.raises(NotFoundError):
        door.clips.video(door.moment_ids("second-chair")[0])
