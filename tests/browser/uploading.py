"""What goes up from a page: files are chosen, and their pieces can be slowed or held back."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Page, Route


def choose(page: Page, *paths: Path) -> None:
    """Chooses recordings on the page where they are handed in."""
    page.locator("#files").set_input_files([str(p) for p in paths])


class Pieces:
    """The pieces that a page sends: each takes a while, or waits until it is let go."""

    def __init__(self, page: Page, seconds: float) -> None:
        self.sent: list[str] = []
        self.held = False
        self._seconds = seconds
        self._waiting: list[Route] = []
        page.route("**/host/uploads/**", self._come)

    def _come(self, route: Route) -> None:
        if route.request.method == "PUT":
            self.sent.append(route.request.url)
            if self.held:
                self._waiting.append(route)
                return
            time.sleep(self._seconds)
        route.continue_()

    def let_go(self) -> None:
        """Lets through what was held back, and all that comes."""
        self.held = False
        for route in self._waiting:
            route.continue_()
