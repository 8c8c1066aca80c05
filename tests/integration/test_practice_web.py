"""The practice pages as a client without a browser sees them."""

from __future__ import annotations

import io
import re
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
import waitress.buffers
import werkzeug.formparser
from flask.testing import FlaskClient

from companion.cli.serve import make_server
from companion.core import Companion
from companion.takes import Asked, TakeState
from tests.practice_client import (
    ASKED,
    OURS,
    PROMPT,
    PUBLIC,
    WEBM,
    begin,
    hear,
    recorded,
    space_of,
    upload,
)
from tests.small_site import site
from tests.sounds import write_wav
from web.guarding import COOKIE
from web.headers import PRACTICE_HEADERS

JSON = {**OURS, "Content-Type": "application/json"}


# ---- takes


def test_a_take_arrives_in_chunks_in_any_order_and_twice(owner: FlaskClient, practice_door: Companion) -> None:
    name = begin(owner)["id"]
    for number, data in ((1, b"two"), (0, b"one"), (1, b"two")):
        assert owner.put(f"/practice/takes/{name}/chunks/{number}", data=data, headers=OURS).status_code == 204
    assert owner.get(f"/practice/takes/{name}/chunks").json == {"chunks": [0, 1]}
    assert owner.get(f"/practice/takes/{name}/state").json == {"state": "recording", "percent": None}

    assert owner.post(f"/practice/takes/{name}/finish", json={"chunks": 2}, headers=OURS).status_code == 202

    assert owner.get(f"/practice/takes/{name}/state").json["state"] == "waiting"
    assert owner.get(f"/practice/takes/{name}/sound").data == b"onetwo"


def test_other_bytes_under_the_same_number_are_refused(owner: FlaskClient) -> None:
    name = recorded(owner)

    answer = owner.put(f"/practice/takes/{name}/chunks/0", data=b"other", headers=OURS)

    assert answer.status_code == 409
    assert "already" in answer.json["error"]


def test_a_take_with_a_gap_is_not_finished(owner: FlaskClient) -> None:
    name = recorded(owner)

    answer = owner.post(f"/practice/takes/{name}/finish", json={"chunks": 3}, headers=OURS)

    assert answer.status_code == 409
    assert "1, 2" in answer.json["error"]


def test_a_take_that_was_cut_short_is_finished_with_what_arrived_without_a_gap(
    owner: FlaskClient, practice_door: Companion
) -> None:
    name = recorded(owner)
    owner.put(f"/practice/takes/{name}/chunks/1", data=b"and more", headers=OURS)
    page = owner.get(PROMPT).text
    assert f'action="/practice/takes/{name}/finish"' in page

    answer = owner.post(f"/practice/takes/{name}/finish", data={}, headers=OURS)

    assert (answer.status_code, answer.location) == (303, f"/practice/takes/{name}")
    assert practice_door.practice.take(space_of(owner, practice_door), name).state is TakeState.WAITING


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"asked": {}, "mime": WEBM},
        {"asked": {"prompt_id": "a", "moment_id": "b"}, "mime": WEBM},
        {"asked": {"prompt_id": ["a"]}, "mime": WEBM},
        {"asked": ASKED},
        {"asked": ASKED, "mime": "text/html"},
        {"asked": ASKED, "mime": "audio/webm\r\nX: y"},
    ],
)
def test_a_take_of_nothing_known_is_refused_and_opens_no_space(nobody: FlaskClient, body: dict[str, Any]) -> None:
    answer = nobody.post("/practice/takes", json=body, headers=OURS)

    assert answer.status_code in (400, 415)
    assert answer.json["error"].endswith(".")
    assert "Set-Cookie" not in answer.headers


def test_a_take_of_what_there_is_not_opens_no_space(nobody: FlaskClient, practice_door: Companion) -> None:
    def spaces() -> object:
        with practice_door.library.database.engine.connect() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM practice_space").scalar()

    before = spaces()
    answer = nobody.post("/practice/takes", json={"asked": {"prompt_id": "none"}, "mime": WEBM}, headers=OURS)

    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers
    assert spaces() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"chunks": "2"}', b'{"chunks": 0}', b'{"chunks": true}'])
def test_a_finish_without_a_number_says_what_it_needs(owner: FlaskClient, body: bytes) -> None:
    name = recorded(owner)

    answer = owner.post(f"/practice/takes/{name}/finish", data=body, headers=JSON)

    assert answer.status_code == 400
    assert "JSON" in answer.json["error"] or "how many chunks" in answer.json["error"]


def test_any_part_of_a_take_can_be_heard_and_nothing_keeps_it(owner: FlaskClient) -> None:
    name = recorded(owner, b"0123456789")
    owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)
    address = f"/practice/takes/{name}/sound"

    part = owner.get(address, headers={"Range": "bytes=2-4"})
    head = owner.head(address, headers={"Range": "bytes=2-4"})
    behind = owner.get(address, headers={"Range": "bytes=99-"})

    assert (part.status_code, part.data) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert part.mimetype == "audio/webm"
    assert (head.status_code, head.data, head.content_length) == (200, b"", 10)
    assert behind.status_code == 416
    assert {a.headers["Cache-Control"] for a in (part, head, behind)} == {"no-store"}
    assert "ETag" not in part.headers


def test_chunks_and_handed_in_recordings_may_be_larger_than_pages(home: Path) -> None:
    with site(home, practice_chunk_bytes=100_000, practice_take_bytes=150_000) as app:
        client = app.test_client()
        name = begin(client)["id"]
        address = f"/practice/takes/{name}/chunks/0"
        codes = [client.put(address, data=b"x" * n, headers=OURS).status_code for n in (100_001, 100_000)]
        uploads = [upload(client, b"x" * n).status_code for n in (170_000, 155_000, 149_000)]
        page = client.post("/practice/space/keeping", data={"keeping": "x" * 64_001}, headers=OURS)

    assert codes == [413, 204]
    assert uploads == [413, 413, 303]
    assert page.status_code == 413


def test_chunks_are_no_pages_to_be_rationed_but_codes_are(home: Path) -> None:
    with site(home, rate_limit="8 per minute", recover_rate_limit="2 per minute") as app:
        client = app.test_client()
        name = begin(client)["id"]
        chunks = {
            client.put(f"/practice/takes/{name}/chunks/{n}", data=b"x", headers=OURS).status_code for n in range(12)
        }
        states = {client.get(f"/practice/takes/{name}/state").status_code for _ in range(12)}
        codes = [
            client.post("/practice/space/recover", data={"code": "none"}, headers=OURS).status_code for _ in range(3)
        ]

    assert (chunks, states) == ({204}, {200})
    assert codes == [404, 404, 429]


def test_no_recording_lies_in_a_temporary_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the server's nor the forms': both would write large ones to the disk, in clear."""

    written = []

    def refuse(*_: object, **__: object) -> None:
        written.append("a temporary file")  # the server goes on after an error
        raise OSError

    for module in (tempfile, waitress.buffers, werkzeug.formparser):
        for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile"):
            monkeypatch.setattr(module, name, refuse, raising=False)
    monkeypatch.setattr(waitress.buffers.TempfileBasedBuffer, "newfile", refuse)
    with site(home) as app:
        server = make_server(app, app.extensions["companion"].settings, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.effective_port}"
            sound = b"RIFF" + bytes(5_000_000)
            lines = [
                b"--x",
                b'Content-Disposition: form-data; name="prompt_id"',
                b"",
                ASKED["prompt_id"].encode(),
                b"--x",
                b'Content-Disposition: form-data; name="recording"; filename="a.wav"',
                b"Content-Type: audio/wav",
                b"",
                sound,
                b"--x--",
                b"",
            ]
            headers = {"Origin": base, "Content-Type": "multipart/form-data; boundary=x"}
            with urlopen(Request(f"{base}/practice/upload", b"\r\n".join(lines), headers)) as answer:
                cookie = answer.headers["Set-Cookie"].split(";")[0]
                address = re.search(r'href="(/practice/takes/\w+)"', answer.read().decode())
            assert address is not None
            with urlopen(Request(f"{base}{address[1]}/sound", headers={"Cookie": cookie})) as answer:
                assert answer.read() == sound
            with urlopen(Request(f"{base}/practice/export", headers={"Cookie": cookie})) as answer:
                assert sound in answer.read()
        finally:
            with suppress(OSError):  # the server may close before the trigger that tells it to is back
                server.trigger.pull_trigger(server.close)
            thread.join(timeout=10)
    assert written == []


# ---- handed in, heard, corrected


def test_a_recording_is_handed_in_with_a_form(owner: FlaskClient, practice_door: Companion, spoken: bytes) -> None:
    first = upload(owner, spoken)
    second = upload(owner, spoken)

    assert first.status_code == 201
    assert re.search(r"<output>[a-z-]{20,}</output>", first.text)
    assert second.status_code == 303
    assert owner.get(second.location).status_code == 200
    assert [t.number for t in practice_door.practice.takes(space_of(owner, practice_door), Asked(**ASKED))] == [2, 1]


def test_a_phone_may_call_its_recording_otherwise(owner: FlaskClient, practice_door: Companion, spoken: bytes) -> None:
    answer = upload(owner, spoken, recording=(io.BytesIO(spoken), "new.m4a", "audio/x-m4a"))

    assert answer.status_code == 201
    assert practice_door.practice.takes(space_of(owner, practice_door))[0].mime == "audio/mp4"


@pytest.mark.parametrize(
    ("name", "sound", "code", "words"),
    [("reply.wav", b"", 400, "No recording was chosen"), ("letter.txt", b"Dear", 415, "not taken")],
)
def test_what_is_no_recording_is_refused_and_opens_no_space(
    nobody: FlaskClient, name: str, sound: bytes, code: int, words: str
) -> None:
    answer = upload(nobody, sound, name)

    assert answer.status_code == code
    assert words in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_take_that_is_heard_shows_what_was_said_and_can_be_put_right(
    owner: FlaskClient, practice_door: Companion, spoken: bytes
) -> None:
    upload(owner, spoken)
    name = practice_door.practice.takes(space_of(owner, practice_door))[0].id
    assert "Listening to what you said" in owner.get(f"/practice/takes/{name}").text
    hear(owner, practice_door)

    heard = owner.get(f"/practice/takes/{name}").text
    answer = owner.post(f"/practice/takes/{name}/correct", data={"text": "<b>Of course</b> you did."}, headers=OURS)

    assert "What I heard you do" in heard
    assert answer.status_code == 303
    assert "&lt;b&gt;Of course&lt;/b&gt; you did." in re.sub(r"</?mark[^>]*>", "", owner.get(answer.location).text)
    empty = owner.post(f"/practice/takes/{name}/correct", data={"text": "  "}, headers=OURS)
    assert (empty.status_code, "no words" in empty.json["error"]) == (400, True)


def test_a_doubtful_text_is_asked_for_before_anything_is_said_about_it(
    owner: FlaskClient, practice_door: Companion, spoken: bytes, tmp_path: Path
) -> None:
    clear = np.frombuffer(spoken[44:], np.int16).astype(float)
    noise = np.random.default_rng(0).normal(scale=clear.std() / 3, size=clear.size)
    noisy = write_wav(tmp_path / "noisy.wav", ((clear + noise) / 2).astype(np.int16))
    upload(owner, noisy.read_bytes())
    hear(owner, practice_door)
    (take,) = practice_door.practice.takes(space_of(owner, practice_door))
    address = f"/practice/takes/{take.id}"

    page = owner.get(address).text
    owner.post(f"{address}/correct", data={"text": "Of course you felt alone."}, headers=OURS)
    corrected = owner.get(address).text

    assert take.feedback is not None
    assert take.feedback.unsure
    assert "Is this what you said?" in page
    assert "What I heard you do" not in page
    assert "Is this what you said?" not in corrected
    assert "What I heard you do" in corrected


def test_a_take_that_cannot_be_heard_says_so_and_stays(owner: FlaskClient, practice_door: Companion) -> None:
    name = recorded(owner, b"not a recording")
    owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)
    hear(owner, practice_door)

    page = owner.get(f"/practice/takes/{name}").text

    assert 'class="problem"' in page
    assert "Your recording is kept." in page
    assert owner.get(f"/practice/takes/{name}/state").json["state"] == "failed"
    assert "could not be heard through" in owner.get("/practice/journal").text


def test_an_erased_take_is_gone(owner: FlaskClient) -> None:
    name = recorded(owner)

    answer = owner.post(f"/practice/takes/{name}/erase", headers=OURS)

    assert (answer.status_code, answer.location) == (303, PROMPT)
    assert owner.get(f"/practice/takes/{name}/sound").status_code == 404


# ---- the pages


@pytest.mark.parametrize("address", PUBLIC)
def test_every_page_has_one_heading_and_a_title(nobody: FlaskClient, address: str) -> None:
    text = nobody.get(address).text

    assert text.count("<h1") == 1
    assert re.search(r"<title>[^<]+ · Secure Love Companion</title>", text)


@pytest.mark.parametrize(
    "address", [*PUBLIC, "/practice/journal", "/practice/prompts/none", "/practice/takes/none/state"]
)
def test_no_answer_may_be_kept_and_only_practice_may_have_the_microphone(nobody: FlaskClient, address: str) -> None:
    answer = nobody.get(address)

    assert {name: answer.headers[name] for name in PRACTICE_HEADERS} == PRACTICE_HEADERS
    assert "microphone=()" in nobody.get("/moments").headers["Permissions-Policy"]
    assert "blob:" not in nobody.get("/moments").headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", PUBLIC)
def test_no_page_holds_inline_script_or_style_or_points_elsewhere(nobody: FlaskClient, address: str) -> None:
    text = nobody.get(address).text

    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', text)


def test_a_prompt_shows_its_bid_and_hides_how_it_can_be_said(nobody: FlaskClient, practice_door: Companion) -> None:
    prompt = practice_door.practice.prompt("goodnight-to-the-fridge")
    text = nobody.get(PROMPT).text

    assert "talking to the fridge" in text
    assert text.index("<details") < text.index(prompt.models[0].text[:20])
    assert prompt.near_miss.text not in text


def test_a_moment_stops_before_its_reply(nobody: FlaskClient, practice_door: Companion) -> None:
    stored = practice_door.moments(episode_slug="late-again").moments[0]
    bid = practice_door.practice.bid_of(Asked(moment_id=stored.id))
    text = nobody.get(f"/practice/moments/{stored.id}").text

    assert f'data-end="{bid.end_s:.2f}'.rstrip("0") in text
    assert bid.end_s < bid.reply_start_s + 0.01
    assert "Answer Mara" in text


def test_moments_lead_to_practice(nobody: FlaskClient, practice_door: Companion) -> None:
    name = practice_door.moments(episode_slug="late-again").moments[0].id

    for address in ("/", "/moments", f"/moments/{name}"):
        assert f'href="/practice/moments/{name}"' in nobody.get(address).text
    assert 'href="/practice"' in nobody.get("/search").text


def test_crawlers_stay_out(nobody: FlaskClient) -> None:
    assert "Disallow: /practice" in nobody.get("/robots.txt").text


def test_the_list_says_what_was_tried(owner: FlaskClient) -> None:
    assert "To begin with" in owner.get("/practice").text
    name = recorded(owner)
    owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)

    text = owner.get("/practice").text

    assert "To go on with" in text
    assert '<span class="count">1 take</span>' in text


def test_a_journal_without_a_space_leads_to_practice(nobody: FlaskClient) -> None:
    answer = nobody.get("/practice/journal")

    assert answer.status_code == 404
    assert 'href="/practice/space"' in answer.text


def test_nothing_that_was_said_gets_into_the_log(
    owner: FlaskClient, practice_door: Companion, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        name = recorded(owner, b"planted sound")
        owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)
        hear(owner, practice_door)
        owner.post(f"/practice/takes/{name}/correct", data={"text": "The planted phrase of this test."}, headers=OURS)
        owner.get(f"/practice/takes/{name}")
        cookie = owner.get_cookie(COOKIE)

    assert cookie is not None
    for secret in ("planted", cookie.value):
        assert secret not in caplog.text


def test_a_bug_tells_the_log_where_it_is_and_not_what_was_said(
    owner: FlaskClient, practice_door: Companion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorded(owner)
    said = "the planted phrase"

    def broken(*_: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(practice_door.practice, "takes", broken)

    answer = owner.get("/practice/journal")

    assert answer.status_code == 500
    assert "practice.journal failed: RuntimeError" in caplog.text
    assert "takes_of" in caplog.text
    assert "planted" not in caplog.text + answer.text
