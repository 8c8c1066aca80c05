"""Every public page and state, wide and narrow, light and dark: axe finds nothing, and a thumb finds every button.

Pictures of all of them go to `screenshots/every`, to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from companion.config import Settings
from tests import small_library
from tests.browser.conftest import Site, Watch, running
from tests.browser.speaking import now, put_take, takes_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = {360: 740, 768: 1024, 1280: 900}
THUMB_PX = 44
TOO_SMALL = """(least) => {
  const byPointer = (node) => innerWidth > 1000 && node.closest(".facets");
  const box = (node) => (["checkbox", "radio"].includes(node.type) ? node.closest("label") ?? node : node)
    .getBoundingClientRect();
  const nodes = document.querySelectorAll(
    "button, select, input, summary, textarea, nav a, .downloads a, .onward a, article > .where a, .chip"
  );
  return [...nodes].filter((node) => {
    if (node.type === "range" || node.closest("dialog:not([open])")) return false; // the waveform can be pressed, too
    const { width, height } = box(node);
    return width && height && height < (byPointer(node) ? 32 : least) - 0.5;
  }).map((node) => `${node.tagName} ${node.textContent.trim().slice(0, 30)} ${box(node).height}`);
}"""

Act = Callable[[Page], object]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in a state."""

    name: str
    address: str
    act: Act | None = None
    whole: bool = True  # the picture shows all of it, not only the window


def _build(settings: Settings, folder: Path) -> None:
    small_library.build(settings, folder)
    small_library.add_quarrel(settings, folder)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("full"), build=_build, help_url="https://example.org/help") as one:
        yield one


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A library with nothing in it."""
    with running(tmp_path_factory.mktemp("bare"), build=lambda *_: None) as one:
        yield one


def _keep(page: Page) -> None:
    for button in page.locator("[data-keep]").all():
        if button.get_attribute("aria-pressed") == "false":
            button.click()
    page.wait_for_timeout(300)


def _play(page: Page) -> None:
    page.locator("[data-act=toggle]").first.click()
    page.wait_for_timeout(1200)


def _find_and_loop(page: Page) -> None:
    page.keyboard.press("l")
    page.get_by_label("Find in this episode").fill("but")
    _play(page)


def _press(name: str) -> Act:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _open_all(page: Page) -> None:
    for details in page.locator("main details").all():
        details.evaluate("d => { d.open = true; }")


def _without_sharing(page: Page) -> None:
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Share").click()


def listening(site: Site) -> tuple[Shown, ...]:
    """What a listener can see."""
    moment = f"/moments/{site.late_moments[0].id}"
    return (
        Shown("home", "/"),
        Shown("kept-none", "/kept"),
        Shown("moments", "/moments"),
        Shown("moments-choosing", "/moments#choose"),
        Shown("moments-chosen", "/moments?tag=validation&tag=ownership&length=short&role=partner&sort=longest"),
        Shown("moments-none", "/moments?tag=care&q=lonly"),
        Shown("moments-unknown", "/moments?tag=kindness"),
        Shown("moments-playing", "/moments", _press("Play all")),
        Shown("moment", moment, _open_all),
        Shown("moment-link", moment, _without_sharing, whole=False),
        Shown("moment-kept", moment, _keep),
        Shown("moments-kept", "/moments", _keep),
        Shown("kept", "/kept"),
        Shown("episode", "/episodes/late-again"),
        Shown("episode-playing", "/episodes/late-again?t=17.5,22", _find_and_loop, whole=False),
        Shown("episode-end", "/episodes/late-again", lambda p: p.evaluate("() => scrollTo(0, 99999)"), whole=False),
        Shown("episode-no-moment", "/episodes/twice-on-tuesday", whole=False),
        Shown("episode-waits", "/episodes/on-its-way"),
        Shown("episode-failed", "/episodes/too-quiet"),
        Shown("search", "/search"),
        Shown("search-found", "/search?q=hear"),
        Shown("search-slip", "/search?q=stiars"),
        Shown("search-nothing", "/search?q=apology+stairs+zebra"),
        Shown("search-unclear", "/search?q=%3F"),
        Shown("guide", "/guide"),
        Shown("offline", "/offline"),
        Shown("lost", "/episodes/late-agian"),
        Shown("lost-moment", "/moments/none"),
        Shown("keys", "/", _press("Keys"), whole=False),
        Shown("embed", f"{moment}/embed", whole=False),
    )


def practising(site: Site, take: str) -> tuple[Shown, ...]:
    """What somebody who practises can see, once there is a space."""
    return (
        Shown("practice", "/practice"),
        Shown("practice-prompt", "/practice/prompts/goodnight-to-the-fridge", _open_all),
        Shown("practice-moment", f"/practice/moments/{site.late_moments[0].id}"),
        Shown("practice-take", f"/practice/takes/{take}", _open_all),
        Shown("practice-journal", "/practice/journal", _open_all),
        Shown("practice-space", "/practice/space", _open_all),
        Shown("practice-erase", "/practice/space/erase"),
        Shown("practice-code", "/practice/space", _press("Get a new code")),
    )


NOBODY = (
    Shown("practice-new", "/practice"),
    Shown("practice-space-none", "/practice/space"),
    Shown("practice-journal-none", "/practice/journal"),
    Shown("practice-take-none", "/practice/takes/none"),
)
EMPTY = (Shown("bare-home", "/"), Shown("bare-moments", "/moments"), Shown("bare-guide", "/guide"))


@dataclass(frozen=True, slots=True)
class Eye:
    """Looks at pages and notes what is wrong with them."""

    page: Page
    folder: Path
    ending: str
    wrong: dict[str, list[str]]

    def look(self, shown: Shown) -> None:
        page = self.page
        page.goto("about:blank")  # an address that differs behind the # alone would not load the page anew
        page.goto(shown.address)
        if shown.act:
            shown.act(page)
        page.wait_for_timeout(150)
        bad = [
            f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:300]}"
            for v in Axe().run(page).response["violations"]
            if v["impact"] != "minor"
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            bad.append("wider than the window")
        bad += [f"too small for a thumb: {one}" for one in page.evaluate(TOO_SMALL, THUMB_PX)]
        if bad:
            self.wrong[shown.name] = bad
        page.screenshot(path=self.folder / f"{shown.name}-{self.ending}.png", full_page=shown.whole)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_open_to_everybody_and_fits(
    browser: Browser, full: Site, bare: Site, screenshots: Path, width: int, scheme: Any
) -> None:
    folder = screenshots / "every"
    folder.mkdir(exist_ok=True)
    wrong: dict[str, list[str]] = {}
    for site in (full, bare):
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme
        )
        page, watch = context.new_page(), Watch(site.url)
        watch.on(page)
        eye = Eye(page, folder, f"{width}-{scheme}", wrong)
        if site is bare:
            for shown in EMPTY:
                eye.look(shown)
        else:
            for shown in (*listening(site), *NOBODY):
                eye.look(shown)
            new = site.door.practice.open_space(now())
            for number in range(4):
                put_take(site.door, new.space, days_ago=3.0 * (4 - number), moves=number % 3, but=number % 2 == 0)
            context.add_cookies([{"name": "companion_space", "value": new.token, "url": site.url}])
            for shown in practising(site, takes_of(page, site)[0].id):
                eye.look(shown)
        context.close()
        unexpected = [p for p in watch.problems if not any(code in p for code in ("400", "404"))]
        assert unexpected == []

    assert wrong == {}
