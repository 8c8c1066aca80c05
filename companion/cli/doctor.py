"""`companion doctor`: what is installed, what is missing, what to do."""

from __future__ import annotations

import json
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version

import click

from companion.config import Settings
from companion.core import Companion
from companion.errors import CompanionError, MicrophoneError
from companion.microphone import devices
from companion.taggers import Taggers
from companion.transcribe import BUNDLED, check_model, find_model

# In these versions of SQLite a write-ahead log can be damaged when two processes meet at a reset of the log
# (sqlite.org, "The WAL-reset bug"): 3.7.0 to 3.51.2, but for the mended 3.44.6 and 3.50.7.
WAL_BUG_UNTIL = (3, 51, 2)
WAL_MENDED = ((3, 44), 6), ((3, 50), 7)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    found: str
    do: str = ""  # what to do where it is not well
    needed: bool = True  # else all but a part of it works without


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> None:
    r"""Looks at what is installed and at the library, and says what to do.

    \b
    companion doctor
    """
    findings = list(_look(settings))
    if as_json:
        click.echo(json.dumps([asdict(f) for f in findings], indent=1))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.well else 'see'} {finding.what:22} {finding.found}")
            if not finding.well:
                click.echo(f"    {'':22} {finding.do}")
    if not all(f.well for f in findings if f.needed):
        raise click.exceptions.Exit(1)


def _look(settings: Settings) -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding("Python", sys.version_info >= (3, 11), python, "Install Python 3.11 or newer.")
    for package in ("faster-whisper", "ctranslate2", "av", "dbos", "flask"):
        yield Finding(package, True, version(package))
    yield _sqlite()
    yield _library(settings)
    yield _room(settings)
    yield _model(settings)
    yield _tagger(settings)
    yield _microphone()


def _sqlite() -> Finding:
    number = sqlite3.sqlite_version_info
    mended = any(number[:2] == line and number[2] >= patch for line, patch in WAL_MENDED)
    found = sqlite3.sqlite_version
    if number <= WAL_BUG_UNTIL and not mended:
        # Worth knowing, not worth refusing: it takes two writers and bad luck, and only one worker runs at a time.
        found += " (has a rare fault with two writers; a newer Python or SQLite mends it)"
    return Finding("SQLite", True, found)


def _library(settings: Settings) -> Finding:
    try:
        with Companion.open(settings) as companion:
            health = companion.health()
    except CompanionError as error:
        return Finding("library", False, str(settings.home), error.sentence)
    found = f"{health.episodes} episodes ({health.waiting} in work, {health.failed} failed) in {settings.home}"
    return Finding("library", True, found)


def _room(settings: Settings) -> Finding:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    enough = free > settings.min_free_bytes
    return Finding("room on the disk", enough, f"{free / 1e9:.1f} GB free", "Make room, or choose another --home.")


def _microphone() -> Finding:
    """What the terminal records with; the site records in browsers, and recordings can be handed in."""
    try:
        count = len(devices())
    except MicrophoneError as error:
        return Finding("PortAudio", False, "not here; only practice in a terminal needs it", error.sentence, False)
    return Finding("PortAudio", True, f"{count or 'no'} microphone{'' if count == 1 else 's'} to be seen")


def _model(settings: Settings) -> Finding:
    try:
        model = find_model(settings.model, settings.models_folder)
    except CompanionError as error:
        return Finding("recogniser", False, settings.model, error.sentence)
    wrong = check_model(model)
    if wrong:
        return Finding("recogniser", False, f"{model.name}: {wrong}", f"companion models download {model.name}")
    if model.name == BUNDLED:
        advice = "For real people: companion models download small.en"
        return Finding("recogniser", True, f"bundled, knows three synthetic voices only. {advice}")
    return Finding("recogniser", True, f"{model.name} in {model.path}")


def _tagger(settings: Settings) -> Finding:
    taggers = Taggers(settings.home)
    try:
        about = taggers.current().about
    except CompanionError as error:
        return Finding("tagger", False, str(taggers.own_file), error.sentence)
    if not taggers.own:
        return Finding("tagger", True, "the shipped one")
    return Finding("tagger", True, f"the library's own, taught with {about.get('decisions', 0)} more turns")
