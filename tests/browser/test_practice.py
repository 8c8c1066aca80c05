"""Practice, in a real browser with a real recording as its microphone."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Playwright, expect

from companion.takes import Asked, Take
from companion.types import SAMPLE_RATE_HZ
from tests.browser.conftest import DESK, PHONE, Site, Watch, launch, until
from tests.sounds import sound_of, write_wav

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
PROMPT = "/practice/prompts/goodnight-to-the-fridge"
MIXED = "Of course you felt lonely. I said seven, and I came at nine. That was on me. But you could have called me."
MIXED_S = 7.0
GOOD = "You were so lonely. Of course you felt alone. I am sorry I came late. What was it like for you?"
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


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A text, spoken by a synthetic voice that the bundled recogniser knows: a wav file."""
    folder = tmp_path_factory.mktemp("said")

    def say(text: str) -> Path:
        path = folder / f"{abs(hash(text))}.wav"
        if not path.exists():
            subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
        return path

    return say


@pytest.fixture(scope="session")
def speakers(playwright: Playwright, said: Callable[[str], Path]) -> Iterator[Speaker]:
    """Browsers, each with something that is said into its microphone, once each time that it is opened."""
    opened: dict[str, Browser] = {}

    def speaker(text: str) -> Browser:
        if text not in opened:
            opened[text] = launch(
                playwright,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={said(text)}%noloop",
            )
        return opened[text]

    yield speaker
    for browser in opened.values():
        browser.close()


@contextmanager
def _open(browser: Browser, site: Site, watch: Watch, allowed: bool = True, **options: Any) -> Iterator[Page]:
    settings = {"base_url": site.url, "viewport": DESK, **options}
    context = browser.new_context(permissions=["microphone"] if allowed else [], **settings)
    page = context.new_page()
    watch.on(page)
    yield page
    context.close()


@pytest.fixture
def page(speakers: Speaker, site: Site, watch: Watch) -> Iterator[Page]:
    """A page in a browser into whose microphone the mixed reply is said."""
    with _open(speakers(MIXED), site, watch) as made:
        yield made


def _record(page: Page, seconds: float = MIXED_S) -> None:
    page.locator("[data-record]").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.wait_for_timeout(1000 * seconds)
    page.get_by_role("button", name="Stop").click()


def _heard(page: Page) -> None:
    expect(page.locator("[data-says]")).to_have_text("The feedback is there.", timeout=HEARD_MS)


def _practise(page: Page, address: str = PROMPT) -> None:
    page.goto(address)
    _record(page)
    _heard(page)


def _token(page: Page) -> str:
    return next(c["value"] for c in page.context.cookies() if c["name"] == "companion_space")


def _takes(page: Page, site: Site) -> tuple[Take, ...]:
    """What the server keeps for this browser, the newest first."""
    practice = site.door.practice
    return practice.takes(practice.enter(_token(page), _now()))


def _sound(page: Page, site: Site, take: Take, folder: Path) -> NDArray[np.int16]:
    practice = site.door.practice
    path = folder / f"{take.id}.webm"
    path.write_bytes(practice.sound(practice.enter(_token(page), _now()), take.id))
    return sound_of(path)


def _alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """How alike two recordings are, at the shift at which they are most alike: their correlation there."""
    a, b = one.astype(float), other.astype(float)
    size = 1 << (len(a) + len(b)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    shift = int(np.argmax(cross))
    shift -= size if shift > size // 2 else 0
    a, b = a[max(0, shift) :], b[max(0, -shift) :]
    n = min(len(a), len(b))
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


def _now() -> datetime:
    return datetime.now(UTC)


def _playing(name: str) -> str:
    """An expression that says whether the player of that name sounds."""
    return f"[...document.querySelectorAll('audio')].some(a => a.ariaLabel.startsWith({json.dumps(name)}) && !a.paused)"


# ---- a reply


def test_a_reply_to_a_moment_is_recorded_and_answered_with_its_own_words(
    page: Page, site: Site, said: Callable[[str], Path], tmp_path: Path
) -> None:
    stored = site.late_moments[0]
    page.goto(f"/moments/{stored.id}")
    page.get_by_role("link", name="Practise this").click()
    expect(page.get_by_text("I sat on the stairs with my coat on")).to_be_visible()

    _record(page)
    _heard(page)

    take = page.locator("[data-take]")
    expect(take.get_by_role("heading", name="Your first take")).to_be_visible()
    expect(take.locator(".own")).to_contain_text("felt lonely")
    words = take.locator(".did li")
    expect(words.filter(has_text="Of course you felt lonely")).to_contain_text("validating")
    expect(words.filter(has_text="that was on me")).to_contain_text("owning a fault")
    expect(words.filter(has_text="but you could have called me")).to_contain_text("a “but” after hearing")
    expect(take).to_contain_text("You named the feeling in it.")
    expect(take).to_contain_text("Try stopping before “but you could have called me”")
    assert page.evaluate(STORED) == [0, 0]
    (kept,) = _takes(page, site)
    assert kept.asked == Asked(moment_id=stored.id)
    spoken = sound_of(said(MIXED))
    assert _alike(_sound(page, site, kept, tmp_path), spoken) > 0.9


def test_the_sound_of_the_bid_stops_before_the_reply(page: Page, site: Site) -> None:
    stored = site.late_moments[0]
    page.goto(f"/practice/moments/{stored.id}")
    page.get_by_role("button", name="Play Mara").click()
    until(page, _playing("Mara"))

    until(page, f"!{_playing('Mara')}", 15)

    reply = next(t for t in site.door.moment_turns(stored) if t.turn.speaker == "Jonas")
    assert page.locator("audio").first.evaluate("a => a.currentTime") <= reply.turn.start_s + 0.05


def test_words_that_are_quoted_can_be_heard(page: Page, site: Site) -> None:
    _practise(page)
    quote = page.locator(".did button.quote").last
    from_s, to_s = (float(quote.get_attribute(name) or "nan") for name in ("data-from", "data-to"))
    audio = page.locator("[data-take] audio")

    quote.click()

    until(page, f"{_playing('Your first take')} && document.querySelector('[data-take] audio').currentTime > {from_s}")
    assert from_s <= audio.evaluate("a => a.currentTime") <= to_s
    until(page, f"!{_playing('Your first take')}")
    assert audio.evaluate("a => a.currentTime") == pytest.approx(to_s, abs=0.3)
    (kept,) = _takes(page, site)
    assert kept.feedback is not None
    words = [w.text for w in kept.words if from_s <= w.start_s and w.end_s <= to_s]
    assert " ".join(words).lower().rstrip(".,") == (quote.text_content() or "").strip("“”").lower().rstrip(".,")


def test_a_second_take_stands_beside_the_first_and_the_partner(page: Page, site: Site) -> None:
    _practise(page, f"/practice/moments/{site.late_moments[0].id}")
    expect(page.locator("[data-record]")).to_be_focused()
    expect(page.locator("[data-record]")).to_have_text("Record another take")

    _record(page)
    _heard(page)

    side = page.locator(".compare")
    names = ["Your first take", "Your second take", "Jonas, on the podcast"]
    expect(side.locator("h3")).to_have_text(names)
    for name in names:
        side.get_by_role("button", name=f"Play {name}").click()
        until(page, _playing(name))
    side.get_by_role("button", name="Hear them one after the other").click()
    for name in names:
        until(page, _playing(name), 20)
    assert [t.number for t in _takes(page, site)] == [2, 1]


def test_a_model_reply_is_there_where_nobody_said_one(page: Page) -> None:
    page.goto(PROMPT)
    expect(page.locator(".compare")).to_be_hidden()
    page.get_by_text("Read how it can be said").click()
    expect(page.get_by_text("One way to say it")).to_be_visible()

    _record(page, 3)
    _heard(page)

    expect(page.locator(".compare")).to_contain_text("One way to say it")
    expect(page.get_by_text("Read how it can be said")).to_have_count(0)


def test_the_code_that_leads_back_is_shown_once_and_works(
    page: Page, speakers: Speaker, site: Site, watch: Watch
) -> None:
    page.goto(PROMPT)
    expect(page.locator("[data-code]")).to_be_hidden()
    _record(page, 3)
    _heard(page)
    code = page.locator("[data-code] output").inner_text()
    page.reload()
    expect(page.locator("[data-code]")).to_be_hidden()

    with _open(speakers(MIXED), site, watch) as elsewhere:
        elsewhere.goto("/practice/space")
        elsewhere.get_by_label("Recovery code").fill(code)
        elsewhere.get_by_role("button", name="Open it").click()
        elsewhere.get_by_role("link", name="Your journal, 1 take").click()
        expect(elsewhere.get_by_role("heading", name="Goodnight to the fridge")).to_be_visible()


def test_a_text_that_was_misheard_is_put_right_and_the_feedback_follows(page: Page) -> None:
    _practise(page)
    expect(page.locator(".did .away").first).to_be_visible()
    page.get_by_text("Something was misheard").click()
    page.get_by_role("textbox", name="What you said").fill(
        "Of course you felt lonely. I came at nine, and that was on me."
    )
    page.get_by_role("button", name="These are my words").click()

    expect(page.locator(".own")).to_have_text("Of course you felt lonely. I came at nine, and that was on me.")
    expect(page.locator(".did .away")).to_have_count(0)
    expect(page.locator(".own")).to_be_focused()


def test_words_that_speak_of_harm_bring_a_link_to_help(page: Page, site: Site) -> None:
    _practise(page)
    page.get_by_text("Something was misheard").click()
    page.get_by_role("textbox", name="What you said").fill("I want to hurt myself when you are gone.")
    page.get_by_role("button", name="These are my words").click()

    expect(page.locator(".help")).to_contain_text(site.door.settings.help_text)
    expect(page.locator(".help a")).to_have_attribute("href", site.door.settings.help_url)
    expect(page.locator("[data-take]")).not_to_contain_text("What worked")
    expect(page.locator("[data-take]")).not_to_contain_text("One thing to try")


def test_two_minutes_are_the_end_and_are_kept(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-recorder]").evaluate("r => { r.dataset.max = '3' }")
    page.locator("[data-record]").click()
    expect(page.locator("[data-left]")).to_have_text("0:02 left")

    _heard(page)

    (kept,) = _takes(page, site)
    assert kept.duration_s == pytest.approx(3.0, abs=0.4)


# ---- what can go wrong


def test_a_microphone_that_is_refused_is_explained(speakers: Speaker, site: Site, watch: Watch) -> None:
    with _open(speakers(MIXED), site, watch, allowed=False) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()

        expect(page.get_by_role("alert")).to_contain_text("The microphone was refused")
        expect(page.locator("[data-record]")).to_be_focused()
        expect(page.locator("[data-record]")).to_have_text("Record your reply")
        assert page.context.cookies() == []


def test_no_microphone_is_said(browser: Browser, site: Site, watch: Watch) -> None:
    with _open(browser, site, watch) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()

        expect(page.get_by_role("alert")).to_contain_text("No microphone was found")


def test_a_microphone_in_use_is_said(page: Page) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('busy', 'NotReadableError') }"
    )
    page.goto(PROMPT)
    page.locator("[data-record]").click()

    expect(page.get_by_role("alert")).to_contain_text("Another program holds the microphone")


def test_an_address_without_protection_is_explained(playwright: Playwright, site: Site) -> None:
    browser = launch(playwright, "--host-resolver-rules=MAP practice.test 127.0.0.1")
    page = browser.new_page()
    page.goto(site.url.replace("127.0.0.1", "practice.test") + PROMPT)

    expect(page.get_by_role("alert")).to_contain_text("protected addresses only")
    expect(page.locator("[data-record]")).to_be_disabled()
    browser.close()


def test_a_silent_microphone_is_noticed_while_one_speaks_and_nothing_is_kept(
    playwright: Playwright, site: Site, watch: Watch, tmp_path: Path
) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(10 * SAMPLE_RATE_HZ, np.int16))
    browser = launch(
        playwright, "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={silence}%noloop"
    )
    with _open(browser, site, watch) as page:
        page.goto(PROMPT)
        page.locator("[data-record]").click()
        expect(page.get_by_role("alert")).to_contain_text("We hear nothing", timeout=3000)
        page.get_by_role("button", name="Stop").click()

        expect(page.get_by_role("alert")).to_contain_text("nothing was kept")
        assert _takes(page, site) == ()
        assert page.evaluate(STORED) == [0, 0]
    browser.close()


def test_a_microphone_that_is_unplugged_keeps_what_was_said(page: Page, site: Site) -> None:
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish));"""
    )
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(3000)
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("[data-says]")).to_contain_text("The microphone went away")

    _heard(page)

    assert (_takes(page, site)[0].duration_s or 0) > 2.5


def test_a_lost_connection_loses_nothing(
    page: Page, site: Site, watch: Watch, said: Callable[[str], Path], tmp_path: Path
) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(1500)
    page.context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("No connection right now", timeout=4000)
    page.wait_for_timeout(5000)
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_text("", timeout=6000)
    page.get_by_role("button", name="Stop").click()
    _heard(page)

    (kept,) = _takes(page, site)
    assert _alike(_sound(page, site, kept, tmp_path), sound_of(said(MIXED))) > 0.9
    assert page.evaluate(STORED) == [0, 0]
    watch.problems.clear()  # the browser reports the lost connection, as it should


def test_a_connection_that_is_never_there_begins_the_take_when_it_comes(page: Page, site: Site, watch: Watch) -> None:
    page.goto(PROMPT)
    page.context.set_offline(True)
    _record(page, 3)
    expect(page.get_by_role("alert")).to_contain_text("No connection right now")
    assert page.context.cookies() == []

    page.context.set_offline(False)

    _heard(page)
    assert (_takes(page, site)[0].duration_s or 0) > 2.5
    watch.problems.clear()


def test_a_reload_in_the_middle_loses_nothing(
    page: Page, site: Site, said: Callable[[str], Path], tmp_path: Path
) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(5000)
    before_s = page.evaluate("document.querySelector('[data-left]').textContent")
    page.reload()
    expect(page.get_by_text("Your last take was cut short")).to_be_visible()

    page.get_by_role("button", name="Keep what was said").click()
    _heard(page)

    assert before_s == "1:55 left"
    (kept,) = _takes(page, site)
    assert kept.duration_s == pytest.approx(5.0, abs=0.4)
    assert _alike(_sound(page, site, kept, tmp_path), sound_of(said(MIXED))) > 0.9
    assert page.locator("[data-code] output").inner_text().count("-") > 3
    assert page.evaluate(STORED) == [0, 0]
    page.reload()
    expect(page.get_by_text("Your last take was cut short")).to_be_hidden()


def test_a_take_that_was_cut_short_can_be_thrown_away(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(2500)
    page.reload()

    page.get_by_role("button", name="Throw it away").first.click()

    expect(page.locator("[data-says]")).to_have_text("It is thrown away.")
    expect(page.locator("[data-record]")).to_be_focused()
    assert _takes(page, site) == ()
    assert page.evaluate(STORED) == [0, 0]


def test_a_take_that_is_being_recorded_in_another_tab_is_left_alone(page: Page, watch: Watch) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(1500)
    other = page.context.new_page()
    watch.on(other)
    other.goto(PROMPT)
    other.wait_for_timeout(500)

    expect(other.get_by_text("was cut short")).to_have_count(1)
    expect(other.get_by_text("was cut short")).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    _heard(page)


def test_what_arrived_can_be_kept_when_this_browser_has_lost_it(page: Page, site: Site) -> None:
    page.goto(PROMPT)
    page.locator("[data-record]").click()
    page.wait_for_timeout(3500)
    page.goto("/practice")
    page.evaluate("new Promise((d) => { indexedDB.deleteDatabase('companion-practice').onsuccess = d })")
    page.goto(PROMPT)

    page.get_by_role("button", name="Keep what was said").locator("visible=true").click()

    page.wait_for_url("**/takes/**")
    _heard(page)
    assert (_takes(page, site)[0].duration_s or 0) > 1.5


# ---- the space


def test_the_journal_shows_what_was_said_and_leads_to_it(page: Page) -> None:
    _practise(page)
    page.goto("/practice")
    page.get_by_role("link", name="Your journal, 1 take").click()

    line = page.locator(".journal li")
    expect(line).to_contain_text("Goodnight to the fridge")
    expect(line).to_contain_text("felt lonely")
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Your first take").first).to_be_visible()
    page.locator("[data-take]").get_by_role("button", name="Play Your first take").click()
    until(page, _playing("Your first take"))


def test_everything_can_be_taken_along(page: Page, site: Site) -> None:
    _practise(page)
    page.goto("/practice/space")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download everything").click()

    with zipfile.ZipFile(io.BytesIO(Path(waiting.value.path()).read_bytes())) as archive:
        names = archive.namelist()
        transcript = json.loads(archive.read("takes/1/transcript.json"))
        sound = archive.read("takes/1/sound.webm")
    assert "README.txt" in names
    assert "felt lonely" in transcript["text"]
    assert len(sound) == _takes(page, site)[0].sound_bytes


def test_one_take_can_be_thrown_away(page: Page, site: Site) -> None:
    _practise(page)
    page.get_by_text("Throw it away").locator("visible=true").click()
    page.get_by_role("button", name="Throw this take away").click()

    expect(page.locator("[data-take]")).to_have_count(0)
    assert _takes(page, site) == ()


def test_everything_can_be_erased(page: Page, site: Site) -> None:
    _practise(page)
    practice, token = site.door.practice, _token(page)
    space = practice.enter(token, _now())
    address = page.locator("[data-correct]").get_attribute("data-correct") or ""
    page.goto("/practice/space")
    page.get_by_role("link", name="Erase everything").click()
    expect(page.get_by_role("heading", name="Erase everything?")).to_be_visible()
    page.get_by_role("button", name="Erase everything").click()

    expect(page.get_by_role("status").first).to_contain_text("Everything is erased")
    assert page.context.cookies() == []
    assert practice.takes(space) == ()
    assert page.request.get(address, headers={"Cookie": f"companion_space={token}"}).status == 404


def test_leaving_closes_the_space_to_the_old_cookie(page: Page) -> None:
    _practise(page)
    token = _token(page)
    page.goto("/practice/space")
    page.get_by_role("button", name="Leave this space").click()
    expect(page.get_by_role("status").first).to_contain_text("left the space")

    answer = page.request.get("/practice/journal", headers={"Cookie": f"companion_space={token}"})

    assert answer.status == 404
    assert page.context.cookies() == []


def test_how_long_things_are_kept_is_chosen(page: Page, site: Site) -> None:
    _practise(page)
    page.goto("/practice/space")
    page.get_by_label("Keep the words, drop the voice").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_label("Keep the words, drop the voice")).to_be_checked()
    assert [t.sound_bytes for t in _takes(page, site)] == [0]
    page.goto(PROMPT)
    expect(page.get_by_text("Your voice was dropped, as you chose")).to_be_visible()
    expect(page.locator(".did")).to_contain_text("felt lonely")


# ---- with keys alone, without scripts, on every screen


def test_a_take_is_made_and_heard_with_keys_alone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(PROMPT)
    _tab_to(page, "record")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.wait_for_timeout(6000)
    page.keyboard.press("Space")
    _heard(page)
    expect(page.locator("[data-record]")).to_be_focused()

    _tab_to(page, "act")
    page.keyboard.press("Enter")
    until(page, _playing("Your first take"))
    page.keyboard.press("Enter")
    _tab_to(page, "from")
    page.keyboard.press("Enter")
    until(page, _playing("Your first take"))


def _tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"{json.dumps(name)} in document.activeElement.dataset"):
            return
    raise AssertionError(f"no key leads to {name}")


def test_a_recording_is_handed_in_without_scripts(
    browser: Browser, site: Site, watch: Watch, said: Callable[[str], Path]
) -> None:
    with _open(browser, site, watch, java_script_enabled=False) as page:
        page.goto(PROMPT)
        expect(page.locator("[data-record]")).to_be_hidden()
        page.get_by_text("Hand in a recording instead").click()
        page.get_by_label("A sound file").set_input_files(said(MIXED))
        page.get_by_role("button", name="Send it").click()
        assert page.locator("[data-code] output").inner_text().count("-") > 3
        page.get_by_role("link", name="On to your take").click()

        for _ in range(20):
            if page.locator(".did").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(page.locator(".did")).to_contain_text("felt lonely")
        expect(page.locator("[data-take] audio[controls]")).to_be_visible()
        page.get_by_text("Something was misheard").click()
        page.get_by_role("textbox", name="What you said").fill("Of course you felt lonely.")
        page.get_by_role("button", name="These are my words").click()
        expect(page.locator(".own")).to_have_text("Of course you felt lonely.")


def _screens(page: Page, site: Site) -> dict[str, str]:
    """The pages of somebody who has two takes."""
    _practise(page)
    _practise(page)
    takes = _takes(page, site)
    return {
        "practice": "/practice",
        "exercise-prompt": PROMPT,
        "exercise-moment": f"/practice/moments/{site.late_moments[0].id}",
        "take": f"/practice/takes/{takes[0].id}",
        "journal": "/practice/journal",
        "space": "/practice/space",
        "erase": "/practice/space/erase",
    }


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_screen_is_open_to_everybody_and_fits(
    speakers: Speaker, site: Site, watch: Watch, screenshots: Path, scheme: str
) -> None:
    bad: dict[str, object] = {}
    with _open(speakers(MIXED), site, watch, color_scheme=scheme) as page:
        for name, address in _screens(page, site).items():
            page.goto(address)
            for details in page.locator("main details").all():
                details.evaluate("d => { d.open = true }")
            found = Axe().run(page).response["violations"]
            if grave := [
                f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")
            ]:
                bad[name] = grave
            for details in page.locator("main details").all():
                details.evaluate("d => { d.open = false }")
            for size in (PHONE, DESK):
                page.set_viewport_size(size)
                inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                if inner[0] > inner[1]:
                    bad[f"{name} at {size['width']}"] = inner
                page.screenshot(path=screenshots / f"{name}-{size['width']}-{scheme}.png", full_page=True)
        page.goto(PROMPT)
        page.set_viewport_size(PHONE)
        page.locator("[data-record]").click()
        page.wait_for_timeout(1500)
        page.screenshot(path=screenshots / f"recording-{PHONE['width']}-{scheme}.png")
        page.get_by_role("button", name="Stop").click()
        _heard(page)
        page.screenshot(path=screenshots / f"heard-{PHONE['width']}-{scheme}.png", full_page=True)
        page.context.clear_cookies()
        for name, address in {"space-none": "/practice/space", "journal-none": "/practice/journal"}.items():
            page.goto(address)
            page.screenshot(path=screenshots / f"{name}-{PHONE['width']}-{scheme}.png", full_page=True)
    watch.problems = [p for p in watch.problems if "404" not in p]  # a journal without a space is one

    assert bad == {}
