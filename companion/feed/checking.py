"""Is this feed as the specifications want it? Rules of our own, written from them; docs/feed.md lists every one.

Strict on purpose: `companion.feed.reading` takes what it can get, this says what others could stumble over.
"""

from __future__ import annotations

import re
from datetime import datetime

from companion.feed import rules_episode, rules_show, spec
from companion.feed.findings import FEED, SHOW, Finding, Notes, Severity, place_of
from companion.feed.rulebook import RULES
from companion.feed.tree import BrokenXmlError, Document, Node, read_xml

__all__ = ["RULES", "Finding", "Severity", "check_feed", "document_of"]

_SPACES = {
    "itunes": spec.ITUNES,
    "podcast": spec.PODCAST,
    "atom": spec.ATOM,
    "content": spec.CONTENT,
}
_LIKE = re.compile(
    r"itunes\.com/dtds|podcastindex\.org/namespace|w3\.org/2005/atom|purl\.org/rss/1\.0/modules/content", re.I
)
_WHY = {
    "unbound prefix": "a prefix such as itunes: is used, and its namespace is not declared on <rss>",
    "not well-formed (invalid token)": "there is a character here that XML cannot have: write &amp; for &, &lt; for <",
    "mismatched tag": "an element is closed that is not the one that was opened last",
    "no element found": "the file ends before it is done, or is empty",
    "undefined entity": "an entity is used that XML has not: write the character itself instead of, say, &nbsp;",
    "junk after document element": "something stands behind the end of <rss>",
    "XML or text declaration not at start of entity": "something stands before <?xml: begin the file with it",
    "duplicate attribute": "an attribute stands twice on one element",
    "unclosed CDATA section": "the file ends inside a CDATA section",
    "unclosed token": "the file ends inside an element",
    "multi-byte encodings are not supported": "the file is in an encoding that not every app can read: write UTF-8",
}


def check_feed(data: bytes, *, now: datetime, url: str = "") -> tuple[Finding, ...]:
    """What is not as it should be.

    Args:
        data: the feed, whole.
        now: the time.
        url: where it was read, if it was read from somewhere.

    Returns:
        Findings in the order of the document, what concerns all of it first.
    """
    notes = Notes(RULES)
    document = _read(data, notes)
    if document is not None:
        _check_file(document, notes)
        channel = _channel(document, notes)
        if channel is not None:
            places = _places(channel)
            _check_elements(document.root, channel, places, notes)
            rules_show.check_show(channel, url, notes)
            items = channel.all("item")
            for item in items:
                rules_episode.check_episode(item, channel, places[id(item)], now, notes)
            rules_episode.check_together(items, [places[id(i)] for i in items], notes)
    return tuple(sorted(dict.fromkeys(notes.found), key=lambda f: f.line or 0))


def document_of(data: bytes) -> Node | None:
    """The channel of a feed, for whoever looks at more of it; None where it cannot be read."""
    try:
        document = read_xml(data)
    except BrokenXmlError:
        return None
    _settle_names(document)
    return document.root.first("channel") if document.root.name == "rss" else None


def _read(data: bytes, notes: Notes) -> Document | None:
    try:
        document = read_xml(data)
    except BrokenXmlError as error:
        why = _WHY.get(error.why, error.why)
        notes.add(
            "xml.broken",
            FEED,
            error.line,
            f"This is not well-formed XML: in line {error.line}, at character {error.column}, {why}. "
            "Apps read nothing behind that place; mend it and check again.",
        )
        return None
    return document


def _check_file(document: Document, notes: Notes) -> None:
    """What concerns the whole; afterwards every namespace in the tree is the one that is meant."""
    if document.encoding and document.encoding.lower() not in ("utf-8", "us-ascii"):
        notes.add("xml.encoding", FEED, 1, f"The file is written in {document.encoding}. Write it in UTF-8.")
    if document.doctype:
        notes.add("xml.doctype", FEED, 1, "The file has a DTD (<!DOCTYPE …>). Feeds need none; take it out.")
    for prefix, uri in document.spaces:
        meant = _meant(prefix, uri)
        if uri == spec.PODCAST_OLD:
            sentence = f"The podcast namespace goes by the address of its page on GitHub. Write {meant}"
            notes.add("xml.namespace-old", FEED, document.root, sentence)
        elif meant is not None:
            sentence = f"The namespace of {prefix or 'the feed'} is written “{uri}”, so apps do not know its elements. "
            notes.add("xml.namespace", FEED, document.root, f"{sentence}Write {meant}")
    _settle_names(document)


def _settle_names(document: Document) -> None:
    """So that a namespace that is written wrongly is one finding, and what is in it is checked as well."""
    meant = {uri: right for prefix, uri in document.spaces if (right := _meant(prefix, uri))}
    for node in document.root.walk():
        node.space = meant.get(node.space, node.space)


def _meant(prefix: str, uri: str) -> str | None:
    """The namespace that somebody wanted to write; None where it is right, or is one that we do not know."""
    if uri == spec.PODCAST_OLD:
        return spec.PODCAST
    if uri in _SPACES.values():
        return None
    like = _LIKE.search(uri)
    alike = (u for u in _SPACES.values() if like and like.group().lower() in u.lower())
    return _SPACES.get(prefix) or next(alike, None)


def _channel(document: Document, notes: Notes) -> Node | None:
    root = document.root
    if root.name == "rss" and root.space:
        said = f"<rss> says xmlns=“{root.space}”, so nothing in it is RSS any more. Take that out."
        notes.add("rss.root", FEED, root, said)
        return None
    if root.name != "rss":
        kind = {"feed": "an Atom feed", "RDF": "RSS 1.0", "html": "a web page"}.get(
            root.name, f"a file of <{root.name}>"
        )
        notes.add("rss.root", FEED, root, f"This is {kind}. Podcast apps want RSS 2.0: an <rss> with a <channel>.")
        return None
    version = root.attributes.get("version")
    if version != "2.0":
        said = f"says version “{version}”" if version else "names no version"
        notes.add("rss.version", FEED, root, f'<rss> {said}. Write <rss version="2.0">.')
    channels = root.all("channel")
    if len(channels) != 1:
        notes.add("rss.root", FEED, root, f"There are {len(channels)} channels. A feed has one <channel>.")
    for child in root.children:
        if child.name == "item" and not child.space:
            notes.add("rss.misplaced", FEED, child, "An <item> stands outside the <channel>. Move it in.")
    return channels[0] if channels else None


def _places(channel: Node) -> dict[int, str]:
    """The place of every element, by its identity."""
    places = {id(node): SHOW for node in channel.walk()}
    for number, item in enumerate(channel.all("item"), 1):
        titles = [t.text for t in item.all("title") if t.text.strip()]
        place = place_of(number, titles[0] if titles else "")
        places |= {id(node): place for node in item.walk()}
    return places


def _check_elements(root: Node, channel: Node, places: dict[int, str], notes: Notes) -> None:
    """What holds for every element, wherever it is."""
    for parent in _known_parents(channel):
        where = "item" if parent.name == "item" else "channel"
        seen: set[tuple[str, str]] = set()
        for child in parent.children:
            _check_name(child, where, places[id(child)], notes)
            key = (child.space, child.name)
            if key in seen and child.name in _ONCE.get(child.space, ()):
                name = _shown(child)
                notes.add(
                    "rss.repeated",
                    places[id(child)],
                    child,
                    f"<{name}> stands more than once. Apps take one or the other; leave one.",
                )
            seen.add(key)
            _check_text(child, places[id(child)], notes)


def _known_parents(channel: Node) -> list[Node]:
    return [channel, *channel.all("item")]


_TITLED = {"title", "author", "subtitle", "name", "keywords", "copyright", "managingEditor", "webMaster", "season"}
_WITH_CHILDREN = {
    "": {"item", "image", "textInput", "skipHours", "skipDays"},
    spec.ITUNES: {"owner", "category"},
}
_MAY_BE_EMPTY = {
    "": {"enclosure", "cloud", "source", "comments"},
    spec.ITUNES: {"image", "category"},
    spec.PODCAST: {"transcript", "chapters", "soundbite"},
    spec.ATOM: {"link"},
}


def _check_text(node: Node, place: str, notes: Notes) -> None:
    if node.space not in ("", spec.ITUNES, spec.PODCAST):
        return
    name = _shown(node)
    if node.children and node.space != spec.PODCAST and node.name not in _WITH_CHILDREN.get(node.space, ()):
        notes.add(
            "rss.markup",
            place,
            node,
            f"<{name}> has elements in it, and may only hold a text. Escape HTML, or put it into a CDATA section.",
        )
        return
    text = node.text
    if not text.strip() and not node.children and not node.attributes:
        if node.name not in _MAY_BE_EMPTY.get(node.space, ()):
            notes.add("rss.empty", place, node, f"<{name}> is empty. Fill it or leave it out.")
    elif text != text.strip() and not node.children and text.strip() and node.name not in ("description", "encoded"):
        notes.add("rss.edges", place, node, f"<{name}> has blanks or line breaks around its text. Take them out.")
    if node.name in _TITLED and len(text.strip()) > spec.MAX_VALUE_CHARS:
        notes.add(
            "rss.long",
            place,
            node,
            f"<{name}> has {len(text.strip())} characters. Apps cut it; make it {spec.MAX_VALUE_CHARS} at most.",
        )


def _check_name(node: Node, where: str, place: str, notes: Notes) -> None:
    known = _NAMES.get(node.space)
    if known is None:
        return
    other = "channel" if where == "item" else "item"
    if node.name in known[where]:
        return
    if node.name in known[other]:
        right = "the channel" if other == "channel" else "an item"
        notes.add("rss.misplaced", place, node, f"<{_shown(node)}> belongs into {right}. Move it there.")
    else:
        notes.add(
            "rss.unknown",
            place,
            node,
            f"There is no <{_shown(node)}>, so apps pass over it. Look at its spelling, or take it out.",
        )


def _shown(node: Node) -> str:
    prefix = {spec.ITUNES: "itunes:", spec.PODCAST: "podcast:", spec.CONTENT: "content:", spec.ATOM: "atom:"}
    return prefix.get(node.space, "") + node.name


def _split(text: str) -> set[str]:
    return set(text.split())


_P_BOTH = "person location license value block images image txt contentLink integrity socialInteract chat podroll"
_NAMES: dict[str, dict[str, set[str]]] = {
    "": {
        "channel": _split(
            "title link description language copyright managingEditor webMaster pubDate lastBuildDate category "
            "generator docs cloud ttl image rating textInput skipHours skipDays item"
        ),
        "item": _split("title link description author category comments enclosure guid pubDate source"),
    },
    spec.ITUNES: {
        "channel": _split(
            "author block category complete explicit image keywords new-feed-url owner subtitle summary title type "
            "applepodcastsverify"
        ),
        "item": _split(
            "author block duration episode episodeType explicit image isClosedCaptioned keywords order season subtitle "
            "summary title"
        ),
    },
    spec.PODCAST: {
        "channel": _split(
            f"{_P_BOTH} locked funding trailer guid medium remoteItem updateFrequency podping liveItem publisher"
        ),
        "item": _split(f"{_P_BOTH} transcript chapters soundbite season episode alternateEnclosure funding source"),
    },
}
_ONCE: dict[str, set[str]] = {
    "": _split(
        "title link description language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud "
        "ttl image rating textInput skipHours skipDays guid author comments source"
    ),
    spec.ITUNES: _split(
        "author block complete explicit image new-feed-url owner subtitle summary title type duration episode "
        "episodeType season"
    ),
    spec.PODCAST: _split("locked guid medium chapters season episode license"),
    spec.CONTENT: {"encoded"},
}
