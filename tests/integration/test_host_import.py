"""The host's page that takes episodes from a feed; and that what strangers write in a feed stays words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

from companion.config import Settings
from companion.core import Companion
from companion.fetching import Fetcher
from companion.publication import Show
from companion.types import EpisodeState, Progress, Publication
from tests.feeds import Said as Line
from tests.feeds import feed, item, p20, wav_of
from tests.host_client import HostClient, host_client
from tests.integration.test_import import on_this_computer, work
from tests.web_server import Page, WebServer
from web.app import create_app


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as made:
        yield made


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings.with_(model="bundled"))
    made.extensions["companion"].host.importing.fetcher = Fetcher(on_this_computer)
    yield made
    made.extensions["companion"].close()


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


@pytest.fixture
def door(app: Flask) -> Companion:
    found: Companion = app.extensions["companion"].host
    return found


@pytest.fixture(scope="session")
def sound(show: Path) -> bytes:
    return wav_of(show, 0, 8)


def test_a_feed_is_read_chosen_from_and_taken(
    host: HostClient, door: Companion, server: WebServer, sound: bytes
) -> None:
    server.pages["/feed.xml"] = Page(feed(item(server, "one", sound) + item(server, "two", sound[:-3200])))
    read = host.post("/host/import/read", {"address": server.url("/feed.xml")})
    assert read.status_code == 303
    page = host.get(read.headers["Location"]).text
    assert "2 new episodes" in page
    assert "Episode two" in page
    assert host.post(read.headers["Location"], {"which": "chosen"}).status_code == 400
    taken = host.post(read.headers["Location"], {"which": "chosen", "take": "1"})
    assert taken.status_code == 303
    assert "1 episode is in the queue" in host.get(taken.headers["Location"]).text
    (episode,) = door.episodes()
    assert (episode.title, episode.publication) == ("Episode two", Publication.DRAFT)
    door.library.episodes.progress(episode.id, Progress("download", 1, 4, "bytes"))
    found = host.get(f"/host/import/episodes/{episode.slug}/progress.json")
    assert found.json == {"state": "working", "stage": "Loading the recording from the web", "percent": 25}
    assert host.get(read.headers["Location"]).text.count("Episode two") == 0


def test_a_file_is_uploaded_and_all_is_taken_and_published(
    host: HostClient, door: Companion, server: WebServer, sound: bytes
) -> None:
    text = feed(item(server, "one", sound), "<podcast:locked>yes</podcast:locked>")
    read = host.post("/host/import/read", {"file": (io.BytesIO(text), "feed.xml")})
    place = read.headers["Location"]
    refused = host.post(place, {"which": "all"})
    assert refused.status_code == 400
    assert "locked" in refused.text
    assert "This feed is my own" in refused.text
    assert host.post(place, {"which": "all", "mine": "on", "publish": "on"}).status_code == 303
    work(door)
    (episode,) = door.episodes()
    assert (episode.error, episode.state, episode.publication) == (None, EpisodeState.READY, Publication.PUBLISHED)


def test_what_failed_says_why_and_is_tried_again(
    host: HostClient, door: Companion, server: WebServer, sound: bytes
) -> None:
    text = feed(item(server, "one", sound))
    del server.pages["/one.wav"]
    read = host.post("/host/import/read", {"file": (io.BytesIO(text), "feed.xml")})
    host.post(read.headers["Location"], {"which": "all"})
    work(door)
    assert "404" in host.get("/host/import").text
    assert host.post("/host/import/episodes/episode-one/again").status_code == 303
    assert door.episode("episode-one").state is EpisodeState.WAITING


@pytest.mark.parametrize(
    ("form", "words", "status"),
    [
        ({}, "Give the address", 400),
        ({"address": "file:///etc/passwd"}, "begins with https", 400),
        ({"address": "/etc/passwd"}, "", None),
        ({"address": "http://169.254.169.254/latest/meta-data"}, "private", 502),
        ({"address": "https://name:word@kitchen.example/"}, "name and a password", 502),
    ],
)
def test_each_bad_address_gets_a_sentence(
    host: HostClient, form: dict[str, str], words: str, status: int | None
) -> None:
    answer = host.post("/host/import/read", form)
    assert answer.status_code == status or (status is None and answer.status_code >= 400)
    assert words in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\x00\x01\x02", b"\x1f\x8bxx", b"<rss/>"])
def test_each_bad_file_gets_a_sentence(host: HostClient, data: bytes) -> None:
    answer = host.post("/host/import/read", {"file": (io.BytesIO(data), "feed.xml")})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_nobody_but_the_host_gets_in(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/host/import").status_code == 302
    assert client.get("/host/import/feeds/x").status_code == 302
    for path in ("/host/import/read", "/host/import/feeds/x", "/host/import/episodes/x/again"):
        assert client.post(path, headers={"Origin": "http://localhost"}).status_code in (401, 403)
    assert client.get("/host/import/episodes/x/progress.json").status_code in (302, 401)


def test_a_forged_form_changes_nothing(host: HostClient) -> None:
    answer = host.client.post("/host/import/read", data={"address": "x"}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 403
    answer = host.post("/host/import/read", {"address": "x"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_a_feed_that_is_not_kept_any_more_is_not_here(host: HostClient) -> None:
    assert host.get("/host/import/feeds/0123").status_code == 404


def test_a_long_feed_comes_in_pages(host: HostClient, server: WebServer) -> None:
    items = "".join(
        f"<item><title>No {n}</title><guid>g{n}</guid><enclosure url='https://x.example/{n}.mp3'/></item>"
        for n in range(250)
    )
    read = host.post("/host/import/read", {"file": (io.BytesIO(feed(items)), "feed.xml")})
    place = read.headers["Location"]
    assert "Page 1 of 3" in host.get(place).text
    assert "No 249" in host.get(f"{place}?page=3").text


# ---- what strangers write

BAIT = (
    "<script>alert('baited')</script>",
    "\"><img src=x onerror=alert('baited')>",
    "'><svg onload=alert('baited')>",
    "javascript:alert('baited')",
    "<a href=\"javascript:alert('baited')\">x</a>",
    "{{ 7 * 7 }}baited",
    "</textarea></title><script>alert('baited')</script>",
    "[x](javascript:alert('baited'))",
    "&lt;script&gt;alert('baited')&lt;/script&gt;",
)


META_ADDRESS = re.compile(
    r"refresh|og:url|og:(image|audio|video)(:url|:secure_url)?|twitter:(image|player)(:src)?", re.IGNORECASE
)


class Watcher(HTMLParser):
    """Finds what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            given = re.sub(r"[\x00-\x20]", "", (value or "").lower())
            leads = name in ("href", "src", "action", "formaction", "srcset", "poster", "data")
            # A title or an alternative text in a meta tag is words; an address or a refresh there leads somewhere.
            kinds = [v or "" for n, v in attrs if n in ("property", "name", "http-equiv")]
            leads = leads or (name == "content" and any(map(META_ADDRESS.fullmatch, kinds)))
            if name.startswith("on") or (leads and given.startswith(("javascript:", "vbscript:", "data:text"))):
                self.found.append(f"<{tag} {name}={value}>")
        if tag in ("script", "iframe", "object", "embed", "svg", "img") and any(
            "baited" in (v or "") for _, v in attrs
        ):
            self.found.append(tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script" and data.strip():
            self.found.append(f"script: {data[:80]}")


def assert_inert(page: str) -> None:
    watcher = Watcher()
    watcher.feed(page)
    assert watcher.found == []
    assert "49baited" not in page


def baited(server: WebServer, number: int, bait: str, sound: bytes) -> bytes:
    """A feed with a bait in each of its fields."""
    t = bait.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&apos;")
    lines = (Line(0.0, 3.0, f"I hear you {bait}", f"Ann {bait}"), Line(3.5, 7.0, f"Thank you {bait}", f"Ben {bait}"))
    server.pages[f"/{number}.json"] = Page(p20(lines), "application/json")
    server.pages[f"/{number}.wav"] = Page(sound[: -3200 * (number + 1)], "audio/wav")
    return feed(
        f"<item><title>{t}</title><guid>{t}</guid><link>{t}</link><author>{t}</author><pubDate>{t}</pubDate>"
        f"<description>{t}</description><content:encoded><![CDATA[{bait}]]></content:encoded>"
        f"<enclosure url='{server.url(f'/{number}.wav')}' type='audio/wav' length='{t}'/><itunes:image href='{t}'/>"
        f"<itunes:duration>{t}</itunes:duration><itunes:season>{t}</itunes:season><itunes:episode>{t}</itunes:episode>"
        f"<podcast:person role='{t}' group='{t}' href='{t}' img='{t}'>{t}</podcast:person>"
        f"<podcast:transcript url='{server.url(f'/{number}.json')}' type='application/json' language='' rel='{t}'/>"
        f"<psc:chapters><psc:chapter start='0' title='{t}' href='{t}' image='{t}'/></psc:chapters></item>",
        f"<language>{t}</language><copyright>{t}</copyright><itunes:author>{t}</itunes:author><itunes:owner>"
        f"<itunes:name>{t}</itunes:name><itunes:email>{t}</itunes:email></itunes:owner><itunes:image href='{t}'/>"
        f"<itunes:category text='{t}'/><podcast:guid>{t}</podcast:guid><itunes:new-feed-url>{t}</itunes:new-feed-url>"
        f"<podcast:person href='{t}'>{t}</podcast:person>",
        title=t,
    )


def test_scripts_in_every_field_of_a_feed_stay_words(
    app: Flask, host: HostClient, door: Companion, server: WebServer, sound: bytes
) -> None:
    for number, bait in enumerate(BAIT):
        text = baited(server, number, bait, sound)
        read = host.post("/host/import/read", {"file": (io.BytesIO(text), f"{bait}.xml".replace('"', ""))})
        assert read.status_code == 303
        assert_inert(host.get(read.headers["Location"]).text)
        door.library.shows.put(Show())
        assert host.post(read.headers["Location"], {"which": "all", "publish": "on"}).status_code == 303
        assert_inert(host.get("/host/import").text)
        show = door.library.shows.get()
        assert show.link == "https://kitchen.example/"
        assert_no_bad_links([u for p in show.persons for u in (p.href, p.img)])
    work(door)
    client = app.test_client()
    assert len(door.episodes()) == len(BAIT)
    for episode in door.episodes():
        assert episode.error is None
        details = door.library.episodes.details(episode.id)
        assert_no_bad_links([details.link, *(u for p in details.persons for u in (p.href, p.img))])
        assert all(c.href == c.img == "" for c in door.importing.chapters(episode.id))
        answer = client.get(f"/episodes/{episode.slug}")
        assert "baited" in answer.text
        assert_inert(answer.text)
    for path in ("/", "/moments", "/search?q=thank", "/guide"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert_inert(answer.text)


def assert_no_bad_links(urls: list[str]) -> None:
    assert all(u == "" or u.startswith("https://kitchen.example") for u in urls), urls
