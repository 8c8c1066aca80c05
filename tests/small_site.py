"""The site over the small library, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from companion.config import Settings
from web import create_app

NEVER_RATIONED = "100000 per minute"


class Client(FlaskClient):
    """Reads every answer to its end, as a browser does, so that no file stays open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{**kwargs, "buffered": True})


@contextmanager
def site(home: Path, **changes: object) -> Iterator[Flask]:
    """The site over a library, rationed so little that tests do not notice; closed afterwards.

    Args:
        home: the library's folder.
        changes: to its settings.
    """
    app = create_app(
        Settings.load(home, {}).with_(**{"rate_limit": NEVER_RATIONED, "recover_rate_limit": NEVER_RATIONED, **changes})
    )
    app.test_client_class = Client
    try:
        yield app
    finally:
        app.extensions["companion"].close()
