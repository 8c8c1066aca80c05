"""Feeds that other people test their readers with: what we read of them, field by field, against what they say."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from companion.cli.importing import as_data
from companion.errors import CompanionError
from companion.feed.items import ReadFeed
from companion.feed.reading import read_feed
from companion.feed.values import date_of, duration_of, iso
from companion.importing.plan import plan

pytestmark = pytest.mark.peer_data
LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Field:
    """One value that a peer's file names, and what we have for it."""

    feed: str
    name: str
    wanted: Any
    found: Any
    right: bool


def read(path: Path) -> tuple[ReadFeed, dict[str, Any]] | None:
    """The feed and what `--dry-run --json` prints of it; None where it is refused with a sentence."""
    try:
        feed = read_feed(path.read_bytes(), LIMIT_BYTES)
    except CompanionError as error:
        if not error.sentence.endswith("."):
            raise AssertionError(error.sentence) from error
        return None
    planned = plan(path.name, feed, (), ())
    return planned.feed, as_data(planned)


def flat(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(re.sub(r"<[^<>]*>", "", html.unescape(value)).split()) or None
    if isinstance(value, list):
        return [flat(v) for v in value] or None
    return value


def same(wanted: Any, found: Any) -> bool:
    wanted, found = flat(wanted), flat(found)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(same(w, f) for w, f in zip(wanted, found, strict=True))
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(same(v, found.get(k)) for k, v in wanted.items())
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted.casefold() == found.casefold()
    return bool(wanted == found)


def podcastparser_fields(path: Path) -> Iterator[Field]:
    """What podcastparser's JSON names and an import keeps."""
    wanted = json.loads(path.with_suffix(".json").read_text("utf-8"))
    whole = read(path)
    assert whole is not None, path
    feed, data = whole

    def field(name: str, want: Any, *found: Any) -> Field:
        # An item's address of a file is what their test's own folder makes of a relative one.
        local = isinstance(want, str) and want.startswith("file://")
        ok = any(same(want, f) or (local and f and want.endswith("/" + str(f).lstrip("/"))) for f in found)
        return Field(path.stem, name, want, found[0], ok)

    for theirs, ours in (
        ("title", "title"), ("link", "link"), ("language", "language"), ("description", "description"),
        ("cover_url", "image_url"),
    ):  # fmt: skip
        if theirs in wanted:
            yield field(f"feed.{ours}", wanted[theirs], data["feed"][ours])
    for name, found in (
        ("itunes_author", feed.author),
        ("explicit", feed.explicit),
        ("itunes_categories", [list(c) for c in feed.categories]),
        ("import_prohibited", feed.locked),
    ):
        if name in wanted:
            yield field(f"feed.{name}", wanted[name], found)
    if "itunes_owner" in wanted:
        yield field("feed.owner", wanted["itunes_owner"].get("email"), feed.owner_email)
        yield field("feed.owner_name", wanted["itunes_owner"].get("name"), feed.owner_name)
    param = path.with_suffix(".param.json")
    most = json.loads(param.read_text("utf-8"))["max_episodes"] if param.is_file() else None
    items = list(zip(feed.items, data["episodes"], strict=True))[:most]
    yield field("episodes", len(wanted["episodes"]), len(items))
    by_guid = {
        e["guid"].rpartition("/")[2] if e["guid"].startswith("file:") else e["guid"]: e for e in wanted["episodes"]
    }
    for item, printed in items:
        want = by_guid.get(item.guid) or by_guid.get(item.guid.rpartition("/")[2])
        if want is None:
            continue
        sound = printed["enclosure"] or {}
        yield field("guid", want["guid"], printed["guid"])
        yield field("title", want["title"], printed["title"])
        yield field("link", want["link"] or None, printed["link"])
        when = datetime.fromtimestamp(want["published"], UTC) if want["published"] else None
        yield field("published", iso(when), printed["published"])
        yield field("duration_s", want["total_time"] or None, printed["duration_s"] and int(printed["duration_s"]))
        yield field("description", want["description"], item.description, item.content)
        if want["enclosures"]:
            best = next((e for e in want["enclosures"] if e["url"] == sound.get("url")), want["enclosures"][0])
            yield field("enclosure.url", best["url"], sound.get("url"))
            yield field("enclosure.type", best["mime_type"], sound.get("type"))
            yield field("enclosure.length", best["file_size"] if best["file_size"] > 0 else None, sound.get("length"))
        for theirs, found in (
            ("number", printed["episode"]), ("season", printed["season"]), ("type", item.kind),
            ("explicit", item.explicit), ("itunes_author", item.author), ("episode_art_url", item.image),
            ("chapters_json_url", printed["chapters_url"]), ("description_html", item.content or item.description),
            ("transcript_url", printed["transcripts"][0]["url"] if printed["transcripts"] else None),
            ("persons", _dicts(item.persons)),
            ("chapters", [
                {"start": int(c.start_s), "title": c.title, "href": c.href, "image": c.img} for c in item.chapters
            ]),
        ):  # fmt: skip
            if theirs in want:
                yield field(theirs, want[theirs], found)


def peer_fields(path: Path) -> Iterator[Field]:
    """What the JSON beside a peer case names and an import keeps."""
    case = json.loads(path.with_suffix(".json").read_text("utf-8"))
    whole = read(path)
    if whole is None:
        name, fine = "refused with a sentence", bool(case.get("refuse")) or not case["wellformed_xml"]
        yield Field(path.stem, name, "may be refused" if fine else "is read", "refused", fine)
        return
    if case.get("refuse"):
        yield Field(path.stem, "refused or read", "no crash", "read", True)
    feed, data = whole
    kept = {**data["feed"], "title": feed.title if feed.title != path.stem else "", "image": feed.image,
            "podcast_guid": feed.guid, "author": feed.author, "owner_email": feed.owner_email,
            "owner_name": feed.owner_name, "explicit": feed.explicit, "persons": _dicts(feed.persons)}  # fmt: skip
    for block in ("expect", "literal", "policy"):
        part = case.get(block, {})
        tag = " (policy)" if block == "policy" else ""
        for name, want in part.get("feed", {}).items():
            if name.removesuffix("_any_of") in kept:
                yield _one(path.stem + tag, f"feed.{name}", name, want, kept)
        if "n_items" in part:
            found = len(data["episodes"])
            yield Field(path.stem + tag, "n_items", part["n_items"], found, found == part["n_items"])
        for want in part.get("items", []):
            if want["i"] >= len(feed.items):
                yield Field(path.stem + tag, f"item {want['i']}", "there", "missing", False)
                continue
            item, printed = feed.items[want["i"]], data["episodes"][want["i"]]
            sound = printed["enclosure"] or {}
            ours = {
                **printed, "description": item.description or item.content, "author": item.author, "image": item.image,
                "enclosure_url": sound.get("url"), "enclosure_type": sound.get("type"), "explicit": item.explicit,
                "enclosure_length": sound.get("length"), "episode_type": item.kind,
                "enclosures": [{"url": e.url, "type": e.type, "length": e.length_bytes} for e in item.enclosures],
                "persons": _dicts(item.persons), "transcripts": _dicts(item.transcripts),
                "chapters": _dicts(item.chapters),
            }  # fmt: skip
            for name, value in want.items():
                if name.removesuffix("_any_of") in ours:
                    yield _one(path.stem + tag, f"{want['i']}.{name}", name, value, ours)


def _one(feed: str, label: str, name: str, want: Any, ours: dict[str, Any]) -> Field:
    found = ours[name.removesuffix("_any_of")]
    wants = want if name.endswith("_any_of") else [want]
    return Field(feed, label, want, found, any(same(w, found) for w in wants))


def _dicts(rows: Any) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in row.__slots__} for row in rows]


def _table(fields: list[Field]) -> str:
    rows = [f for f in fields if not f.right]
    share = 1 - len(rows) / len(fields)
    lines = [f"{len(fields) - len(rows)} of {len(fields)} fields ({share:.1%}); the others:"]
    lines += [f"{f.feed:45} {f.name:22} theirs {str(f.wanted)[:60]!r:62} ours {str(f.found)[:60]!r}" for f in rows]
    return "\n".join(lines)


def _share(fields: list[Field]) -> float:
    return sum(f.right for f in fields) / len(fields)


def test_all_feeds_of_podcastparser_are_read_as_it_reads_them(peer_data: Path) -> None:
    paths = sorted((peer_data / "feeds/podcastparser/tests/data").glob("*.rss"))
    assert len(paths) == 70
    fields = [f for path in paths for f in podcastparser_fields(path)]
    print(_table(fields))
    assert _share(fields) >= 0.95


def test_all_peer_cases_are_read_as_their_tests_say(peer_data: Path) -> None:
    paths = sorted((peer_data / "peer-cases/feeds").glob("*/*.xml"))
    assert len(paths) == 43
    fields = [f for path in paths for f in peer_fields(path)]
    print(_table(fields))
    assert _share([f for f in fields if "policy" not in f.feed]) >= 0.95


def test_dates_are_read_as_others_read_them(peer_data: Path) -> None:
    rows = json.loads((peer_data / "peer-cases/feeds/values/dates.json").read_text("utf-8"))
    wrong = [(r["text"], r["utc"], iso(date_of(r["text"]))) for r in rows if iso(date_of(r["text"])) != r["utc"]]
    assert not wrong


def test_durations_are_read_as_others_read_them(peer_data: Path) -> None:
    rows = json.loads((peer_data / "peer-cases/feeds/values/durations.json").read_text("utf-8"))
    assert [(r["text"], d) for r in rows if not r.get("policy") and (d := duration_of(r["text"])) != r["seconds"]] == []
