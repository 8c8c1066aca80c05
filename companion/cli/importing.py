"""`companion import`: the episodes of a feed into the library."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from companion.cli.library import WIDE, run_worker
from companion.cli.shared import at_time, console, model_option
from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, CompanionError
from companion.feed.items import ReadItem
from companion.feed.values import iso
from companion.importing import Offer, OfferState, Plan, Wishes, check_lock
from companion.types import Episode, EpisodeState

SHOWN = 30  # lines of the table


@click.command("import")
@click.argument("source", metavar="URL_OR_FILE")
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and take nothing.")
@click.option("--latest", type=click.IntRange(1), metavar="N", help="Only the newest N of those that are new.")
@click.option("--only", "guids", multiple=True, metavar="GUID", help="Only the episode of this guid; repeat it.")
@click.option("--recognise", is_flag=True, help="Recognise the words although a transcript comes along; keep both.")
@click.option("--publish", is_flag=True, help="Listeners find them as soon as they are ready; else they are drafts.")
@click.option("--i-own-this-feed", "mine", is_flag=True, help="Take a feed that its owner has locked: it is yours.")
@click.option("--yes", is_flag=True, help="Do not ask before anything is loaded.")
@click.option("--no-wait", is_flag=True, help="Leave the work to `companion work` or `companion serve`.")
@model_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON: with --dry-run the feed, else the episodes.")
@click.pass_obj
def import_command(
    settings: Settings,
    source: str,
    dry_run: bool,
    latest: int | None,
    guids: tuple[str, ...],
    recognise: bool,
    publish: bool,
    mine: bool,
    yes: bool,
    no_wait: bool,
    model: str | None,
    as_json: bool,
) -> None:
    r"""Takes the episodes of a podcast's feed into the library: those that it does not have yet.

    Keeps their guids, dates, notes, chapters, people and transcripts. What was stopped goes on where it was.

    \b
    companion import https://example.org/feed.xml --latest 3
    companion import feed.xml --dry-run --json
    """
    with Companion.open(settings) as companion:
        plan = companion.importing.look(source)
        if dry_run:
            if as_json:
                click.echo(json.dumps(as_data(plan), ensure_ascii=False, indent=2))
            else:
                _show(plan, plan.takeable)
            return
        wishes = Wishes(model or settings.model, recognise, publish, mine)
        check_lock(plan.feed, wishes)
        chosen = _chosen(plan, latest, guids)
        if not chosen:
            click.echo("Nothing to take: " + _rest(plan), err=True)
            return
        if not as_json:
            _show(plan, chosen)
        if not yes:
            _ask(chosen)
        begun = companion.importing.begin(plan, {o.item.guid for o in chosen}, wishes)
        if not no_wait:
            _finish(companion, begun)
        now = [companion.episode(e.slug) for e in begun]
        if as_json:
            click.echo(json.dumps([_taken(companion, e) for e in now], ensure_ascii=False, indent=2))
        _report(companion, now, quiet=as_json)


def _chosen(plan: Plan, latest: int | None, guids: tuple[str, ...]) -> tuple[Offer, ...]:
    found = [o for o in plan.takeable if not guids or o.item.guid in guids]
    missing = [g for g in guids if g not in {o.item.guid for o in plan.offers}]
    if missing:
        raise BadInputError(f"The feed has no episode with the guid {missing[0]!r}. --dry-run --json lists them.")
    if latest is not None:
        dated = sorted(found, key=lambda o: o.item.published.timestamp() if o.item.published else 0.0, reverse=True)
        newest = set(map(id, dated[:latest]))
        found = [o for o in found if id(o) in newest]
    return tuple(found)


def _ask(chosen: tuple[Offer, ...]) -> None:
    if not sys.stdin.isatty():
        raise BadInputError("Nothing was taken, for nobody could be asked. Say --yes to take them all the same.")
    click.confirm(f"Load {_number(len(chosen), 'episode')} ({_size(chosen)})?", abort=True, err=True)


def _size(chosen: tuple[Offer, ...]) -> str:
    known = [o.size_bytes for o in chosen if o.size_bytes is not None]
    said = f"{sum(known) / 1e6:.0f} MB" if known else ""
    unsaid = len(chosen) - len(known)
    if not unsaid:
        return said
    more = "of unknown size" if unsaid == len(chosen) else f"and {unsaid} of unknown size"
    return f"{said} {more}".strip()


def _show(plan: Plan, chosen: tuple[Offer, ...]) -> None:
    table = Table(title=Text(plan.feed.title or plan.source), title_justify="left", box=None, pad_edge=False)
    for name in ("Date", "Episode", "Length", "MB", "Words"):
        table.add_column(name, overflow="fold", justify="right" if name in ("Length", "MB") else "left")
    for offer in chosen[:SHOWN]:
        item = offer.item
        table.add_row(
            f"{item.published:%Y-%m-%d}" if item.published else "",
            Text(item.title or item.guid),
            at_time(item.duration_s) if item.duration_s else "",
            f"{offer.size_bytes / 1e6:.0f}" if offer.size_bytes else "?",
            "come along" if offer.transcript else "",
        )
    out = Console()
    (out if out.is_terminal else Console(width=WIDE)).print(table)
    if len(chosen) > SHOWN:
        click.echo(f"… and {len(chosen) - SHOWN} more")
    click.echo(f"{_number(len(chosen), 'episode')} to take ({_size(chosen) if chosen else 'nothing'}); {_rest(plan)}")
    if plan.feed.locked:
        click.echo("The feed is locked: it can be imported by its owner only (--i-own-this-feed).")
    if plan.feed.new_url and plan.feed.new_url != plan.source:
        click.echo(f"The feed says that it has moved to {plan.feed.new_url}")
    if plan.feed.mended:
        click.echo("The feed is not well-formed XML; what could be read was read.")


def _rest(plan: Plan) -> str:
    words = {
        OfferState.THERE: "in the library already",
        OfferState.NO_SOUND: "without a recording",
        OfferState.REPEATED: "twice in the feed",
        OfferState.NO_GUID: "without anything to know it by",
    }
    counted = [f"{n} {text}" for state, text in words.items() if (n := plan.count(state))]
    return ", ".join(counted) + "." if counted else f"{_number(len(plan.offers), 'episode')} in the feed."


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _finish(companion: Companion, begun: tuple[Episode, ...]) -> None:
    def done() -> bool:
        states = [companion.progress(e.slug)[0] for e in begun]
        return all(s in (EpisodeState.READY, EpisodeState.FAILED) for s in states)

    if not done():
        run_worker(companion, done)


def _report(companion: Companion, now: list[Episode], quiet: bool) -> None:
    for episode in now:
        for note in companion.importing.notes(episode.id):
            console.print(f"“{episode.title}”: {note}", highlight=False, markup=False)
    failed = [e for e in now if e.state is EpisodeState.FAILED]
    ready = sum(e.state is EpisodeState.READY for e in now)
    if not quiet:
        waiting = len(now) - ready - len(failed)
        click.echo(f"{_number(ready, 'episode')} taken" + (f", {waiting} in the queue." if waiting else "."))
    if failed:
        for episode in failed[1:]:
            console.print(f"“{episode.title}”: {episode.error}", highlight=False, markup=False)
        raise CompanionError(
            f"{_number(len(failed), 'episode')} could not be taken; importing again tries again. “{failed[0].title}”: "
            f"{failed[0].error}"
        )


def _taken(companion: Companion, episode: Episode) -> dict[str, Any]:
    return {
        "slug": episode.slug,
        "guid": companion.library.episodes.details(episode.id).guid,
        "title": episode.title,
        "state": episode.state,
        "publication": episode.publication,
        "published": iso(episode.published),
        "duration_s": episode.duration_s,
        "model": episode.model,
        "error": episode.error,
    }


def as_data(plan: Plan) -> dict[str, Any]:
    """A feed as `--dry-run --json` prints it: all its items but those that the library has."""
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
        "duration_s": _whole(item.duration_s),
        "season": item.season,
        "episode": item.episode,
        "chapters_url": item.chapters_url,
        "transcripts": [{"url": t.url, "type": t.type, "language": t.language} for t in item.transcripts],
        "persons": [{"name": p.name, "role": p.role, "href": p.href} for p in item.persons],
    }


def _whole(value: float | None) -> int | float | None:
    return int(value) if value is not None and float(value).is_integer() else value
