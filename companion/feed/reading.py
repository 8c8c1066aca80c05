"""Reads podcast feeds: RSS 2.0 with its older and broken kinds, and Atom.

Follows RSS 2.0 (https://www.rssboard.org/rss-specification), Apple's itunes tags, the podcast namespace
(https://podcastindex.org/namespace/1.0), Podlove Simple Chapters, Media RSS, Dublin Core and RFC 4287. Where several
elements say the same, the first that says anything usable counts; elements inside others never count for the outer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from companion.errors import FeedError
from companion.feed import values
from companion.feed.items import (
    UNKNOWN_TYPE,
    ReadEnclosure,
    ReadFeed,
    ReadItem,
    ReadPerson,
    ReadTranscript,
    end_of,
    kind_of,
)
from companion.feed.plain import plain
from companion.feed.xml import Node, decoded, tree
from companion.publication import Chapter

MAX_ITEMS = 20_000
MAX_CHAPTERS = 1000
MAX_PERSONS = 100
MAX_LINE_CHARS = 500  # of a title or a name
MAX_TEXT_CHARS = 200_000  # of notes
_TEXT_TYPES = {
    ".vtt": "text/vtt", ".srt": "application/x-subrip", ".json": "application/json", ".txt": "text/plain",
    ".html": "text/html", ".htm": "text/html",
}  # fmt: skip


def read_feed(data: bytes, limit_bytes: int, address: str | None = None, charset: str | None = None) -> ReadFeed:
    """What a feed says.

    Args:
        data: the file.
        limit_bytes: the largest that is read.
        address: where it is from: what relative addresses are joined to.
        charset: as the server named it.

    Raises:
        FeedError: it is no feed; the sentence says what it is instead.
        LimitError: it is larger than is read.
    """
    root, mended = tree(decoded(data, limit_bytes, charset))
    channel, items = _parts(root)
    base = channel.base or address or _self(channel)
    feed = _Feed(channel, base)
    read = [_Item(node, node.base or base, feed.atom).read() for node in items[:MAX_ITEMS]]
    return replace(feed.read(), items=_with_guids(read), mended=mended)


def _parts(root: Node) -> tuple[Node, list[Node]]:
    name = root.name.rpartition(":")[2]
    if name == "feed" and root.name.startswith("atom:"):
        return root, list(root.nodes("atom:entry"))
    channel = root if name == "channel" else next(root.nodes("channel"), None)
    if channel is not None:
        return channel, [*channel.nodes("item"), *(root.nodes("item") if root is not channel else ())]
    if name == "html":
        hint = next((url for url in _alternates(root)), None)
        there = f" It names a feed: {hint}" if hint else " Look on it for a link called RSS, and give that address."
        raise FeedError("This is a web page, not a feed." + there)
    if name == "opml":
        raise FeedError("This is a list of feeds (OPML), not a feed. Give the address of one of the feeds in it.")
    if name == "rss":
        if next(root.nodes("redirect"), None) is not None:
            return root, []
        raise FeedError("This feed has no channel in it: it may be cut short. Load it again.")
    raise FeedError(f"This is not a podcast feed: it begins with <{name[:40]}>, not with <rss> or an Atom <feed>.")


def _alternates(root: Node) -> Iterator[str]:
    for node in root.children:
        if isinstance(node, Node):
            kind = node.attrs.get("type", "")
            if node.name.endswith("link") and kind in ("application/rss+xml", "application/atom+xml"):
                found = values.web(node.attrs.get("href"))
                if found:
                    yield found
            yield from _alternates(node)


def _self(channel: Node) -> str | None:
    links = (n for n in channel.nodes("atom:link") if n.attrs.get("rel") == "self")
    return next((u for n in links if (u := values.web(n.attrs.get("href", "").strip()))), None)


def _with_guids(items: list[ReadItem]) -> tuple[ReadItem, ...]:
    """A guid for the items that have none: their own link, else the address of their sound."""
    links = Counter(i.link for i in items if i.link)
    found = []
    for item in items:
        if not item.guid:
            own_link = item.link if item.link and links[item.link] == 1 else None
            item = replace(item, guid=own_link or (item.enclosure.url if item.enclosure else "") or item.link or "")
        found.append(item)
    return tuple(found)


class _Part:
    """What channels and items have in common."""

    def __init__(self, node: Node, base: str | None, atom: bool) -> None:
        self.node = node
        self.base = base
        self.atom = atom

    def first(self, *names: str) -> str:
        """The first text among these elements, by the order of the names."""
        for name in names:
            for node in self.node.nodes(name):
                found = self.plain_text(node) if name.startswith("atom:") else node.text()
                if found.strip():
                    return found.strip()
        return ""

    def line(self, *names: str) -> str:
        return values.line(self.first(*names))[:MAX_LINE_CHARS].rstrip()

    def html(self, *names: str) -> str:
        """Text or HTML, as it is in the feed."""
        for name in names:
            for node in self.node.nodes(name):
                found = node.markup().strip()
                if found:
                    return found[:MAX_TEXT_CHARS]
        return ""

    def valid(self, names: tuple[str, ...], read: type | object) -> object | None:
        """The first value that can be read."""
        for name in names:
            for node in self.node.nodes(name):
                found = read(node.text())  # type: ignore[operator]
                if found is not None:
                    return found  # type: ignore[no-any-return]
        return None

    def plain_text(self, node: Node) -> str:
        """The text of an Atom text construct (RFC 4287 3.1)."""
        kind = node.attrs.get("type", "text").lower()
        if kind in ("html", "text/html"):
            return plain(node.text(), None)
        return node.text()

    def url(self, text: str | None) -> str | None:
        return values.address(text or "", self.base)

    def url_at(self, node: Node, text: str | None) -> str | None:
        """An address at an element that may have a base of its own."""
        return values.address(text or "", node.base or self.base)

    def links(self, *rels: str) -> Iterator[Node]:
        return (n for n in self.node.nodes("atom:link") if n.attrs.get("rel", "alternate").lower() in rels)

    def link(self) -> str | None:
        for node in self.node.nodes("link"):
            found = self.url_at(node, node.text()) or self.url_at(node, node.attrs.get("href"))
            if found and values.is_web(found):
                return found
        # An atom:link beside an RSS link is for the feed itself, mostly; only a page counts.
        pages = sorted(self.links("alternate"), key=lambda n: n.attrs.get("type", "text/html") != "text/html")
        return next((u for n in pages if values.is_web(u := self.url_at(n, n.attrs.get("href")))), None)

    def image(self) -> str | None:
        for name in ("itunes:image", "googleplay:image", "podcast:image"):
            for node in self.node.nodes(name):
                inner = next(node.nodes("url", "itunes:url"), None)
                given = (node.attrs.get("href"), node.attrs.get("url"), inner.text() if inner else node.text())
                found = next((u for g in given if (u := self.url_at(node, g))), None)
                if found:
                    return found
        for node in self.node.nodes("image"):
            for inner in node.nodes("url"):
                found = self.url_at(inner, inner.text())
                if found:
                    return found
            found = self.url_at(node, node.attrs.get("href")) or self.url_at(node, node.attrs.get("url"))
            if found:
                return found
        for node in self.node.nodes("podcast:images"):
            found = self.url_at(node, node.attrs.get("srcset", "").strip().split(",")[0].strip().partition(" ")[0])
            if found:
                return found
        return self.other_image()

    def other_image(self) -> str | None:
        around = [self.node, *self.node.nodes("media:group"), *self.node.nodes("media:content")]
        for outer in around:
            for node in outer.nodes("media:thumbnail"):
                found = self.url_at(node, node.attrs.get("url"))
                if found:
                    return found
        for name in ("atom:logo", "atom:icon"):
            found = self.url(self.first(name))
            if found:
                return found
        return None

    def author(self) -> str | None:
        for node in self.node.nodes("atom:author"):
            name = next(node.nodes("atom:name"), None)
            found = values.line((name or node).text())
            if found:
                return found[:MAX_LINE_CHARS]
        given = self.line("itunes:author", "googleplay:author", "author", "dc:creator", "managingeditor")
        named = re.fullmatch(r"\S+@\S+\s*\((.+)\)", given)  # RSS: lawyer@boyer.net (Lawyer Boyer)
        return (named[1].strip() if named else given) or None

    def explicit(self) -> bool | None:
        return self.valid(("itunes:explicit", "googleplay:explicit"), values.yes_no)  # type: ignore[return-value]

    def persons(self) -> tuple[ReadPerson, ...]:
        found = []
        for node in self.node.nodes("podcast:person"):
            name = values.line(node.text())[:MAX_LINE_CHARS] or values.line(node.attrs.get("name", ""))
            if name:
                role, group = (values.line(node.attrs.get(k, "")).lower() for k in ("role", "group"))
                href, img = (values.web(self.url_at(node, node.attrs.get(k))) for k in ("href", "img"))
                found.append(ReadPerson(name, role[:128] or "host", group[:128] or "cast", href, img))
        return tuple(found[:MAX_PERSONS])


class _Feed(_Part):
    """A channel or an Atom feed."""

    def __init__(self, node: Node, base: str | None) -> None:
        super().__init__(node, base, node.name.startswith("atom:"))

    def read(self) -> ReadFeed:
        owner = next(self.node.nodes("itunes:owner", "googleplay:owner"), None)
        email = values.line(self.first("googleplay:email", "managingeditor", "webmaster"))
        if owner is not None:
            email = values.line(next((n.text() for n in owner.nodes("itunes:email") if n.text().strip()), "")) or email
        found = re.search(r"[^\s()<>,;]+@[^\s()<>,;]+", email)
        lock = next((n for n in self.node.nodes("podcast:locked") if n.text().strip()), None)
        following = next(self.links("next"), None)
        return ReadFeed(
            title=self.line("title", "atom:title", "dc:title", "media:title", "itunes:title"),
            link=self.link(),
            description=self.html(
                "description", "itunes:summary", "atom:subtitle", "atom:tagline", "googleplay:description",
                "content:encoded", "dc:description", "media:description", "itunes:subtitle",
            ),
            language=self.line("language", "dc:language") or self.node.attrs.get("xml:lang", "").strip() or None,
            image=self.image(),
            guid=self.line("podcast:guid") or None,
            author=self.author(),
            owner_name=values.line(next((n.text() for n in owner.nodes("itunes:name")), "")) or None if owner else None,
            owner_email=found[0] if found else None,
            explicit=self.explicit(),
            categories=tuple(_categories(self.node, ())),
            copyright=self.line("copyright", "atom:rights", "dc:rights", "media:copyright") or None,
            locked=bool(lock) and values.yes_no(lock.text()) is True if lock is not None else False,
            persons=self.persons(),
            new_url=self.new_url(),
            next_url=values.web(self.url_at(following, following.attrs.get("href"))) if following is not None else None,
            items=(),
        )  # fmt: skip

    def new_url(self) -> str | None:
        around = [self.node, *self.node.nodes("redirect")]
        nodes = (n for outer in around for n in outer.nodes("itunes:new-feed-url", "newlocation"))
        return next((u for n in nodes if (u := values.web(self.url_at(n, n.text())))), None)


def _categories(node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for inner in node.nodes("itunes:category"):
        here = (*above, values.line(inner.attrs.get("text", ""))[:MAX_LINE_CHARS])
        deeper = list(_categories(inner, here)) if len(here) < 5 else []
        yield from deeper or [here]


class _Item(_Part):
    """An item or an entry."""

    def read(self) -> ReadItem:
        enclosures = self.enclosures()
        guid, guid_link = self.guid()
        kind = self.line("itunes:episodetype").lower()
        chapters_url = self.chapters_url()
        return ReadItem(
            guid=guid,
            title=self.title(enclosures),
            link=self.link() or guid_link,
            description=self.html(
                "description", "itunes:summary", "atom:summary", "googleplay:description", "dc:description",
                "media:description", "itunes:subtitle",
            ),
            content=self.html("content:encoded", "xhtml:body", "atom:content"),
            base=self.base,
            published=self.published(),
            enclosures=enclosures,
            duration_s=self.duration(),
            season=self.number("season", 0),
            episode=self.number("episode", 0),
            kind=kind if kind in ("full", "trailer", "bonus") else None,
            explicit=self.explicit(),
            author=self.author(),
            image=self.image(),
            chapters=self.chapters(),
            chapters_url=chapters_url,
            transcripts=self.transcripts(),
            persons=self.persons(),
        )  # fmt: skip

    def title(self, enclosures: tuple[ReadEnclosure, ...]) -> str:
        given = self.line("title", "atom:title", "itunes:title", "dc:title", "media:title")
        sound = min(enclosures, key=kind_of, default=None)
        if given or sound is None or kind_of(sound) > 1:
            return given
        return PurePosixPath(urlsplit(sound.url).path).stem[:MAX_LINE_CHARS]

    def guid(self) -> tuple[str, str | None]:
        """The guid, and the link that it is where it may be one."""
        for node in self.node.nodes("guid"):
            found = values.line(node.text())
            if found:
                permanent = node.attrs.get("ispermalink", "true").strip().lower() != "false"
                return found, found if permanent and values.is_web(found) else None
        return self.line("atom:id", "dc:identifier"), None

    def published(self) -> datetime | None:
        names = (
            "pubdate", "atom:published", "atom:issued", "dc:date", "dc:issued", "dc:created", "atom:created",
            "atom:updated", "atom:modified", "dc:modified",
        )  # fmt: skip
        return self.valid(names, values.date_of)  # type: ignore[return-value]

    def duration(self) -> float | None:
        found: float | None = self.valid(("itunes:duration",), values.duration_of)  # type: ignore[assignment]
        if found is None:
            given = (n.attrs.get("duration", "") for n in self._media())
            found = next((d for g in given if (d := values.duration_of(g)) is not None), None)
        return found

    def number(self, name: str, least: int) -> int | float | None:
        return self.valid((f"podcast:{name}", f"itunes:{name}"), lambda text: values.number_of(text, least))  # type: ignore[return-value]

    def enclosures(self) -> tuple[ReadEnclosure, ...]:
        """Every file, in the order of the document."""
        found = [
            self._enclosure(n, n.attrs.get("url"), "length") for n in self.node.nodes("enclosure", "media:enclosure")
        ]
        if self.atom:
            found += [self._enclosure(n, n.attrs.get("href"), "length") for n in self.links("enclosure")]
        media = sorted(self._media(), key=lambda n: n.attrs.get("isdefault", "").lower() != "true")
        found += [self._enclosure(n, n.attrs.get("url"), "filesize") for n in media]
        if not any(e and kind_of(e) < 3 for e in found):
            found += self._alternates()
        return tuple(dict.fromkeys(e for e in found if e))

    def _enclosure(self, node: Node, url: str | None, length: str) -> ReadEnclosure | None:
        whole = self.url_at(node, url)
        if whole is None:
            return None
        return ReadEnclosure(
            whole, media_type(node.attrs.get("type", "")), values.length_of(node.attrs.get(length, ""))
        )

    def _media(self) -> Iterator[Node]:
        yield from self.node.nodes("media:content")
        for group in self.node.nodes("media:group"):
            yield from group.nodes("media:content")

    def _alternates(self) -> Iterable[ReadEnclosure]:
        for node in self.node.nodes("podcast:alternateenclosure"):
            for source in node.nodes("podcast:source"):
                url = self.url_at(source, source.attrs.get("uri"))
                if url and values.is_web(url):
                    kind = source.attrs.get("contenttype") or node.attrs.get("type", "")
                    yield ReadEnclosure(url, media_type(kind), values.length_of(node.attrs.get("length", "")))

    def chapters(self) -> tuple[Chapter, ...]:
        for block in self.node.nodes("psc:chapters"):
            found = []
            for node in block.nodes("psc:chapter"):
                start_s = values.duration_of(node.attrs.get("start", ""))
                title = values.line(node.attrs.get("title", ""))[:MAX_LINE_CHARS]
                if start_s is not None and title:
                    href, img = (values.web(self.url_at(node, node.attrs.get(k))) or "" for k in ("href", "image"))
                    found.append(Chapter(start_s, title, href, img))
            if found:
                return tuple(found[:MAX_CHAPTERS])
        return ()

    def chapters_url(self) -> str | None:
        given = [
            (n.attrs.get("type", ""), self.url_at(n, n.attrs.get("url"))) for n in self.node.nodes("podcast:chapters")
        ]
        there = sorted(((kind, url) for kind, url in given if url), key=lambda pair: "json" not in pair[0].lower())
        return there[0][1] if there else None

    def transcripts(self) -> tuple[ReadTranscript, ...]:
        found = []
        for node in self.node.nodes("podcast:transcript"):
            url = self.url_at(node, node.attrs.get("url"))
            kind = node.attrs.get("type", "").strip().lower() or _TEXT_TYPES.get(end_of(url)) if url else None
            if url and kind:
                language = node.attrs.get("language", "").strip() or None
                found.append(ReadTranscript(url, kind, language, node.attrs.get("rel", "").strip() or None))
        return tuple(dict.fromkeys(found))


def media_type(text: str) -> str:
    """A media type, without its parameters; octet-stream for what is none."""
    kind = text.partition(";")[0].strip().lower()
    return kind if re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+_-]+", kind) else UNKNOWN_TYPE
