"""A moment on somebody else's page, taking it along, and a play that is counted once, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from companion import schema
from tests.browser.conftest import DESK, PHONE, Site, Watch, until
from tests.host_client import NAME, PASSWORD

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
STATE = "document.querySelector('[data-state]').dataset.state"


@pytest.fixture
def elsewhere(site: Site) -> Iterator[str]:
    """Another site, with a moment of ours in a frame of 280 pixels and one of 560."""
    address = f"{site.url}/moments/{site.late_moments[0].id}/embed"
    frames = "".join(
        f'<iframe src="{address}" width="{w}" height="{h}" title="A moment {w}" style="border:0"></iframe>'
        for w, h in ((280, 380), (560, 380))
    )

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><meta name="color-scheme" content="light dark"><title>Elsewhere</title>{frames}'
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}/"  # another host than 127.0.0.1: another site
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, user_agent=CHROME)  # a browser without a window counts as a machine
    yield context.new_page()
    context.close()


@pytest.fixture
def listener_page(browser: Browser, site: Site, watch: Watch) -> Iterator[Page]:
    """A page of ours in a browser that counts."""
    context = browser.new_context(base_url=site.url, viewport=DESK, user_agent=CHROME)
    page = context.new_page()
    watch.on(page)
    yield page
    context.close()


def _plays(site: Site, moment: str) -> int:
    found = [m for e in site.door.counting.plays().episodes for m in e.moments if m.id == moment]
    return found[0].ever if found else 0


def _frame(page: Page, width: int) -> FrameLocator:
    return page.frame_locator(f"iframe[width='{width}']")


def test_a_moment_plays_in_a_frame_of_another_site_follows_its_words_and_counts_once(
    other_page: Page, elsewhere: str, site: Site
) -> None:
    page, moment = other_page, site.late_moments[0].id
    before = _plays(site, moment)
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    told: list[str] = []
    page.on("request", lambda r: told.append(r.post_data or "") if r.url.endswith("/plays") else None)
    page.goto(elsewhere)
    frame = _frame(page, 560)

    frame.get_by_role("button", name="Play").click()
    marked = frame.locator(".line .now")
    expect(marked).to_have_count(1)
    first = marked.text_content()
    expect(marked).not_to_have_text(first or "", timeout=5000)
    expect(frame.get_by_role("button", name="Play again")).to_be_visible(timeout=20_000)
    frame.get_by_role("button", name="Play again").click()
    page.wait_for_timeout(6000)

    assert told == [f'{{"moment":"{moment}"}}']
    assert _plays(site, moment) == before + 1
    assert page.context.cookies() == []
    assert problems == []
    assert page.context.storage_state()["origins"] == []


def test_a_frame_of_280_pixels_is_wide_enough(other_page: Page, elsewhere: str) -> None:
    other_page.goto(elsewhere)
    for frame in other_page.frames[1:]:
        until(other_page, "document.readyState === 'complete'")
        wide = frame.evaluate(
            "[document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight]"
        )
        assert wide[0] <= wide[1]
        assert wide[2] <= 380
    link = _frame(other_page, 280).get_by_role("link")
    expect(link).to_have_attribute("target", "_blank")
    expect(_frame(other_page, 280).get_by_role("link", name="Practice")).to_have_count(0)


def test_without_scripts_the_frame_still_plays_and_reads(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/moments/{site.late_moments[0].id}/embed")
    expect(page.locator("audio")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Of course you felt lonely")
    context.close()


def test_a_play_on_the_site_counts_once_and_a_short_listen_does_not(listener_page: Page, site: Site) -> None:
    page, moment = listener_page, site.late_moments[1].id
    before = _plays(site, moment)
    told: list[str] = []
    page.on("request", lambda r: told.append(r.post_data or "") if r.url.endswith("/plays") else None)
    page.goto(f"/moments/{moment}")
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_timeout(2500)
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    assert told == []
    page.keyboard.press("Space")
    until(page, f"{STATE} === 'playing'")
    until(page, f"{STATE} === 'idle'", 20)
    page.wait_for_timeout(300)
    assert told == [f'{{"moment":"{moment}"}}']
    assert _plays(site, moment) == before + 1


def test_an_episode_counts_as_an_episode(page: Page, site: Site) -> None:
    told: list[str] = []
    page.on("request", lambda r: told.append(r.post_data or "") if r.url.endswith("/plays") else None)
    page.goto("/episodes/second-chair")
    page.locator(".player [data-act=toggle]").click()
    page.wait_for_timeout(7000)
    assert told == ['{"episode":"second-chair"}']


def test_a_moment_is_taken_along_by_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    page.get_by_text("Take it along").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Sound, MP3")).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "Late again, Jonas to Mara, 0.03.mp3"
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-copied]")).to_have_text("Copied.")


@pytest.fixture
def host_page(browser: Browser, site: Site) -> Iterator[Page]:
    names = [h.name for h in site.door.accounts.hosts()]
    if NAME not in names:
        site.door.accounts.add(NAME, PASSWORD)
    context = browser.new_context(base_url=site.url, viewport=DESK)
    page = context.new_page()
    page.goto("/host/login")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    yield page
    context.close()


def test_a_host_makes_a_video_and_sees_how_far_it_is(host_page: Page, site: Site) -> None:
    host_page.goto(f"/host/moments/{site.late_moments[1].id}/video")
    host_page.get_by_role("button", name="Make the video").click()
    expect(host_page.get_by_role("link", name="Download it, MP4")).to_be_visible(timeout=60_000)
    host_page.goto(f"/moments/{site.late_moments[1].id}")
    host_page.get_by_text("Take it along").click()
    expect(host_page.get_by_role("link", name="Video with its words, MP4")).to_be_visible()


def _fill(site: Site) -> None:
    """Plays of the last days, so that there is something to see."""
    door = site.door
    today = datetime.now(UTC).date()
    whole, part = door.episode("late-again").id, door.episode("second-chair").id
    rows = [
        {"day": today - timedelta(days=n), "episode_id": episode, "moment_id": moment, "plays": plays}
        for n in range(1, 40)
        for episode, moment, plays in (
            (whole, "", 12 + 37 * n % 23),
            (whole, site.late_moments[n % 2].id, 1 + n % 5),
            (part, "", n % 4),
            (part, "0" * 12, 1),
        )
    ]
    with door.library.database.write() as connection:
        connection.execute(sa.insert(schema.play_total).prefix_with("OR IGNORE"), rows)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_are_taken_and_axe_finds_nothing_grave(
    host_page: Page, browser: Browser, site: Site, screenshots: Path, scheme: str, elsewhere: str
) -> None:
    _fill(site)
    moment = f"/moments/{site.late_moments[0].id}"
    pages = {
        "along": moment,
        "embed": f"{moment}/embed",
        "elsewhere": elsewhere,
        "listeners": "/host/listeners",
        "video": f"/host{moment}/video",
    }
    grave = {}
    for size in (PHONE, DESK):
        host_page.set_viewport_size(size)
        host_page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for name, address in pages.items():
            host_page.goto(address)
            if name == "along":
                host_page.get_by_text("Take it along").click()
            host_page.screenshot(path=screenshots / f"{name}-{size['width']}-{scheme}.png", full_page=True)
            assert name == "elsewhere" or host_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            if name != "elsewhere":
                found = Axe().run(host_page).response["violations"]
                bad = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] != "minor"]
                if bad:
                    grave[name] = bad
    assert grave == {}
