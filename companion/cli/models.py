"""`companion models`: which recognisers there are, where they lie, how to get one."""

from __future__ import annotations

import json

import click

from companion.cli.shared import console
from companion.config import Settings
from companion.errors import ModelError
from companion.transcribe import BUNDLED, check_model, download, find_model, known_models


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    r"""Lists the recognisers: which are on this computer, and where.

    \b
    companion models
    companion models download small.en
    companion models check
    """
    if context.invoked_subcommand:
        return
    settings: Settings = context.obj
    known = known_models(settings.models_folder)
    best = find_model("auto", settings.models_folder).name
    if as_json:
        rows = [{"name": m.name, "path": str(m.path) if m.path else None, "bytes": m.size_bytes} for m in known]
        click.echo(json.dumps({"auto": best, "models": rows}, indent=1))
        return
    for model in known:
        where = f"{(model.size_bytes or 0) / 1e6:.0f} MB in {model.path}" if model.path else "not on this computer"
        mark = "*" if model.name == best else " "
        note = "  (three synthetic voices only)" if model.name == BUNDLED else ""
        click.echo(f"{mark} {model.name:20} {where}{note}")
    click.echo("* is what --model auto takes.", err=True)


@models.command("download")
@click.argument("name")
@click.pass_obj
def download_command(settings: Settings, name: str) -> None:
    """Fetches a model once, by faster-whisper's own loader; nothing else here uses the network."""
    with console.status(f"Downloading {name}"):
        model = download(name, settings.models_folder)
    click.echo(f"{model.name} lies in {model.path}")


@models.command("check")
@click.argument("name", default="auto")
@click.pass_obj
def check_command(settings: Settings, name: str) -> None:
    """Loads a model and says whether it is whole."""
    model = find_model(name, settings.models_folder)
    wrong = check_model(model)
    if wrong:
        raise ModelError(f"The model {model.name} in {model.path}: {wrong}. Download it again.", model.name)
    click.echo(f"{model.name} in {model.path} is whole.")
