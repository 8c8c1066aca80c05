"""The private space: whose it is, what it keeps, what it hears, and that nothing of it can be read from outside."""

import io
import json
import logging
import os
import stat
import subprocess
import time
import wave
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from companion import schema
from companion.config import Settings
from companion.core import Companion
from companion.errors import (
    AudioError,
    BadInputError,
    CompanionError,
    ConflictError,
    LibraryError,
    LimitError,
    NotFoundError,
)
from companion.practice import MissingChunksError, Practice
from companion.practice.correcting import words_that_stay
from companion.practice.hearer import Hearer
from companion.takes import Asked, Keeping, Space, Take, TakeState
from companion.types import Word
from tests import small_library
from tests.programs import command
from tests.recordings import wav_of, webm_of
from tests.sounds import sound_of

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
PHRASE = "a lighthouse made of marmalade"
WEBM = "audio/webm;codecs=opus"


@pytest.fixture(scope="module")
def spoken(show: Path) -> np.ndarray:
    return sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 20, 6)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = Settings.load(tmp_path / "library", {}).with_(models_folder=tmp_path / "models")
    small_library.build(settings, tmp_path)
    return settings.home


@pytest.fixture
def door(home: Path) -> Iterator[Companion]:
    with Companion.open(Settings.load(home, {}).with_(model="bundled", models_folder=home / "models")) as opened:
        yield opened


@pytest.fixture
def practice(door: Companion) -> Practice:
    return door.practice


@pytest.fixture
def asked(door: Companion) -> Asked:
    return Asked(moment_id=door.moments(episode_slug="late-again").moments[0].id)


@pytest.fixture
def space(practice: Practice) -> Space:
    return practice.open_space(NOW).space


def _heard(practice: Practice, space: Space, asked: Asked, sound: bytes, mime: str = "audio/wav") -> Take:
    return practice.hear(space, practice.put_whole(space, asked, mime, sound, NOW).id)


def _files(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


# ---- whose it is


def test_a_token_opens_its_space_and_no_other(practice: Practice) -> None:
    mine, yours = practice.open_space(NOW), practice.open_space(NOW)

    assert practice.enter(mine.token, NOW) == mine.space
    assert practice.enter(yours.token, NOW) == yours.space
    for token in (None, "", "x", mine.token[:-1], mine.recovery_code, mine.space.id):
        with pytest.raises(NotFoundError):
            practice.enter(token, NOW)


def test_after_leaving_the_old_token_is_dead_and_the_code_opens_the_space_again(practice: Practice) -> None:
    new = practice.open_space(NOW)
    practice.leave(new.token)
    with pytest.raises(NotFoundError):
        practice.enter(new.token, NOW)

    token, space = practice.recover(new.recovery_code.upper().replace("-", " "), NOW)

    assert token != new.token
    assert space == new.space == practice.enter(token, NOW)
    with pytest.raises(NotFoundError, match="opens no private space"):
        practice.recover("bado-bado-bado-bado-bado-bado-bado", NOW)


def test_a_session_that_is_not_used_ends(practice: Practice) -> None:
    new = practice.open_space(NOW)
    used = NOW + timedelta(days=60)

    assert practice.enter(new.token, used)
    assert practice.enter(new.token, used + timedelta(days=89))
    with pytest.raises(NotFoundError):
        practice.enter(new.token, used + timedelta(days=89 + 91))


def test_two_spaces_never_share_a_key(practice: Practice, door: Companion) -> None:
    keys = {practice.open_space(NOW).space.key for _ in range(50)}

    assert len(keys) == 50
    with door.library.database.read() as connection:
        wrapped = connection.execute(sa.select(schema.practice_space.c.key)).scalars().all()
    assert len({w[:12] for w in wrapped}) == len(set(wrapped)) == 50  # nonces, too
    assert not any(key in w for key in keys for w in wrapped)


def test_every_door_to_a_take_is_closed_to_others(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    other = practice.open_space(NOW).space
    doors = (
        lambda name: practice.take(other, name),
        lambda name: practice.sound(other, name),
        lambda name: practice.chunks(other, name),
        lambda name: practice.put_chunk(other, name, 0, b"x"),
        lambda name: practice.finish_take(other, name, 1),
        lambda name: practice.correct(other, name, "mine now"),
        lambda name: practice.hear(other, name),
        lambda name: practice.erase_take(other, name),
    )
    sentences = set()
    for door in doors:
        for name in (take.id, "0" * 32, "", "../../library.db"):
            with pytest.raises(NotFoundError) as caught:
                door(name)
            sentences.add(caught.value.sentence)
    assert len(sentences) == 1
    assert practice.takes(other) == ()
    assert practice.take(space, take.id) == take


def test_a_key_that_was_swapped_in_the_database_opens_nothing(
    practice: Practice, space: Space, asked: Asked, door: Companion, spoken: np.ndarray
) -> None:
    other = practice.open_space(NOW)
    take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    with door.library.database.write() as connection:
        table = schema.practice_take
        connection.execute(sa.update(table).where(table.c.id == take.id).values(space_id=other.space.id))
    with pytest.raises(LibraryError, match="damaged or belongs to another key"):
        practice.take(other.space, take.id)


def test_another_servers_key_is_told_apart(home: Path, practice: Practice) -> None:
    new = practice.open_space(NOW)
    (home / "practice.key").write_text(f"companion practice key 1\n{'ab' * 32}\n")
    with (
        Companion.open(Settings.load(home, {})) as again,
        pytest.raises(LibraryError, match="locked with another key"),
    ):
        again.practice.enter(new.token, NOW)


# ---- sound arrives


def test_chunks_may_come_in_any_order_and_twice(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    sound = webm_of(spoken)
    parts = [sound[i : i + 8000] for i in range(0, len(sound), 8000)]
    take = practice.begin_take(space, asked, WEBM, NOW)
    assert take.state is TakeState.RECORDING
    for number in (3, 0, 3, 4, 1, 0):
        practice.put_chunk(space, take.id, number, parts[number])
    assert practice.chunks(space, take.id) == (0, 1, 3, 4)

    with pytest.raises(MissingChunksError, match="have not arrived: 2, 5") as caught:
        practice.finish_take(space, take.id, 6)
    assert caught.value.missing == (2, 5)
    with pytest.raises(ConflictError, match="other sound"):
        practice.put_chunk(space, take.id, 3, parts[2])
    for number in range(len(parts)):
        practice.put_chunk(space, take.id, number, parts[number])
    with pytest.raises(ConflictError, match="Count again"):
        practice.finish_take(space, take.id, 5)
    done = practice.finish_take(space, take.id, len(parts))

    assert (done.state, done.chunks, done.sound_bytes) == (TakeState.WAITING, len(parts), len(sound))
    assert practice.sound(space, take.id) == sound
    assert practice.finish_take(space, take.id, len(parts)) == done  # an answer that was lost on its way
    practice.put_chunk(space, take.id, 1, parts[1])
    with pytest.raises(ConflictError, match="finished"):
        practice.put_chunk(space, take.id, len(parts), b"more")


def test_limits_are_kept_and_said(home: Path, door: Companion, asked: Asked) -> None:
    settings = door.settings.with_(practice_take_bytes=100, practice_chunk_bytes=60, practice_takes=2)
    with Companion.open(settings) as small:
        practice, space = small.practice, small.practice.open_space(NOW).space
        take = practice.begin_take(space, asked, WEBM, NOW)
        practice.put_chunk(space, take.id, 0, bytes(60))
        for number, data, error, words in (
            (1, bytes(61), LimitError, "at once"),
            (1, bytes(50), LimitError, "larger than"),
            (1, b"", BadInputError, "empty"),
            (-1, b"x", LimitError, "numbered"),
            (9999, b"x", LimitError, "numbered"),
        ):
            with pytest.raises(error, match=words):
                practice.put_chunk(space, take.id, number, data)
        with pytest.raises(ConflictError, match="still being recorded"):
            practice.sound(space, take.id)
        with pytest.raises(BadInputError):
            practice.finish_take(space, take.id, 0)
        with pytest.raises(LimitError, match="at most"):
            practice.put_whole(space, asked, "audio/wav", bytes(101), NOW)
        practice.put_whole(space, asked, "audio/wav", bytes(100), NOW)
        with pytest.raises(LimitError, match="as many as it can"):
            practice.put_whole(space, asked, "audio/wav", bytes(100), NOW)
        assert len(practice.takes(space)) == 2
    assert not [name for name in _files(home) if name.endswith(".part")]


def test_what_cannot_be_asked_or_taken_is_refused(practice: Practice, space: Space, asked: Asked) -> None:
    for wrong, error in (
        (Asked(), BadInputError),
        (Asked("a", "b"), BadInputError),
        (Asked(moment_id="none"), NotFoundError),
        (Asked(prompt_id="none"), NotFoundError),
    ):
        with pytest.raises(error):
            practice.begin_take(space, wrong, WEBM, NOW)
    with pytest.raises(AudioError, match="not taken"):
        practice.begin_take(space, asked, "text/html", NOW)
    with pytest.raises(BadInputError, match="0 bytes"):
        practice.put_whole(space, asked, "audio/wav", b"", NOW)
    assert practice.takes(space) == ()


def test_sound_lies_sealed_in_a_folder_for_its_owner_only(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    sound = wav_of(spoken)
    take = practice.put_whole(space, asked, "audio/wav", sound, NOW)

    folder = home / "practice" / space.id / take.id
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent, folder.parent.parent)} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    piece = folder / "0"
    piece.write_bytes(piece.read_bytes()[:-1] + b"!")
    with pytest.raises(CompanionError, match="damaged"):
        practice.sound(space, take.id)
    piece.unlink()
    with pytest.raises(CompanionError, match="missing"):
        practice.sound(space, take.id)


# ---- what is heard


def test_a_take_is_heard_with_words_and_times(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray, door: Companion
) -> None:
    take = _heard(practice, space, asked, webm_of(spoken), WEBM)

    assert take.state is TakeState.READY
    assert take.error is None
    assert take.duration_s == pytest.approx(6.0, abs=0.1)
    assert len(take.words) > 10
    assert take.text == " ".join(w.text for w in take.words)
    assert 0 <= take.words[0].start_s < take.words[-1].end_s <= 6.1
    assert take.feedback is not None
    assert take.pace is not None
    assert 2 < take.pace.spoken_s < 6.1
    assert practice.take(space, take.id) == take == practice.hear(space, take.id)
    with door.library.database.read() as connection:  # the pipeline's own tables know nothing of it
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.chunk)).scalar_one() == 0
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.stage_result)).scalar_one() == 0
    assert door.search(f'"{" ".join(w.text for w in take.words[:3])}"').total == 0


def test_takes_are_counted_for_each_thing_that_is_asked(practice: Practice, space: Space, door: Companion) -> None:
    one, two = (Asked(moment_id=m.id) for m in door.moments(episode_slug="late-again").moments)
    for minute, asked in enumerate((one, one, two, one)):
        practice.put_whole(space, asked, WEBM, b"sound", NOW + timedelta(minutes=minute))

    assert [(t.asked, t.number) for t in practice.takes(space)] == [(one, 3), (two, 1), (one, 2), (one, 1)]
    assert [t.number for t in practice.takes(space, one)] == [3, 2, 1]


def test_only_finished_takes_are_counted(practice: Practice, space: Space, asked: Asked) -> None:
    cut, *whole = (NOW + timedelta(minutes=minute) for minute in range(4))
    broken_off = practice.begin_take(space, asked, WEBM, cut)
    first, second, third = (practice.put_whole(space, asked, WEBM, b"sound", made) for made in whole)
    assert [t.number for t in (broken_off, first, second, third)] == [1, 1, 2, 3]
    assert practice.begin_take(space, asked, WEBM, NOW + timedelta(minutes=9)).number == 4

    practice.erase_take(space, first.id)

    assert [practice.take(space, t.id).number for t in (second, third)] == [1, 2]  # no second without a first
    found = {t.id: t.number for t in practice.takes(space)}
    assert (found[second.id], found[third.id], found[broken_off.id]) == (1, 2, 1)
    practice.put_chunk(space, broken_off.id, 0, b"sound")
    assert practice.finish_take(space, broken_off.id, 1).number == 1
    assert practice.take(space, third.id).number == 3


def test_a_new_code_opens_the_space_and_the_old_one_opens_nothing(practice: Practice) -> None:
    new = practice.open_space(NOW)
    other = practice.open_space(NOW)

    code = practice.new_code(new.space)

    assert code != new.recovery_code
    assert practice.recover(code, NOW)[1].id == new.space.id
    assert practice.recover(other.recovery_code, NOW)[1].id == other.space.id
    assert practice.enter(new.token, NOW).id == new.space.id  # who is in stays in
    with pytest.raises(NotFoundError):
        practice.recover(new.recovery_code, NOW)
    practice.erase_space(new.space)
    with pytest.raises(NotFoundError):
        practice.new_code(new.space)


def test_sound_can_be_had_as_wav(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray, home: Path, tmp_path: Path
) -> None:
    take = practice.put_whole(space, asked, WEBM, webm_of(spoken), NOW)
    before = set(home.rglob("*"))

    path = tmp_path / "take.wav"
    path.write_bytes(practice.sound_wav(space, take.id))

    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    n = min(len(samples), len(spoken))
    assert abs(len(samples) - len(spoken)) < 1600
    assert np.corrcoef(samples[:n], spoken[:n])[0, 1] > 0.9
    assert set(home.rglob("*")) == before
    broken = practice.put_whole(space, asked, WEBM, b"this is no sound", NOW)
    with pytest.raises(AudioError, match="cannot be read"):
        practice.sound_wav(space, broken.id)


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (b"this is a letter and no sound", "cannot be read"),
        (bytes(range(256)) * 40, "cannot be read"),
        (wav_of(np.zeros(48_000, np.int16)), "Nobody can be heard"),
        (wav_of(np.random.default_rng(1).normal(0, 30, 48_000).astype(np.int16)), "Nobody can be heard"),
    ],
)
def test_a_take_that_cannot_be_heard_says_why_and_keeps_its_sound(
    practice: Practice, space: Space, asked: Asked, sound: bytes, words: str
) -> None:
    take = _heard(practice, space, asked, sound)

    assert take.state is TakeState.FAILED
    assert words in str(take.error)
    assert practice.sound(space, take.id) == sound
    again = practice.finish_take(space, take.id, take.chunks)  # try once more
    assert (again.state, again.error) == (TakeState.WAITING, None)
    written = practice.correct(space, practice.hear(space, take.id).id, "I said that I am here.")
    assert (written.state, written.text, written.error) == (TakeState.READY, "I said that I am here.", None)


def test_a_take_that_is_too_long_is_told_so(practice: Practice, space: Space, asked: Asked, door: Companion) -> None:
    with Companion.open(door.settings.with_(practice_max_s=2.0)) as short:
        take = _heard(short.practice, space, asked, wav_of(np.zeros(8 * 16_000, np.int16)))
    assert (take.state, take.error) == (TakeState.FAILED, "This take is longer than 2 seconds. Say it in less.")


def test_a_missing_recogniser_fails_the_take_not_the_site(space: Space, asked: Asked, door: Companion) -> None:
    with Companion.open(door.settings.with_(model="no-such-model")) as without:
        take = _heard(without.practice, space, asked, wav_of(np.zeros(16_000, np.int16)))
    assert take.state is TakeState.FAILED
    assert "recogniser" in str(take.error)


def test_a_corrected_text_keeps_the_times_of_words_that_stay(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    take = _heard(practice, space, asked, wav_of(spoken))
    first, *rest = take.text.split()

    corrected = practice.correct(space, take.id, f"Honestly,  {' '.join(rest)}\n")

    assert corrected.corrected
    assert corrected.text == f"Honestly, {' '.join(rest)}"
    assert corrected.words == take.words[1:]
    assert first not in corrected.text.split()[:1]
    for text, error in ((" \n", BadInputError), ("word " * 2000, LimitError)):
        with pytest.raises(error):
            practice.correct(space, take.id, text)
    waiting = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
    with pytest.raises(ConflictError, match="not been heard"):
        practice.correct(space, waiting.id, "too early")


def test_words_that_stay_are_spelled_as_corrected() -> None:
    words = tuple(Word(i, i + 0.5, text, 0.9) for i, text in enumerate("i here you said it hurts".split()))

    stayed = words_that_stay(words, "I hear you. Said it hurts?")

    assert [(w.text, w.start_s) for w in stayed] == [("I", 0), ("you.", 2), ("Said", 3), ("it", 4), ("hurts?", 5)]


def test_the_hearer_hears_what_waits_in_order(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    sound = wav_of(spoken)
    broken = practice.put_whole(space, asked, "audio/wav", b"no sound at all", NOW)
    erased = practice.put_whole(space, asked, "audio/wav", sound, NOW)
    hearer = Hearer(practice, lambda: NOW).start()
    try:
        practice.erase_take(space, erased.id)
        later = practice.put_whole(space, asked, "audio/wav", sound, NOW + timedelta(minutes=1))
        end = time.monotonic() + 60
        while practice.take(space, later.id).state is TakeState.WAITING and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        hearer.stop()
    assert practice.take(space, broken.id).state is TakeState.FAILED
    assert practice.take(space, later.id).state is TakeState.READY


def test_serve_hears_what_another_process_puts_in(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    site = subprocess.Popen(
        command("serve", "--port", 0, "--no-worker", home=home),
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COMPANION_MODEL": "bundled"},
    )
    assert site.stderr is not None
    try:
        assert "http://" in site.stderr.readline()
        take = practice.put_whole(space, asked, "audio/wav", wav_of(spoken), NOW)
        end = time.monotonic() + 60
        while practice.take(space, take.id).state is TakeState.WAITING and time.monotonic() < end:
            time.sleep(0.1)
        assert practice.take(space, take.id).state is TakeState.READY
    finally:
        site.terminate()
        site.wait(20)
        site.stderr.close()


# ---- what is answered


def test_a_bids_sound_stops_before_the_reply(practice: Practice, door: Companion) -> None:
    for stored in door.moments().moments:
        bid = practice.bid_of(Asked(moment_id=stored.id))
        turns = {t.turn.index: t.turn for t in door.moment_turns(stored)}
        reply = turns[stored.moment.reply_turn]
        assert bid.start_s == stored.moment.start_s
        assert turns[stored.moment.reply_turn - 1].end_s <= bid.end_s <= reply.start_s
        assert (bid.reply_start_s, bid.reply_end_s) == (reply.start_s, reply.end_s)
        assert (bid.text, bid.reply_text) == (stored.moment.bid, stored.moment.quote)
        assert door.playback(str(bid.playback_sha256)).is_file()


def test_similar_moments_share_words_with_the_bid_and_are_others(practice: Practice, door: Companion) -> None:
    moments = {m.moment.bid: Asked(moment_id=m.id) for m in door.moments().moments}
    lonely = next(asked for bid, asked in moments.items() if "lonely" in bid)
    for asked in moments.values():
        found = practice.similar(asked, limit=2)
        assert asked.moment_id not in {m.id for m in found}
        assert len(found) <= 2
    for like in ("Nobody sat with me, I was so lonely on those stairs", 'She said: "lonely" (NOT) OR NEAR *'):
        words = like.lower().replace('"', " ").split()
        assert door.library.index.moments_like(words, 3)[:1] == (lonely.moment_id,)
    assert door.library.index.moments_like((), 3) == ()


# ---- keeping, leaving, taking along


def test_takes_are_kept_thirty_days_unless_their_owner_chose_otherwise(
    home: Path, practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    forever = practice.open_space(NOW).space
    practice.set_keeping(forever, Keeping.FOREVER, NOW)
    mine = _heard(practice, space, asked, wav_of(spoken))
    yours = _heard(practice, forever, asked, wav_of(spoken))

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
    before = _heard(practice, space, asked, wav_of(spoken))
    practice.set_keeping(space, Keeping.WORDS, NOW)
    after = _heard(practice, space, asked, wav_of(spoken))
    silent = _heard(practice, space, asked, wav_of(np.zeros(16_000, np.int16)))

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
    first = _heard(practice, space, asked, sound, WEBM)
    second = practice.correct(space, _heard(practice, space, asked, sound, WEBM).id, f"I see: {PHRASE}.")
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
    heard = _heard(practice, space, asked, webm_of(spoken), WEBM)
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
    take = _heard(practice, new.space, asked, sound)
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
    found = _files(home)
    assert {"library.db", "library.db-wal", "library.db-shm", "practice.key"} <= found.keys()
    assert any(wrapped in data for data in found.values())  # so that the search below can find something
    assert not [name for name, data in found.items() for what in clear if what in data]
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert not [what for what in (PHRASE, heard, new.token, new.recovery_code) if what in logged]

    practice.erase_take(new.space, take.id)
    gone = [row.key, row.private, row.private[40:72], sealed, sealed[1000:1032], take.id.encode()]
    assert not [name for name, data in _files(home).items() for what in [*clear, *gone] if what in data]
    practice.erase_space(new.space)
    gone += [wrapped, wrapped[12:], new.space.id.encode()]
    assert not [name for name, data in _files(home).items() for what in [*clear, *gone] if what in data]
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
    assert not [name for name, data in _files(home).items() if key in data]


def test_no_key_and_no_token_is_shown_by_accident(practice: Practice) -> None:
    new = practice.open_space(NOW)

    for shown in (repr(new.space), str(new.space), repr(new), f"{new}"):
        assert new.token not in shown
        assert new.recovery_code not in shown
        assert repr(new.space.key) not in shown
