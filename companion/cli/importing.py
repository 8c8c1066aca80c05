"""`companion import`: the episodes of a feed into the library."""

from __future__ import annotations

import json
from typing import Any

import click

from companion.config import Settings
from companion.core import Companion
from companion.feed.items import ReadItem
from companion.feed.values import iso
from companion.importing import OfferState, Plan


@click.command("import")
@click.argument("source", metavar="URL_OR_FILE")
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and take nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the feed and its episodes as JSON.")
@click.pass_obj
def import_command(settings: Settings, source: str, dry_run: bool, as_json: bool) -> None:
    """Takes the episodes of a podcast's feed into the library."""
    with Companion.open(settings) as companion:
        plan = companion.importing.look(source)
        if as_json:
            click.echo(json.dumps(as_data(plan), ensure_ascii=False, indent=2))


def as_data(plan: Plan) -> dict[str, Any]:
    """A feed as `--json` prints it: all its items but those that the library has."""
    feed = plan.feed
    return {
        "feed": {
            "title": feed.title or None,
            "link": feed.link,
            "description": feed.description or None,
            "language": feed.language,
            "image_url": feed.image,
            "guid": feed.guid,
        },
        "episodes": [_item(o.item) for o in plan.offers if o.state is not OfferState.THERE],
    }


def _item(item: ReadItem) -> dict[str, Any]:
    sound = item.enclosure
    return {
        "guid": item.guid or None,
        "title": item.title or None,
        "link": item.link,
        "published": iso(item.published),
        "enclosure": {"url": sound.url, "type": sound.type, "length": sound.length_bytes} if sound else None,
        "duration_s": _number(item.duration_s),
        "season": item.season,
        "episode": item.episode,
        "chapters_url": item.chapters_url,
        "transcripts": [{"url": t.url, "type": t.type, "language": t.language} for t in item.transcripts],
        "persons": [{"name": p.name, "role": p.role, "href": p.href} for p in item.persons],
    }


def _number(value: float | None) -> int | float | None:
    return int(value) if value is not None and float(value).is_integer() else value
