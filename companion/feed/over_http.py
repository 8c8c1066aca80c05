"""A feed where it lies: is it answered as apps need it, and is what it names there?

Who asks the network is handed in, so that limits and forbidden addresses are decided in one place, outside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from companion.errors import CompanionError
from companion.feed import forms, spec
from companion.feed.checking import Finding, check_feed, document_of
from companion.feed.findings import FEED, SHOW, Notes, place_of
from companion.feed.rulebook import RULES
from companion.feed.tree import Node

_FEED_TYPES = (spec.FEED_TYPE, "application/xml", "text/xml")
_OK, _PART, _SAME, _BEHIND = 200, 206, 304, 416
MOST_CHAPTER_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, redirects followed."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes
    url: str  # where it was in the end


Ask = Callable[[str, str, Mapping[str, str]], Answer]
"""Asks the network: method, address, headers. Raises a `CompanionError` where nobody answers or it may not ask."""

Told = Callable[[str], None]
"""Is told what is looked at next."""


def check_at(
    url: str, ask: Ask, *, now: datetime, episodes: int | None = 10, told: Told = lambda _: None
) -> tuple[Finding, ...]:
    """All that `check_feed` finds, and whether feed, recordings, transcripts and chapters are served as they should be.

    Args:
        url: of the feed.
        ask: asks the network.
        now: the time.
        episodes: how many, from the top, are looked at over the network; None: all.
        told: what is looked at.

    Raises:
        CompanionError: the feed itself cannot be had.
    """
    told(url)
    feed = ask("GET", url, {"Accept": f"{spec.FEED_TYPE}, application/xml;q=0.9, */*;q=0.1"})
    notes = Notes(RULES)
    web = _Web(ask, notes, told)
    if feed.status != _OK:
        notes.add("http.status", FEED, None, f"The server answers {feed.status} to {url}. See that the feed is there.")
        return tuple(notes.found)
    _check_feed_answer(url, feed, web)
    channel = document_of(feed.body)
    if channel is not None:
        _check_cover(channel, web)
        items = channel.all("item")
        for number, item in enumerate(items[:episodes], 1):
            title = item.first("title")
            _check_item(item, place_of(number, title.text if title is not None else ""), web)
    return (*check_feed(feed.body, now=now, url=url), *dict.fromkeys(notes.found))


@dataclass(slots=True)
class _Web:
    ask: Ask
    notes: Notes
    told: Told

    def try_(self, rule: str, place: str, node: Node | None, method: str, url: str, **headers: str) -> Answer | None:
        """An answer, or a finding that there is none."""
        self.told(url)
        try:
            return self.ask(method, url, {name.replace("_", "-"): value for name, value in headers.items()})
        except CompanionError as error:
            self.notes.add(rule, place, node, f"{method} {url} is not answered: {error.sentence}")
            return None


def _check_feed_answer(url: str, feed: Answer, web: _Web) -> None:
    kind = _type(feed)
    if kind not in _FEED_TYPES:
        web.notes.add(
            "http.type",
            FEED,
            None,
            f"The feed comes as {kind or 'nothing in particular'}. Let the server say Content-Type: {spec.FEED_TYPE}.",
        )
    head = web.try_("http.head", FEED, None, "HEAD", url)
    if head is not None and head.status != _OK:
        web.notes.add(
            "http.head", FEED, None, f"The server answers {head.status} to HEAD. Apple asks so; let it answer 200."
        )
    etag, modified = feed.headers.get("etag"), feed.headers.get("last-modified")
    if not etag and not modified:
        web.notes.add(
            "http.renewal",
            FEED,
            None,
            "The feed has no ETag and no Last-Modified, so apps load all of it every time. Let the server send one.",
        )
        return
    known = {"If_None_Match": etag} if etag else {"If_Modified_Since": modified or ""}
    again = web.try_("http.renewal", FEED, None, "GET", url, **known)
    if again is not None and again.status != _SAME:
        web.notes.add(
            "http.renewal",
            FEED,
            None,
            f"Whoever has the feed already gets it again ({again.status}, not 304). Let the server compare the ETag.",
        )


def _check_cover(channel: Node, web: _Web) -> None:
    for node in channel.all("image", spec.ITUNES):
        url = node.attributes.get("href", "")
        if forms.address_problem(url):
            continue
        head = web.try_("cover.head", SHOW, node, "HEAD", url)
        if head is not None and (head.status != _OK or not _type(head).startswith("image/")):
            web.notes.add(
                "cover.head",
                SHOW,
                node,
                f"The cover {url} is answered with {head.status}, {_type(head) or 'without a type'}. "
                "Apple wants 200 and an image for HEAD.",
            )


def _check_item(item: Node, place: str, web: _Web) -> None:
    for node in item.all("enclosure"):
        if not forms.address_problem(node.attributes.get("url", "")):
            _check_audio(node, place, web)
    for node in item.all("transcript", spec.PODCAST):
        url = node.attributes.get("url", "")
        if not forms.address_problem(url):
            answer = web.try_("transcript.there", place, node, "HEAD", url)
            _check_transcript(answer, node, place, web)
    for node in item.all("chapters", spec.PODCAST):
        url = node.attributes.get("url", "")
        if not forms.address_problem(url):
            answer = web.try_("chapters.there", place, node, "GET", url)
            _check_chapters(answer, node, place, web)


def _check_audio(node: Node, place: str, web: _Web) -> None:
    url = node.attributes["url"]
    head = web.try_("audio.head", place, node, "HEAD", url)
    if head is None:
        return
    if head.status != _OK:
        web.notes.add(
            "audio.head",
            place,
            node,
            f"The recording {url} is answered with {head.status} to HEAD. See that it is there, for HEAD, too.",
        )
        return
    wanted = node.attributes.get("type", "").lower()
    if wanted and _type(head) != wanted:
        web.notes.add(
            "audio.type",
            place,
            node,
            f"The recording comes as {_type(head) or 'nothing in particular'}, and the feed says {wanted}. "
            "Let both say the same.",
        )
    said, real = forms.whole(node.attributes.get("length")), forms.whole(head.headers.get("content-length"))
    if said and real is None:
        web.notes.add("audio.length", place, node, "The server does not say how long the recording is. Let it.")
    elif said and real != said:
        web.notes.add(
            "audio.length",
            place,
            node,
            f"The feed says {said} bytes, the recording has {real}. Write {real} into the length.",
        )
    part = web.try_("audio.range", place, node, "GET", url, Range="bytes=0-1")
    if part is not None and not (
        part.status == _PART and part.headers.get("content-range", "").startswith("bytes 0-1/")
    ):
        web.notes.add(
            "audio.range",
            place,
            node,
            f"Asked for two bytes, the server answers {part.status}. Without parts (206) nobody can jump in it.",
        )
    elif part is not None and real:
        behind = web.try_("audio.range", place, node, "GET", url, Range=f"bytes={real}-")
        if behind is not None and behind.status != _BEHIND:
            web.notes.add(
                "audio.range",
                place,
                node,
                f"Asked for what lies behind the end, the server answers {behind.status}. It should be 416.",
            )


def _check_transcript(answer: Answer | None, node: Node, place: str, web: _Web) -> None:
    if answer is None:
        return
    url, wanted = node.attributes["url"], node.attributes.get("type", "").partition(";")[0].strip().lower()
    if answer.status != _OK:
        web.notes.add("transcript.there", place, node, f"The transcript {url} is answered with {answer.status}.")
        return
    if wanted and _type(answer) != wanted:
        web.notes.add(
            "transcript.type",
            place,
            node,
            f"The transcript comes as {_type(answer) or 'nothing in particular'}, and the feed says {wanted}.",
        )
    _check_open(answer, "transcript", place, node, web)


def _check_chapters(answer: Answer | None, node: Node, place: str, web: _Web) -> None:
    if answer is None:
        return
    url = node.attributes["url"]
    if answer.status != _OK:
        web.notes.add("chapters.there", place, node, f"The chapters {url} are answered with {answer.status}.")
        return
    if problem := chapters_problem(answer.body):
        web.notes.add("chapters.there", place, node, f"The chapters {url} cannot be used: {problem}.")
    _check_open(answer, "chapters file", place, node, web)


def _check_open(answer: Answer, what: str, place: str, node: Node, web: _Web) -> None:
    if answer.headers.get("access-control-allow-origin") is None:
        web.notes.add(
            "transcript.open",
            place,
            node,
            f"The {what} does not say Access-Control-Allow-Origin: *, so players in a browser cannot read it.",
        )


def chapters_problem(data: bytes) -> str | None:
    """What is wrong with a chapters file, in half a sentence; None where it is right.

    Args:
        data: the file.
    """
    if len(data) > MOST_CHAPTER_BYTES:
        return "it is too large"
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(found, dict) or not isinstance(found.get("chapters"), list):
        return "it has no list of chapters"
    if not isinstance(found.get("version"), str):
        return "it names no version"
    before = -1.0
    for chapter in found["chapters"]:
        start = chapter.get("startTime") if isinstance(chapter, dict) else None
        if isinstance(start, bool) or not isinstance(start, int | float) or start < 0:
            return "a chapter has no startTime in seconds"
        if start < before:
            return "its chapters are not in the order of time"
        before = start
    return None


def _type(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
