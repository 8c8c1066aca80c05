"""Practice, in a real browser with a real recording as its microphone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from companion.takes import Asked
from companion.types import SAMPLE_RATE_HZ
from tests.browser.conftest import Site, Watch, launch, until
from tests.browser.speaking import (
    MIXED,
    PROMPT,
    STORED,
    Speaker,
    alike,
    open_page,
    playing,
    practise,
    record,
    sound_kept,
    takes_of,
    wait_until_heard,
)
from tests.sounds import sound_of, write_wav

pytestmark = pytest.mark.browser


@pytest.fixture
def page(speakers: Speaker, site: Site, watch: Watch) -> Iterator[Page]:
    """A page in a browser into whose microphone the mixed reply is said."""
    with open_page(speakers(MIXED), site, watch) as made:
        yield made


# ---- a reply


def test_a_reply_to_a_moment_is_recorded_and_answered_with_its_own_words(
    page: Page, site: Site, said: Callable[[str], Path], tmp_path: Path
) -> None:
    stored = site.late_moments[0]
    page.goto(f"/moments/{stored.id}")
    page.get_by_role("link", name="Practise this").click()
    expect(page.get_by_text("I sat on the stairs with my coat on")).to_be_visible()

    record(page)
    wait_until_heard(page)

    take = page.locator("[data-take]")
    expect(take.get_by_role("heading", name="Your first take")).to_be_visible()
    expect(take.locator(".own")).to_contain_text("felt lonely")
    words = take.locator(".did li")
    expect(words.filter(has_text="Of course you felt lonely")).to_contain_text(re.compile("validating|feeling with"))
    expect(words.filter(has_text="that was on me")).to_contain_text("owning a fault")
    expect(words.filter(has_text="but you could have called me")).to_contain_text("a “but” after hearing")
    expect(take).to_contain_text("You named the feeling in it.")
    expect(take).to_contain_text("Try stopping before “but you could have called me”")
    assert page.evaluate(STORED) == [0, 0]
    (kept,) = takes_of(page, site)
    assert kept.asked == Asked(moment_id=stored.id)
    spoken = sound_of(said(MIXED))
    assert alike(sound_kept(page, site, kept, tmp_path), spoken) > 0.9


def test_the_sound_of_the_bid_stops_before_the_reply(page: Page, site: Site) -> None:
    stored = site.late_moments[0]
    page.goto(f"/practice/moments/{stored.id}")
    page.get_by_role("button", name="Play Mara").click()
    until(page, playing("Mara"))

    until(page, f"!{playing('Mara')}", 15)

    reply = next(t for t in site.door.moment_turns(stored) if t.turn.speaker == "Jonas")
    assert page.locator("audio").first.evaluate("a => a.currentTime") <= reply.turn.start_s + 0.05


def test_words_that_are_quoted_can_be_heard(page: Page, site: Site) -> None:
    practise(page)
    quote = page.locator(".did button.quote").last
    from_s, to_s = (float(quote.get_attribute(name) or "nan") for name in ("data-from", "data-to"))
    audio = page.locator("[data-take] audio")

    quote.click()

    until(page, f"{playing('Your first take')} && document.querySelector('[data-take] audio').currentTime > {from_s}")
    assert from_s <= audio.evaluate("a => a.currentTime") <= to_s
    until(page, f"!{playing('Your first take')}")
    assert audio.evaluate("a => a.currentTime") == pytest.approx(to_s, abs=0.3)
    (kept,) = takes_of(page, site)
    assert kept.feedback is not None
    words = [w.text for w in kept.words if from_s <= w.start_s and w.end_s <= to_s]
    assert " ".join(words).lower().rstrip(".,") == (quote.text_content() or "").strip("“”").lower().rstrip(".,")


def test_a_second_take_stands_beside_the_first_and_the_partner(page: Page, site: Site) -> None:
    practise(page, f"/practice/moments/{site.late_moments[0].id}")
    expect(page.locator("[data-record]")).to_be_focused()
    expect(page.locator("[data-record]")).to_have_text("Record another take")

    record(page)
    wait_until_heard(page)

    side = page.locator(".compare")
    names = ["Your first take", "Your second take", "Jonas, on the podcast"]
    expect(side.locator("h3")).to_have_text(names)
    for name in names:
        side.get_by_role("button", name=f"Play {name}").click()
        until(page, playing(name))
    side.get_by_role("button", name="Hear them one after the other").click()
    for name in names:
        until(page, playing(name), 20)
    assert [t.number for t in takes_of(page, site)] == [2, 1]


def test_a_model_reply_is_there_where_nobody_said_one(page: Page) -> None:
    page.goto(PROMPT)
    expect(page.locator(".compare")).to_be_hidden()
    page.get_by_text("Read how it can be said").click()
    expect(page.get_by_text("One way to say it")).to_be_visible()

    record(page, 3)
    wait_until_heard(page)

    expect(page.locator(".compare")).to_contain_text("One way to say it")
    expect(page.get_by_text("Read how it can be said")).to_have_count(0)


def test_the_code_that_leads_back_is_shown_once_and_works(
    page: Page, speakers: Speaker, site: Site, watch: Watch
) -> None:
    page.goto(PROMPT)
    expect(page.locator("[data-code]")).to_be_hidden()
    record(page, 3)
    wait_until_heard(page)
    code = page.locator("[data-code] output").inner_text()
    page.reload()
    expect(page.locator("[data-code]")).to_be_hidden()

    with open_page(speakers(MIXED), site, watch) as elsewhere:
        elsewhere.goto("/practice/space")
        elsewhere.get_by_label("Recovery code").fill(code)
        elsewhere.get_by_role("button", name="Open it").click()
        elsewhere.get_by_role("link", name="Your journal, 1 take").click()
        expect(elsewhere.get_by_role("heading", name="Goodnight to the fridge")).to_be_visible()


def test_a_text_that_was_misheard_is_put_right_and_the_feedback_follows(page: Page) -> None:
    practise(page)
    expect(page.locator(".did .away").first).to_be_visible()
    page.get_by_text("Something was misheard").click()
    page.get_by_role("textbox", name="What you said").fill(
        "Of course you felt lonely. I came at nine, and that was on me."
    )
    page.get_by_role("button", name="These are my words").click()

    expect(page.locator(".own")).to_have_text("Of course you felt lonely. I came at nine, and that was on me.")
    expect(page.locator(".did .away")).to_have_count(0)
    expect(page.locator(".own")).to_be_focused()


def test_words_that_speak_of_harm_bring_a_link_to_help(page: Page, site: Site) -> None:
    practise(page)
    page.get_by_text("Something was misheard").click()
    page.get_by_role("textbox", name="What you said").fill("I want to hurt myself when you are gone.")
    page.get_by_role("button", name="These are my words").click()

    expect(page.locator(".help")).to_contain_text(site.door.settings.help_text)
    expect(page.locator(".help a")).to_have_attribute("href", site.door.settings.help_url)
    expect(page.locator("[data-take]")).not_to_contain_text("What worked")
    expect(page.locator("[data-take]")).not_to_contain_text("One thing to try")


def test_two_minutes_are_the_end_and_are_kept(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-recorder]").evaluate("r => { r.dataset.max = '3' }")
    page.locator("[data-record]").click()
    expect(page.locator("[data-left]")).to_have_text("0:02 left")

    wait_until_heard(page)

    (kept,) = takes_of(page, site)
    assert kept.duration_s == pytest.approx(3.0, abs=0.4)


# ---- what can go wrong


def test_a_microphone_that_is_refused_is_explained(speakers: Speaker, site: Site, watch: Watch) -> None:
    with open_page(speakers(MIXED), site, watch, allowed=False) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()

        expect(page.get_by_role("alert")).to_contain_text("The microphone was refused")
        expect(page.locator("[data-record]")).to_be_focused()
        expect(page.locator("[data-record]")).to_have_text("Record your reply")
        assert page.context.cookies() == []


def test_no_microphone_is_said(browser: Browser, site: Site, watch: Watch) -> None:
    with open_page(browser, site, watch) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()

        expect(page.get_by_role("alert")).to_contain_text("No microphone was found")


def test_a_microphone_in_use_is_said(page: Page) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('busy', 'NotReadableError') }"
    )
    page.goto(PROMPT)
    page.locator("[data-record]").click()

    expect(page.get_by_role("alert")).to_contain_text("Another program holds the microphone")


def test_an_address_without_protection_is_explained(playwright: Playwright, site: Site) -> None:
    browser = launch(playwright, "--host-resolver-rules=MAP practice.test 127.0.0.1")
    page = browser.new_page()
    page.goto(site.url.replace("127.0.0.1", "practice.test") + PROMPT)

    expect(page.get_by_role("alert")).to_contain_text("protected addresses only")
    expect(page.locator("[data-record]")).to_be_disabled()
    browser.close()


def test_a_silent_microphone_is_noticed_while_one_speaks_and_nothing_is_kept(
    playwright: Playwright, site: Site, watch: Watch, tmp_path: Path
) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(10 * SAMPLE_RATE_HZ, np.int16))
    browser = launch(
        playwright, "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={silence}%noloop"
    )
    with open_page(browser, site, watch) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()
        expect(page.get_by_role("alert")).to_contain_text("We hear nothing", timeout=3000)
        page.get_by_role("button", name="Stop").click()

        expect(page.get_by_role("alert")).to_contain_text("nothing was kept")
        assert takes_of(page, site) == ()
        assert page.evaluate(STORED) == [0, 0]
    browser.close()


def test_a_microphone_that_is_unplugged_keeps_what_was_said(page: Page, site: Site) -> None:
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish));"""
    )
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(3000)
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("[data-says]")).to_contain_text("The microphone went away")

    wait_until_heard(page)

    assert (takes_of(page, site)[0].duration_s or 0) > 2.5


def test_a_lost_connection_loses_nothing(
    page: Page, site: Site, watch: Watch, said: Callable[[str], Path], tmp_path: Path
) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(1500)
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("No connection right now", timeout=4000)
    page.wait_for_timeout(5000)
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_text("", timeout=6000)
    page.get_by_role("button", name="Stop").click()
    wait_until_heard(page)

    (kept,) = takes_of(page, site)
    assert alike(sound_kept(page, site, kept, tmp_path), sound_of(said(MIXED))) > 0.9
    assert page.evaluate(STORED) == [0, 0]
    watch.problems.clear()  # the browser reports the lost connection, as it should


def test_a_connection_that_is_never_there_begins_the_take_when_it_comes(page: Page, site: Site, watch: Watch) -> None:
    page.goto(PROMPT)
    page.context.set_offline(True)
    record(page, 3)
    expect(page.get_by_role("alert")).to_contain_text("No connection right now")
    assert page.context.cookies() == []

    page.context.set_offline(False)

    wait_until_heard(page)
    assert (takes_of(page, site)[0].duration_s or 0) > 2.5
    watch.problems.clear()


def test_a_reload_in_the_middle_loses_nothing(
    page: Page, site: Site, said: Callable[[str], Path], tmp_path: Path
) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    started = time.monotonic()
    page.wait_for_timeout(5000)
    spoken_s = time.monotonic() - started
    page.reload()
    expect(page.get_by_text("Your last take was cut short")).to_be_visible()

    page.get_by_role("button", name="Keep what was said").click()
    wait_until_heard(page)

    (kept,) = takes_of(page, site)
    assert spoken_s - 0.5 < (kept.duration_s or 0) < spoken_s + 1.5
    assert alike(sound_kept(page, site, kept, tmp_path), sound_of(said(MIXED))) > 0.9
    assert page.locator("[data-code] output").inner_text().count("-") > 3
    assert page.evaluate(STORED) == [0, 0]
    page.reload()
    expect(page.get_by_text("Your last take was cut short")).to_be_hidden()


def test_a_take_that_was_cut_short_can_be_thrown_away(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(2500)
    page.reload()

    page.get_by_role("button", name="Throw it away").first.click()

    expect(page.locator("[data-says]")).to_have_text("It is thrown away.")
    expect(page.locator("[data-record]")).to_be_focused()
    assert takes_of(page, site) == ()
    assert page.evaluate(STORED) == [0, 0]


def test_a_take_that_is_being_recorded_in_another_tab_is_left_alone(page: Page, watch: Watch) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(1500)
    other = page.context.new_page()
    watch.on(other)
    other.goto(PROMPT)
    other.wait_for_timeout(500)

    expect(other.get_by_text("was cut short")).to_have_count(1)
    expect(other.get_by_text("was cut short")).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    wait_until_heard(page)


def test_what_arrived_can_be_kept_when_this_browser_has_lost_it(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(3500)
    page.goto("/practice")
    page.evaluate("new Promise((d) => { indexedDB.deleteDatabase('companion-practice').onsuccess = d })")
    page.goto(PROMPT)

    page.get_by_role("button", name="Keep what was said").locator("visible=true").click()

    page.wait_for_url("**/takes/**")
    wait_until_heard(page)
    assert (takes_of(page, site)[0].duration_s or 0) > 1.5
