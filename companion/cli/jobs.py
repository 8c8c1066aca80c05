"""`companion jobs`: what is done with the episodes, stopped and taken up again."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
from rich.console import Console
from rich.table import Table

from companion.cli.shared import STAGES, model_option
from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError
from companion.handing import Job, JobState, Parameters
from companion.types import EpisodeState

WIDE = 140
_ALL = (*(s for s in EpisodeState if s is not EpisodeState.READY), EpisodeState.READY)


@click.group("jobs")
def jobs() -> None:
    r"""What is done with the episodes: list it, stop it, go on, try again.

    \b
    companion jobs list
    companion jobs stop late-again
    companion jobs retry late-again --model small.en --hotword Mara
    """


@jobs.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are done.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_obj
def list_command(settings: Settings, every: bool, as_json: bool) -> None:
    r"""Lists what waits, is in work, was stopped or has failed.

    \b
    companion jobs list
    """
    with Companion.open(settings) as companion:
        found = companion.desk.jobs(_ALL) if every else companion.desk.jobs()
    if as_json:
        click.echo(json.dumps([_json(job) for job in found], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("Episode", "Is", "How far", "Left", "What went wrong"):
        table.add_column(name, overflow="fold")
    for job in found:
        table.add_row(job.episode.slug, job.state, _how_far(job), _left(job), job.error or "")
    if found:
        out = Console()
        (out if out.is_terminal else Console(width=WIDE)).print(table)
    click.echo(f"{len(found)} {'job' if len(found) == 1 else 'jobs'}.")


@jobs.command("stop")
@click.argument("slug")
@click.pass_obj
def stop_command(settings: Settings, slug: str) -> None:
    r"""Stops a job: one that waits at once, one in work after the piece in hand. What is done is kept.

    \b
    companion jobs stop late-again
    """
    _change(settings, lambda companion: companion.desk.stop(slug))


@jobs.command("resume")
@click.argument("slug")
@click.pass_obj
def resume_command(settings: Settings, slug: str) -> None:
    r"""Goes on with a job that was stopped, at the next piece.

    \b
    companion jobs resume late-again
    """
    _change(settings, lambda companion: companion.desk.resume(slug))


@jobs.command("retry")
@click.argument("slug")
@model_option
@click.option("--speakers", type=click.IntRange(0, 20), help="How many voices it has; 0: estimated.")
@click.option("--hotword", "hotwords", multiple=True, metavar="WORD", help="A word to listen for; repeat it.")
@click.pass_obj
def retry_command(
    settings: Settings, slug: str, model: str | None, speakers: int | None, hotwords: tuple[str, ...]
) -> None:
    r"""Tries again what failed or was stopped. What is not said anew stays as it was.

    \b
    companion jobs retry late-again
    companion jobs retry late-again --model small.en --speakers 3
    """

    def again(companion: Companion) -> Job:
        before = companion.desk.job(slug).parameters
        number = before.speakers if speakers is None else speakers or None
        asked = Parameters(model or before.model, number, hotwords or before.hotwords, before.voices)
        return companion.desk.retry(slug, asked)

    _change(settings, again)


@jobs.command("remove")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_command(settings: Settings, slug: str, yes: bool) -> None:
    r"""Takes an episode out of the library, with all that belongs to it.

    \b
    companion jobs remove late-again --yes
    """
    with Companion.open(settings) as companion:
        title = companion.episode(slug).title
        if not yes and not click.confirm(f"Take “{title}” out of the library, with its transcript and moments?"):
            raise BadInputError("Nothing was changed.")
        companion.desk.remove(slug)
    click.echo(f"“{title}” is out of the library.")


def _change(settings: Settings, change: Callable[[Companion], Job]) -> None:
    with Companion.open(settings) as companion:
        job = change(companion)
    click.echo(f"{job.episode.slug}: {job.state}")


def _how_far(job: Job) -> str:
    if job.state not in (JobState.WORKING, JobState.STOPPING, JobState.STOPPED) or not job.progress.stage:
        return ""
    stage = STAGES.get(job.progress.stage, job.progress.stage)
    return f"{stage}, {job.progress.share:.0%}" if job.progress.total else stage


def _left(job: Job) -> str:
    if job.left_s is None:
        return ""
    return f"about {job.left_s / 60:.0f} min" if job.left_s >= 90 else f"about {job.left_s:.0f} s"


def _json(job: Job) -> dict[str, object]:
    return {
        "slug": job.episode.slug,
        "title": job.episode.title,
        "state": job.state,
        "stage": job.progress.stage or None,
        "share": round(job.progress.share, 4) if job.progress.total else None,
        "left_s": None if job.left_s is None else round(job.left_s, 1),
        "error": job.error,
        "model": job.parameters.model,
        "speakers": job.parameters.speakers,
        "hotwords": job.parameters.hotwords,
        "voices": [{"name": v.name, "role": v.role} for v in job.parameters.voices],
    }
