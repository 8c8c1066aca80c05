"""Logging in and out on the pages, links, sessions, passwords."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from companion.config import Settings
from companion.core import Companion
from tests import small_library
from tests.host_client import ORIGIN, PASSWORD, HostClient, host_client, token_on
from tests.small_site import Client, site
from web import hosting
from web.hosting import COOKIE

OTHER = "a lamp in the third window"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with site(settings.home) as made:
        yield made


@pytest.fixture
def door(app: Flask) -> Companion:
    public: Companion = app.extensions["companion"]
    return public.host


@pytest.fixture
def nobody(app: Flask) -> FlaskClient:
    return Client(app, app.response_class, use_cookies=True)


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


def try_login(client: FlaskClient, name: str = "Ada Host", password: str = PASSWORD, **more: str) -> TestResponse:
    form = {"name": name, "password": password, **more}
    return client.post("/host/login", data=form, headers=ORIGIN)


def value(client: FlaskClient | HostClient) -> str:
    """Of the cookie."""
    cookie = (client.client if isinstance(client, HostClient) else client).get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, token: str) -> FlaskClient:
    client = Client(app, app.response_class, use_cookies=True)
    client.set_cookie(COOKIE, token)
    return client


# ---- in and out


def test_login_leads_to_where_one_wanted_to_go(host: HostClient, nobody: FlaskClient) -> None:
    asked = nobody.get("/host/account?done=others")
    assert asked.status_code == 302
    page = nobody.get(asked.headers["Location"])
    wanted = re.search(r'name="next" value="([^"]*)"', page.text)
    assert wanted is not None
    answer = try_login(nobody, next=unescape(wanted[1]))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/host/account?done=others")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/host",
        "//elsewhere.example/host",
        "/\\elsewhere.example",
        "/host\\@elsewhere.example",
        "/hostile",
        "/practice",
        "javascript:alert(1)",
        "/host/nowhere",
        "/host/account\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_login_leads_nowhere_else(host: HostClient, nobody: FlaskClient, wanted: str) -> None:
    where = try_login(nobody, next=wanted).headers["Location"]
    assert where in ("/host", "/host/account")


def test_whoever_is_logged_in_needs_no_login(host: HostClient) -> None:
    answer = host.get("/host/login?next=/host/account?done=others")
    assert answer.headers["Location"] == "/host/account?done=others"


def test_the_cookie_is_for_the_server_alone(app: Flask, host: HostClient) -> None:
    for base, secure in (("http://localhost", False), ("https://podcast.example", True)):
        client = Client(app, app.response_class, use_cookies=True)
        form = {"name": "Ada Host", "password": PASSWORD}
        answer = client.post("/host/login", data=form, base_url=base, headers={"Origin": base})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert ("Secure" in cookie) is secure
        assert f"Max-Age={14 * 24 * 3600}" in cookie


def test_an_address_without_protection_takes_no_password(app: Flask, host: HostClient, nobody: FlaskClient) -> None:
    base = "http://podcast.example"
    form = {"name": "Ada Host", "password": PASSWORD}
    answer = nobody.post("/host/login", data=form, base_url=base, headers={"Origin": base})
    assert answer.status_code == 400
    assert "not protected" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_site_under_a_path_keeps_its_cookie_and_leads_to_itself(settings: Settings) -> None:
    with site(settings.home, trusted_proxies=1) as app:
        app.extensions["companion"].host.accounts.add("Ada Host", PASSWORD)
        client = Client(app, app.response_class, use_cookies=True)
        there = {"X-Forwarded-Prefix": "/show", "X-Forwarded-For": "192.0.2.1"}
        asked = client.get("/host/account", headers=there)
        assert asked.headers["Location"] == "/show/host/login?next=%2Fhost%2Faccount"
        form = {"name": "Ada Host", "password": PASSWORD, "next": "/host/account"}
        answer = client.post("/host/login", data=form, headers={**ORIGIN, **there})
        assert answer.headers["Location"] == "/show/host/account"
        assert "Path=/show/" in answer.headers["Set-Cookie"]


def test_an_old_cookie_is_dead_after_logging_out(app: Flask, host: HostClient) -> None:
    token = value(host)
    left = host.post("/host/logout")
    assert (left.status_code, left.headers["Location"]) == (303, "/host/login?done=out")
    assert host.client.get_cookie(COOKIE) is None
    assert "You are logged out." in host.get("/host/login?done=out").text
    assert with_cookie(app, token).get("/host/account").status_code == 302


def test_each_login_makes_a_new_token_and_ends_the_one_before(app: Flask, host: HostClient) -> None:
    client = with_cookie(app, "planted-by-somebody-else")
    assert try_login(client).status_code == 303
    first = value(client)
    assert first != "planted-by-somebody-else"
    assert try_login(client).status_code == 303
    assert value(client) != first
    assert with_cookie(app, first).get("/host/account").status_code == 302
    assert with_cookie(app, "planted-by-somebody-else").get("/host/account").status_code == 302


def test_wrong_name_and_wrong_password_look_the_same(host: HostClient, nobody: FlaskClient) -> None:
    wrong = [try_login(nobody, password="not this one at all"), try_login(nobody, name="Nobody")]
    for answer in wrong:
        assert answer.status_code == 401
        assert "do not go together" in answer.text
        assert "Set-Cookie" not in answer.headers
    assert len({re.sub(r'value="[^"]*"', "", a.text) for a in wrong}) == 1


def test_a_thousand_guesses_on_the_page(app: Flask, host: HostClient, nobody: FlaskClient) -> None:
    answers = [try_login(nobody, password=f"guess number {i}") for i in range(999)]
    answers.append(try_login(nobody))  # the right one, too late
    codes = [a.status_code for a in answers]
    assert codes == [401] * 10 + [429] * 990
    assert "Too many wrong passwords. Wait 30 minutes, then try again." in answers[-1].text
    assert 1700 < int(answers[-1].headers["Retry-After"]) <= 1801
    assert nobody.get_cookie(COOKIE) is None
    elsewhere = Client(app, app.response_class, use_cookies=True)
    form = {"name": "Ada Host", "password": PASSWORD}
    answer = elsewhere.post("/host/login", data=form, headers=ORIGIN, environ_overrides={"REMOTE_ADDR": "192.0.2.77"})
    assert answer.status_code == 303
    assert host.get("/host/account").status_code == 200  # who is in stays in


def test_nothing_that_was_typed_is_logged(
    app: Flask, host: HostClient, nobody: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    try_login(nobody, name="my secret words", password="also secret words")
    monkeypatch.setattr("companion.store.hosts.host", None)  # the library breaks in the middle
    answer = try_login(nobody, name="my secret words", password="also secret words")
    token = "T" * 43
    nobody.get(f"/host/invitation/{token}")
    assert answer.status_code == 500
    assert "failed" in caplog.text
    for typed in ("secret words", token, "my+secret"):
        assert typed not in caplog.text


# ---- links


def test_the_first_link_on_the_page(door: Companion, nobody: FlaskClient) -> None:
    assert "There is no host yet" in nobody.get("/host/login").text
    link = f"/host/invitation/{door.accounts.invite()}"
    for _ in range(2):  # looking, as programs do that show where links lead, does not use it up
        assert "first host" in nobody.get(link).text
    for form, why in (
        ({"name": "", "password": PASSWORD, "again": PASSWORD}, "needs a name"),
        ({"name": "Ada", "password": PASSWORD, "again": OTHER}, "not the same"),
        ({"name": "Ada", "password": "short", "again": "short"}, "at least 10"),
        ({"name": "Ada", "password": "1234567890", "again": "1234567890"}, "row of keys"),
    ):
        answer = nobody.post(link, data=form, headers=ORIGIN)
        assert answer.status_code == 400
        assert why in answer.text
        assert form["password"] not in answer.text
    form = {"name": "<b>Ada</b>", "password": PASSWORD, "again": PASSWORD}
    answer = nobody.post(link, data=form, headers=ORIGIN)
    assert answer.status_code == 303
    page = nobody.get("/host/account").text
    assert "<b>Ada</b>" not in page
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert nobody.post(link, data=form, headers=ORIGIN).status_code == 404


def test_a_dead_link_is_a_sentence_and_shows_nothing_of_itself(nobody: FlaskClient) -> None:
    for method in ("GET", "POST"):
        answer = nobody.open("/host/invitation/some-old-token", method=method, headers=ORIGIN)
        assert answer.status_code == 404
        assert "opens nothing" in answer.text
        assert "some-old-token" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_link_for_another_password(app: Flask, host: HostClient, door: Companion, nobody: FlaskClient) -> None:
    link = f"/host/invitation/{door.accounts.invite_back(door.accounts.find('Ada Host'))}"
    assert "Choose another password, Ada Host" in nobody.get(link).text
    assert nobody.post(link, data={"password": OTHER, "again": OTHER}, headers=ORIGIN).status_code == 303
    assert host.get("/host/account").status_code == 302
    assert nobody.get("/host/account").status_code == 200


# ---- one's own account


def test_sessions_are_listed_in_plain_words_and_ended(app: Flask, host: HostClient, nobody: FlaskClient) -> None:
    phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
    form = {"name": "Ada Host", "password": PASSWORD}
    nobody.post("/host/login", data=form, headers={**ORIGIN, "User-Agent": phone})
    page = host.get("/host/account").text
    assert "Chrome on Android" in page
    assert "just now" in page
    assert "127.0.0.1" not in page
    (end,) = re.findall(r'action="(/host/account/sessions/[0-9a-f]+/end)"', page)
    assert host.post(end).headers["Location"] == "/host/account?done=ended"
    assert nobody.get("/host/account").status_code == 302
    assert host.post(end).status_code == 404
    assert "Chrome on Android" not in host.get("/host/account").text


def test_one_host_cannot_end_what_is_anothers(app: Flask, host: HostClient) -> None:
    ben = host_client(app, "Ben", OTHER)
    ben_again = host_client(app, "Ben", OTHER)
    (end,) = re.findall(r'action="(/host/account/sessions/[0-9a-f]+/end)"', ben.get("/host/account").text)
    assert host.post(end).status_code == 404
    assert ben_again.get("/host/account").status_code == 200


def test_all_others_are_ended(app: Flask, host: HostClient) -> None:
    others = [host_client(app) for _ in range(3)]
    assert host.post("/host/account/sessions/end-others").status_code == 303
    assert [o.get("/host/account").status_code for o in others] == [302] * 3
    assert host.get("/host/account").status_code == 200


def test_another_password(app: Flask, host: HostClient, nobody: FlaskClient) -> None:
    other, before = host_client(app), value(host)
    for form, status, why in (
        ({"old": "wrong wrong wrong", "password": OTHER, "again": OTHER}, 403, "not your password"),
        ({"old": PASSWORD, "password": OTHER, "again": OTHER + "x"}, 400, "not the same"),
        ({"old": PASSWORD, "password": "Ada Host", "again": "Ada Host"}, 400, "at least 10"),
    ):
        answer = host.post("/host/account/password", form)
        assert answer.status_code == status
        assert why in answer.text
    done = host.post("/host/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER})
    assert done.headers["Location"] == "/host/account?done=password"
    page = host.get("/host/account?done=password")
    assert "Your password is changed" in page.text
    assert value(host) != before
    assert token_on(page.text) != host.csrf_token
    assert other.get("/host/account").status_code == 302
    assert with_cookie(app, before).get("/host/account").status_code == 302
    assert try_login(nobody).status_code == 401
    assert try_login(nobody, password=OTHER).status_code == 303


def test_coming_back_keeps_the_login(app: Flask, host: HostClient, door: Companion) -> None:
    assert "Set-Cookie" not in host.get("/host/account").headers
    with door.library.database.write() as connection:
        connection.exec_driver_sql("UPDATE host_session SET seen = datetime(seen, '-1 day')")
    cookie = host.get("/host/account").headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}={value(host)}; ")
    assert "Set-Cookie" not in host.get("/host/account").headers
    with door.library.database.write() as connection:
        connection.exec_driver_sql("UPDATE host_session SET seen = datetime(seen, '-15 days')")
    assert host.get("/host/account").status_code == 302


def test_scripts_are_told_in_json(app: Flask, host: HostClient, nobody: FlaskClient) -> None:
    refused = nobody.post("/host/logout", headers={**ORIGIN, "Accept": "application/json"})
    assert (refused.status_code, refused.json) == (
        401,
        {"error": "You are not logged in, or not any more. Log in and do it again."},
    )
    page = nobody.post("/host/logout", headers=ORIGIN)
    assert page.status_code == 401
    assert 'href="/host/login"' in page.text


def test_the_small_library_shows_hosts_what_is_not_published(tmp_path: Path) -> None:
    small_library.build(Settings.load(tmp_path / "library", {}), tmp_path)
    with site(tmp_path / "library") as app, app.test_request_context("/host"):
        public: Companion = app.extensions["companion"]
        assert len(hosting.door().episodes()) > len(public.ready_episodes().episodes)
