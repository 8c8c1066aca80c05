"""Keeping and hearing where the site lies behind a path prefix."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESK, Site, Watch, until
from tests.browser.speaking import MIXED, PROMPT, Speaker, open_page, practise

pytestmark = pytest.mark.browser


def test_a_moment_is_kept_listed_played_and_read_without_a_connection(browser: Browser, prefixed: Site) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    watch = Watch(prefixed.url)
    watch.on(page)
    page.goto(f"{prefixed.url}/moments")
    page.locator("[data-keep]").first.click()
    until(page, "caches.open('kept-v1').then((shelf) => shelf.keys()).then((keys) => keys.length >= 3)")
    assert page.evaluate("() => navigator.serviceWorker.ready.then((worker) => worker.scope)") == f"{prefixed.url}/"
    page.reload()
    page.get_by_role("link", name="Kept moments").click()
    page.wait_for_url(f"{prefixed.url}/kept")
    page.locator("[data-act=toggle]").click()
    until(page, "document.querySelector('audio').currentTime > 1")
    assert watch.problems == []

    context.new_cdp_session(page).send("Network.clearBrowserCache")
    context.set_offline(True)
    page.goto(f"{prefixed.url}/kept")
    page.locator(".who a").click()
    expect(page.get_by_text("You matter")).to_be_visible()
    page.go_back()
    page.locator("[data-act=toggle]").click()
    until(page, "document.querySelector('audio').currentTime > 1", 15)
    context.close()


def test_a_play_in_a_frame_is_told_to_the_site_under_its_path(browser: Browser, prefixed: Site) -> None:
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    watch = Watch(prefixed.url)
    watch.on(page)
    told: list[tuple[str, int]] = []
    page.on("response", lambda r: told.append((r.url, r.status)) if r.request.method == "POST" else None)
    page.goto(f"{prefixed.url}/moments")
    address = page.locator("article.moment .who a").first.get_attribute("href")
    page.goto(f"{prefixed.url}{(address or '').removeprefix('/show')}/embed")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(7000)
    context.close()
    assert told == [(f"{prefixed.url}/plays", 204)]
    assert watch.problems == []


def test_a_reply_is_recorded_and_answered_and_the_space_stays_under_the_path(speakers: Speaker, prefixed: Site) -> None:
    watch = Watch(prefixed.url)
    with open_page(speakers(MIXED), prefixed, watch) as page:
        practise(page, f"{prefixed.url}{PROMPT}")
        expect(page.get_by_text("Of course you felt lonely").first).to_be_visible()
        assert [(c["name"], c["path"]) for c in page.context.cookies()] == [("companion_space", "/show/")]
        page.goto(f"{prefixed.url}/practice/journal")
        expect(page.get_by_role("link", name="Goodnight to the fridge")).to_be_visible()
        page.get_by_role("link", name="Goodnight to the fridge").click()
        page.get_by_role("button", name="Play").first.click()
        until(page, "[...document.querySelectorAll('audio')].some((a) => a.currentTime > 0)")
        page.goto(f"{prefixed.url}/")
        cached = page.evaluate(
            """async () => {
              const all = [];
              for (const name of await caches.keys()) {
                for (const { url } of await (await caches.open(name)).keys()) all.push(url);
              }
              return all;
            }"""
        )
    assert all(url.startswith(f"{prefixed.url}/") and "practice" not in url for url in cached)
    assert watch.problems == []
