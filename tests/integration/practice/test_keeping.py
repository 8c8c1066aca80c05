"""What a private space keeps and for how long, what goes along, and that nothing can be read from outside."""

import io
import json
import logging
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from companion import schema
from companion.core import Companion
from companion.errors import (
    NotFoundError,
)
from companion.practice import Practice
from companion.takes import Asked, Keeping, Space
from tests.integration.practice.conftest import NOW, WEBM, files_in, heard_take
from tests.sounds import wav_of, webm_of

PHRASE = "a lighthouse made of marmalade"


# ---- keeping, leaving, taking along


def test_takes_are_kept_thirty_days_unless_their_owner_chose_otherwise(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    forever = practice.open_space(NOW).space
    practice.set_keeping(forever, Keeping.FOREVER, NOW)
    mine = heard_take(practice, space, asked, wav_of(spoken))
    yours = heard_take(practice, forever, asked, wav_of(spoken))

    practice.sweep(NOW + timedelta(days=29))
    assert practice.take(space, mine.id) == mine
    practice.sweep(NOW + timedelta(days=31))

    assert practice.takes(space) == ()
    assert not (home / "practice" / space.id / mine.id).exists()
    assert practice.takes(forever) == (yours,)
    assert practice.sound(forever, yours.id)
    practice.set_keeping(forever, Keeping.DAYS, NOW + timedelta(days=400))  # from then on, not from long ago
    practice.sweep(NOW + timedelta(days=429))
    assert practice.takes(forever) == (yours,)
    practice.sweep(NOW + timedelta(days=431))
    assert practice.takes(forever) == ()


def test_words_can_be_kept_without_the_voice(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    before = heard_take(practice, space, asked, wav_of(spoken))
    practice.set_keeping(space, Keeping.WORDS, NOW)
    after = heard_take(practice, space, asked, wav_of(spoken))
    silent = heard_take(practice, space, asked, wav_of(np.zeros(16_000, np.int16)))

    for take in (before, after):
        kept = practice.take(space, take.id)
        assert (kept.text, kept.sound_bytes) == (take.text, 0)
        with pytest.raises(NotFoundError, match="its words are"):
            practice.sound(space, take.id)
        assert not (home / "practice" / space.id / take.id).exists()
    assert practice.sound(space, silent.id)  # not heard yet, so kept for another try …
    practice.sweep(NOW + timedelta(days=31))
    assert practice.take(space, silent.id).sound_bytes == 0  # … but not for ever
    assert len(practice.takes(space)) == 3


def test_an_abandoned_recording_and_an_empty_space_go(practice: Practice, asked: Asked, home: Path) -> None:
    new = practice.open_space(NOW)
    take = practice.begin_take(new.space, asked, WEBM, NOW)
    practice.put_chunk(new.space, take.id, 0, b"sound")
    practice.sweep(NOW + timedelta(hours=23))
    assert practice.chunks(new.space, take.id) == (0,)
    practice.sweep(NOW + timedelta(hours=25))
    assert practice.takes(new.space) == ()
    assert practice.enter(new.token, NOW + timedelta(hours=25))

    practice.leave(new.token)
    practice.sweep(NOW + timedelta(hours=26))

    with pytest.raises(NotFoundError):
        practice.recover(new.recovery_code, NOW)
    assert not list((home / "practice").rglob("*"))


def test_the_export_holds_everything(practice: Practice, space: Space, asked: Asked, spoken: np.ndarray) -> None:
    sound = webm_of(spoken)
    first = heard_take(practice, space, asked, sound, WEBM)
    second = practice.correct(space, heard_take(practice, space, asked, sound, WEBM).id, f"I see: {PHRASE}.")
    practice.put_chunk(space, practice.begin_take(space, asked, WEBM, NOW).id, 0, b"still arriving")

    with zipfile.ZipFile(io.BytesIO(practice.export(space))) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert archive.read("takes/1/sound.webm") == sound
        heard, told = (json.loads(archive.read(f"takes/2/{n}.json")) for n in ("transcript", "feedback"))
        readme = archive.read("README.txt").decode()
        assert json.loads(archive.read("takes/1/transcript.json"))["text"] == first.text
    parts = ("sound.webm", "transcript.json", "feedback.json")
    assert names == {"README.txt", *(f"takes/{n}/{part}" for n in (1, 2) for part in parts)}
    assert (heard["schema_version"], told["schema_version"]) == (1, 1)
    assert (heard["text"], heard["corrected"], heard["id"]) == (f"I see: {PHRASE}.", True, second.id)
    assert heard["answers"] == {"moment_id": asked.moment_id}
    assert told["feedback"]["feeling_named"] in (True, False)
    assert "transcript.json" in readme


def test_of_words_that_speak_of_harm_only_the_help_is_exported(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    heard = heard_take(practice, space, asked, webm_of(spoken), WEBM)
    take = practice.correct(space, heard.id, "I am so alone. I want to kill myself.")
    assert take.feedback is not None
    assert take.feedback.safety
    assert take.pace is not None

    with zipfile.ZipFile(io.BytesIO(practice.export(space))) as archive:
        told = json.loads(archive.read("takes/1/feedback.json"))

    settings = practice.settings
    assert told == {
        "schema_version": 1,
        "id": take.id,
        "help": {"text": settings.help_text, "url": settings.help_url},
    }


# ---- nothing in clear, nothing left


def test_a_planted_phrase_is_nowhere_in_clear_and_nowhere_at_all_after_erasing(
    home: Path, practice: Practice, asked: Asked, spoken: np.ndarray, door: Companion, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    new, other = practice.open_space(NOW), practice.open_space(NOW)
    sound = wav_of(spoken)
    take = heard_take(practice, new.space, asked, sound)
    heard = " ".join(w.text for w in take.words[2:6])
    practice.correct(new.space, take.id, f"What I mean is {PHRASE}.")
    practice.put_whole(other.space, asked, "audio/wav", sound, NOW)
    samples = spoken[16_000:16_064].tobytes()
    clear = [PHRASE.encode(), heard.encode(), samples, new.token.encode(), new.recovery_code.encode(), new.space.key]
    clear += [PHRASE.encode("utf-16-le"), new.recovery_code.replace("-", "").encode()]

    with door.library.database.read() as connection:
        wrapped = connection.execute(
            sa.select(schema.practice_space.c.key).where(schema.practice_space.c.id == new.space.id)
        ).scalar_one()
        row = connection.execute(sa.select(schema.practice_take).where(schema.practice_take.c.id == take.id)).one()
    sealed = (home / "practice" / new.space.id / take.id / "0").read_bytes()
    found = files_in(home)
    assert {"library.db", "library.db-wal", "library.db-shm", "practice.key"} <= found.keys()
    assert any(wrapped in data for data in found.values())  # so that the search below can find something
    assert not [name for name, data in found.items() for what in clear if what in data]
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert not [what for what in (PHRASE, heard, new.token, new.recovery_code) if what in logged]

    practice.erase_take(new.space, take.id)
    gone = [row.key, row.private, row.private[40:72], sealed, sealed[1000:1032], take.id.encode()]
    assert not [name for name, data in files_in(home).items() for what in [*clear, *gone] if what in data]
    practice.erase_space(new.space)
    gone += [wrapped, wrapped[12:], new.space.id.encode()]
    assert not [name for name, data in files_in(home).items() for what in [*clear, *gone] if what in data]
    with pytest.raises(NotFoundError):
        practice.enter(new.token, NOW)
    with pytest.raises(NotFoundError):
        practice.recover(new.recovery_code, NOW)
    practice.erase_space(new.space)  # a second click
    assert practice.sound(other.space, practice.takes(other.space)[0].id) == sound


def test_erasing_goes_on_while_somebody_reads_and_is_finished_after(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray, door: Companion
) -> None:
    take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    with door.library.database.read() as reader:
        key = reader.execute(sa.select(schema.practice_take.c.key)).scalar_one()
        practice.erase_take(space, take.id)
    practice.sweep(NOW)
    assert not [name for name, data in files_in(home).items() if key in data]
