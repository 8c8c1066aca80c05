"""The desk in a real browser: three tracks through a cut connection to a ready episode, and what is refused."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from companion.handing import JobState
from companion.types import EpisodeState, Progress
from tests.browser.conftest import DESK, PHONE, Site, Watch, running
from tests.browser.uploading import Pieces, choose
from tests.faults.test_hostile_audio import record
from tests.programs import command
from tests.sounds import sound_of, write_wav

pytestmark = pytest.mark.browser

NAME, PASSWORD = "Ada Host", "seven quiet rooms upstairs"
CUT_S = 5.0
LENGTH_S = 25
CHUNK = 40_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, since what is done here changes it."""
    with running(tmp_path_factory.mktemp("desk"), upload_chunk_bytes=CHUNK, max_audio_bytes=3_000_000) as one:
        one.door.host.accounts.add(NAME, PASSWORD)
        yield one


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A host's browser."""
    made = browser.new_context(base_url=site.url, viewport=DESK)
    log_in(made)
    yield made
    made.close()


def log_in(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/host/login")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/host")
    page.close()


@pytest.fixture
def tracks(show: Path, tmp_path: Path) -> list[Path]:
    """Twenty-five seconds of three people, each on their own track."""
    folder = show / "03-doing-your-voice" / "tracks"
    return [
        write_wav(tmp_path / f"doing your voice - {name}.wav", sound_of(folder / f"{name}.mp3", 0, LENGTH_S))
        for name in ("Neil", "Paul", "Tess")
    ]


def open_page(context: BrowserContext, watch: Watch | None = None) -> Page:
    page = context.new_page()
    if watch is not None:
        watch.on(page)
    return page


def test_three_tracks_through_a_cut_connection_to_a_ready_episode(
    context: BrowserContext, site: Site, tracks: list[Path]
) -> None:
    page = open_page(context)
    pieces = Pieces(page, 0.05)
    page.goto("/host/upload")
    choose(page, *tracks)
    upload = page.locator("[data-upload]")
    expect(upload.get_by_label("Title of the episode")).to_have_value("Doing your voice")
    expect(upload.get_by_label("Whose track")).to_have_count(3)
    assert [f.input_value() for f in upload.get_by_label("Whose track").all()] == ["Neil", "Paul", "Tess"]
    bars = upload.locator("progress")
    expect(bars.first).to_have_js_property("max", tracks[0].stat().st_size)
    page.wait_for_function("() => document.querySelector('[data-upload] progress').value > 0")

    before = len(pieces.sent)
    context.set_offline(True)
    expect(upload.locator("[data-says]")).to_contain_text("The connection is lost")
    page.wait_for_timeout(CUT_S * 1000)
    stood = sum(f.received_bytes for f in site.door.host.desk.uploads.open()[0].files)
    assert 0 < stood < sum(p.stat().st_size for p in tracks)
    pieces.held = True
    context.set_offline(False)

    # While it goes on by itself, the host says who is who, and starts: it waits for the last piece.
    upload.get_by_label("Role of Paul").select_option("therapist")
    upload.get_by_label("Role of Neil").select_option("partner")
    upload.get_by_label("Role of Tess").select_option("partner")
    upload.get_by_text("How it is heard").click()
    upload.get_by_label("Recogniser").select_option("bundled")
    upload.get_by_role("button", name="Start").click()
    expect(upload.locator("[data-says]")).to_contain_text("It starts as soon as all of it is here")
    pieces.let_go()
    page.wait_for_url("**/host?done=started*", timeout=30_000)
    assert len(pieces.sent) > before

    job = page.locator("#job-doing-your-voice")
    expect(job).to_contain_text("Waiting for its turn")
    expect(page.get_by_text("Nobody works on what waits")).to_be_visible()
    with worker(site):
        expect(job).to_contain_text(re.compile(r"Writing down what is said, \d+ %"), timeout=60_000)
        expect(page.get_by_text("Nobody works on what waits")).to_have_count(0)
        expect(page.locator("#episode-doing-your-voice")).to_be_visible(timeout=120_000)
    door = site.door.host
    assert door.episode("doing-your-voice").state is EpisodeState.READY
    roles = {v.name: v.role for v in door.desk.job("doing-your-voice").parameters.voices}
    assert roles == {"Neil": "partner", "Paul": "therapist", "Tess": "partner"}
    known = {t.turn.speaker for t in door.turns("doing-your-voice")}
    assert known <= {"Neil", "Paul", "Tess"}
    assert known
    assert list(door.library.uploads_folder.iterdir()) == []


class worker:  # noqa: N801 - reads like what it is
    """A worker of its own, as `companion serve` starts one."""

    def __init__(self, site: Site) -> None:
        self._home = site.door.settings.home

    def __enter__(self) -> None:
        self._process = subprocess.Popen(command("work", home=self._home))

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def test_a_closed_tab_and_the_same_files_again(context: BrowserContext, site: Site, tmp_path: Path) -> None:
    path = record(tmp_path / "the long way home.wav", "pcm_s16le", 20)
    page = open_page(context)
    Pieces(page, 0.1)
    page.goto("/host/upload")
    choose(page, path)
    page.wait_for_function("() => document.querySelector('[data-upload] progress')?.value > 0")
    page.close()
    stood = site.door.host.desk.uploads.open()[0].received_bytes
    assert 0 < stood < path.stat().st_size

    page = open_page(context)
    pieces = Pieces(page, 0.0)
    page.goto("/host/upload")
    expect(page.get_by_role("heading", name="The long way home")).to_be_visible()
    choose(page, path)
    expect(page.locator("[data-says]")).to_contain_text("All of it is here")
    assert all(int(re.search(r"offset=(\d+)", s)[1]) >= stood for s in pieces.sent)  # type: ignore[index]
    page.get_by_role("button", name="Throw away").last.click()
    page.wait_for_url("**/host?done=discarded")
    assert site.door.host.desk.uploads.open() == ()


def test_bad_files_have_their_sentences(context: BrowserContext, site: Site, tmp_path: Path) -> None:
    (tmp_path / "void.mp3").touch()
    (tmp_path / "notes.mp3").write_text("Dear diary, today\n" * 9000)
    (tmp_path / "letter.pdf").write_bytes(b"%PDF" * 99)
    (tmp_path / "huge.wav").write_bytes(b"\1" * 3_000_001)
    cut = record(tmp_path / "cut.m4a", "aac", 5)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    page = open_page(context)
    page.goto("/host/upload")
    refused = page.locator("[data-refused]")
    for name, sentence in (
        ("void.mp3", "void.mp3 is empty (0 bytes). Copy or download it again."),
        ("letter.pdf", "letter.pdf is not a kind of recording that is taken here."),
        ("huge.wav", "huge.wav has 3 MB, and at most 3 MB are taken."),
    ):
        choose(page, tmp_path / name)
        expect(refused).to_contain_text(sentence)
    for name, sentence in (
        ("notes.mp3", "notes.mp3 is text, not a recording."),
        ("cut.m4a", "cut.m4a is not a recording that can be read here."),
    ):
        choose(page, tmp_path / name)
        expect(page.locator("[data-file-problem]").filter(has_text=sentence)).to_be_visible()
    last = page.locator("[data-upload]").last
    last.get_by_role("button", name="Start").click()
    expect(last.locator("[data-problem]")).to_contain_text("Take it out of the list, then start")
    for upload in site.door.host.desk.uploads.open():
        site.door.host.desk.uploads.discard(upload.id)
    assert list(site.door.host.library.uploads_folder.iterdir()) == []


def test_dropped_files_are_taken(context: BrowserContext, site: Site, watch: Watch) -> None:
    page = open_page(context, watch)
    page.goto("/host/upload")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          const sound = new Uint8Array(50000).map((_, i) => i * 7);
          data.items.add(new File([sound], "mara.wav", { lastModified: 5 }));
          data.items.add(new File([sound.slice(1)], "jonas.wav", { lastModified: 5 }));
          const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true });
          document.querySelector("[data-choose]").dispatchEvent(drop);
        }"""
    )
    expect(page.get_by_label("Whose track")).to_have_count(2)
    for upload in site.door.host.desk.uploads.open():
        site.door.host.desk.uploads.discard(upload.id)


def test_buttons_of_jobs(context: BrowserContext, site: Site, watch: Watch) -> None:
    in_work(site)
    page = open_page(context, watch)
    page.goto("/host")
    page.get_by_role("button", name=re.compile("Stop.*On its way")).click()
    line = page.locator("#job-on-its-way")
    expect(line).to_contain_text("Stops after the piece in hand")
    jobs = site.door.host.library.jobs
    run = next(r for r in jobs.unfinished() if jobs.episode_id(r) == site.door.host.episode("on-its-way").id)
    assert not jobs.goes_on(run)
    expect(line).to_contain_text("Stopped; what is done is kept")  # without loading the page again
    line.get_by_role("button", name="Go on").focus()
    page.keyboard.press("Enter")
    expect(line).to_contain_text("Waiting for its turn")
    page.get_by_role("link", name=re.compile("Another way.*Too quiet")).click()
    page.get_by_label("Words to listen for").fill("Mara\nJonas")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#job-too-quiet")).to_contain_text("listens for Mara, Jonas")
    desk = site.door.host.desk
    assert desk.job("too-quiet").state is JobState.WAITING
    site.door.host.library.jobs.stop("too-quiet")
    site.door.host.library.jobs.stop("on-its-way")


def in_work(site: Site) -> None:
    """Puts both episodes back where they were, whatever a worker has made of them."""
    door = site.door.host
    for slug in ("on-its-way", "too-quiet"):
        if door.desk.job(slug).state in (JobState.STOPPED, JobState.FAILED):
            door.desk.retry(slug)
        door.library.episodes.progress(door.episode(slug).id, Progress("recognise", 3, 8, "chunks"))
    door.library.episodes.failed(door.episode("too-quiet").id, "Nobody can be heard in “Too quiet”.")


def test_without_scripts_one_recording_by_a_form(browser: Browser, site: Site, watch: Watch, tmp_path: Path) -> None:
    context = browser.new_context(base_url=site.url, viewport=PHONE, java_script_enabled=False)
    log_in(context)
    page = open_page(context, watch)
    path = record(tmp_path / "quiet-streets.wav", "pcm_s16le", 12)  # more than the server keeps in memory
    page.goto("/host")
    page.get_by_role("link", name="Hand in a recording").click()
    page.get_by_label("A recording").set_input_files(str(path))
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_label("Title of the episode")).to_have_value("Quiet streets")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#job-quiet-streets")).to_contain_text("Waiting for its turn")
    site.door.host.desk.remove("quiet-streets")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_and_pictures_are_taken(
    browser: Browser, site: Site, screenshots: Path, scheme: str, view: ViewportSize, tmp_path: Path
) -> None:
    context = browser.new_context(base_url=site.url, viewport=view, color_scheme=scheme)  # type: ignore[arg-type]
    log_in(context)
    page = open_page(context)
    rng = np.random.default_rng(1)
    (tmp_path / "late again - mara.wav").write_bytes(rng.bytes(60_000))
    good = record(tmp_path / "late again - Jonas Lindqvist von der langen Strasse am Fluss.wav", "pcm_s16le", 2)
    mix = record(tmp_path / "late again mix.wav", "pcm_s16le", 3)
    where = {"desk": "/host", "retry": "/host/jobs/too-quiet/retry", "remove": "/host/jobs/too-quiet/remove"}
    in_work(site)
    for name, address in {**where, "upload": "/host/upload"}.items():
        page.goto(address)
        if name == "upload":
            choose(page, tmp_path / "late again - mara.wav", good, mix)
            expect(page.locator("[data-says]")).to_contain_text("cannot be taken")
            expect(page.get_by_text("is not a recording that can be read here")).to_be_visible()
            page.get_by_text("How it is heard").click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("moderate", "serious", "critical")] == [], name
        page.screenshot(path=screenshots / f"host-{name}-{view['width']}-{scheme}.png", full_page=True)
    for upload in site.door.host.desk.uploads.open():
        page.goto(f"/host/uploads/{upload.id}")
        page.screenshot(path=screenshots / f"host-one-{view['width']}-{scheme}.png", full_page=True)
        site.door.host.desk.uploads.discard(upload.id)
    context.close()
