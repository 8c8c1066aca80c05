"""A client of the practice pages without a browser: what the tests of it do again and again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from companion.core import Companion
from companion.takes import Space
from web.guarding import COOKIE

OURS = {"Origin": "http://localhost", "Accept": "application/json"}
PROMPT = "/practice/prompts/goodnight-to-the-fridge"
ASKED = {"prompt_id": "goodnight-to-the-fridge"}
WEBM = "audio/webm;codecs=opus"
PUBLIC = ("/practice", PROMPT, "/practice/space")


def begin(client: FlaskClient, mime: str = WEBM) -> dict[str, Any]:
    """A take that was begun."""
    answer = client.post("/practice/takes", json={"asked": ASKED, "mime": mime}, headers=OURS)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json
    return body


def recorded(client: FlaskClient, sound: bytes = b"\x1aE\xdf\xa3sound") -> str:
    """A take with one chunk."""
    name = str(begin(client)["id"])
    assert client.put(f"/practice/takes/{name}/chunks/0", data=sound, headers=OURS).status_code == 204
    return name


def upload(client: FlaskClient, sound: bytes, name: str = "reply.wav", **fields: object) -> Any:
    """Hands in a recording as the form does."""
    values = {**ASKED, "recording": (io.BytesIO(sound), name), **fields}
    return client.post("/practice/upload", data=values, headers={"Origin": "http://localhost"})


def space_of(client: FlaskClient, door: Companion) -> Space:
    """The space that this client has open."""
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return door.practice.enter(cookie.value, datetime.now(UTC))


def hear(client: FlaskClient, door: Companion) -> None:
    """What the hearer does, now."""
    space = space_of(client, door)
    for take in door.practice.takes(space):
        door.practice.hear(space, take.id)
