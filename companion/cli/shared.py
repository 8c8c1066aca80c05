"""What several commands need: options that look alike, progress, output that is whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from companion.errors import BadInputError, CompanionError
from companion.transcribe import BUNDLED
from companion.types import EpisodeFiles, Role, TrackFile, Voice
from companion.types import Progress as Stage

STAGES = {
    "download": "Loading from the web",
    "decode": "Reading the sound",
    "listen": "Finding where somebody speaks",
    "recognise": "Recognising words",
    "voices": "Telling voices apart",
    "publish": "Making the copy to play",
    "measure": "Measuring how loud it is",
    "samples": "Reading conversations",
    "fit": "Learning",
    "judge": "Comparing",
    "clip": "Making the video",
}
BUNDLED_NOTE = (
    "Note: the bundled recogniser knows three synthetic voices only. For real people get a real one once: "
    "companion models download small.en"
)

console = Console(stderr=True)

track_option = click.option(
    "--track", "tracks", multiple=True, metavar="NAME=FILE", help="A recording of one speaker alone; repeat it."
)
speakers_option = click.option("--speakers", type=click.IntRange(1, 20), help="How many voices the recording has.")
model_option = click.option(
    "--model", default=None, help="auto (default), bundled, a name such as small.en, or a model folder."
)
output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of standard output."
)


def pairs(values: tuple[str, ...], option: str) -> list[tuple[str, str]]:
    """NAME=VALUE options.

    Raises:
        BadInputError: one has no name, no value, or a name comes twice.
    """
    found = []
    for value in values:
        name, equals, rest = value.partition("=")
        if not (name.strip() and equals and rest.strip()):
            raise BadInputError(f"{option} {value!r} is not NAME=VALUE, such as {option} Ana=ana.wav.")
        found.append((name.strip(), rest.strip()))
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise BadInputError(f"{option} gives one name twice. Each voice needs a name of its own.")
    return found


def roles(values: tuple[str, ...], option: str = "--role") -> dict[str, Role]:
    """NAME=therapist|partner|host options.

    Raises:
        BadInputError: a role that there is not.
    """
    result = {}
    for name, role in pairs(values, option):
        if role not in (Role.THERAPIST, Role.PARTNER, Role.HOST):
            raise BadInputError(f"{role!r} is not a role. Say therapist, partner or host.")
        result[name] = Role(role)
    return result


def files_of(
    audio: Path | None, tracks: tuple[str, ...], speakers: int | None, voices: tuple[Voice, ...]
) -> EpisodeFiles:
    """A recording, or tracks, as they are handed in.

    Raises:
        BadInputError: neither, or both where only one makes sense.
    """
    named = tuple(TrackFile(name, Path(file)) for name, file in pairs(tracks, "--track"))
    if audio is None and not named:
        raise BadInputError("Give a recording, or a --track NAME=FILE for each speaker.")
    title = (audio or named[0].path).stem.replace("_", " ").replace("-", " ").strip().capitalize()
    return EpisodeFiles(title=title or "Episode", audio=audio, tracks=named, speakers=speakers, voices=voices)


def write(text: str, output: Path | None) -> None:
    """Prints a result, or puts it into a file that is whole or not there.

    Raises:
        CompanionError: the file cannot be written.
    """
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_bytes((text if text.endswith("\n") else text + "\n").encode(), output)


def write_bytes(data: bytes, output: Path) -> None:
    """Puts a result into a file that is whole or not there.

    Raises:
        CompanionError: the file cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile("wb", dir=output.parent, prefix=f".{output.name}.", delete=False) as half:
            try:
                half.write(data)
                half.flush()
                os.fsync(half.fileno())
                Path(half.name).replace(output)
            finally:
                Path(half.name).unlink(missing_ok=True)
    except OSError as error:
        raise CompanionError(f"{output} cannot be written ({error.strerror}). Choose another place.") from error


def note_bundled(model: str | None, sample: bool = False) -> None:
    """Says once what the bundled recogniser is not, where it is used on anything but the sample show."""
    if model == BUNDLED and not sample:
        console.print(BUNDLED_NOTE, style="dim", highlight=False)


class Bars:
    """A bar for each stage, on standard error; nothing at all where that is no terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._bars.stop()

    def show(self, stage: Stage, whose: str = "") -> None:
        """Draws how far a stage is."""
        name = f"{whose}{STAGES.get(stage.stage, stage.stage)}"
        if name not in self._tasks:
            for task in self._tasks.values():
                self._bars.update(task, visible=False)
            self._tasks[name] = self._bars.add_task(name, total=stage.total or None)
        self._bars.update(self._tasks[name], completed=stage.done, total=stage.total or None, visible=True)

    def reporter(self) -> Callable[[Stage], None]:
        """For stages that report by a function."""
        return lambda stage: self.show(stage)


def at_time(at_s: float) -> str:
    """A place in a recording: 12:04, or 1:12:04."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
