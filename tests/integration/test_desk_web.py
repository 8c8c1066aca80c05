"""The desk through HTTP: uploads in pieces and by a form, jobs by their buttons, and nobody but a host."""

from __future__ import annotations

import io
import threading
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from companion.cli.serve import make_server
from companion.config import Settings
from companion.core import Companion
from companion.desk.tickets import GOOD_S, Tickets
from companion.handing import HEAD_BYTES, JobState
from companion.types import EpisodeState
from tests import small_library
from tests.faults.test_hostile_audio import record
from tests.host_client import ORIGIN, HostClient, host_client
from web import create_app

CHUNK = 20_000


@pytest.fixture
def app(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    settings = settings.with_(upload_chunk_bytes=CHUNK, min_free_bytes=0, rate_limit="100000 per minute")
    small_library.build(settings, tmp_path)
    made = create_app(settings)
    yield made
    made.extensions["companion"].close()


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


def door(app: Flask) -> Companion:
    found: Companion = app.extensions["companion"].host
    return found


def begin(host: HostClient, *paths: Path, **more: object) -> dict:  # type: ignore[type-arg]
    files = [
        {"name": p.name, "size": len(d), "modified": 1, "crc": zlib.crc32(d[:HEAD_BYTES])}
        for p, d in ((p, p.read_bytes()) for p in paths)
    ]
    answer = host.send("POST", "/host/uploads", {"files": files, **more})
    assert answer.status_code == 201, answer.text
    return answer.get_json()  # type: ignore[no-any-return]


def put(host: HostClient, upload: str, file: str, offset: int, piece: bytes, crc: int | None = None):  # type: ignore[no-untyped-def]
    crc = zlib.crc32(piece) if crc is None else crc
    return host.send("PUT", f"/host/uploads/{upload}/files/{file}?offset={offset}&crc={crc}", data=piece)


def send_all(host: HostClient, upload: str, file: str, data: bytes) -> None:
    for offset in range(0, len(data), CHUNK):
        answer = put(host, upload, file, offset, data[offset : offset + CHUNK])
        assert answer.status_code == 200, answer.text


def test_tracks_through_the_pages(app: Flask, host: HostClient, tmp_path: Path) -> None:
    paths = [record(tmp_path / f"{n}.wav", "pcm_s16le", 1 + i) for i, n in enumerate(("mara", "jonas"))]
    opened = begin(host, *paths)
    (upload,) = opened["uploads"]
    for (name, file), path in zip(opened["places"], paths, strict=True):
        send_all(host, name, file, path.read_bytes())
    part = host.get(upload["part"]).text
    assert 'value="Mara"' in part
    state = host.get(f"/host/uploads/{upload['id']}/state").get_json()
    assert all(f["checked"] for f in state["files"])
    first, second = (f["id"] for f in state["files"])
    form = {
        "title": "Stairs",
        "model": "bundled",
        "hotwords": "Mara, Jonas\nDr Hale",
        "mix": "",
        f"speaker-{first}": "Mara L.",
        f"role-{first}": "partner",
        f"speaker-{second}": "Jonas",
        "do": "start",
    }
    answer = host.post(f"/host/uploads/{upload['id']}", form)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/host?done=started#job-stairs")
    job = door(app).desk.job("stairs")
    assert job.parameters.hotwords == ("Mara", "Jonas", "Dr Hale")
    assert [(v.name, v.role) for v in job.parameters.voices] == [("Mara L.", "partner"), ("Jonas", "unknown")]
    page = host.get("/host").text
    assert "Stairs" in page
    assert "voices: Mara L., Jonas" in page


def test_a_script_is_told_where_to_go_on(host: HostClient, tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", "pcm_s16le", 1)
    data = path.read_bytes()
    (upload, file) = begin(host, path)["places"][0]
    assert put(host, upload, file, 0, data[:CHUNK]).get_json()["received"] == CHUNK
    again = put(host, upload, file, 0, data[:CHUNK])
    assert (again.status_code, again.get_json()["received"]) == (409, CHUNK)
    damaged = put(host, upload, file, CHUNK, data[CHUNK : 2 * CHUNK], crc=5)
    assert (damaged.status_code, damaged.get_json()["received"]) == (409, CHUNK)
    assert put(host, upload, file, CHUNK, bytes(CHUNK + 1)).status_code == 413
    assert put(host, upload, "0" * 32, 0, b"x").status_code == 404
    assert host.send("PUT", f"/host/uploads/{upload}/files/{file}?offset=-1&crc=x", data=b"x").status_code == 400


@pytest.mark.parametrize(
    ("name", "data", "status", "sentence"),
    [
        ("notes.mp3", b"Dear diary\n" * 9000, 415, "notes.mp3 is text, not a recording"),
        ("noise.wav", bytes(range(256)) * 300, 415, "noise.wav is not a recording that can be read here"),
    ],
)
def test_bad_files_have_their_sentence(
    host: HostClient, tmp_path: Path, name: str, data: bytes, status: int, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (upload, file) = begin(host, tmp_path / name)["places"][0]
    answer = None
    for offset in range(0, len(data), CHUNK):
        answer = put(host, upload, file, offset, data[offset : offset + CHUNK])
        if answer.status_code != 200:
            break
    assert answer is not None
    assert answer.status_code == status
    assert sentence in answer.get_json()["error"]
    assert sentence in host.get(f"/host/uploads/{upload}").text


def test_offers_that_are_refused_say_so(host: HostClient) -> None:
    for file, status, sentence in (
        ({"name": "a.txt", "size": 5, "modified": 0, "crc": 0}, 415, "not a kind of recording"),
        ({"name": "a.mp3", "size": 0, "modified": 0, "crc": 0}, 415, "is empty"),
        ({"name": "a.mp3", "size": 10**12, "modified": 0, "crc": 0}, 413, "at most 2000 MB"),
        ({"name": "a.mp3", "size": -1, "modified": 0, "crc": 0}, 400, "size"),
        ({"name": 5, "size": 1, "modified": 0, "crc": 0}, 400, "name"),
    ):
        answer = host.send("POST", "/host/uploads", {"files": [file]})
        assert (answer.status_code, sentence in answer.get_json()["error"]) == (status, True), answer.text
    for body in ([], {"files": []}, {"files": [{}] * 51}, {"files": "x"}):
        assert host.send("POST", "/host/uploads", body).status_code == 400


def test_a_recording_by_a_plain_form(app: Flask, host: HostClient, tmp_path: Path) -> None:
    data = record(tmp_path / "late-again.wav", "pcm_s16le", 4).read_bytes()
    assert len(data) > 100_000  # more than any other form may have
    page = host.get("/host/upload").text
    action = page.split('enctype="multipart/form-data" action="')[1].split('"')[0]
    answer = host.post(action, {"recording": (io.BytesIO(data), "late-again.wav")}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    one = answer.headers["Location"]
    assert "Late again" in host.get(one).text
    done = host.post(one, {"title": "Stairs", "model": "bundled", "speakers": "3", "do": "start"})
    assert done.headers["Location"].endswith("#job-stairs")
    assert door(app).desk.job("stairs").parameters.speakers == 3
    assert list(door(app).library.uploads_folder.iterdir()) == []
    bad = host.post(action, {"recording": (io.BytesIO(b"hello"), "a.mp3")}, content_type="multipart/form-data")
    assert bad.status_code == 415
    assert "a.mp3 is text, not a recording" in bad.text
    assert "No recording was chosen" in host.post(action, {}).text
    old = host.post("/host/uploads/form/1-" + "0" * 64, {"recording": (io.BytesIO(data), "b.wav")})
    assert (old.status_code, "too old" in old.text) == (400, True)
    assert [p.suffix for p in door(app).library.uploads_folder.iterdir()] == []


def test_names_and_titles_are_shown_and_do_nothing(app: Flask, host: HostClient, tmp_path: Path) -> None:
    bad = "<img src=x onerror=alert(1)>"
    data = record(tmp_path / "a.wav", "pcm_s16le", 1).read_bytes()
    files = [
        {"name": f"{bad} {n}.wav", "size": len(d), "modified": 1, "crc": zlib.crc32(d[:HEAD_BYTES])}
        for n, d in (("Mara", data), ("Jonas", data + b"\0\0"))
    ]
    opened = host.send("POST", "/host/uploads", {"files": files}).get_json()
    upload = opened["uploads"][0]["id"]
    for (_, file), whole in zip(opened["places"], (data, data + b"\0\0"), strict=True):
        send_all(host, upload, file, whole)
    first, second = (f["id"] for f in host.get(f"/host/uploads/{upload}/state").get_json()["files"])
    form = {"title": bad, "model": "bundled", "hotwords": bad, "mix": "", f"speaker-{first}": bad}
    host.post(f"/host/uploads/{upload}", {**form, f"speaker-{second}": "Jonas", "do": "save"})
    for address in (f"/host/uploads/{upload}", f"/host/uploads/{upload}/part", "/host/upload", "/host"):
        page = host.get(address).text
        assert "<img" not in page, address
        assert "&lt;img src=x onerror=alert(1)&gt;" in page, address
    assert (
        host.post(f"/host/uploads/{upload}", {**form, f"speaker-{second}": "Jonas", "do": "start"}).status_code == 303
    )
    slug = door(app).desk.jobs()[-1].episode.slug
    door(app).library.episodes.failed(door(app).episode(slug).id, bad)
    for address in ("/host", f"/host/jobs/{slug}/retry", f"/host/jobs/{slug}/remove"):
        assert "<img" not in host.get(address).text, address


def test_only_a_host_gets_in(app: Flask, host: HostClient, tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav", "pcm_s16le", 1)
    (upload, file) = begin(host, path)["places"][0]
    stranger = app.test_client()
    for address in (
        "/host",
        "/host/desk/part",
        "/host/upload",
        f"/host/uploads/{upload}",
        "/host/jobs/late-again/remove",
    ):
        answer = stranger.get(address)
        assert (answer.status_code, "/host/login" in answer.headers["Location"]) == (302, True), address
        assert "no-store" in answer.headers["Cache-Control"]
    assert stranger.get("/host/desk.json", headers={"Accept": "application/json"}).status_code == 401
    ticket = door(app).desk.tickets.give(10**12)
    changes = [
        ("POST", "/host/uploads"),
        ("POST", f"/host/uploads/{upload}"),
        ("POST", f"/host/uploads/{upload}/discard"),
        ("POST", f"/host/uploads/{upload}/settle"),
        ("POST", f"/host/uploads/{upload}/files/{file}/remove"),
        ("PUT", f"/host/uploads/{upload}/files/{file}?offset=0&crc=0"),
        ("POST", f"/host/uploads/form/{ticket}"),
        *(("POST", f"/host/jobs/on-its-way/{what}") for what in ("stop", "resume", "retry", "remove")),
    ]
    for method, address in changes:
        assert stranger.open(address, method=method, headers=ORIGIN).status_code == 401, address
        forged = {"Origin": "https://elsewhere.example", "X-CSRF-Token": host.csrf_token}
        assert host.client.open(address, method=method, headers=forged).status_code == 403, address
        assert host.client.open(address, method=method, headers=ORIGIN).status_code == 403, address  # without the token
    form = {"recording": (io.BytesIO(path.read_bytes()), "a.wav")}
    assert host.client.post(f"/host/uploads/form/{ticket}", data=form, headers=ORIGIN).status_code == 403
    assert list(door(app).library.uploads_folder.iterdir()) == []
    assert door(app).desk.job("on-its-way").state is JobState.WORKING


# ---- jobs


def test_the_desk_shows_what_is_where(app: Flask, host: HostClient) -> None:
    page = host.get("/host").text
    for words in (
        "On its way",
        "Writing down what is said, 37 %",
        "It could not be taken in",
        "Nobody can be heard in",
    ):
        assert words.replace(",", "</span><span data-percent>,", 1) in page or words in page, words
    assert "Nobody works on what waits" in page
    assert page.index("In work") < page.index('id="published"') < page.index("Late again")
    assert "2 lines to check" in page or "1 line to check" in page
    state = host.get("/host/desk.json").get_json()
    assert [(j["slug"], j["percent"], j["moves"]) for j in state["jobs"]] == [
        ("on-its-way", 37, True),
        ("too-quiet", None, False),
    ]
    assert f'data-version="{state["version"]}"' in page
    assert "<h1>" not in host.get("/host/desk/part").text


def test_jobs_by_their_buttons(app: Flask, host: HostClient) -> None:
    desk = door(app).desk
    before = host.get("/host/desk.json").get_json()["version"]
    assert host.post("/host/jobs/on-its-way/stop").status_code == 303
    assert desk.job("on-its-way").state is JobState.STOPPING
    assert host.get("/host/desk.json").get_json()["version"] != before
    assert not desk.library.jobs.goes_on(next(r for r in desk.library.jobs.unfinished()))
    assert "Stopped; what is done is kept" in host.get("/host").text
    host.post("/host/jobs/on-its-way/resume")
    assert desk.job("on-its-way").state is JobState.WAITING
    host.post("/host/jobs/too-quiet/retry")
    assert desk.job("too-quiet").state is JobState.WAITING
    host.post("/host/jobs/too-quiet/stop")
    assert "Try “Too quiet” again" in host.get("/host/jobs/too-quiet/retry").text
    bad = host.post("/host/jobs/too-quiet/retry", {"model": "bundled", "speakers": "many", "hotwords": ""})
    assert (bad.status_code, "How many voices" in bad.text) == (400, True)
    unknown = host.post("/host/jobs/too-quiet/retry", {"model": "nope", "speakers": "", "hotwords": ""})
    assert (unknown.status_code, "nope" in unknown.text) == (422, True)
    host.post("/host/jobs/too-quiet/retry", {"model": "auto", "speakers": "2", "hotwords": "Ana"})
    parameters = desk.job("too-quiet").parameters
    assert (parameters.model, parameters.speakers, parameters.hotwords) == ("auto", 2, ("Ana",))
    assert host.post("/host/jobs/late-again/stop").status_code == 409
    assert host.post("/host/jobs/nobody/stop").status_code == 404


def test_an_episode_is_removed_after_a_question(app: Flask, host: HostClient) -> None:
    assert "Remove “Late again”?" in host.get("/host/jobs/late-again/remove").text
    assert door(app).episode("late-again").state is EpisodeState.READY
    assert host.post("/host/jobs/late-again/remove").status_code == 303
    assert app.test_client().get("/episodes/late-again").status_code == 404
    assert app.test_client().get("/episodes/second-chair").status_code == 200


# ---- large bodies


def test_tickets() -> None:
    tickets = Tickets()
    ticket = tickets.give(1000.0)
    assert tickets.lets_in(f"/host/uploads/form/{ticket}", 1000.0)
    assert not tickets.lets_in(f"/host/uploads/form/{ticket}", 1001.0 + GOOD_S)
    assert not tickets.lets_in(f"/host/uploads/form/{ticket[:-1]}", 1000.0)
    assert not tickets.lets_in("/practice/upload", 1000.0)
    assert not Tickets().lets_in(f"/host/uploads/form/{ticket}", 1000.0)


def test_a_large_body_goes_to_the_librarys_folder_and_only_with_a_ticket(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    settings = door(app).settings.with_(practice_take_bytes=30_000, cover_bytes=30_000, max_feed_bytes=30_000)
    server = make_server(app, settings, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.effective_port}"
        ticket = door(app).desk.tickets.give(10**12)
        body = b"\0" * 3_000_000
        statuses = {}
        for path in ("/practice/upload", "/host/uploads/form/1-" + "0" * 64, f"/host/uploads/form/{ticket}"):
            request = urllib.request.Request(root + path, body, {"Content-Type": "text/plain", "Origin": root})
            try:
                with urllib.request.urlopen(request) as answer:
                    statuses[path] = answer.status
            except urllib.error.HTTPError as error:
                statuses[path] = error.code
                error.close()
            except (ConnectionError, urllib.error.URLError):
                statuses[path] = 413  # the server closed before all of it was sent
        assert list(statuses.values()) == [413, 413, 401]  # with a ticket it is read, and then asked who sends it
        assert list(door(app).library.uploads_folder.iterdir()) == []
    finally:
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=10)
