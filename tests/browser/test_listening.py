"""Listening, in a real browser: with a pointer, with keys alone, without scripts, on a phone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, until
from web.shown import LEAD_S

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
EPISODE = "/episodes/late-again"
PAUSED = "document.querySelector('audio').paused"


def _pages(site: Site) -> dict[str, str]:
    return {
        "home": "/",
        "moments": "/moments",
        "chosen": "/moments?tag=validation&q=lonely&episode=late-again",
        "nothing": "/moments?q=zebra",
        "moment": f"/moments/{site.late_moments[1].id}",
        "episode": EPISODE,
        "working": "/episodes/on-its-way",
        "failed": "/episodes/too-quiet",
        "search": "/search?q=hear",
        "unclear": "/search?q=%3F",
        "missing": "/none",
        "kept": "/kept",
        "offline": "/offline",
    }


def _place(page: Page) -> float:
    return float(page.locator("audio").first.evaluate("a => a.currentTime"))


def _wait_until_paused(page: Page, timeout_s: float) -> None:
    until(page, PAUSED, timeout_s)


def _play_and_wait(page: Page) -> None:
    page.get_by_role("button", name="Play").first.click()
    until(page, f"!{PAUSED} && document.querySelector('audio').readyState > 2")


# ---- with a pointer


def test_moments_can_be_chosen_by_what_happens_in_them(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("link", name="showing care").first.click()

    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("article")).to_contain_text("You matter to me")

    page.get_by_role("link", name="showing care (take away)").click()

    expect(page.get_by_role("article")).to_have_count(3)


def test_a_phrase_is_found_and_can_be_heard_from_there(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill('"coat on"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.locator("mark")).to_have_text("coat on")

    _play_and_wait(page)

    start_s = float(page.locator("[data-stretch]").get_attribute("data-start") or "nan")
    assert _place(page) == pytest.approx(start_s, abs=0.5)


def test_a_list_loads_no_sound_until_somebody_asks(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/moments")
    page.wait_for_timeout(500)
    assert not [url for url in asked if "/media/" in url]

    _play_and_wait(page)
    assert [url for url in asked if "/media/" in url]


def test_a_moment_plays_from_a_little_before_and_stops_at_its_end(page: Page, site: Site) -> None:
    stored = site.late_moments[0]
    page.goto(f"/moments/{stored.id}")

    _play_and_wait(page)
    assert _place(page) == pytest.approx(stored.moment.start_s - LEAD_S, abs=0.5)

    _wait_until_paused(page, stored.moment.length_s + LEAD_S + 5)
    assert _place(page) == pytest.approx(stored.moment.end_s, abs=0.3)
    expect(page.get_by_role("button", name="Play again")).to_be_visible()

    page.get_by_role("button", name="Play again").click()
    until(page, f"!{PAUSED}")
    assert _place(page) == pytest.approx(stored.moment.start_s - LEAD_S, abs=0.5)


def test_a_moment_is_followed_into_its_episode(page: Page, site: Site) -> None:
    stored = site.late_moments[1]
    page.goto(f"/moments/{stored.id}")
    page.get_by_role("link", name="Follow it into the episode").click()
    page.wait_for_url("**/episodes/**")

    until(page, "document.querySelector('audio').readyState > 0")
    assert _place(page) == pytest.approx(stored.moment.start_s, abs=0.05)
    turn = page.locator(".turn[aria-current]")
    expect(turn).to_contain_text("so scared that I am failing you")
    expect(turn).to_be_in_viewport()


def test_a_place_with_an_end_stops_there_once_and_then_plays_on(page: Page) -> None:
    page.goto(f"{EPISODE}#t=4,5")
    _play_and_wait(page)

    _wait_until_paused(page, 5)
    assert _place(page) == pytest.approx(5.0, abs=0.3)

    _play_and_wait(page)
    until(page, "document.querySelector('audio').currentTime > 5.6")


def test_a_word_can_be_pressed_to_hear_it(page: Page) -> None:
    page.goto(EPISODE)
    turn = page.locator("#turn-1")
    turn.hover()
    word = turn.get_by_text("stairs", exact=True)
    at_s = float(word.get_attribute("data-at") or "nan")

    word.click()

    until(page, f"!{PAUSED}")
    assert _place(page) == pytest.approx(at_s, abs=0.5)
    expect(page.locator(".now")).to_be_visible()


def test_the_turn_that_sounds_is_marked_and_followed_until_the_reader_scrolls(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{EPISODE}?t=17.5")
    _play_and_wait(page)
    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()

    page.mouse.wheel(0, -3000)
    again = page.get_by_role("button", name="Follow again")
    expect(again).to_be_visible()
    again.click()

    expect(again).to_be_hidden()
    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()


def test_only_one_moment_sounds_at_a_time(page: Page) -> None:
    page.goto("/moments")
    buttons = page.locator("[data-act=toggle]")
    buttons.nth(0).click()
    until(page, "!document.querySelectorAll('audio')[0].paused")

    buttons.nth(1).click()

    until(page, "!document.querySelectorAll('audio')[1].paused")
    assert page.locator("audio").nth(0).evaluate("a => a.paused")


def test_a_recording_that_cannot_be_had_is_said_in_words(page: Page, watch: Watch) -> None:
    page.route("**/media/**", lambda route: route.abort())
    page.goto("/moments")
    page.locator("[data-act=toggle]").first.click()

    expect(page.locator(".said-by-player").first).to_contain_text("cannot be played right now")
    watch.problems.clear()  # the browser reports the lost connection, as it should


def test_chosen_colours_are_remembered(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    switch = page.get_by_role("button", name="Light or dark")
    switch.click()
    switch.click()
    expect(switch).to_have_text("Light or dark: dark")
    page.goto("/moments")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(25, 20, 19)"


# ---- with keys alone


def test_a_card_is_played_with_keys_alone(page: Page) -> None:
    page.goto("/moments")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.act") == "toggle":
            break
    page.keyboard.press("Enter")
    until(page, f"!{PAUSED}")

    page.keyboard.press("Space")

    until(page, PAUSED)


def test_keys_play_skip_and_step_in_an_episode(page: Page, site: Site) -> None:
    page.goto(EPISODE)
    page.keyboard.press("j")
    first_s, second_s = (m.moment.start_s for m in site.late_moments)
    assert _place(page) == pytest.approx(first_s, abs=0.05)
    page.keyboard.press("j")
    assert _place(page) == pytest.approx(second_s, abs=0.05)
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    assert _place(page) == pytest.approx(first_s + 5, abs=0.05)
    page.keyboard.press("ArrowLeft")
    assert _place(page) == pytest.approx(first_s, abs=0.05)

    page.keyboard.press("Space")
    until(page, f"!{PAUSED}")
    page.keyboard.press("Space")
    until(page, PAUSED)


def test_j_walks_from_moment_to_moment(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    page.keyboard.press("j")
    page.wait_for_url(f"**/moments/{site.late_moments[1].id}")
    page.keyboard.press("k")
    page.wait_for_url(f"**/moments/{site.late_moments[0].id}")


def test_the_slash_key_goes_to_the_search_and_is_a_letter_there(page: Page) -> None:
    page.goto("/moments")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()

    page.keyboard.type("j / ? k")

    expect(page.get_by_role("searchbox")).to_have_value("j / ? k")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_are_explained_and_can_be_switched_off(page: Page) -> None:
    page.goto("/moments")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_role("checkbox", name="Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()

    page.keyboard.press("/")

    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_the_first_tab_leads_past_the_navigation(page: Page) -> None:
    page.goto("/moments")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


# ---- without scripts


def test_moments_are_read_and_chosen_without_scripts(plain_page: Page, site: Site) -> None:
    plain_page.goto("/moments")
    plain_page.get_by_role("link", name="showing care").first.click()
    expect(plain_page.get_by_role("article")).to_have_count(1)

    plain_page.goto("/moments")
    plain_page.get_by_role("searchbox").fill("lonely")
    plain_page.get_by_role("button", name="Search").click()
    expect(plain_page.get_by_role("article")).to_have_count(1)
    expect(plain_page.locator("audio[controls]")).to_be_visible()
    moment = site.late_moments[0].moment
    expect(plain_page.locator("audio")).to_have_attribute(
        "src",
        f"{plain_page.locator('audio').get_attribute('src')}".split("#")[0] + f"#t={moment.start_s},{moment.end_s}",
    )
    expect(plain_page.locator("[data-act=toggle]")).to_be_hidden()


def test_an_episode_is_read_without_scripts(plain_page: Page) -> None:
    plain_page.goto(EPISODE)

    expect(plain_page.get_by_text("There was no but.")).to_be_visible()
    expect(plain_page.locator("audio[controls]")).to_be_visible()
    plain_page.locator("#turn-3 a.time").click()
    assert plain_page.url.endswith("#turn-3")
    assert "#t=" in (plain_page.locator("audio").get_attribute("src") or "")


# ---- every page


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_grave(browser: Browser, site: Site, watch: Watch, scheme: str) -> None:
    context = browser.new_context(base_url=site.url, viewport=DESK, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    grave = {}
    for name, address in _pages(site).items():
        page.goto(address)
        found = Axe().run(page).response["violations"]
        bad = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
        if bad:
            grave[name] = bad
    context.close()

    assert grave == {}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_window(page: Page, site: Site, width: int, watch: Watch) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    too_wide = {}
    for name, address in _pages(site).items():
        page.goto(address)
        inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if inner[0] > inner[1]:
            too_wide[name] = inner
    watch.problems = [p for p in watch.problems if "400" not in p and "404" not in p]  # two of the pages are errors

    assert too_wide == {}


def test_an_episode_in_work_is_followed_to_its_end(page: Page) -> None:
    answers = [
        '{"state": "working", "stage": "Writing down what is said", "percent": 87}',
        '{"state": "ready", "stage": "", "percent": null}',
    ]
    page.route(
        "**/progress.json",
        lambda route: route.fulfill(body=answers.pop(0) if answers else "{}", content_type="application/json"),
    )
    page.goto("/episodes/on-its-way")
    expect(page.locator("[data-percent]")).to_have_text(", 37 %")
    expect(page.locator("[data-percent]")).to_have_text(", 87 %", timeout=10_000)

    with page.expect_navigation():
        page.wait_for_timeout(1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_are_taken_to_be_looked_at(browser: Browser, site: Site, screenshots: Path, scheme: str) -> None:
    for size in (PHONE, DESK):
        context = browser.new_context(base_url=site.url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for name, address in _pages(site).items():
            page.goto(address)
            path = screenshots / f"{name}-{size['width']}-{scheme}.png"
            started = time.time()
            page.screenshot(path=path, full_page=name != "episode")
            assert path.stat().st_mtime >= started - 2
        context.close()
