"""The private space in a real browser; practice with keys alone, without scripts, and on every screen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, until
from tests.browser.speaking import (
    MIXED,
    PROMPT,
    Speaker,
    now,
    open_page,
    playing,
    practise,
    put_take,
    takes_of,
    token_of,
    wait_until_heard,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(speakers: Speaker, site: Site, watch: Watch) -> Iterator[Page]:
    """A page in a browser into whose microphone the mixed reply is said."""
    with open_page(speakers(MIXED), site, watch) as made:
        yield made


SCHEMES = ("light", "dark")


# ---- the space


def test_the_journal_shows_what_was_said_and_leads_to_it(page: Page) -> None:
    practise(page)
    page.goto("/practice")
    page.get_by_role("link", name="Your journal, 1 take").click()

    line = page.locator(".journal li")
    expect(line).to_contain_text("Goodnight to the fridge")
    expect(line).to_contain_text("felt lonely")
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Your first take").first).to_be_visible()
    page.locator("[data-take]").get_by_role("button", name="Play Your first take").click()
    until(page, playing("Your first take"))


def test_everything_can_be_taken_along(page: Page, site: Site) -> None:
    practise(page)
    page.goto("/practice/space")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download everything").click()

    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        names = archive.namelist()
        transcript = json.loads(archive.read("takes/1/transcript.json"))
        sound = archive.read("takes/1/sound.webm")
    assert "README.txt" in names
    assert "felt lonely" in transcript["text"]
    assert len(sound) == takes_of(page, site)[0].sound_bytes


def test_one_take_can_be_thrown_away(page: Page, site: Site) -> None:
    practise(page)
    page.get_by_text("Throw it away").locator("visible=true").click()
    page.get_by_role("button", name="Throw this take away").click()

    expect(page.locator("[data-take]")).to_have_count(0)
    assert takes_of(page, site) == ()


def test_everything_can_be_erased(page: Page, site: Site) -> None:
    practise(page)
    practice, token = site.door.practice, token_of(page)
    space = practice.enter(token, now())
    address = page.locator("[data-correct]").get_attribute("data-correct") or ""
    page.goto("/practice/space")
    page.get_by_role("link", name="Erase everything").click()
    expect(page.get_by_role("heading", name="Erase everything?")).to_be_visible()
    page.get_by_role("button", name="Erase everything").click()

    expect(page.get_by_role("status").first).to_contain_text("Everything is erased")
    assert page.context.cookies() == []
    assert practice.takes(space) == ()
    assert page.request.get(address, headers={"Cookie": f"companion_space={token}"}).status == 404


def test_leaving_closes_the_space_to_the_old_cookie(page: Page) -> None:
    practise(page)
    token = token_of(page)
    page.goto("/practice/space")
    page.get_by_role("button", name="Leave this space").click()
    expect(page.get_by_role("status").first).to_contain_text("left the space")

    answer = page.request.get("/practice/journal", headers={"Cookie": f"companion_space={token}"})

    assert answer.status == 404
    assert page.context.cookies() == []


def test_how_long_things_are_kept_is_chosen(page: Page, site: Site) -> None:
    practise(page)
    page.goto("/practice/space")
    page.get_by_label("Keep the words, drop the voice").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("Keep the words, drop the voice")).to_be_checked()
    assert [t.sound_bytes for t in takes_of(page, site)] == [0]
    page.goto(PROMPT)
    expect(page.get_by_text("Your voice was dropped, as you chose")).to_be_visible()
    expect(page.locator(".did")).to_contain_text("felt lonely")


# ---- with keys alone, without scripts, on every screen


def test_a_take_is_made_and_heard_with_keys_alone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(PROMPT)
    _tab_to(page, "record")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.wait_for_timeout(6000)
    page.keyboard.press("Space")
    wait_until_heard(page)
    expect(page.locator("[data-record]")).to_be_focused()

    _tab_to(page, "act")
    page.keyboard.press("Enter")
    until(page, playing("Your first take"))
    page.keyboard.press("Enter")
    _tab_to(page, "from")
    page.keyboard.press("Enter")
    until(page, playing("Your first take"))


def _tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"{json.dumps(name)} in document.activeElement.dataset"):
            return
    raise AssertionError(f"no key leads to {name}")


def test_a_recording_is_handed_in_without_scripts(
    browser: Browser, site: Site, watch: Watch, said: Callable[[str], Path]
) -> None:
    with open_page(browser, site, watch, java_script_enabled=False) as page:
        page.goto(PROMPT)
        expect(page.locator("[data-record]")).to_be_hidden()
        page.get_by_text("Hand in a recording instead").click()
        page.get_by_label("A sound file").set_input_files(said(MIXED))
        page.get_by_role("button", name="Send it").click()
        assert page.locator("[data-code] output").inner_text().count("-") > 3
        page.get_by_role("link", name="On to your take").click()

        for _ in range(20):
            if page.locator(".did").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page.locator(".did")).to_contain_text("felt lonely")
        expect(page.locator("[data-take] audio[controls]")).to_be_visible()
        page.get_by_text("Something was misheard").click()
        page.get_by_role("textbox", name="What you said").fill("Of course you felt lonely.")
        page.get_by_role("button", name="These are my words").click()
        expect(page.locator(".own")).to_have_text("Of course you felt lonely.")


def _screens(page: Page, site: Site) -> dict[str, str]:
    """The pages of somebody who has two takes."""
    practise(page)
    practise(page)
    takes = takes_of(page, site)
    return {
        "practice": "/practice",
        "exercise-prompt": PROMPT,
        "exercise-moment": f"/practice/moments/{site.late_moments[0].id}",
        "take": f"/practice/takes/{takes[0].id}",
        "journal": "/practice/journal",
        "space": "/practice/space",
        "erase": "/practice/space/erase",
    }


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_screen_is_open_to_everybody_and_fits(
    speakers: Speaker, site: Site, watch: Watch, screenshots: Path, scheme: str
) -> None:
    bad: dict[str, object] = {}
    with open_page(speakers(MIXED), site, watch, color_scheme=scheme) as page:
        for name, address in _screens(page, site).items():
            page.goto(address)
            for details in page.locator("main details").all():
                details.evaluate("d => { d.open = true }")
            found = Axe().run(page).response["violations"]
            if grave := [
                f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")
            ]:
                bad[name] = grave
            for details in page.locator("main details").all():
                details.evaluate("d => { d.open = false }")
            for size in (PHONE, DESK):
                page.set_viewport_size(size)
                inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                if inner[0] > inner[1]:
                    bad[f"{name} at {size['width']}"] = inner
                page.screenshot(path=screenshots / f"{name}-{size['width']}-{scheme}.png", full_page=True)
        page.goto(PROMPT)
        page.set_viewport_size(PHONE)
        page.locator("[data-record]").click()
        page.wait_for_timeout(1500)
        page.screenshot(path=screenshots / f"recording-{PHONE['width']}-{scheme}.png")
        page.get_by_role("button", name="Stop").click()
        wait_until_heard(page)
        page.screenshot(path=screenshots / f"heard-{PHONE['width']}-{scheme}.png", full_page=True)
        page.context.clear_cookies()
        for name, address in {"space-none": "/practice/space", "journal-none": "/practice/journal"}.items():
            page.goto(address)
            page.screenshot(path=screenshots / f"{name}-{PHONE['width']}-{scheme}.png", full_page=True)
    watch.problems = [p for p in watch.problems if "404" not in p]  # a journal without a space is one

    assert bad == {}


# ---- over time, and words that speak of harm


HARM = "I am so alone with it. I want to kill myself."


def test_the_owner_says_how_it_went_and_the_list_follows_without_scripts(
    browser: Browser, page: Page, site: Site, watch: Watch
) -> None:
    practise(page)
    (take,) = takes_of(page, site)
    cookies = page.context.cookies()
    with open_page(browser, site, watch, java_script_enabled=False) as plain:
        plain.context.add_cookies(cookies)
        plain.goto(f"/practice/takes/{take.id}")
        plain.get_by_text("Say yourself how it went").click()
        plain.get_by_label("It came easily").check()
        plain.locator(".rate").get_by_role("button", name="Save").click()
        expect(plain.get_by_role("status").first).to_contain_text("Noted.")
        expect(plain.get_by_text("You said: It came easily")).to_be_visible()

        plain.goto("/practice")
        expect(plain.get_by_role("heading", name="To go on with")).to_be_visible()
    practice = site.door.practice
    assert practice.own_ratings(practice.enter(token_of(page), now())) == {take.id: "easy"}


def test_a_new_code_can_be_had_where_the_first_was_not_noted(page: Page, watch: Watch) -> None:
    practise(page)
    first = page.locator("[data-code] output").inner_text()
    page.goto("/practice/space")

    page.get_by_role("button", name="Get a new code").click()

    code = page.locator("[data-code] output").inner_text()
    assert code not in ("", first)
    page.get_by_role("link", name="I have noted it").click()
    page.get_by_role("button", name="Leave this space").click()
    page.get_by_label("Recovery code").fill(first)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("alert")).to_contain_text("No space opens with that code")
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="Your private space")).to_be_visible()
    assert len(watch.problems) == 1  # the refused code
    assert "404" in watch.problems.pop()


def test_where_the_words_speak_of_harm_there_is_the_help_alone(page: Page, site: Site) -> None:
    practise(page)
    page.get_by_text("Something was misheard").click()
    page.get_by_role("textbox", name="What you said").fill(HARM)
    page.get_by_role("button", name="These are my words").click()

    link = page.locator(".help a")
    expect(link).to_be_visible()
    assert link.get_attribute("href") == site.door.settings.help_url
    for words in ("What I heard you do", "One thing to try", "Say yourself how it went"):
        expect(page.get_by_text(words)).to_have_count(0)
    page.reload()
    expect(page.locator(".help a")).to_be_visible()
    expect(page.get_by_role("heading", name="Side by side")).to_have_count(0)


def test_a_player_that_knows_no_webm_plays_wav(page: Page, site: Site) -> None:
    practise(page)
    (take,) = takes_of(page, site)
    page.goto(f"/practice/takes/{take.id}")
    page.evaluate(
        """() => {
      const audio = document.querySelector("[data-take] audio");
      audio.querySelector("source").type = "audio/of-another-kind"; // what a browser does not know it leaves out
      audio.load();
    }"""
    )

    page.locator("[data-take]").get_by_role("button", name="Play Your first take").click()

    until(page, playing("Your first take"))
    until(page, "document.querySelector('[data-take] audio').currentTime > 0.5")
    assert page.evaluate("document.querySelector('[data-take] audio').currentSrc").endswith("?format=wav")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_journal_of_weeks_is_open_to_everybody_and_fits(
    browser: Browser, site: Site, watch: Watch, screenshots: Path, scheme: str
) -> None:
    new = site.door.practice.open_space(now())
    for number in range(9):
        put_take(site.door, new.space, days_ago=3.0 * (8 - number), moves=number % 4, but=number % 3 == 0)
    with open_page(browser, site, watch, color_scheme=scheme) as page:
        page.context.add_cookies([{"name": "companion_space", "value": new.token, "url": site.url}])
        page.goto("/practice/journal")
        assert page.locator("figure svg").count() == 3
        expect(page.get_by_role("img", name="Your pace, beside your own usual one")).to_be_visible()
        page.get_by_text("Read it as a table").click()
        expect(page.get_by_role("table")).to_be_visible()
        assert page.get_by_role("rowheader").count() == page.locator(".weeks tbody tr").count() > 1
        found = Axe().run(page).response["violations"]
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert inner[0] <= inner[1]
            page.screenshot(path=screenshots / f"journal-weeks-{size['width']}-{scheme}.png", full_page=True)
    assert [v["id"] for v in found] == []
