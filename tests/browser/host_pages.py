"""A host in a browser: logged in, on a site whose voices may still want a name."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from companion.errors import NotFoundError
from tests.browser.conftest import Site
from tests.host_client import NAME, PASSWORD


def log_in(context: BrowserContext, site: Site, name: str = NAME) -> None:
    """Logs a browser in; makes the host where there is none by that name."""
    try:
        site.door.accounts.find(name)
    except NotFoundError:
        site.door.accounts.add(name, PASSWORD)
    answer = context.request.post(
        f"{site.url}/host/login", form={"name": name, "password": PASSWORD}, headers={"Origin": site.url}
    )
    assert answer.ok, answer.text()


def look(page: Page, picture: Path) -> None:
    """Takes a picture of a page on which axe finds nothing and nothing is too wide."""
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical", "moderate")]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert wide == []
    page.screenshot(path=picture, full_page=True)
    assert not re.search(r"\bUndefined\b|\bNone\b", page.inner_text("main"))
