"""Keeping and hearing where the site lies behind a path prefix."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from companion.cli.serve import make_server
from companion.config import Settings
from tests import small_library
from tests.browser.conftest import DESK, Watch, until
from web import create_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prefix")
    settings = Settings.load(folder / "library", {}).with_(rate_limit="100000 per minute")
    small_library.build(settings, folder)
    app = create_app(settings)
    server = make_server(DispatcherMiddleware(NotFound(), {"/show": app.wsgi_app}), settings, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/show"
    server.trigger.pull_trigger(server.close)
    thread.join(timeout=10)
    app.extensions["companion"].close()


def test_a_moment_is_kept_listed_played_and_read_without_a_connection(browser: Browser, prefixed: str) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    watch = Watch(prefixed)
    watch.on(page)
    page.goto(f"{prefixed}/moments")
    page.locator("[data-keep]").first.click()
    until(page, "caches.open('kept-v1').then((shelf) => shelf.keys()).then((keys) => keys.length >= 3)")
    assert page.evaluate("() => navigator.serviceWorker.ready.then((worker) => worker.scope)") == f"{prefixed}/"
    page.reload()
    page.get_by_role("link", name="Kept moments").click()
    page.wait_for_url(f"{prefixed}/kept")
    page.locator("[data-act=toggle]").click()
    until(page, "document.querySelector('audio').currentTime > 1")
    assert watch.problems == []

    context.new_cdp_session(page).send("Network.clearBrowserCache")
    context.set_offline(True)
    page.goto(f"{prefixed}/kept")
    page.locator(".who a").click()
    expect(page.get_by_text("You matter")).to_be_visible()
    page.go_back()
    page.locator("[data-act=toggle]").click()
    until(page, "document.querySelector('audio').currentTime > 1", 15)
    context.close()


def test_a_play_in_a_frame_is_told_to_the_site_under_its_path(browser: Browser, prefixed: str) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    watch = Watch(prefixed)
    watch.on(page)
    told: list[tuple[str, int]] = []
    page.on("response", lambda r: told.append((r.url, r.status)) if r.request.method == "POST" else None)
    page.goto(f"{prefixed}/moments")
    address = page.locator("article.moment .who a").first.get_attribute("href")
    page.goto(f"{prefixed}{(address or '').removeprefix('/show')}/embed")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(7000)
    context.close()
    assert told == [(f"{prefixed}/plays", 204)]
    assert watch.problems == []
