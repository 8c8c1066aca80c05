"""`companion publish`, `unpublish` and `show`: what a host says of episodes and show, from a terminal."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from companion.cli.shared import Bars, console
from companion.config import Settings
from companion.core import Companion
from companion.publishing import Item, Level, MissingError, read_when, show_line
from companion.types import Progress, Publication

_MARKS = {Level.MUST: "needed", Level.SHOULD: "missing", Level.MAY: "look at"}


@click.command()
@click.argument("slug")
@click.option(
    "--at", "when", metavar="WHEN", help="Later, at a time such as 2026-12-01 09:00+01:00 (or local, without)."
)
@click.option("--anyway", is_flag=True, help="Although a description, a cover or something of the show is missing.")
@click.option("--check", is_flag=True, help="Only say what is still missing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def publish(settings: Settings, slug: str, when: str | None, anyway: bool, check: bool, as_json: bool) -> None:
    r"""Lets listeners find an episode, now or at a time, once the checklist has nothing against it.

    A time needs `companion serve` or `companion work` to be running then; what is overdue comes out when they start.

    \b
    companion publish the-dishwasher --check
    companion publish the-dishwasher
    companion publish the-dishwasher --at "2026-12-01 09:00"
    """
    at = read_when(when) if when else None
    now = datetime.now(UTC)
    with Companion.open(settings) as companion:
        before = companion.publishing.state(slug, now)
        if not as_json:
            _say(before.checklist.items)
        became = before.episode.publication
        if not check:
            with Bars() as bars:
                became = companion.publishing.publish(
                    slug,
                    now,
                    at=at,
                    anyway=anyway,
                    wait=at is None,
                    progress=lambda done, total: bars.show(Progress("measure", done, total or 0.0, "s"), ""),
                )
        elif before.checklist.blocking and not as_json:
            raise MissingError(before.episode.title, before.checklist.blocking)
        after = companion.publishing.state(slug, datetime.now(UTC))
    if as_json:
        row = {
            "slug": slug,
            "publication": became,
            "published": _iso(after.episode.published),
            "missing": [asdict(item) for item in after.checklist.items],
            "file": after.file.sha256 if after.file and became is Publication.PUBLISHED else None,
        }
        click.echo(json.dumps(row, ensure_ascii=False, indent=1))
    elif not check:
        date = after.episode.published
        words = {Publication.SCHEDULED: f"comes out on {date:%Y-%m-%d at %H:%M} UTC" if date else "comes out"}
        click.echo(f"“{after.episode.title}” {words.get(became, 'is published')}.")


@click.command()
@click.argument("slug")
@click.pass_obj
def unpublish(settings: Settings, slug: str) -> None:
    r"""Takes an episode from listeners at once: its pages, the feed, the search, its recording. Nothing is deleted.

    \b
    companion unpublish the-dishwasher
    """
    with Companion.open(settings) as companion:
        companion.publishing.unpublish(slug)
        click.echo(
            f"“{companion.episode(slug).title}” is not published any more. What podcast apps have loaded they keep."
        )


@click.group()
def show() -> None:
    """What podcast apps show of the whole podcast."""


@show.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    r"""Prints what the show says of itself.

    \b
    companion show list
    """
    with Companion.open(settings) as companion:
        found = asdict(companion.publishing.show())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, value in found.items():
        if name == "persons":
            value = ", ".join(f"{p['name']} ({p['role']})" for p in value)
        click.echo(f"{name:14} {('no', 'yes')[value] if isinstance(value, bool) else value or ''}".rstrip())


@show.command("set")
@click.argument("field")
@click.argument("value")
@click.pass_obj
def set_(settings: Settings, field: str, value: str) -> None:
    r"""Changes one thing that the show says of itself; an empty VALUE takes it away. A cover is given as a file.

    \b
    companion show set title "Leaning In"
    companion show set category "Society & Culture > Relationships"
    companion show set cover cover.jpg
    """
    with Companion.open(settings) as companion:
        known = companion.library.shows.get()
        if field == "cover":
            sha256 = companion.publishing.put_cover(Path(value)) if value else None
            changed = replace(known, cover_sha256=sha256)
        else:
            changed = show_line(known, field.replace("-", "_"), value)
        companion.publishing.save_show(changed)
    click.echo(f"The show's {field} is changed.")


def _say(items: tuple[Item, ...]) -> None:
    for item in items:
        console.print(f"  {_MARKS[item.level]}: {item.sentence}", highlight=False, markup=False)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
