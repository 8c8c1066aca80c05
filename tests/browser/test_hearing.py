"""Hearing: speed, loop, the bid only, a list in a row, sharing, the device's own keys."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import DESK, Site, until
from web.shown import LEAD_S

pytestmark = pytest.mark.browser

EPISODE = "/episodes/late-again"
PAUSED = "document.querySelector('audio').paused"
RATE = "a => [a.playbackRate, a.preservesPitch]"


def _place(page: Page, number: int = 0) -> float:
    return float(page.locator("audio").nth(number).evaluate("a => a.currentTime"))


def _play(page: Page) -> None:
    page.locator("[data-act=toggle]").first.click()
    until(page, f"!{PAUSED} && document.querySelector('audio').readyState > 2")


def _seek(page: Page, place_s: float) -> None:
    page.locator("audio").first.evaluate("(a, place) => { a.currentTime = place; }", place_s)


def _copied(page: Page) -> str:
    return str(page.evaluate("() => navigator.clipboard.readText()"))


# ---- speed


def test_speed_is_chosen_with_keys_and_remembered_on_every_page(page: Page, site: Site) -> None:
    page.goto(EPISODE)
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(page.get_by_label("Speed")).to_have_value("0.75")

    page.goto(f"/moments/{site.late_moments[0].id}")

    expect(page.get_by_label("Speed")).to_have_value("0.75")
    assert page.locator("audio").evaluate(RATE) == [0.75, True]
    page.goto("/moments")
    assert page.locator("audio").first.evaluate(RATE) == [0.75, True]


def test_speed_is_kept_while_a_recording_plays(page: Page) -> None:
    page.goto(EPISODE)
    page.get_by_label("Speed").select_option("0.5")
    _play(page)
    before_s = _place(page)
    page.wait_for_timeout(1000)

    assert page.locator("audio").evaluate(RATE) == [0.5, True]
    assert _place(page) - before_s == pytest.approx(0.5, abs=0.25)


def test_speed_has_a_fastest_and_says_so(page: Page) -> None:
    page.goto(EPISODE)
    _play(page)
    for _ in range(6):
        page.keyboard.press("]")

    expect(page.locator("[data-player] [role=status]")).to_have_text("This is the fastest")
    expect(page.get_by_label("Speed")).to_have_value("2")


def test_brackets_are_letters_in_a_field_and_keys_with_alt_gr(page: Page) -> None:
    page.goto(EPISODE)
    field = page.get_by_label("Find in this episode")
    field.press_sequentially("[lonely] j k ?")
    expect(field).to_have_value("[lonely] j k ?")
    expect(page.get_by_label("Speed")).to_have_value("1")

    page.locator("h1").click()
    page.evaluate(
        """() => {
          const how = { key: "]", ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true };
          document.body.dispatchEvent(new KeyboardEvent("keydown", how));
        }"""
    )

    expect(page.get_by_label("Speed")).to_have_value("1.25")


# ---- loop


def test_a_moment_is_looped(page: Page, site: Site) -> None:
    stored = site.late_moments[0]
    page.goto(f"/moments/{stored.id}")
    loop = page.get_by_role("button", name="Loop")
    _play(page)
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "true")

    _seek(page, stored.moment.end_s - 0.4)

    until(page, f"document.querySelector('audio').currentTime < {stored.moment.start_s}")
    assert _place(page) == pytest.approx(stored.moment.start_s - LEAD_S, abs=0.6)
    assert not page.evaluate(PAUSED)
    loop.click()
    _seek(page, stored.moment.end_s - 0.4)
    until(page, PAUSED)


def test_a_stretch_of_an_episode_is_looped_between_two_presses(page: Page) -> None:
    page.goto(f"{EPISODE}?t=10")
    page.get_by_role("button", name="Loop").click()
    expect(page.locator("[data-player] [role=status]")).to_have_text("From 0:10. Press again where it ends.")
    _seek(page, 11.2)
    page.get_by_role("button", name="Loop to here").click()
    assert _place(page) == pytest.approx(10, abs=0.05)

    _play(page)
    page.wait_for_timeout(1800)

    assert 9.9 < _place(page) < 11.4
    assert not page.evaluate(PAUSED)
    assert float(page.locator("[data-loop]").get_attribute("width") or 0) == pytest.approx(6, abs=0.5)
    page.get_by_role("button", name="Stop looping").click()
    until(page, "document.querySelector('audio').currentTime > 11.5")


def test_a_loop_ends_where_somebody_goes_elsewhere(page: Page) -> None:
    page.goto(f"{EPISODE}?t=10,12")
    page.keyboard.press("l")  # the page's only player; its address names the stretch
    expect(page.get_by_role("button", name="Stop looping")).to_be_visible()

    page.keyboard.press("j")

    expect(page.get_by_role("button", name="Loop", exact=True)).to_be_visible()


def test_a_stretch_that_is_too_short_is_not_looped(page: Page) -> None:
    page.goto(f"{EPISODE}?t=10")
    page.keyboard.press("l")
    page.keyboard.press("l")

    expect(page.locator("[data-player] [role=status]")).to_have_text("That is too short to loop.")


# ---- the bid only


@pytest.mark.parametrize("where", ["card", "moment", "key"])
def test_the_bid_is_played_and_stops_before_the_reply(page: Page, site: Site, where: str) -> None:
    stored = site.late_moments[0]
    reply_s = site.door.reply_starts([stored])[stored.id]
    page.goto(f"/moments/{stored.id}" if where != "card" else "/moments?episode=late-again&q=lonely")
    if where == "key":
        page.locator("[data-act=toggle]").focus()
        page.keyboard.press("b")
    else:
        page.get_by_role("button", name="The bid only").click()
    until(page, f"!{PAUSED}")

    until(page, PAUSED)

    assert _place(page) == pytest.approx(reply_s, abs=0.3)
    expect(page.get_by_text("Here the reply begins.")).to_be_visible()
    page.get_by_role("button", name="Play again").click()
    until(page, f"document.querySelector('audio').currentTime > {reply_s} + 0.3", 15)


# ---- in a row


def _shorten(page: Page) -> None:
    """Makes the ends of all moments but the last come soon: each plays its last second only."""
    page.evaluate(
        """() => {
          for (const audio of document.querySelectorAll("audio")) {
            audio.addEventListener("playing", () => {
              const end = Number(audio.closest("[data-stretch]").dataset.end);
              if (audio.currentTime < end - 1) audio.currentTime = end - 1;
            });
          }
        }"""
    )


def test_a_list_is_played_in_a_row(page: Page) -> None:
    page.goto("/moments")
    _shorten(page)
    page.get_by_role("button", name="Play all").click()
    says = page.locator(".row-line [role=status]")
    expect(says).to_have_text("1 of 3")

    expect(says).to_have_text("2 of 3", timeout=8000)
    expect(says).to_have_text("3 of 3", timeout=8000)
    until(page, "!document.querySelectorAll('audio')[2].paused")
    expect(page.locator("[data-moment]").nth(2)).to_be_in_viewport()
    expect(page.get_by_role("button", name="Play all")).to_have_text("Play all", timeout=8000)


def test_a_row_moves_with_the_keys_and_ends_when_asked(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("button", name="Play all").click()
    says = page.locator(".row-line [role=status]")
    page.keyboard.press("j")
    expect(says).to_have_text("2 of 3")
    until(page, "!document.querySelectorAll('audio')[1].paused")
    page.keyboard.press("k")
    expect(says).to_have_text("1 of 3")

    page.get_by_role("button", name="Stop playing all").click()

    until(page, "[...document.querySelectorAll('audio')].every((a) => a.paused)")
    expect(says).to_have_text("")


def test_a_row_moves_even_before_its_first_moment_has_begun(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("button", name="Play all").evaluate(
        "b => { b.click(); document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true })); }"
    )
    until(
        page, "!document.querySelectorAll('audio')[1].paused && document.querySelectorAll('audio')[1].currentTime > 0"
    )
    assert page.evaluate("document.querySelectorAll('audio')[0].paused")
    expect(page.locator(".row-line [role=status]")).to_have_text("2 of 3")


def test_a_row_goes_on_from_what_somebody_plays_in_it(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("button", name="Play all").click()
    page.locator("[data-act=toggle]").nth(2).click()

    expect(page.locator(".row-line [role=status]")).to_have_text("3 of 3")


# ---- sharing


@pytest.fixture
def sharing_page(browser: Browser, site: Site) -> Page:
    context = browser.new_context(base_url=site.url, viewport=DESK, permissions=["clipboard-read", "clipboard-write"])
    return context.new_page()


def test_a_looped_stretch_is_shared_and_opens_in_a_fresh_browser(
    sharing_page: Page, browser: Browser, site: Site
) -> None:
    sharing_page.goto(f"{EPISODE}?t=10")
    sharing_page.keyboard.press("l")
    _seek(sharing_page, 12.5)
    sharing_page.keyboard.press("l")
    sharing_page.get_by_role("button", name="Share").click()
    expect(sharing_page.get_by_text("The link is copied.")).to_be_visible()
    link = _copied(sharing_page)
    sharing_page.context.close()
    assert link == f"{site.url}{EPISODE}?t=10,12.5"

    fresh = browser.new_context(viewport=DESK)
    page = fresh.new_page()
    page.goto(link)
    _play(page)
    until(page, PAUSED)

    assert _place(page) == pytest.approx(12.5, abs=0.3)
    fresh.close()


def test_marked_words_are_shared_with_their_times(sharing_page: Page, site: Site) -> None:
    sharing_page.goto(EPISODE)
    turn = site.door.turns("late-again")[1].turn
    texts = [w.text for w in turn.words]
    first, last = texts.index("coat"), texts.index("lonely,")
    sharing_page.evaluate(
        """() => {
          const text = document.querySelector("#turn-1 .line").firstChild;
          const [from, to] = [text.data.indexOf("coat"), text.data.indexOf("lonely") + 6];
          getSelection().setBaseAndExtent(text, from, text, to);
        }"""
    )
    sharing_page.get_by_role("button", name="Share").click()
    expect(sharing_page.get_by_text("The link is copied.")).to_be_visible()
    link = _copied(sharing_page)
    sharing_page.context.close()

    start_s, end_s = (float(x) for x in urlsplit(link).query.removeprefix("t=").split(","))
    assert start_s == pytest.approx(turn.words[first].start_s, abs=0.02)
    assert end_s == pytest.approx(turn.words[last + 1].start_s, abs=0.02)


def test_a_moment_is_shared_by_its_page(sharing_page: Page, site: Site) -> None:
    address = f"/moments/{site.late_moments[0].id}"
    sharing_page.goto(address)
    sharing_page.get_by_role("button", name="Share").click()
    expect(sharing_page.get_by_text("The link is copied.")).to_be_visible()

    assert _copied(sharing_page) == site.url + address
    sharing_page.context.close()


def test_where_nothing_can_be_copied_the_link_is_shown(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Share").click()

    expect(page.get_by_role("dialog", name="The link")).to_be_visible()
    expect(page.get_by_label("Copy it from here")).to_have_value(f"{site.url}/moments/{site.late_moments[0].id}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share")).to_be_focused()


def test_the_devices_own_sheet_is_used_where_there_is_one(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    page.evaluate(
        """() => {
          navigator.canShare = () => true;
          navigator.share = async (what) => { window.shared = what; };
        }"""
    )
    page.get_by_role("button", name="Share").click()
    until(page, "window.shared !== undefined")

    assert page.evaluate("() => window.shared.url") == f"{site.url}/moments/{site.late_moments[0].id}"


# ---- the device's own keys and its lock screen


def test_the_lock_screen_says_what_sounds(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    _play(page)
    until(page, "navigator.mediaSession.metadata !== null")
    told = json.loads(
        page.evaluate(
            "() => JSON.stringify([navigator.mediaSession.metadata.title, navigator.mediaSession.metadata.album])"
        )
    )

    assert told == ["Jonas to Mara", "Late again"]
    until(page, "navigator.mediaSession.playbackState === 'playing'")
    page.goto(EPISODE)
    _play(page)
    until(page, "navigator.mediaSession.metadata?.title === 'Late again'")


def test_practice_tells_the_lock_screen_nothing(page: Page, site: Site) -> None:
    page.goto(f"/practice/moments/{site.late_moments[0].id}")

    assert page.locator("script[src*='listening.js']").count() == 0
    assert page.evaluate("() => navigator.mediaSession.metadata") is None


# ---- before the scripts are there


def test_a_press_that_comes_too_early_is_not_lost(page: Page) -> None:
    held: list[Route] = []
    page.route(re.compile(r"/keys\.js$"), lambda route: held.append(route))
    page.goto(EPISODE, wait_until="commit")
    page.get_by_role("button", name="Play", exact=True).click()
    assert page.evaluate(PAUSED)

    for route in held:
        route.continue_()

    until(page, f"!{PAUSED}")


@pytest.mark.parametrize("where", ["/", "/moments", EPISODE])
def test_nothing_moves_while_a_page_becomes_ready(page: Page, where: str) -> None:
    page.goto(where)
    page.wait_for_timeout(300)
    moved = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const one of list.getEntries()) sum += one.value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 200);
        })"""
    )

    assert moved < 0.02
