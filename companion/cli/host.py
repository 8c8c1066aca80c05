"""`companion host`: who may change the library through the site."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError
from companion.hosts import Host, HostSession

ADDRESS = "http://localhost:8000/"

link_option = click.option("--link", is_flag=True, help="Print a link instead, by which they choose a password, once.")
at_option = click.option(
    "--at", "address", default=ADDRESS, show_default=True, metavar="URL", help="Where the site is, for the link."
)


@click.group()
def host() -> None:
    r"""Says who is a host: hosts log in at /host and look after episodes, moments and the feed.

    \b
    companion host add Ada
    companion host add Ada --link
    companion host list
    """


@host.command("add")
@click.argument("name")
@link_option
@at_option
@click.pass_obj
def add_command(settings: Settings, name: str, link: bool, address: str) -> None:
    r"""Makes a host; asks for the password twice, or prints a link by which they choose it themselves.

    \b
    companion host add Ada
    companion host add Ada --link --at https://podcast.example/
    """
    with Companion.open(settings) as companion:
        if link:
            _print_link(settings, address, companion.accounts.invite(name))
            return
        made = companion.accounts.add(name, _asked_password())
    click.echo(f"{made.name} is a host now. The way in is /host on the site.", err=True)


@host.command("list")
@click.pass_obj
def list_command(settings: Settings) -> None:
    """Lists hosts, and in how many browsers each is logged in."""
    now = datetime.now(UTC)
    with Companion.open(settings) as companion:
        found = [(h, companion.accounts.sessions(h, now)) for h in companion.accounts.hosts()]
    for one, sessions in found:
        click.echo(_host_line(one, sessions))
    if not found:
        click.echo("There is no host yet. Make one with: companion host add NAME", err=True)


@host.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove_command(settings: Settings, name: str, yes: bool) -> None:
    """Makes somebody a host no more: logged out everywhere at once. What they did stays."""
    with Companion.open(settings) as companion:
        found = companion.accounts.find(name)
        if not yes and not _is_terminal():
            raise BadInputError(f"Nobody is there to be asked. If {found.name} shall go, say so with --yes.")
        if not yes and not click.confirm(f"Is {found.name} a host no more?", err=True):
            raise click.Abort
        companion.accounts.remove(found)
        left = companion.accounts.hosts()
    click.echo(f"{found.name} is a host no more.", err=True)
    if not left:
        click.echo("There is no host left. Make one with: companion host add NAME", err=True)


@host.command("password")
@click.argument("name")
@link_option
@at_option
@click.pass_obj
def password_command(settings: Settings, name: str, link: bool, address: str) -> None:
    r"""Gives a host another password, or a link by which they choose one.

    The link also lets in a host whose name somebody else is guessing at.

    \b
    companion host password Ada
    companion host password Ada --link
    """
    with Companion.open(settings) as companion:
        found = companion.accounts.find(name)
        if link:
            _print_link(settings, address, companion.accounts.invite_back(found))
            return
        companion.accounts.set_password(found, _asked_password())
    click.echo(f"{found.name} has another password, and is logged out everywhere.", err=True)


@host.command("sessions")
@click.argument("name")
@click.option("--end", is_flag=True, help="End them all.")
@click.pass_obj
def sessions_command(settings: Settings, name: str, end: bool) -> None:
    """Lists where a host is logged in; with --end they are logged out there."""
    with Companion.open(settings) as companion:
        found = companion.accounts.find(name)
        sessions = companion.accounts.sessions(found, datetime.now(UTC))
        if end:
            companion.accounts.end_all(found)
    for session in sessions:
        click.echo(f"{session.browser:30} since {_minute(session.made)}, last seen {_minute(session.seen)}")
    if end:
        click.echo(f"{found.name} is logged out everywhere.", err=True)
    elif not sessions:
        click.echo(f"{found.name} is logged in nowhere.", err=True)


def link_of(address: str, token: str) -> str:
    """The link that an invitation is given out as.

    Raises:
        BadInputError: the address is none of a site.
    """
    if not address.startswith(("http://", "https://")):
        raise BadInputError(f"--at {address!r} is no address of a site. Write it like https://podcast.example/")
    return f"{address.rstrip('/')}/host/invitation/{token}"


def _print_link(settings: Settings, address: str, token: str) -> None:
    click.echo(link_of(address, token))
    click.echo(
        f"The link is good once, for {settings.host_link_hours} hours. Whoever has it can use it: hand it over safely.",
        err=True,
    )


def _asked_password() -> str:
    if not _is_terminal():
        raise BadInputError("A password is asked for in a terminal. From a script, print a link instead: --link")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same once more", err=True)
    return password


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _host_line(one: Host, sessions: tuple[HostSession, ...]) -> str:
    seen = f"last seen {_minute(sessions[0].seen)}" if sessions else "logged in nowhere"
    many = "1 browser" if len(sessions) == 1 else f"{len(sessions)} browsers"
    return f"{one.name:30} since {_minute(one.made)}, {many + ', ' if sessions else ''}{seen}"


def _minute(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
