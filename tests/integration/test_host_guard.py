"""Every address of the host's pages, also those that were written after this: who gets in, and what changes anything.

The views are taken away here and something that says "reached" is put in their place: what counts is whether the guard
lets a request through to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, Rule

from companion.config import Settings
from tests import small_library
from tests.host_client import ORIGIN, HostClient, host_client
from tests.practice_client import begin
from tests.small_site import Client, site

OPEN = {"host_account.login", "host_account.log_in", "host_account.invitation", "host_account.accept"}
READS = {"GET", "HEAD"}
REACHED = 299
SAMPLES = {"IntegerConverter": 1, "FloatConverter": 1.5, "UUIDConverter": "00000000-0000-4000-8000-000000000000"}


@dataclass(frozen=True, slots=True)
class Address:
    """A way to ask for something."""

    method: str
    path: str
    endpoint: str


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site whose views are taken away, so it is nobody else's."""
    folder = tmp_path_factory.mktemp("guard")
    small_library.build(Settings.load(folder / "library", {}), folder)
    with site(folder / "library") as made:
        yield made


@pytest.fixture(scope="module")
def host(app: Flask) -> HostClient:
    return host_client(app)


@pytest.fixture(scope="module")
def other_token(app: Flask) -> str:
    """Of another session of the same host."""
    return host_client(app).csrf_token


@pytest.fixture(scope="module")
def addresses(app: Flask, host: HostClient, other_token: str) -> list[Address]:
    """Every address of a host's page but the open ones; their views only say that they were reached."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN or not _is_hosts(rule):
            continue
        app.view_functions[rule.endpoint] = _reached_instead_of(app.view_functions[rule.endpoint])
        values = {name: _sample(converter) for name, converter in rule._converters.items()}
        built = rule.build(values)
        assert built is not None, f"{rule}: no sample fits; add one to SAMPLES"
        found += [Address(m, built[1], rule.endpoint) for m in sorted((rule.methods or set()) - {"OPTIONS"})]
    return found


def _sample(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return SAMPLES.get(type(converter).__name__, "x")


def _reached_instead_of(view: Callable[..., object]) -> Callable[..., Response]:
    def reached(**_: object) -> Response:
        return Response("reached", REACHED)

    reached.__dict__.update(view.__dict__)  # marks that the guard reads stay
    return reached


def _is_hosts(rule: Rule) -> bool:
    return rule.rule == "/host" or rule.rule.startswith("/host/")


def _nobody(app: Flask) -> FlaskClient:
    return Client(app, app.response_class, use_cookies=True)


def _listener(app: Flask) -> FlaskClient:
    """Somebody with a space of their own in practice."""
    client = _nobody(app)
    begin(client)
    return client


def _with_a_made_up_token(app: Flask) -> FlaskClient:
    client = _nobody(app)
    client.set_cookie("companion_host", "A" * 43)
    return client


def test_there_are_addresses_to_try(addresses: list[Address]) -> None:
    assert {a.endpoint for a in addresses} >= {
        "host_account.account",
        "host_account.log_out",
        "host_account.change_password",
        "host_account.end",
        "host_account.end_others",
    }


@pytest.mark.parametrize("who", [_nobody, _listener, _with_a_made_up_token])
def test_nobody_but_a_host_gets_in(app: Flask, addresses: list[Address], who: Callable[[Flask], FlaskClient]) -> None:
    client = who(app)
    for a in addresses:
        for headers in (ORIGIN, {**ORIGIN, "Accept": "application/json"}, {}, {"X-CSRF-Token": "a" * 64, **ORIGIN}):
            answer = client.open(a.path, method=a.method, headers=headers)
            where = answer.headers.get("Location", "")
            sent_to_login = answer.status_code == 302 and where.startswith("/host/login")
            assert sent_to_login or answer.status_code in (401, 403, 404), f"{a}: {answer.status}"
            assert "reached" not in answer.text
            if answer.status_code != 404:
                assert "no-store" in answer.headers["Cache-Control"], a


def test_a_host_gets_in(addresses: list[Address], host: HostClient) -> None:
    for a in addresses:
        answer = host.send(a.method, a.path)
        assert answer.status_code == REACHED, f"{a}: {answer.status}"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]


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
def test_no_other_site_changes_anything(addresses: list[Address], host: HostClient, headers: dict[str, str]) -> None:
    for a in addresses:
        if a.method in READS:
            continue
        answer = host.client.open(a.path, method=a.method, headers={**headers, "X-CSRF-Token": host.csrf_token})
        assert answer.status_code == 403, f"{a}: {answer.status}"
        assert "Not from here" in answer.text


def test_nothing_changes_without_the_token_of_this_session(
    addresses: list[Address], host: HostClient, other_token: str
) -> None:
    for a in addresses:
        if a.method in READS:
            continue
        for token in (None, "", "a" * 64, "é", other_token):
            header = {} if token in (None, "é") else {"X-CSRF-Token": token}
            form = {} if token is None else {"csrf_token": token}
            for sent in ({"headers": {**ORIGIN, **header}}, {"headers": ORIGIN, "data": form}):
                answer = host.client.open(a.path, method=a.method, **sent)
                assert answer.status_code == 403, f"{a} with {token!r}: {answer.status}"
                assert "Nothing was done" in answer.text
        ours = host.client.open(a.path, method=a.method, headers=ORIGIN, data={"csrf_token": host.csrf_token})
        assert ours.status_code == REACHED, a


def test_the_open_addresses_are_these_and_their_changes_come_from_here(app: Flask, host: HostClient) -> None:
    opened = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, "open_to_all", False)}
    assert opened == OPEN
    for path in ("/host/login", "/host/invitation/x"):
        answer = _nobody(app).post(path, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
        assert "Not from here" in answer.text


def test_a_session_opens_nothing_of_practice(app: Flask, host: HostClient) -> None:
    owner = _listener(app)
    assert owner.get("/practice/journal").status_code == 200
    assert host.get("/practice/journal").status_code == 404


def test_what_hosts_see_never_lands_among_the_kept_pages(tmp_path: Path) -> None:
    with site(tmp_path / "library") as app:
        host = host_client(app)
        first = host.get("/host/account").text
        assert host.csrf_token in first
        for page in ("/", "/moments", "/guide"):
            assert "Set-Cookie" not in host.get(page).headers
            assert host.csrf_token not in host.get(page).text
        assert host.csrf_token not in _nobody(app).get("/host/account", follow_redirects=True).text
