"""A host at the site without a browser: logged in, with the token and origin that changes need."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from companion.core import Companion
from companion.errors import NotFoundError
from tests.small_site import Client

NAME = "Ada Host"
PASSWORD = "seven quiet rooms upstairs"
ORIGIN = {"Origin": "http://localhost"}


class HostClient:
    """What a host's browser sends."""

    def __init__(self, client: FlaskClient, csrf_token: str) -> None:
        self.client = client
        self.csrf_token = csrf_token

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """A form, sent as its page would; files are (stream, name)."""
        headers = {**ORIGIN, **more.pop("headers", {})}
        return self.client.post(path, data={"csrf_token": self.csrf_token, **(form or {})}, headers=headers, **more)

    def send(self, method: str, path: str, json: Any = None, **more: Any) -> TestResponse:
        """What a script sends: JSON, or `data` for bytes."""
        headers = {**ORIGIN, "Accept": "application/json", "X-CSRF-Token": self.csrf_token, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.client.open(path, method=method, headers=headers, **more)


def host_client(app: Flask, name: str = NAME, password: str = PASSWORD) -> HostClient:
    """A host who is logged in; makes the host where there is none by that name."""
    public: Companion = app.extensions["companion"]
    door = public.host
    try:
        door.accounts.find(name)
    except NotFoundError:
        door.accounts.add(name, password)
    client = Client(app, app.response_class, use_cookies=True)
    answer = client.post("/host/login", data={"name": name, "password": password}, headers=ORIGIN)
    assert answer.status_code == 303, answer.text
    return HostClient(client, token_on(client.get("/host/account").text))


def token_on(page: str) -> str:
    """What scripts read of a page."""
    found = re.search(r'<meta name="csrf-token" content="([0-9a-f]{64})">', page)
    assert found, page
    return found[1]
