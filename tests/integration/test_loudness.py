"""How loud is what is published? FFmpeg's own program says so (its `ebur128`), not our code."""

from __future__ import annotations

import re
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from companion.audio import decode, describe_pcm, measure, mix, playback_copy, playback_copy_of_pcm
from companion.config import Settings
from tests.sounds import music, sound_of

RATE_HZ = 44_100
SETTINGS = Settings(min_free_bytes=0)
Sound = NDArray[np.float64]


def ebur128(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, as FFmpeg's program prints them."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    told = subprocess.run(
        [
            *(program, "-hide_banner", "-nostats", "-i", str(path)),
            *("-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    summary = told[told.rindex("Summary:") :]
    loudness = re.search(r"I:\s+(-?[\d.]+|-inf|nan) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-inf) dBFS", summary)
    assert loudness is not None
    assert peak is not None
    return float(loudness[1]), float(peak[1])


def write(path: Path, sound: Sound, rate_hz: int = RATE_HZ) -> Path:
    """A 16-bit wav: shape (n,) or (n, 2), clipped at full scale."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def speech(seconds: float, start_s: float = 20.0) -> Sound:
    """Somebody of the sample show, in the best quality that it has."""
    show = Path(__file__).parents[2] / "episodes" / "01-lunch-in-the-car" / "episode.mp3"
    quiet = sound_of(show, start_s, seconds) / 32768
    at = np.arange(int(quiet.size * RATE_HZ / 16_000)) * 16_000 / RATE_HZ
    return np.interp(at, np.arange(quiet.size), quiet)


def clipped_band(seconds: float) -> Sound:
    """Chords and noise, driven far over full scale: nearly a square wave."""
    chords = np.repeat(music(seconds) / 8_000, 3)[: int(seconds * RATE_HZ)]
    noise = np.random.default_rng(7).normal(0, 0.4, chords.size)
    return np.clip(6 * (chords + noise), -1, 1)


def whisper_and_shout(seconds: float) -> Sound:
    """Speech that goes from -40 dB to full scale and back every few seconds, with a clap now and then."""
    talk = speech(seconds)
    talk = talk / np.abs(talk).max()
    t = np.arange(talk.size) / RATE_HZ
    talk = talk * 10 ** ((-20 + 20 * np.sign(np.sin(2 * np.pi * t / 8))) / 20)
    talk[:: RATE_HZ * 3] = 0.99
    return talk


def drums(seconds: float) -> Sound:
    """Short hits with silence between them: the peaks are far above the mean."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hit = np.exp(-25 * (t % 0.5)) * np.random.default_rng(3).normal(0, 0.3, t.size)
    return np.clip(hit, -1, 1)


SOUNDS: dict[str, Callable[[], Sound]] = {
    "quiet speech": lambda: 0.01 * speech(15),
    "loud clipped band": lambda: clipped_band(12),
    "whisper and shout": lambda: whisper_and_shout(24),
    "drums": lambda: drums(12),
    "stereo, one side": lambda: np.stack([0.3 * speech(12), np.zeros(speech(12).size)], axis=1),
    "stereo, two people": lambda: np.stack([0.2 * speech(12), 0.05 * speech(12, 60)], axis=1),
    "stereo, loud": lambda: np.stack([clipped_band(8), np.roll(clipped_band(8), 100)], axis=1),
    "very short": lambda: 0.05 * speech(0.6, 22),
    "two seconds": lambda: 0.05 * speech(2.0, 22),
    "soft with one clap": lambda: np.concatenate([0.02 * speech(10), [0.99], 0.02 * speech(10)]),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_what_is_published_is_as_loud_as_podcasts_are(name: str, tmp_path: Path) -> None:
    source = write(tmp_path / "source.wav", SOUNDS[name]())
    before = source.read_bytes()
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    told = playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS)
    loudness, peak = ebur128(tmp_path / "copy.mp3")
    assert loudness == pytest.approx(-16.0, abs=1.0)
    assert peak <= -1.0
    assert source.read_bytes() == before
    # What we say of it ourselves is the same.
    assert (told.lufs, told.true_peak_dbtp) == (pytest.approx(loudness, abs=0.2), pytest.approx(peak, abs=0.2))
    assert measure(tmp_path / "copy.mp3", SETTINGS) == told


def test_what_is_nearly_silence_is_not_blown_up_and_says_so(tmp_path: Path) -> None:
    source = write(tmp_path / "source.wav", 0.002 * speech(5))
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    assert playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS).lufs is None
    assert ebur128(tmp_path / "copy.mp3")[0] <= -60


def test_a_mix_of_tracks_is_as_loud_too(tmp_path: Path) -> None:
    tracks = []
    for i, gain in enumerate((0.5, 0.02)):
        decode(write(tmp_path / f"{i}.wav", gain * speech(10, 30.0 * i)), tmp_path / f"{i}.pcm", SETTINGS)
        tracks.append(tmp_path / f"{i}.pcm")
    mix(tracks, tmp_path / "mix.pcm")
    playback_copy_of_pcm(
        tmp_path / "mix.pcm", tmp_path / "copy.mp3", describe_pcm(tmp_path / "mix.pcm", SETTINGS), SETTINGS
    )
    loudness, peak = ebur128(tmp_path / "copy.mp3")
    assert loudness == pytest.approx(-16.0, abs=1.0)
    assert peak <= -1.0
