"""`companion feed check`: is a feed, ours or anybody's, as podcast apps and directories want it?"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

import click

from companion import __version__
from companion.cli.shared import console
from companion.errors import BadInputError, LimitError
from companion.feed.checking import Finding, Severity, check_feed
from companion.feed.over_http import Answer, check_at

LARGEST_BYTES = 50_000_000  # of a feed that is checked
WAIT_S = 30.0  # for a server


@click.group()
def feed() -> None:
    """Podcast feeds."""


@feed.command()
@click.argument("where", metavar="URL_OR_FILE")
@click.option(
    "--episodes", type=click.IntRange(0), default=10, show_default=True, help="Whose files are asked for, at a URL."
)
@click.option("--all", "everything", is_flag=True, help="Ask for the files of all episodes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(where: str, episodes: int, everything: bool, as_json: bool) -> None:
    r"""Checks a feed against the rules of RSS 2.0, Apple, Podcasting 2.0 and PSP-1.

    At a URL it also looks at how the feed, the recordings, transcripts and chapters are served. Ends with 0 where there
    is no error (warnings do not count), with 1 where there is one, with 2 where the feed cannot be read.

    \b
    companion feed check feed.xml
    companion feed check https://example.org/feed.xml --json
    """
    now = datetime.now(UTC)
    if where.lower().startswith(("http://", "https://")):
        with console.status("") as status:

            def told(url: str) -> None:
                status.update(f"Looking at {url}")

            found = check_at(where, ask, now=now, episodes=None if everything else episodes, told=told)
    else:
        found = check_feed(_read(Path(where)), now=now)
    if as_json:
        click.echo(json.dumps({"feed": where, "findings": [_row(f) for f in found]}, ensure_ascii=False, indent=1))
    else:
        _print(found)
    if any(f.severity is Severity.ERROR for f in found):
        sys.exit(1)


def ask(method: str, url: str, headers: Mapping[str, str]) -> Answer:
    """Asks the network for whoever sits at this terminal: any address that they may ask, their own server's, too.

    Args:
        method: GET or HEAD.
        url: http or https.
        headers: to send.

    Raises:
        BadInputError: nobody answers.
        LimitError: the answer is too large.
    """
    known = {"User-Agent": f"secure-love-companion/{__version__}", **headers}
    try:
        with _opener().open(Request(url, headers=known, method=method), timeout=WAIT_S) as response:  # noqa: S310
            body = response.read(LARGEST_BYTES + 1) if method == "GET" and "Range" not in headers else b""
            answer = Answer(response.status, _headers(response.headers), body, response.url)
    except HTTPError as error:
        with error:
            return Answer(error.code, _headers(error.headers), b"", url)
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise BadInputError(f"{url} cannot be reached ({why}). Check the address and the connection.") from None
    if len(answer.body) > LARGEST_BYTES:
        raise LimitError(f"{url} is larger than {LARGEST_BYTES / 1e6:.0f} MB, so it is no feed.", "feed")
    return answer


def _opener() -> OpenerDirector:
    """Knows http and https only: a redirect leads to no file of this machine."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPRedirectHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _headers(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise BadInputError(f"There is no file {path}. Give a file, or an address that begins with https://") from None
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}. Give a feed's file or address.") from None
    if len(data) > LARGEST_BYTES:
        raise LimitError(f"{path.name} is larger than {LARGEST_BYTES / 1e6:.0f} MB, so it is no feed.", "feed")
    return data


def _row(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "place": finding.place,
        "line": finding.line,
        "sentence": finding.sentence,
    }


def _print(found: tuple[Finding, ...]) -> None:
    place = ""
    for finding in found:
        if finding.place != place:
            place = finding.place
            click.echo(click.style(place[:1].upper() + place[1:], bold=True))
        line = f"line {finding.line}: " if finding.line else ""
        word = click.style(finding.severity.value, fg="red" if finding.severity is Severity.ERROR else "yellow")
        click.echo(f"  {word}  {line}{finding.sentence} [{finding.rule}]")
    errors = sum(f.severity is Severity.ERROR for f in found)
    warnings = len(found) - errors
    if not found:
        click.echo("Nothing to find fault with.")
    else:
        click.echo(
            f"{errors} {'error' if errors == 1 else 'errors'}, {warnings} {'warning' if warnings == 1 else 'warnings'}."
        )
