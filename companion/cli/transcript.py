"""`companion transcript`: the versions of an episode's transcript; the words themselves are edited on the site."""

from __future__ import annotations

import click

from companion.cli.shared import at_time
from companion.config import Settings
from companion.core import Companion
from companion.lines import Pair

WHO = "the command line"
_LEFT, _RIGHT = "-", "+"


@click.group()
def transcript() -> None:
    r"""Looks at the versions of a transcript, goes to another one, recognises an episode anew.

    \b
    companion transcript versions four-minutes
    companion transcript again four-minutes --model small.en
    companion transcript compare four-minutes 1 2
    companion transcript use four-minutes 2 --carry
    """


@transcript.command("versions")
@click.argument("slug")
@click.pass_obj
def versions_command(settings: Settings, slug: str) -> None:
    """The versions of an episode's transcript; the one in use is marked."""
    with Companion.open(settings) as companion:
        for v in companion.editing.versions.all(slug):
            how = str(v.options.get("model") or v.source) if v.source == "recognition" else str(v.source)
            mark = "*" if v.current else " "
            note = f"  {v.note}" if v.note else ""
            click.echo(f"{mark} {v.number}  {v.made:%Y-%m-%d %H:%M}  {how}  {v.lines} lines, {v.edits} changed{note}")


@transcript.command("compare")
@click.argument("slug")
@click.argument("left", type=int)
@click.argument("right", type=int)
@click.pass_obj
def compare_command(settings: Settings, slug: str, left: int, right: int) -> None:
    """Where two versions differ; the words that do stand in brackets."""
    with Companion.open(settings) as companion:
        page = 1
        while True:
            found = companion.editing.versions.compare(slug, left, right, page)
            for pair in found.pairs:
                click.echo(_lines_of(pair))
            if page >= found.pages:
                break
            page += 1
    click.echo(f"{found.differing} places differ, {found.same} are the same.")


@transcript.command("use")
@click.argument("slug")
@click.argument("number", type=int)
@click.option("--carry", is_flag=True, help="Do what people changed in the version in use again on this one.")
@click.pass_obj
def use_command(settings: Settings, slug: str, number: int, carry: bool) -> None:
    """Makes a version the one in use; the one before is kept with all that people changed."""
    with Companion.open(settings) as companion:
        if carry:
            found = companion.editing.versions.carry(slug, number, None, WHO)
            for one in found.cannot:
                click.echo(f"{at_time(one.start_s)}  {one.why}\n  {_LEFT} {one.made}\n  {_RIGHT} {one.text}")
            click.echo(f"{found.carried} changes taken over, {len(found.cannot)} not.")
        else:
            companion.editing.versions.use(slug, number, None, WHO)
        companion.editing.settle(slug)
    click.echo(f"Version {number} is in use.")


@transcript.command("again")
@click.argument("slug")
@click.option("--model", default="auto", show_default=True, help="The recogniser, by name.")
@click.option("--speakers", type=int, help="How many voices; without: as many as there are.")
@click.pass_obj
def again_command(settings: Settings, slug: str, model: str, speakers: int | None) -> None:
    """Asks for a new recognition; the worker makes it, and it becomes another version."""
    with Companion.open(settings) as companion:
        companion.editing.recognitions.ask(slug, WHO, model=model, speakers=speakers)
    click.echo("It waits for the worker: `companion serve` or `companion work` makes it.")


def _lines_of(pair: Pair) -> str:
    left = "".join(f"[{text.strip()}]{_blank(text)}" if differs else text for text, differs in pair.left_pieces)
    right = "".join(f"[{text.strip()}]{_blank(text)}" if differs else text for text, differs in pair.right_pieces)
    return f"{at_time(pair.start_s)}\n  {_LEFT} {pair.left_voice}: {left}\n  {_RIGHT} {pair.right_voice}: {right}\n"


def _blank(text: str) -> str:
    return " " if text.endswith(" ") else ""
