"""The whole site under a path and behind a proxy: every link leads to a page that is there."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from companion.cli.serve import make_server
from tests.small_site import site

PREFIX = "/show"
PROXY = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "example.org",
    "X-Forwarded-Prefix": PREFIX,
}
_LINK = re.compile(r'(?:href|src|action|data-progress)="([^"#][^"]*)"')
_EXTERNAL = ("https://findahelpline.com/",)


@pytest.fixture(scope="module")
def behind(home: Path) -> Iterator[Flask]:
    """A site that believes one proxy."""
    with site(home, trusted_proxies=1) as app:
        yield app


def test_every_link_of_the_site_under_a_path_leads_somewhere(behind: Flask) -> None:
    """Begins at the first page and reads everything that a page points to, as the proxy would ask for it."""
    client = Client(behind, Response)
    seen: dict[str, int] = {}
    todo = [f"{PREFIX}/"]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        parts = urlsplit(address)
        assert parts.path.startswith(f"{PREFIX}/"), address
        answer = client.get(parts.path.removeprefix(PREFIX), query_string=parts.query, headers=PROXY, buffered=True)
        seen[address] = answer.status_code
        if answer.mimetype == "text/html":
            for link in _LINK.findall(answer.text):
                to = urljoin(address, unescape(link)).partition("#")[0]
                if not to.startswith(_EXTERNAL) and to.count("=") < 4:  # further choices are of the same kind
                    todo.append(to)
    # Some forms send something; where they send it, nothing can be read.
    sends = ("/space/recover", "/practice/upload")
    wrong = {a: code for a, code in seen.items() if code != (405 if a.endswith(sends) else 200)}

    assert wrong == {}
    assert len(seen) > 60
    for part in ("/static/", "/media/", "/guide", "/episodes/late-again", "/practice", "/moments?tag="):
        assert any(address.startswith(PREFIX + part) for address in seen), part


def test_what_the_api_names_stands_under_the_path_too(behind: Flask) -> None:
    answer = Client(behind, Response).get("/api/v1/moments", headers=PROXY)

    addresses = re.findall(r'"(/[^"]+)"', answer.text)
    assert addresses
    assert all(a.startswith(f"{PREFIX}/") for a in addresses)


def test_the_cookie_of_a_private_space_stays_under_the_path(behind: Flask) -> None:
    body = {"asked": {"prompt_id": behind.extensions["companion"].practice.prompts()[0].id}, "mime": "audio/webm"}
    headers = {**PROXY, "Origin": "https://example.org", "Sec-Fetch-Site": "same-origin"}

    answer = Client(behind, Response).post("/practice/takes", json=body, headers=headers)

    assert answer.status_code == 201
    assert "Path=/show/" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.get_json()["url"].startswith("/show/practice/takes/")


def test_each_visitor_behind_a_proxy_is_rationed_alone(home: Path) -> None:
    with site(home, rate_limit="1 per minute", trusted_proxies=1) as app:
        client = Client(app, Response)
        codes = [
            client.get("/", headers={"X-Forwarded-For": visitor}).status_code
            for visitor in ("203.0.113.1", "203.0.113.1", "203.0.113.2", "198.51.100.1, 203.0.113.1")
        ]

    assert codes == [200, 429, 200, 429]  # what a visitor writes in front of the proxy's own word counts for nothing


def test_without_a_proxy_nobody_is_believed(home: Path) -> None:
    with site(home, rate_limit="1 per minute") as app:
        client = Client(app, Response)
        first = client.get("/", headers=PROXY)
        second = client.get("/", headers={**PROXY, "X-Forwarded-For": "203.0.113.10"})

    assert (first.status_code, second.status_code) == (200, 429)
    assert PREFIX not in first.text


@pytest.mark.parametrize(("trusted", "found"), [(0, "/moments"), (1, "/show/moments")])
def test_the_server_hands_on_what_a_trusted_proxy_says(home: Path, trusted: int, found: str) -> None:
    with site(home, trusted_proxies=trusted, rate_limit="1 per minute") as app:
        server = make_server(app, app.extensions["companion"].settings, "127.0.0.1", 0)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.effective_port}/"
            with urlopen(Request(url, headers=PROXY)) as answer:
                text = answer.read().decode()
            again = Request(url, headers={**PROXY, "X-Forwarded-For": "203.0.113.77"})
            if trusted:
                urlopen(again).close()
            else:
                with pytest.raises(HTTPError) as refused:
                    urlopen(again)
                refused.value.close()
                assert refused.value.code == 429
        finally:
            server.trigger.pull_trigger(server.close)
            thread.join(timeout=10)

    assert f'href="{found}"' in text
