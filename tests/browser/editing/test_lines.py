"""A host mends lines: words, conflicts, voices, splitting and joining, back and forth."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, until
from tests.browser.editing.conftest import SENTENCES, Opener, kept, row, said, saved, write

pytestmark = pytest.mark.browser

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
