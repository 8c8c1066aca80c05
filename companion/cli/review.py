"""`companion review`: what the machine suggests of an episode, and what a host says to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from companion.cli.shared import at_time
from companion.config import Settings
from companion.core import LABELS, Companion
from companion.errors import BadInputError
from companion.types import DecisionKind, LookAlike, ParallelStretch, StoredMoment, Tag

LINE_CHARS = 100


@click.group()
def review() -> None:
    r"""Looks through what was found in an episode: approve, reject, take back.

    \b
    companion review list four-minutes
    companion review approve 1f0c2a9b7d33 --tag validation --tag care
    companion review reject 1f0c2a9b7d33
    """


@review.command("list")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of lines to read.")
@click.pass_obj
def list_command(settings: Settings, slug: str, as_json: bool) -> None:
    r"""Suggested moments, the least certain first; what only looks like one; where both turn away.

    \b
    companion review list four-minutes
    """
    with Companion.open(settings) as companion:
        found = companion.moments_of(slug)
        looks, parallels = companion.look_alikes(slug), companion.parallels(slug)
    ordered = sorted(found, key=lambda m: (m.moment.state, m.moment.score))
    if as_json:
        click.echo(json.dumps(_json(ordered, looks, parallels), ensure_ascii=False, indent=1))
        return
    for stored in ordered:
        click.echo(_moment_lines(stored))
    for look in looks:
        click.echo(f"listen: looks like it, is not  {at_time(look.start_s)} to {at_time(look.end_s)}  {look.speaker}")
        click.echo(f"    > {_cut(look.bid)}\n    {_cut(look.text)}\n")
    for stretch in parallels:
        click.echo(f"both keep turning away  {at_time(stretch.start_s)} to {at_time(stretch.end_s)}\n")
    click.echo(f"{len(found)} moments, {len(looks)} that only look like one, {len(parallels)} parallel monologues.")


@review.command("approve")
@click.argument("moment_id", metavar="ID")
@click.option("--tag", "tags", multiple=True, help="The tags that it has; repeat it. Without: as suggested.")
@click.option("--start", "start_s", type=float, help="Where it begins, in seconds.")
@click.option("--end", "end_s", type=float, help="Where it ends, in seconds.")
@click.pass_obj
def approve_command(
    settings: Settings, moment_id: str, tags: tuple[str, ...], start_s: float | None, end_s: float | None
) -> None:
    """Says that a moment is one, with other tags or bounds where they are given."""
    chosen = _tags(tags) or None
    _decide(settings, moment_id, DecisionKind.APPROVE, tags=chosen, start_s=start_s, end_s=end_s)


@review.command("reject")
@click.argument("moment_id", metavar="ID")
@click.pass_obj
def reject_command(settings: Settings, moment_id: str) -> None:
    """Says that it is none: it is not shown any more, and never suggested again."""
    _decide(settings, moment_id, DecisionKind.REJECT)


@review.command("reopen")
@click.argument("moment_id", metavar="ID")
@click.pass_obj
def reopen_command(settings: Settings, moment_id: str) -> None:
    """Takes back what was decided."""
    _decide(settings, moment_id, DecisionKind.REOPEN)


def _decide(settings: Settings, moment_id: str, kind: DecisionKind, **change: Any) -> None:
    with Companion.open(settings) as companion:
        now = companion.reviewing.decide(moment_id, kind, **change)
    click.echo(_moment_lines(now).rstrip() if now else f"{moment_id}: not shown any more.")


def _tags(names: tuple[str, ...]) -> tuple[Tag, ...]:
    try:
        return tuple(Tag(name) for name in names)
    except ValueError as error:
        raise BadInputError(f"{error}. The tags are {', '.join(Tag)}.") from None


def _moment_lines(stored: StoredMoment) -> str:
    moment = stored.moment
    names = ", ".join(LABELS[t.tag] for t in moment.tags)
    return (
        f"{stored.id}  {moment.state}  {moment.score:.2f}  {at_time(moment.start_s)} to {at_time(moment.end_s)}  "
        f"{moment.validating_speaker} to {moment.validated_speaker}: {names}\n"
        f"    > {_cut(moment.bid)}\n    {_cut(moment.quote)}\n"
    )


def _cut(text: str) -> str:
    return text if len(text) <= LINE_CHARS else text[: LINE_CHARS - 1].rsplit(" ", 1)[0] + "…"


def _json(
    found: Sequence[StoredMoment], looks: tuple[LookAlike, ...], parallels: tuple[ParallelStretch, ...]
) -> dict[str, Any]:
    return {
        "moments": [
            {
                "id": m.id,
                "state": m.moment.state,
                "kind": m.moment.kind,
                "score": m.moment.score,
                "start_s": m.moment.start_s,
                "end_s": m.moment.end_s,
                "title": m.moment.title,
                "tags": [t.tag for t in m.moment.tags],
            }
            for m in found
        ],
        "near_misses": [
            {"start_s": k.start_s, "end_s": k.end_s, "speaker": k.speaker, "bid": k.bid, "text": k.text} for k in looks
        ],
        "parallels": [{"start_s": p.start_s, "end_s": p.end_s} for p in parallels],
    }
