"""Who gets what of practice: owner, other, nobody; cookies, and requests that come from elsewhere."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.core import Companion
from companion.takes import Keeping, TakeState
from tests.practice_client import ASKED, OURS, PROMPT, PUBLIC, WEBM, begin, hear, recorded, space_of, upload
from web.guarding import COOKIE

PRIVATE = (
    ("GET", "/practice/takes/{id}"),
    ("GET", "/practice/takes/{id}/part"),
    ("GET", "/practice/takes/{id}/state"),
    ("GET", "/practice/takes/{id}/sound"),
    ("GET", "/practice/takes/{id}/chunks"),
    ("PUT", "/practice/takes/{id}/chunks/1"),
    ("POST", "/practice/takes/{id}/finish"),
    ("POST", "/practice/takes/{id}/correct"),
    ("POST", "/practice/takes/{id}/rate"),
    ("GET", "/practice/takes/{id}/sound?format=wav"),
    ("POST", "/practice/takes/{id}/erase"),
)
PRIVATE_TO_A_SPACE = (
    ("GET", "/practice/journal"),
    ("GET", "/practice/export"),
    ("GET", "/practice/space/erase"),
    ("POST", "/practice/space/keeping"),
    ("POST", "/practice/space/code"),
    ("POST", "/practice/space/leave"),
    ("POST", "/practice/space/erase"),
)
CHANGES = (
    ("POST", "/practice/takes"),
    ("POST", "/practice/upload"),
    ("POST", "/practice/space/recover"),
    *((method, address) for method, address in (*PRIVATE, *PRIVATE_TO_A_SPACE) if method != "GET"),
)


# ---- whose it is


@pytest.mark.parametrize("who", ["other", "nobody"])
@pytest.mark.parametrize(("method", "address"), PRIVATE)
def test_a_take_is_there_for_its_owner_only(
    owner: FlaskClient, request: pytest.FixtureRequest, who: str, method: str, address: str, practice_door: Companion
) -> None:
    name = recorded(owner)
    if address.endswith(("{id}", "part", "sound", "wav")):
        owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)
    somebody: FlaskClient = request.getfixturevalue(who)
    values = {"data": b"more" if method == "PUT" else {"text": "Mine.", "rating": "good"}}
    asked = address.format(id=name)

    refused = somebody.open(asked, method=method, headers=OURS, **values)
    as_if_there_were_none = somebody.open(address.format(id="0" * 32), method=method, headers=OURS, **values)
    allowed = owner.open(asked, method=method, headers=OURS, **values)

    assert refused.status_code == as_if_there_were_none.status_code == 404
    assert refused.data == as_if_there_were_none.data
    assert refused.headers["Cache-Control"] == allowed.headers["Cache-Control"] == "no-store"
    # 409: it has not been heard, so it cannot be corrected or rated; 415: what was sent is no sound to make a wav of.
    assert allowed.status_code in (200, 202, 204, 303, 409, 415)


@pytest.mark.parametrize(("method", "address"), PRIVATE_TO_A_SPACE)
def test_a_space_is_there_for_its_owner_only(
    owner: FlaskClient, nobody: FlaskClient, method: str, address: str
) -> None:
    recorded(owner)
    values = {"data": {"keeping": "words"}} if method == "POST" else {}

    assert nobody.open(address, method=method, headers=OURS, **values).status_code == 404
    assert owner.open(address, method=method, headers=OURS, **values).status_code in (200, 303)


def test_another_space_shows_nothing_of_this_one(
    owner: FlaskClient, other: FlaskClient, practice_door: Companion, spoken: bytes
) -> None:
    upload(owner, spoken)
    hear(owner, practice_door)
    (take,) = practice_door.practice.takes(space_of(owner, practice_door))
    assert take.text

    for address in (*PUBLIC, "/practice/journal", "/practice/export"):
        answer = other.get(address)
        assert take.text.encode() not in answer.data
        assert take.id.encode() not in answer.data


@pytest.mark.parametrize("token", ["", "0", "a" * 43, "../../x", "é"])
def test_a_token_that_was_made_up_opens_nothing(practice_site: Flask, token: str) -> None:
    client = practice_site.test_client()
    client.set_cookie(COOKIE, token)

    assert client.get("/practice/journal").status_code == 404
    assert client.get(PROMPT).status_code == 200


def test_an_old_cookie_is_dead_after_leaving(practice_site: Flask, owner: FlaskClient) -> None:
    recorded(owner)
    cookie = owner.get_cookie(COOKIE)
    assert cookie is not None
    left = owner.post("/practice/space/leave", headers=OURS)
    thief = practice_site.test_client()
    thief.set_cookie(COOKIE, cookie.value)

    assert left.headers["Set-Cookie"].startswith(f"{COOKIE}=;")
    assert owner.get_cookie(COOKIE) is None
    assert thief.get("/practice/journal").status_code == 404


def test_everything_is_gone_after_erasing(practice_site: Flask, owner: FlaskClient, practice_door: Companion) -> None:
    recorded(owner)
    space = space_of(owner, practice_door)
    cookie = owner.get_cookie(COOKIE)
    assert cookie is not None

    assert owner.post("/practice/space/erase", headers=OURS).status_code == 303

    thief = practice_site.test_client()
    thief.set_cookie(COOKIE, cookie.value)
    assert thief.get("/practice/export").status_code == 404
    assert practice_door.practice.takes(space) == ()


# ---- the cookie


@pytest.mark.parametrize(
    ("base", "origin", "secure"),
    [
        ("http://localhost", "http://localhost", False),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
        ("https://localhost", "https://localhost", True),
        ("https://practice.example", "https://practice.example", True),
        ("http://practice.example", "https://practice.example", True),  # behind a proxy that does the encrypting
    ],
)
def test_the_cookie_is_for_the_server_alone(practice_site: Flask, base: str, origin: str, secure: bool) -> None:
    answer = practice_site.test_client().post(
        "/practice/takes", json={"asked": ASKED, "mime": WEBM}, base_url=base, headers={"Origin": origin}
    )

    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 201
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert ("Secure" in cookie) is secure


def test_an_address_without_protection_opens_no_space(practice_site: Flask) -> None:
    answer = practice_site.test_client().post(
        "/practice/takes",
        json={"asked": ASKED, "mime": WEBM},
        base_url="http://practice.example",
        headers={"Origin": "http://practice.example", "Accept": "application/json"},
    )

    assert answer.status_code == 400
    assert "not protected" in answer.json["error"]
    assert "Set-Cookie" not in answer.headers


def test_a_second_take_opens_no_second_space(owner: FlaskClient) -> None:
    first, second = begin(owner), begin(owner)

    assert re.fullmatch(r"[a-z]{4}(-[a-z]{4})+", first["recovery_code"])
    assert "recovery_code" not in second


def test_coming_back_keeps_the_space_open(owner: FlaskClient) -> None:
    recorded(owner)
    cookie = owner.get_cookie(COOKIE)
    assert cookie is not None

    answer = owner.get("/practice")

    assert f"{COOKIE}={cookie.value}; " in answer.headers["Set-Cookie"]
    assert f"Max-Age={90 * 24 * 3600}" in answer.headers["Set-Cookie"]


def test_reading_opens_no_space(nobody: FlaskClient) -> None:
    for address in PUBLIC:
        assert "Set-Cookie" not in nobody.get(address).headers


# ---- requests from elsewhere


@pytest.mark.parametrize(("method", "address"), CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost.elsewhere.example"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
    ids=["elsewhere", "lookalike", "other-port", "null", "cross-site", "same-site", "typed", "nothing"],
)
def test_no_other_site_can_change_anything(
    owner: FlaskClient, method: str, address: str, headers: dict[str, str], practice_door: Companion
) -> None:
    name = recorded(owner)
    space = space_of(owner, practice_door)

    answer = owner.open(address.format(id=name), method=method, headers=headers, data={"keeping": "words"})

    assert answer.status_code == 403
    assert "Not from here" in answer.text
    assert [t.state for t in practice_door.practice.takes(space)] == [TakeState.RECORDING]


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_can(owner: FlaskClient, headers: dict[str, str], practice_door: Companion) -> None:
    recorded(owner)

    assert owner.post("/practice/space/keeping", data={"keeping": "words"}, headers=headers).status_code == 303
    assert space_of(owner, practice_door).keeping is Keeping.WORDS
