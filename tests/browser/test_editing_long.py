"""Three hours of transcript in the editor: the first edit comes at once, saving is quick, scrolling never stalls.

Limits are generous where the machine may be busy; what was measured is printed (`pytest -s`).
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import long_library
from tests.browser.conftest import DESK, PHONE, Site, Watch, running, until
from tests.browser.host_pages import log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRANSCRIPT = f"/host/episodes/{long_library.SLUG}/transcript"
FIRST_EDIT_S = 1.0
SAVED_MS = 200
BUSY = 3  # so many times longer may it take beside other work: the quickest of some tries says what the page can do
TRIES = 4
EDITS = 30
LONG_TASK_MS = 50


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("long-edit"), build=long_library.build) as one:
        yield one


@pytest.fixture
def host_page(browser: Browser, long_site: Site) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(base_url=long_site.url, viewport=DESK)
    log_in(context, long_site)
    watch = Watch(long_site.url)
    page = context.new_page()
    watch.on(page)
    page.goto(TRANSCRIPT)
    filled(page)
    yield page
    context.close()
    assert watch.problems == []


def filled(page: Page) -> None:
    """All lines are there. (An `expect` that has to wait reads the whole page for each look, and holds it up.)"""
    until(page, "document.querySelector('[data-rows]').dataset.filled === 'yes'", 20)


def test_it_opens_to_the_first_edit_in_a_second(host_page: Page) -> None:
    took_s = []
    for number in range(TRIES):
        host_page.goto("/host/account")
        begun = time.monotonic()
        host_page.goto(TRANSCRIPT, wait_until="commit")
        host_page.locator("html[data-editing] #line-3 .said").click()
        host_page.locator(".write").press("x")
        took_s.append(time.monotonic() - begun)
        filled(host_page)
        assert host_page.locator("[data-rows] > li").count() == long_library.SEGMENTS, number
        host_page.keyboard.press("Escape")
        until(host_page, "document.querySelector('[data-saved]').textContent.startsWith('Saved')")
    print(f"\nfirst edit after {[round(s, 2) for s in took_s]} s")

    assert min(took_s) < FIRST_EDIT_S
    assert statistics.median(took_s) < BUSY * FIRST_EDIT_S


def test_an_edit_is_saved_in_a_fifth_of_a_second(host_page: Page) -> None:
    host_page.evaluate("() => performance.setResourceTimingBufferSize(2000)")
    for number in range(EDITS):
        line = 1 + number * 80
        row = host_page.locator(f"#line-{line}")
        row.scroll_into_view_if_needed()
        row.locator(".said").click()
        host_page.locator(".write").press("End")
        host_page.keyboard.type(" so")
        host_page.keyboard.press("Escape")
        until(host_page, f"document.querySelector('#line-{line} .why').textContent === 'mended'")
    took_ms = host_page.evaluate(
        "() => performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/text')).map((e) => e.duration)"
    )
    ordered = sorted(took_ms)
    p95_ms = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"\nsaved: median {statistics.median(ordered):.0f} ms, p95 {p95_ms:.0f} ms of {len(ordered)}")

    assert len(ordered) >= EDITS
    assert statistics.median(ordered) < BUSY * SAVED_MS
    assert ordered[len(ordered) // 4] < SAVED_MS


def main_thread_ms(browser: Browser, page: Page, work: Callable[[], None]) -> list[float]:
    """How much of the processor each task of the page's main thread took: on a busy machine clocks say nothing."""
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    work()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    layouts = Counter((e["pid"], e["tid"]) for e in events if e.get("name") == "Layout")
    (where, _) = layouts.most_common(1)[0]
    tasks = (e for e in events if e.get("ph") == "X" and (e["pid"], e["tid"]) == where and "RunTask" in e["name"])
    return [e["tdur"] / 1000 for e in tasks if "tdur" in e]


def test_scrolling_and_going_from_line_to_line_hold_nothing_up(browser: Browser, host_page: Page) -> None:
    def work() -> None:
        for step in (900, 4000, -2500):
            for _ in range(12):
                host_page.mouse.wheel(0, step)
                host_page.wait_for_timeout(50)
        host_page.locator("#line-1200 .name").click()
        for _ in range(30):
            host_page.keyboard.press("j")

    tasks_ms = main_thread_ms(browser, host_page, work)
    print(f"\nlongest task while scrolling and stepping: {max(tasks_ms):.0f} ms of {len(tasks_ms)}")

    assert len(tasks_ms) > 100
    assert max(tasks_ms) <= LONG_TASK_MS
    until(host_page, "document.activeElement.id === 'line-1230'")


def test_a_line_far_down_is_reached_and_kept_in_view(host_page: Page) -> None:
    host_page.set_viewport_size(PHONE)
    host_page.goto(f"{TRANSCRIPT}#line-2400")
    host_page.reload()
    filled(host_page)
    row = host_page.locator("#line-2400")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    host_page.keyboard.press("Enter")
    expect(row.locator(".write")).to_be_in_viewport()
    until(host_page, "document.activeElement.className === 'write'")


def test_a_picture_is_taken_to_be_looked_at(host_page: Page, screenshots: Path) -> None:
    host_page.locator("#line-40 .said").click()
    path = screenshots / "edit-long-1280-light.png"
    host_page.screenshot(path=path)

    assert path.stat().st_size > 0
