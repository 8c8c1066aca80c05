"""A host works on a whole transcript: many lines, versions, hearing; and how the pages look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import edit_library
from tests.browser.conftest import DESK, PHONE, Site, until
from tests.browser.editing.conftest import SENTENCES, Opener, kept, row, saved, transcript, write

pytestmark = pytest.mark.browser

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
    second.get_by_role("button", name="Save of Voice 2").click()
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
