"""A real site on a real port, and a real browser that reports everything that goes wrong on a page."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    ViewportSize,
    sync_playwright,
)
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from companion.cli.serve import make_server
from companion.config import Settings
from companion.core import Companion
from companion.practice.hearer import Hearer
from companion.types import StoredMoment
from tests import small_library
from web import create_app

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}


@dataclass(frozen=True, slots=True)
class Site:
    """A running site."""

    url: str  # without a slash at its end
    late_moments: tuple[StoredMoment, ...]  # of the episode late-again, by time
    door: Companion


class Watch:
    """Notes what no page may do: errors, warnings of the content policy, requests to other hosts."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.problems: list[str] = []

    def on(self, page: Page) -> None:
        """Watches a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if request.url.startswith("blob:"):
            return  # the page's own memory
        if urlsplit(request.url).netloc != self._host:
            self.problems.append(f"a request to {request.url}")


@contextmanager
def running(
    folder: Path, build: Callable[[Settings, Path], None] = small_library.build, prefix: str = "", **changes: object
) -> Iterator[Site]:
    """The site over the small library (or another one), on a free port; what is said in practice is heard.

    Args:
        folder: for the library.
        build: makes it.
        prefix: the path under which the site lies, such as "/show".
        changes: to the settings.
    """
    settings = Settings.load(folder / "library", {}).with_(rate_limit="100000 per minute", **changes)
    build(settings, folder)
    app = create_app(settings)
    door: Companion = app.extensions["companion"]
    if prefix:
        app.wsgi_app = DispatcherMiddleware(NotFound(), {prefix: app.wsgi_app})  # type: ignore[method-assign]
    server = make_server(app, settings, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    hearer = Hearer(door.practice).start()
    try:
        ready = {e.slug for e in door.episodes()}
        moments = door.moments(episode_slug="late-again").moments if "late-again" in ready else ()
        yield Site(f"http://127.0.0.1:{server.effective_port}{prefix}", moments, door)
    finally:
        server.trigger.pull_trigger(server.close)  # sockets are closed by the thread that waits on them
        thread.join(timeout=10)
        hearer.stop()
        door.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, for all tests."""
    with running(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(scope="session")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same site under a path."""
    with running(tmp_path_factory.mktemp("prefixed"), prefix="/show") as one:
        yield one


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as driver:
        yield driver


def launch(playwright: Playwright, *more: str) -> Browser:
    """Debian's Chromium, with some arguments more."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on this machine")
    arguments = ["--autoplay-policy=no-user-gesture-required", "--mute-audio", *more]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not work for root
    return playwright.chromium.launch(executable_path=program, args=arguments)


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    opened = launch(playwright)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A text, spoken by a synthetic voice that the bundled recogniser knows: a wav file."""
    folder = tmp_path_factory.mktemp("said")

    def say(text: str) -> Path:
        path = folder / f"{abs(hash(text))}.wav"
        if not path.exists():
            subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
        return path

    return say


@pytest.fixture(scope="session")
def speakers(playwright: Playwright, said: Callable[[str], Path]) -> Iterator[Callable[[str], Browser]]:
    """Browsers, each with something that is said into its microphone, once each time that it is opened."""
    opened: dict[str, Browser] = {}

    def speaker(text: str) -> Browser:
        if text not in opened:
            opened[text] = launch(
                playwright,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={said(text)}%noloop",
            )
        return opened[text]

    yield speaker
    for browser in opened.values():
        browser.close()


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """Fails the test where a page did what none may do."""
    watching = Watch(site.url)
    yield watching
    assert watching.problems == []


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A fresh profile at a desk."""
    made = browser.new_context(base_url=site.url, viewport=DESK)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A page that is watched."""
    made = context.new_page()
    watch.on(made)
    return made


@pytest.fixture
def plain_page(browser: Browser, site: Site, watch: Watch) -> Iterator[Page]:
    """A page without scripts."""
    context = browser.new_context(base_url=site.url, viewport=DESK, java_script_enabled=False)
    made = context.new_page()
    watch.on(made)
    yield made
    context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages go, to be looked at."""
    folder = Path(__file__).parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


def until(page: Page, expression: str, timeout_s: float = 10.0) -> None:
    """Waits for something in the page; Playwright's own way needs `eval`, which the site's policy forbids."""
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"still not so after {timeout_s} s: {expression}"
        page.wait_for_timeout(20)
