"""`companion clip` and `companion listeners`: a moment as a file, and how often something was played."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from companion.cli.shared import Bars, at_time
from companion.config import Settings
from companion.core import RECENT_DAYS, Companion, Plays
from companion.errors import CompanionError
from companion.types import Progress


@click.command()
@click.argument("moment_id", metavar="ID")
@click.option("--audio", "kind", flag_value="audio", default="audio", help="The sound, MP3 (default).")
@click.option("--video", "kind", flag_value="video", help="A square video with the words as they are said, MP4.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write here (default: a name in plain words)."
)
@click.pass_obj
def clip(settings: Settings, moment_id: str, kind: str, out: Path | None) -> None:
    r"""Takes a moment along, as sound or as a video for sharing.

    \b
    companion clip 1f0c2a9b7d33 --out moment.mp3
    companion clip 1f0c2a9b7d33 --video --out moment.mp4
    """
    with Companion.open(settings) as companion, Bars() as bars:

        def tell(share: float) -> None:
            bars.show(Progress("clip", share, 1.0, ""))

        if kind == "video":
            made = companion.clips.make_video(moment_id, tell)
        else:
            made = companion.clips.sound(moment_id, approved_only=False)
        target = out or Path(made.name)
        half = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(made.path, half)
            half.replace(target)
        except OSError as error:
            raise CompanionError(f"{target} cannot be written ({error.strerror}). Choose another place.") from error
        finally:
            half.unlink(missing_ok=True)
    click.echo(str(target))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of lines to read.")
@click.pass_obj
def listeners(settings: Settings, as_json: bool) -> None:
    r"""How often episodes and moments were played: totals, and nothing of who it was.

    \b
    companion listeners
    companion listeners --json
    """
    with Companion.open(settings) as companion:
        plays = companion.counting.plays()
    if as_json:
        click.echo(json.dumps(_json(plays), ensure_ascii=False, indent=1))
        return
    if not plays.episodes:
        click.echo("Nothing was played yet.")
        return
    click.echo(f"{f'last {RECENT_DAYS} days':>13}  {'in all':>7}")
    for episode in plays.episodes:
        click.echo(f"{episode.recent:>13}  {episode.ever:>7}  {episode.title}")
        for moment in episode.moments:
            at = f", {at_time(moment.start_s)}" if moment.start_s is not None else ""
            click.echo(f"{moment.recent:>13}  {moment.ever:>7}      {moment.who or 'a moment that is no more'}{at}")


def _json(plays: Plays) -> dict[str, object]:
    return {
        "recent_days": RECENT_DAYS,
        "days": [{"day": day.isoformat(), "plays": n} for day, n in plays.days],
        "episodes": [
            {
                "slug": e.slug,
                "title": e.title,
                "recent": e.recent,
                "ever": e.ever,
                "moments": [
                    {"id": m.id, "who": m.who, "start_s": m.start_s, "recent": m.recent, "ever": m.ever}
                    for m in e.moments
                ],
            }
            for e in plays.episodes
        ],
    }
