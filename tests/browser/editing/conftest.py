"""The transcript editor as a host uses it, by hand and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests import edit_library
from tests.browser.conftest import DESK, Site, running
from tests.browser.host_pages import log_in

NAMES = (
    "mend clash theirs undo speaker split join replace voice play line-gone offline flagged versions recognise words "
    "hostile plain plain-more axe wide keys pictures"
).split()
SAVED = re.compile(r"Saved \d\d:\d\d")
SENTENCES = [text for _, text, _ in edit_library.SAID]


@pytest.fixture(scope="module")
def edit_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("edit"), build=edit_library.builder(NAMES)) as one:
        yield one


class Problems:
    """What a page of the editor may not do; an answer that says no is none of it."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.found: list[str] = []

    def on(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.found.append(f"a dialog: {dialog.message}") or dialog.dismiss())
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(("blob:", "data:")) and urlsplit(url).netloc != self._host:
            self.found.append(f"a request to {url}")


@pytest.fixture
def problems(edit_site: Site) -> Iterator[Problems]:
    noted = Problems(edit_site.url)
    yield noted
    assert noted.found == []


Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, edit_site: Site, problems: Problems) -> Iterator[Opener]:
    """Opens an episode's transcript, as one host or another, each in a browser of their own."""
    contexts: list[BrowserContext] = []

    def open_page(slug: str, name: str = "Ada Host", **more: object) -> Page:
        context = browser.new_context(base_url=edit_site.url, **{"viewport": DESK, **more})  # type: ignore[arg-type]
        contexts.append(context)
        log_in(context, edit_site, name)
        page = context.new_page()
        problems.on(page)
        page.goto(transcript(slug))
        if more.get("java_script_enabled", True):
            expect(page.locator("[data-rows]")).to_have_attribute("data-filled", "yes")
        return page

    yield open_page
    for context in contexts:
        context.close()


def transcript(slug: str) -> str:
    return f"/host/episodes/{slug}/transcript"


def row(page: Page, number: int) -> Locator:
    return page.locator(f"#line-{number}")


def said(page: Page) -> list[str]:
    return page.locator("[data-rows] > li > .said").all_text_contents()


def write(page: Page, number: int, text: str) -> None:
    row(page, number).locator(".said").click()
    page.locator(".write").fill(text)


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(SAVED)


def kept(site: Site, slug: str) -> list[str]:
    return [line.text for line in site.door.host.editing.open(slug).lines]
