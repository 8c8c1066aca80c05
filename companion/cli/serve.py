"""`companion serve`: the site, with a worker beside it."""

from __future__ import annotations

import errno
import importlib
import subprocess
import sys
import threading
from typing import Any

import click
import waitress

from companion.cli.bodies import channels
from companion.cli.host import link_of
from companion.config import Settings
from companion.core import Companion
from companion.errors import BusyError, LibraryError
from companion.practice.hearer import Hearer

RESTART_S = 5.0  # between the end of a worker and the next one
ROOM_BYTES = 20_000  # for a form around a recording
NEVER_BYTES = 2**40  # no answer is that large


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets the whole network in.")
@click.option("--with-worker/--no-worker", default=True, show_default=True, help="Also work on episodes that wait.")
@click.option("--practice/--no-practice", default=True, show_default=True, help="Also hear practice takes.")
@click.pass_obj
def serve(
    settings: Settings,
    port: int = 8000,
    host: str = "127.0.0.1",
    with_worker: bool = True,
    practice: bool = True,
) -> None:
    r"""Opens the site, works on the episodes that wait, and hears what is said in practice.

    \b
    companion serve
    companion --home .demo serve --port 8080
    """
    # The site stands above the library and may not be imported by it; only this door looks it up, by name.
    app = importlib.import_module("web.app").create_app(settings)
    try:
        server = make_server(app, settings, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BusyError(f"Port {port} is in use. Stop what uses it, or choose another with --port.") from error
        raise LibraryError(f"The site cannot listen on {host}:{port} ({error.strerror}). Choose another.") from error
    stop = threading.Event()
    if with_worker:
        threading.Thread(target=_keep_working, args=(settings, stop), daemon=True).start()
    hearer = Hearer(app.extensions["companion"].practice).start() if practice else None
    click.echo(f"The companion is on http://{_shown(host)}:{server.effective_port}/  (Ctrl-C ends it)", err=True)
    _invite_first_host(app.extensions["companion"].host, f"http://{_reached(host)}:{server.effective_port}/")
    try:
        server.run()
    finally:
        stop.set()
        if hearer is not None:
            hearer.stop()
        app.extensions["companion"].close()


def make_server(app: Any, settings: Settings, host: str, port: int) -> Any:
    """The server of the site. It holds what comes and goes in memory: its temporary files would lie there in clear.

    A recording that a host sends with a form is the exception; see `companion.cli.bodies`.

    Args:
        app: the site.
        settings: of the library.
        host: to listen on.
        port: to listen on; 0 for any free one.

    Raises:
        OSError: it cannot listen there.
    """
    sizes = (settings.practice_chunk_bytes, settings.practice_take_bytes, settings.upload_chunk_bytes)
    largest_bytes = max(settings.cover_bytes, settings.max_feed_bytes, *sizes) + settings.request_bytes + ROOM_BYTES
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        threads=settings.server_threads,
        ident=None,
        max_request_body_size=largest_bytes,
        inbuf_overflow=largest_bytes + ROOM_BYTES,
        outbuf_overflow=NEVER_BYTES,
        clear_untrusted_proxy_headers=not settings.trusted_proxies,  # the site itself reads them, as many as it trusts
    )
    desk = app.extensions["companion"].host.desk
    channel = channels(desk.tickets, desk.library.uploads_folder, settings.max_audio_bytes + ROOM_BYTES)
    for one in (server, *getattr(server, "map", {}).values()):
        if hasattr(one, "channel_class"):
            one.channel_class = channel
    return server


def _keep_working(settings: Settings, stop: threading.Event) -> None:
    """A worker process of its own, so that recognising never slows a page; started again when it ends."""
    command = [sys.executable, "-m", "companion", "--home", str(settings.home), "work", "--until-closed"]
    while not stop.is_set():
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        while worker.poll() is None and not stop.wait(0.2):
            pass
        if stop.is_set():
            worker.kill()  # safe at any point: the next worker goes on where this one was
            worker.wait()
        stop.wait(RESTART_S)


def _invite_first_host(companion: Companion, address: str) -> None:
    """Prints a link for the first host, where there is none: to a terminal only, never into a file that keeps it."""
    if companion.accounts.hosts():
        return
    if not sys.stderr.isatty():
        click.echo("There is no host yet. Make one with: companion host add NAME --link", err=True)
        return
    click.echo(
        f"There is no host yet. Become the first one here, once, within {companion.settings.host_link_hours} hours:\n"
        f"  {link_of(address, companion.accounts.invite())}",
        err=True,
    )


def _reached(host: str) -> str:
    """How this computer itself reaches what listens there."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        return "localhost"
    return f"[{host}]" if ":" in host and host != "::1" else _shown(host)


def _shown(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "::1") else host
