"""How the feed and what belongs to it are served."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from companion.config import Settings
from companion.errors import BadInputError
from companion.feed.checking import check_feed
from companion.library import Library
from companion.publication import EpisodeDetails
from tests.integration.feed_site.conftest import NOW, SITE
from web import create_app

# ---- how it is served


def test_who_has_it_does_not_get_it_again(client: FlaskClient) -> None:
    first = client.get("/feed.xml")
    by_tag = client.get("/feed.xml", headers={"If-None-Match": first.headers["ETag"]})
    by_date = client.get("/feed.xml", headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert (by_tag.status_code, by_date.status_code) == (304, 304)
    assert by_tag.data == b""
    assert by_tag.headers["ETag"] == first.headers["ETag"]


def test_a_change_is_seen_at_once(client: FlaskClient, library: Library) -> None:
    first = client.get("/feed.xml")
    episode = library.episodes.get("second-chair")
    library.episodes.put_texts(episode.id, "Third chair", episode.description, episode.published)
    known = {"If-None-Match": first.headers["ETag"]}

    again = client.get("/feed.xml", headers=known)

    assert again.status_code == 200
    assert "Third chair" in again.text
    assert again.headers["ETag"] != first.headers["ETag"]
    assert again.last_modified is not None
    assert first.last_modified is not None
    assert again.last_modified >= first.last_modified


def test_what_does_not_concern_the_feed_leaves_its_date(client: FlaskClient, library: Library) -> None:
    first = client.get("/feed.xml")
    library.episodes.put_details(library.episodes.get("on-its-way").id, EpisodeDetails(number=9))  # not ready yet

    again = client.get("/feed.xml")

    assert again.headers["Last-Modified"] == first.headers["Last-Modified"]
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_tells_the_length_of_get(client: FlaskClient, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    get, head = client.get("/feed.xml", headers=headers), client.head("/feed.xml", headers=headers)

    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(get.data))
    assert head.headers["ETag"] == get.headers["ETag"]
    assert get.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert get.headers["Cache-Control"] == "public, max-age=300"
    assert (gzip.decompress(get.data) if encoding == "gzip" else get.data).startswith(b"<?xml")


def test_without_the_setting_the_feed_names_the_address_that_was_asked(home: Path) -> None:
    app = create_app(Settings.load(home, {}))
    try:
        text = app.test_client().get("/feed.xml", base_url="https://two.example/a").text
        other = app.test_client().get("/feed.xml", base_url="http://localhost:8000").text
    finally:
        app.extensions["companion"].close()

    assert 'href="https://two.example/a/feed.xml"' in text
    assert "https://two.example/a/episodes/late-again/transcript.vtt" in text
    assert "two.example" not in other
    assert "http://localhost:8000/media/" in other


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", "https://", "https://e.org/?a=1", "https://a b"])
def test_a_site_url_that_is_none_is_refused_at_the_start(home: Path, url: str) -> None:
    with pytest.raises(BadInputError, match="COMPANION_SITE_URL"):
        create_app(Settings.load(home, {}).with_(site_url=url))


def test_covers_are_those_of_the_show_and_nothing_else(client: FlaskClient, library: Library) -> None:
    cover = library.shows.get().cover_sha256
    sound = library.episodes.get("late-again").playback_sha256
    assert cover is not None

    answer = client.get(f"/covers/{cover}.png", buffered=True)

    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert client.head(f"/covers/{cover}.png").headers["Content-Length"] == str(len(answer.data))
    for wrong in (
        f"/covers/{cover}.jpg",
        f"/covers/{sound}.png",
        "/covers/..%2f..%2flibrary.png",
        f"/covers/{'0' * 64}.png",
    ):
        assert client.get(wrong).status_code == 404


def test_pages_name_the_feed(client: FlaskClient) -> None:
    for page in ("/", "/moments", "/guide", "/episodes/late-again"):
        assert '<link rel="alternate" type="application/rss+xml"' in client.get(page).text
    assert 'href="/feed.xml">Follow the show' in client.get("/guide").text


def test_an_empty_library_has_a_feed_too(tmp_path: Path) -> None:
    app = create_app(Settings.load(tmp_path / "empty", {}).with_(site_url=SITE))
    try:
        answer = app.test_client().get("/feed.xml")
    finally:
        app.extensions["companion"].close()

    assert answer.status_code == 200
    rules: Any = {f.rule for f in check_feed(answer.data, now=NOW)}
    assert rules == {"show.cover", "show.author", "show.episodes"}
