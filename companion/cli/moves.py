"""`companion moves`: the tagger itself. What people decided comes out, is learned from, and is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from companion.cli.shared import Bars, output_option, write, write_bytes
from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError
from companion.learning import Asked, Evaluation, WorstError, evaluate_asked, grouped, read_lines
from companion.learning.judging import Figures
from companion.moves.model import load
from companion.taggers import Taggers
from companion.teaching import Taught, export_rows, teach
from companion.types import EpisodeState

WIDE = 140  # characters of a table that goes into a file or a pipe
ERRORS = 12


@click.group()
def moves() -> None:
    r"""What people decide teaches the tagger: export, train, evaluate, tag again.

    \b
    companion moves evaluate labelled.jsonl
    companion moves train --add labelled.jsonl
    companion moves retag --all
    """


@moves.command("retag")
@click.argument("slug", required=False)
@click.option("--all", "every", is_flag=True, help="All episodes that another tagger than the one in use has tagged.")
@click.pass_obj
def retag_command(settings: Settings, slug: str | None, every: bool) -> None:
    r"""Tags an episode again with the tagger in use. What people decided stays; nothing is recognised again.

    \b
    companion moves retag four-minutes
    companion moves retag --all
    """
    if bool(slug) == every:
        raise BadInputError("Say which episode, by its slug, or --all.")
    with Companion.open(settings) as companion:
        slugs = [slug] if slug else [e.slug for e in companion.reviewing.tagged_otherwise()]
        for one in slugs:
            click.echo(f"{one}: {companion.reviewing.retag(one)} moments")
        if every:
            ready = sum(e.state is EpisodeState.READY for e in companion.episodes())
            click.echo(f"{len(slugs)} of {ready} episodes were tagged again.", err=True)


@moves.command("export")
@output_option
@click.pass_obj
def export_command(settings: Settings, output: Path | None) -> None:
    r"""Writes down what people decided, a line a turn, to evaluate a tagger on or to train one with.

    \b
    companion moves export -o decisions.jsonl
    """
    with Companion.open(settings) as companion:
        rows = export_rows(companion.library)
    write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), output)


@moves.command("train")
@click.option(
    "--add", "files", multiple=True, type=click.Path(path_type=Path), help="A file of labelled turns; repeat it."
)
@click.option("--corpus", type=click.Path(path_type=Path), help="Learn from this corpus in place of the shipped one.")
@click.pass_obj
def train_command(settings: Settings, files: tuple[Path, ...], corpus: Path | None) -> None:
    r"""Makes the library's own tagger from the shipped corpus, what people decided here, and files of labelled turns.

    It takes a minute or two. The old tagger is in use until the new one is whole, and is kept to go back to.

    \b
    companion moves train
    companion moves train --add decisions.jsonl --add more.jsonl
    """
    lines = [line for file in files for line in read_lines(file, settings.max_caption_bytes, labelled=True)]
    with Companion.open(settings) as companion:
        with Bars() as bars:
            taught = teach(companion.library, lines, bars.reporter(), corpus)
        others = len(companion.reviewing.tagged_otherwise())
    _print(_comparison(taught))
    before, after = taught.before, taught.after
    click.echo(
        f"Learned from {taught.decisions} more turns. Judged on {after.samples} turns of {after.groups} conversations "
        "that no weight was learned from; thresholds were chosen on them."
    )
    if taught.left_out:
        click.echo(f"{taught.left_out} turns were left out: taggers are compared on them.", err=True)
    if after.macro_f1 < before.macro_f1 or after.alarms > before.alarms:
        click.echo("It does less well on these than before. `companion moves reset --previous` goes back.", err=True)
    if others:
        click.echo(f"{others} episodes were tagged by another tagger: companion moves retag --all", err=True)


@moves.command("reset")
@click.option("--previous", is_flag=True, help="Back to the one before, instead of the shipped one.")
@click.pass_obj
def reset_command(settings: Settings, previous: bool) -> None:
    r"""Goes back to the shipped tagger, or to the one before. The one in use is kept: --previous brings it back.

    \b
    companion moves reset
    companion moves reset --previous
    """
    taggers = Taggers(settings.home)
    if previous:
        taggers.go_back()
    else:
        taggers.reset()
    which = "The library's own tagger" if taggers.own else "The shipped tagger"
    click.echo(f"{which} is in use now. Episodes keep their tags until: companion moves retag --all")


@moves.command("evaluate")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--model", "model_file", type=click.Path(path_type=Path), help="A tagger's file (default: the one in use)."
)
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw curves into this PNG.")
@click.option("--errors", type=click.IntRange(0), default=ERRORS, show_default=True, help="How many errors to list.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_obj
def evaluate_command(
    settings: Settings, source: Path, model_file: Path | None, picture: Path | None, errors: int, as_json: bool
) -> None:
    r"""Says how well the tagger does on turns that somebody has labelled, and lists its worst errors.

    Lines are those of `companion tag --jsonl` with "tags" and "near_miss". Lines that share a "conversation" are judged
    as one, in their order; the others with nothing but their context.

    \b
    companion moves evaluate labelled.jsonl
    companion moves evaluate labelled.jsonl --picture curves.png --errors 30
    """
    talks, replies = grouped(read_lines(source, settings.max_caption_bytes, labelled=True))
    model = load(model_file) if model_file else Taggers(settings.home).current()
    asked = evaluate_asked(model, talks, replies)
    if picture is not None:
        from companion.learning.picture import draw  # not at the top: matplotlib is an extra

        write_bytes(draw(asked), picture)
    if as_json:
        click.echo(json.dumps(_evaluation_json(asked, errors), ensure_ascii=False, indent=1))
        return
    _print(_figures(asked.evaluation))
    click.echo(_sentence(asked.evaluation))
    for error in asked.errors[:errors]:
        click.echo(_error(error))
    left = len(asked.errors) - errors
    if left > 0:
        click.echo(f"… and {left} more (--errors {len(asked.errors)})", err=True)


# ---- tables


def _print(table: Table) -> None:
    out = Console()
    (out if out.is_terminal else Console(width=WIDE)).print(table)


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for k, name in enumerate(columns):
        table.add_column(name, justify="right" if k else "left", no_wrap=True)
    return table


def _comparison(taught: Taught) -> Table:
    table = _table("On the shipped dev part", ("Tag", "Turns", "F1 before", "F1 now", "Change"))
    for old, new in zip(taught.before.figures, taught.after.figures, strict=True):
        change = f"{new.f1 - old.f1:+.2f}"
        table.add_row(new.label, str(new.turns), f"{old.f1:.2f}", f"{new.f1:.2f}", change)
    before, after = taught.before, taught.after
    change = f"{after.macro_f1 - before.macro_f1:+.3f}"
    table.add_row(f"mean of {after.macro_labels}", "", f"{before.macro_f1:.3f}", f"{after.macro_f1:.3f}", change)
    alarms = f"{after.alarms - before.alarms:+d}"
    table.add_row("near misses passed", str(after.near_misses), str(before.alarms), str(after.alarms), alarms)
    return table


def _figures(evaluation: Evaluation) -> Table:
    names = ("Tag", "Turns", "Given", "Precision", "Recall", "F1", "95 % of bootstraps", "Average precision")
    table = _table("How well each tag is found", names)
    for f in evaluation.figures:
        if f.turns or f.given:
            spread = f"{f.f1_low:.2f} to {f.f1_high:.2f}"
            shares = (_share(f.precision if f.given else None), _share(f.recall if f.turns else None))
            row = (*shares, f"{f.f1:.2f}", spread, _share(f.average_precision))
            table.add_row(f.label, str(f.turns), str(f.given), *row)
    return table


def _share(value: float | None) -> str:
    return "–" if value is None or isnan(value) else f"{value:.2f}"


def _sentence(e: Evaluation) -> str:
    mean = (
        f"Mean F1 of the {e.macro_labels} main tags that occur: {e.macro_f1:.2f} "
        f"({e.macro_low:.2f} to {e.macro_high:.2f}). "
        if e.macro_labels
        else "None of the main tags occurs. "
    )
    return (
        f"{e.samples} labelled turns; {e.groups} conversations and turns read alone. {mean}"
        f"Near misses taken for validation: {e.alarms} of {e.near_misses}. "
        f"Calibration error: {e.calibration_error:.3f}."
    )


def _error(error: WorstError) -> str:
    what = "missed" if error.missed else "given wrongly"
    what = f"{error.label} was {what}, {error.confidence:.2f} sure ({error.group})"
    before = "".join(f"      {text}\n" for text in error.context)
    return f"\n{what}\n{before}    > {error.text}"


def _evaluation_json(asked: Asked, errors: int) -> dict[str, Any]:
    e = asked.evaluation
    return {
        "examples": e.samples,
        "conversations": e.groups,
        "tags": {f.label: _figures_json(f) for f in e.figures},
        "macro_f1": _number(e.macro_f1),
        "macro_f1_interval": [_number(e.macro_low), _number(e.macro_high)],
        "macro_tags": e.macro_labels,
        "near_misses": e.near_misses,
        "near_miss_alarms": e.alarms,
        "near_miss_alarm_rate": _number(e.alarms / e.near_misses) if e.near_misses else None,
        "calibration_error": _number(e.calibration_error),
        "errors": [asdict(error) for error in asked.errors[:errors]],
    }


def _figures_json(f: Figures) -> dict[str, Any]:
    return {
        "turns": f.turns,
        "given": f.given,
        "precision": _number(f.precision) if f.given else None,
        "recall": _number(f.recall) if f.turns else None,
        "f1": _number(f.f1),
        "f1_interval": [_number(f.f1_low), _number(f.f1_high)],
        "average_precision": _number(f.average_precision),
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 4)
