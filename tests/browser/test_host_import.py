"""A host takes episodes from a feed, in a real browser, with scripts and without."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from companion.fetching import Fetcher
from companion.importing import Wishes
from companion.types import EpisodeState, Progress
from tests import web_server
from tests.browser.conftest import DESK, PHONE, Site, Watch, running
from tests.feeds import TALK, feed, item, vtt, wav_of
from tests.host_client import NAME, PASSWORD
from tests.loopback_companion import on_this_computer
from tests.web_server import WebServer

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("COMPANION_PICTURES")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("import"), model="bundled") as one:
        one.door.host.importing.fetcher = Fetcher(on_this_computer)
        one.door.accounts.add(NAME, PASSWORD)
        yield one


@pytest.fixture(scope="module")
def server(show: Path) -> Iterator[WebServer]:
    with WebServer() as made:
        made.pages["/words.vtt"] = web_server.Page(vtt(TALK), "text/vtt")
        words = (
            f"<podcast:transcript url='{made.url('/words.vtt')}' type='text/vtt'/><itunes:duration>18</itunes:duration>"
        )
        long = (
            "The one in which they talk for a very long time about who said what to whom at the lake, part two of three"
        )
        items = item(made, "one", wav_of(show, 0, 18), words) + item(made, "two", wav_of(show, 20, 18), words)
        items += item(made, "three", wav_of(show, 40, 18), words).replace("Episode three", long)
        items += item(made, "four", wav_of(show, 60, 18), words) + item(made, "five", wav_of(show, 80, 18))
        items += "<item><title>No sound</title><guid>n</guid></item>"
        made.pages["/feed.xml"] = web_server.Page(feed(items, "<podcast:locked>yes</podcast:locked>"))
        yield made


@contextmanager
def working(desk: Site) -> Iterator[None]:
    """A worker beside the site, as `companion serve` has one; it may load from this computer."""
    program = [sys.executable, "-m", "tests.loopback_companion", "--home", str(desk.door.settings.home), "work"]
    worker = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


def logged_in(browser: Browser, desk: Site, **more: object) -> BrowserContext:
    context = browser.new_context(base_url=desk.url, **{"viewport": DESK, **more})
    page = context.new_page()
    page.goto("/host/login?next=/host/import")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Import from a feed")).to_be_visible()
    page.close()
    return context


def read_and_take(page: Page, address: str, title: str) -> None:
    page.goto("/host/import")
    page.get_by_label("Address of the feed").fill(address)
    page.get_by_role("button", name="Read the feed").click()
    expect(page.get_by_role("heading", name="Kitchen Table")).to_be_visible()
    page.get_by_label(title).check()
    page.get_by_role("button", name="Take the chosen ones").click()
    expect(page.get_by_role("alert")).to_contain_text("locked")
    page.get_by_label(title).check()
    page.get_by_label("This feed is my own").check()
    page.get_by_role("button", name="Take the chosen ones").click()
    expect(page.get_by_text("1 episode is in the queue")).to_be_visible()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()


def test_a_host_takes_an_episode_and_sees_it_come_in(browser: Browser, desk: Site, server: WebServer) -> None:
    context, watch = logged_in(browser, desk), Watch(desk.url)
    page = context.new_page()
    watch.on(page)
    read_and_take(page, server.url("/feed.xml"), "Episode one")
    server.pages["/one.wav"].pause_s = 0.15
    with working(desk):
        expect(page.get_by_text("Loading the recording from the web")).to_be_visible(timeout=20_000)
        expect(page.get_by_role("heading", name="Coming in")).to_be_hidden(timeout=40_000)
    assert desk.door.host.episode("episode-one").state is EpisodeState.READY
    # What answers 400 is said in the console by the browser itself.
    assert [p for p in watch.problems if "400" not in p] == []
    context.close()


def test_it_works_without_scripts(browser: Browser, desk: Site, server: WebServer) -> None:
    context = logged_in(browser, desk, java_script_enabled=False)
    page = context.new_page()
    read_and_take(page, server.url("/feed.xml"), "Episode two")
    with working(desk):
        expect(page.get_by_role("heading", name="Coming in")).to_be_hidden(timeout=40_000)
    assert desk.door.host.episode("episode-two").state is EpisodeState.READY
    context.close()


def test_a_file_by_keyboard(browser: Browser, desk: Site, server: WebServer, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(server.pages["/feed.xml"].data)
    context = logged_in(browser, desk)
    page = context.new_page()
    page.goto("/host/import")
    page.get_by_label("Or a feed’s file").set_input_files(path)
    page.get_by_label("Or a feed’s file").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kitchen Table")).to_be_visible()
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, desk: Site, server: WebServer, scheme: str, size: str
) -> None:
    door = desk.door.host
    context = logged_in(browser, desk, color_scheme=scheme, viewport=PHONE if size == "phone" else DESK)
    page = context.new_page()
    read = door.importing.read(server.url("/feed.xml"))
    kept = door.importing.keep(read)
    there = door.importing.plan(read)
    if "guid-three" in {o.item.guid for o in there.takeable}:
        coming, failed = door.importing.begin(there, {"guid-three", "guid-four"}, Wishes("bundled", mine=True))
        door.library.episodes.progress(coming.id, Progress("download", 3, 10, "bytes"))
        door.library.episodes.failed(failed.id, "media.kitchen.example has nothing there (404). Check the address.")
    places = {"begin": "/host/import", "choose": f"/host/import/feeds/{kept}"}
    for name, place in places.items():
        page.goto(place)
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("moderate", "serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/import-{name}-{size}-{scheme}.png", full_page=True)
    if PICTURES:
        page.goto("/host/import")
        page.get_by_label("Address of the feed").fill("http://10.0.0.1/feed.xml")
        page.get_by_role("button", name="Read the feed").click()
        page.screenshot(path=f"{PICTURES}/import-problem-{size}-{scheme}.png", full_page=True)
    context.close()
