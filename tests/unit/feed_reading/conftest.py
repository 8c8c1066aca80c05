"""Feeds in all the shapes that people write them in, and in those that mean harm."""

from __future__ import annotations

from companion.feed.items import ReadFeed, ReadItem
from companion.feed.reading import read_feed

LIMIT_BYTES = 5_000_000
NS = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def read(text: str | bytes, where: str | None = None) -> ReadFeed:
    return read_feed(text.encode() if isinstance(text, str) else text, LIMIT_BYTES, where)


def channel(inner: str, where: str | None = None) -> ReadFeed:
    return read(f"<rss version='2.0' {NS}><channel>{inner}</channel></rss>", where)


def one(inner: str, where: str | None = None) -> ReadItem:
    (found,) = channel(f"<item>{inner}</item>", where).items
    return found
