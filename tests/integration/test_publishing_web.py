"""The host's pages of an episode and of the show, without a browser: what is kept, refused, and shown to listeners."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from mutagen.id3 import ID3
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from companion.config import Settings
from companion.core import Companion
from companion.publication import EpisodeDetails
from companion.types import Publication
from tests import draft_library
from tests.host_client import HostClient, host_client
from tests.small_site import site

PAGE = "/host/episodes/late-again"
HOSTILE = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    draft_library.build(Settings.load(tmp_path / "library", {}).with_(min_free_bytes=0), tmp_path)
    with site(tmp_path / "library", site_url="https://moments.example", min_free_bytes=0) as app:
        yield app


@pytest.fixture
def host(app: Flask) -> HostClient:
    return host_client(app)


@pytest.fixture
def door(app: Flask) -> Companion:
    public: Companion = app.extensions["companion"]
    return public.host


@pytest.fixture
def filled(door: Companion, tmp_path: Path) -> Companion:
    draft_library.fill_in(door, tmp_path)
    return door


def picture(size_px: int = 1400, kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (size_px, size_px), (40, 90, 90)).save(file, kind)
    file.seek(0)
    return file, "cover.jpg"


def form(**changes: object) -> dict[str, object]:
    return {"title": "Late again", "description": "Two words.", "content_note": "A quarrel.", **changes}


# ---- who may


@pytest.mark.parametrize("path", [PAGE, "/host/show", f"/host/covers/{'0' * 64}"])
def test_nobody_else_sees_these_pages(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 302
    assert "/host/login" in answer.location


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/publication", "/host/show"])
def test_nobody_else_changes_anything(app: Flask, host: HostClient, door: Companion, path: str) -> None:
    data = {"title": "Mine", "action": "publish"}
    assert app.test_client().post(path, data=data, headers={"Origin": "http://localhost"}).status_code in (401, 403)
    assert host.client.post(path, data=data, headers={"Origin": "http://localhost"}).status_code == 403  # no token
    foreign = {"csrf_token": host.csrf_token, **data}
    assert host.client.post(path, data=foreign, headers={"Origin": "https://evil.example"}).status_code == 403
    assert door.episode("late-again").title == "Late again"
    assert door.library.shows.get().title == ""


# ---- details


def test_details_are_kept_and_shown_again(host: HostClient, door: Companion) -> None:
    sent = form(
        number="3",
        season="2",
        kind="bonus",
        explicit="on",
        link="https://example.org/a?b=1&c=2",
        published="2026-11-03T07:30",
        published_offset="+01:00",
        person_name=["Ruth Ames", ""],
        person_role=["host", ""],
        person_group=["", ""],
        person_href=["https://example.org/ruth", ""],
        person_img=["", ""],
        cover=picture(),
    )
    answer = host.post(PAGE, sent)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?done=saved")
    entry = door.publishing.state("late-again", datetime.now(UTC)).entry
    assert entry.published == datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
    details = entry.details
    assert (details.number, details.season, details.kind, details.explicit) == (3, 2, "bonus", True)
    assert [(p.name, p.role, p.group, p.href) for p in details.persons] == [
        ("Ruth Ames", "host", "cast", "https://example.org/ruth")
    ]
    text = host.get(PAGE).text
    assert 'value="2026-11-03T06:30"' in text
    assert "https://example.org/a?b=1&amp;c=2" in text
    shown = host.get(f"/host/covers/{details.cover_sha256}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    host.post(PAGE, form(cover_away="on"))
    assert door.publishing.details("late-again").cover_sha256 is None
    assert host.get(f"/host/covers/{details.cover_sha256}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": "  "}, "An episode needs a title."),
        ({"title": "x" * 256}, "That has 256 characters, and 255 are the most."),
        ({"number": "0"}, "Write a whole number from 1 to 9999"),
        ({"number": "one"}, "Write a whole number from 1 to 9999"),
        ({"link": "javascript:alert(1)"}, "That is no address of the web."),
        ({"link": "https://"}, "That is no address of the web."),
        ({"kind": "story"}, "An episode is full, trailer, bonus."),
        ({"published": "yesterday"}, "is no date and time. Write it like"),
        ({"published": "2026-11-03T07:30", "published_offset": "+99:00"}, "is no time zone."),
        ({"description": "ä" * 2001}, "bytes in the feed, and 4000 are the most."),
        ({"content_note": "x" * 501}, "That has 501 characters, and 500 are the most."),
        ({"person_name": [""], "person_href": ["https://example.org"]}, "A person needs a name."),
        ({"person_name": ["Ruth"], "person_href": ["ftp://x"]}, "Ruth: write addresses whole"),
        ({"cover": (io.BytesIO(b"not a picture"), "cover.jpg")}, "The cover is no JPEG and no PNG."),
        ({"cover": picture(900)}, "900 by 900 pixels, and 1400 by 1400 are the least."),
    ],
)
def test_each_bad_field_has_its_sentence_and_nothing_is_kept(
    host: HostClient, door: Companion, changes: dict[str, object], words: str
) -> None:
    before = door.publishing.state("late-again", datetime.now(UTC)).entry
    answer = host.post(PAGE, form(content_note="Typed already.") | changes)
    assert answer.status_code == 400
    assert words in answer.text
    assert "content_note" in changes or "Typed already." in answer.text  # what was typed is still there
    assert door.publishing.state("late-again", datetime.now(UTC)).entry == before
    assert list(door.library.work_folder.iterdir()) == []


def test_a_cover_that_is_too_large_is_refused(host: HostClient, app: Flask, door: Companion) -> None:
    def sent(size_bytes: int) -> TestResponse:
        file = FileStorage(io.BytesIO(b"\xff\xd8\xff".ljust(size_bytes, b"x")), "cover.jpg")
        boundary, body = encode_multipart({"csrf_token": host.csrf_token, **form(cover=file)})
        kind = f"multipart/form-data; boundary={boundary}"
        return host.client.post(PAGE, data=body, content_type=kind, headers={"Origin": "http://localhost"})

    answer = sent(door.settings.cover_bytes + 1)
    assert answer.status_code == 400
    assert "at most 8.0 MB are taken" in answer.text
    assert sent(door.settings.cover_bytes + 200_000).status_code == 413


def test_no_field_does_anything_but_stand_there(app: Flask, host: HostClient, filled: Companion) -> None:
    people = {"person_name": [HOSTILE], "person_role": [HOSTILE], "person_href": [""], "person_img": [""]}
    assert (
        host.post("/host/show", {"title": HOSTILE, "description": HOSTILE, "author": HOSTILE, **people}).status_code
        == 303
    )
    assert host.post(PAGE, form(title=HOSTILE, description=HOSTILE, content_note=HOSTILE, **people)).status_code == 303
    assert host.post(f"{PAGE}/publication", {"action": "publish"}).status_code == 303
    for client, path in (
        *((host.client, p) for p in (PAGE, "/host/show")),
        *((app.test_client(), p) for p in ("/", "/episodes/late-again", "/feed.xml")),
    ):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert not re.search(r"<img[^>]*onerror", text)
        assert 'value=""\'' not in text
    refused = host.post(PAGE, form(title=HOSTILE * 10)).text
    assert "<script>alert" not in refused


# ---- out and back


def test_the_checklist_shrinks_until_it_can_go_out(host: HostClient, door: Companion) -> None:
    def missing() -> set[str]:
        found = re.findall(r'<li class="(\w+)" data-item="([\w-]+)"', host.get(PAGE).text)
        return {name for level, name in found if level != "may"}

    assert missing() == {"content-note", "cover", "show"}
    assert "Publish now" not in host.get(PAGE).text
    answer = host.post(f"{PAGE}/publication", {"action": "publish"})
    assert answer.status_code == 409
    assert "It has no content note." in answer.text
    host.post(PAGE, form())
    assert missing() == {"cover", "show"}
    show = {"title": "Leaning In", "description": "Couples.", "author": "Ruth", "owner_email": "ruth@example.org"}
    assert host.post("/host/show", {**show, "cover": picture(kind="PNG")}).status_code == 303
    assert missing() == set()
    assert host.post(f"{PAGE}/publication", {"action": "publish"}).location == f"{PAGE}?done=published"
    assert door.episode("late-again").publication is Publication.PUBLISHED


def test_listeners_see_the_note_the_cover_and_the_description(app: Flask, host: HostClient, filled: Companion) -> None:
    listener = app.test_client()
    assert listener.get("/episodes/late-again").status_code == 404
    host.post(PAGE, form(description="They *talk*.\n\n- late\n- again", cover=picture()))
    host.post(f"{PAGE}/publication", {"action": "publish"})
    text = listener.get("/episodes/late-again").text
    assert "<em>talk</em>" in text
    assert "<li>late</li>" in text
    assert text.index("Before you listen:") < text.index("<audio")
    cover = re.search(r'class="cover" src="([^"]+)"', text)
    assert cover is not None
    assert listener.get(cover[1]).mimetype == "image/jpeg"


def test_the_feed_names_the_recording_with_the_tag_and_its_true_length(
    app: Flask, host: HostClient, filled: Companion
) -> None:
    host.post(f"{PAGE}/publication", {"action": "publish"})
    found = re.search(r'<enclosure url="https://moments.example(/media/\w+\.mp3)" length="(\d+)"', _feed(app))
    assert found is not None
    answer = app.test_client().get(found[1])
    assert len(answer.data) == int(found[2])
    assert str(ID3(io.BytesIO(answer.data))["TIT2"]) == "Late again"
    part = app.test_client().get(found[1], headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.data) == (206, b"ID3")


def _feed(app: Flask) -> str:
    return app.test_client().get("/feed.xml").text


def test_an_old_address_leads_to_the_new_recording(app: Flask, host: HostClient, filled: Companion) -> None:
    host.post(f"{PAGE}/publication", {"action": "publish"})
    first = filled.publishing.state("late-again", datetime.now(UTC)).file
    host.post(PAGE, form(title="Late, again"))
    second = filled.publishing.state("late-again", datetime.now(UTC)).file
    assert first is not None
    assert second is not None
    assert app.test_client().get(f"/media/{first.sha256}.mp3").status_code == 200
    filled.publishing.tick(datetime.now(UTC) + timedelta(days=30))
    answer = app.test_client().get(f"/media/{first.sha256}.mp3")
    assert (answer.status_code, answer.location) == (302, f"/media/{second.sha256}.mp3")
    assert "immutable" not in answer.headers["Cache-Control"]


def test_unpublishing_takes_it_from_everywhere_at_once(app: Flask, host: HostClient, filled: Companion) -> None:
    host.post(f"{PAGE}/publication", {"action": "publish"})
    listener, file = app.test_client(), filled.publishing.state("late-again", datetime.now(UTC)).file
    assert file is not None
    playback = filled.episode("late-again").playback_sha256
    moment = filled.moments(episode_slug="late-again").moments[0].id
    pages = [
        *("/episodes/late-again", "/episodes/late-again/transcript.vtt", f"/moments/{moment}"),
        *(f"/media/{playback}.mp3", f"/media/{file.sha256}.mp3"),
    ]
    assert [listener.get(p).status_code for p in pages] == [200] * len(pages)
    assert "late-again" in _feed(app)
    assert host.post(f"{PAGE}/publication", {"action": "back"}).location == f"{PAGE}?done=unpublished"
    for page in pages:
        answer = listener.get(page)
        assert answer.status_code == 404
        assert "no-cache" in answer.headers["Cache-Control"]
    assert "late-again" not in _feed(app)
    assert "Late again" not in listener.get("/search?q=lonely").text
    assert listener.get("/api/v1/episodes").json == {} or "late-again" not in listener.get("/api/v1/episodes").text


def test_a_time_is_read_where_the_host_is(host: HostClient, filled: Companion) -> None:
    answer = host.post(f"{PAGE}/publication", {"action": "schedule", "at": "2096-12-01T09:00", "at_offset": "+01:00"})
    assert answer.location == f"{PAGE}?done=scheduled"
    assert filled.episode("late-again").published == datetime(2096, 12, 1, 8, tzinfo=UTC)
    text = host.get(PAGE).text
    assert "1 December 2096, 08:00 UTC" in text
    assert host.post(f"{PAGE}/publication", {"action": "back"}).location == f"{PAGE}?done=back"
    assert filled.episode("late-again").publication is Publication.DRAFT


@pytest.mark.parametrize(
    ("when", "words"), [("2020-01-01T09:00", "is past"), ("soon", "is no date and time"), ("", "is no date and time")]
)
def test_a_bad_time_has_its_sentence(host: HostClient, filled: Companion, when: str, words: str) -> None:
    answer = host.post(f"{PAGE}/publication", {"action": "schedule", "at": when, "at_offset": "+00:00"})
    assert answer.status_code == 400
    assert words in answer.text
    assert filled.episode("late-again").publication is Publication.DRAFT


# ---- the show


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"owner_email": "ruth"}, "That is no e-mail address."),
        ({"language": "english please"}, "Write the language like en"),
        ({"language": ""}, "A show has a language"),
        ({"category": "Love"}, "That is no category of Apple"),
        ({"category": "Arts > Relationships"}, "That is no category of Apple"),
        ({"guid": "mine"}, "A show&#39;s guid looks like"),
        ({"link": "www.example.org"}, "That is no address of the web."),
    ],
)
def test_each_bad_field_of_the_show_has_its_sentence(
    host: HostClient, door: Companion, changes: dict[str, str], words: str
) -> None:
    answer = host.post("/host/show", {"title": "Leaning In", **changes})
    assert answer.status_code == 400
    assert words in answer.text
    assert door.library.shows.get().title == ""


def test_the_show_is_kept(host: HostClient, door: Companion) -> None:
    assert host.get("/host/show").status_code == 200
    sent = {"title": "Leaning In", "category": "Health & Fitness > Mental Health", "locked": "on", "language": "en-us"}
    host.post("/host/show", sent)
    show = door.library.shows.get()
    assert (show.title, show.category, show.subcategory) == ("Leaning In", "Health & Fitness", "Mental Health")
    assert (show.locked, show.explicit, show.language) == (True, False, "en-us")
    assert '<option value="Health &amp; Fitness &gt; Mental Health" selected>' in host.get("/host/show").text


def test_what_apps_find_fault_with_is_said_and_stops_it_unless_the_host_says_anyway(
    host: HostClient, filled: Companion
) -> None:
    assert "In podcast apps" not in host.get(PAGE).text
    episode = filled.episode("late-again")
    wrong = EpisodeDetails(guid="late-again-1", content_note=draft_library.NOTE, link="no address")
    filled.library.episodes.put_details(episode.id, wrong)

    page = host.get(PAGE).text
    assert 'data-rule="rss.address"' in page
    assert "Anyway, although apps will find 1 error" in page
    for fields in ({"action": "publish"}, {"action": "schedule", "at": "2096-07-01T09:00", "at_offset": "+00:00"}):
        answer = host.post(f"{PAGE}/publication", fields)
        assert answer.status_code == 409
        assert "Nothing went out: podcast apps would refuse or misread it." in answer.text
        assert filled.episode("late-again").publication is Publication.DRAFT
    assert host.post(f"{PAGE}/publication", {"action": "publish", "anyway": "on"}).status_code == 303
    assert filled.episode("late-again").publication is Publication.PUBLISHED
