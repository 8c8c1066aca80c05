"""The review queue over HTTP: what scripts and forms do, who gets in, two hosts at once, what comes out inert."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from companion.config import Settings
from companion.core import Companion
from companion.types import DecisionKind, MomentState, StoredMoment, Tag
from tests import small_library
from tests.host_client import ORIGIN, HostClient, host_client
from tests.small_site import site

AT = "/host/episodes/late-again/moments"
SCRIPT = "</script><img src=x onerror=alert(1)>{{7*7}}\"'"
ROUTES = (
    *(("GET", "/host/review"), ("GET", AT), ("GET", f"{AT}/new"), ("POST", AT), ("GET", "/host/moments/ID")),
    *(("POST", f"/host/moments/ID/{what}") for what in ("approve", "reject", "tags", "bounds", "undo")),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The site over a library that nobody has reviewed."""
    small_library.build(Settings.load(tmp_path / "library", {}), tmp_path, reviewed=False)
    with site(tmp_path / "library") as made:
        yield made


@pytest.fixture
def host(app: Flask) -> HostClient:
    """A host who is logged in."""
    return host_client(app)


@pytest.fixture
def door(app: Flask) -> Companion:
    """The library as a host sees it."""
    public: Companion = app.extensions["companion"]
    return public.host


@pytest.fixture
def first(door: Companion) -> StoredMoment:
    """Jonas to Mara."""
    return door.moments_of("late-again")[0]


def as_of(door: Companion, name: str) -> str:
    return door.reviewing.standing(name).as_of


def form(door: Companion, name: str, **more: object) -> dict[str, object]:
    return {"as_of": as_of(door, name), "back": "all", **more}


def to_make(door: Companion) -> dict[str, object]:
    turns = [t.turn for t in door.turns("late-again")]
    return {
        "start_s": turns[5].start_s,
        "end_s": turns[6].end_s,
        "who": "Mara",
        "to": "Jonas",
        "tags": ["validation", "care"],
    }


def public(app: Flask, path: str) -> TestResponse:
    return app.test_client().get(path)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_else_gets_in_and_no_other_site_changes_anything(
    app: Flask, host: HostClient, first: StoredMoment, method: str, path: str
) -> None:
    path = path.replace("ID", first.id)
    answer = app.test_client().open(path, method=method, headers=ORIGIN)
    assert answer.status_code == (302 if method == "GET" else 401)
    if method == "POST":
        forged = host.client.open(path, method=method, headers=ORIGIN, data={"as_of": "x"})
        assert forged.status_code == 403
        elsewhere = host.post(path, headers={"Origin": "http://evil.example"})
        assert elsewhere.status_code == 403


def test_the_queue_has_what_a_host_needs(host: HostClient) -> None:
    page = host.get("/host/review")
    assert page.headers["Cache-Control"] == "no-store"
    text = page.text
    assert text.count("data-review=") == 3
    assert "3 moments wait" in text
    assert "<mark>Of course you felt lonely</mark>" in text
    assert 'src="/host/media/' in text
    scores = re.findall(r'id="who-([0-9a-f]{12})"', text)
    assert re.findall(r'id="who-([0-9a-f]{12})"', host.get("/host/review?order=strongest").text)[0] == scores[-1]
    assert host.get(AT).text.count("data-review=") == 2


def test_a_script_decides_and_gets_the_moment_as_it_is_now(
    app: Flask, host: HostClient, door: Companion, first: StoredMoment
) -> None:
    at = f"/host/moments/{first.id}"
    assert public(app, f"/moments/{first.id}").status_code == 404
    sent = {"as_of": as_of(door, first.id), "tags": ["ownership"]}
    now = host.send("POST", f"{at}/approve", sent).json
    assert now
    assert (now["state"], now["tags"], now["last"]["by"]) == ("approved", ["ownership"], "Ada Host")
    assert "data-review=" in now["card"]
    assert public(app, f"/moments/{first.id}").status_code == 200
    now = host.send("POST", f"{at}/reject", {"as_of": now["as_of"]}).json
    assert now
    assert now["state"] == "rejected"
    assert public(app, f"/moments/{first.id}").status_code == 404
    assert host.send("GET", at).json == now
    now = host.send("POST", f"{at}/undo", {"as_of": now["as_of"]}).json
    assert now
    assert now["state"] == "approved"
    words = door.turns("late-again")[2].turn.words
    bounds = {"as_of": now["as_of"], "end_s": words[-3].end_s}
    now = host.send("POST", f"{at}/bounds", bounds).json
    assert now
    assert (now["state"], now["end_s"]) == ("approved", words[-3].end_s)


def test_the_second_of_two_hosts_sees_what_changed(
    app: Flask, host: HostClient, door: Companion, first: StoredMoment
) -> None:
    other = host_client(app, "Bo", "eight loud rooms downstairs")
    seen = as_of(door, first.id)
    assert host.send("POST", f"/host/moments/{first.id}/approve", {"as_of": seen}).status_code == 200
    late = other.send("POST", f"/host/moments/{first.id}/reject", {"as_of": seen})
    assert late.status_code == 409
    assert late.json
    assert "Ada Host approved this moment" in late.json["error"]
    assert late.json["moment"]["state"] == "approved"
    by_form = other.post(f"/host/moments/{first.id}/reject", {"as_of": seen, "back": "all"})
    assert by_form.status_code == 409
    assert "Ada Host approved this moment" in by_form.text
    assert door.reviewing.standing(first.id).last.by == "Ada Host"  # type: ignore[union-attr]


def test_forms_do_the_same_without_scripts(host: HostClient, door: Companion, first: StoredMoment) -> None:
    at, word = f"/host/moments/{first.id}", door.turns("late-again")[1].turn.words[1]
    answer = host.post(f"{at}/bounds", form(door, first.id, nudge="start:word:1", back="episode"))
    assert (answer.status_code, answer.location) == (303, f"{AT}?done=bounds&of={first.id}#moment-{first.id}")
    assert door.moment(first.id).moment.start_s == word.start_s
    host.post(f"{at}/bounds", form(door, first.id, nudge="end:tenth:-1"))
    assert door.moment(first.id).moment.end_s == pytest.approx(first.moment.end_s - 0.1)
    host.post(f"{at}/tags", form(door, first.id, tags=["care", "curiosity"]))
    assert {t.tag for t in door.moment(first.id).moment.tags} == {Tag.CARE, Tag.CURIOSITY}
    answer = host.post(f"{at}/approve", form(door, first.id, order="strongest"))
    assert answer.location == f"/host/review?order=strongest&done=approve&of={first.id}#moments"
    page = host.get("/host/review").text
    assert "2 moments wait" in page
    assert "approved by Ada Host" in page
    assert f'data-lately="{first.id}"' in page
    assert host.post(f"{at}/undo", form(door, first.id)).status_code == 303
    assert "3 moments wait" in host.get("/host/review").text
    assert door.moment(first.id).moment.state is MomentState.SUGGESTED
    host.post(f"{at}/reject", form(door, first.id))
    assert host.get(f"{AT}?state=rejected").text.count("data-review=") == 1


def test_one_is_made_by_hand_and_is_public_once_it_is_approved(app: Flask, host: HostClient, door: Companion) -> None:
    page = host.get(f"{AT}/new").text
    assert page.count("data-line") == 10
    values = to_make(door)
    chosen = host.get(f"{AT}/new?from={values['start_s']}&to={values['end_s']}").text
    assert "Make it a moment" in chosen
    assert re.search(r"<option selected>Mara</option>.*<option selected>Jonas</option>", chosen, re.S)
    answer = host.post(AT, values)
    assert answer.status_code == 303
    (name,) = re.findall(r"#moment-([0-9a-f]{12})$", answer.location)
    assert "made by Ada Host" in host.get(AT).text
    assert public(app, f"/moments/{name}").status_code == 404
    assert name not in public(app, "/moments").text
    host.post(f"/host/moments/{name}/approve", form(door, name))
    assert public(app, f"/moments/{name}").status_code == 200
    assert name in public(app, "/moments").text
    (kind, *_) = [d.kind for d in door.reviewing.decisions("late-again")]
    assert kind is DecisionKind.MAKE


def test_a_script_makes_one_too(host: HostClient, door: Companion) -> None:
    answer = host.send("POST", AT, to_make(door))
    assert answer.status_code == 201
    assert answer.json
    assert (answer.json["by_hand"], answer.json["state"]) == (True, "suggested")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tags": []}, "at least one way of leaning in"),
        ({"tags": ["kindness"]}, "The tags are validation"),
        ({"who": "Dr Hale"}, "between the two partners"),
        ({"start_s": ""}, "Choose the line"),
        ({"end_s": "1e9"}, "number of seconds"),
        ({"start_s": "1.0"}, "a moment already"),
    ],
)
def test_a_form_that_makes_none_says_why(
    host: HostClient, door: Companion, change: dict[str, object], sentence: str
) -> None:
    answer = host.post(AT, {**to_make(door), **change})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert door.reviewing.decisions("late-again") == ()


@pytest.mark.parametrize(
    ("what", "sent", "status", "sentence"),
    [
        ("approve", {"as_of": None}, 400, "lacks “as_of”"),
        ("tags", {"tags": []}, 400, "at least one tag"),
        ("tags", {}, 400, "at least one tag"),
        ("bounds", {}, 400, "start or end"),
        ("bounds", {"end_s": 0.1}, 400, "before it ends"),
        ("bounds", {"start_s": -1}, 400, "number of seconds"),
        ("bounds", {"start_s": "x"}, 400, "number of seconds"),
        ("bounds", {"nudge": "middle:word:1"}, 400, "A nudge moves"),
        ("undo", {}, 400, "nothing to undo"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    host: HostClient,
    door: Companion,
    first: StoredMoment,
    what: str,
    sent: dict[str, object],
    status: int,
    sentence: str,
) -> None:
    body = {"as_of": as_of(door, first.id), **sent}
    answer = host.send("POST", f"/host/moments/{first.id}/{what}", {k: v for k, v in body.items() if v is not None})
    assert answer.status_code == status, answer.text
    assert answer.json
    assert sentence in answer.json["error"]
    assert door.moment(first.id) == first


@pytest.mark.parametrize(
    "path",
    [
        *("/host/moments/nobody", "/host/review?page=2", "/host/review?page=x", "/host/episodes/none/moments"),
        *("/host/episodes/on-its-way/moments", f"{AT}/new?page=99", "/host/episodes/too-quiet/moments/new"),
    ],
)
def test_what_is_not_there_is_not_found(host: HostClient, path: str) -> None:
    assert host.get(path).status_code == 404


def test_a_place_that_is_none_is_a_sentence(host: HostClient) -> None:
    for value in ("x", "nan", "-1", "inf"):
        assert host.get(f"{AT}/new?from={value}").status_code == 400


def test_scripts_in_what_is_said_and_in_names_come_out_inert(host: HostClient, door: Companion) -> None:
    sheet = door.editing.open("late-again")
    line = next(x for x in sheet.lines if x.text.startswith("Of course"))
    door.editing.set_text("late-again", line.id, f"Of course you felt lonely {SCRIPT}", line.rev, "Ada")
    door.editing.name_voice("late-again", "Jonas", f"Jo{SCRIPT}"[:60], small_library.Role.PARTNER, "Ada")
    door.editing.set_text("late-again", sheet.lines[6].id, SCRIPT, sheet.lines[6].rev, "Ada")
    values = {**to_make(door), "who": SCRIPT, "to": SCRIPT}
    pages = [host.get(path) for path in ("/host/review", AT, f"{AT}/new", f"{AT}/new?from=1&to=9&who={SCRIPT}")]
    assert [page.status_code for page in pages] == [200] * 4
    pages.append(host.post(AT, values))
    for page in pages:
        assert "<img src=x" not in page.text
        assert "49" not in re.findall(r"alert\(1\)(?:&gt;|>)(\d+)", page.text)


def test_a_suggestion_that_a_setting_lets_through_has_a_mark(tmp_path: Path) -> None:
    home = tmp_path / "library"
    small_library.build(Settings.load(home, {}), tmp_path, reviewed=False)
    with site(home, show_suggestions=True) as app:
        door: Companion = app.extensions["companion"].host
        first, second = door.moments_of("late-again")
        door.reviewing.decide(first.id, DecisionKind.APPROVE)
        mark = "Suggested, not reviewed yet"
        assert public(app, "/moments").text.count(mark) == 2
        assert mark in public(app, f"/moments/{second.id}").text
        assert mark not in public(app, f"/moments/{first.id}").text
        states = {m["id"]: m["state"] for m in public(app, "/api/v1/moments").json["moments"]}  # type: ignore[index]
        assert (states[first.id], states[second.id]) == ("approved", "suggested")
