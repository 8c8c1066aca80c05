"""The site as an app: its manifest, its icons, what its worker keeps, what cards and pages carry for keeping."""

from __future__ import annotations

import html
import json
import re
import struct
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from companion.core import Companion
from web import icons
from web.keeping import worker_text

STATIC = Path(icons.__file__).parent / "static"
PRACTICE = {"outbox.js", "practice.js", "practice.css", "recorder.js"}
WORKER = {"sw.js"}


def _shell() -> list[str]:
    files = re.match(r"const FILES = (\[.*\]);\n", worker_text(STATIC))
    assert files is not None
    names: list[str] = json.loads(files.group(1))
    return names


def test_the_shell_is_every_file_but_those_of_practice_and_of_the_editor() -> None:
    files = [p.name for p in STATIC.iterdir() if p.suffix in (".js", ".css") and p.name not in WORKER]
    there = {f"static/{name}" for name in files if not name.startswith("edit")}

    kept = {name for name in _shell() if name.startswith("static/")}

    assert kept == there - {f"static/{name}" for name in PRACTICE}


def test_every_file_of_the_shell_can_be_had_and_kept(client: FlaskClient) -> None:
    for name in _shell():
        answer = client.get(f"/{name}", buffered=True)
        assert answer.status_code == 200, name
        assert "no-store" not in answer.headers["Cache-Control"], name


def test_the_worker_is_another_one_when_a_file_of_the_shell_has_changed(tmp_path: Path) -> None:
    texts = []
    for content in ("one", "two"):
        folder = tmp_path / content
        folder.mkdir()
        (folder / "sw.js").write_text("// the worker")
        (folder / "style.css").write_text(content)
        texts.append(worker_text(folder))

    assert texts[0] != texts[1]
    assert all(text.endswith("// the worker") for text in texts)


def test_every_module_that_a_page_asks_for_is_there() -> None:
    for path in STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"|import "\./([^"]+)"', path.read_text(encoding="utf-8")):
            assert (STATIC / "".join(name)).is_file(), (path.name, name)


def test_the_worker_is_never_older_than_the_site_and_sees_all_of_it(client: FlaskClient) -> None:
    answer = client.get("/sw.js", buffered=True)

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_manifest_names_what_is_there(client: FlaskClient) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").data)

    assert client.get("/manifest.webmanifest").mimetype == "application/manifest+json"
    assert {i["sizes"] for i in manifest["icons"]} == {"any", "192x192", "512x512"}
    assert "maskable" in {i["purpose"] for i in manifest["icons"]}
    for address in [manifest["start_url"], *(i["src"] for i in manifest["icons"])]:
        assert client.get(address, buffered=True).status_code == 200


def test_the_manifest_follows_a_path_prefix(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest", environ_overrides={"SCRIPT_NAME": "/show"})

    assert answer.json is not None
    assert (answer.json["scope"], answer.json["start_url"]) == ("/show/", "/show/")
    assert answer.json["icons"][1]["src"].startswith("/show/static/")


@pytest.mark.parametrize("name", list(icons.SIZES))
def test_the_icons_are_those_that_our_script_draws(name: str) -> None:
    edge, free = icons.SIZES[name]
    stored = (STATIC / "icons" / name).read_bytes()

    assert stored[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", stored[16:24]) == (edge, edge)
    assert len(stored) < 10_000
    drawn = icons.drawn(edge, free)
    assert tuple(drawn[0, 0]) == icons.PAPER
    assert {tuple(c) for c in drawn.reshape(-1, 3)} >= {(0x0D, 0x53, 0x58), (0x6B, 0x44, 0x20)}
    assert icons.png(drawn)[:100] == stored[:100]


def test_an_icon_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="not known"):
        icons.outline("M0 0Q1 1 2 2z")
    with pytest.raises(ValueError, match="half circles"):
        icons.outline("M0 0a5 5 0 0 1 3 0z")


@pytest.mark.parametrize("page", ["/kept", "/offline"])
def test_the_page_of_kept_moments_is_the_same_for_everybody(client: FlaskClient, page: str) -> None:
    first, second = client.get(page), client.get(page, headers={"Cookie": "companion_space=anything"})

    assert first.data == second.data
    assert "Set-Cookie" not in first.headers
    assert first.text.count("<h1") == 1


def test_a_card_carries_what_a_device_keeps(app: Flask, client: FlaskClient) -> None:
    door: Companion = app.extensions["companion"]
    stored = next(
        m for m in door.moments().moments if m.episode_slug == "late-again" and m.moment.bid.startswith("I sat")
    )
    text = client.get("/moments?q=lonely").text
    carried = re.search(r'data-keep="([^"]+)"', text)
    assert carried is not None

    facts = json.loads(html.unescape(carried.group(1)))

    assert facts["id"] == stored.id
    assert facts["who"] == "Jonas to Mara"
    assert (facts["start"], facts["end"]) == (round(stored.moment.start_s, 2), round(stored.moment.end_s, 2))
    assert facts["start"] < facts["replyAt"] < facts["end"]
    assert facts["bid"] == stored.moment.bid


def test_what_was_said_is_never_markup_in_what_is_kept(client: FlaskClient) -> None:
    text = client.get("/moments").text

    assert all("<" not in kept for kept in re.findall(r'data-keep="([^"]+)"', text))


def test_the_reply_of_each_moment_begins_with_its_turn(app: Flask) -> None:
    door: Companion = app.extensions["companion"]
    moments = door.moments().moments

    starts = door.reply_starts(moments)

    for m in moments:
        assert starts[m.id] == door.turns(m.episode_slug)[m.moment.reply_turn].turn.start_s
    assert door.reply_starts(()) == {}
