"""Decoding, measuring, mixing and the copy for listeners, on sound that is made here and coded by FFmpeg."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from companion.audio import Pcm, decode, describe_pcm, mix, playback_copy, playback_copy_of_pcm
from companion.config import Settings
from companion.errors import AudioError, BadInputError

RATE_HZ = 16_000
DURATION_S = 2.5
SETTINGS = Settings(min_free_bytes=0)


def speechlike(rate_hz: int, duration_s: float = DURATION_S) -> NDArray[np.float64]:
    """A gliding voice with syllables and breath, below 3.5 kHz, so that every format and rate can carry it."""
    t = np.arange(round(rate_hz * duration_s)) / rate_hz
    pitch = np.cumsum(140 + 40 * np.sin(2 * np.pi * 0.7 * t)) / rate_hz
    voice = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 18))
    chirp = np.sin(2 * np.pi * (300 * t + (3000 - 300) / (2 * duration_s) * t**2))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * t)
    return np.asarray(0.12 * syllables * (voice + chirp))


@dataclass(frozen=True)
class Form:
    """A kind of file."""

    name: str
    codec: str
    rate_hz: int = 44_100
    channels: int = 1
    strict: bool = True


FORMS = [
    Form("talk.mp3", "libmp3lame"),
    Form("talk.m4a", "aac"),
    Form("talk.aac", "aac"),
    Form("int16.wav", "pcm_s16le"),
    Form("int24.wav", "pcm_s24le"),
    Form("float.wav", "pcm_f32le"),
    Form("talk.flac", "flac"),
    Form("vorbis.ogg", "vorbis", channels=2, strict=False),
    Form("talk.opus", "libopus", 48_000),
    Form("talk.webm", "libopus", 48_000),
    Form("sound.mp4", "aac"),
    Form("alac.m4a", "alac"),
    Form("8k.wav", "pcm_s16le", 8_000),
    Form("22k.mp3", "libmp3lame", 22_050),
    Form("44k-stereo.wav", "pcm_s16le", 44_100, 2),
    Form("48k-stereo.flac", "flac", 48_000, 2),
    Form("48k-stereo-float.wav", "pcm_f32le", 48_000, 2),
    Form("six-inputs.wav", "pcm_s16le", 16_000, 6),
]


def encode(path: Path, form: Form, sound: NDArray[np.float64], picture: bool = False) -> Path:
    """Writes mono `sound` (at the form's rate) to every channel of a file."""
    layout = {1: "mono", 2: "stereo", 6: "6 channels"}[form.channels]
    options = {} if form.strict else {"strict": "experimental"}
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Nobody else's business"
        stream = container.add_stream(form.codec, rate=form.rate_hz, layout=layout, options=options)
        if picture:
            video = container.add_stream("mpeg4", rate=5, width=64, height=64, pix_fmt="yuv420p")
            for _ in range(10):
                image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                container.mux(video.encode(image))
            container.mux(video.encode(None))
        packed = np.repeat(sound.astype(np.float32), form.channels)[None, :]
        frame = AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = form.rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_pcm(path: Path, sound: NDArray[np.float64]) -> Path:
    np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tofile(path)
    return path


def likeness(a: NDArray[np.float32], b: NDArray[np.float64]) -> float:
    """Correlation after shifting one against the other to where they fit best (encoders delay)."""
    size = a.size + b.size
    fit = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    shift = int(np.argmax(fit))
    shift = shift if shift < a.size else shift - size
    a, b = (a[shift:], b) if shift >= 0 else (a, b[-shift:])
    n = min(a.size, b.size)
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


def samples(pcm: Path) -> NDArray[np.float32]:
    with Pcm(pcm) as sound:
        return sound.read(0.0, sound.duration_s)


@pytest.fixture
def decoded(tmp_path: Path) -> Callable[[Path], NDArray[np.float32]]:
    def run(source: Path) -> NDArray[np.float32]:
        decode(source, tmp_path / "out.pcm", SETTINGS)
        return samples(tmp_path / "out.pcm")

    return run


# ---- formats


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.name)
def test_every_format_comes_out_as_what_went_in(form: Form, tmp_path: Path) -> None:
    source = encode(tmp_path / form.name, form, speechlike(form.rate_hz))
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    assert info.duration_s == pytest.approx(DURATION_S, abs=0.1)
    assert info.sample_rate_hz == form.rate_hz
    assert info.channels == form.channels
    assert info.bad_packets == 0
    assert likeness(samples(tmp_path / "out.pcm"), speechlike(RATE_HZ)) > 0.95


def test_a_film_gives_its_sound(tmp_path: Path, decoded: Callable[[Path], NDArray[np.float32]]) -> None:
    source = encode(tmp_path / "film.mp4", Form("film.mp4", "aac"), speechlike(44_100), picture=True)
    assert likeness(decoded(source), speechlike(RATE_HZ)) > 0.95


def test_a_wrong_ending_does_not_matter(tmp_path: Path, decoded: Callable[[Path], NDArray[np.float32]]) -> None:
    source = encode(tmp_path / "talk.wav", Form("talk.wav", "pcm_s16le"), speechlike(44_100))
    assert likeness(decoded(source.rename(tmp_path / "talk.mp3")), speechlike(RATE_HZ)) > 0.95


def test_a_name_with_a_colon_and_blanks_is_only_a_name(
    tmp_path: Path, decoded: Callable[[Path], NDArray[np.float32]]
) -> None:
    source = encode(tmp_path / "talk.wav", Form("talk.wav", "pcm_s16le"), speechlike(44_100))
    assert decoded(source.rename(tmp_path / "concat:a b|%d.wav")).size == DURATION_S * RATE_HZ


def test_no_number_in_a_float_file_spoils_only_itself(tmp_path: Path) -> None:
    sound = speechlike(44_100)
    sound[50_000:50_003] = np.nan, np.inf, 1e30
    source = encode(tmp_path / "float.wav", Form("float.wav", "pcm_f32le"), sound)
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    clean = encode(tmp_path / "clean.wav", Form("clean.wav", "pcm_f32le"), speechlike(44_100))
    expected = decode(clean, tmp_path / "clean.pcm", SETTINGS)
    assert info.loudness_lufs == pytest.approx(expected.loudness_lufs, abs=0.1)
    assert likeness(samples(tmp_path / "out.pcm")[30_000:], speechlike(RATE_HZ)[30_000:]) > 0.95


def test_progress_rises_to_the_end_and_knows_the_length(tmp_path: Path) -> None:
    # ten minutes: a fast machine reads one in less than the time between two reports
    source = encode(tmp_path / "a.flac", Form("a.flac", "flac"), np.tile(speechlike(44_100, 4.0), 150))
    steps: list[tuple[float, float | None]] = []
    decode(source, tmp_path / "out.pcm", SETTINGS, lambda done_s, of_s: steps.append((done_s, of_s)))
    assert len(steps) >= 2
    assert [s for s, _ in steps] == sorted(s for s, _ in steps)
    assert steps[-1][0] <= 600.0
    assert {of_s for _, of_s in steps} == {600.0}


# ---- loudness and waveform


@pytest.mark.parametrize(("channels", "peak_dbfs"), [(1, -20.0), (2, -23.0)])
def test_a_tone_of_minus_23_lufs_measures_so(channels: int, peak_dbfs: float, tmp_path: Path) -> None:
    # ITU-R BS.1770: a full-scale sine of 997 Hz in one channel is -3.01 LUFS, in two channels 0 LUFS. So -20 dBFS in
    # one and -23 dBFS in each of two (as in EBU Tech 3341, case 1) are -23 LUFS.
    tone = 10 ** (peak_dbfs / 20) * np.sin(2 * np.pi * 997 * np.arange(48_000 * 10) / 48_000)
    source = encode(tmp_path / "tone.wav", Form("tone.wav", "pcm_s24le", 48_000, channels), tone)
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    assert info.loudness_lufs == pytest.approx(-23.0, abs=0.3)
    assert info.true_peak_dbtp == pytest.approx(peak_dbfs, abs=0.3)


def test_a_true_peak_between_the_samples_is_found(tmp_path: Path) -> None:
    # A sine at a quarter of the rate, caught at 45 degrees: every sample is 3 dB below the wave's own peak.
    tone = 0.5 * np.sin(2 * np.pi * 0.25 * np.arange(48_000 * 2) + np.pi / 4)
    tone[:4800] *= np.linspace(0, 1, 4800)  # a hard beginning would overshoot
    source = encode(tmp_path / "tone.wav", Form("tone.wav", "pcm_s24le", 48_000), tone)
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    assert np.max(np.abs(tone)) == pytest.approx(0.5 * math.sqrt(0.5))
    assert info.true_peak_dbtp == pytest.approx(20 * math.log10(0.5), abs=0.3)


def test_a_peak_in_the_last_samples_counts(tmp_path: Path) -> None:
    tone = np.concatenate([np.zeros(48_000 + 1000), np.full(200, 0.7)])
    source = encode(tmp_path / "late.wav", Form("late.wav", "pcm_s24le", 48_000), tone)
    peak = decode(source, tmp_path / "out.pcm", SETTINGS).true_peak_dbtp
    assert peak is not None
    assert peak >= 20 * math.log10(0.7) - 0.1


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    source = encode(tmp_path / "still.wav", Form("still.wav", "pcm_s16le"), np.zeros(44_100))
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    assert (info.loudness_lufs, info.true_peak_dbtp) == (None, None)
    assert set(info.peaks) == {0.0}


def test_peaks_show_where_it_is_loud(tmp_path: Path) -> None:
    loud_in_the_middle = np.concatenate([np.full(8000, 0.1), np.full(8000, -1.0), np.full(8000, 0.1)])
    pcm = write_pcm(tmp_path / "a.pcm", loud_in_the_middle)
    peaks = describe_pcm(pcm, SETTINGS.with_(waveform_peaks=6)).peaks
    assert peaks == pytest.approx((0.1, 0.1, 1.0, 1.0, 0.1, 0.1), abs=0.001)


def test_very_short_sound_has_fewer_peaks(tmp_path: Path) -> None:
    assert len(describe_pcm(write_pcm(tmp_path / "a.pcm", np.full(5, 0.5)), SETTINGS).peaks) == 5


# ---- the copy for listeners


def test_the_copy_is_as_loud_as_asked_and_mono_mp3(tmp_path: Path) -> None:
    source = encode(tmp_path / "talk.flac", Form("talk.flac", "flac", 48_000, 2), 0.1 * speechlike(48_000))
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS)
    copy = decode(tmp_path / "copy.mp3", tmp_path / "copy.pcm", SETTINGS)
    assert copy.loudness_lufs == pytest.approx(-16.0, abs=1.0)
    assert copy.true_peak_dbtp is not None
    assert copy.true_peak_dbtp <= -1.0 + 0.3
    assert (copy.codec, copy.channels, copy.sample_rate_hz) == ("mp3float", 1, 44_100)
    assert copy.duration_s == pytest.approx(info.duration_s, abs=0.05)


def test_hard_claps_are_limited_and_the_loudness_still_holds(tmp_path: Path) -> None:
    sound = 0.25 * speechlike(44_100, 6.0)
    sound[::22_050] = 0.99
    source = encode(tmp_path / "claps.wav", Form("claps.wav", "pcm_s16le"), sound)
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS)
    copy = decode(tmp_path / "copy.mp3", tmp_path / "copy.pcm", SETTINGS)
    assert copy.loudness_lufs == pytest.approx(-16.0, abs=1.0)
    assert copy.true_peak_dbtp is not None
    assert copy.true_peak_dbtp <= -1.0 + 0.3


def test_the_copy_is_not_shifted_against_the_transcript(tmp_path: Path) -> None:
    sound = np.zeros(44_100 * 3)
    sound[44_100 : 44_100 + 2205] = 0.5 * np.sin(2 * np.pi * 500 * np.arange(2205) / 44_100)
    source = encode(tmp_path / "beep.wav", Form("beep.wav", "pcm_s16le"), sound)
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS)
    decode(tmp_path / "copy.mp3", tmp_path / "copy.pcm", SETTINGS)
    begins = [int(np.argmax(np.abs(s) > 0.5 * np.abs(s).max())) for s in map(samples, tmp_path.glob("*.pcm"))]
    assert abs(begins[0] - begins[1]) / RATE_HZ < 0.01


def test_nothing_of_the_sources_tags_is_passed_on(tmp_path: Path) -> None:
    source = encode(tmp_path / "tagged.mp3", Form("tagged.mp3", "libmp3lame"), speechlike(44_100))
    assert b"Nobody else's business" in source.read_bytes()
    info = decode(source, tmp_path / "out.pcm", SETTINGS)
    playback_copy(source, tmp_path / "copy.mp3", info, SETTINGS)
    with av.open(str(tmp_path / "copy.mp3")) as copy:
        assert copy.metadata == {}
    assert b"Nobody" not in (tmp_path / "copy.mp3").read_bytes()


def test_the_copys_bit_rate_is_constant_and_the_settings(tmp_path: Path) -> None:
    pcm = write_pcm(tmp_path / "a.pcm", speechlike(RATE_HZ, 8.0))
    playback_copy_of_pcm(pcm, tmp_path / "copy.mp3", describe_pcm(pcm, SETTINGS), SETTINGS.with_(playback_kbps=64))
    kbps = (tmp_path / "copy.mp3").stat().st_size * 8 / 8.0 / 1000
    assert kbps == pytest.approx(64, rel=0.03)


def test_silence_can_be_copied(tmp_path: Path) -> None:
    pcm = write_pcm(tmp_path / "still.pcm", np.zeros(RATE_HZ))
    playback_copy_of_pcm(pcm, tmp_path / "copy.mp3", describe_pcm(pcm, SETTINGS), SETTINGS)
    assert decode(tmp_path / "copy.mp3", tmp_path / "copy.pcm", SETTINGS).duration_s == pytest.approx(1.0, abs=0.05)


# ---- decoded sound


def test_reading_takes_just_the_stretch(tmp_path: Path) -> None:
    ramp = np.arange(RATE_HZ * 2) / 65536
    with Pcm(write_pcm(tmp_path / "ramp.pcm", ramp)) as sound:
        assert sound.duration_s == 2.0
        stretch = sound.read(0.5, 1.25)
    assert stretch.dtype == np.float32
    assert stretch == pytest.approx(ramp[8000:20000], abs=1e-4)


def test_reading_past_either_end_gives_what_there_is(tmp_path: Path) -> None:
    with Pcm(write_pcm(tmp_path / "a.pcm", np.full(RATE_HZ, 0.5))) as sound:
        assert sound.read(-3.0, 0.5).size == 8000
        assert sound.read(0.75, 9.0).size == 4000
        assert sound.read(5.0, 6.0).size == 0
        assert sound.read(0.6, 0.4).size == 0


def test_blocks_are_the_whole_sound(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).uniform(-0.9, 0.9, RATE_HZ * 2 + 77)
    with Pcm(write_pcm(tmp_path / "a.pcm", noise)) as sound:
        blocks = list(sound.blocks(0.3))
        whole = sound.read(0.0, sound.duration_s)
    assert {b.size for b in blocks[:-1]} == {4800}
    assert np.array_equal(np.concatenate(blocks), whole)


def test_full_scale_stays_within_one(tmp_path: Path) -> None:
    np.array([-32768, 32767], "<i2").tofile(tmp_path / "a.pcm")
    with Pcm(tmp_path / "a.pcm") as sound:
        assert sound.read(0.0, 1.0).tolist() == [-1.0, 32767 / 32768]


def test_missing_decoded_sound_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.pcm cannot be opened"):
        Pcm(tmp_path / "gone.pcm")


# ---- mixing tracks


def test_a_soft_mix_is_the_plain_sum_with_short_tracks_padded(tmp_path: Path) -> None:
    long, short = np.full(RATE_HZ, 0.2), np.full(RATE_HZ // 2, 0.1)
    tracks = [write_pcm(tmp_path / "1.pcm", long), write_pcm(tmp_path / "2.pcm", short)]
    mix(tracks, tmp_path / "mix.pcm")
    mixed = samples(tmp_path / "mix.pcm")
    assert mixed[: RATE_HZ // 2] == pytest.approx(0.3, abs=1e-3)
    assert mixed[RATE_HZ // 2 :] == pytest.approx(0.2, abs=1e-3)


def test_a_loud_mix_is_scaled_and_never_clips(tmp_path: Path) -> None:
    sound = 0.9 * np.sin(2 * np.pi * 220 * np.arange(RATE_HZ * 2) / RATE_HZ)
    tracks = [write_pcm(tmp_path / f"{i}.pcm", sound) for i in range(4)]
    mix(tracks, tmp_path / "mix.pcm")
    mixed = samples(tmp_path / "mix.pcm")
    assert np.abs(mixed).max() == pytest.approx(10 ** (-1 / 20), abs=0.001)
    assert likeness(mixed, sound) > 0.9999


def test_a_mix_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no track"):
        mix([], tmp_path / "mix.pcm")
    assert list(tmp_path.iterdir()) == []


def test_a_mix_with_a_missing_track_leaves_nothing(tmp_path: Path) -> None:
    track = write_pcm(tmp_path / "1.pcm", np.full(100, 0.2))
    with pytest.raises(AudioError, match="cannot be opened"):
        mix([track, tmp_path / "2.pcm"], tmp_path / "mix.pcm")
    assert list(tmp_path.iterdir()) == [track]
