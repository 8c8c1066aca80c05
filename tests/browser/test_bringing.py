"""Bringing a list of kept moments from a file: nothing that is here is lost, and a wrong file gets a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, Site, Watch, until

pytestmark = pytest.mark.browser

KEPT = "() => JSON.parse(localStorage.getItem('kept') ?? '[]')"


def _keep(page: Page, site: Site, number: int, note: str = "") -> None:
    page.goto(f"/moments/{site.late_moments[number].id}")
    page.locator("[data-keep]").click()
    if note:
        page.get_by_label("A note for yourself").fill(note)
        page.get_by_label("A note for yourself").blur()


def _save(page: Page, path: Path) -> dict[str, Any]:
    page.goto("/kept")
    with page.expect_download() as saved:
        page.get_by_role("button", name="As JSON").click()
    saved.value.save_as(path)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _bring(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(path)


def _says(page: Page, words: str) -> None:
    expect(page.locator("[data-bring-says]")).to_have_text(words)


@pytest.fixture
def saved(page: Page, site: Site, tmp_path: Path) -> Path:
    """A list of two moments with a note each, as /kept saves it."""
    _keep(page, site, 0, "Said on the stairs")
    _keep(page, site, 1, "He waits <b>before</b> he answers")
    _save(page, tmp_path / "kept-moments.json")
    return tmp_path / "kept-moments.json"


def test_a_list_comes_to_another_browser_and_is_heard_there(
    browser: Browser, saved: Path, site: Site, watch: Watch
) -> None:
    context = browser.new_context(base_url=site.url, viewport=DESK)
    page = context.new_page()
    watch.on(page)
    page.goto("/kept")
    expect(page.get_by_text("Nothing is kept yet.")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.post_data or ''}"))

    _bring(page, saved)

    _says(page, "2 moments have come.")
    assert page.evaluate(KEPT) == json.loads(saved.read_text(encoding="utf-8"))["moments"]
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_label("Your note").first).to_have_value("He waits <b>before</b> he answers")
    expect(page.get_by_text("Plays without a connection.")).to_have_count(2)
    page.locator("[data-act=toggle]").first.click()
    until(page, "!document.querySelector('audio').paused")
    assert {one.split()[0] for one in sent} == {"GET"}
    context.close()


def test_two_lists_become_one_and_no_note_is_lost(page: Page, saved: Path, site: Site) -> None:
    page.evaluate("() => localStorage.clear()")
    _keep(page, site, 0, "Mine")
    page.goto("/kept")

    _bring(page, saved)

    _says(page, "1 moment has come. 1 note has been added to.")
    notes = {one["id"]: one["note"] for one in page.evaluate(KEPT)}
    assert notes[site.late_moments[0].id] == "Mine\n\nSaid on the stairs"
    expect(page.locator(f"#note-{site.late_moments[0].id}")).to_have_value("Mine\n\nSaid on the stairs")

    _bring(page, saved)

    _says(page, "Everything in this file is here already.")
    assert {one["id"]: one["note"] for one in page.evaluate(KEPT)} == notes


def test_what_can_be_read_of_a_damaged_list_comes(page: Page, saved: Path, site: Site) -> None:
    data = json.loads(saved.read_text(encoding="utf-8"))
    good = data["moments"][0]
    wrong: list[Any] = [
        None,
        7,
        {**good, "id": "../../practice"},
        {**good, "audio": "https://elsewhere.example/a"},
        {**good, "start": "9"},
        {**good, "end": good["start"]},
        {**good, "bid": "x" * 5000},
        {**good, "slug": "a/../../b"},
        {"id": good["id"]},
    ]
    saved.write_text(json.dumps({"version": 1, "moments": [*wrong, {**good, "more": "<script>"}]}), encoding="utf-8")
    page.evaluate("() => localStorage.clear()")
    page.goto("/kept")

    _bring(page, saved)

    _says(page, "1 moment has come. 9 entries in the file could not be read.")
    assert page.evaluate(KEPT) == [good]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Kept moments\n\nJonas to Mara", "This is not a list of kept moments."),
        ("", "This is not a list of kept moments."),
        ("[1, 2]", "There is no list of kept moments in this file."),
        ("null", "There is no list of kept moments in this file."),
        ('{"version": 1, "moments": {}}', "There is no list of kept moments in this file."),
        ('{"version": 2, "moments": []}', "This list was saved by a newer version of the site"),
        ('{"version": 1, "moments": []}', "The list in this file is empty."),
        ('{"version": 1, "moments": [{}]}', "No moment in this file can be read."),
        (" " * 5_000_001, "This file is too large"),
    ],
    ids=["words", "nothing", "another list", "null", "no list", "newer", "empty", "unreadable", "large"],
)
def test_a_wrong_file_gets_a_sentence_and_the_list_stays(
    page: Page, site: Site, tmp_path: Path, text: str, sentence: str
) -> None:
    _keep(page, site, 0, "stays")
    page.goto("/kept")
    before = page.evaluate(KEPT)
    path = tmp_path / "some.json"
    path.write_text(text, encoding="utf-8")

    _bring(page, path)

    expect(page.locator("[data-bring-says]")).to_contain_text(sentence)
    assert page.evaluate(KEPT) == before
    expect(page.get_by_role("article")).to_have_count(1)


def test_where_there_is_no_room_nothing_is_half_taken(page: Page, saved: Path, site: Site) -> None:
    page.evaluate("() => localStorage.clear()")
    _keep(page, site, 0)
    page.goto("/kept")
    before = page.evaluate(KEPT)
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")

    _bring(page, saved)

    expect(page.locator("[data-bring-says]")).to_contain_text("This browser has no room for the list")
    assert page.evaluate(KEPT) == before
    expect(page.get_by_role("article")).to_have_count(1)


def test_a_file_is_brought_with_keys_alone(page: Page, saved: Path) -> None:
    page.evaluate("() => localStorage.clear()")
    page.goto("/kept")
    page.get_by_role("button", name="Choose a file").focus()
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )  # it is drawn
    page.wait_for_timeout(100)  # Chromium takes no key for a page that was never shown
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(saved)

    _says(page, "2 moments have come.")
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()
