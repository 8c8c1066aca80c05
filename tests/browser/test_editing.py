"""The transcript editor as a host uses it, by hand and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests import edit_library
from tests.browser.conftest import DESK, PHONE, Site, running, until
from tests.browser.host_pages import log_in

pytestmark = pytest.mark.browser

NAMES = (
    "mend clash theirs undo speaker split join replace voice play line-gone offline flagged versions recognise words "
    "hostile plain plain-more axe wide keys pictures"
).split()
SAVED = re.compile(r"Saved \d\d:\d\d")
SENTENCES = [text for _, text, _ in edit_library.SAID]


@pytest.fixture(scope="module")
def edit_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("edit"), build=edit_library.builder(NAMES)) as one:
        yield one


class Problems:
    """What a page of the editor may not do; an answer that says no is none of it."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.found: list[str] = []

    def on(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.found.append(f"a dialog: {dialog.message}") or dialog.dismiss())
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith(("blob:", "data:")) and urlsplit(url).netloc != self._host:
            self.found.append(f"a request to {url}")


@pytest.fixture
def problems(edit_site: Site) -> Iterator[Problems]:
    noted = Problems(edit_site.url)
    yield noted
    assert noted.found == []


Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, edit_site: Site, problems: Problems) -> Iterator[Opener]:
    """Opens an episode's transcript, as one host or another, each in a browser of their own."""
    contexts: list[BrowserContext] = []

    def open_page(slug: str, name: str = "Ada Host", **more: object) -> Page:
        context = browser.new_context(base_url=edit_site.url, **{"viewport": DESK, **more})  # type: ignore[arg-type]
        contexts.append(context)
        log_in(context, edit_site, name)
        page = context.new_page()
        problems.on(page)
        page.goto(transcript(slug))
        if more.get("java_script_enabled", True):
            expect(page.locator("[data-rows]")).to_have_attribute("data-filled", "yes")
        return page

    yield open_page
    for context in contexts:
        context.close()


def transcript(slug: str) -> str:
    return f"/host/episodes/{slug}/transcript"


def row(page: Page, number: int) -> Locator:
    return page.locator(f"#line-{number}")


def said(page: Page) -> list[str]:
    return page.locator("[data-rows] > li > .said").all_text_contents()


def write(page: Page, number: int, text: str) -> None:
    row(page, number).locator(".said").click()
    page.locator(".write").fill(text)


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(SAVED)


def kept(site: Site, slug: str) -> list[str]:
    return [line.text for line in site.door.host.editing.open(slug).lines]


# ---- writing


def test_two_lines_are_mended_and_stay_so(opened: Opener, edit_site: Site) -> None:
    page = opened("mend")
    write(page, 2, "I stood in the hall and counted all the coats.")
    page.keyboard.press("Escape")
    expect(row(page, 2)).to_be_focused()
    saved(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="What is said at 0:08")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" jk/?12 u")
    page.keyboard.press("Escape")

    expect(row(page, 3).locator(".said")).to_have_text("You counted coats. I counted minutes. jk/?12 u")
    expect(row(page, 3).locator(".why")).to_have_text("mended")
    until(page, "document.querySelector('[data-flagged]').textContent === '1'")  # who mends a line has looked at it
    assert kept(edit_site, "mend")[1:3] == [
        "I stood in the hall and counted all the coats.",
        "You counted coats. I counted minutes. jk/?12 u",
    ]
    page.reload()
    expect(row(page, 2).locator(".said")).to_have_text("I stood in the hall and counted all the coats.")


def test_a_pause_saves_and_the_caret_stays(opened: Opener, edit_site: Site) -> None:
    page = opened("mend")
    row(page, 9).locator(".said").click()
    area = page.locator(".write")
    area.press("Home")
    page.keyboard.type("Yes.  ")
    saved(page)

    expect(area).to_be_focused()
    assert area.evaluate("(node) => [node.value, node.selectionStart]") == [f"Yes.  {SENTENCES[8]}", 6]
    assert kept(edit_site, "mend")[8] == f"Yes. {SENTENCES[8]}"


def test_an_empty_line_is_refused_in_a_sentence(opened: Opener, edit_site: Site) -> None:
    page = opened("mend")
    write(page, 7, "   ")
    page.keyboard.press("Escape")

    expect(row(page, 7).get_by_role("alert")).to_contain_text("A line needs words.")
    assert kept(edit_site, "mend")[6] == SENTENCES[6]
    row(page, 7).get_by_role("button", name="Change").click()
    page.locator(".write").fill(SENTENCES[6])
    page.keyboard.press("Escape")
    expect(row(page, 7).get_by_role("alert")).to_have_count(0)


# ---- two who write


def test_two_who_write_in_one_line_see_both_texts_and_choose(opened: Opener, edit_site: Site) -> None:
    ada, bo = opened("clash"), opened("clash", "Bo Host")
    row(ada, 2).locator(".said").click()
    write(bo, 2, "I stood in the hall. (Bo)")
    bo.keyboard.press("Escape")
    saved(bo)
    ada.locator(".write").fill("I stood in the hall. (Ada)")

    clash = row(ada, 2).get_by_role("group", name="Two texts for this line")
    expect(clash).to_contain_text("Bo Host wrote")
    expect(clash.locator("[data-theirs]")).to_have_text("I stood in the hall. (Bo)")
    expect(clash.locator("[data-yours]")).to_have_text("I stood in the hall. (Ada)")
    expect(ada.locator(".write")).to_be_focused()
    assert kept(edit_site, "clash")[1] == "I stood in the hall. (Bo)"
    clash.get_by_role("button", name="Keep mine").click()
    saved(ada)
    expect(clash).to_have_count(0)
    assert kept(edit_site, "clash")[1] == "I stood in the hall. (Ada)"


def test_the_other_text_can_be_taken(opened: Opener, edit_site: Site) -> None:
    ada, bo = opened("theirs"), opened("theirs", "Bo Host")
    row(ada, 2).locator(".said").click()
    write(bo, 2, "Bo was first.")
    bo.keyboard.press("Escape")
    saved(bo)
    ada.locator(".write").fill("Ada was second.")
    ada.get_by_role("button", name="Take the other").click()

    expect(row(ada, 2).locator(".said")).to_have_text("Bo was first.")
    expect(row(ada, 2)).to_be_focused()
    assert kept(edit_site, "theirs")[1] == "Bo was first."


def test_a_line_that_is_gone_does_not_take_what_was_written(opened: Opener, edit_site: Site) -> None:
    ada = opened("line-gone")
    row(ada, 2).locator(".said").click()
    edit_site.door.host.editing.delete("line-gone", 2, 0, "Bo Host")
    ada.locator(".write").fill("This was written for nothing?")

    clash = ada.get_by_role("group", name="Two texts for this line")
    expect(clash.locator("[data-yours]")).to_have_text("This was written for nothing?")
    expect(row(ada, 2)).to_have_count(0)
    clash.get_by_role("button", name="Let it go").click()
    expect(clash).to_have_count(0)


def test_without_a_connection_words_are_kept_and_sent_when_it_is_back(opened: Opener, edit_site: Site) -> None:
    page = opened("offline")
    page.context.set_offline(True)
    write(page, 2, "Written on a train.")
    page.keyboard.press("Escape")
    expect(page.locator("[data-saved]")).to_contain_text("1 line is kept in this page and sent again.")
    expect(row(page, 2).locator(".said")).to_have_text("Written on a train.")
    expect(row(page, 2).locator(".why")).to_have_text("not saved yet")
    assert kept(edit_site, "offline")[1] == SENTENCES[1]
    page.context.set_offline(False)

    saved(page)
    expect(row(page, 2).locator(".why")).to_have_text("mended")
    assert kept(edit_site, "offline")[1] == "Written on a train."


# ---- back and forth


def test_undo_and_redo_go_to_the_line(opened: Opener, edit_site: Site) -> None:
    page = opened("undo")
    write(page, 4, "Of course you did.")
    page.keyboard.press("Escape")
    saved(page)
    row(page, 1).locator(".name").click()
    page.keyboard.press("u")

    expect(row(page, 4).locator(".said")).to_have_text(SENTENCES[3])
    expect(row(page, 4)).to_be_focused()
    expect(page.locator("[data-saved]")).to_have_text("Undone: Changed the words of a line")
    redo = page.get_by_role("button", name="Redo: Changed the words of a line")
    redo.click()
    expect(row(page, 4).locator(".said")).to_have_text("Of course you did.")
    expect(page.locator("[data-turn=redo] button")).to_be_focused()
    assert kept(edit_site, "undo")[3] == "Of course you did."


# ---- who says it


def test_one_line_and_all_lines_get_another_voice(opened: Opener, edit_site: Site) -> None:
    page = opened("speaker")
    row(page, 3).locator(".name").click()
    page.get_by_label("Who says this line").select_option("Voice 1")
    expect(row(page, 3).locator(".name")).to_have_text("Voice 1")
    row(page, 5).locator(".name").click()
    page.keyboard.press("2")
    expect(row(page, 5).locator(".name")).to_have_text("Voice 2")
    page.keyboard.press("0")
    expect(row(page, 5).locator(".name")).to_have_text("Nobody can tell")

    third = page.locator('[data-voice-label="Voice 3"]')
    expect(third.locator("[data-count]")).to_have_text("1 line")
    third.locator("summary").click()
    third.get_by_label("Give all of them to").select_option("Voice 2")
    third.get_by_role("button", name="Give").click()
    expect(row(page, 8).locator(".name")).to_have_text("Voice 2")
    expect(third.locator("[data-count]")).to_have_text("0 lines")
    third.get_by_role("button", name="Remove this voice").click()
    expect(third).to_have_count(0)
    lines = edit_site.door.host.editing.open("speaker").lines
    assert [lines[k].voice for k in (2, 4, 7)] == ["Voice 1", None, "Voice 2"]


def test_a_voice_is_heard_and_then_named_everywhere(opened: Opener, edit_site: Site) -> None:
    page = opened("voice")
    second = page.locator('[data-voice-label="Voice 2"]')
    expect(second.locator("[data-unnamed]")).to_be_visible()
    start_s, end_s = next(
        v.sample_s for v in edit_site.door.host.editing.open("voice").opening.voices if v.label == "Voice 2"
    ) or (0.0, 0.0)
    second.get_by_role("button", name="Hear five seconds of Voice 2").click()
    until(page, "!document.querySelector('[data-sound]').paused")
    assert start_s - 0.3 <= page.evaluate("document.querySelector('[data-sound]').currentTime") <= end_s
    until(page, "document.querySelector('[data-sound]').paused", 12)
    assert abs(page.evaluate("document.querySelector('[data-sound]').currentTime") - end_s) < 0.4
    second.get_by_label("Who is this?").fill("Mara")
    second.get_by_label("Role").select_option("partner")
    second.get_by_role("button", name="Save").click()

    expect(row(page, 2).locator(".name")).to_have_text("Mara")
    expect(second.locator("[data-name]")).to_have_text("Mara")
    expect(second.locator("[data-unnamed]")).to_be_hidden()
    assert [(v.name, v.role) for v in edit_site.door.host.voices("voice")][1] == ("Mara", "partner")
    page.get_by_label("Name", exact=True).fill("Mara")
    page.get_by_role("button", name="Add the voice").click()
    expect(page.locator("[data-problem]")).to_contain_text("Another voice is called Mara already.")


# ---- cut and join


def test_a_line_is_split_at_the_caret_with_what_is_not_saved_yet(opened: Opener, edit_site: Site) -> None:
    page = opened("split")
    write(page, 4, "Naturally you did. Jonah said that to me, and Jonah was right.")
    page.locator(".write").evaluate("(node) => node.setSelectionRange(19, 19)")
    page.keyboard.press("Control+Enter")

    expect(row(page, 4).locator(".said")).to_have_text("Naturally you did.")
    expect(row(page, 10)).to_be_focused()
    assert said(page)[3:5] == ["Naturally you did.", "Jonah said that to me, and Jonah was right."]
    page.keyboard.press("3")
    expect(row(page, 10).locator(".name")).to_have_text("Voice 3")
    first, second = edit_site.door.host.editing.open("split").lines[3:5]
    assert first.end_s <= second.start_s < second.end_s
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(row(page, 10)).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('[data-rows]') !== null")


def test_lines_are_joined_and_who_writes_goes_on_where_they_meet(opened: Opener, edit_site: Site) -> None:
    page = opened("join")
    row(page, 5).locator(".said").click()
    page.keyboard.press("Alt+ArrowUp")

    expect(row(page, 5)).to_have_count(0)
    area = row(page, 4).locator(".write")
    expect(area).to_be_focused()
    expect(area).to_have_value(f"{SENTENCES[3]} {SENTENCES[4]}")
    assert area.evaluate("(node) => node.selectionStart") == len(SENTENCES[3])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Join with the next").click()
    expect(row(page, 4).locator(".said")).to_have_text(" ".join(SENTENCES[3:6]))
    page.get_by_role("button", name="Delete").click()
    expect(row(page, 4)).to_have_count(0)
    expect(row(page, 7)).to_be_focused()
    assert kept(edit_site, "join") == [*SENTENCES[:3], *SENTENCES[6:]]


# ---- many lines


def test_what_would_be_replaced_is_shown_before_it_is(opened: Opener, edit_site: Site) -> None:
    page = opened("replace")
    page.keyboard.press("/")
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    page.keyboard.type("Jonah")
    page.get_by_label("Put in its place").fill("Jonas")
    page.keyboard.press("Enter")

    expect(page.locator("[data-found]")).to_have_text("3 places in 2 lines.")
    expect(page.locator("[data-found-list] ins").last).to_have_text("s")
    assert kept(edit_site, "replace") == SENTENCES
    page.get_by_role("button", name="Replace 3 places in 2 lines").click()
    expect(page.locator("[data-found]")).to_have_text("3 replaced.")
    expect(row(page, 5).locator(".said")).to_have_text("Jonas is not in this room.")
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, 5).locator(".said")).to_have_text("Jonah is not in this room.")
    assert kept(edit_site, "replace") == SENTENCES


def test_what_wants_a_look_is_one_key_away_and_can_be_right(opened: Opener, edit_site: Site) -> None:
    page = opened("flagged")
    expect(page.locator("[data-flagged]")).to_have_text("2")
    page.keyboard.press("n")
    expect(row(page, 3)).to_be_focused()
    page.keyboard.press("n")
    expect(row(page, 6)).to_be_focused()
    expect(row(page, 6).locator(".why")).to_contain_text("the same words again and again")
    page.get_by_role("button", name="Only these").click()
    expect(page.locator("[data-rows] > li:visible")).to_have_count(2)
    row(page, 6).get_by_role("button", name="It is right as it is").click()
    expect(page.locator("[data-flagged]")).to_have_text("1")
    expect(row(page, 6)).to_be_visible()  # until it is left: the focus stays
    row(page, 6).focus()
    page.keyboard.press("k")
    expect(row(page, 3)).to_be_focused()
    expect(row(page, 6)).to_be_hidden()
    page.keyboard.press("l")
    expect(page.locator("[data-none]")).to_be_visible()
    assert [line.looked for line in edit_site.door.host.editing.open("flagged").lines].count(True) == 2


# ---- hearing


def test_a_line_plays_slower_and_stops_at_its_end(opened: Opener) -> None:
    page = opened("play")
    sound = "document.querySelector('[data-sound]')"
    row(page, 5).locator(".name").click()
    page.keyboard.press(".")
    until(page, f"!{sound}.paused && {sound}.currentTime > 0")
    assert page.evaluate(f"[{sound}.playbackRate, {sound}.preservesPitch]") == [0.5, True]
    expect(row(page, 5)).to_have_class(re.compile("sounding"))
    until(page, "CSS.highlights.has('now-said')")  # the word that sounds
    page.keyboard.press(" ")
    until(page, f"{sound}.paused")
    end_s = 0.5 + sum(0.4 * len(t.split()) + 0.6 for t in SENTENCES[:5]) - 0.6
    row(page, 5).get_by_role("button", name="Play", exact=True).click()
    until(page, f"!{sound}.paused")
    until(page, f"{sound}.paused", 12)
    assert abs(page.evaluate(f"{sound}.currentTime") - end_s) < 0.3
    expect(row(page, 5)).not_to_have_class(re.compile("sounding"))
    page.keyboard.press("Escape")
    row(page, 5).focus()
    page.keyboard.press("Shift+Space")
    expect(row(page, 6)).to_have_class(re.compile("sounding"), timeout=12_000)
    page.keyboard.press("Shift+Space")


# ---- versions


def test_versions_are_kept_compared_and_taken_over(opened: Opener, edit_site: Site) -> None:
    page = opened("versions")
    page.get_by_role("link", name="Versions and the show's words").click()
    page.get_by_label("A note for a copy").fill("before")
    page.get_by_role("button", name="Keep a copy").click()
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    page.goto(transcript("versions"))
    expect(page.locator("[data-rows]")).to_have_attribute("data-filled", "yes")
    write(page, 2, "I stood in the hall and counted the hats.")
    page.keyboard.press("Escape")
    saved(page)
    page.goto(f"{transcript('versions')}/versions")
    page.get_by_role("link", name="Compare with the current one (version 2)").click()

    expect(page.locator(".pairs > li")).to_have_count(1)
    assert page.locator(".pair mark").all_text_contents() == ["hats.", "coats."]
    page.get_by_label("Also what is the same").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".pairs > li")).to_have_count(9)
    page.get_by_label("Take version 2 here").check()
    page.get_by_role("button", name="Take what is ticked").click()
    expect(page).to_have_url(re.compile("/transcript$"))
    assert kept(edit_site, "versions") == SENTENCES
    page.goto(f"{transcript('versions')}/versions")
    page.get_by_role("button", name="See which of my changes fit version 2").click()
    expect(page.get_by_role("heading", name="What would be taken over")).to_be_visible()
    page.get_by_role("button", name="Use it as it is (version 2)").click()
    expect(page.locator("#version-2")).to_contain_text("the current one")
    assert edit_site.door.host.editing.open("versions").opening.version == 2


def test_a_new_recognition_is_asked_for_with_its_parameters_and_stopped(opened: Opener, edit_site: Site) -> None:
    page = opened("recognise")
    page.goto(f"{transcript('recognise')}/versions")
    page.get_by_label("With which recogniser").select_option("bundled")
    page.get_by_label("How many voices").fill("2")
    page.get_by_label("Words it should know").fill("Mara\nattachment dance")
    page.get_by_role("button", name="Recognise again").click()

    expect(page.locator("[data-job-words]")).to_have_text("Waiting for its turn.")
    job = edit_site.door.host.editing.recognitions.newest("recognise")
    assert job is not None
    assert (job.model, job.hotwords, job.speakers) == ("bundled", ("Mara", "attachment dance"), 2)
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("[data-job-words]")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Recognise again")).to_be_visible()


def test_the_words_of_the_show_are_kept(opened: Opener, edit_site: Site) -> None:
    page = opened("words")
    page.goto(f"{transcript('words')}/versions")
    page.get_by_label("One a line, 60 at most").fill("Mara\nDr Hale")
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_label("Words it should know")).to_have_value("Mara\nDr Hale")
    assert edit_site.door.host.editing.house.get().words == ("Mara", "Dr Hale")


# ---- whatever comes


def test_hostile_words_and_names_stay_words(opened: Opener, edit_site: Site) -> None:
    page = opened("hostile")
    voice = page.locator('[data-voice-label="Voice 3"]')
    voice.get_by_label("Who is this?").fill(edit_library.HOSTILE_NAME)
    voice.get_by_role("button", name="Save").click()
    expect(row(page, 8).locator(".name")).to_have_text(edit_library.HOSTILE_NAME)
    write(page, 2, edit_library.HOSTILE)
    page.keyboard.press("Escape")
    saved(page)
    page.keyboard.press("/")
    page.keyboard.type("<img src=x")
    page.get_by_label("Whole words").uncheck()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("[data-found]")).to_have_text("2 places in 2 lines.")
    page.reload()
    expect(row(page, 2).locator(".said")).to_have_text(edit_library.HOSTILE)
    edit_site.door.host.editing.versions.keep("hostile", edit_library.HOSTILE_NAME, "Ada Host")
    edit_site.door.host.editing.set_text("hostile", 3, f"{edit_library.HOSTILE} twice", 0, "Ada Host")
    pages = [transcript("hostile")] + [f"{transcript('hostile')}/versions{x}" for x in ("", "/compare?left=1&right=2")]
    for address in pages:
        page.goto(address)
        page.wait_for_timeout(200)
        assert page.locator('img[src="x"]').count() == 0, address
        assert page.locator("main script").count() == 0, address


def test_without_scripts_forms_do_the_same(opened: Opener, edit_site: Site) -> None:
    page = opened("plain", java_script_enabled=False)
    row(page, 2).get_by_role("link", name="Change").click()
    page.get_by_label("What is said").fill("Said without a script.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(row(page, 2).locator(".said")).to_have_text("Said without a script.")
    row(page, 3).get_by_role("link", name="Change").click()
    page.get_by_label("Who says it").select_option("Voice 1")
    page.get_by_role("button", name="Change the speaker").click()
    expect(row(page, 3).locator(".name")).to_have_text("Voice 1")
    second = page.locator('[data-voice-label="Voice 2"]')
    second.get_by_label("Who is this?").fill("Mara")
    second.get_by_role("button", name="Save Voice 2").click()
    expect(row(page, 2).locator(".name")).to_have_text("Mara")
    page.locator("[data-panel=find] summary").click()
    page.get_by_label("Find", exact=True).fill("Jonah")
    page.get_by_label("Put in its place").fill("Jonas")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("[data-found]")).to_have_text("3 places in 2 lines.")
    page.get_by_role("button", name="Replace 3 places").click()
    expect(row(page, 5).locator(".said")).to_have_text("Jonas is not in this room.")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, 5).locator(".said")).to_have_text("Jonah is not in this room.")
    assert kept(edit_site, "plain")[1] == "Said without a script."


def test_without_scripts_a_clash_shows_both_texts(opened: Opener, edit_site: Site) -> None:
    page = opened("plain-more", java_script_enabled=False)
    row(page, 2).get_by_role("link", name="Change").click()
    edit_site.door.host.editing.set_text("plain-more", 2, "Bo was first.", 0, "Bo Host")
    page.get_by_label("What is said").fill("Ada was second.")
    page.get_by_role("button", name="Save", exact=True).click()
    clash = page.locator(".clash")
    expect(clash).to_contain_text("Bo was first.")
    expect(clash).to_contain_text("Ada was second.")
    clash.get_by_role("button", name="Keep this one").click()
    assert kept(edit_site, "plain-more")[1] == "Ada was second."


def test_the_keys_are_listed_and_can_be_switched_off(opened: Opener) -> None:
    page = opened("keys")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("split at the cursor")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.locator("[data-rows] [aria-current]").count() == 0
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")
    page.locator("[data-rows] > li").first.focus()
    page.keyboard.press("ArrowDown")
    expect(row(page, 2)).to_be_focused()
    page.keyboard.press("Tab")
    expect(row(page, 2).get_by_role("button", name="Play", exact=True)).to_be_focused()


# ---- how it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_pictures_are_taken(
    opened: Opener, edit_site: Site, screenshots: Path, scheme: str
) -> None:
    page = opened("axe", color_scheme=scheme)
    editing = edit_site.door.host.editing
    if len(editing.versions.all("axe")) == 1:
        editing.versions.keep("axe", "before the big clean-up", "Ada Host")
        editing.set_text("axe", 2, "I stood in the hall and counted the hats.", 0, "Ada Host")
        editing.set_text("axe", 4, "Of course you did, and Jonah was right.", 0, "Ada Host")
    wrong: dict[str, list[str]] = {}
    for size, width in ((PHONE, 360), (DESK, 1280)):
        page.set_viewport_size(size)
        for name, address in (
            ("editor", transcript("axe")),
            ("versions", f"{transcript('axe')}/versions"),
            ("compare", f"{transcript('axe')}/versions/compare?left=1&right=2"),
        ):
            page.goto(address)
            if name == "editor":
                expect(page.locator("[data-rows]")).to_have_attribute("data-filled", "yes")
                row(page, 3).locator(".said").click()
                page.locator("[data-panel=find] summary").click()
                row(page, 3).get_by_role("button", name="Change").click()
            found = Axe().run(page).response["violations"]
            bad = [
                f"{v['id']}: {v['nodes'][0]['html']}"
                for v in found
                if v["impact"] in ("moderate", "serious", "critical")
            ]
            if bad:
                wrong[f"{name} {width}"] = bad
            inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            if inner[0] > inner[1]:
                wrong[f"{name} {width} is too wide"] = [str(inner)]
            page.screenshot(path=screenshots / f"edit-{name}-{width}-{scheme}.png", full_page=name != "editor")

    assert wrong == {}
