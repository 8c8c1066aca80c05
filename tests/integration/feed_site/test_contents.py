"""What the feed of a library says, read by others and by our own rules."""

from __future__ import annotations

import io
import itertools
import json
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import podcastparser
import pytest
import webvtt
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from companion.config import Settings
from companion.errors import NotFoundError
from companion.feed import spec
from companion.feed.checking import check_feed
from companion.library import Library
from companion.publication import EpisodeDetails, EpisodeKind, Person, Show
from companion.types import Publication
from tests import small_library
from tests.integration.feed_site.conftest import FEED, NOW, SITE, XSD_KNOWS, items, podcast
from tests.small_site import site
from web import create_app
from web.addresses import Addresses

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


def test_the_player_has_the_same_chapters_each_until_the_next(client: FlaskClient) -> None:
    listed = json.loads(client.get("/episodes/late-again/chapters.json").text)["chapters"]
    answer = client.get("/episodes/late-again/chapters.vtt")
    cues = list(webvtt.from_string(answer.text))

    assert answer.mimetype == "text/vtt"
    assert [c.text for c in cues] == [c["title"] for c in listed]
    assert [c.start_in_seconds for c in cues] == [int(c["startTime"]) for c in listed]
    assert all(one.end == after.start for one, after in itertools.pairwise(cues))
    assert cues[-1].end == "00:01:00.000"
    assert '<track kind="chapters" srclang="en" label="Chapters" src="/episodes/late-again/chapters.vtt">' in (
        client.get("/episodes/late-again").text
    )


def test_an_episode_without_a_moment_has_no_chapters(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "library", {})
    small_library.build(settings, tmp_path)
    small_library.add_quarrel(settings, tmp_path)
    with site(tmp_path / "library") as app:
        visitor = app.test_client()

        assert "chapters" not in re.findall(r'<track kind="(\w+)"', visitor.get("/episodes/twice-on-tuesday").text)
        assert visitor.get("/episodes/twice-on-tuesday/chapters.vtt").status_code == 404
        assert visitor.get("/episodes/on-its-way/chapters.vtt").status_code == 404
        assert visitor.get("/episodes/none/chapters.vtt").status_code == 404


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
