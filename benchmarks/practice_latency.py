"""From the click on Stop to the feedback on the page, in a real browser, with `companion serve` as it is delivered."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from rich.table import Table

from tests.browser.conftest import DESK, launch
from tests.programs import command
from tests.sounds import sound_of, write_wav

TAKES = 30
LENGTH_S = 15.0
PROMPT = "/practice/prompts/goodnight-to-the-fridge"
REPLY = (
    "Of course you felt lonely tonight. I said seven, and I came at nine, and I did not call. That was on me. You were "
    "alone with her since five, and you talked to the fridge because there was nobody else. That must have been so "
    "hard. What was the worst part of it for you? I want to hear it, and I will stay right here while you tell me."
)
START_S, PATIENCE_S, POLL_MS = 60.0, 60.0, 100

# Times are taken in the page itself: at the click, and in the frame after the one in which the words are drawn.
WATCH = """
addEventListener("click", (event) => {
  const button = event.target.closest("[data-record]");
  if (!button || !document.body.classList.contains("recording")) return;
  const before = document.querySelector("[data-take]")?.dataset.take;
  const times = { stop: performance.now(), kept: 0, shown: 0, unsure: false };
  window.latency = times;
  const look = () => {
    const take = document.querySelector("[data-take]");
    if (!take || take.dataset.take === before) return requestAnimationFrame(look);
    times.kept ||= performance.now();
    const heading = take.querySelector(".heard h3");
    if (!heading?.checkVisibility()) return requestAnimationFrame(look);
    times.unsure = heading.matches("[data-said]");
    requestAnimationFrame(() => { times.shown = performance.now(); });
  };
  look();
}, true);
"""


@dataclass(frozen=True, slots=True)
class Waited:
    """One take; seconds after the click on Stop."""

    kept_s: float  # the server has all of it, and the page shows the take
    shown_s: float  # the feedback is on the page
    unsure: bool  # it asks whether the words are right, before it says anything about them


def run(takes: int = TAKES) -> list[Table]:
    """Says the same reply again and again, and waits for what is said to it.

    Args:
        takes: how many.
    """
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        spoken = _spoken(folder)
        with _serving(folder / "library") as url:
            browser = launch(
                playwright,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={spoken}%noloop",
            )
            load_before = os.getloadavg()[0]
            waited = _practise(browser, url, takes)
            browser.close()
    return [_table(waited, load_before)]


def _practise(browser: Browser, url: str, takes: int) -> list[Waited]:
    context = browser.new_context(base_url=url, viewport=DESK, permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(PROMPT)
    return [_take(page) for _ in range(takes)]


def _take(page: Page) -> Waited:
    page.evaluate("window.latency = null")
    page.locator("[data-record]").click()
    page.locator("body.recording").wait_for()
    page.wait_for_timeout(1000 * LENGTH_S)
    page.locator("[data-record]").click()
    end = time.monotonic() + PATIENCE_S
    while not (times := page.evaluate("window.latency")) or not times["shown"]:
        if time.monotonic() > end:
            raise TimeoutError(f"No feedback after {PATIENCE_S:g} s: {page.locator('[data-takes]').inner_text()}")
        page.wait_for_timeout(POLL_MS)
    return Waited(
        kept_s=(times["kept"] - times["stop"]) / 1000,
        shown_s=(times["shown"] - times["stop"]) / 1000,
        unsure=times["unsure"],
    )


def _spoken(folder: Path) -> Path:
    """The reply by a voice that the bundled recogniser knows, for as long as is recorded."""
    whole, cut = folder / "whole.wav", folder / "reply.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", REPLY, "-o", str(whole)], check=True)
    with wave.open(str(whole)) as file:
        length_s = file.getnframes() / file.getframerate()
    if length_s < LENGTH_S:
        raise ValueError(f"The reply takes {length_s:.1f} s only; write more of it.")
    return write_wav(cut, np.asarray(sound_of(whole, 0.0, LENGTH_S + 1)))


@contextmanager
def _serving(home: Path) -> Iterator[str]:
    """`companion serve` over an empty library: its address."""
    server = subprocess.Popen(command("serve", "--port", 0, home=home), stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if found := re.search(r"http://localhost:\d+", line):
                break
        else:
            raise RuntimeError("companion serve ended before it listened")
        time.sleep(1)  # its worker starts
        yield found[0]
    finally:
        server.terminate()
        server.wait(START_S)


def _table(waited: list[Waited], load_before: float) -> Table:
    unsure = sum(w.unsure for w in waited)
    table = Table(
        title=f"{len(waited)} takes of {LENGTH_S:g} s: from the click on Stop, in seconds "
        f"({os.cpu_count()} cores; load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after; {unsure} unsure)"
    )
    for heading in ("until", "p50", "p95", "max"):
        table.add_column(heading, justify="left" if heading == "until" else "right")
    for label, values in (
        ("the take is kept and on the page", [w.kept_s for w in waited]),
        ("the feedback is on the page", [w.shown_s for w in waited]),
    ):
        p50, p95 = np.percentile(values, (50, 95))
        table.add_row(label, f"{p50:.2f}", f"{p95:.2f}", f"{max(values):.2f}")
    return table
