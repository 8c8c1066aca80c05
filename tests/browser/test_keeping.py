"""Keeping moments on this device, and hearing them where there is no connection."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESK, PHONE, Site, Watch, until

pytestmark = pytest.mark.browser

PAUSED = "document.querySelector('audio').paused"
KEEP, KEPT = re.compile("^Keep\\b"), re.compile("^Kept\\b")
READY = "() => navigator.serviceWorker.ready.then((worker) => Boolean(worker.active))"
CACHED = """async () => {
  const all = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      all.push([name, url, await (await (await caches.open(name)).match(url)).text()]);
    }
  }
  return all;
}"""
ON_THE_SHELF = """async (id) => {
  const shelf = await caches.open("kept-v1");
  return (await shelf.keys()).filter(({ url }) => url.includes(id) || url.includes("/media/")).length;
}"""


def _keep(page: Page, site: Site, number: int = 0) -> None:
    """Keeps a moment on its page, and waits until it is on the shelf."""
    stored = site.late_moments[number]
    page.goto(f"/moments/{stored.id}")
    page.get_by_role("button", name=KEEP).click()
    expect(page.get_by_role("button", name=KEPT)).to_have_attribute("aria-pressed", "true")
    for _ in range(200):
        if page.evaluate(ON_THE_SHELF, stored.id) >= 3:
            return
        page.wait_for_timeout(20)
    raise AssertionError("the moment never came to the shelf")


# ---- keeping


def test_a_moment_is_kept_with_a_note_and_listed(page: Page, site: Site) -> None:
    _keep(page, site)
    page.get_by_label("A note for yourself").fill("Say it like that <b>tonight</b>")
    page.get_by_role("link", name="All kept moments").click()

    card = page.get_by_role("article")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("I sat on the stairs")
    expect(card).to_contain_text("Of course you felt lonely")
    expect(card.get_by_label("Your note")).to_have_value("Say it like that <b>tonight</b>")
    expect(page.get_by_role("heading", name="1 moment")).to_be_visible()


def test_a_moment_is_kept_from_a_card_and_a_second_press_lets_it_go(page: Page) -> None:
    page.goto("/moments")
    first = page.locator("[data-keep]").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator('[data-keep][aria-pressed="true"]')).to_have_count(1)

    page.locator("[data-keep]").first.click()

    expect(page.locator('[data-keep][aria-pressed="true"]')).to_have_count(0)
    page.goto("/kept")
    expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()


def test_the_newest_stands_first_and_what_is_let_go_can_be_kept_again(page: Page, site: Site) -> None:
    _keep(page, site, 0)
    _keep(page, site, 1)
    page.goto("/kept")
    expect(page.locator(".bid").first).to_contain_text("When I hear that")
    page.get_by_role("button", name=re.compile("^Let go.*Mara to Jonas")).click()
    expect(page.get_by_role("article")).to_have_count(1)
    again = page.get_by_role("button", name="Keep it again")
    expect(again).to_be_focused()

    again.click()

    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator(".bid").first).to_contain_text("When I hear that")


def test_a_note_is_written_while_it_is_typed(page: Page, site: Site) -> None:
    _keep(page, site)
    page.goto("/kept")
    page.get_by_label("Your note").press_sequentially("j/k? one", delay=20)
    page.wait_for_timeout(500)
    page.reload()

    expect(page.get_by_label("Your note")).to_have_value("j/k? one")


def test_kept_moments_are_taken_along_as_text_and_as_json(page: Page, site: Site, tmp_path: Path) -> None:
    _keep(page, site)
    page.get_by_label("A note for yourself").fill("Two lines\nof it")
    page.goto("/kept")

    with page.expect_download() as text_file:
        page.get_by_role("button", name="As text").click()
    text_file.value.save_as(tmp_path / "kept.txt")
    with page.expect_download() as json_file:
        page.get_by_role("button", name="As JSON").click()
    json_file.value.save_as(tmp_path / "kept.json")

    text = (tmp_path / "kept.txt").read_text(encoding="utf-8")
    moment = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))["moments"][0]
    assert "Jonas to Mara: Late again, 0:03" in text
    assert "My note: Two lines\n  of it" in text
    assert f"{site.url}/moments/{site.late_moments[0].id}" in text
    assert (moment["id"], moment["note"]) == (site.late_moments[0].id, "Two lines\nof it")


def test_kept_moments_are_played_in_a_row(page: Page, site: Site) -> None:
    _keep(page, site, 0)
    _keep(page, site, 1)
    page.goto("/kept")
    page.get_by_role("button", name="Play all").click()
    until(page, f"!{PAUSED}")
    expect(page.locator(".row-line [role=status]")).to_have_text("1 of 2")

    page.keyboard.press("j")

    expect(page.locator(".row-line [role=status]")).to_have_text("2 of 2")
    until(page, "!document.querySelectorAll('audio')[1].paused")


def test_the_site_is_told_nothing_of_what_is_kept(page: Page, site: Site) -> None:
    _keep(page, site)
    page.get_by_label("A note for yourself").fill("a secret of mine")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))

    page.goto("/kept")
    expect(page.get_by_role("article")).to_have_count(1)
    page.wait_for_timeout(300)

    assert not [one for one in sent if site.late_moments[0].id in one or "secret" in one]
    assert page.context.cookies() == []


def test_another_window_sees_what_is_kept(page: Page, context: BrowserContext, site: Site) -> None:
    page.goto("/kept")
    expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()
    other = context.new_page()
    _keep(other, site)

    expect(page.get_by_role("article")).to_have_count(1)


def test_a_list_that_cannot_be_read_is_empty(page: Page) -> None:
    page.goto("/kept")
    page.evaluate("() => localStorage.setItem('kept', '{nonsense')")
    page.reload()

    expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()


def test_where_nothing_can_be_kept_the_reason_is_said(page: Page, site: Site) -> None:
    page.goto(f"/moments/{site.late_moments[0].id}")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")
    page.get_by_role("button", name=KEEP).click()

    expect(page.get_by_text("This browser keeps nothing")).to_be_visible()
    expect(page.get_by_role("button", name=KEPT)).to_be_visible()


def test_without_scripts_the_page_says_why_it_is_empty(plain_page: Page) -> None:
    plain_page.goto("/kept")

    expect(plain_page.get_by_text("Keeping needs JavaScript")).to_be_visible()
    expect(plain_page.get_by_role("button", name="As text")).to_be_hidden()


# ---- without a connection


@pytest.fixture
def offline_page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page whose worker is at work."""
    context = browser.new_context(base_url=site.url, viewport=PHONE)
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(READY)
    page.reload()
    assert page.evaluate("() => navigator.serviceWorker.controller !== null")
    yield page
    context.close()


def test_a_kept_moment_is_read_and_heard_without_a_connection(offline_page: Page, site: Site) -> None:
    page, stored = offline_page, site.late_moments[1]
    _keep(page, site, 1)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")  # its own store is luck, ours is not
    page.context.set_offline(True)

    page.goto("/kept")
    expect(page.get_by_text("Plays without a connection")).to_be_visible()
    page.locator("[data-act=toggle]").click()
    until(page, f"document.querySelector('audio').currentTime > {stored.moment.start_s} + 1", 15)
    until(page, PAUSED, stored.moment.length_s + 10)
    assert page.locator("audio").evaluate("a => a.currentTime") == pytest.approx(stored.moment.end_s, abs=0.3)
    assert page.locator("audio").evaluate("a => a.error") is None

    page.goto(f"/moments/{stored.id}")
    expect(page.get_by_text("so scared that I am failing you")).to_be_visible()
    page.locator("[data-act=toggle]").click()
    until(page, f"document.querySelector('audio').currentTime > {stored.moment.start_s}", 15)


def test_what_is_not_kept_is_said_to_be_out_of_reach(offline_page: Page, site: Site) -> None:
    offline_page.context.set_offline(True)
    offline_page.goto(f"/moments/{site.late_moments[0].id}")

    expect(offline_page.get_by_role("heading", name="No connection")).to_be_visible()
    offline_page.get_by_role("link", name="Hear the moments that you kept").click()
    expect(offline_page.get_by_text("Nothing is kept yet.")).to_be_visible()


def test_what_is_let_go_leaves_the_device(offline_page: Page, site: Site) -> None:
    page, stored = offline_page, site.late_moments[0]
    _keep(page, site)
    page.get_by_role("button", name=KEPT).click()

    for _ in range(100):
        if page.evaluate(ON_THE_SHELF, stored.id) == 0:
            return
        page.wait_for_timeout(20)
    raise AssertionError("its page or its sound is still there")


def test_kept_sound_is_small(offline_page: Page, site: Site) -> None:
    _keep(offline_page, site, 1)
    cached = offline_page.evaluate(
        """async () => {
          const shelf = await caches.open("kept-v1");
          let bytes = 0;
          for (const { url } of await shelf.keys()) bytes += (await (await shelf.match(url)).arrayBuffer()).byteLength;
          return bytes;
        }"""
    )

    assert cached < 2 * 65_536 + 12_000 * (site.late_moments[1].moment.length_s + 7) + 30_000


def test_nothing_private_is_ever_kept(offline_page: Page, site: Site) -> None:
    page = offline_page
    _keep(page, site)
    for address in (
        "/practice",
        f"/practice/moments/{site.late_moments[0].id}",
        "/practice/space",
        "/practice/journal",
        "/host",
        "/healthz",
        "/episodes/on-its-way/progress.json",
        "/search?q=lonely",
        "/moments?tag=care",
        "/none",
    ):
        page.goto(address)
        page.wait_for_timeout(100)
    page.goto("/")
    page.evaluate("() => fetch('/practice').then((answer) => answer.text())")
    page.evaluate("() => fetch('/healthz').then((answer) => answer.text())")
    page.wait_for_timeout(200)

    cached = page.evaluate(CACHED)

    urls = [url.removeprefix(site.url) for _, url, _ in cached]
    assert "/offline" in urls
    assert not [u for u in urls if u.startswith(("/practice", "/host", "/healthz", "/search", "/none"))]
    assert not [u for u in urls if "practice" in u or "progress.json" in u or "recorder" in u or "outbox" in u]
    assert {u for u in urls if u.startswith("/moments")} == {f"/moments/{site.late_moments[0].id}"}
    assert not [url for _, url, text in cached if "Your space" in text or "recovery code" in text]


def test_what_forbids_to_be_stored_is_not_stored_even_where_it_could_be(offline_page: Page) -> None:
    """The worker is asked for a file of the shell whose answer says no-store."""
    page = offline_page
    page.context.route(
        re.compile(r"/times\.js"),
        lambda route: route.fulfill(
            body="// a secret", headers={"Content-Type": "text/javascript", "Cache-Control": "no-store"}
        ),
    )
    text = page.evaluate("() => fetch('static/times.js?again').then((answer) => answer.text())")
    assert text == "// a secret"  # so it is the worker's own request that is answered here
    page.wait_for_timeout(200)

    assert not [url for _, url, text in page.evaluate(CACHED) if "a secret" in text]


def test_the_shell_is_fresh_when_the_site_answers(offline_page: Page, site: Site) -> None:
    page = offline_page
    page.evaluate(
        """async () => {
          const shell = await caches.open("shell-v1");
          await shell.put(new URL("static/times.js", location.href).href, new Response("old", { status: 200 }));
        }"""
    )
    text = page.evaluate("() => fetch('static/times.js').then((answer) => answer.text())")

    assert "export function clock" in text
    page.wait_for_timeout(100)
    cached = {url: body for _, url, body in page.evaluate(CACHED)}
    assert "export function clock" in cached[f"{site.url}/static/times.js"]


# ---- as an app, and for everybody


def test_the_site_can_be_installed(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    assert page.evaluate(READY)
    session = context.new_cdp_session(page)
    errors = session.send("Page.getAppManifest")
    installable = session.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert errors["errors"] == []
    assert [e["errorId"] for e in installable if e["errorId"] != "in-incognito"] == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_pictures_are_taken(
    browser: Browser, site: Site, screenshots: Path, scheme: str, size: dict[str, int]
) -> None:
    context = browser.new_context(base_url=site.url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    watch = Watch(site.url)
    watch.on(page)
    _keep(page, site, 1)
    page.get_by_label("A note for yourself").fill("The way he waits before he answers.")
    _keep(page, site, 0)
    grave = {}
    pages = {
        "kept-full": "/kept",
        "moment-kept": f"/moments/{site.late_moments[0].id}",
        "episode-playing": "/episodes/late-again?t=17.5,22",
        "moments-row": "/moments",
        "no-connection": "/offline",
    }
    for name, address in pages.items():
        page.goto(address)
        page.wait_for_timeout(200)
        if name == "episode-playing":
            page.keyboard.press("l")
            page.get_by_label("Find in this episode").fill("but")
            page.locator("[data-act=toggle]").click()
            page.wait_for_timeout(1500)
        if name == "moments-row":
            page.get_by_role("button", name="Play all").click()
            page.wait_for_timeout(500)
        found = Axe().run(page).response["violations"]
        bad = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] != "minor"]
        if bad:
            grave[name] = bad
        page.screenshot(path=screenshots / f"{name}-{size['width']}-{scheme}.png", full_page=name != "episode-playing")
        inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if inner[0] > inner[1]:
            grave[f"{name} is too wide"] = [str(inner)]
    context.close()

    assert grave == {}
    assert watch.problems == []
