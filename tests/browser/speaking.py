"""What the tests of practice do in a browser: speak, wait, look at what the server keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from companion.core import Companion
from companion.takes import Asked, Away, AwayKind, Feedback, MadeMove, Pace, Quote, Space, Take, TakeState
from companion.types import Tag
from tests.browser.conftest import DESK, Site, Watch
from tests.sounds import sound_of

PROMPT = "/practice/prompts/goodnight-to-the-fridge"
MIXED = "Of course you felt lonely. I said seven, and I came at nine. That was on me. But you could have called me."
MIXED_S = 7.0
HEARD_MS = 20_000
STORED = """async () => {
  const request = indexedDB.open("companion-practice");
  await new Promise((done) => { request.onsuccess = done; });
  if (!request.result.objectStoreNames.contains("takes")) return [0, 0];
  const transaction = request.result.transaction(["takes", "slices"]);
  const counts = ["takes", "slices"].map((name) => transaction.objectStore(name).count());
  await new Promise((done) => { transaction.oncomplete = done; });
  request.result.close();
  return counts.map((count) => count.result);
}"""
"""How many takes and slices this browser keeps."""

Speaker = Callable[[str], Browser]


@contextmanager
def open_page(browser: Browser, site: Site, watch: Watch, allowed: bool = True, **options: Any) -> Iterator[Page]:
    """A page in a profile of its own, watched."""
    settings = {"base_url": site.url, "viewport": DESK, **options}
    context = browser.new_context(permissions=["microphone"] if allowed else [], **settings)
    page = context.new_page()
    watch.on(page)
    yield page
    context.close()


def record(page: Page, seconds: float = MIXED_S) -> None:
    """Records for some seconds."""
    page.locator("[data-record]").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.wait_for_timeout(1000 * seconds)
    page.get_by_role("button", name="Stop").click()


def wait_until_heard(page: Page) -> None:
    """Until the feedback is there."""
    expect(page.locator("[data-says]")).to_have_text("The feedback is there.", timeout=HEARD_MS)


def practise(page: Page, address: str = PROMPT) -> None:
    """A whole take."""
    page.goto(address)
    record(page)
    wait_until_heard(page)


def token_of(page: Page) -> str:
    """The token of this browser's space."""
    return next(c["value"] for c in page.context.cookies() if c["name"] == "companion_space")


def takes_of(page: Page, site: Site) -> tuple[Take, ...]:
    """What the server keeps for this browser, the newest first."""
    practice = site.door.practice
    return practice.takes(practice.enter(token_of(page), now()))


def sound_kept(page: Page, site: Site, take: Take, folder: Path) -> NDArray[np.int16]:
    """The sound of a take as the server keeps it: shape (n,), int16, mono at 16 kHz."""
    practice = site.door.practice
    path = folder / f"{take.id}.webm"
    path.write_bytes(practice.sound(practice.enter(token_of(page), now()), take.id))
    return sound_of(path)


def put_take(door: Companion, space: Space, days_ago: float, moves: int, but: bool) -> None:
    """A take of some days ago, as hearing leaves it."""
    text = "I hear you. That must have been lonely. But I was at work."
    quote, turned = Quote("I hear you", 0, 10), Quote("But I was at work", 40, 57)
    said = Feedback(
        (MadeMove(Tag.VALIDATION, quote),) * moves,
        (Away(AwayKind.BUT, turned),) if but else (),
        None,
        None,
        True,
        False,
        False,
    )
    made = now() - timedelta(days=days_ago)
    take = door.practice.put_whole(space, Asked(prompt_id=PROMPT.rpartition("/")[2]), "audio/wav", b"sound", made)
    changes = {"text": text, "feedback": said, "pace": Pace(4.0, 110.0 + 5 * moves, 1, 0.6, 0), "error": None}
    vault = door.practice._vault
    # Whatever the hearer has made of such a sound by now: this is what it would have made of a real one.
    vault.changed(space, take.id, lambda row: {"state": TakeState.READY, "private": vault.again(space, row, **changes)})


def alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """How alike two recordings are, at the shift at which they are most alike: their correlation there."""
    a, b = one.astype(float), other.astype(float)
    size = 1 << (len(a) + len(b)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    shift = int(np.argmax(cross))
    shift -= size if shift > size // 2 else 0
    a, b = a[max(0, shift) :], b[max(0, -shift) :]
    n = min(len(a), len(b))
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


def now() -> datetime:
    """The time by the clock."""
    return datetime.now(UTC)


def playing(name: str) -> str:
    """An expression that says whether the player of that name sounds."""
    return f"[...document.querySelectorAll('audio')].some(a => a.ariaLabel.startsWith({json.dumps(name)}) && !a.paused)"
