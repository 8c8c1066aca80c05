"""`companion site export`: the public site as files."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from companion.cli.shared import console
from companion.config import Settings


@click.group()
def site() -> None:
    """The site."""


@site.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--base-url", default="", metavar="URL", help="Where the copy will be (default: COMPANION_SITE_URL).")
@click.pass_obj
def export(settings: Settings, folder: Path, base_url: str) -> None:
    r"""Writes the site as listeners see it into a folder that any web server can serve, under a root or a prefix.

    Pages, recordings, transcripts, chapters, the feed, and the API as JSON files. Search and practice need the site
    itself and are left out; of the choices on the page of moments one can be made at a time. A folder that was written
    so is replaced when all of the new one is there; any other that is not empty is refused. The feed needs to know
    where it will be: without an address it is left out.

    \b
    companion site export public
    companion site export public --base-url https://example.org/show
    """
    # The site stands above the library and may not be imported by it; only this door looks it up, by name.
    exporting = importlib.import_module("web.exporting")
    with console.status("Writing") as status:

        def report(done: int, todo: int) -> None:
            status.update(f"Writing: {done} files done, {todo} known to come")

        written = exporting.export_site(settings, folder, base_url, report)
    click.echo(f"{written.files} files, {written.bytes / 1e6:.1f} MB, in {written.folder}")
    if not written.feed:
        click.echo("There is no feed in it: say with --base-url where the copy will be, and export again.", err=True)
