"""A host's first minutes in a real browser: the link, a password, out and in again, with keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, running

pytestmark = pytest.mark.browser

NAME = "Ada Host"
PASSWORD = "seven quiet rooms upstairs"
OTHER = "a lamp in the third window"
REFUSED = "Failed to load resource: the server responded with a status of"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that has no host yet."""
    with running(tmp_path) as one:
        yield one


def become_host(page: Page, site: Site) -> None:
    """By the link, with keys alone: where the cursor waits one types, Tab goes on, Enter sends."""
    page.goto(f"/host/invitation/{site.door.host.accounts.invite()}")
    expect(page.get_by_label("Name")).to_be_focused()
    _type(page, NAME, PASSWORD, PASSWORD)
    expect(page.get_by_role("navigation", name="Host")).to_be_visible()


def _type(page: Page, *fields: str) -> None:
    for i, text in enumerate(fields):
        if i:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def _tab_to(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"Tab never comes to {name!r}")


def _problems_but_refusals(watch: Watch) -> None:
    """A wrong password is answered by 401, and the browser's console says so: that is meant."""
    watch.problems[:] = [p for p in watch.problems if REFUSED not in p]


def test_from_the_first_link_to_the_desk_and_back_with_keys_alone(page: Page, site: Site, watch: Watch) -> None:
    become_host(page, site)
    page.goto("/host/account")
    expect(page.get_by_text(f"You are logged in as {NAME}.")).to_be_visible()

    _tab_to(page, "Log out")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are logged out.")).to_be_visible()

    page.goto("/host/account?done=others")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    _type(page, NAME, "not this one at all")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("Name")).to_have_value(NAME)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/host/account?done=others")  # where one wanted to go
    _problems_but_refusals(watch)


def test_going_back_after_logging_out_shows_nothing(page: Page, site: Site) -> None:
    become_host(page, site)
    page.goto("/host/account")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_another_browser_is_ended_and_the_password_changed(
    page: Page, site: Site, browser: Browser, watch: Watch
) -> None:
    become_host(page, site)
    phone = _context(browser, site, PHONE)
    other = phone.new_page()
    watch.on(other)
    other.goto("/host/login")
    _type(other, NAME, PASSWORD)
    expect(other.get_by_role("navigation", name="Host")).to_be_visible()

    page.goto("/host/account")
    page.get_by_role("button", name="End the session of").click()
    expect(page.get_by_text("That session is over.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    phone.close()

    page.get_by_label("Your password until now").fill(PASSWORD)
    page.get_by_label("The new one", exact=True).fill(OTHER)
    page.get_by_label("The new one once more").fill(OTHER)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


def test_it_works_without_scripts(plain_page: Page, site: Site) -> None:
    become_host(plain_page, site)
    plain_page.goto("/host/account")
    plain_page.get_by_role("button", name="Log out").click()
    expect(plain_page.get_by_text("You are logged out.")).to_be_visible()


def test_a_link_that_was_used_is_a_sentence(page: Page, site: Site, watch: Watch) -> None:
    token = site.door.host.accounts.invite()
    page.goto(f"/host/invitation/{token}")
    _type(page, NAME, PASSWORD, PASSWORD)
    expect(page.get_by_role("navigation", name="Host")).to_be_visible()
    page.goto(f"/host/invitation/{token}")
    expect(page.get_by_text("This link opens nothing.")).to_be_visible()
    _problems_but_refusals(watch)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, site: Site, watch: Watch, screenshots: Path, scheme: str
) -> None:
    accounts = site.door.host.accounts
    for size, width in ((PHONE, "360"), (DESK, "1280")):
        context = _context(browser, site, size, color_scheme=scheme)
        page = context.new_page()
        watch.on(page)

        def look(name: str, page: Page = page, width: str = width) -> None:
            page.screenshot(path=screenshots / f"host-{name}-{width}-{scheme}.png", full_page=True)
            found = [v for v in Axe().run(page).response["violations"] if v["impact"] != "minor"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        if not accounts.hosts():
            page.goto("/host/login")
            look("login-nobody-yet")
            page.goto(f"/host/invitation/{accounts.invite()}")
            look("first-link")
            accounts.add(NAME, PASSWORD)
        page.goto(f"/host/invitation/{accounts.invite('Somebody with a name as long as they come, and longer')}")
        look("link")
        _type(page, "short but ten", "another one")
        expect(page.get_by_role("alert")).to_be_visible()
        look("link-problem")
        page.goto("/host/login")
        look("login")
        _type(page, NAME, "not this one at all")
        expect(page.get_by_role("alert")).to_be_visible()
        look("login-problem")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("navigation", name="Host")).to_be_visible()
        page.goto("/host/account")
        look("account")
        context.close()
    _problems_but_refusals(watch)


def _context(browser: Browser, site: Site, size: object, **more: object) -> BrowserContext:
    return browser.new_context(base_url=site.url, viewport=size, **more)  # type: ignore[arg-type]
