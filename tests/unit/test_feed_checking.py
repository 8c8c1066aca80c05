"""The check of feeds: a good feed is clean, and each rule is broken once, with its place and a sentence."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from companion.feed import forms, spec
from companion.feed.checking import RULES, Severity, check_feed
from companion.feed.over_http import chapters_problem

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "feed.md"

GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
<title>Two at a table</title>
<link>https://example.org/show</link>
<description>Couples talk.</description>
<language>en-us</language>
<pubDate>Sun, 01 Nov 2026 06:00:00 +0000</pubDate>
<managingEditor>mail@example.org (Ruth)</managingEditor>
<docs>https://example.org/docs</docs>
<category>Love</category>
<ttl>60</ttl>
<cloud domain="example.org" port="80" path="/rpc" registerProcedure="notify" protocol="xml-rpc"/>
<image><url>https://example.org/small.jpg</url><title>Two</title><link>https://example.org/</link><width>88</width></image>
<textInput><title>Ask</title><description>Ask us</description><name>q</name><link>https://example.org/q</link></textInput>
<skipHours><hour>0</hour><hour>23</hour></skipHours>
<skipDays><day>Monday</day></skipDays>
<atom:link href="https://example.org/feed.xml" rel="self" type="application/rss+xml"/>
<itunes:author>Ruth and Ben</itunes:author>
<itunes:owner><itunes:name>Ruth</itunes:name><itunes:email>mail@example.org</itunes:email></itunes:owner>
<itunes:image href="https://example.org/cover.jpg"/>
<itunes:category text="Society &amp; Culture"><itunes:category text="Relationships"/></itunes:category>
<itunes:explicit>false</itunes:explicit>
<itunes:type>episodic</itunes:type>
<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>
<podcast:locked owner="mail@example.org">yes</podcast:locked>
<podcast:medium>podcast</podcast:medium>
<podcast:funding url="https://example.org/give">Give</podcast:funding>
<podcast:person role="host" group="cast">Ruth</podcast:person>
<item>
<title>The dishwasher</title>
<link>https://example.org/1</link>
<guid isPermaLink="false">dishwasher</guid>
<pubDate>Sun, 01 Nov 2026 06:00:00 +0000</pubDate>
<description>They <![CDATA[<b>talk</b> <a href="https://example.org/1">here</a>]]>.</description>
<enclosure url="https://example.org/1.mp3" length="123456" type="audio/mpeg"/>
<itunes:duration>25:12</itunes:duration>
<itunes:explicit>true</itunes:explicit>
<itunes:episode>1</itunes:episode>
<itunes:season>1</itunes:season>
<itunes:episodeType>full</itunes:episodeType>
<itunes:image href="https://example.org/1.png"/>
<podcast:season name="First">1</podcast:season>
<podcast:episode display="One">1</podcast:episode>
<podcast:transcript url="https://example.org/1.vtt" type="text/vtt" language="en" rel="captions"/>
<podcast:chapters url="https://example.org/1.json" type="application/json+chapters"/>
<podcast:soundbite startTime="73.0" duration="60.0">Of course you were tired</podcast:soundbite>
<podcast:person>Ruth</podcast:person>
<podcast:person role="guest">Ana</podcast:person>
<author>mail@example.org (Ruth)</author>
<comments>https://example.org/1#comments</comments>
<source url="https://example.org/feed.xml">Two</source>
</item>
<item>
<title>Sunday lunch</title>
<link>https://example.org/2</link>
<guid>https://example.org/2</guid>
<pubDate>Sat, 31 Oct 2026 06:00:00 GMT</pubDate>
<content:encoded>&lt;p&gt;They eat.&lt;/p&gt;</content:encoded>
<enclosure url="https://example.org/2.m4a?from=feed" length="223456" type="audio/x-m4a"/>
<itunes:duration>1512</itunes:duration>
<podcast:transcript url="https://example.org/2.srt" type="application/x-subrip"/>
</item>
</channel>
</rss>
"""

LONG = "x" * 300
BREAKS: list[tuple[str, str, str]] = [
    # rule, what stands there, what is put in its place
    ("xml.broken", "<title>The dishwasher</title>", "<title>Salt & pepper</title>"),
    ("xml.broken", "<title>The dishwasher</title>", "<title>The dishwasher"),
    ("xml.broken", "<title>The dishwasher</title>", "<title>\x0b</title>"),
    ("xml.broken", ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"', ""),
    ("xml.broken", "<rss ", '<!DOCTYPE rss [<!ENTITY a "aaaa">]>\n<rss '),
    ("xml.encoding", 'encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    ("xml.doctype", "<rss ", "<!DOCTYPE rss>\n<rss "),
    ("xml.namespace", "www.itunes.com/dtds/podcast-1.0.dtd", "www.itunes.com/DTDs/Podcast-1.0.dtd"),
    ("xml.namespace", "https://podcastindex.org/namespace/1.0", "http://podcastindex.org/namespace/1.0"),
    ("xml.namespace-old", "https://podcastindex.org/namespace/1.0", spec.PODCAST_OLD),
    ("rss.root", "</channel>\n</rss>", "</channel><channel/>\n</rss>"),
    ("rss.root", 'rss version="2.0"', 'rss version="2.0" xmlns="http://backend.userland.com/rss2"'),
    ("rss.version", 'version="2.0"', 'version="0.92"'),
    ("rss.unknown", "<comments>", "<commentary>1</commentary>\n<comments>"),
    ("rss.unknown", "<itunes:episode>1</itunes:episode>", "<itunes:number>1</itunes:number>"),
    ("rss.unknown", "<podcast:medium>", "<podcast:mood>good</podcast:mood>\n<podcast:medium>"),
    ("rss.repeated", "<language>en-us</language>", "<language>en-us</language>\n<language>de</language>"),
    (
        "rss.repeated",
        "<podcast:chapters ",
        '<podcast:chapters url="https://e.org/" type="application/json"/>\n<podcast:chapters ',
    ),
    ("rss.markup", "<title>The dishwasher</title>", "<title>The <b>dishwasher</b></title>"),
    ("rss.misplaced", "<ttl>60</ttl>", '<enclosure url="https://example.org/1.mp3" length="1234" type="audio/mpeg"/>'),
    ("rss.misplaced", "<comments>", "<podcast:locked>no</podcast:locked>\n<comments>"),
    ("rss.misplaced", "</channel>\n</rss>", "</channel>\n<item><title>Lost</title></item>\n</rss>"),
    ("rss.empty", "<category>Love</category>", "<category>Love</category><generator/>"),
    ("rss.edges", "<title>The dishwasher</title>", "<title>\n The dishwasher\n</title>"),
    ("rss.long", "<title>The dishwasher</title>", f"<title>{LONG}</title>"),
    ("rss.email", "<author>mail@example.org (Ruth)</author>", "<author>Ruth</author>"),
    ("rss.email", "<managingEditor>mail@example.org (Ruth)", "<managingEditor>Ruth"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "Mon, 31 Oct 2026 06:00:00 GMT"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "2026-10-31T06:00:00Z"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "Sat, 31 Oct 2026"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "Sat, 31 October 2026 06:00:00 GMT"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "Wed, 31 Nov 2026 06:00:00 GMT"),
    ("rss.date", "Sat, 31 Oct 2026 06:00:00 GMT", "Sat, 31 Oct 2026 25:00:00 GMT"),
    ("rss.address", "<link>https://example.org/2</link>", "<link>/2</link>"),
    ("rss.address", "<link>https://example.org/2</link>", "<link>https://example.org/a b</link>"),
    ("rss.https", "<link>https://example.org/2</link>", "<link>http://example.org/2</link>"),
    ("rss.block", "<itunes:type>", "<itunes:block>no</itunes:block>\n<itunes:type>"),
    ("rss.category", "<category>Love</category>", "<category> </category>"),
    ("show.title", "<title>Two at a table</title>", ""),
    ("show.title", "<title>Two at a table</title>", "<title> </title>"),
    ("show.link", "<link>https://example.org/show</link>", ""),
    ("show.description", "<description>Couples talk.</description>", ""),
    ("show.description-long", "Couples talk.", "word " * 801),
    ("show.language", "<language>en-us</language>", ""),
    ("show.language", "en-us", "English, mostly"),
    ("show.cover", '<itunes:image href="https://example.org/cover.jpg"/>', ""),
    ("show.cover", '<itunes:image href="https://example.org/cover.jpg"/>', '<itunes:image url="https://e.org/c.jpg"/>'),
    ("show.cover-type", "cover.jpg", "cover.webp"),
    ("show.category", '"Society &amp; Culture"', '"Love"'),
    (
        "show.category",
        '<itunes:category text="Society &amp; Culture"><itunes:category text="Relationships"/></itunes:category>',
        "",
    ),
    ("show.subcategory", '"Relationships"', '"Love"'),
    ("show.explicit", "<itunes:explicit>false</itunes:explicit>", ""),
    ("show.explicit", "<itunes:explicit>false</itunes:explicit>", "<itunes:explicit>clean</itunes:explicit>"),
    ("show.self", 'rel="self"', 'rel="alternate"'),
    ("show.self", 'href="https://example.org/feed.xml" rel', 'href="feed.xml" rel'),
    ("show.author", "<itunes:author>Ruth and Ben</itunes:author>", ""),
    ("show.owner", "<itunes:email>mail@example.org</itunes:email>", "<itunes:email>Ruth</itunes:email>"),
    ("show.owner", '<podcast:locked owner="mail@example.org">', '<podcast:locked owner="Ruth">'),
    ("show.type", "<itunes:type>episodic", "<itunes:type>weekly"),
    ("show.guid", "<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>", ""),
    ("show.guid-form", "917393e3-1b1e-5cef-ace4-edaa54e1f810", "my-show"),
    ("show.guid-made", "917393e3-1b1e-5cef", "917393e3-1b1e-4cef"),
    ("show.locked", '<podcast:locked owner="mail@example.org">yes</podcast:locked>', ""),
    ("show.locked-value", ">yes</podcast:locked>", ">true</podcast:locked>"),
    ("show.image", "<url>https://example.org/small.jpg</url>", ""),
    ("show.image-size", "<width>88</width>", "<width>145</width>"),
    ("show.ttl", "<ttl>60</ttl>", "<ttl>an hour</ttl>"),
    ("show.cloud", ' port="80"', ""),
    ("show.skip", "<hour>23</hour>", "<hour>24</hour>"),
    ("show.skip", "<hour>23</hour>", "<hour>0</hour>"),
    ("show.skip", "<day>Monday</day>", "<day>Mon</day>"),
    ("show.text-input", "<name>q</name>", ""),
    ("show.medium", "<podcast:medium>podcast", "<podcast:medium>talk"),
    ("show.funding", 'funding url="https://example.org/give"', "funding"),
    ("show.episodes", "<item>", "<!--"),  # see `broken`
    ("episode.title", "<title>Sunday lunch</title>", ""),
    ("episode.audio", '<enclosure url="https://example.org/1.mp3" length="123456" type="audio/mpeg"/>', ""),
    (
        "episode.audio-several",
        "<comments>",
        '<enclosure url="https://example.org/b.mp3" length="123456" type="audio/mpeg"/>\n<comments>',
    ),
    ("episode.audio-url", 'url="https://example.org/1.mp3" ', ""),
    ("episode.audio-url", "https://example.org/1.mp3", "ftp://example.org/1.mp3"),
    ("episode.audio-ending", "https://example.org/1.mp3", "https://example.org/play?id=1"),
    ("episode.audio-length", ' length="123456"', ""),
    ("episode.audio-length", 'length="123456"', 'length="0"'),
    ("episode.audio-length", 'length="123456"', 'length="1.2 MB"'),
    ("episode.audio-length", 'length="123456"', 'length="-1"'),
    ("episode.audio-length-odd", 'length="123456"', 'length="151"'),
    ("episode.audio-type", 'type="audio/mpeg"', 'type="mp3"'),
    ("episode.audio-type", ' type="audio/mpeg"', ""),
    ("episode.audio-type-other", 'type="audio/mpeg"', 'type="audio/mp3"'),
    ("episode.audio-type-other", 'type="audio/mpeg"', 'type="audio/x-m4a"'),
    ("episode.audio-again", "https://example.org/2.m4a?from=feed", "https://example.org/1.mp3"),
    ("episode.guid", "<guid>https://example.org/2</guid>", ""),
    ("episode.guid", "<guid>https://example.org/2</guid>", "<guid></guid>"),
    ("episode.guid-again", "<guid>https://example.org/2</guid>", '<guid isPermaLink="false">dishwasher</guid>'),
    ("episode.guid-link", '<guid isPermaLink="false">', "<guid>"),
    ("episode.guid-link", 'isPermaLink="false"', 'isPermaLink="no"'),
    ("episode.date", "<pubDate>Sat, 31 Oct 2026 06:00:00 GMT</pubDate>", ""),
    ("episode.date-future", "Sat, 31 Oct 2026 06:00:00 GMT", "Sun, 31 Oct 2027 06:00:00 GMT"),
    ("episode.description", "<content:encoded>&lt;p&gt;They eat.&lt;/p&gt;</content:encoded>", ""),
    ("episode.link", "<link>https://example.org/2</link>", ""),
    ("episode.duration", "25:12", "25 minutes"),
    ("episode.duration", "25:12", "0"),
    ("episode.duration-none", "<itunes:duration>25:12</itunes:duration>", ""),
    ("episode.explicit", "<itunes:explicit>true", "<itunes:explicit>yes"),
    ("episode.cover", '<itunes:image href="https://example.org/1.png"/>', "<itunes:image>x</itunes:image>"),
    ("episode.number", "<itunes:episode>1", "<itunes:episode>0"),
    ("episode.number", "<itunes:season>1", "<itunes:season>first"),
    (
        "episode.number-again",
        "<itunes:duration>1512</itunes:duration>",
        "<itunes:duration>1512</itunes:duration><itunes:episode>1</itunes:episode><itunes:season>1</itunes:season>",
    ),
    ("episode.kind", "<itunes:episodeType>full", "<itunes:episodeType>teaser"),
    ("episode.script", "&lt;p&gt;They eat.", "&lt;script&gt;They eat."),
    ("episode.script", "&lt;p&gt;They eat.", '&lt;p onclick="x()"&gt;They eat.'),
    ("episode.relative", 'href="https://example.org/1">', 'href="/1">'),
    ("episode.source", '<source url="https://example.org/feed.xml">', "<source>"),
    ("podcast.transcript", 'transcript url="https://example.org/1.vtt"', "transcript"),
    ("podcast.transcript", ' type="text/vtt"', ""),
    ("podcast.transcript-type", "application/x-subrip", "application/srt"),
    (
        "podcast.transcript-none",
        '<podcast:transcript url="https://example.org/2.srt" type="application/x-subrip"/>',
        "",
    ),
    ("podcast.transcript-rel", 'rel="captions"', 'rel="text"'),
    ("podcast.language", 'type="text/vtt" language="en"', 'type="text/vtt" language="English text"'),
    ("podcast.chapters", ' type="application/json+chapters"', ""),
    ("podcast.chapters", 'chapters url="https://example.org/1.json"', "chapters"),
    ("podcast.chapters-type", "application/json+chapters", "text/plain"),
    ("podcast.soundbite", ' duration="60.0"', ""),
    ("podcast.soundbite", 'startTime="73.0"', 'startTime="1:13"'),
    ("podcast.soundbite-length", 'duration="60.0"', 'duration="9.5"'),
    ("podcast.soundbite-outside", 'startTime="73.0"', 'startTime="1500"'),
    ("podcast.title-long", "Of course you were tired", "y" * 129),
    ("podcast.title-long", '<podcast:person role="guest">Ana', f'<podcast:person role="guest">{"A" * 129}'),
    ("podcast.person", '<podcast:person role="guest">Ana', '<podcast:person role="guest"> '),
    ("podcast.person-group", 'group="cast"', 'group="friends"'),
    ("podcast.person-hosts", "<podcast:person>Ruth</podcast:person>", ""),
    ("podcast.season", '<podcast:season name="First">1', '<podcast:season name="First">one'),
    ("podcast.season-long", 'display="One"', f'display="{"1" * 33}"'),
]
OVER_HTTP = {rule for rule in RULES if rule.partition(".")[0] in ("http", "audio", "cover", "transcript", "chapters")}


def broken(old: str, new: str) -> bytes:
    """The good feed with one thing changed."""
    if new == "<!--":
        return re.sub(r"<item>.*</item>", "", GOOD, flags=re.S).encode()
    assert old in GOOD
    return GOOD.replace(old, new, 1).encode()


def rules_of(data: bytes) -> set[str]:
    return {f.rule for f in check_feed(data, now=NOW)}


def test_a_good_feed_is_clean() -> None:
    assert check_feed(GOOD.encode(), now=NOW) == ()


@pytest.mark.parametrize(("rule", "old", "new"), BREAKS, ids=[f"{n}-{b[0]}" for n, b in enumerate(BREAKS)])
def test_a_broken_rule_is_found(rule: str, old: str, new: str) -> None:
    found = check_feed(broken(old, new), now=NOW)
    ours = [f for f in found if f.rule == rule]

    assert ours, {f.rule for f in found}
    for finding in found:
        assert finding.severity is RULES[finding.rule][0]
        assert finding.place
        assert re.search(r"([.?>]|Write http\S+|…)$", finding.sentence), finding.sentence


def test_each_rule_is_broken_by_a_test_of_its_own() -> None:
    """Those over the network are broken in test_feed_http.py."""
    assert {b[0] for b in BREAKS} == set(RULES) - OVER_HTTP


def test_one_mistake_makes_few_findings() -> None:
    """Nobody wants to read twenty sentences about one slip."""
    for _, old, new in BREAKS:
        assert len(check_feed(broken(old, new), now=NOW)) <= 3, new


def test_a_finding_names_the_episode_and_the_line() -> None:
    data = broken("<itunes:duration>1512", "<itunes:duration>half an hour")

    (finding,) = check_feed(data, now=NOW)

    assert finding.place == "episode 2 in the file, “Sunday lunch”"
    assert data.decode().splitlines()[(finding.line or 0) - 1].startswith("<itunes:duration>half")
    assert finding.severity is Severity.ERROR


def test_a_wrong_weekday_says_which_one_it_is() -> None:
    data = broken("Sat, 31 Oct", "Mon, 31 Oct")

    (finding,) = check_feed(data, now=NOW)

    assert "says Mon, but that day is a Sat" in finding.sentence


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 01 Nov 2026 06:00:00 +0000",
        "1 Nov 2026 06:00 GMT",
        "Sun, 01 Nov 2026 23:30:00 -0500",
        "Sun, 1 Nov 26 06:00:00 EST",
        "Tue, 29 Feb 2028 06:00:00 UT",
    ],
)
def test_dates_of_the_specification_are_fine(text: str) -> None:
    assert forms.date_problem(text) is None


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"<", b"<rss", b"\xff\xfe\x00", b"<html><body/></html>", b"<a>" * 5000, b"\x00" * 100]
)
def test_what_is_no_feed_is_said_in_a_sentence(data: bytes) -> None:
    found = check_feed(data, now=NOW)

    assert [f.severity for f in found] == [Severity.ERROR]
    assert found[0].rule in ("xml.broken", "rss.root")


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    data = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss version="2.0"><channel><title>&l9;</title></channel></rss>'

    assert rules_of(data.encode()) == {"xml.broken"}


def test_a_live_item_is_no_episode() -> None:
    live = "<podcast:liveItem><title>Now</title><enclosure/></podcast:liveItem>\n<item>"

    assert check_feed(GOOD.replace("<item>", live, 1).encode(), now=NOW) == ()


def test_the_address_that_a_feed_names_is_compared_with_its_own() -> None:
    found = check_feed(GOOD.encode(), now=NOW, url="https://other.example/feed.xml")

    assert [f.rule for f in found] == ["http.self"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"version": "1.2.0", "chapters": [{"startTime": 0}, {"startTime": 9.5, "title": "Two"}]}', None),
        (b'{"version": "1.2.0", "chapters": []}', None),
        (b"[]", "it has no list of chapters"),
        (b'{"chapters": []}', "it names no version"),
        (b'{"version": "1.2.0", "chapters": [{"title": "One"}]}', "a chapter has no startTime in seconds"),
        (b'{"version": "1.2.0", "chapters": [{"startTime": "0:10"}]}', "a chapter has no startTime in seconds"),
        (
            b'{"version": "1", "chapters": [{"startTime": 5}, {"startTime": 1}]}',
            "its chapters are not in the order of time",
        ),
        (b"<html>", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
    ],
)
def test_chapters_are_looked_into(data: bytes, problem: str | None) -> None:
    assert chapters_problem(data) == problem


def test_apples_categories_are_whole() -> None:
    """Nineteen categories and what stands below them, counted in Apple's list."""
    assert len(spec.CATEGORIES) == 19
    assert sum(map(len, spec.CATEGORIES.values())) == 91


def test_the_docs_list_every_rule() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9]+\.[a-z-]+)` \| (.+) \|$", DOCS.read_text(), re.M))

    assert rows == {rule: f"{severity.value} | {meaning}" for rule, (severity, meaning) in RULES.items()}
