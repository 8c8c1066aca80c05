"""A private recording is decoded without a file that others could find."""

import threading
from pathlib import Path

import numpy as np
import pytest

from companion.audio import decode_private
from companion.config import Settings
from companion.errors import AudioError, LimitError
from tests.sounds import sound_of, wav_of, webm_of


def _likeness(a: np.ndarray, b: np.ndarray) -> float:
    """The greatest correlation within 50 ms either way."""
    size = min(a.size, b.size) - 1600
    a = a[800 : 800 + size].astype(float)
    return max(float(np.corrcoef(a, b[800 + lag : 800 + lag + size])[0, 1]) for lag in range(-800, 800, 4))


@pytest.fixture(scope="module")
def spoken(show: Path) -> np.ndarray:
    return sound_of(show / "01-lunch-in-the-car" / "episode.mp3", 20, 6)


def test_a_wav_comes_out_as_it_went_in(spoken: np.ndarray, settings: Settings) -> None:
    heard = decode_private(wav_of(spoken), "This take", settings)

    assert np.array_equal(heard.samples, spoken)
    assert heard.duration_s == 6.0
    assert np.allclose(heard.read(1.0, 1.5), spoken[16_000:24_000] / 32768)
    assert heard.read(5.9, 99).size == 1600
    assert heard.read(7.0, 8.0).size == 0


def test_a_recording_of_a_browser_is_read_though_it_says_no_length(spoken: np.ndarray, settings: Settings) -> None:
    heard = decode_private(webm_of(spoken), "This take", settings)

    assert heard.duration_s == pytest.approx(6.0, abs=0.05)
    assert _likeness(heard.samples, spoken) > 0.95


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(spoken: np.ndarray, settings: Settings) -> None:
    whole = webm_of(spoken)

    heard = decode_private(whole[: len(whole) * 2 // 3], "This take", settings)

    assert 3.0 < heard.duration_s < 5.0
    assert _likeness(heard.samples, spoken) > 0.95


@pytest.mark.parametrize(
    ("sound", "error"),
    [
        (b"", "This take is not a recording"),
        (b"#!/bin/sh\necho hello\n", "This take is not a recording"),
        (b"\x00\x01\x02" * 500, "This take is not a recording"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "This take"),
    ],
)
def test_what_is_no_sound_gets_a_sentence(sound: bytes, error: str, settings: Settings) -> None:
    with pytest.raises(AudioError, match=error):
        decode_private(sound, "This take", settings)


def test_a_recording_may_not_be_longer_than_the_limit(spoken: np.ndarray, settings: Settings) -> None:
    with pytest.raises(LimitError) as caught:
        decode_private(wav_of(spoken), "This take", settings.with_(max_duration_s=5.0))
    assert caught.value.setting == "max_duration_s"


def test_nothing_of_it_lies_in_any_folder(
    spoken: np.ndarray, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    places, seen, done = (temporary, Path("/dev/shm"), settings.home.parent), set(), threading.Event()
    before = {p for place in places for p in place.rglob("*")}

    def watch() -> None:
        while not done.wait(0.005):
            seen.update(p for place in places for p in place.rglob("*"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        decode_private(wav_of(spoken), "This take", settings)
    finally:
        done.set()
        watcher.join()
    assert seen <= before


def test_no_descriptor_is_left_open(spoken: np.ndarray, settings: Settings) -> None:
    decode_private(wav_of(spoken), "This take", settings)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        decode_private(wav_of(spoken), "This take", settings)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
