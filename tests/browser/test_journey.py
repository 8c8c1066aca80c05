"""One listener's way through the whole site: at a desk, on a phone, under a path, without scripts, by keys alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, until

pytestmark = pytest.mark.browser

NOW_S = "document.querySelector('audio').currentTime"
PAUSED = "document.querySelector('audio').paused"
LATE_S = 0.15  # that the marked word may be behind the sound
PLACES = [(DESK, "site"), (PHONE, "site"), (DESK, "prefixed"), (PHONE, "prefixed")]
PLACE_NAMES = ["desk", "phone", "desk under a path", "phone under a path"]


@pytest.fixture(params=PLACES, ids=PLACE_NAMES)
def place(request: pytest.FixtureRequest) -> tuple[ViewportSize, Site]:
    """A window, and where the site lies."""
    size, name = request.param
    return size, request.getfixturevalue(name)


@pytest.fixture
def visit(place: tuple[ViewportSize, Site], browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile that may use the clipboard."""
    size, _ = place
    made = browser.new_context(
        viewport=size, permissions=["clipboard-read", "clipboard-write"], color_scheme="light", accept_downloads=True
    )
    yield made
    made.close()


def _choose(page: Page, name: str) -> None:
    if page.viewport_size == PHONE:
        page.get_by_role("link", name="Choose by what happens").click()
    page.get_by_role("navigation", name="Choose moments").get_by_role("link", name=name).click()


def _words_keep_up(page: Page, site: Site) -> None:
    words = [w.start_s for t in site.door.turns("late-again") for w in t.turn.words]
    until(page, f"{NOW_S} > 4")
    seen = set()
    for _ in range(20):
        page.wait_for_timeout(60)
        now, marked = page.evaluate(f"() => [{NOW_S}, Number(document.querySelector('.now')?.dataset.at)]")
        assert marked >= max(w for w in words if w <= now - LATE_S) - 0.01
        assert marked <= now + LATE_S
        seen.add(marked)
    assert len(seen) > 2


def _opens_elsewhere(browser: Browser, link: str, watch: Watch, end_s: float) -> None:
    fresh = browser.new_context(viewport=PHONE)
    page = fresh.new_page()
    watch.on(page)
    page.goto(link)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, f"!{PAUSED}")
    until(page, PAUSED)
    assert page.evaluate(NOW_S) == pytest.approx(end_s, abs=0.3)
    fresh.close()


def _comes_back(browser: Browser, site: Site, file: Path, watch: Watch) -> None:
    fresh = browser.new_context(viewport=DESK)
    page = fresh.new_page()
    watch.on(page)
    page.goto(f"{site.url}/kept")
    page.locator("[data-bring]").set_input_files(file)
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_label("Your note")).to_have_value("Say it like that")
    fresh.close()


def test_a_listener_goes_all_the_way(
    place: tuple[ViewportSize, Site], visit: BrowserContext, browser: Browser, tmp_path: Path
) -> None:
    size, site = place
    watch = Watch(site.url)
    page = visit.new_page()
    watch.on(page)

    # from the first page to the moments; choose, combine, search
    page.goto(f"{site.url}/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Moments").click()
    _choose(page, "validating")
    expect(page.get_by_role("article")).to_have_count(2)
    _choose(page, "owning a fault")
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("link", name="owning a fault (take away)").click()
    page.get_by_role("searchbox").fill("lonely")
    page.keyboard.press("Enter")
    page.wait_for_url("**/moments?*q=lonely*")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("list", name="Chosen").get_by_role("link")).to_have_count(2)

    # hear it in place, then all of them
    page.get_by_role("button", name="Play").first.click()
    until(page, f"!{PAUSED} && {NOW_S} >= {site.late_moments[0].moment.start_s}")
    page.keyboard.press("Space")
    page.goto(f"{site.url}/moments")
    page.get_by_role("button", name="Play all").click()
    says = page.locator(".row-line [role=status]")
    expect(says).to_have_text("1 of 3")
    until(page, f"!{PAUSED}")
    page.keyboard.press("j")
    expect(says).to_have_text("2 of 3")
    page.get_by_role("button", name="Stop playing all").click()

    # into the episode, reading along
    page.get_by_role("article").filter(has_text="Of course you felt lonely").get_by_text("in the episode").click()
    page.wait_for_url("**/episodes/late-again?t=*")
    page.locator("[data-player] [data-act=toggle]").click()
    _words_keep_up(page, site)
    page.mouse.move(size["width"] / 2, 200)
    page.mouse.wheel(0, -3000)
    again = page.get_by_role("button", name="Follow again")
    expect(again).to_be_visible()
    again.click()
    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()

    # a word; a stretch again and again; the stretch for somebody else
    page.locator("#turn-7").scroll_into_view_if_needed()
    page.locator("#turn-7").hover()
    page.locator("#turn-7").get_by_text("scared", exact=True).click()
    scared_s = next(w.start_s for w in site.door.turns("late-again")[7].turn.words if w.text == "scared")
    until(page, f"!{PAUSED} && Math.abs({NOW_S} - {scared_s}) < 1.5")
    loop = page.locator("[data-player] [data-act=loop]")
    loop.click()
    page.wait_for_timeout(1500)
    loop.click()
    expect(loop).to_have_text("Stop looping")
    page.evaluate(
        """() => {
          window.rounds = 0;
          document.querySelector("audio").addEventListener("seeked", () => { window.rounds += 1; });
        }"""
    )
    until(page, "window.rounds >= 2")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("The link is copied.")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.startswith(f"{site.url}/episodes/late-again?t=")
    _opens_elsewhere(browser, link, watch, float(link.rpartition(",")[2]))

    # slower, and so after a reload
    page.get_by_label("Speed").select_option("0.75")
    page.reload()
    expect(page.get_by_label("Speed")).to_have_value("0.75")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 0.75
    assert page.evaluate("document.querySelector('audio').preservesPitch")

    # on paper
    page.emulate_media(media="print")
    expect(page.locator("[data-player]")).to_be_hidden()
    expect(page.locator(".turn").last).to_be_visible()
    page.emulate_media(media="screen")

    # keep, write a note, take along, bring elsewhere
    page.goto(f"{site.url}/moments/{site.late_moments[0].id}")
    page.locator("[data-keep]").click()
    page.get_by_label("A note for yourself").fill("Say it like that")
    page.get_by_role("link", name="All kept moments").click()
    page.wait_for_url("**/kept")
    with page.expect_download() as saved:
        page.get_by_role("button", name="As JSON").click()
    saved.value.save_as(tmp_path / "kept.json")
    assert json.loads((tmp_path / "kept.json").read_text("utf-8"))["moments"][0]["note"] == "Say it like that"
    _comes_back(browser, site, tmp_path / "kept.json", watch)

    # dark, also on the next page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(250, 246, 240)"
    switch = page.get_by_role("button", name="Light or dark")
    while "dark: dark" not in switch.inner_text():
        switch.click()
    page.goto(f"{site.url}/guide")
    assert page.evaluate(ground) == "rgb(25, 20, 19)"
    assert watch.problems == []


def test_from_landing_to_hearing_by_keys_alone(place: tuple[ViewportSize, Site], visit: BrowserContext) -> None:
    _, site = place
    watch = Watch(site.url)
    page = visit.new_page()
    watch.on(page)
    page.goto(f"{site.url}/")
    page.wait_for_timeout(100)  # Chromium takes no key for a page that was never shown
    for _ in range(30):
        page.keyboard.press("Tab")
        node = "document.activeElement"
        assert page.evaluate(f"getComputedStyle({node}).outlineStyle") != "none"
        box = page.evaluate(f"(() => {{ const b = {node}.getBoundingClientRect(); return [b.top, b.bottom]; }})()")
        assert box[1] > 0
        assert box[0] < page.evaluate("innerHeight")  # what has the focus can be seen
        if page.evaluate(f"{node}.dataset.act") == "toggle":
            break
    page.keyboard.press("Enter")

    until(page, f"!{PAUSED} && {NOW_S} > 0")
    assert watch.problems == []


def test_a_listener_without_scripts_chooses_hears_and_reads(place: tuple[ViewportSize, Site], browser: Browser) -> None:
    size, site = place
    watch = Watch(site.url)
    context = browser.new_context(viewport=size, java_script_enabled=False)
    page = context.new_page()
    watch.on(page)
    page.goto(f"{site.url}/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Moments").click()
    _choose(page, "validating")
    _choose(page, "owning a fault")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.locator("article audio[controls]")).to_be_visible()
    page.get_by_role("article").get_by_text("in the episode").click()
    page.wait_for_url("**/episodes/late-again?t=*")
    expect(page.locator("audio[controls]")).to_be_visible()
    assert "#t=" in (page.locator("audio").get_attribute("src") or "")
    page.locator("#turn-2 a.time").click()
    expect(page.locator("#turn-2")).to_be_in_viewport()
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("stiars")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark")).to_have_text("stairs")
    with page.expect_download() as words:
        page.goto(f"{site.url}/episodes/late-again")
        page.get_by_role("link", name="VTT").click()
    assert words.value.suggested_filename == "late-again.vtt"
    context.close()
    assert watch.problems == []
