"""`companion feed check` at an address: how a feed and what it names are served; and what the command prints."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.cli.feed import ask
from companion.cli.serve import make_server
from companion.config import Settings
from companion.errors import BadInputError
from companion.feed.over_http import check_at
from companion.feed.rulebook import RULES
from tests import small_library
from tests.file_server import Files, serving
from tests.unit.test_feed_checking import GOOD, OVER_HTTP
from web import create_app

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHAPTERS = b'{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "One"}]}'
MP3 = "/1.mp3"
FAULTS = [
    # rule, what is wrong
    ("http.status", "gone /feed.xml"),
    ("http.type", "type /feed.xml"),
    ("http.head", "HEAD /feed.xml"),
    ("http.renewal", "no ETag /feed.xml"),
    ("http.renewal", "no 304 /feed.xml"),
    ("http.self", "moved"),
    ("audio.head", "HEAD /1.mp3"),
    ("audio.head", "gone /1.mp3"),
    ("audio.type", "type /1.mp3"),
    ("audio.length", "longer /1.mp3"),
    ("audio.range", "no ranges /1.mp3"),
    ("audio.range", "no 416 /1.mp3"),
    ("cover.head", "gone /cover.jpg"),
    ("cover.head", "type /cover.jpg"),
    ("transcript.there", "gone /1.vtt"),
    ("transcript.type", "type /1.vtt"),
    ("transcript.open", "closed /1.vtt"),
    ("transcript.open", "closed /1.json"),
    ("chapters.there", "gone /1.json"),
    ("chapters.there", "broken /1.json"),
]


def files() -> Files:
    """A feed with all that it names."""
    return Files(
        texts={
            MP3: ("audio/mpeg", b"\xff\xfb" + b"\x00" * 123_454),
            "/2.m4a": ("audio/x-m4a", b"\x00" * 223_456),
            "/cover.jpg": ("image/jpeg", b"\xff\xd8\xff" + b"\x00" * 100),
            "/1.vtt": ("text/vtt; charset=utf-8", b"WEBVTT\n"),
            "/2.srt": ("application/x-subrip", b"1\n"),
            "/1.json": ("application/json+chapters", CHAPTERS),
        }
    )


def put_feed(served: Files, url: str) -> None:
    served.texts["/feed.xml"] = (
        "application/rss+xml; charset=utf-8",
        GOOD.replace("https://example.org", url).encode(),
    )


def _changed(text: tuple[str, bytes], old: bytes, new: bytes) -> tuple[str, bytes]:
    assert old in text[1]
    return text[0], text[1].replace(old, new)


def rules_at(url: str) -> set[str]:
    return {f.rule for f in check_at(f"{url}/feed.xml", ask, now=NOW)} - {"rss.https"}


def test_a_feed_that_is_served_well_is_clean() -> None:
    served = files()
    with serving(served) as url:
        put_feed(served, url)
        assert rules_at(url) == set()
    assert ("HEAD", MP3) in served.asked
    assert ("GET", "/1.json") in served.asked


@pytest.mark.parametrize(("rule", "wrong"), FAULTS)
def test_what_is_served_badly_is_found(rule: str, wrong: str) -> None:
    served = files()
    what, _, path = wrong.partition(" ")
    with serving(served) as url:
        put_feed(served, url)
        if what == "moved":
            served.texts["/feed.xml"] = _changed(served.texts["/feed.xml"], b'/feed.xml" rel', b'/other.xml" rel')
        elif what == "gone":
            del served.texts[path]
        elif what == "type":
            served.texts[path] = ("text/html", served.texts[path][1])
        elif what == "longer":
            served.texts[path] = (served.texts[path][0], served.texts[path][1] + b"\x00")
        elif what == "broken":
            served.texts[path] = (served.texts[path][0], b'{"chapters": "none"}')
        else:
            served.wrong.add(wrong)

        assert rules_at(url) == {rule}


def test_each_rule_over_the_network_is_broken_by_a_test() -> None:
    assert {rule for rule, _ in FAULTS} == OVER_HTTP
    assert set(RULES) >= OVER_HTTP


def test_a_server_that_hangs_up_is_a_finding_and_no_crash() -> None:
    served = files()
    with serving(served) as url, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound and not listening: nobody is there
        put_feed(served, url)
        kind, data = served.texts["/feed.xml"]
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}/1.mp3"
        served.texts["/feed.xml"] = (kind, data.replace(f"{url}/1.mp3".encode(), nobody.encode()))

        assert rules_at(url) == {"audio.head"}


def test_a_feed_that_nobody_answers_for_is_a_sentence() -> None:
    with pytest.raises(BadInputError, match="cannot be reached"):
        check_at("http://127.0.0.1:1/feed.xml", ask, now=NOW)


def test_a_redirect_leads_to_no_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(GOOD)

    class Elsewhere(Files):
        def find(self, path: str) -> str:
            return (tmp_path / "feed.xml").as_uri()

    with serving(Elsewhere()) as url:
        found = check_at(f"{url}/feed.xml", ask, now=NOW)
    assert [f.rule for f in found] == ["http.status"]


def test_only_the_newest_episodes_are_asked_for_where_that_is_said() -> None:
    served = files()
    with serving(served) as url:
        put_feed(served, url)
        check_at(f"{url}/feed.xml", ask, now=NOW, episodes=1)
    paths = {path for _, path in served.asked}
    assert MP3 in paths
    assert "/2.m4a" not in paths


# ---- our own site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The site of a small library, served as it is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings.load(tmp_path / "library", {}).with_(site_url=f"http://127.0.0.1:{port}")
    small_library.build(settings, tmp_path)
    app = create_app(settings)
    server = make_server(app, settings, "127.0.0.1", port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield settings.site_url
    server.trigger.pull_trigger(server.close)
    thread.join(timeout=10)
    app.extensions["companion"].close()


def test_our_own_site_serves_its_feed_well(site: str) -> None:
    found = check_at(f"{site}/feed.xml", ask, now=NOW)

    # The small library has no cover and nobody's name, and both of its episodes have the same recording.
    assert {f.rule for f in found} == {"rss.https", "show.cover", "show.author", "episode.audio-again"}


# ---- the command


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "companion", "feed", "check", *words], capture_output=True, text=True)


def test_the_command_ends_with_0_1_or_2(tmp_path: Path) -> None:
    good, bad, warned = tmp_path / "good.xml", tmp_path / "bad.xml", tmp_path / "warned.xml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace('length="123456"', 'length="many"'))
    warned.write_text(GOOD.replace("<link>https://example.org/2<", "<link>http://example.org/2<"))

    clean, error, warning = run(str(good)), run(str(bad)), run(str(warned))
    missing, nobody = run(str(tmp_path / "none.xml")), run("http://127.0.0.1:1/feed.xml")

    assert (clean.returncode, clean.stdout) == (0, "Nothing to find fault with.\n")
    assert error.returncode == 1
    assert "Episode 1 in the file, “The dishwasher”" in error.stdout
    assert "The length of <enclosure> is “many”." in error.stdout
    assert error.stdout.endswith("1 error, 0 warnings.\n")
    assert (warning.returncode, warning.stdout.splitlines()[-1]) == (0, "0 errors, 1 warning.")
    assert (missing.returncode, nobody.returncode) == (2, 2)
    assert "There is no file" in missing.stderr
    assert "Traceback" not in missing.stderr + nobody.stderr


def test_the_command_prints_json(tmp_path: Path) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text(GOOD.replace('length="123456"', 'length="many"'))

    result = run(str(bad), "--json")

    found = json.loads(result.stdout)
    assert result.returncode == 1
    assert found["feed"] == str(bad)
    (finding,) = found["findings"]
    assert finding["rule"] == "episode.audio-length"
    assert finding["severity"] == "error"
    assert finding["line"] == 37


def test_a_folder_and_nonsense_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "noise.xml").write_bytes(bytes(range(256)) * 100)

    folder, noise = run(str(tmp_path)), run(str(tmp_path / "noise.xml"))

    assert folder.returncode == 2
    assert noise.returncode == 1
    assert "Traceback" not in folder.stderr + noise.stderr


@pytest.mark.peer_data
def test_feeds_of_others_are_checked_without_a_crash(peer_data: Path) -> None:
    """Every feed that other projects test their readers with; most are pieces, and lack something."""
    from companion.feed.checking import check_feed

    feeds = [
        *(peer_data / "feeds" / "podcastparser").rglob("*.rss"),
        *(peer_data / "peer-cases" / "feeds").rglob("*.xml"),
    ]
    assert len(feeds) > 110
    for path in feeds:
        for finding in check_feed(path.read_bytes(), now=NOW):
            assert finding.sentence
    example = check_feed((peer_data / "feeds" / "podcast-namespace" / "example.xml").read_bytes(), now=NOW)
    # The example of the namespace itself: no self link, a guid that stands for one, http in places, no durations.
    assert {f.rule for f in example} == {"show.self", "show.guid-form", "rss.https", "episode.duration-none"}
