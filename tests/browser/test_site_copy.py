"""The exported site in a browser, served by a server that knows nothing of it: played, followed, kept, read offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from companion.config import Settings
from tests import small_library
from tests.browser.conftest import DESK, PHONE, Watch, until
from tests.file_server import Files, serving
from web.exporting import export_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["", "/two/deep"])
def copy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a copy under a root and under a prefix."""
    folder = tmp_path_factory.mktemp("copy")
    settings = Settings.load(folder / "library", {})
    small_library.build(settings, folder)
    with serving(Files(folder=folder / "out", prefix=request.param)) as url:
        export_site(settings, folder / "out", f"{url}{request.param}")
        yield f"{url}{request.param}"


@pytest.fixture
def visit(browser: Browser, copy: str) -> Iterator[Page]:
    """A page that is watched; at the end nothing may have gone wrong on it."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    watch = Watch(copy)
    watch.on(page)
    yield page
    context.close()
    assert [p for p in watch.problems if "ERR_INTERNET_DISCONNECTED" not in p] == []


def test_a_moment_plays_and_leads_into_its_episode(visit: Page, copy: str) -> None:
    visit.goto(f"{copy}/")
    visit.locator("[data-act=toggle]").first.click()
    until(visit, "[...document.querySelectorAll('audio')].some((a) => !a.paused && a.currentTime > 1.2)")
    visit.get_by_role("navigation", name="Site").get_by_role("link", name="Moments").click()
    visit.get_by_role("navigation", name="Choose moments").get_by_role("link", name="showing care").click()
    expect(visit.get_by_role("heading", name="1 moment")).to_be_visible()
    assert visit.url == f"{copy}/moments/tag/care/"
    visit.locator(".who a").first.click()
    visit.get_by_role("link", name="Follow it into the episode").click()
    visit.wait_for_url(f"{copy}/episodes/second-chair/?t=*")
    until(visit, "document.querySelector('audio').duration > 59")
    visit.goto(f"{copy}/episodes/late-again?t=30")  # as an app or an older link would write it
    assert visit.url == f"{copy}/episodes/late-again/?t=30"
    until(visit, "Math.abs(document.querySelector('audio').currentTime - 30) < 1")
    visit.locator("[data-player] [data-act=toggle]").click()
    until(visit, "document.querySelector('audio').currentTime > 31")


def test_nothing_offers_what_a_copy_cannot_do(visit: Page, copy: str) -> None:
    for path in ("/", "/moments/", "/guide/", "/kept/", "/episodes/late-again/"):
        visit.goto(f"{copy}{path}")
        links = visit.get_by_role("navigation", name="Site").get_by_role("link").all_inner_texts()
        assert links == ["Moments", "Guide"]
        assert visit.get_by_role("searchbox").count() == (1 if "episodes" in path else 0)  # within the episode
        visit.keyboard.press("/")
    visit.goto(f"{copy}/guide/")
    assert visit.get_by_role("link", name="Follow the show").get_attribute("href") == "../feed.xml"


def test_a_kept_moment_is_read_and_played_without_a_connection(visit: Page, copy: str) -> None:
    visit.goto(f"{copy}/moments/")
    visit.locator("[data-keep]").first.click()
    until(visit, "caches.open('kept-v1').then((shelf) => shelf.keys()).then((keys) => keys.length >= 3)")
    assert visit.evaluate("() => navigator.serviceWorker.ready.then((worker) => worker.scope)") == f"{copy}/"
    visit.reload()
    context: BrowserContext = visit.context
    context.new_cdp_session(visit).send("Network.clearBrowserCache")
    context.set_offline(True)

    visit.goto(f"{copy}/kept/")
    visit.locator(".who a").click()
    expect(visit.get_by_text("You matter")).to_be_visible()
    visit.go_back()
    visit.locator("[data-act=toggle]").click()
    until(visit, "document.querySelector('audio').currentTime > 1", 15)
    visit.goto(f"{copy}/guide/")
    expect(visit.get_by_role("heading", name="No connection")).to_be_visible()


def test_pictures_to_look_at(browser: Browser, copy: str, screenshots: Path) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    for name, path in (("home", "/"), ("tag", "/moments/tag/care/"), ("guide", "/guide/")):
        page.goto(f"{copy}{path}")
        page.screenshot(path=screenshots / f"copy-{name}-360.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(DESK)
    page.goto(f"{copy}/moments/tag/care/")
    page.screenshot(path=screenshots / "copy-tag-1280.png", full_page=True)
    context.close()
