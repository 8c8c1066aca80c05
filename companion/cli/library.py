"""Commands that work on a library: add, work, search, demo."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from companion.cli.shared import (
    BUNDLED_NOTE,
    Bars,
    at_time,
    console,
    files_of,
    model_option,
    note_bundled,
    roles,
    speakers_option,
    track_option,
)
from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, BusyError, NotFoundError, StoppedError
from companion.pipeline import read_folder, read_show_file
from companion.types import Episode, EpisodeFiles, EpisodeState, Publication, StoredMoment, Voice

POLL_S = 0.2
IDLE_POLL_S = 1.0
SWEEP_EVERY_S = 3600.0  # uploads that nobody goes on with
WIDE = 140  # characters of a table that goes into a file or a pipe
DRAFT_NOTE = (
    "A draft: listeners find it once it is published, at /host on the site (companion serve) or by companion publish."
)
SAMPLE_SHOW = Path(__file__).resolve().parents[2] / "episodes"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@track_option
@speakers_option
@click.option(
    "--speaker",
    "named",
    multiple=True,
    metavar="NAME=ROLE",
    help="A voice, in the order of first words: therapist, partner or host.",
)
@click.option("--title", help="The episode's title (default: from the file's name).")
@model_option
@click.option("--no-wait", is_flag=True, help="Leave the work to `companion work` or `companion serve`.")
@click.option("--publish", is_flag=True, help="Listeners find them as soon as they are ready; else they are drafts.")
@click.option("--json", "as_json", is_flag=True, help="Print the episodes as JSON.")
@click.pass_obj
def add(
    settings: Settings,
    paths: tuple[Path, ...],
    tracks: tuple[str, ...],
    speakers: int | None,
    named: tuple[str, ...],
    title: str | None,
    model: str | None,
    no_wait: bool,
    publish: bool,
    as_json: bool,
) -> None:
    r"""Adds episodes: recordings, folders with an episode.toml, or a track for each speaker.

    Stopping loses nothing: the work goes on with the next `companion add`, `work` or `serve`.

    \b
    companion add episode.mp3 --speakers 3 --speaker Ruth=therapist --speaker Ana=partner --speaker Ben=partner
    companion add my-episode/
    companion add --track Ana=ana.wav --track Ben=ben.wav --title "The dishwasher"
    """
    voices = tuple(Voice(n, n, role, confirmed=True) for n, role in roles(named, "--speaker").items())
    wanted = [files for path in paths for files in _handed_in(path, speakers, voices)]
    if tracks or not paths:
        wanted.append(files_of(None, tracks, speakers, voices))
    if title and len(wanted) > 1:
        raise BadInputError("--title names one episode. Add them one by one.")
    with Companion.open(settings) as companion:
        for path in paths:
            _begin_show(companion, path)
        episodes = []
        for files in wanted:
            episode, new = companion.add(
                replace(files, title=title or files.title),
                model or settings.model,
                Publication.PUBLISHED if publish else Publication.DRAFT,
            )
            if not new and not as_json:
                console.print(f"“{episode.title}” is in the library already.", highlight=False)
            episodes.append(episode)
        if not no_wait:
            episodes = _finish(companion, episodes)
        if as_json:
            click.echo(json.dumps([_episode_json(companion, e) for e in episodes], ensure_ascii=False, indent=1))
        elif not no_wait:
            _print_found(companion, episodes)
            if any(episode.publication is Publication.DRAFT for episode in episodes):
                console.print(DRAFT_NOTE, style="dim", highlight=False)


@click.command()
@click.option("--until-done", is_flag=True, help="Stop when no episode is waiting any more.")
@click.option("--until-closed", is_flag=True, hidden=True, help="Stop when standard input is closed.")
@click.pass_obj
def work(settings: Settings, until_done: bool, until_closed: bool) -> None:
    r"""Works on the episodes that wait, and goes on where a stopped or killed worker left off.

    \b
    companion work --until-done
    """
    if until_closed:
        threading.Thread(target=_end_with_input, daemon=True).start()
    with Companion.open(settings) as companion:
        run_worker(companion, lambda: until_done and not companion.work_in_hand())


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the places as JSON.")
@click.pass_obj
def search(settings: Settings, words: tuple[str, ...], page: int, as_json: bool) -> None:
    r"""Finds what was said, across all episodes. Quotes keep words together; a star stands for any ending.

    \b
    companion search lonely
    companion search '"come home"' 'dish*'
    """
    with Companion.open(settings) as companion:
        found = companion.search(" ".join(words), page)
    if as_json:
        rows = [
            {
                "episode": h.episode_slug,
                "start_s": h.start_s,
                "end_s": h.end_s,
                "speaker": h.speaker,
                "text": "".join(text for text, _ in h.snippet),
                "moment": h.moment_id,
            }
            for h in found.hits
        ]
        click.echo(json.dumps({"total": found.total, "hits": rows}, ensure_ascii=False, indent=1))
        return
    if not found.hits:
        raise NotFoundError("Nobody says that in any episode. Try fewer or other words.")
    for hit in found.hits:
        text = "".join(click.style(t, bold=True) if found_here else t for t, found_here in hit.snippet)
        click.echo(f"{hit.episode_title}  {at_time(hit.start_s)}  {hit.speaker or '?'}: {text}")
    click.echo(f"{found.total} places, page {found.page} of {found.pages}", err=True)


@click.command()
@click.option(
    "--episodes", type=click.Path(path_type=Path, file_okay=False), default=SAMPLE_SHOW, help="The sample show."
)
@click.option("--serve/--no-serve", "serving", default=True, help="Open the site at the end.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.pass_context
def demo(context: click.Context, episodes: Path, serving: bool, port: int) -> None:
    r"""Takes in the sample show with the bundled recogniser, lists its moments and opens the site on them.

    \b
    companion --home .demo demo
    """
    settings: Settings = context.obj.with_(show_suggestions=True)  # nobody has reviewed the moments of the sample show
    context.obj = settings
    folders = sorted(p.parent for p in episodes.glob("*/episode.toml"))
    if not folders:
        raise NotFoundError(f"There is no sample show in {episodes}. It comes with the project's source.")
    with Companion.open(settings) as companion:
        _begin_show(companion, episodes)
        added = [companion.add(read_folder(folder), "bundled", Publication.PUBLISHED)[0] for folder in folders]
        _print_found(companion, _finish(companion, added))
    console.print("The sample show is played by synthetic voices. " + BUNDLED_NOTE, style="dim", highlight=False)
    if serving:
        from companion.cli.serve import serve

        context.invoke(serve, port=port)


def _handed_in(path: Path, speakers: int | None, voices: tuple[Voice, ...]) -> list[EpisodeFiles]:
    if not path.is_dir():
        return [files_of(path, (), speakers, voices)]
    folders = [path] if (path / "episode.toml").is_file() else sorted(p.parent for p in path.glob("*/episode.toml"))
    if not folders:
        raise NotFoundError(
            f"{path.name} is a folder without an episode.toml. Give the recording in it, or write an episode.toml."
        )
    found = [read_folder(folder) for folder in folders]
    return [replace(f, speakers=speakers or f.speakers, voices=voices or f.voices) for f in found]


def _begin_show(companion: Companion, folder: Path) -> None:
    """Takes what a folder of episodes says of its show, if it is the first to say anything."""
    found = read_show_file(folder)
    if found is not None:
        companion.publishing.begin_show(*found)


def _finish(companion: Companion, episodes: list[Episode]) -> list[Episode]:
    """Works, or watches another worker, until these episodes are ready; what cannot be read is taken out again."""
    slugs = [e.slug for e in episodes]

    def done() -> bool:
        states = [companion.progress(slug)[0] for slug in slugs]
        return all(s not in (EpisodeState.WAITING, EpisodeState.WORKING) for s in states)

    if not done():
        run_worker(companion, done)
    for slug in slugs:
        episode = companion.episode(slug)
        if episode.state is EpisodeState.FAILED:
            companion.discard(slug)
            raise BadInputError(episode.error or "It could not be taken in.")
        if episode.state is EpisodeState.STOPPED:
            raise StoppedError(f"“{episode.title}” was stopped at the desk. To go on: companion jobs resume {slug}")
    return [companion.episode(slug) for slug in slugs]


def _end_with_input() -> None:
    """Ends the process when whoever started it is gone, however it went; the next worker goes on where this one was."""
    sys.stdin.buffer.read()
    os._exit(0)


def run_worker(companion: Companion, done: Callable[[], bool]) -> None:
    """Works on the library, or watches another worker, until something is done."""
    try:
        with companion.worker() as worker, companion.ticker():
            _watch(companion, done, worker.submit)
    except BusyError as error:
        console.print(error.sentence, highlight=False)
        _watch(companion, done, lambda: None)
    except KeyboardInterrupt:
        # Whatever is in hand is safe at any point, so nothing is waited for: the next worker goes on there.
        console.print("Stopped; what is done is kept. `companion work` goes on.", highlight=False)
        os._exit(130)


def _watch(companion: Companion, done: Callable[[], bool], submit: Callable[[], None]) -> None:
    swept_s = 0.0
    with Bars() as bars:
        while not done():
            submit()
            if time.monotonic() - swept_s > SWEEP_EVERY_S:
                companion.desk.uploads.sweep(datetime.now(UTC))
                swept_s = time.monotonic()
            for episode in companion.episodes():
                if episode.state is EpisodeState.WORKING:
                    _, progress, _ = companion.progress(episode.slug)
                    bars.show(progress, f"{episode.title}: ")
            time.sleep(POLL_S if companion.work_in_hand() else IDLE_POLL_S)


def _print_found(companion: Companion, episodes: list[Episode]) -> None:
    table = Table(title="Moments", title_justify="left", box=None, pad_edge=False)
    for name in ("Episode", "At", "Length", "Who to whom", "What happens", "In words"):
        table.add_column(name, overflow="fold", no_wrap=name in ("At", "Length"))
    number = 0
    for episode in episodes:
        note_bundled(episode.model, episode.sample)
        for stored in _all_moments(companion, episode.slug):
            number += 1
            moment = stored.moment
            table.add_row(
                episode.title,
                at_time(moment.start_s),
                f"{moment.length_s:.0f} s",
                f"{moment.validating_speaker} to {moment.validated_speaker}",
                ", ".join(t.tag for t in moment.tags[:3]),
                moment.quote if len(moment.quote) < 90 else moment.quote[:87] + "…",
            )
    if number:
        out = Console()
        (out if out.is_terminal else Console(width=WIDE)).print(table)
    click.echo(f"{number} moments in {len(episodes)} episodes.")


def _all_moments(companion: Companion, slug: str) -> list[StoredMoment]:
    found: list[StoredMoment] = []
    page = 1
    while True:
        part = companion.moments(episode_slug=slug, page=page)
        found += part.moments
        if page == part.pages:
            return found
        page += 1


def _episode_json(companion: Companion, episode: Episode) -> dict[str, object]:
    return {
        "slug": episode.slug,
        "title": episode.title,
        "state": episode.state,
        "duration_s": episode.duration_s,
        "model": episode.model,
        "moments": companion.moments(episode_slug=episode.slug).total,
    }
