"""Choosing moments, the guide and wrong addresses, in a real browser: by keys alone, without scripts, narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, until

pytestmark = pytest.mark.browser

PAGES = {
    "moments": "/moments",
    "choosing": "/moments#choose",
    "chosen": "/moments?tag=validation&tag=ownership&length=short&role=partner&sort=longest",
    "none left": "/moments?tag=care&q=lonly",
    "unknown": "/moments?tag=kindness",
    "slip": "/search?q=stiars",
    "nothing": "/search?q=apology+stairs+zebra",
    "guide": "/guide",
    "lost": "/episodes/late-agian",
    "first": "/",
}
EXPECTED = ("400", "404")  # two of the pages are errors


@pytest.fixture
def narrow_plain(browser: Browser, site: Site, watch: Watch) -> Iterator[Page]:
    """A phone without scripts."""
    context = browser.new_context(base_url=site.url, viewport=PHONE, java_script_enabled=False)
    made = context.new_page()
    watch.on(made)
    yield made
    context.close()


def _forgive(watch: Watch) -> None:
    watch.problems = [p for p in watch.problems if not any(code in p for code in EXPECTED)]


def test_moments_are_chosen_and_heard_by_keys_alone(page: Page) -> None:
    page.goto("/moments")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.includes('showing care')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/moments?tag=care")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("list", name="Chosen").get_by_role("link")).to_have_count(1)

    for _ in range(40):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.dataset.act") == "toggle":
            break
    page.keyboard.press("Enter")

    until(page, "!document.querySelector('audio').paused")


def test_choices_combine_and_the_back_key_takes_them_back(page: Page) -> None:
    page.goto("/moments")
    choose = page.get_by_role("navigation", name="Choose moments")
    choose.get_by_role("link", name="validating").click()
    choose.get_by_role("link", name="owning a fault").click()
    expect(page).to_have_url(re.compile(r"\?tag=validation&tag=ownership$"))
    expect(page.get_by_role("article")).to_have_count(1)

    page.go_back()
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_role("link", name="validating (take away)").click()

    expect(page.get_by_role("article")).to_have_count(3)


def test_what_comes_first_is_chosen_and_kept_while_choosing(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("link", name="Longest first").click()
    page.get_by_role("navigation", name="Choose moments").get_by_role("link", name="validating").click()

    expect(page).to_have_url(re.compile(r"tag=validation&sort=longest$"))
    expect(page.get_by_role("link", name="Longest first")).to_have_attribute("aria-current", "true")


def test_a_phone_opens_the_choices_at_their_own_address_without_scripts(narrow_plain: Page) -> None:
    page = narrow_plain
    page.goto("/moments")
    care = page.get_by_role("navigation", name="Choose moments").get_by_role("link", name="showing care")
    expect(care).to_be_hidden()
    expect(page.get_by_role("article").first).to_be_visible()

    page.get_by_role("link", name="Choose by what happens").click()
    expect(care).to_be_visible()
    expect(page.get_by_text("Says that the other matters")).to_be_visible()
    box = care.bounding_box()
    assert box is not None
    assert box["height"] >= 44  # a thumb

    page.get_by_role("link", name="Back to the moments").click()
    expect(care).to_be_hidden()
    page.go_back()
    care.click()

    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("link", name="showing care (take away)")).to_be_visible()
    expect(page.locator(".chosen-meaning")).to_be_visible()


def test_a_slip_in_a_search_still_leads_to_hearing(page: Page) -> None:
    page.goto("/search")
    page.get_by_role("searchbox").fill("stiars")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("stairs")

    page.get_by_role("button", name="Play").first.click()

    until(page, "!document.querySelector('audio').paused")


def test_the_guide_plays_and_only_one_example_at_a_time(page: Page) -> None:
    page.goto("/guide")
    page.get_by_role("navigation", name="In this guide").get_by_role("link", name="Taking turns").click()
    expect(page.get_by_role("heading", name="Taking turns")).to_be_in_viewport()

    plays = page.get_by_role("button", name="Play")
    plays.nth(1).click()
    until(page, "[...document.querySelectorAll('audio')].filter(a => !a.paused).length === 1")
    page.get_by_role("button", name="Play").first.click()

    until(page, "!document.querySelector('audio').paused")
    assert page.evaluate("[...document.querySelectorAll('audio')].filter(a => !a.paused).length") == 1


def test_a_wrong_address_leads_on(page: Page, watch: Watch) -> None:
    page.goto("/episodes/late-agian")
    page.get_by_role("link", name="Late again").click()

    page.wait_for_url("**/episodes/late-again")
    _forgive(watch)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, site: Site, watch: Watch, scheme: str, size: dict[str, int]
) -> None:
    context = browser.new_context(base_url=site.url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    wrong = {}
    for name, address in PAGES.items():
        page.goto(address)
        found = Axe().run(page).response["violations"]
        bad = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] != "minor"]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            bad.append("wider than the window")
        if bad:
            wrong[name] = bad
    context.close()

    assert wrong == {}


def test_the_guide_is_printed_without_the_machinery(page: Page) -> None:
    page.goto("/guide")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", name="Over a coffee")).to_be_visible()
    expect(page.get_by_role("button", name="Play").first).to_be_hidden()
    expect(page.get_by_role("navigation", name="In this guide")).to_be_hidden()
