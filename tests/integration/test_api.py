"""The read-only API: what is documented is there, what is there is documented, and errors are data too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.core import Companion
from companion.types import LEANING_IN, LengthBand, MomentKind, MomentOrder, Role
from tests.small_site import site

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
V1 = "/api/v1"


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[Flask]:
    with site(home, page_size=2) as app:
        yield app


def test_the_docs_name_every_address_and_no_other(app: Flask) -> None:
    there = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(V1)}
    assert set(re.findall(r"^\| `(/api/\S+)` \|", DOCS.read_text(), re.M)) == there


def test_the_docs_name_everything_to_choose_by() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCS.read_text(), re.M))
    for name, values in {
        "tag": LEANING_IN,
        "kind": MomentKind,
        "length": LengthBand,
        "role": Role,
        "sort": MomentOrder,
    }.items():
        assert {v.value for v in values} <= set(re.findall(r"`(\w+)`", rows[name])), name


def test_from_the_root_everything_can_be_reached(client: FlaskClient) -> None:
    """Follows every address that an answer names, and reads it."""
    seen: set[str] = set()
    todo = [f"{V1}/"]
    while todo:
        address = todo.pop().partition("#")[0]
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address, query_string=None if "?" in address else {"q": "you"})
        assert answer.status_code == 200, address
        if answer.mimetype == "application/json":
            todo += re.findall(r'"(/[^"]+)"', answer.text)
        answer.close()
    for part in ("/api/v1/moments?q=you&page=2", "/episodes/late-again", "/media/", "/transcript"):
        assert any(part in address for address in seen), part


def test_only_episodes_that_can_be_heard_are_listed(client: FlaskClient) -> None:
    answer = client.get(f"{V1}/episodes").json

    assert [e["slug"] for e in answer["episodes"]] == ["second-chair", "late-again"]
    assert (answer["total"], answer["page"], answer["pages"], answer["next"]) == (2, 1, 1, None)
    assert answer["episodes"][0]["sample"] is True
    assert answer["episodes"][0]["published"] == "2026-11-10T06:00:00+00:00"


def test_an_episode_has_its_voices_and_moments(client: FlaskClient, door: Companion) -> None:
    answer = client.get(f"{V1}/episodes/late-again").json

    assert {"name": "Dr Hale", "role": "therapist", "confirmed": True} in answer["voices"]
    assert [m["id"] for m in answer["moments"]] == [m.id for m in door.moments_of("late-again")]


def test_a_transcript_is_the_one_that_can_be_downloaded(client: FlaskClient) -> None:
    answer = client.get(f"{V1}/episodes/late-again/transcript")

    assert answer.json == client.get("/episodes/late-again/transcript.json").json
    assert answer.mimetype == "application/json"


def test_moments_come_in_pages_that_lead_to_each_other(client: FlaskClient) -> None:
    first = client.get(f"{V1}/moments").json
    second = client.get(first["next"]).json

    assert (first["total"], len(first["moments"]), len(second["moments"])) == (3, 2, 1)
    assert second["next"] is None
    assert first["counts"]["tag"]["validation"] == 2


@pytest.mark.parametrize(
    "chosen",
    [
        {"tag": ["validation", "care"]},
        {"tag": "validation", "sort": "shortest"},
        {"q": "lonely"},
        {"episode": "late-again"},
        {"kind": "mutual"},
        {"length": "short", "role": "partner"},
    ],
)
def test_the_same_choices_as_on_the_page_find_the_same(client: FlaskClient, chosen: dict[str, str]) -> None:
    found = [m["id"] for m in client.get(f"{V1}/moments", query_string=chosen).json["moments"]]

    shown = re.findall(r'<article class="moment" id="moment-(\w+)"', client.get("/moments", query_string=chosen).text)
    assert found == shown


def test_a_moment_has_its_turns_and_what_made_it(client: FlaskClient, door: Companion) -> None:
    stored = door.moments_of("late-again")[0]
    answer = client.get(f"{V1}/moments/{stored.id}").json

    assert answer["leans_in"] == {"name": "Jonas", "role": "partner"}
    assert answer["tags"][0] == {"tag": "validation", "score": 0.9, "words": ["Of course you felt lonely"]}
    assert [t["speaker"] for t in answer["turns"]] == ["Mara", "Jonas"]
    assert answer["audio"].endswith(f"#t={stored.moment.start_s},{stored.moment.end_s}")


def test_a_search_says_what_it_found_or_what_could_have_been_meant(client: FlaskClient) -> None:
    found = client.get(f"{V1}/search?q=stairs").json
    slip = client.get(f"{V1}/search?q=stiars").json

    assert found["places"][0]["found"] == ["stairs"]
    assert found["meant"] is None
    assert (slip["places"], slip["meant"], slip["total"]) == ([], "stairs", 0)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/episodes/none", 404),
        ("/episodes/on-its-way", 404),
        ("/episodes/on-its-way/transcript", 404),
        ("/moments/none", 404),
        ("/moments?page=9", 404),
        ("/moments?page=x", 404),
        ("/moments?tag=kindness", 400),
        ("/moments?sort=random", 400),
        ("/moments?episode=too-quiet", 404),
        ("/search", 400),
        ("/search?q=%3F", 400),
    ],
)
def test_errors_are_data(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(V1 + address, headers={"Accept": "text/html"})

    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert list(answer.json) == ["error"]
    assert answer.json["error"].endswith((".", "”", '"'))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    answer = client.open(f"{V1}/moments", method=method)

    assert answer.status_code == 405
    assert "error" in answer.json


def test_other_sites_scripts_may_not_read_it(client: FlaskClient) -> None:
    answer = client.get(f"{V1}/moments", headers={"Origin": "https://example.org"})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_it_is_rationed_like_the_pages(home: Path) -> None:
    with site(home, rate_limit="2 per minute") as app:
        client = app.test_client()
        answers = [client.get(f"{V1}/moments") for _ in range(3)]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert "Wait a minute" in answers[2].json["error"]
    assert "Retry-After" in answers[2].headers
