"""The routes of the transcript editor: what scripts and forms get, who gets in, what comes out inert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from companion.config import Settings
from companion.core import Companion
from tests import small_library
from tests.host_client import ORIGIN, HostClient, host_client
from tests.small_site import site

AT = "/host/episodes/late-again/transcript"
SCRIPT = "</script><img src=x onerror=alert(1)>{{7*7}} --> 00:00:01.000 --> <v Eve>& \"'"
ROUTES = (
    ("GET", ""),
    ("GET", "/lines"),
    ("GET", "/lines/2"),
    ("GET", "/flagged"),
    ("POST", "/lines/2/text"),
    ("POST", "/lines/2/speaker"),
    ("POST", "/lines/2/split"),
    ("POST", "/lines/2/merge"),
    ("POST", "/lines/2/delete"),
    ("POST", "/lines/2/looked"),
    ("POST", "/undo"),
    ("POST", "/redo"),
    ("POST", "/replace"),
    ("GET", "/voices"),
    ("POST", "/voices/name"),
    ("POST", "/voices/new"),
    ("POST", "/voices/join"),
    ("POST", "/voices/remove"),
    ("GET", "/vocabulary"),
    ("POST", "/vocabulary"),
    ("POST", "/vocabulary/add"),
    ("POST", "/vocabulary/remove"),
    ("GET", "/versions"),
    ("POST", "/versions/keep"),
    ("GET", "/versions/compare?left=1&right=1"),
    ("POST", "/versions/1/use"),
    ("POST", "/versions/1/carry"),
    ("POST", "/versions/1/take"),
    ("GET", "/recognise"),
    ("POST", "/recognise"),
    ("POST", "/recognise/stop"),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The site over a library of its own."""
    small_library.build(Settings.load(tmp_path / "library", {}), tmp_path)
    with site(tmp_path / "library") as app:
        yield app


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The site for tests in which everything is refused."""
    folder = tmp_path_factory.mktemp("shared")
    small_library.build(Settings.load(folder / "library", {}), folder)
    with site(folder / "library") as app:
        yield app


@pytest.fixture(scope="module")
def shared_host(shared_app: Flask) -> HostClient:
    return host_client(shared_app)


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


@pytest.fixture
def door(app: Flask) -> Companion:
    public: Companion = app.extensions["companion"]
    return public.host


def sent(host: HostClient, path: str, status: int = 200, **values: Any) -> Any:
    answer = host.send("POST", AT + path, json=values)
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def read(host: HostClient, path: str, status: int = 200) -> Any:
    answer = host.send("GET", AT + path)
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    return answer.json


# ---- who gets in


def test_every_route_is_known_here(app: Flask) -> None:
    rules = {
        (method, re.sub(r"<int:\w+>", "#", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("host_editor.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    root = "/host/episodes/<slug>/transcript"
    assert rules == {(m, root + re.sub(r"\d+", "#", path.split("?")[0])) for m, path in ROUTES}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_gets_in_and_no_other_site_changes_anything(
    shared_app: Flask, shared_host: HostClient, method: str, path: str
) -> None:
    door: Companion = shared_app.extensions["companion"]
    before = door.version()
    nobody = shared_app.test_client()
    answer = nobody.open(AT + path, method=method, headers={**ORIGIN, "Accept": "application/json"}, json={})
    assert answer.status_code == 401
    if method == "GET":
        shown = nobody.get(AT + path)
        assert shown.status_code == 302
        assert shown.headers["Location"].startswith("/host/login")
    else:
        host = shared_host
        for forged in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": "0" * 64},
        ):
            assert host.send(method, AT + path, json={}, headers=forged).status_code == 403
        assert host.client.post(AT + path, headers=ORIGIN).status_code == 403
    assert door.version() == before


# ---- reading


def test_lines_come_short_packed_and_once(host: HostClient) -> None:
    answer = host.send("GET", f"{AT}/lines", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    found = read(host, "/lines")
    assert (found["rev"], found["version"], found["duration_ms"], found["undo"]) == (0, 1, 60_000, None)
    assert [v["name"] for v in found["voices"]] == ["Dr Hale", "Mara", "Jonas"]
    assert found["columns"] == ["id", "start_ms", "end_ms", "voice", "text", "rev", "flags", "state", "sure"]
    assert found["lines"][1] == [
        2, 3700, 9700, 1, "I sat on the stairs with my coat on. I felt so lonely, and then I felt stupid for it.", 0, 0,
        0, 100,
    ]  # fmt: skip
    assert found["lines"][6][6] == 1 << found["flags"].index("low_confidence")
    assert host.get(found["audio"]).status_code == 200
    again = host.send("GET", f"{AT}/lines", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    sent(host, "/lines/2/text", text="I sat there.", seen=0)
    assert host.send("GET", f"{AT}/lines", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    newer = read(host, "/lines?since=0")
    assert ([x[0] for x in newer["lines"]], newer["order"]) == ([2], list(range(1, 11)))
    assert read(host, "/lines?since=x", 400)["error"]


def test_one_line_comes_with_its_words_and_what_the_machine_made(host: HostClient) -> None:
    before = read(host, "/lines/5")
    assert before["made"] is None
    assert before["words"][0] == [17600, 17900, "There", 0.9] or before["words"][0][2] == "There"
    sent(host, "/lines/5/text", text="There is no but.", seen=0)
    after = read(host, "/lines/5")
    assert after["made"]["text"] == "There was no but."
    assert [w[2] for w in after["words"]] == ["There", "is", "no", "but."]
    assert read(host, "/lines/99", 404)["error"] == "There is no such line in this transcript."


# ---- changing


def test_a_line_is_changed_and_the_second_writer_is_told(host: HostClient, door: Companion) -> None:
    changed = sent(host, "/lines/2/text", text="I sat there.", seen=0)
    assert (changed["rev"], changed["lines"], changed["order"]) == (
        1,
        [[2, 3700, 9700, 1, "I sat there.", 1, 0, 3, 100]],
        None,
    )
    assert changed["undo"]["by"] == "Ada Host"
    conflict = sent(host, "/lines/2/text", 409, text="I sat here.", seen=0)
    assert conflict["conflict"]["line"][4] == "I sat there."
    assert (conflict["conflict"]["yours"], conflict["conflict"]["by"]) == ("I sat here.", "Ada Host")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", conflict["conflict"]["at"])
    assert sent(host, "/lines/2/text", text="I sat here.", seen=conflict["conflict"]["line"][5])["rev"] == 2
    assert door.search("here").total >= 1


def test_lines_are_split_joined_deleted_and_all_is_undone(host: HostClient) -> None:
    start = read(host, "/lines")["lines"]
    split = sent(host, "/lines/2/split", at=37, seen=0, voice="Jonas")
    assert split["order"] == [1, 2, 11, *range(3, 11)]
    assert split["lines"][0][4] == "I sat on the stairs with my coat on."
    assert [v["lines"] for v in split["voices"]] == [2, 4, 5]
    merged = sent(host, "/lines/2/merge", seen=1, next_seen=1)
    assert merged["order"] == list(range(1, 11))
    assert sent(host, "/lines/9/delete", seen=0)["order"] == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    sent(host, "/lines/3/speaker", voice=None, seen=0)
    assert read(host, "/flagged")["lines"] == [7]
    sent(host, "/lines/7/looked", looked=True)
    assert read(host, "/flagged")["lines"] == []
    assert "Look at what is new" in sent(host, "/undo", 409, rev=1)["error"]
    for rev in (5, 6, 7, 8, 9):
        undone = sent(host, "/undo", rev=rev)
    assert undone["undo"] is None
    assert [x[:5] for x in read(host, "/lines")["lines"]] == [x[:5] for x in start]
    assert sent(host, "/undo", 400, rev=10)["error"] == "There is nothing to undo."
    assert sent(host, "/redo", rev=10)["order"][2] == 11


def test_words_are_found_then_replaced(host: HostClient) -> None:
    preview = sent(
        host, "/replace", **{"find": "lonely", "with": "alone", "words": True, "case": False, "preview": True}
    )
    assert (preview["count"], preview["lines"], preview["rev"]) == (2, 2, 0)
    assert preview["found"][0]["after"].count("alone") == 1
    done = sent(host, "/replace", **{"find": "lonely", "with": "alone", "words": True, "rev": 0})
    assert (done["count"], [x[0] for x in done["lines"]]) == (2, [2, 3])
    sent(host, "/replace", 409, **{"find": "alone", "with": "lonely", "rev": 0})


def test_voices_are_named_heard_joined(host: HostClient, door: Companion) -> None:
    found = read(host, "/voices")
    assert found["roles"] == ["therapist", "partner", "host", "unknown"]
    assert all(0 < end - start <= 5000 for start, end in (v["sample"] for v in found["voices"]))
    named = sent(host, "/voices/name", voice="Jonas", name="Jonathan", role="partner")
    assert [v["name"] for v in named["voices"]] == ["Dr Hale", "Mara", "Jonathan"]
    assert {m.moment.validating_speaker for m in door.moments_of("late-again")} == {"Jonathan", "Mara"}
    sent(host, "/voices/new", name="Theo", role="host")
    sent(host, "/voices/join", voice="Dr Hale", into="Voice 1")
    assert [v["lines"] for v in sent(host, "/voices/remove", voice="Dr Hale")["voices"]] == [4, 4, 2]
    assert "already" in sent(host, "/voices/name", 400, voice="Jonas", name="Mara", role="partner")["error"]
    assert "roles" in sent(host, "/voices/name", 400, voice="Jonas", name="X", role="boss")["error"]


def test_versions_are_kept_compared_used(host: HostClient) -> None:
    sent(host, "/lines/2/text", text="I sat there.", seen=0)
    kept = sent(host, "/versions/keep", note="before")
    assert [(v["number"], v["note"], v["source"], v["current"]) for v in kept["versions"]] == [
        (1, "", "recognition", True),
        (2, "before", "kept", False),
    ]
    sent(host, "/lines/2/text", text="I sat here.", seen=1)
    compared = read(host, "/versions/compare?left=1&right=2")
    assert compared["pairs"][0]["left_pieces"] == [["I sat ", False], ["here.", True]]
    assert read(host, "/versions/compare?left=1&right=two", 400)["error"]
    assert read(host, "/versions/compare?left=1&right=7", 404)["error"]
    used = sent(host, "/versions/2/use", rev=2)
    assert (used["version"], used["rev"]) == (2, 3)
    assert read(host, "/lines")["lines"][1][4] == "I sat there."
    preview = sent(host, "/versions/1/carry", preview=True)
    assert (preview["would"], preview["cannot"][0]["text"]) == (0, "I sat there.")
    taken = sent(host, "/versions/1/take", lines=[2], rev=3)
    assert taken["lines"][0][4] == "I sat here."
    assert sent(host, "/versions/9/use", 404)["error"] == "There is no version 9 of this transcript."


def test_a_new_recognition_is_asked_for_and_stopped(host: HostClient) -> None:
    assert read(host, "/recognise")["job"] is None
    assert sent(host, "/vocabulary/add", word="Ottilie")["words"] == ["Ottilie"]
    job = sent(host, "/recognise", 202, model="bundled", hotwords=None, speakers=3)["job"]
    assert (job["state"], job["hotwords"], job["speakers"], job["percent"]) == ("waiting", ["Ottilie"], 3, None)
    assert "under way" in sent(host, "/recognise", 409, model="bundled")["error"]
    assert sent(host, "/recognise/stop")["job"]["state"] == "stopped"
    assert sent(host, "/recognise", 400, model="/etc")["error"].startswith("There is no recogniser")
    assert sent(host, "/recognise", 400, speakers=99)["error"]
    assert sent(host, "/vocabulary/remove", word="Ottilie")["words"] == []
    assert sent(host, "/vocabulary", words=["A", "B"])["words"] == ["A", "B"]


# ---- bad input


@pytest.mark.parametrize(
    ("path", "values", "status"),
    [
        ("/lines/2/text", {"text": ""}, 400),
        ("/lines/2/text", {"text": "", "seen": 0}, 400),
        ("/lines/2/text", {"text": "x" * 2001, "seen": 0}, 413),
        ("/lines/2/text", {"text": "a\x00b", "seen": 0}, 400),
        ("/lines/2/text", {"text": ["x"], "seen": 0}, 400),
        ("/lines/2/text", {"text": "x", "seen": "0"}, 400),
        ("/lines/2/text", {"text": "x", "seen": True}, 400),
        ("/lines/2/text", {"text": "x", "seen": -1}, 400),
        ("/lines/2/text", {"text": "x", "seen": 10**30}, 400),
        ("/lines/99999999999999999999/text", {"text": "x", "seen": 0}, 404),
        ("/lines/2/speaker", {"voice": "Nobody", "seen": 0}, 400),
        ("/lines/2/split", {"at": 0, "seen": 0}, 400),
        ("/lines/2/looked", {"looked": "yes"}, 400),
        ("/replace", {"find": " ", "with": "x"}, 400),
        ("/replace", {"find": "x" * 201, "with": "x"}, 413),
        ("/replace", {"find": "x", "with": "y", "only": [1, "a"]}, 400),
        ("/versions/1/take", {"lines": "2"}, 400),
        ("/vocabulary", {"words": [1]}, 400),
        ("/vocabulary", {}, 400),
        ("/voices/new", {"name": "x\u202ey", "role": "partner"}, 400),
    ],
)
def test_what_cannot_be_is_answered_with_a_sentence(
    shared_app: Flask, shared_host: HostClient, path: str, values: dict[str, Any], status: int
) -> None:
    host, door = shared_host, shared_app.extensions["companion"]
    read(host, "/lines")
    before = door.version()
    answer = sent(host, path, status, **values)
    assert re.fullmatch(r"[A-Z“].*[.]", answer["error"])
    assert door.version() == before


def test_what_is_not_json_is_refused(host: HostClient) -> None:
    for body in (b"[1]", b"{", b'"x"', b"\xff"):
        answer = host.send("POST", f"{AT}/undo", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json
        assert answer.json["error"]


def test_an_episode_that_is_not_ready_or_not_there(host: HostClient) -> None:
    answer = host.send("GET", "/host/episodes/on-its-way/transcript/lines")
    assert answer.status_code == 409
    assert answer.json
    assert "not ready yet" in answer.json["error"]
    assert host.send("GET", "/host/episodes/nobody/transcript/lines").status_code == 404


def test_scripts_in_any_field_come_out_inert(app: Flask, host: HostClient, door: Companion) -> None:
    sent(host, "/lines/2/text", text=SCRIPT, seen=0)
    sent(host, "/voices/name", voice="Jonas", name="<b onclick=x>Jonas", role="partner")
    sent(host, "/versions/keep", note="<script>alert(1)</script>")
    sent(host, "/vocabulary/add", word="<i>Mara</i>")
    assert read(host, "/lines")["lines"][1][4] == SCRIPT
    for path in ("/lines", "/voices", "/versions", "/vocabulary"):
        answer = host.send("GET", AT + path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert json.loads(answer.text)
    listener = app.test_client()
    page = listener.get("/episodes/late-again").text
    assert "<img src=x" not in page
    assert "<b onclick" not in page
    assert "{{7*7}}" in page
    vtt = listener.get("/episodes/late-again/transcript.vtt").text
    cue = next(line for line in vtt.splitlines() if "onerror" in line)
    assert "<img" not in cue
    assert "<v Eve>" not in cue
    assert "-->" not in cue


# ---- without scripts


def test_forms_go_back_to_their_line(host: HostClient, door: Companion) -> None:
    answer = host.post(f"{AT}/lines/2/text", {"text": "I sat there.", "seen": "0"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{AT}?at=2#line-2")
    assert host.post(f"{AT}/lines/3/speaker", {"voice": "", "seen": "0"}).status_code == 303
    assert host.post(f"{AT}/lines/7/looked", {"looked": "on"}).status_code == 303
    assert host.post(f"{AT}/undo", {"rev": "3"}).headers["Location"] == AT
    assert host.post(f"{AT}/replace", {"find": "lonely", "with": "alone", "words": "1"}).status_code == 303
    assert host.post(f"{AT}/vocabulary", {"words": "Mara\n\nDr Hale\n"}).headers["Location"] == f"{AT}/versions"
    assert door.editing.house.get().words == ("Mara", "Dr Hale")
    assert door.editing.line("late-again", 2).text == "I sat there."
    assert host.post(f"{AT}/lines/2/text", {"text": "", "seen": "1"}).status_code == 400
