"""Playing a list that has more than one page, in a browser that lets no page sound by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, launch, running, until

pytestmark = pytest.mark.browser

NEAR_THE_END = """() => {
  for (const audio of document.querySelectorAll("audio")) {
    audio.addEventListener("playing", () => {
      const end = Number(audio.closest("[data-stretch]").dataset.end);
      if (audio.currentTime < end - 1) audio.currentTime = end - 1;
    });
  }
}"""


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three moments, two on a page: on the last page there is one."""
    with running(tmp_path_factory.mktemp("paged"), page_size=2) as one:
        yield one


@pytest.fixture(scope="module")
def strict(playwright: Playwright) -> Iterator[Browser]:
    """A browser as people have it: sound needs a press first."""
    opened = launch(playwright, "--autoplay-policy=document-user-activation-required")
    yield opened
    opened.close()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, strict: Browser, paged: Site) -> Iterator[Page]:
    context = strict.new_context(base_url=paged.url, viewport=request.param)
    made = context.new_page()
    watch = Watch(paged.url)
    watch.on(made)
    yield made
    context.close()
    assert watch.problems == []


@pytest.mark.parametrize("address", ["/moments?sort=longest", "/search?q=you"], ids=["moments", "search"])
def test_a_row_goes_on_to_the_next_page_and_ends_on_the_last(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(NEAR_THE_END)
    page.get_by_role("button", name="Play all").click()
    says = page.locator(".row-line [role=status]")
    expect(says).to_have_text("2 of 2", timeout=8000)

    page.wait_for_url("**page=2*", timeout=10_000)

    until(page, "!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 0")
    expect(page.get_by_role("button", name="Stop playing all")).to_be_visible()
    expect(says).to_contain_text("1 of ")
    assert "#" not in page.url  # a reload does not begin it again


def test_the_last_page_with_one_moment_is_played_and_the_row_is_over(page: Page) -> None:
    page.goto("/moments?page=2")
    expect(page.locator("[data-moment]")).to_have_count(1)
    page.evaluate(NEAR_THE_END)
    page.get_by_role("button", name="Play all").click()

    expect(page.locator(".row-line [role=status]")).to_have_text("1 of 1")
    expect(page.locator("[data-act=all]")).to_have_text("Play all", timeout=8000)
    assert page.url.endswith("/moments?page=2")


def test_j_leads_from_the_last_of_a_page_to_the_next_page(page: Page) -> None:
    page.goto("/moments")
    page.get_by_role("button", name="Play all").click()
    until(page, "!document.querySelector('audio').paused")
    page.keyboard.press("j")
    expect(page.locator(".row-line [role=status]")).to_have_text("2 of 2")
    page.keyboard.press("j")

    page.wait_for_url("**page=2*")
    until(page, "!document.querySelector('audio').paused")


def test_a_reload_of_the_next_page_is_silent(page: Page) -> None:
    page.goto("/moments?page=2#play-all")
    expect(page.locator("[data-moment]")).to_have_count(1)
    page.reload()
    page.wait_for_timeout(500)

    assert page.evaluate("() => [...document.querySelectorAll('audio')].every((a) => a.paused)")
    expect(page.locator("[data-act=all]")).to_have_text("Play all")


def test_a_link_to_the_row_that_may_not_sound_yet_says_what_to_press(page: Page) -> None:
    page.goto("/moments?page=2#play-all")

    expect(page.locator(".said-by-player").first).to_have_text("Press play to go on.")
    page.locator("[data-act=toggle]").first.click()
    until(page, "!document.querySelector('audio').paused")
