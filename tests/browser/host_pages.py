"""A host in a browser: logged in, on a site whose voices may still want a name."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

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
