"""A host publishes in a real browser: fills the forms, sees the checklist shrink, schedules, takes back, publishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from companion.types import Publication
from tests import draft_library
from tests.browser.conftest import DESK, PHONE, Site, Watch, running
from tests.browser.host_pages import look

pytestmark = pytest.mark.browser

PASSWORD = "seven quiet rooms upstairs"
SCREENS: tuple[tuple[str, Literal["light", "dark"], ViewportSize], ...] = (
    *(("phone", "light", PHONE), ("phone-dark", "dark", PHONE)),
    *(("desk", "light", DESK), ("desk-dark", "dark", DESK)),
)
PAGE = "/host/episodes/late-again"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path, draft_library.build, site_url="https://moments.example") as one:
        yield one


def log_in(page: Page, site: Site) -> None:
    if not site.door.host.accounts.hosts():
        site.door.host.accounts.add("Ada Host", PASSWORD)
    page.goto("/host/login")
    page.get_by_label("Name").fill("Ada Host")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Host")).to_be_visible()


def missing(page: Page) -> set[str]:
    return {
        item.get_attribute("data-item") or ""
        for item in page.locator(".checklist li").all()
        if item.get_attribute("class") != "may"
    }


def test_from_a_bare_draft_to_a_published_episode(browser: Browser, site: Site, tmp_path: Path, watch: Watch) -> None:
    context = browser.new_context(base_url=site.url, viewport=DESK, timezone_id="Europe/Berlin")
    page = context.new_page()
    watch.on(page)
    log_in(page, site)
    page.goto(PAGE)
    assert missing(page) == {"content-note", "cover", "show"}
    expect(page.get_by_role("button", name="Publish now")).to_have_count(0)

    page.locator('[data-item="content-note"]').get_by_role("link").click()
    page.get_by_label("Content note").fill(draft_library.NOTE)
    page.get_by_label("Description").fill("They *talk*.\n\n- late\n- again")
    page.get_by_label("Number").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert missing(page) == {"cover", "show"}

    page.locator('[data-item="show"]').get_by_role("link").click()
    page.get_by_label("Title").fill("Leaning In")
    page.get_by_label("Description").fill("Couples talk.")
    page.get_by_label("Author").fill("Ruth Ames")
    page.get_by_label("Owner’s e-mail").fill("ruth@example.org")
    page.get_by_label("Cover", exact=True).set_input_files(draft_library.cover(tmp_path / "small.png", size_px=900))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("900 by 900 pixels, and 1400 by 1400 are the least")).to_be_visible()
    expect(page.get_by_label("Author")).to_have_value("Ruth Ames")
    page.get_by_label("Cover", exact=True).set_input_files(draft_library.cover(tmp_path / "cover.png"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("img", name="The cover")).to_be_visible()

    page.goto(PAGE)
    assert missing(page) == set()
    page.get_by_label("Or at a time").fill("2096-07-01T09:00")
    page.get_by_label("Or at a time").blur()
    expect(page.locator("#at_offset")).to_have_value("+02:00")  # the browser is in Berlin, in summer
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("status")).to_have_text("It comes out at that time.")
    assert site.door.host.episode("late-again").published == datetime(2096, 7, 1, 7, tzinfo=UTC)
    expect(page.locator("time").first).to_contain_text("1 July 2096 at 09:00")

    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("[data-publication=draft]")).to_be_visible()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("status")).to_have_text("It is published.")
    assert site.door.host.episode("late-again").publication is Publication.PUBLISHED

    listener = browser.new_context(base_url=site.url, viewport=PHONE).new_page()
    listener.goto("/episodes/late-again")
    expect(listener.get_by_text("Before you listen:")).to_be_visible()
    expect(listener.locator(".lead em")).to_have_text("talk")
    page.get_by_text("Take it from listeners").click()
    page.get_by_role("button", name="Unpublish").click()
    expect(page.get_by_role("status")).to_have_text("Listeners do not find it any more.")
    answer = listener.goto("/episodes/late-again")
    assert answer is not None
    assert answer.status == 404
    listener.context.close()
    context.close()
    # A form that has a fault is answered by 400, and the browser's console says so: that is meant.
    watch.problems[:] = [p for p in watch.problems if "the server responded with a status of 400" not in p]


def test_it_works_without_scripts(browser: Browser, site: Site, tmp_path: Path) -> None:
    draft_library.fill_in(site.door.host, tmp_path)
    context = browser.new_context(base_url=site.url, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    log_in(page, site)
    page.goto(PAGE)
    page.get_by_label("Or at a time").fill("2096-07-01T09:00")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("1 July 2096, 09:00 UTC").first).to_be_visible()
    page.get_by_role("button", name="Publish now").click()
    assert site.door.host.episode("late-again").publication is Publication.PUBLISHED
    context.close()


def test_the_pages_are_sound_and_fit(browser: Browser, site: Site, tmp_path: Path, screenshots: Path) -> None:
    """Axe finds nothing serious, nothing is wider than the screen, and pictures are taken to be looked at."""
    for state in ("empty", "full"):
        if state == "full":
            draft_library.fill_in(site.door.host, tmp_path)
        for name, colours, size in SCREENS:
            context = browser.new_context(base_url=site.url, viewport=size, color_scheme=colours)
            page = context.new_page()
            log_in(page, site)
            for path, what in ((PAGE, "episode"), ("/host/show", "show")):
                page.goto(path)
                look(page, screenshots / f"host-{what}-{state}-{name}.png")
            page.goto(PAGE)
            page.get_by_label("Title").evaluate("field => field.value = '  '")
            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("An episode needs a title.")).to_be_visible()
            look(page, screenshots / f"host-episode-fault-{name}.png")
            context.close()


def test_a_published_episode_reads_well(browser: Browser, site: Site, tmp_path: Path, screenshots: Path) -> None:
    door = site.door.host
    draft_library.fill_in(door, tmp_path)
    now = datetime.now(UTC)
    sha256 = door.publishing.put_cover(draft_library.cover(tmp_path / "own.jpg", (150, 90, 50)))
    entry = door.publishing.state("late-again", now).entry
    details = replace(entry.details, cover_sha256=sha256)
    text = "Two people who *love* each other and one dinner.\n\n- late\n- again\n\nMore [here](https://example.org)."
    door.publishing.save("late-again", replace(entry, description=text, details=details), now)
    door.publishing.publish("late-again", now)
    for name, colours, size in SCREENS:
        context = browser.new_context(base_url=site.url, viewport=size, color_scheme=colours)
        page = context.new_page()
        page.goto("/episodes/late-again")
        look(page, screenshots / f"episode-published-{name}.png")
        log_in(page, site)
        page.goto(PAGE)
        expect(page.locator("[data-publication=published]")).to_be_visible()
        page.get_by_text("Take it from listeners").click()
        look(page, screenshots / f"host-episode-published-{name}.png")
        context.close()
