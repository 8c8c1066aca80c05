"""`companion import` and the door behind it: from a feed on a web server to episodes that can be heard."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, FeedError, FetchError, LimitError, NotFoundError
from companion.fetching import Fetcher
from companion.importing import Importing, OfferState, Wishes
from companion.pipeline.bringing import bring
from companion.publication import Chapter, EpisodeKind, Person, Show
from companion.types import EpisodeState, Publication, Role
from tests.feeds import TALK, Said, feed, item, p20, vtt, wav_of
from tests.loopback_companion import on_this_computer
from tests.programs import companion as command_line
from tests.web_server import Page, WebServer

LIMIT_BYTES = 5_000_000


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as made:
        yield made


@pytest.fixture
def companion(settings: Settings) -> Iterator[Companion]:
    with Companion.open(settings.with_(model="bundled")) as opened:
        opened.importing = Importing(opened.library, Fetcher(on_this_computer))
        yield opened


@pytest.fixture(scope="session")
def sound(show: Path) -> bytes:
    return wav_of(show, 0, 24)


def work(companion: Companion) -> None:
    """Works until nothing waits, in a thread of its own: a browser's tests leave an event loop in this one."""
    with ThreadPoolExecutor(1) as alone:
        alone.submit(_work, companion).result()


def _work(companion: Companion) -> None:
    with companion.worker() as worker:
        end = time.monotonic() + 120
        while not worker.idle():
            assert time.monotonic() < end
            time.sleep(0.1)


def loopback(*args: object, home: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """The command line, which may load from this computer."""
    program = [sys.executable, "-m", "tests.loopback_companion", "--home", str(home), *map(str, args)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def whole_item(server: WebServer, sound: bytes) -> str:
    server.pages["/one.vtt"] = Page(vtt(TALK), "text/vtt")
    server.pages["/chapters.json"] = Page(
        json.dumps(
            {
                "version": "1.2.0",
                "chapters": [
                    {"startTime": 9.5, "title": "The lunch box", "url": "https://kitchen.example/lunch"},
                    {"startTime": 0, "title": "Hello"},
                    {"startTime": 12, "img": "https://kitchen.example/p.jpg", "toc": False},
                ],
            }
        ).encode(),
        "application/json+chapters",
    )
    return item(
        server,
        "one",
        sound,
        f"<link>https://kitchen.example/1</link><podcast:transcript url='{server.url('/one.vtt')}' type='text/vtt'/>"
        f"<podcast:chapters url='{server.url('/chapters.json')}' type='application/json+chapters'/>"
        "<podcast:person role='guest' href='https://june.example/'>June</podcast:person>"
        "<itunes:season>2</itunes:season><itunes:episode>7</itunes:episode><itunes:episodeType>bonus</itunes:episodeType>"
        "<itunes:explicit>yes</itunes:explicit>"
        "<description>Short.</description><content:encoded><![CDATA[<p>Long <a href='/notes'>notes</a>.</p><ul><li>a"
        "<li>b</ul><script>alert(1)</script>]]></content:encoded>",
    )


def test_an_episode_comes_in_with_all_that_the_feed_says(companion: Companion, server: WebServer, sound: bytes) -> None:
    server.pages["/feed.xml"] = Page(
        feed(whole_item(server, sound), "<language>en-gb</language><itunes:author>Ada</itunes:author>")
    )
    planned = companion.importing.look(server.url("/feed.xml"))
    (begun,) = companion.importing.begin(planned, None, Wishes("bundled"))
    work(companion)
    episode = companion.episode(begun.slug)
    assert episode.error is None
    assert (episode.state, episode.publication, episode.model) == (EpisodeState.READY, Publication.DRAFT, None)
    assert episode.title == "Episode one"
    assert episode.published == datetime(2026, 11, 3, 6, tzinfo=UTC)
    notes = server.url("/notes")
    assert episode.description == f"Long [notes]({notes}).\n\n- a\n- b"
    assert "alert" not in episode.description
    details = companion.library.episodes.details(episode.id)
    assert (details.guid, details.season, details.number, details.kind, details.explicit, details.link) == (
        "guid-one", 2, 7, EpisodeKind.BONUS, True, "https://kitchen.example/1",
    )  # fmt: skip
    assert details.persons == (Person("June", "guest", "cast", "https://june.example/", ""),)
    assert companion.importing.chapters(episode.id) == (
        Chapter(0.0, "Hello"),
        Chapter(9.5, "The lunch box", "https://kitchen.example/lunch"),
        Chapter(12.0, "", "", "https://kitchen.example/p.jpg", listed=False),
    )
    words = [(t.turn.speaker, t.turn.text) for t in companion.turns(episode.slug)]
    assert words == [(s.speaker, s.text) for s in TALK]
    assert companion.library.blobs.path(episode.audio_sha256).read_bytes() == sound
    assert list(companion.library.work_folder.iterdir()) == []
    show = companion.library.shows.get()
    assert (show.title, show.language, show.author, show.link) == (
        "Kitchen Table", "en-gb", "Ada", "https://kitchen.example/",
    )  # fmt: skip
    again = companion.importing.look(server.url("/feed.xml"))
    assert [o.state for o in again.offers] == [OfferState.THERE]
    with pytest.raises(BadInputError, match="nothing to take"):
        companion.importing.begin(again, None, Wishes("bundled"))


def test_the_words_of_a_transcript_give_moments(companion: Companion, server: WebServer, show: Path) -> None:
    """Nothing is recognised: a library without any recogniser can do it."""
    folder = show / "01-lunch-in-the-car"
    lines = tuple(
        Said(row["start_s"], row["end_s"], row["text"], row["speaker"])
        for row in map(json.loads, (folder / "script.jsonl").read_text("utf-8").splitlines())
        if row["kind"] == "turn"
    )
    server.pages["/a.json"] = Page(p20(lines), "application/json")
    more = f"<podcast:transcript url='{server.url('/a.json')}' type='application/json'/>"
    server.pages["/feed.xml"] = Page(feed(item(server, "a", (folder / "episode.mp3").read_bytes(), more, "audio/mpeg")))
    companion.importing.begin(companion.importing.look(server.url("/feed.xml")), None, Wishes("no such model"))
    work(companion)
    assert companion.episode("episode-a").error is None
    assert len(companion.moments_of("episode-a")) >= 2


def test_the_show_that_is_there_stays(companion: Companion, server: WebServer, sound: bytes) -> None:
    server.pages["/feed.xml"] = Page(feed(whole_item(server, sound)))
    companion.library.shows.put(Show(title="Ours"))
    companion.importing.begin(companion.importing.look(server.url("/feed.xml")), None, Wishes("bundled"))
    assert companion.library.shows.get().title == "Ours"


def test_what_has_no_transcript_is_recognised(
    companion: Companion, server: WebServer, sound: bytes, show: Path
) -> None:
    """So is what has one that cannot be had, and what a host wants to be recognised all the same."""
    server.pages["/b.vtt"] = Page(b"this is no transcript", "text/vtt")
    server.pages["/c.json"] = Page(p20(TALK), "application/json")
    more = "<podcast:transcript url='{}' type='{}'/>"
    items = item(server, "b", wav_of(show, 30, 15), more.format(server.url("/b.vtt"), "text/vtt"))
    items += item(server, "c", sound, more.format(server.url("/c.json"), "application/json"))
    server.pages["/feed.xml"] = Page(feed(items))
    planned = companion.importing.look(server.url("/feed.xml"))
    companion.importing.begin(planned, {"guid-c"}, Wishes("bundled", recognise=True))
    companion.importing.begin(planned, {"guid-b"}, Wishes("bundled"))
    work(companion)
    b, c = (companion.episode(f"episode-{name}") for name in "bc")
    assert (b.error, b.state, b.model) == (None, EpisodeState.READY, "bundled")
    assert (c.error, c.state, c.model) == (None, EpisodeState.READY, "bundled")
    known = companion.library.imports.get(c.id)
    assert known is not None
    assert "That makes sense" in (known.transcript or "")  # kept beside
    assert "transcript could not be used" in companion.importing.notes(b.id)[0]


def test_a_transcript_without_names_is_told_apart_by_the_voices(
    companion: Companion, server: WebServer, show: Path
) -> None:
    lines = tuple(
        Said(row["start_s"], row["end_s"], row["text"])
        for row in map(json.loads, (show / "01-lunch-in-the-car" / "script.jsonl").read_text("utf-8").splitlines())
        if row["kind"] == "turn" and row["end_s"] < 90
    )
    assert len(lines) > 5
    server.pages["/a.srt"] = Page(p20(lines), "application/json")
    more = f"<podcast:transcript url='{server.url('/a.srt')}' type='application/json'/>"
    server.pages["/feed.xml"] = Page(feed(item(server, "a", wav_of(show, 0, 90), more)))
    companion.importing.begin(companion.importing.look(server.url("/feed.xml")), None, Wishes("bundled"))
    work(companion)
    episode = companion.episode("episode-a")
    assert (episode.error, episode.state) == (None, EpisodeState.READY)
    voices = companion.voices("episode-a")
    assert len(voices) >= 2
    assert {v.name for v in voices} == {f"Voice {n + 1}" for n in range(len(voices))}
    assert Role.UNKNOWN in {v.role for v in voices} or voices
    assert (
        " ".join(s.text for s in lines).split() == " ".join(t.turn.text for t in companion.turns("episode-a")).split()
    )


def test_a_lost_connection_and_a_failed_import_go_on(companion: Companion, server: WebServer, sound: bytes) -> None:
    server.pages["/feed.xml"] = Page(feed(whole_item(server, sound)))
    server.pages["/one.wav"].cut_after = 100_000
    server.pages["/one.wav"].cuts = 3
    planned = companion.importing.look(server.url("/feed.xml"))
    companion.importing.begin(planned, None, Wishes("bundled"))
    pauses: list[float] = []
    episode_id = companion.episode("episode-one").id
    assert bring(companion.library, episode_id, companion.importing.fetcher, pauses.append)
    assert pauses == [2.0, 4.0, 8.0]
    ranges = [h.get("Range") for path, h in server.asked if path == "/one.wav"]
    assert ranges == [None, "bytes=100000-", "bytes=200000-", "bytes=300000-"]
    work(companion)
    assert companion.episode("episode-one").state is EpisodeState.READY


def test_what_cannot_be_had_fails_with_a_sentence_and_can_be_tried_again(
    companion: Companion, server: WebServer, sound: bytes
) -> None:
    server.pages["/feed.xml"] = Page(feed(whole_item(server, sound)))
    there = server.pages.pop("/one.wav")
    planned = companion.importing.look(server.url("/feed.xml"))
    companion.importing.begin(planned, None, Wishes("bundled", publish=True))
    work(companion)
    episode = companion.episode("episode-one")
    assert episode.state is EpisodeState.FAILED
    assert "404" in (episode.error or "")
    assert [e for e, _ in companion.importing.in_hand()] == [episode]
    server.pages["/one.wav"] = there
    again = companion.importing.look(server.url("/feed.xml"))
    assert [o.state for o in again.offers] == [OfferState.FAILED]
    companion.importing.begin(again, None, Wishes("bundled"))
    work(companion)
    assert companion.episode("episode-one").state is EpisodeState.READY
    assert companion.episode("episode-one").publication is Publication.PUBLISHED


def test_the_same_recording_is_not_two_episodes(companion: Companion, server: WebServer, sound: bytes) -> None:
    items = whole_item(server, sound) + item(server, "two", sound)
    server.pages["/feed.xml"] = Page(feed(items))
    companion.importing.begin(companion.importing.look(server.url("/feed.xml")), None, Wishes("bundled"))
    work(companion)
    assert companion.episode("episode-one").state is EpisodeState.READY
    assert "as “Episode one”" in (companion.episode("episode-two").error or "")


def test_a_private_address_in_a_feed_is_not_loaded(settings: Settings, server: WebServer, sound: bytes) -> None:
    """As users have it: no test's rule."""
    with Companion.open(settings) as companion:
        text = feed(whole_item(server, sound))
        planned = companion.importing.plan(companion.importing.read_bytes(text, "feed.xml"))
        companion.importing.begin(planned, None, Wishes("bundled"))
        work(companion)
        assert "private" in (companion.episode("episode-one").error or "")
        with pytest.raises(FetchError, match="private"):
            companion.importing.look(server.url("/feed.xml"))
    assert server.asked == []


def test_pages_of_a_feed_are_read_together(companion: Companion, server: WebServer, sound: bytes) -> None:
    second = f"<atom:link rel='next' href='{server.url('/2.xml')}'/>"
    server.pages["/1.xml"] = Page(feed(item(server, "one", sound), second))
    server.pages["/2.xml"] = Page(
        feed(item(server, "two", sound), f"<atom:link rel='next' href='{server.url('/1.xml')}'/>")
    )
    planned = companion.importing.look(server.url("/1.xml"))
    assert [o.item.guid for o in planned.offers] == ["guid-one", "guid-two"]


def test_a_feed_that_only_says_where_it_moved_is_followed(
    companion: Companion, server: WebServer, sound: bytes
) -> None:
    server.pages["/old"] = Page(
        f"<rss><redirect><newLocation>{server.url('/new')}</newLocation></redirect></rss>".encode()
    )
    server.pages["/new"] = Page(feed(item(server, "one", sound)))
    assert len(companion.importing.look(server.url("/old")).offers) == 1


def test_a_locked_feed_is_refused_unless_it_is_ones_own(companion: Companion, server: WebServer, sound: bytes) -> None:
    text = feed(item(server, "one", sound), "<podcast:locked owner='ada@kitchen.example'>yes</podcast:locked>")
    planned = companion.importing.plan(companion.importing.read_bytes(text, "feed.xml"))
    with pytest.raises(FeedError, match="locked"):
        companion.importing.begin(planned, None, Wishes("bundled"))
    assert companion.episodes() == ()
    assert len(companion.importing.begin(planned, None, Wishes("bundled", mine=True))) == 1


def test_items_that_cannot_be_taken_say_why(companion: Companion, server: WebServer, sound: bytes) -> None:
    first = item(server, "one", sound)
    items = first + first + "<item><title>No sound</title><guid>x</guid></item><item><title>Nothing</title></item>"
    items += "<item><guid>f</guid><enclosure url='file:///etc/passwd' type='audio/mpeg'/></item>"
    planned = companion.importing.plan(companion.importing.read_bytes(feed(items), "feed.xml"))
    assert [o.state for o in planned.offers] == [
        OfferState.NEW, OfferState.REPEATED, OfferState.NO_SOUND, OfferState.NO_GUID, OfferState.NO_SOUND,
    ]  # fmt: skip


def test_a_kept_feed_is_found_again_until_it_is_forgotten(
    companion: Companion, server: WebServer, sound: bytes
) -> None:
    read = companion.importing.read_bytes(feed(item(server, "one", sound)), "feed.xml")
    feed_id = companion.importing.keep(read)
    assert companion.importing.kept(feed_id) == read
    companion.importing.forget(feed_id)
    with pytest.raises(NotFoundError, match="too long ago"):
        companion.importing.kept(feed_id)


def test_too_large_a_feed_is_not_read(settings: Settings, server: WebServer, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(feed("<item/>" * 1000))
    with (
        Companion.open(settings.with_(max_feed_bytes=2000)) as companion,
        pytest.raises(LimitError, match="FEED_BYTES"),
    ):
        companion.importing.look(str(path))


# ---- the command


def test_a_dry_run_of_a_file_needs_no_network_and_changes_nothing(
    tmp_path: Path, server: WebServer, sound: bytes
) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(feed(whole_item(server, sound), "<podcast:guid>aaaa</podcast:guid>"))
    home = tmp_path / "library"
    found: dict[str, Any] = json.loads(command_line("import", path, "--dry-run", "--json", home=home).stdout)
    assert found == {
        "feed": {
            "title": "Kitchen Table", "link": "https://kitchen.example/", "description": "Two at a table.",
            "language": None, "image_url": None, "guid": "aaaa",
        },
        "episodes": [
            {
                "guid": "guid-one", "title": "Episode one", "link": "https://kitchen.example/1",
                "published": "2026-11-03T06:00:00Z",
                "enclosure": {"url": server.url("/one.wav"), "type": "audio/wav", "length": len(sound)},
                "duration_s": None, "season": 2, "episode": 7, "chapters_url": server.url("/chapters.json"),
                "transcripts": [{"url": server.url("/one.vtt"), "type": "text/vtt", "language": None}],
                "persons": [{"name": "June", "role": "guest", "href": "https://june.example/"}],
            }
        ],
    }  # fmt: skip
    assert "come along" in command_line("import", path, "--dry-run", home=home).stdout
    assert server.asked == []
    with Companion.open(Settings.load(home, {})) as companion:
        assert companion.episodes() == ()


def test_the_command_asks_takes_and_takes_nothing_twice(tmp_path: Path, server: WebServer, sound: bytes) -> None:
    server.pages["/feed.xml"] = Page(feed(whole_item(server, sound)))
    home, url = tmp_path / "library", server.url("/feed.xml")
    assert "--yes" in loopback("import", url, home=home, code=2).stderr
    assert "1 episode taken." in loopback("import", url, "--yes", "--model", "bundled", home=home).stdout
    assert "1 in the library already" in loopback("import", url, "--yes", home=home).stderr
    shown = json.loads(loopback("import", url, "--dry-run", "--json", home=home).stdout)
    assert shown["episodes"] == []


def test_the_command_says_what_failed(tmp_path: Path, server: WebServer, sound: bytes) -> None:
    server.pages["/feed.xml"] = Page(feed(whole_item(server, sound)))
    del server.pages["/one.wav"]
    failed = loopback(
        "import", server.url("/feed.xml"), "--yes", "--json", "--model", "bundled", home=tmp_path / "h", code=1
    )
    assert json.loads(failed.stdout)[0]["state"] == "failed"
    assert "importing again tries again" in failed.stderr
    assert "404" in failed.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"just words", "no XML"),
        (b"<!DOCTYPE html><html><head><title>x</title></head></html>", "web page"),
        (b"<opml><body/></opml>", "list of feeds"),
        (b"<rss></rss>", "no channel"),
        (b"\x1f\x8b broken", "gzip"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "begins with <svg>"),
    ],
)
def test_what_is_no_feed_gets_a_sentence_and_an_exit_code(tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(text)
    assert words in command_line("import", path, "--dry-run", home=tmp_path / "h", code=2).stderr


def test_a_file_that_is_not_there_and_an_address_without_its_beginning(tmp_path: Path) -> None:
    done = command_line("import", "example.org/feed.xml", "--dry-run", home=tmp_path / "h", code=3)
    assert "https://" in done.stderr
    done = command_line("import", "http://127.0.0.1:9/feed.xml", "--dry-run", home=tmp_path / "h", code=10)
    assert "private" in done.stderr
