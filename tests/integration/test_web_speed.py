"""Pages are made once and kept until the library changes, sent compressed, and never sent twice to who has them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient

from companion.config import Settings
from companion.core import Companion
from companion.library import Library
from companion.moments import find_moments
from companion.moves import tag_turns
from companion.store import NewEpisode
from companion.types import Progress, Publication, Role, Segment, StoredTurn, Turn, Voice, Word
from tests.practice_client import begin
from tests.small_site import site
from web.answers import FOREVER, Kept, Shelf

GZIP = {"Accept-Encoding": "gzip, deflate"}
LARGEST_PAGE_BYTES = 60_000
PAGES = ("/", "/moments", "/moments?tag=care", "/search?q=lonely", "/episodes/late-again")


@pytest.fixture
def home(home: Path, tmp_path: Path) -> Path:
    """A library that a test may change."""
    return Path(shutil.copytree(home, tmp_path / "library"))


@pytest.fixture
def app(home: Path) -> Iterator[Flask]:
    with site(home) as app:
        yield app


@pytest.fixture
def made(app: Flask) -> Iterator[list[str]]:
    """The templates of the pages that are made, not taken from what is kept."""
    names: list[str] = []

    def note(_app: Flask, template: object, **_: object) -> None:
        names.append(str(getattr(template, "name", "")))

    with template_rendered.connected_to(note, app):
        yield names


# ---- kept until the library changes


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_made_once(client: FlaskClient, made: list[str], page: str) -> None:
    first, second = client.get(page), client.get(page)

    assert len(made) == 1
    assert second.text == first.text
    assert dict(second.headers).keys() == dict(first.headers).keys()
    assert second.headers["ETag"] == first.headers["ETag"]


def test_what_another_process_changes_is_on_the_next_page(home: Path, client: FlaskClient) -> None:
    before = client.get("/").text
    with Companion.open(Settings.load(home, {})) as elsewhere:
        elsewhere.discard("second-chair")

    after = client.get("/").text

    assert "Second chair" in before
    assert "Second chair" not in after
    assert client.get("/episodes/second-chair").status_code == 404


def test_what_the_site_itself_changes_is_on_the_next_page(app: Flask, client: FlaskClient) -> None:
    assert "37 %" in client.get("/").text
    library: Library = app.extensions["companion"].library
    working = next(e for e in library.episodes.all() if e.slug == "on-its-way")

    library.episodes.progress(working.id, Progress("recognise", 6, 8, "chunks"))

    assert "75 %" in client.get("/").text


def test_counts_are_those_of_the_library_as_it_is(home: Path, client: FlaskClient) -> None:
    assert "3 moments</h2>" in client.get("/moments").text
    with Companion.open(Settings.load(home, {})) as elsewhere:
        elsewhere.discard("second-chair")

    assert "2 moments</h2>" in client.get("/moments?page=1").text


def test_a_recording_that_is_not_played_any_more_is_gone(home: Path, client: FlaskClient) -> None:
    with Companion.open(Settings.load(home, {})) as elsewhere:
        address = f"/media/{elsewhere.episode('late-again').playback_sha256}.mp3"
        assert client.get(address, buffered=True).status_code == 200
        for slug in ("late-again", "second-chair"):
            elsewhere.discard(slug)

    assert client.get(address).status_code == 404


def test_what_is_not_found_is_not_kept(app: Flask, client: FlaskClient, made: list[str]) -> None:
    for _ in range(2):
        assert client.get("/episodes/none").status_code == 404
    assert len(made) == 2


def test_another_host_gets_a_page_of_its_own(client: FlaskClient, made: list[str]) -> None:
    client.get("/", base_url="http://one.example")
    client.get("/", base_url="http://two.example")
    client.get("/", base_url="http://one.example/below")

    assert len(made) == 3


def test_kept_pages_count_against_the_rate_limit(home: Path) -> None:
    with site(home, rate_limit="2 per minute") as app:
        answers = [app.test_client().get("/") for _ in range(3)]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[1].headers["X-RateLimit-Remaining"] == "0"


def test_no_room_keeps_nothing(home: Path) -> None:
    names: list[str] = []
    with (
        site(home, kept_pages_bytes=0) as app,
        template_rendered.connected_to(lambda _app, **_: names.append(""), app),
    ):
        texts = [app.test_client().get("/").text for _ in range(2)]

    assert texts[0] == texts[1]
    assert len(names) == 2


def test_the_shelf_holds_no_more_than_its_room_and_forgets_the_longest_unused() -> None:
    shelf = Shelf(20_000)
    shelf.get(("first",), 1)
    for name in "abcdefghijkl":
        shelf.put((name,), 1, Kept(b"x" * 1000, "", ()))
        shelf.get(("a",), 1)

    assert [n for n in "abcdefghijkl" if shelf.get((n,), 1)] == ["a", *"defghijkl"]
    assert shelf.get(("a",), 2) is None


def test_an_answer_that_was_made_before_a_change_is_not_kept_after_it() -> None:
    shelf = Shelf(1_000_000)
    shelf.get(("page",), 1)
    shelf.get(("page",), 2)
    shelf.put(("page",), 1, Kept(b"old", "", ()))

    assert shelf.get(("page",), 2) is None


# ---- compressed, and not sent twice


@pytest.mark.parametrize("page", [*PAGES, "/episodes/late-again/transcript.json"])
def test_who_takes_gzip_gets_it_and_reads_the_same(client: FlaskClient, page: str) -> None:
    plain, packed, again = client.get(page), client.get(page, headers=GZIP), client.get(page, headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == again.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == gzip.decompress(again.data) == plain.data
    assert {a.headers["Vary"] for a in (plain, packed, again)} == {"Accept-Encoding"}
    assert packed.content_length == len(packed.data)


@pytest.mark.parametrize("encoding", ["", "identity", "br", "gzip;q=0", "identity, gzip;q=0"])
def test_who_does_not_take_gzip_gets_plain_text(client: FlaskClient, encoding: str) -> None:
    client.get("/", headers=GZIP)
    answer = client.get("/", headers={"Accept-Encoding": encoding})

    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("headers", [{}, GZIP])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_still_holds_is_not_sent_again(
    client: FlaskClient, home: Path, page: str, headers: dict[str, str]
) -> None:
    tag = client.get(page, headers=headers).headers["ETag"]

    same = client.get(page, headers={**headers, "If-None-Match": tag})
    with Companion.open(Settings.load(home, {})) as elsewhere:
        elsewhere.discard("late-again")
    changed = client.get(page, headers={**headers, "If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Cache-Control"] == "no-cache"
    assert changed.status_code != 304 or page == "/moments?tag=care"  # that one shows nothing of what changed


def test_head_says_what_get_would(client: FlaskClient) -> None:
    head, got = client.head("/", headers=GZIP), client.get("/", headers=GZIP)
    assert head.data == b""
    assert head.content_length == len(got.data)
    assert head.headers["ETag"] == got.headers["ETag"]


def test_nothing_of_practice_is_kept_or_compressed(client: FlaskClient) -> None:
    begin(client)
    for page in ("/practice", "/practice/journal", "/practice/space"):
        answers = [client.get(page, headers=GZIP) for _ in range(2)]
        assert {a.status_code for a in answers} <= {200, 301, 302, 303, 308}, page
        for answer in answers:
            assert "Content-Encoding" not in answer.headers
            assert "ETag" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"


def test_how_far_an_episode_is_and_recordings_stay_as_they_are(client: FlaskClient, app: Flask) -> None:
    sha256 = app.extensions["companion"].episode("late-again").playback_sha256
    for page in ("/episodes/on-its-way/progress.json", f"/media/{sha256}.mp3", "/healthz"):
        answer = client.get(page, headers=GZIP, buffered=True)
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers


# ---- style and scripts


def _static(text: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', text)


def test_style_and_scripts_may_be_kept_for_ever_under_a_name_of_their_version(client: FlaskClient) -> None:
    addresses = _static(client.get("/episodes/late-again").text)

    assert len(addresses) >= 3
    assert len({a.split("/")[2] for a in addresses}) == 1
    for address in addresses:
        plain = client.get(address, buffered=True)
        packed = client.get(address, headers=GZIP, buffered=True)
        assert re.fullmatch(r"/static/[0-9a-f]{12}/[\w.-]+", address)
        assert plain.headers["Cache-Control"] == packed.headers["Cache-Control"] == FOREVER
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        again = client.get(address, headers={**GZIP, "If-None-Match": packed.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["style.css", "0123456789ab/style.css"])
def test_without_that_name_they_are_asked_for_each_time(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/{name}", buffered=True)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert client.get("/static/none.css").status_code == 404
    assert client.get("/static/0123456789ab/../../app.py").status_code == 404


# ---- large libraries, and how much is sent


def test_the_first_page_lists_some_episodes_and_leads_to_the_others(home: Path) -> None:
    with site(home, page_size=3) as app:
        first, second = (app.test_client().get(f"/?page={n}").text for n in (1, 2))
        behind = app.test_client().get("/?page=3")

    titles = ("Late again", "Second chair", "On its way", "Too quiet")
    assert sum(f">{t}</a></h3>" in first for t in titles) == 3
    assert sum(f">{t}</a></h3>" in second for t in titles) == 1
    assert 'rel="next" href="/?page=2"' in first
    assert behind.status_code == 404


def test_no_page_of_the_sample_show_is_large(show: Path, tmp_path: Path) -> None:
    home = tmp_path / "library"
    moments = _take_in_scripts(Settings.load(home, {}), show)
    pages = ["/", "/moments", "/search", "/search?q=you", *(f"/moments?tag={t}" for t in ("validation", "criticism"))]
    pages += [f"/episodes/{folder.name}" for folder in show.iterdir() if (folder / "script.jsonl").is_file()]
    pages += [f"/moments/{name}" for name in moments]
    with site(home, show_suggestions=True) as app:
        client = app.test_client()
        answers = {page: client.get(page, headers=GZIP) for page in pages}

    assert len(moments) >= 3
    assert {a.status_code for a in answers.values()} == {200}
    assert {p: len(a.data) for p, a in answers.items() if len(a.data) >= LARGEST_PAGE_BYTES} == {}


def _take_in_scripts(settings: Settings, show: Path) -> list[str]:
    """The sample show as it was written, every word with a time; returns the ids of its moments."""
    library = Library.open(settings)
    try:
        for number, folder in enumerate(sorted(p for p in show.iterdir() if (p / "script.jsonl").is_file())):
            rows = map(json.loads, (folder / "script.jsonl").read_text(encoding="utf-8").splitlines())
            _take_in(library, folder.name, str(number) * 64, [row for row in rows if row["kind"] == "turn"])
        return [name for e in library.episodes.all() for name in library.moments.ids_of(e.slug)]
    finally:
        library.close()


def _take_in(library: Library, slug: str, sha256: str, rows: list[dict[str, object]]) -> None:
    turns = [_turn(row) for row in rows]
    tags = tag_turns(turns, library.taggers.current())
    new = NewEpisode(slug, slug, "", True, None, datetime(2026, 11, 1, tzinfo=UTC), sha256, (), (), None, (), "bundled")
    episode, _ = library.episodes.add(replace(new, publication=Publication.PUBLISHED))
    names = {str(t.speaker): t.role for t in turns}
    segments = [Segment(t.start_s, t.end_s, t.text, t.speaker, t.words) for t in turns]
    stored = [StoredTurn(t, g, (s,)) for t, g, s in zip(turns, tags, segments, strict=True)]
    with library.database.write() as connection:
        library.episodes.put_voices(connection, episode.id, [Voice(n, n, r, True) for n, r in names.items()])
        library.transcripts.replace(connection, episode.id, stored)
        library.moments.replace(connection, episode.id, sha256, find_moments(turns, tags))
        library.index.put(connection, episode.id, turns)
    peaks = [(i * 7919 % 1000) / 1000 for i in range(1200)]  # no two alike: the waveform compresses badly
    library.episodes.ready(episode.id, playback_sha256=sha256, duration_s=turns[-1].end_s, peaks=peaks)


def _turn(row: dict[str, object]) -> Turn:
    text, start_s, end_s = str(row["text"]), float(str(row["start_s"])), float(str(row["end_s"]))
    said = text.split()
    each_s = (end_s - start_s) / len(said)
    words = tuple(Word(start_s + i * each_s, start_s + (i + 1) * each_s, w, 0.9) for i, w in enumerate(said))
    return Turn(int(str(row["index"])), str(row["speaker"]), Role(str(row["role"])), start_s, end_s, text, words)
