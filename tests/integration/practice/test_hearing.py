"""Takes: how their sound arrives, what is heard in them, and what they answer."""

import os
import stat
import subprocess
import time
import wave
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from companion import schema
from companion.core import Companion
from companion.errors import (
    AudioError,
    BadInputError,
    CompanionError,
    ConflictError,
    LimitError,
    NotFoundError,
)
from companion.practice import MissingChunksError, Practice
from companion.practice.correcting import words_that_stay
from companion.practice.hearer import Hearer
from companion.takes import Asked, Space, TakeState
from companion.types import Word
from tests.integration.practice.conftest import NOW, WEBM, files_in, heard_take
from tests.programs import command
from tests.sounds import wav_of, webm_of

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
    assert not [name for name in files_in(home) if name.endswith(".part")]


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
    take = heard_take(practice, space, asked, webm_of(spoken), WEBM)

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
    take = heard_take(practice, space, asked, sound)

    assert take.state is TakeState.FAILED
    assert words in str(take.error)
    assert practice.sound(space, take.id) == sound
    again = practice.finish_take(space, take.id, take.chunks)  # try once more
    assert (again.state, again.error) == (TakeState.WAITING, None)
    written = practice.correct(space, practice.hear(space, take.id).id, "I said that I am here.")
    assert (written.state, written.text, written.error) == (TakeState.READY, "I said that I am here.", None)


def test_a_take_that_is_too_long_is_told_so(practice: Practice, space: Space, asked: Asked, door: Companion) -> None:
    with Companion.open(door.settings.with_(practice_max_s=2.0)) as short:
        take = heard_take(short.practice, space, asked, wav_of(np.zeros(8 * 16_000, np.int16)))
    assert (take.state, take.error) == (TakeState.FAILED, "This take is longer than 2 seconds. Say it in less.")


def test_a_missing_recogniser_fails_the_take_not_the_site(space: Space, asked: Asked, door: Companion) -> None:
    with Companion.open(door.settings.with_(model="no-such-model")) as without:
        take = heard_take(without.practice, space, asked, wav_of(np.zeros(16_000, np.int16)))
    assert take.state is TakeState.FAILED
    assert "recogniser" in str(take.error)


def test_a_corrected_text_keeps_the_times_of_words_that_stay(
    practice: Practice, space: Space, asked: Asked, spoken: np.ndarray
) -> None:
    take = heard_take(practice, space, asked, wav_of(spoken))
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
