"""What to practise next, the journal's pictures, a new code, and words that speak of harm, on the site's pages."""

from __future__ import annotations

import html
import re
import wave
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from companion.core import Companion
from companion.takes import Asked, AwayKind, Feedback, Space, Take, TakeState
from companion.types import Tag
from tests.practice_client import ASKED, OURS, PROMPT, hear, recorded, space_of, upload
from tests.small_site import site
from tests.sounds import sound_of, webm_of
from tests.unit.test_practice_schedule import feedback
from web.guarding import COOKIE

HARM = "I am so alone with it. I want to kill myself."


def put(door: Companion, space: Space, said: Feedback, days_ago: float = 0.0, place: int = 0) -> Take:
    """A take as hearing leaves it, without the hearing."""
    asked = Asked(prompt_id=door.practice.prompts()[place].id)
    made = datetime.now(UTC) - timedelta(days=days_ago)
    take = door.practice.put_whole(space, asked, "audio/wav", b"sound", made)
    changes = {"text": "words that were said", "feedback": said, "duration_s": 3.0}
    return door.practice._ended(space, take.id, TakeState.READY, **changes)


@pytest.fixture
def space(owner: FlaskClient, practice_door: Companion) -> Space:
    """The owner's space, with nothing in it."""
    new = practice_door.practice.open_space(datetime.now(UTC))
    owner.set_cookie(COOKIE, new.token)
    return new.space


# ---- what to practise next


def test_a_visitor_gets_a_beginning_of_three_kinds(nobody: FlaskClient, practice_door: Companion) -> None:
    text = html.unescape(nobody.get("/practice").text)
    for suggestion in practice_door.practice.next(None, datetime.now(UTC)):
        assert suggestion.prompt.title in text
    assert "To begin with" in text
    assert "Not practised yet." not in text  # it would be said of everything


def test_what_went_badly_comes_back_with_its_reason(owner: FlaskClient, practice_door: Companion, space: Space) -> None:
    put(practice_door, space, feedback(away=[AwayKind.BUT]), days_ago=3)

    text = html.unescape(owner.get("/practice").text)

    assert "To go on with" in text
    assert "You turned away with “but” last time; once more?" in text
    found = practice_door.practice.next(space, datetime.now(UTC))
    assert len(found) == 3
    for suggestion in found:
        assert suggestion.prompt.title in text
        assert suggestion.reason in text


def test_the_owner_says_how_a_take_went(owner: FlaskClient, practice_door: Companion, space: Space) -> None:
    take = put(practice_door, space, feedback(Tag.VALIDATION, away=[AwayKind.BUT]))
    address = f"/practice/takes/{take.id}"
    assert "Say yourself how it went" in owner.get(address).text

    answer = owner.post(f"{address}/rate", data={"rating": "easy"}, headers=OURS)

    assert answer.status_code == 303
    page = owner.get(answer.location).text
    assert "Noted." in page
    assert "You said: It came easily" in page
    assert re.search(r'value="easy" required checked', page)
    assert practice_door.practice.own_ratings(space) == {take.id: "easy"}
    wrong = owner.post(f"{address}/rate", data={"rating": "perfect"}, headers=OURS)
    assert (wrong.status_code, "Say one of" in wrong.json["error"]) == (400, True)


# ---- the journal


def test_before_three_takes_the_journal_says_when_a_picture_begins(
    owner: FlaskClient, practice_door: Companion, space: Space
) -> None:
    for days in (2, 1):
        put(practice_door, space, feedback(Tag.VALIDATION), days)

    text = owner.get("/practice/journal").text

    assert "After three takes a picture begins here." in text
    assert "<svg" not in text
    assert "<table" not in text


def test_from_three_takes_on_the_journal_shows_what_changes(
    owner: FlaskClient, practice_door: Companion, space: Space
) -> None:
    for days, moves in ((15, 0), (8, 1), (1, 3), (0, 2)):
        put(practice_door, space, feedback(*[Tag.VALIDATION] * moves, away=[] if moves else [AwayKind.BUT]), days)

    page = owner.get("/practice/journal").text

    figures = [ElementTree.fromstring(found) for found in re.findall(r"<figure.*?</figure>", page, re.DOTALL)]
    assert len(figures) == 2  # nothing was measured of the pace
    for figure in figures:
        picture, caption = figure.find("svg"), figure.find("figcaption")
        assert picture is not None
        assert caption is not None
        assert picture.get("role") == "img"
        assert picture.get("aria-labelledby") == caption.get("id")
        assert "".join(caption.itertext()).strip()
    assert len(figures[0].findall("svg/circle")) == 4
    (found,) = re.findall(r"<table.*?</table>", page, re.DOTALL)
    table = ElementTree.fromstring(found)
    assert table.findtext("caption")
    assert [h.get("scope") for h in table.findall("thead/tr/th")] == ["col"] * 5
    rows = [[cell.text for cell in row] for row in table.findall("tbody/tr")]
    assert all(h.get("scope") == "row" for h in table.findall("tbody/tr/th"))
    assert len(table.findall("tbody/tr/th")) == len(rows)
    assert sum(int(str(row[1])) for row in rows) == 4
    assert rows[0][2:] == ["0", "1 of 1", "–"]
    assert page.count("your first take") == 1


# ---- a new code


def test_a_new_code_is_shown_once_and_the_old_one_is_dead(owner: FlaskClient, nobody: FlaskClient) -> None:
    old = upload(owner, b"RIFF not much of a sound")
    (before,) = re.findall(r"<output>([a-z-]+)</output>", old.text)
    assert "Get a new code" in owner.get("/practice/space").text

    answer = owner.post("/practice/space/code", headers=OURS)

    (code,) = re.findall(r"<output>([a-z-]+)</output>", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert code != before
    assert code not in owner.get("/practice/space").text
    assert nobody.post("/practice/space/recover", data={"code": before}, headers=OURS).status_code == 404
    assert nobody.post("/practice/space/recover", data={"code": code}, headers=OURS).status_code == 303
    assert nobody.get("/practice/journal").status_code == 200


# ---- words that speak of harm


def test_where_words_speak_of_harm_only_the_help_is_shown(
    owner: FlaskClient, practice_door: Companion, spoken: bytes
) -> None:
    upload(owner, spoken)
    hear(owner, practice_door)
    space = space_of(owner, practice_door)
    (take,) = practice_door.practice.takes(space)
    address = f"/practice/takes/{take.id}"
    assert "What I heard you do" in owner.get(address).text

    owner.post(f"{address}/correct", data={"text": HARM}, headers=OURS)

    settings = practice_door.settings
    for page in (owner.get(address).text, owner.get(f"{address}/part").text, owner.get(PROMPT).text):
        assert html.escape(settings.help_text) in page
        assert settings.help_url in page
        for words in (
            "What I heard",
            "What worked",
            "One thing to try",
            "words a minute",
            "Side by side",
            "how it went",
        ):
            assert words not in page
        assert page.count(HARM) == 1  # where it can be corrected
        assert "<mark" not in page
    assert HARM[:20] not in owner.get("/practice/journal").text
    refused = owner.post(f"{address}/rate", data={"rating": "good"}, headers=OURS)
    assert refused.status_code == 409


def test_another_take_is_not_compared_with_words_that_speak_of_harm(
    owner: FlaskClient, practice_door: Companion, space: Space
) -> None:
    first = put(practice_door, space, feedback(Tag.VALIDATION), 1)
    practice_door.practice.correct(space, first.id, HARM)
    second = put(practice_door, space, feedback(Tag.VALIDATION))

    page = owner.get(f"/practice/takes/{second.id}").text

    assert "Side by side" in page
    assert HARM[:20] not in page


# ---- sound for players that know no WebM


def test_any_part_of_a_take_can_be_had_as_wav(owner: FlaskClient, practice_door: Companion, show: Path) -> None:
    sound = sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 30.0, 2.0)
    upload(owner, webm_of(sound), "reply.webm")
    (take,) = practice_door.practice.takes(space_of(owner, practice_door))
    address = f"/practice/takes/{take.id}/sound?format=wav"

    whole = owner.get(address)
    part = owner.get(address, headers={"Range": "bytes=44-143"})

    assert (whole.mimetype, part.status_code) == ("audio/wav", 206)
    assert part.data == whole.data[44:144]
    assert whole.headers["Cache-Control"] == "no-store"
    with wave.open(BytesIO(whole.data)) as file:
        assert abs(file.getnframes() - len(sound)) < 1600
    sources = re.findall(r'<source src="([^"]+)" type="([^"]+)">', owner.get(f"/practice/takes/{take.id}").text)
    assert [kind for _, kind in sources[:2]] == [take.mime, "audio/wav"]
    assert sources[1][0] == address
    assert owner.get(address.replace("wav", "mp3")).status_code == 400


def test_wav_is_offered_where_it_was_not_recorded(owner: FlaskClient, practice_door: Companion, spoken: bytes) -> None:
    upload(owner, spoken)
    (take,) = practice_door.practice.takes(space_of(owner, practice_door))
    assert owner.get(f"/practice/takes/{take.id}").text.count("<source") == 2  # of the take, and of the comparison


def test_what_costs_work_is_rationed_and_sound_is_not(home: Path) -> None:
    with site(home, rate_limit="12 per minute") as app:
        client = app.test_client()
        name = recorded(client)
        client.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)
        plain = [client.get(f"/practice/takes/{name}/sound").status_code for _ in range(20)]
        wavs = [client.get(f"/practice/takes/{name}/sound?format=wav").status_code for _ in range(20)]
    assert set(plain) == {200}
    assert set(wavs) == {415, 429}


def test_numbers_on_pages_count_finished_takes(owner: FlaskClient, practice_door: Companion) -> None:
    recorded(owner)  # and never finished
    name = recorded(owner)
    owner.post(f"/practice/takes/{name}/finish", json={"chunks": 1}, headers=OURS)

    assert "Your first take" in owner.get(f"/practice/takes/{name}").text
    assert Asked(**ASKED) == practice_door.practice.take(space_of(owner, practice_door), name).asked
