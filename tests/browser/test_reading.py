"""Reading along in an episode: finding words, following, chapters, print, and the page for those who want no motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, until

pytestmark = pytest.mark.browser

EPISODE = "/episodes/late-again"
PAUSED = "document.querySelector('audio').paused"
MARKED = """() => ["found", "found-now"].map((name) => [...CSS.highlights.get(name)].map((range) => {
  const live = document.createRange();
  live.setStart(range.startContainer, range.startOffset);
  live.setEnd(range.endContainer, range.endOffset);
  return live.toString();
}))"""


def _play(page: Page) -> None:
    page.locator("[data-act=toggle]").first.click()
    until(page, f"!{PAUSED} && document.querySelector('audio').readyState > 2")


# ---- finding


def test_words_of_the_episode_are_found_and_walked_through(page: Page) -> None:
    page.goto(EPISODE)
    page.keyboard.press("/")
    page.keyboard.type("LONELY")
    status = page.locator("[data-find] [role=status]")
    expect(status).to_have_text("2 places")
    assert page.evaluate(MARKED) == [["lonely", "lonely"], []]

    page.keyboard.press("Enter")
    expect(status).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(status).to_have_text("2 of 2")
    page.keyboard.press("Enter")
    expect(status).to_have_text("1 of 2")
    page.keyboard.press("Shift+Enter")
    expect(status).to_have_text("2 of 2")
    assert page.evaluate(MARKED) == [["lonely"], ["lonely"]]
    page.get_by_role("button", name="The place before").click()
    expect(status).to_have_text("1 of 2")


def test_words_are_found_across_the_blanks_between_them_and_parts_of_words_too(page: Page) -> None:
    page.goto(EPISODE)
    page.get_by_label("Find in this episode").fill("course  you felt lone")
    expect(page.locator("[data-find] [role=status]")).to_have_text("1 place")

    assert page.evaluate(MARKED)[0] == ["course you felt lone"]


def test_what_nobody_says_is_said(page: Page) -> None:
    page.goto(EPISODE)
    field = page.get_by_label("Find in this episode")
    field.fill("zebra")
    expect(page.locator("[data-find] [role=status]")).to_have_text("Nobody says that in this episode.")
    expect(page.get_by_role("button", name="The next place")).to_be_hidden()

    field.fill("")

    expect(page.locator("[data-find] [role=status]")).to_have_text("")


def test_what_was_found_stays_marked_while_the_words_are_read(page: Page) -> None:
    page.goto(f"{EPISODE}?t=3.5")
    page.get_by_label("Find in this episode").fill("lonely")
    _play(page)
    until(page, "document.querySelector('#turn-1 .now') !== null")

    assert page.evaluate(MARKED)[0] == ["lonely", "lonely"]


# ---- following


def test_only_the_line_that_is_read_has_an_element_for_each_word(page: Page) -> None:
    page.goto(f"{EPISODE}?t=3.5")
    _play(page)
    until(page, "document.querySelectorAll('#turn-1 .line [data-at]').length > 5")
    page.evaluate("() => { document.querySelector('audio').currentTime = 20.5; }")

    until(page, "document.querySelectorAll('#turn-1 .line [data-at]').length === 0")
    assert "I felt so lonely, and then I felt stupid for it." in page.locator("#turn-1").inner_text()


def test_the_marked_word_is_not_late(page: Page, site: Site) -> None:
    words = [w for t in site.door.turns("late-again") for w in t.turn.words]
    page.goto(f"{EPISODE}?t=3.6")
    _play(page)
    late = []
    for _ in range(30):
        page.wait_for_timeout(70)
        now, marked = page.evaluate(
            "() => [document.querySelector('audio').currentTime, Number(document.querySelector('.now')?.dataset.at)]"
        )
        right = [w.start_s for w in words if w.start_s <= now - 0.15][-1]  # what had to be marked 150 ms ago
        late.append(marked >= right - 0.01)

    assert all(late)


def test_marked_text_is_not_taken_from_whoever_marks_it(page: Page) -> None:
    page.goto(f"{EPISODE}?t=3.6")
    _play(page)
    until(page, "document.querySelectorAll('#turn-1 .line [data-at]').length > 5")
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('#turn-1 .line'))")
    page.evaluate("() => { document.querySelector('audio').currentTime = 20.5; }")
    page.wait_for_timeout(400)

    assert "stairs" in page.evaluate("() => getSelection().toString()")


def test_following_is_switched_with_a_key_and_the_focus_is_not_lost(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{EPISODE}?t=17.5")
    _play(page)
    page.keyboard.press("f")
    again = page.get_by_role("button", name="Follow again")
    expect(again).to_be_visible()
    page.wait_for_timeout(800)  # a smooth way that had begun comes to its end
    page.evaluate("() => scrollTo(0, 0)")
    page.evaluate("() => { document.querySelector('audio').currentTime = 30; }")
    page.wait_for_timeout(600)
    assert page.evaluate("scrollY") == 0

    again.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()
    expect(page.locator("[data-player] [data-act=toggle]")).to_be_focused()


def test_whoever_scrolled_while_it_was_silent_is_led_back_by_play(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{EPISODE}?t=30")
    page.evaluate("() => scrollTo(0, 0)")
    page.wait_for_timeout(300)
    _play(page)

    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()


def test_whoever_wants_no_motion_gets_none(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url, viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{EPISODE}?t=30")
    page.evaluate(
        """() => {
          window.ways = [];
          const old = Element.prototype.scrollIntoView;
          Element.prototype.scrollIntoView = function (how) {
            window.ways.push(how.behavior);
            return old.call(this, how);
          };
          scrollTo(0, 0);
        }"""
    )
    _play(page)
    page.wait_for_timeout(300)
    ways = page.evaluate("() => window.ways")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')]"
        ".filter((n) => parseFloat(getComputedStyle(n).transitionDuration)).length"
    )
    context.close()

    assert ways
    assert set(ways) == {"auto"}
    assert moving == 0


# ---- chapters


def test_the_moment_that_sounds_is_marked_on_the_list_and_on_the_wave(page: Page, site: Site) -> None:
    second = site.late_moments[1].moment
    page.goto(f"{EPISODE}?t={second.start_s + 1}")
    lines, marks = page.locator("[data-moment-line]"), page.locator("[data-mark]")
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    expect(marks.nth(1)).to_have_attribute("aria-current", "true")

    page.evaluate("() => { document.querySelector('audio').currentTime = 20.5; }")

    expect(page.locator("[data-moment-line][aria-current]")).to_have_count(0)
    expect(page.locator("[data-mark][aria-current]")).to_have_count(0)


def test_marks_are_one_stop_and_arrows_walk_among_them(page: Page, site: Site) -> None:
    page.goto(EPISODE)
    marks = page.locator("[data-mark]")
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    until(page, f"!{PAUSED}")

    at_s = page.locator("audio").evaluate("a => a.currentTime")
    assert at_s == pytest.approx(site.late_moments[1].moment.start_s, abs=0.6)


def test_the_player_carries_captions(page: Page) -> None:
    page.goto(EPISODE)
    cues = page.evaluate(
        """() => new Promise((done) => {
          const track = document.querySelector("audio track");
          track.addEventListener("load", () => done(track.track.cues.length));
          track.track.mode = "hidden";
        })"""
    )

    assert cues >= 10


def test_the_player_and_the_device_know_the_chapters(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(EPISODE)
    page.wait_for_timeout(300)
    assert not [url for url in asked if url.endswith("chapters.vtt")]  # nobody plays yet

    _play(page)
    until(page, "(navigator.mediaSession.metadata?.chapterInfo ?? []).length > 0")

    cues = page.evaluate(
        "() => [...document.querySelector('audio').textTracks].find((t) => t.kind === 'chapters').cues.length"
    )
    told = page.evaluate("() => navigator.mediaSession.metadata.chapterInfo.map((c) => [c.startTime, c.title])")
    first, second = (m.moment for m in site.late_moments)
    assert len(told) == cues >= 3
    assert told[0] == [0, "The conversation begins"]
    assert told[1][0] == pytest.approx(first.start_s, abs=0.01)
    assert told[1][1].startswith("Jonas to Mara")
    assert second.start_s in [pytest.approx(start, abs=0.01) for start, _ in told]
    assert page.evaluate("() => navigator.mediaSession.metadata.title") == "Late again"


# ---- print


def test_on_paper_there_is_the_conversation_and_nothing_to_press(page: Page) -> None:
    page.set_viewport_size(DESK)
    page.goto(EPISODE)
    page.emulate_media(media="print")

    for gone in ("[data-player]", "[data-find]", ".downloads", ".top nav", ".foot"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".turn").last).to_be_visible()
    assert page.locator(".turn").last.evaluate("n => getComputedStyle(n).contentVisibility") == "visible"
    assert len(page.pdf()) > 5_000


def test_the_print_button_opens_the_print_view(page: Page) -> None:
    page.goto(EPISODE)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.get_by_role("button", name="Print").click()

    assert page.evaluate("() => window.printed === true")
