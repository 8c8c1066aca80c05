"""The feed as podcast apps get it: read by the parsers and checked by the schema of others, and by our own rules."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import podcastparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from companion.config import Settings
from companion.errors import BadInputError, NotFoundError
from companion.feed import spec
from companion.feed.checking import check_feed
from companion.library import Library
from companion.publication import EpisodeDetails, EpisodeKind, Person, Show
from companion.types import Publication
from tests import small_library
from web import create_app
from web.addresses import Addresses

SITE = "https://example.org/show"
FEED = f"{SITE}/feed.xml"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHOW = Show(
    title="Two at a table",
    description="Couples talk, and a *therapist* is with them.",
    language="en-us",
    author="Ruth Hale",
    owner_email="ruth@example.org",
    persons=(Person("Ruth Hale", href="https://example.org/ruth"), Person("Kim", role="editor", group="writing")),
    copyright="2026 Ruth Hale",
)
DETAILS = EpisodeDetails(
    number=1,
    season=2,
    content_note="They speak of a miscarriage.",
    explicit=True,
    persons=(Person("Mara", role="guest"), Person("Jonas", role="guest")),
)
XSD_KNOWS = {"transcript", "locked", "funding", "chapters", "soundbite", "person", "location"}
"""The schema is older than the namespace: it has no guid, medium and so on. It also wants an owner on locked."""


def png(edge: int = 1400) -> bytes:
    """A square picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xc0\x60\x40" * edge for _ in range(edge))
    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed")
    settings = Settings.load(folder / "library", {})
    small_library.build(settings, folder)
    library = Library.open(settings)
    (folder / "cover.png").write_bytes(png())
    cover = library.blobs.put(folder / "cover.png")
    library.shows.put(Show(**{**{f: getattr(SHOW, f) for f in Show.__slots__}, "cover_sha256": cover}))
    episode = library.episodes.get("late-again")
    library.episodes.put_details(episode.id, DETAILS)
    library.episodes.put_texts(
        episode.id,
        "Late again & again",
        "He came at nine.\n\n- She waited\n- He knew\n\n[Read on](https://example.org/late) <script>alert(1)</script>",
        episode.published,
    )
    # Another recording than that of the first: in real shows no two episodes share one.
    longer = library.blobs.put(_other_recording(folder))
    library.episodes.ready(library.episodes.get("second-chair").id, playback_sha256=longer, duration_s=60.0)
    library.close()
    return folder / "library"


def _other_recording(folder: Path) -> Path:
    path = folder / "other.mp3"
    path.write_bytes((folder / "tone.mp3").read_bytes() * 2)
    return path


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A library that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "library"))


@pytest.fixture
def app(home: Path) -> Iterator[Flask]:
    app = create_app(Settings.load(home, {}).with_(site_url=SITE, rate_limit="100000 per minute"))
    yield app
    app.extensions["companion"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def library(app: Flask) -> Library:
    found: Library = app.extensions["companion"].host.library
    return found


@pytest.fixture
def feed(client: FlaskClient) -> bytes:
    return client.get("/feed.xml").data


def items(data: bytes) -> dict[str, ET.Element]:
    return {i.findtext("title") or "": i for i in ET.fromstring(data).iter("item")}


def podcast(name: str) -> str:
    return f"{{{spec.PODCAST}}}{name}"


# ---- what others read in it


def test_our_own_rules_find_nothing(feed: bytes) -> None:
    assert check_feed(feed, now=NOW, url=FEED) == ()


def test_podcastparser_reads_it(feed: bytes) -> None:
    """It knows the podcast namespace by the address of its page on GitHub only, so that is put in for it."""
    text = feed.replace(spec.PODCAST.encode(), spec.PODCAST_OLD.encode())

    found = podcastparser.parse(FEED, io.BytesIO(text))

    assert (found["title"], found["link"], found["language"]) == ("Two at a table", f"{SITE}/", "en-us")
    assert found["description"] == "Couples talk, and a therapist is with them."
    assert found["itunes_author"] == "Ruth Hale"
    assert found["itunes_owner"] == {"name": "Ruth Hale", "email": "ruth@example.org"}
    assert found["itunes_categories"] == [["Society & Culture", "Relationships"]]
    assert found["import_prohibited"] is True
    assert found["explicit"] is False
    second, late = found["episodes"]
    assert late["title"] == "Late again & again"
    assert late["total_time"] == 60
    assert late["published"] == int(datetime(2026, 11, 3, 6, tzinfo=UTC).timestamp())
    assert (late["number"], late["season"], late["type"], late["explicit"]) == (1, 2, "full", True)
    assert [p["name"] for p in late["persons"]] == ["Ruth Hale", "Mara", "Jonas"]
    assert late["chapters_json_url"] == f"{SITE}/episodes/late-again/chapters.json"
    assert late["transcript_url"].startswith(f"{SITE}/episodes/late-again/transcript.")
    assert len(late["enclosures"]) == 1
    assert late["enclosures"][0]["mime_type"] == "audio/mpeg"
    assert second["guid"] != late["guid"]


def test_feedparser_reads_it(feed: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own
        found = feedparser.parse(feed, response_headers={"content-type": "application/rss+xml; charset=utf-8"})

    assert not found.bozo
    assert found.version == "rss20"
    assert found.feed.title == "Two at a table"
    assert found.feed.image.href.startswith(f"{SITE}/covers/")
    assert {link.rel: link.href for link in found.feed.links}["self"] == FEED
    late = found.entries[1]
    assert late.published_parsed[:5] == (2026, 11, 3, 6, 0)
    assert late.itunes_duration == "60"
    assert late.content[0].value.startswith("<p><strong>They speak of a miscarriage.</strong></p>")
    assert late.summary.startswith("They speak of a miscarriage. He came at nine.")
    assert late.podcast_soundbite["duration"] == "15.00"


@pytest.mark.peer_data
def test_the_schema_of_the_podcast_namespace_accepts_its_elements(feed: bytes, peer_data: Path) -> None:
    schema = etree.XMLSchema(
        etree.parse(peer_data / "feeds" / "podcast-namespace" / "docs" / "schema" / "podcast-wrapper.xsd")
    )
    known, unknown = 0, set()
    for element in etree.fromstring(feed).iter(f"{{{spec.PODCAST}}}*"):
        name = etree.QName(element).localname
        if name not in XSD_KNOWS:
            unknown.add(name)
            continue
        wrapper = etree.Element(podcast("test-wrapper"))
        wrapper.append(etree.fromstring(etree.tostring(element, with_tail=False)))
        schema.assertValid(wrapper)
        known += 1

    assert unknown == {"guid"}
    assert known >= 16


# ---- what is in it


def test_lengths_and_addresses_of_recordings_are_true(client: FlaskClient, feed: bytes) -> None:
    for item in items(feed).values():
        enclosure = item.find("enclosure")
        assert enclosure is not None
        address = enclosure.get("url") or ""
        assert address.startswith(f"{SITE}/media/")
        assert address.endswith(".mp3")
        head = client.head(address.removeprefix(SITE))
        assert (head.status_code, head.mimetype) == (200, enclosure.get("type"))
        assert head.headers["Content-Length"] == enclosure.get("length")
        part = client.get(address.removeprefix(SITE), headers={"Range": "bytes=5-9"}, buffered=True)
        assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 5-9/{enclosure.get('length')}")
        assert part.headers["Access-Control-Allow-Origin"] == "*"


def test_every_address_of_ours_in_it_answers(client: FlaskClient, feed: bytes) -> None:
    seen = set()
    for element in ET.fromstring(feed).iter():
        for address in (element.get("url"), element.get("href"), element.text):
            if address and address.startswith(f"{SITE}/"):
                seen.add(address)
    types = {}
    for address in seen:
        answer = client.get(address.removeprefix(SITE), buffered=True)
        assert answer.status_code == 200, address
        types[address.rpartition("/")[2]] = answer.headers["Content-Type"]
    assert types["transcript.vtt"].startswith("text/vtt")
    assert types["transcript.srt"].startswith("application/x-subrip")
    assert types["transcript.json"].startswith("application/json")
    assert types["chapters.json"] == "application/json+chapters"
    assert types["feed.xml"].startswith("application/rss+xml")
    assert len(seen) >= 12


def test_people_of_an_episode_come_with_the_hosts(feed: bytes) -> None:
    found = items(feed)
    people = [(p.text, p.get("role")) for p in found["Late again & again"].iter(podcast("person"))]

    assert people == [("Ruth Hale", "host"), ("Mara", "guest"), ("Jonas", "guest")]
    assert not list(found["Second chair"].iter(podcast("person")))  # the show's hold


def test_guids_and_the_shows_own_are_stable(client: FlaskClient, library: Library, feed: bytes) -> None:
    before = {title: i.findtext("guid") for title, i in items(feed).items()}
    episode = library.episodes.get("second-chair")
    library.episodes.put_texts(episode.id, "Another title", episode.description, NOW)

    after = {title: i.findtext("guid") for title, i in items(client.get("/feed.xml").data).items()}

    assert after["Another title"] == before["Second chair"]
    assert ET.fromstring(feed).findtext(f"channel/{podcast('guid')}") == spec.feed_guid(
        "https://example.org/show/feed.xml/"
    )


def test_the_guid_of_a_show_is_made_as_specified() -> None:
    """The example of PSP-1."""
    assert spec.feed_guid("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"


def test_html_in_a_description_is_inert(feed: bytes) -> None:
    item = items(feed)["Late again & again"]
    html = item.findtext(f"{{{spec.CONTENT}}}encoded") or ""

    assert "<li>She waited</li>" in html
    assert "<script" not in html
    assert 'href="https://example.org/late"' in html
    text = item.findtext("description") or ""
    assert "&lt;script&gt;alert(1)" in text  # apps take it for HTML, and show what was typed
    assert "<" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "]]></description><item><title>x</title></item>",
        '"><script>alert(1)</script>',
        "a\x00b\x0bc\x1fd\x7f\ufffe\ud800",
        "&lt;&amp;&#0;<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
        "\u202eevil\u2066",
        "🫶 " * 200,
    ],
)
def test_nothing_that_a_host_types_can_break_it(client: FlaskClient, library: Library, hostile: str) -> None:
    kept = hostile.encode("utf-8", "ignore").decode()  # a database keeps no half of a character
    show = library.shows.get()
    values = {f: getattr(show, f) for f in Show.__slots__}
    text = {"title": kept, "description": kept, "author": kept, "copyright": kept}
    library.shows.put(Show(**{**values, **text, "persons": (Person(kept, role=kept, group="cast"),)}))
    episode = library.episodes.get("late-again")
    library.episodes.put_details(episode.id, EpisodeDetails(content_note=kept, persons=(Person(kept, role="guest"),)))
    library.episodes.put_texts(episode.id, kept, kept, episode.published)

    answer = client.get("/feed.xml")

    assert answer.status_code == 200
    assert len(items(answer.data)) == 2
    for finding in check_feed(answer.data, now=NOW):
        assert finding.rule in ("rss.long", "podcast.person-hosts", "episode.title", "podcast.person"), finding


def test_only_what_is_published_and_approved_is_in_it(client: FlaskClient, library: Library, tmp_path: Path) -> None:
    library.episodes.publish(library.episodes.get("late-again").id, Publication.UNPUBLISHED)
    assert list(items(client.get("/feed.xml").data)) == ["Second chair"]
    assert client.get("/episodes/late-again/chapters.json").status_code == 404

    small_library.build(Settings.load(tmp_path / "fresh", {}), tmp_path, reviewed=False)
    settings = Settings.load(tmp_path / "fresh", {}).with_(site_url=SITE, show_suggestions=True)
    fresh = create_app(settings)
    try:
        data = fresh.test_client().get("/feed.xml").data
        missing = fresh.test_client().get("/episodes/late-again/chapters.json")
    finally:
        fresh.extensions["companion"].close()
    assert len(items(data)) == 2
    for name in ("soundbite", "chapters"):
        assert not list(ET.fromstring(data).iter(podcast(name)))
    assert missing.status_code == 404


def test_soundbites_last_as_recommended(feed: bytes) -> None:
    bites = list(ET.fromstring(feed).iter(podcast("soundbite")))

    assert len(bites) == 3
    for bite in bites:
        assert 15 <= float(bite.get("duration") or 0) <= 120
        assert bite.text
        assert len(bite.text) <= 128


def test_a_kind_other_than_full_is_said(client: FlaskClient, library: Library) -> None:
    library.episodes.put_details(library.episodes.get("second-chair").id, EpisodeDetails(kind=EpisodeKind.TRAILER))

    item = items(client.get("/feed.xml").data)["Second chair"]

    assert item.findtext(f"{{{spec.ITUNES}}}episodeType") == "trailer"
    assert item.find(f"{{{spec.ITUNES}}}episode") is None


def test_chapters_are_the_moments_and_what_is_between(client: FlaskClient) -> None:
    answer = client.get("/episodes/late-again/chapters.json")
    found = json.loads(answer.text)

    assert found["version"] == "1.2.0"
    starts = [c["startTime"] for c in found["chapters"]]
    assert starts == sorted(starts)
    assert starts[0] == 0
    urls = [c["url"] for c in found["chapters"] if "url" in c]
    assert len(urls) == 2
    assert all(client.get(u.removeprefix(SITE)).status_code == 200 for u in urls)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_draft_is_checked_before_it_is_published(app: Flask, library: Library) -> None:
    host, slug = app.extensions["companion"].host, "late-again"
    library.episodes.publish(library.episodes.get(slug).id, Publication.DRAFT)
    with app.test_request_context(base_url=SITE):
        clean = host.syndication.faults(slug, Addresses(), NOW)
        library.episodes.put_details(library.episodes.get(slug).id, EpisodeDetails(link="no address"))
        library.shows.put(Show())
        found = host.syndication.faults(slug, Addresses(), NOW)
        with pytest.raises(NotFoundError, match="not ready yet"):
            host.syndication.faults("on-its-way", Addresses(), NOW)

    assert clean == ()
    assert {(f.rule, f.place) for f in found} == {
        ("rss.address", "Late again & again"),
        ("show.cover", "the show"),
        ("show.author", "the show"),
    }


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
