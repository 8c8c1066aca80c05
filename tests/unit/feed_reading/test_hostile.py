"""Feeds that are broken or mean harm, and files of chapters."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest

from companion.errors import CompanionError, FeedError, LimitError
from companion.feed import xml
from companion.feed.chapter_files import read_chapters
from companion.publication import Chapter
from tests.unit.feed_reading.conftest import LIMIT_BYTES, read

# ---- what is broken


def test_what_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    found = read(
        "\n\n<?xml version='1.0'?><rss><channel><title>Fish & Chips \x0b&copy=2 &eacute;</title><description>a<br>b</p>"
        "</description><item><guid>1</guid><link>https://a.example/?a=1&b=2</link></item><item><guid>2</guid>"
        "<title><![CDATA[cut of"
    )
    assert found.mended
    assert (found.title, [i.guid for i in found.items], found.items[1].title) == (
        "Fish & Chips &copy=2 é", ["1", "2"], "cut of",
    )  # fmt: skip
    assert found.items[0].link == "https://a.example/?a=1&b=2"


def test_well_formed_feeds_are_the_same_tree_for_both_readers(peer_data: Path) -> None:
    """The forgiving reader agrees with expat wherever expat reads."""
    folders = (peer_data / "peer-cases" / "feeds", peer_data / "feeds" / "podcastparser")
    compared = 0
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.suffix in (".xml", ".rss")):
        try:
            text = xml.decoded(path.read_bytes(), LIMIT_BYTES)
            strict, mended = xml.tree(text)
        except FeedError:
            continue
        if mended or "<!ENTITY" in text:
            continue
        builder = xml._Builder()
        xml._forgiving(xml._DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1), builder)
        assert _shape(builder.root) == _shape(strict), path
        compared += 1
    assert compared > 90


test_well_formed_feeds_are_the_same_tree_for_both_readers = pytest.mark.peer_data(
    test_well_formed_feeds_are_the_same_tree_for_both_readers
)


def _shape(node: xml.Node | None) -> object:
    if node is None:
        return None
    attrs = {k: " ".join(v.split()) for k, v in node.attrs.items()}
    inner = [_shape(c) for c in node.children if isinstance(c, xml.Node)]
    return node.name, attrs, node.base, " ".join(node.text().split()), inner


def declared(encoding: str, title: str) -> str:
    return f"<?xml version='1.0' encoding='{encoding}'?><rss><channel><title>{title}</title></channel></rss>"


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("<rss><channel><title>é</title></channel></rss>".encode("utf-16"), "é"),
        ("<rss><channel><title>é</title></channel></rss>".encode("utf-8-sig"), "é"),
        (declared("ISO-8859-1", "é–").encode("cp1252"), "é–"),
        (declared("euc-kr", "년").encode("euc-kr"), "년"),
        (declared("utf-16", "é").encode(), "é"),
        (declared("bogus", "é").encode(), "é"),
        (declared("utf-8", "é").encode("latin-1"), "é"),
        (b"<?xml version='1.0' encoding='unicode_escape'?><rss><channel><title>\\x3c</title></channel></rss>", "\\x3c"),
        (gzip.compress("<rss><channel><title>é</title></channel></rss>".encode(), mtime=0), "é"),
    ],
)  # fmt: skip
def test_encodings(data: bytes, title: str) -> None:
    assert read(data).title == title


# ---- what means harm


def test_no_file_and_no_address_is_ever_read_for_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret words")
    for dtd in (
        f"<!DOCTYPE rss [<!ENTITY x SYSTEM '{secret.as_uri()}'>]>",
        f"<!DOCTYPE rss [<!ENTITY % p SYSTEM '{secret.as_uri()}'> %p;]>",
        f"<!DOCTYPE rss SYSTEM '{secret.as_uri()}'>",
        "<!DOCTYPE rss PUBLIC '-//x' 'http://127.0.0.1:9/x.dtd'>",
    ):
        found = read(f"{dtd}<rss><channel><title>a&x;b</title></channel></rss>")
        assert "secret" not in found.title


def laughs(levels: int, times: int) -> str:
    lines = ["<!ENTITY l0 'haha'>"]
    lines += [f"<!ENTITY l{n} '{f'&l{n - 1};' * times}'>" for n in range(1, levels)]
    return f"<!DOCTYPE rss [{''.join(lines)}]><rss><channel><title>&l{levels - 1};</title></channel></rss>"


@pytest.mark.parametrize(
    "text",
    [
        laughs(10, 10),
        laughs(3, 1000),
        f"<!DOCTYPE rss [<!ENTITY a '{'x' * 50_000}'>]><rss><channel><title>{'&a;' * 1000}</title></channel></rss>",
        "<!DOCTYPE rss [" + "".join(f"<!ENTITY e{n} 'x'>" for n in range(1000)) + "]><rss><channel/></rss>",
        "<rss>" + "<a>" * 200_000,
        "<rss><channel>" + "<a>" * 500 + "</a>" * 500 + "</channel></rss>",
    ],
    ids=["laughs", "wide laughs", "quadratic", "many entities", "deep and open", "deep"],
)
def test_a_bomb_is_refused_at_once(text: str) -> None:
    before = time.process_time()
    with pytest.raises(FeedError):
        read(text)
    assert time.process_time() - before < 2


def test_a_gzip_bomb_is_refused_at_once() -> None:
    with pytest.raises(LimitError, match="FEED_BYTES"):
        read(gzip.compress(b" " * 100_000_000, mtime=0))


@pytest.mark.parametrize(
    "text",
    [
        "<a " * 300_000, "<a x='" * 300_000, "<!--" * 300_000, "<![CDATA[" * 200_000, "&" * 500_000,
        "<!DOCTYPE [" * 100_000, "<?" * 400_000, "]]>" * 300_000, "<rss><channel><title>" + "&#x41" * 200_000,
        "</a>" * 300_000, "<a b=c " * 200_000 + ">",
    ],
    ids=range(11),
)  # fmt: skip
def test_broken_text_takes_no_time(text: str) -> None:
    before = time.process_time()
    try:
        read(text)
    except CompanionError as error:
        if not error.sentence.endswith("."):
            raise
    assert time.process_time() - before < 6


@hypothesis.given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for whole in (data, b"<rss><channel>" + data + b"</channel></rss>"):
        try:
            read(whole)
        except CompanionError as error:
            assert error.sentence  # noqa: PT017 - whatever it is, it has one


# ---- chapters files


def test_a_chapters_file_is_read_and_sorted() -> None:
    found = read_chapters(
        b'{"chapters":[{"startTime":5,"title":"B","url":"javascript:x"},{"startTime":"0:01","title":" A  a "},'
        b'{"startTime":-1,"title":"x"},{"startTime":true},{"title":"no start"},7,{"startTime":9,"img":"https://a.example/i"}]}'
    )
    assert found == (
        Chapter(1.0, "A a"), Chapter(5.0, "B"), Chapter(9.0, "", "", "https://a.example/i", listed=False),
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"[]", b'{"chapters":{}}', b"\xff", b"[" * 100_000])
def test_what_is_no_chapters_file_has_a_sentence(data: bytes) -> None:
    with pytest.raises(FeedError, match="without them"):
        read_chapters(data)


@pytest.mark.peer_data
def test_the_official_chapters_are_read(peer_data: Path) -> None:
    import json

    for path in sorted((peer_data / "peer-cases" / "p20").glob("chapters_*.in.json")):
        wanted = json.loads(path.with_name(path.name.replace(".in.", ".expect.")).read_text("utf-8"))
        found = read_chapters(path.read_bytes())
        assert len(found) == wanted["n_chapters"]
        assert sum(c.listed for c in found) == wanted["n_in_table_of_contents"]
        for ours, theirs in zip(found, wanted["chapters"], strict=True):
            assert (ours.start_s, ours.title or None) == (theirs["start_s"], theirs["title"])
            assert (ours.img, ours.href) == (theirs.get("img", ""), theirs.get("url", ""))
