"""The `companion` command: a door like the site, with a sentence and an exit code for everything that can go wrong."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

import companion
from companion.cli.alone import convert, moments, tag, transcribe
from companion.cli.clips import clip, listeners
from companion.cli.doctor import doctor
from companion.cli.feed import feed
from companion.cli.feedback import feedback
from companion.cli.host import host
from companion.cli.importing import import_command
from companion.cli.jobs import jobs
from companion.cli.library import add, demo, search, work
from companion.cli.models import models
from companion.cli.moves import moves
from companion.cli.practice import practice
from companion.cli.publishing import publish, show, unpublish
from companion.cli.review import review
from companion.cli.serve import serve
from companion.cli.site import site
from companion.cli.transcript import transcript
from companion.config import Settings
from companion.errors import CompanionError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(companion.__version__, prog_name="companion")
@click.option("--home", type=click.Path(path_type=Path), help="The library's folder (default: COMPANION_HOME).")
@click.option("-v", "--verbose", is_flag=True, help="Say what is done, on standard error.")
@click.pass_context
def cli(context: click.Context, home: Path | None, verbose: bool) -> None:
    r"""Finds the moments in which one partner leans in to the other, in podcast episodes, on this computer.

    \b
    companion demo                           the sample show, from sound to site
    companion add episode.mp3 --speakers 3   an episode into the library
    companion serve                          the site, and the work in the background
    companion host add Ada                   who may log in and look after it
    companion practice                       an answer of your own, out loud, with feedback
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(asctime)s %(name)s: %(message)s")
    context.obj = Settings.load(home)


for command in (
    add,
    import_command,
    work,
    serve,
    publish,
    unpublish,
    show,
    jobs,
    search,
    transcribe,
    moments,
    convert,
    tag,
    moves,
    review,
    transcript,
    feed,
    clip,
    listeners,
    feedback,
    practice,
    models,
    host,
    site,
    doctor,
    demo,
):
    cli.add_command(command)


def main() -> None:
    """The entry of the `companion` program."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except CompanionError as error:
        click.echo(error.sentence, err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `companion … | head` closed our output; nothing is left to say
        sys.stderr.close()
        sys.exit(1)
