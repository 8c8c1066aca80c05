"""`companion site export`: the public site as files, under a root or a prefix, whole or as it was before."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest

from companion.config import Settings
from companion.errors import BadInputError, LibraryError
from companion.feed.checking import check_feed
from companion.library import Library
from companion.types import Publication
from tests import small_library
from tests.file_server import Files, serving
from tests.programs import companion
from web import exporting
from web.exporting import MARK, export_site
from web.rewriting import Gone, rewrite

OUTSIDE = ("https://findahelpline.com/",)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    small_library.build(Settings.load(folder / "library", {}), folder)
    return folder / "library"


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    """Of a library that a test may change, with pages of two so that there are several."""
    return Settings.load(Path(shutil.copytree(built, tmp_path / "library")), {}).with_(page_size=2)


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    opened = Library.open(settings)
    yield opened
    opened.close()


class Links(HTMLParser):
    """Every address on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action", "data-url", "data-progress", "poster") and value:
                self.found.append(value)
            if name == "id" and value:
                self.ids.add(value)


def crawl(start: str) -> dict[str, int]:
    """Every address that can be come to from a page, with what the server answers; also those in JSON and the feed."""
    seen: dict[str, int] = {}
    todo = [start]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        try:
            with urlopen(address) as answer:
                seen[address] = answer.status
                kind, data, here = answer.headers.get_content_type(), answer.read(), answer.url
        except OSError as error:
            seen[address] = getattr(error, "code", 0)
            continue
        links: list[str] = []
        if kind == "text/html":
            links = Links(data.decode()).found
        elif kind == "application/json" and "/api/" in here:
            links = [
                link for link in re.findall(r'"([^"]*)"', data.decode()) if re.fullmatch(r"(\.\./|[a-z]).*[./].*", link)
            ]
            links = [
                link for link in links if link.startswith(("../", "episodes/", "moments/", "transcript/", "page/"))
            ]
        elif kind == "application/manifest+json":
            links = [i["src"] for i in json.loads(data)["icons"]]
        todo += [urldefrag(urljoin(here, link)).url for link in links if not link.startswith(OUTSIDE)]
    return seen


@pytest.mark.parametrize("prefix", ["", "/some/where"])
def test_every_link_leads_somewhere_under_a_root_and_a_prefix(settings: Settings, tmp_path: Path, prefix: str) -> None:
    files = Files(folder=tmp_path / "out", prefix=prefix)
    with serving(files) as url:
        written = export_site(settings, tmp_path / "out", f"{url}{prefix}")
        seen = crawl(f"{url}{prefix}/")
        seen |= crawl(f"{url}{prefix}/api/v1/index.json")
        feed = urlopen(f"{url}{prefix}/feed.xml").read()
        for element in ET.fromstring(feed).iter():
            for address in (element.get("url"), element.get("href"), element.text):
                if address and address.startswith(url):
                    seen |= {address: urlopen(address).status}

    assert {a: code for a, code in seen.items() if code != 200} == {}
    assert all(a.startswith(f"{url}{prefix}/") for a in seen), seen
    paths = {urlsplit(a).path.removeprefix(prefix) for a in seen}
    for part in (
        "/guide/",
        "/kept/",
        "/page/2/",
        "/moments/page/2/",
        "/moments/tag/care/",
        "/moments/episode/late-again/",
        "/episodes/late-again/transcript.vtt",
        "/episodes/late-again/transcript.txt",
        "/episodes/late-again/captions.vtt",
        "/episodes/late-again/chapters.json",
        "/episodes/late-again/chapters.vtt",
        "/api/v1/moments/page/2/index.json",
        "/manifest.webmanifest",
    ):
        assert part in paths, part
    assert any(p.startswith("/media/") for p in paths)
    assert written.feed
    assert {f.rule for f in check_feed(feed, now=datetime.now(UTC), url=f"{url}{prefix}/feed.xml")} == {
        "rss.https",
        "show.cover",
        "show.author",
        "episode.audio-again",
    }


def test_no_page_speaks_to_a_site_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    export_site(settings, tmp_path / "out", "https://example.org/show")

    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        text = page.read_text("utf-8")
        assert "Content-Security-Policy" in text
        assert not re.search(r'(href|src|action|data-url|data-progress)="[^"]*(practice|search|localhost)', text), page
        assert not re.search(r"<form[^>]* action=", text), page
        assert not re.search(
            r"<(p|li|dt)[^>]*>\s*</\1>",
            re.sub(
                r'<p [^>]*(role="status"|class="(bid|reply|kept-says|said-by-player|where)|data-)[^>]*>\s*</p>',
                "",
                text,
            ),
        ), page
    for page in ("index.html", "moments/index.html"):
        assert "use the site itself" in (tmp_path / "out" / page).read_text("utf-8")


def test_words_whose_link_is_gone_are_still_there(settings: Settings, tmp_path: Path) -> None:
    export_site(settings, tmp_path / "out")

    text = (tmp_path / "out" / "moments" / "tag" / "care" / "index.html").read_text("utf-8")
    assert 'aria-current="true"><span class="tag lean">' in unescape(text)
    assert "showing care" in text


def test_recordings_are_linked_and_their_bytes_are_those_of_the_library(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    export_site(settings, tmp_path / "out")

    sha256 = library.episodes.get("late-again").playback_sha256 or ""
    copy, source = tmp_path / "out" / "media" / f"{sha256}.mp3", library.blobs.path(sha256)
    assert copy.stat().st_ino == source.stat().st_ino
    assert copy.read_bytes() == source.read_bytes()


def test_where_links_cannot_be_made_recordings_are_copied(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_links)

    export_site(settings, tmp_path / "out")

    (copy,) = (tmp_path / "out" / "media").iterdir()
    assert copy.stat().st_size > 100_000


def test_only_what_listeners_see_gets_out(settings: Settings, library: Library, tmp_path: Path) -> None:
    episode = library.episodes.get("late-again")
    library.episodes.publish(episode.id, Publication.DRAFT)

    export_site(settings, tmp_path / "out", "https://example.org")

    texts = [p for p in (tmp_path / "out").rglob("*") if p.suffix in (".html", ".json", ".xml", ".vtt", ".txt")]
    assert not any("Late again" in p.read_text("utf-8") or "late-again" in str(p) for p in texts)
    assert any("Second chair" in p.read_text("utf-8") for p in texts)


def test_without_an_address_there_is_no_feed_and_no_link_to_it(settings: Settings, tmp_path: Path) -> None:
    written = export_site(settings, tmp_path / "out")

    assert not written.feed
    assert not (tmp_path / "out" / "feed.xml").exists()
    for page in (tmp_path / "out").rglob("*.html"):
        assert "feed.xml" not in page.read_text("utf-8")
        assert "site.invalid" not in page.read_text("utf-8")
    for path in (tmp_path / "out").rglob("*.json"):
        if path.name != "chapters.json":
            assert "site.invalid" not in path.read_text("utf-8")
    assert (tmp_path / "out" / "episodes" / "late-again" / "transcript.srt").is_file()


def test_clips_cards_and_players_go_along(settings: Settings, library: Library, tmp_path: Path) -> None:
    (name, *_) = library.moments.ids_of("late-again")
    with_address, without = tmp_path / "with", tmp_path / "without"

    export_site(settings, with_address, "https://example.org/show")
    export_site(settings, without)

    for out in (with_address, without):
        assert (out / "moments" / name / "clip.mp3").stat().st_size > 10_000
        assert (out / "moments" / name / "card.png").read_bytes().startswith(b"\x89PNG") or out is without
        player = (out / "moments" / name / "embed" / "index.html").read_text("utf-8")
        assert 'src="../../../media/' in player
        assert "clip.mp3" in (out / "moments" / name / "index.html").read_text("utf-8")
    page = (with_address / "moments" / name / "index.html").read_text("utf-8")
    assert f'property="og:url" content="https://example.org/show/moments/{name}/"' in page
    assert f'property="og:image" content="https://example.org/show/moments/{name}/card.png"' in page
    assert f"https://example.org/show/moments/{name}/embed" in page  # in the code for somebody's own page
    page = (without / "moments" / name / "index.html").read_text("utf-8")
    assert "og:url" not in page
    assert "embed-code" not in page


# ---- the folder


def test_a_foreign_folder_is_refused_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    foreign = tmp_path / "letters"
    foreign.mkdir()
    (foreign / "to-mother.txt").write_text("Dear")
    a_file = tmp_path / "file"
    a_file.write_text("x")

    for place in (foreign, a_file, settings.home):
        with pytest.raises(BadInputError, match="not written by"):
            export_site(settings, place)

    assert [p.name for p in foreign.iterdir()] == ["to-mother.txt"]
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_our_own_folder_is_replaced_as_a_whole(settings: Settings, library: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()  # an empty one is nobody's
    export_site(settings, out)
    assert (out / "episodes" / "late-again").is_dir()
    library.episodes.publish(library.episodes.get("late-again").id, Publication.UNPUBLISHED)

    export_site(settings, out)

    assert not (out / "episodes" / "late-again").exists()
    assert (out / MARK).is_file()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_what_fails_leaves_the_old_folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    export_site(settings, out)
    before = {p.relative_to(out): p.stat().st_mtime_ns for p in out.rglob("*")}

    def stop(done: int, _todo: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_site(settings, out, report=stop)
    real = exporting._put_in_place

    def full(half: Path, folder: Path) -> None:
        real(half / "not there", folder)

    monkeypatch.setattr(exporting, "_put_in_place", full)
    with pytest.raises(LibraryError, match="cannot be written"):
        export_site(settings, out)

    assert {p.relative_to(out): p.stat().st_mtime_ns for p in out.rglob("*")} == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_library_that_changes_meanwhile_is_said(settings: Settings, library: Library, tmp_path: Path) -> None:
    changed = []

    def change(done: int, _todo: int) -> None:
        if done == 30:
            episode = library.episodes.get("late-again")
            library.episodes.put_texts(episode.id, "Other", "", episode.published)
            changed.append(True)

    with pytest.raises(LibraryError, match="changed while"):
        export_site(settings, tmp_path / "out", report=change)

    assert changed
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_wrote(settings: Settings, tmp_path: Path) -> None:
    result = companion(
        "site", "export", str(tmp_path / "out"), "--base-url", "https://example.org/a", home=settings.home
    )

    assert re.search(r"^\d+ files, \d+\.\d MB, in ", result.stdout, re.M), result.stdout
    assert "https://example.org/a/media/" in (tmp_path / "out" / "feed.xml").read_text("utf-8")
    lost = (tmp_path / "out" / "404.html").read_text("utf-8")
    assert 'href="https://example.org/a/moments/"' in lost


def test_an_empty_library_can_be_written_too(tmp_path: Path) -> None:
    written = export_site(Settings.load(tmp_path / "empty", {}), tmp_path / "out", "https://example.org")

    assert (written.folder / "index.html").is_file()
    assert (written.folder / "feed.xml").is_file()


# ---- rewriting


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p><a href="/in">a</a></p>', '<p><a href="to">a</a></p>'),
        ('<p><a href="/out">a</a></p>', ""),
        ('<p>See <a href="/out">a <b>b</b></a>.</p>', "<p>See a <b>b</b>.</p>"),
        ('<p class="where">x <a href="/out">a</a></p>', '<p class="where">x </p>'),
        ('<nav>Go <a href="/out">a</a></nav>', "<nav>Go </nav>"),
        (
            '<ul><li><a href="/flat" class="chip" rel="x">a</a></li></ul>',
            '<ul><li><span class="chip">a</span></li></ul>',
        ),
        ('<a href="#x">a</a><a href="?t=1">b</a>', '<a href="#x">a</a><a href="?t=1">b</a>'),
        ('<form action="/s"><p>x</p></form>', '<p class="where">This is a copy'),
        ('<form method="dialog"><button>x</button></form>', '<form method="dialog"><button>x</button></form>'),
        ('<form role="search"><input></form>', '<form role="search"><input></form>'),  # within the page
        ('<div data-progress="/p">x &amp; y &#39; <!-- c --></div>', "<div>x &amp; y &#39; <!-- c --></div>"),
        ('<svg viewBox="0 0 1 1"><rect x="1"/></svg>', '<svg viewBox="0 0 1 1"><rect x="1"/></svg>'),
        ('<script>if (a < b && c) "</p>";</script>', '<script>if (a < b && c) "</p>";</script>'),
        ('<link rel="alternate" href="/out"><br>', "<br>"),
        ('<noscript><meta http-equiv="refresh" content="5"></noscript>', "<noscript></noscript>"),
        ('<img alt="&quot;<&quot;" src="/in">', '<img alt="&quot;&lt;&quot;" src="to">'),
    ],
)
def test_a_page_is_rewritten(html: str, expected: str) -> None:
    where = {"/in": "to", "/out": Gone.ALL, "/flat": Gone.LINK}

    made = rewrite(html, lambda address: where.get(address, address), "none")

    assert made == expected or (expected.endswith("copy") and made.startswith(expected))
