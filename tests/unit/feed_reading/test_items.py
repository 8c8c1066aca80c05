"""Feeds are read as the specifications mean them: names, items, values, notes."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import pytest

from companion.feed.plain import markdown, plain
from companion.feed.values import address, date_of, duration_of, iso, number_of
from companion.publication import Chapter
from tests.unit.feed_reading.conftest import channel, one, read

# ---- names and places


def test_the_children_of_others_are_not_the_channels_own() -> None:
    found = channel(
        "<image><title>I</title><link>https://i.example/</link><url>https://i.example/i.png</url></image>"
        "<textInput><title>T</title><link>https://t.example/</link></textInput>"
        "<podcast:liveItem><title>Live</title><guid>live</guid><enclosure url='https://l.example/l.mp3'/></podcast:liveItem>"
        "<podcast:remoteItem/><unknown><item><guid>hidden</guid></item></unknown>"
        "<item><guid>a</guid><source url='https://s.example/'>S</source><enclosure url='https://a.example/a.mp3'>"
        "<title>Inner</title></enclosure></item>"
        "<atom:link rel='self' href='https://c.example/feed'/><link></link><link>https://c.example/</link>"
        "<title></title><title>Own</title>"
    )
    assert (found.title, found.link, found.image) == ("Own", "https://c.example/", "https://i.example/i.png")
    assert [(i.guid, i.title, i.link) for i in found.items] == [("a", "a", None)]


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.itunes.com/dtds/podcast-1.0.dtd", "HTTP://WWW.ITUNES.COM/DTDS/PODCAST-1.0.DTD",
        "http://www.itunes.com/DTDs/Podcast-1.0.dtd", " http://www.itunes.com/dtds/podcast-1.0.dtd ",
        "https://www.itunes.com/dtds/podcast-1.0.dtd", "http://itunes.com/dtds/podcast-1.0.dtd",
    ],
)  # fmt: skip
def test_the_itunes_namespace_is_known_by_all_its_spellings(uri: str) -> None:
    found = read(f"<rss xmlns:x='{uri}'><channel><item><x:duration>90</x:duration></item></channel></rss>")
    assert found.items[0].duration_s == 90


@pytest.mark.parametrize(
    "uri",
    [
        "https://podcastindex.org/namespace/1.0", "http://podcastindex.org/namespace/1.0",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "https://podcastindex.org/namespace/1.0/",
    ],
)  # fmt: skip
def test_the_podcast_namespace_is_known_by_its_old_addresses(uri: str) -> None:
    found = read(f"<rss xmlns:p='{uri}'><channel><p:locked>Yes</p:locked><p:guid>g</p:guid></channel></rss>")
    assert (found.locked, found.guid) == (True, "g")


def test_a_prefix_in_another_namespace_means_something_else() -> None:
    found = read(
        "<rss xmlns:itunes='https://music.example/ns' xmlns:x='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><item>"
        "<itunes:duration>1</itunes:duration><x:duration>2</x:duration></item></channel></rss>"
    )
    assert found.items[0].duration_s == 2


def test_names_without_a_declared_namespace_are_known_by_their_prefix() -> None:
    found = read("<rss><channel><itunes:author>Ann</itunes:author><podcast:locked>yes</podcast:locked></channel></rss>")
    assert (found.author, found.locked) == ("Ann", True)


def test_the_default_namespace_may_change_in_the_middle() -> None:
    found = read(
        "<rss><channel><title>T</title><item><duration xmlns='http://www.itunes.com/dtds/podcast-1.0.dtd'>5</duration>"
        "<title>I</title></item></channel></rss>"
    )
    assert (found.items[0].duration_s, found.items[0].title) == (5, "I")


def test_addresses_are_joined_to_the_nearest_base() -> None:
    found = read(
        "<rss xml:base='https://a.example/x/'><channel><link>.</link><item xml:base='y/'>"
        "<link>1</link><guid isPermaLink='false'>g</guid><enclosure url='s.mp3'/></item><item><guid>abc</guid>"
        "<link>//b.example/2</link></item></channel></rss>",
        "https://elsewhere.example/feed",
    )
    first, second = found.items
    assert found.link == "https://a.example/x/"
    assert (first.link, first.enclosure and first.enclosure.url) == (
        "https://a.example/x/y/1", "https://a.example/x/y/s.mp3",
    )  # fmt: skip
    assert (second.guid, second.link) == ("abc", "https://b.example/2")


def test_a_file_knows_where_it_is_from_by_its_own_link() -> None:
    found = channel("<atom:link rel='self' href='https://c.example/f/feed.xml'/><item><enclosure url='a.mp3'/></item>")
    assert found.items[0].enclosure is not None
    assert found.items[0].enclosure.url == "https://c.example/f/a.mp3"


# ---- items


def test_the_sound_is_found_among_the_files_of_an_item() -> None:
    found = one(
        "<enclosure url='https://a.example/cover.jpg' type='image/jpeg'/><enclosure url=''/><enclosure/>"
        "<enclosure url='https://a.example/film.mp4' type='video/mp4'/>"
        "<enclosure url='https://a.example/talk.mp3?key=a&amp;b=c' length=' 12 ' type='AUDIO/MPEG; x=y'/>"
    )
    assert found.enclosure is not None
    assert (found.enclosure.url, found.enclosure.type, found.enclosure.length_bytes) == (
        "https://a.example/talk.mp3?key=a&b=c", "audio/mpeg", 12,
    )  # fmt: skip
    assert len(found.enclosures) == 3


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<media:content url='https://a.example/a.mp3' type='audio/mpeg'/>", "https://a.example/a.mp3"),
        ("<media:group><media:content url='https://a.example/a.mp3' type='audio/mpeg'/><media:content "
         "url='https://a.example/b.mp3' type='audio/mpeg' isDefault='true'/></media:group>", "https://a.example/b.mp3"),
        ("<podcast:alternateEnclosure type='audio/opus' length='9'><podcast:source uri='ipfs://x'/><podcast:source "
         "uri='https://a.example/a.opus'/></podcast:alternateEnclosure>", "https://a.example/a.opus"),
        ("<enclosure url='https://a.example/a.mp3'/><podcast:alternateEnclosure type='audio/opus'><podcast:source "
         "uri='https://a.example/a.opus'/></podcast:alternateEnclosure>", "https://a.example/a.mp3"),
        ("<enclosure url='https://a.example/a\n   b.mp3 '/>", "https://a.example/ab.mp3"),
        ("<enclosure url='https://a.example/a b.mp3'/>", "https://a.example/a%20b.mp3"),
    ],
)  # fmt: skip
def test_the_sound_may_stand_in_other_elements(inner: str, url: str) -> None:
    found = one(inner)
    assert found.enclosure is not None
    assert found.enclosure.url == url


@pytest.mark.parametrize(
    ("inner", "guid", "link"),
    [
        ("<guid>https://a.example/1</guid>", "https://a.example/1", "https://a.example/1"),
        ("<guid isPermaLink='false'>https://a.example/1</guid>", "https://a.example/1", None),
        ("<guid isPermaLink='true'>abc</guid>", "abc", None),
        ("<guid>\n  a  b \n</guid><link>https://a.example/2</link>", "a b", "https://a.example/2"),
        ("<guid></guid><guid>second</guid>", "second", None),
        ("<link>https://a.example/2</link>", "https://a.example/2", "https://a.example/2"),
        ("<enclosure url='https://a.example/a.mp3'/>", "https://a.example/a.mp3", None),
        ("<link>javascript:alert(1)</link><guid>x</guid>", "x", None),
        ("<guid>7</guid><link><![CDATA[ https://a.example/?a=1&b=2 ]]></link>", "7", "https://a.example/?a=1&b=2"),
        ("<title>only</title>", "", None),
    ],
)
def test_an_item_is_known_by_its_guid_and_else_by_what_it_has(inner: str, guid: str, link: str | None) -> None:
    found = one(inner)
    assert (found.guid, found.link) == (guid, link)


def test_a_link_that_all_items_share_is_nobodys_guid() -> None:
    found = channel(
        "<item><link>https://a.example/</link><enclosure url='https://a.example/1.mp3'/></item>"
        "<item><link>https://a.example/</link><enclosure url='https://a.example/2.mp3'/></item>"
    )
    assert [i.guid for i in found.items] == ["https://a.example/1.mp3", "https://a.example/2.mp3"]


def test_persons_have_the_roles_that_the_specification_gives_them() -> None:
    found = one(
        "<podcast:person>Ann</podcast:person><podcast:person role='Guest' group='Writing' href='https://b.example/' "
        "img='javascript:x'> Ben\n B </podcast:person><podcast:person role='host'> </podcast:person>"
    )
    assert [(p.name, p.role, p.group, p.href, p.img) for p in found.persons] == [
        ("Ann", "host", "cast", None, None), ("Ben B", "guest", "writing", "https://b.example/", None),
    ]  # fmt: skip


def test_transcripts_without_an_address_or_a_type_are_left_out() -> None:
    found = one(
        "<podcast:transcript type='text/vtt'/><podcast:transcript url='https://a.example/t'/>"
        "<podcast:transcript url='https://a.example/t.srt'/><podcast:transcript url='https://a.example/t.json' "
        "type='application/json' language='de' rel='captions'/>"
    )
    assert [(t.url, t.type, t.language, t.rel) for t in found.transcripts] == [
        ("https://a.example/t.srt", "application/x-subrip", None, None),
        ("https://a.example/t.json", "application/json", "de", "captions"),
    ]


@pytest.mark.parametrize(
    ("inner", "season", "episode"),
    [
        ("<itunes:season>2</itunes:season><itunes:episode>3</itunes:episode>", 2, 3),
        ("<podcast:season name='Two'>2</podcast:season><podcast:episode display='Ch. 3'>3.5</podcast:episode>", 2, 3.5),
        ("<itunes:season/><itunes:season>4</itunes:season><itunes:episode>S01E05</itunes:episode>", 4, None),
        ("<itunes:episode>-1</itunes:episode><itunes:season>two</itunes:season>", None, None),
        ("<podcast:episode>x</podcast:episode><itunes:episode>8</itunes:episode>", None, 8),
    ],
)
def test_numbers_are_numbers_or_nothing(inner: str, season: float | None, episode: float | None) -> None:
    found = one(inner)
    assert (found.season, found.episode) == (season, episode)


def test_chapters_come_from_the_first_block_that_has_any() -> None:
    psc = "xmlns:psc='http://podlove.org/simple-chapters'"
    found = one(
        f"<psc:chapters {psc}/><psc:chapters {psc}><psc:chapter start='00:00:01.5' title='A' href='https://a.example/'/>"
        f"<psc:chapter start='x' title='Bad'/><psc:chapter start='2:03' title='B' href='javascript:x'/></psc:chapters>"
        f"<psc:chapters {psc}><psc:chapter start='9' title='C'/></psc:chapters>"
    )
    assert found.chapters == (Chapter(1.5, "A", "https://a.example/"), Chapter(123.0, "B"))


def test_an_atom_feed_is_a_feed() -> None:
    found = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title type='html'>A &amp;amp; &lt;b>B&lt;/b></title>"
        "<link rel='self' href='https://a.example/f'/><link href='https://a.example/'/><logo>/l.png</logo>"
        "<author><name>Ann</name></author><entry><id>urn:1</id><title>One</title><updated>2026-01-02T03:04:05+01:00</updated>"
        "<link rel='enclosure' href='a.mp3' type='audio/mpeg' length='5'/><link href='/1' type='text/html'/>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Hi <em>you</em></p></div></content>"
        "<source><title>Other</title><id>other</id><link href='https://o.example/'/></source></entry></feed>",
        "https://a.example/x/f",
    )
    (item,) = found.items
    assert (found.title, found.link, found.image, found.language, found.author) == (
        "A & B", "https://a.example/", "https://a.example/l.png", "de", "Ann",
    )  # fmt: skip
    assert (item.guid, item.title, item.link, iso(item.published)) == (
        "urn:1", "One", "https://a.example/1", "2026-01-02T02:04:05Z",
    )  # fmt: skip
    assert item.enclosure is not None
    assert item.enclosure.url == "https://a.example/x/a.mp3"
    assert markdown(item.content, item.base) == "Hi you"


def test_one_bad_date_loses_nothing_else() -> None:
    found = channel(
        "<item><guid>a</guid><pubDate>soon</pubDate><dc:date>2026-01-01</dc:date></item>"
        "<item><guid>b</guid><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate></item><item><guid>c</guid></item>"
    )
    assert [iso(i.published) for i in found.items] == ["2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z", None]


# ---- values


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Tue, 03 Nov 2026 06:00:00 +0100", "2026-11-03T05:00:00Z"),
        ("3 Nov 2026 06:00 PST", "2026-11-03T14:00:00Z"),
        ("November 3, 2026 6:00 pm", "2026-11-03T18:00:00Z"),
        ("Tue, 3rd November 2026 06:00:00 Z", "2026-11-03T06:00:00Z"),
        ("2026-11-03T06:00:00.5+05:30", "2026-11-03T00:30:00.500Z"),
        ("20261103T060000Z", None),
        ("2026/11/3 06:00", "2026-11-03T06:00:00Z"),
        ("1793685600", "2026-11-03T06:00:00Z"),
        ("Tue, 03 Nov 99 06:00:00 GMT", "1999-11-03T06:00:00Z"),
        ("31 Feb 2026", None),
        ("0", None),
        ("Tue, 03 Nov 2026 06:00:60 GMT", "2026-11-03T06:01:00Z"),
        ("x" * 5000, None),
    ],
)
def test_dates(text: str, utc: str | None) -> None:
    assert iso(date_of(text)) == utc


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:02:03", 3723), ("62:03", 3723), ("3723", 3723), ("3723.5", 3723.5), ("PT1H2M3S", 3723), ("1h 2m 3s", 3723),
     ("45 min", 2700), ("00:00:00,5", 0.5), ("-5", None), ("1:2:3:4", None), ("abc", None), ("", None),
     ("9" * 30, None), ("::", None), ("NaN", None), ("inf", None), ("٣", None)],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_of(text) == seconds


@hypothesis.given(st.text(max_size=60))
def test_no_text_breaks_a_value(text: str) -> None:
    date_of(text)
    duration_of(text)
    number_of(text, 0)
    address(text, "https://a.example/x/")
    address(text, None)
    markdown(text, "https://a.example/")


# ---- notes


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<script>x()</script>Hi<style>b{}</style>", "Hi"),
        ("<a href='/x'>link</a>", "[link](https://a.example/x)"),
        ("<a href='javascript:x()'>link</a>", "link"),
        ("<a href='https://b.example/)(x'>link</a>", "link"),
        ("a * b [c](javascript:x) <", r"a \* b \[c\](javascript:x) \<"),
        ("<img src=x onerror=y>&lt;b&gt;", r"\<b\>"),
        ("<svg><script>x</script></svg>after", "after"),
        ("plain\n\n\n\n text", "plain\n\ntext"),
    ],
)
def test_notes_become_words_and_links(html: str, words: str) -> None:
    assert markdown(html, "https://a.example/") == words


def test_words_alone() -> None:
    assert plain("<p>A &amp; B</p>", None) == "A & B"
