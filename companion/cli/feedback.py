"""The command `feedback`: what replies did, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from companion.cli.shared import output_option, write
from companion.config import Settings
from companion.errors import BadInputError, CaptionsError
from companion.feedback import give_feedback
from companion.takes import Feedback


@click.command()
@click.option("--jsonl", "source", type=click.Path(path_type=Path), required=True, help="Lines {id, bid, reply}.")
@output_option
@click.pass_obj
def feedback(settings: Settings, source: Path, output: Path | None) -> None:
    r"""Says of replies what they did: which moves they made, where they turned away, what to try.

    Lines {"id","bid","reply"} in, lines {"id","moves","away","worked","try","feeling_named"} out.

    \b
    companion feedback --jsonl replies.jsonl -o feedback.jsonl
    """
    write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _answered(source, settings)), output)


def _answered(source: Path, settings: Settings) -> Iterator[dict[str, Any]]:
    try:
        if source.stat().st_size > settings.max_caption_bytes:
            raise BadInputError(f"{source.name} is larger than {settings.max_caption_bytes} bytes. Split it.")
        lines = source.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadInputError(f"{source.name} cannot be read ({error.strerror}). Look at its name.") from error
    except UnicodeDecodeError as error:
        raise CaptionsError(f"{source.name} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            name, bid, reply = _asked(line, f"{source.name}, line {number}")
            yield {"id": name, **_row(give_feedback(reply, bid))}


def _asked(line: str, where: str) -> tuple[Any, str, str]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInputError(f"{where} is not JSON. Each line is one object.") from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("reply"), str):
        raise BadInputError(f"{where} needs an id and a reply.")
    bid = row.get("bid", "")
    if not isinstance(bid, str):
        raise BadInputError(f"{where} has a bid that is not a text.")
    return row["id"], bid, row["reply"]


def _row(said: Feedback) -> dict[str, Any]:
    tried = said.try_next
    return {
        "moves": [{"tag": move.tag, "quote": move.quote.text} for move in said.moves],
        "away": [{"kind": away.kind, "quote": away.quote.text} for away in said.away],
        "worked": {"tag": said.worked.tag, "quote": said.worked.quote.text} if said.worked else None,
        "try": {
            "kind": tried.kind if tried else "none",
            "text": tried.text if tried else "",
            "wording": tried.wording if tried else "",
        },
        "feeling_named": said.feeling_named,
    }
