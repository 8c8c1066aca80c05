"""What a host does, from the first link in the terminal to an episode whose moment a listener plays."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import numpy as np
import podcastparser
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests import draft_library
from tests.browser.conftest import DESK, PHONE, until
from tests.browser.uploading import Pieces, choose
from tests.programs import command
from tests.sounds import sound_of, write_wav

pytestmark = pytest.mark.browser

NAME, PASSWORD = "Ruth Ames", "seven quiet rooms upstairs"
SLUG, TITLE = "doing-your-voice", "Doing your voice"
STRETCHES_S = ((237.7, 257.0), (315.0, 324.0), (336.1, 350.0))  # of the third sample episode: a moment, and another
NOTE = "A couple quarrels about an impression; no one is hurt."
CUT_S = 5.0
SOON_S = 4
ZONE = "Europe/Berlin"
MENDED = (
    "Since the funeral, I think. You came back from your dad's, and you didn't unpack.",
    "I never did unpack, no.",
)


@dataclass
class Terminal:
    """`companion serve` in a terminal of its own, and what stands there."""

    url: str
    process: subprocess.Popen[bytes]
    text: str = ""
    told: threading.Condition = field(default_factory=threading.Condition)

    def link(self) -> str:
        """The link by which the first host gets in."""
        found = r"Become the first one here.*?(http\S+/host/invitation/\S+)"
        with self.told:
            assert self.told.wait_for(lambda: re.search(found, self.text, re.DOTALL), timeout=60), self.text
        return re.search(found, self.text, re.DOTALL)[1]  # type: ignore[index]

    def listen(self, screen: int) -> None:
        """Reads what is written there, until the other end is closed."""
        try:
            while some := os.read(screen, 4096):
                with self.told:
                    self.text += some.decode("utf-8", "replace")
                    self.told.notify_all()
        except OSError:  # the other end is closed
            pass
        finally:
            os.close(screen)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The whole companion, with its worker and its clock, over a library that is not there yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://localhost:{port}"
    changes = {"COMPANION_SITE_URL": url, "COMPANION_UPLOAD_CHUNK_BYTES": "100000"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("serve", "--port", port, home=tmp_path / "library"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, **changes},
    )
    os.close(theirs)
    one = Terminal(url, process)
    reader = threading.Thread(target=one.listen, args=(ours,), daemon=True)
    reader.start()
    yield one
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) is not None
    reader.join(timeout=20)
    assert "Traceback" not in one.text


@pytest.fixture
def patience() -> Iterator[None]:
    """A worker beside the browser makes pages slow on a small computer."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def tracks(show: Path, tmp_path: Path) -> list[Path]:
    """Three people, each on their own track; one of them is called otherwise."""
    folder, made = show / "03-doing-your-voice" / "tracks", []
    for name, called in (("Neil", "Neil"), ("Paul", "Paul"), ("Tess", "Theresa")):
        sound = [sound_of(folder / f"{name}.mp3", start, end - start) for start, end in STRETCHES_S]
        made.append(write_wav(tmp_path / f"doing your voice - {called}.wav", np.concatenate(sound)))
    return made


@pytest.mark.usefixtures("patience")
def test_from_the_first_link_to_a_moment_that_a_listener_plays(
    browser: Browser, terminal: Terminal, tracks: list[Path], tmp_path: Path
) -> None:
    context = browser.new_context(base_url=terminal.url, viewport=DESK, timezone_id=ZONE)
    context.set_default_timeout(60_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    become_host(page, terminal.link())
    hand_in(context, page, tracks)
    watch_it_work(page)
    name_a_voice_and_mend_two_lines(page)
    approved, rejected = review(page)
    say_the_rest(page, tmp_path)
    schedule_and_wait(page)
    context.close()

    read_as_an_app(terminal.url, approved)
    listen(browser, terminal.url, approved, rejected)
    assert errors == []


def become_host(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Become a host").click()
    expect(page.get_by_role("navigation", name="Host")).to_be_visible()
    expect(page.get_by_text("Nothing lies here yet.")).to_be_visible()


def hand_in(context: BrowserContext, page: Page, tracks: list[Path]) -> None:
    """Three tracks, and the network is gone for five seconds in the middle of them."""
    pieces = Pieces(page, 0.05)
    page.get_by_role("link", name="Hand in a recording").click()
    page.wait_for_url("**/host/upload")
    choose(page, *tracks)
    upload = page.locator("[data-upload]")
    expect(upload.get_by_label("Whose track")).to_have_count(3)
    until(page, "document.querySelector('[data-upload] progress').value > 0")
    context.set_offline(True)
    expect(upload.locator("[data-says]")).to_contain_text("The connection is lost")
    before = len(pieces.sent)
    page.wait_for_timeout(CUT_S * 1000)
    context.set_offline(False)
    for name, role in (("Neil", "partner"), ("Paul", "therapist"), ("Theresa", "partner")):
        upload.get_by_label(f"Role of {name}").select_option(role)
    upload.get_by_role("button", name="Start").click()
    page.wait_for_url("**/host?done=started*")
    assert len(pieces.sent) > before
    page.unroute_all()


def watch_it_work(page: Page) -> None:
    """The desk tells how far it is without being loaded again."""
    page.evaluate(
        """() => {
          window.told = new Set();
          const look = () => document.querySelectorAll("#desk [data-words]").forEach((line) =>
            window.told.add(line.parentNode.textContent.trim()));
          look();
          new MutationObserver(look).observe(document.querySelector("#desk"),
            { subtree: true, childList: true, characterData: true });
        }"""
    )
    expect(page.locator(f"#episode-{SLUG}")).to_be_visible(timeout=120_000)
    told = page.evaluate("() => [...window.told]")
    assert any(re.search(r", \d+ %", line) for line in told), told


def name_a_voice_and_mend_two_lines(page: Page) -> None:
    page.goto(f"/host/episodes/{SLUG}/transcript")
    expect(page.locator("[data-rows]")).to_have_attribute("data-filled", "yes")
    page.get_by_text("Voices", exact=True).click()
    voice = page.locator("[data-voices] > li").filter(has_text="Theresa")
    voice.get_by_role("button", name="Hear five seconds").click()
    expect(voice.get_by_role("button", name="Stop")).to_be_visible()
    voice.get_by_role("button", name="Stop").click()
    voice.get_by_label("Who is this?").fill("Tess")
    voice.get_by_role("button", name="Save").click()
    expect(page.locator("[data-rows] > li").first.locator(".name")).to_have_text("Tess")
    for number, text in enumerate(MENDED):
        line = page.locator("[data-rows] > li").nth(number)
        line.locator(".said").click()
        page.locator(".write").fill(text)
        page.keyboard.press("Escape")
        expect(line.locator(".why")).to_have_text("mended")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"))
    page.reload()
    expect(page.locator("[data-rows] > li .said").first).to_have_text(MENDED[0])


def review(page: Page) -> tuple[str, str]:
    """Moves the end of a moment and approves it, rejects the next; returns their names."""
    page.goto(f"/host/episodes/{SLUG}/moments")
    cards = page.locator("[data-review]")
    expect(cards).to_have_count(2)
    first, second = sorted(cards.all(), key=lambda card: float(card.get_attribute("data-from") or "nan"))
    kept, gone = (str(card.get_attribute("data-review")) for card in (first, second))
    card = page.locator(f"#moment-{kept}")
    ended_s = float(card.get_attribute("data-to") or "nan")
    card.get_by_role("button", name="a word earlier: the end").click()
    until(page, f"Number(document.querySelector('#moment-{kept}').dataset.to) < {ended_s}")
    card.get_by_role("button", name="Approve").click()
    _gone(page.locator(f"#moment-{kept}[data-state=suggested]"))
    page.locator(f"#moment-{gone}").get_by_role("button", name="Reject").click()
    _gone(page.locator(f"#moment-{gone}[data-state=suggested]"))
    page.goto(f"/host/episodes/{SLUG}/moments?state=approved")
    expect(page.locator("[data-review]")).to_have_attribute("data-review", kept)
    return kept, gone


def _gone(what: Locator) -> None:
    expect(what).to_have_count(0)


def say_the_rest(page: Page, folder: Path) -> None:
    """Details of the episode and of the show, until the checklist has nothing against it."""
    page.goto("/host")
    page.locator(f"#episode-{SLUG}").get_by_role("link", name=TITLE, exact=True).click()
    assert {"content-note", "cover", "show"} <= blocking(page)
    page.get_by_label("Content note").fill(NOTE)
    page.get_by_label("Description").fill("He gets laughed at in *her* voice of him.\n\nThen she stops talking.")
    page.get_by_label("Cover", exact=True).set_input_files(draft_library.cover(folder / "episode.jpg", (150, 90, 50)))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert blocking(page) == {"show"}

    page.locator('[data-item="show"]').get_by_role("link").click()
    page.get_by_label("Title").fill("Leaning In")
    page.get_by_label("Description").fill("Couples talk.")
    page.get_by_label("Author").fill(NAME)
    page.get_by_label("Owner’s e-mail").fill("ruth@example.org")
    page.get_by_label("Cover", exact=True).set_input_files(draft_library.cover(folder / "show.png"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


def blocking(page: Page) -> set[str]:
    return {
        item.get_attribute("data-item") or ""
        for item in page.locator(".checklist [data-item]").all()
        if item.get_attribute("class") != "may"
    }


def schedule_and_wait(page: Page) -> None:
    page.goto(f"/host/episodes/{SLUG}")
    assert blocking(page) == set()
    soon = datetime.now(ZoneInfo(ZONE)) + timedelta(seconds=SOON_S)
    at = page.get_by_label("Or at a time")
    at.evaluate("field => field.step = 1")  # a host chooses a minute; this one does not wait for it
    at.fill(f"{soon:%Y-%m-%dT%H:%M:%S}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("status")).to_have_text("It comes out at that time.")
    out = page.locator("[data-publication=published]")
    for _ in range(60):
        if out.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def read_as_an_app(url: str, approved: str) -> None:
    """Two readers that are not ours, and the first bytes of the recording, as an app loads them."""
    address = f"{url}/feed.xml"
    with urllib.request.urlopen(address) as answer:
        data = answer.read()
    by_one = podcastparser.parse(address, io.BytesIO(data))
    (episode,) = by_one["episodes"]
    assert (by_one["title"], episode["title"]) == ("Leaning In", TITLE)
    (file,) = episode["enclosures"]
    by_other = feedparser.parse(data)
    assert not by_other.bozo
    (entry,) = by_other.entries
    assert (entry.title, entry.id) == (TITLE, episode["guid"])
    (same,) = entry.enclosures
    assert (same.href, int(same.length), same.type) == (file["url"], file["file_size"], "audio/mpeg")
    with urllib.request.urlopen(urllib.request.Request(file["url"], headers={"Range": "bytes=0-999"})) as part:
        head = part.read()
        assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 0-999/{file['file_size']}")
    with urllib.request.urlopen(file["url"]) as whole:
        sound = whole.read()
    assert sound[:1000] == head
    assert head.startswith(b"ID3")
    assert len(sound) == file["file_size"]
    assert TITLE.encode("utf-16")[2:] in head or TITLE.encode() in head
    with urllib.request.urlopen(episode["chapters_json_url"]) as chapters:
        assert approved.encode() in chapters.read()


def listen(browser: Browser, url: str, approved: str, rejected: str) -> None:
    """Somebody who has never been here, on a phone."""
    context = browser.new_context(base_url=url, viewport=PHONE)
    page = context.new_page()
    assert page.goto(f"/host/episodes/{SLUG}")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto("/")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.locator("[data-transcript]")).to_contain_text(MENDED[0])
    expect(page.locator("[data-transcript]")).to_contain_text(MENDED[1])
    expect(page.locator(f'a[href$="/moments/{rejected}"]')).to_have_count(0)
    page.locator(f'[data-moment-line] a[href$="/moments/{approved}"]').click()
    expect(page.get_by_role("heading", name="Neil to Tess")).to_be_visible()
    began_s = float(page.locator("[data-stretch]").get_attribute("data-start") or "nan")
    page.get_by_role("button", name="Play").first.click()
    until(page, f"document.querySelector('audio').currentTime > {began_s} + 0.7")
    answer = page.goto(f"/moments/{rejected}")
    assert answer is not None
    assert answer.status == 404
    context.close()
