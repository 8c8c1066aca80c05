"""The review in a real browser: by keyboard alone, by ear, by hand, without scripts, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from companion.core import LABELS
from companion.types import DecisionKind, MomentState, Tag
from tests import small_library
from tests.browser.conftest import DESK, PHONE, Site, Watch, running, until
from tests.browser.host_pages import look

pytestmark = pytest.mark.browser

PASSWORD = "seven quiet rooms upstairs"
SCREENS: tuple[tuple[str, Literal["light", "dark"], ViewportSize], ...] = (
    *(("phone", "light", PHONE), ("phone-dark", "dark", PHONE)),
    *(("desk", "light", DESK), ("desk-dark", "dark", DESK)),
)
AT = "/host/episodes/late-again/moments"
HERE = "document.activeElement?.dataset?.review ?? ''"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A library that nobody has reviewed."""
    with running(tmp_path, partial(small_library.build, reviewed=False)) as one:
        yield one


@pytest.fixture
def host(page: Page, site: Site) -> Page:
    """A page of a host who is logged in."""
    log_in(page, site)
    return page


def log_in(page: Page, site: Site) -> None:
    if not site.door.host.accounts.hosts():
        site.door.host.accounts.add("Ada Host", PASSWORD)
    page.goto("/host/login")
    page.get_by_label("Name").fill("Ada Host")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Host")).to_be_visible()


def kinds(site: Site, slug: str = "late-again") -> list[DecisionKind]:
    return [d.kind for d in site.door.host.reviewing.decisions(slug)]


def told(page: Page, words: str) -> None:
    expect(page.locator("[data-told]")).to_contain_text(words)


def now_playing(page: Page) -> float:
    return float(page.evaluate("[...document.querySelectorAll('audio')].find(a => !a.paused)?.currentTime ?? -1"))


def test_the_whole_review_by_keyboard(host: Page, site: Site) -> None:
    door = site.door.host
    order = [one.stored for one in door.reviewing.queue()[0]]
    host.goto("/host/review")
    press = host.keyboard.press
    until(host, f"({HERE}) === '{order[0].id}'")

    press("j")
    assert host.evaluate(HERE) == order[1].id
    press("k")
    assert host.evaluate(HERE) == order[0].id

    press(" ")
    until(host, "[...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 0)")
    assert abs(now_playing(host) - max(0.0, order[0].moment.start_s - 3)) < 2
    press(" ")
    until(host, "[...document.querySelectorAll('audio')].every(a => a.paused)")

    press("t")
    expect(host.locator(f"#moment-{order[0].id} [data-tags]")).to_have_attribute("open", "")
    press("Escape")
    assert host.evaluate(HERE) == order[0].id
    press("t")
    before = {t.tag for t in order[0].moment.tags}
    care = host.locator(f"#moment-{order[0].id} input[value=care]")
    care.focus()
    press(" ")
    expect(care).to_be_checked()
    press("Enter")
    told(host, "Tags kept")
    assert {t.tag for t in door.moment(order[0].id).moment.tags} == before ^ {Tag.CARE}
    until(host, f"({HERE}) === '{order[0].id}'")

    press("a")
    told(host, "Approved")
    until(host, f"({HERE}) === '{order[1].id}'")  # the next one comes by itself
    expect(host.locator("#moments")).to_have_text("2 moments wait")
    assert door.moment(order[0].id).moment.state is MomentState.APPROVED

    press("r")
    told(host, "Rejected")
    until(host, f"({HERE}) === '{order[2].id}'")
    press("u")
    told(host, "Undone")
    until(host, f"({HERE}) === '{order[1].id}'")
    assert door.moment(order[1].id).moment.state is MomentState.SUGGESTED
    press("r")
    until(host, f"({HERE}) === '{order[2].id}'")
    press("a")
    until(host, "document.activeElement?.hasAttribute('data-done')")
    expect(host.locator("#moments")).to_have_text("Nothing waits")
    assert {m.id for m in site.door.moments().moments} == {order[0].id, order[2].id}
    assert all(d.by == "Ada Host" for d in door.reviewing.decisions("late-again"))

    press("?")
    expect(host.get_by_role("dialog").get_by_text("approve")).to_be_visible()
    press("a")  # nothing is decided behind the list
    press("Escape")
    expect(host.locator("dialog#keys")).to_be_hidden()


def test_bounds_are_moved_by_ear_and_snap_to_words(host: Page, site: Site) -> None:
    door = site.door.host
    first = door.moments_of("late-again")[0]
    turns = [t.turn for t in door.turns("late-again")]
    starts, ends = sorted(w.start_s for t in turns for w in t.words), sorted(w.end_s for t in turns for w in t.words)
    host.goto(f"{AT}#moment-{first.id}")
    until(host, f"({HERE}) === '{first.id}'")
    card = host.locator(f"#moment-{first.id}")
    for _ in range(3):
        host.keyboard.press("]")
    host.keyboard.press("[")
    until(host, "[...document.querySelectorAll('audio')].some(a => !a.paused)")  # one hears where it begins now
    host.keyboard.press("{")
    told(host, "Bounds kept")
    now = door.moment(first.id).moment
    assert now.start_s == starts[starts.index(first.moment.start_s) + 2]
    assert now.end_s == ends[ends.index(first.moment.end_s) - 1]
    assert now.state is MomentState.SUGGESTED
    assert kinds(site) == [DecisionKind.BOUNDS]  # once for all nudges
    words = turns[1].text.split()
    expect(card.locator("[data-words-at=start]")).to_have_text(" ".join(words[2:6]))

    card.get_by_role("button", name="+0.1 s").first.click()
    expect(card.locator("[data-at=start]")).to_have_text(f"{now.start_s + 0.1:.1f} s")
    card.get_by_role("button", name="Hear the end").click()
    until(host, "[...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 5)")
    assert now_playing(host) >= now.end_s - 2.1
    card.get_by_role("button", name="Approve").click()  # with bounds that were not kept yet
    told(host, "Approved")
    approved = door.moment(first.id).moment
    assert (approved.state, approved.start_s) == (MomentState.APPROVED, pytest.approx(now.start_s + 0.1))


def test_keys_are_letters_while_somebody_types_and_can_be_switched_off(host: Page, site: Site) -> None:
    host.goto("/host/review")
    host.keyboard.press("?")
    host.get_by_label("Use these keys").uncheck()
    host.keyboard.press("Escape")
    for key in "arjku[]":
        host.keyboard.press(key)
    host.keyboard.press("?")
    expect(host.get_by_role("dialog")).to_be_hidden()
    host.get_by_role("button", name="Keys").click()
    host.get_by_label("Use these keys").check()
    host.keyboard.press("Escape")
    host.keyboard.press("Control+a")
    host.wait_for_timeout(300)
    assert kinds(site) == []


def test_what_another_host_decided_is_shown_in_place_of_what_was_seen(host: Page, site: Site, watch: Watch) -> None:
    door = site.door.host
    first = door.reviewing.queue()[0][0].stored
    host.goto("/host/review")
    until(host, f"({HERE}) === '{first.id}'")
    door.reviewing.decide(first.id, DecisionKind.RETAG, tags=[Tag.EMPATHY], by="Bo")
    host.keyboard.press("a")
    card = host.locator(f"#moment-{first.id}")
    expect(card.get_by_role("alert")).to_contain_text("Bo changed the tags of this moment")
    expect(card.get_by_label("What happens").get_by_text(LABELS[Tag.EMPATHY])).to_be_visible()
    assert door.moment(first.id).moment.state is MomentState.SUGGESTED
    host.keyboard.press("a")
    told(host, "Approved")
    watch.problems[:] = [p for p in watch.problems if "the server responded with a status of 409" not in p]


def test_one_is_made_by_hand_and_heard_by_listeners_after_approval_only(
    host: Page, site: Site, browser: Browser
) -> None:
    host.goto(AT)
    host.get_by_role("link", name="Make one by hand").click()
    expect(host.locator(".pick .said").nth(6)).to_be_visible()
    host.evaluate(
        """() => {
            const lines = document.querySelectorAll(".pick .said");
            getSelection().setBaseAndExtent(lines[5].firstChild, 3, lines[6].firstChild, 9);
        }"""
    )
    host.locator("[data-picked] a").click()
    expect(host.get_by_role("heading", name=re.compile("^From "))).to_be_visible()
    expect(host.get_by_label("Who leans in")).to_have_value("Mara")
    expect(host.get_by_label("To whom")).to_have_value("Jonas")
    host.locator("input[value=vulnerability]").check()
    host.get_by_role("button", name="Make it a moment").click()
    expect(host.get_by_role("status").first).to_contain_text("It is made: Mara to Jonas")
    (made,) = [m for m in site.door.host.moments_of("late-again") if m.moment.first_turn == 5]
    until(host, f"({HERE}) === '{made.id}'")
    listener = browser.new_context(base_url=site.url).new_page()
    assert listener.goto(f"/moments/{made.id}").status == 404  # type: ignore[union-attr]
    host.keyboard.press("a")
    told(host, "Approved")
    assert listener.goto(f"/moments/{made.id}").status == 200  # type: ignore[union-attr]
    expect(listener.get_by_role("heading", name=re.compile("Mara.*Jonas"))).to_be_visible()
    listener.context.close()


@pytest.fixture
def plain_host(plain_page: Page, site: Site) -> Page:
    """The same without scripts."""
    log_in(plain_page, site)
    return plain_page


def test_it_works_without_scripts(plain_host: Page, site: Site) -> None:
    page, door = plain_host, site.door.host
    first = door.moments_of("late-again")[0]
    page.goto(AT)
    card = page.locator(f"#moment-{first.id}")
    card.get_by_role("button", name="a word later").first.click()
    assert door.moment(first.id).moment.start_s > first.moment.start_s
    card.get_by_text("Change the tags").click()
    card.locator("input[value=care]").check()
    card.get_by_role("button", name="Keep these tags").click()
    card.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved: Jonas to Mara.")
    assert Tag.CARE in {t.tag for t in site.door.moment(first.id).moment.tags}
    page.get_by_role("link", name="Make one by hand").click()
    page.get_by_role("link", name=re.compile("begins here")).nth(5).click()
    page.get_by_role("link", name=re.compile("ends here")).nth(1).click()
    page.locator("input[value=validation]").check()
    page.get_by_role("button", name="Make it a moment").click()
    expect(page.get_by_text("made by Ada Host").first).to_be_visible()


def test_the_pages_are_sound_and_fit(browser: Browser, site: Site, screenshots: Path) -> None:
    """Axe finds nothing, nothing is wider than the screen, and pictures are taken to be looked at."""
    door = site.door.host
    first, second = door.moments_of("late-again")
    door.reviewing.decide(first.id, DecisionKind.RETAG, tags=[Tag.VALIDATION, Tag.OWNERSHIP], by="Bo")
    door.reviewing.decide(second.id, DecisionKind.REJECT, by="Bo")
    turns = [t.turn for t in door.turns("late-again")]
    chosen = f"{AT}/new?from={turns[5].start_s}&to={turns[6].end_s}"
    for name, colours, size in SCREENS:
        context: BrowserContext = browser.new_context(base_url=site.url, viewport=size, color_scheme=colours)
        page = context.new_page()
        log_in(page, site)
        paths = {"queue": "/host/review", "episode": AT, "rejected": f"{AT}?state=rejected", "made": chosen}
        for what, path in paths.items():
            page.goto(path)
            look(page, screenshots / f"review-{what}-{name}.png")
        page.goto("/host/review")
        page.keyboard.press("t")
        look(page, screenshots / f"review-tags-{name}.png")
        context.close()
