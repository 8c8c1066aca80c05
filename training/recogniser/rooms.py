"""Rooms and microphones that we simulate, and what sounds where nobody speaks.

Every function takes and gives mono sound at `RATE_HZ`: shape (samples,), float32, in [-1, 1].
"""

from __future__ import annotations

import io

import av
import numpy as np
from numpy.typing import NDArray

from training.recogniser.synthesise import RATE_HZ

Sound = NDArray[np.float32]
TELEPHONE_HZ = (300.0, 3_400.0)
REVERBERATION_S = (0.1, 0.35)  # time in which the room's answer falls by 60 dB
CODECS = (("mp3", "libmp3lame", 24_000, (24_000, 48_000)), ("ogg", "libopus", 24_000, (12_000, 32_000)))


def heard_in_a_room(rng: np.random.Generator, sound: Sound) -> Sound:
    """Put speech through a room and a microphone drawn by chance; a third of the sounds stay as they are."""
    if rng.random() < 0.33:
        return sound
    if rng.random() < 0.25:
        sound = reverberated(sound, float(rng.uniform(*REVERBERATION_S)), float(rng.uniform(0.05, 0.3)), rng)
    if rng.random() < 0.12:
        sound = band(sound, *TELEPHONE_HZ)
    elif rng.random() < 0.2:
        sound = tilted(sound, float(rng.uniform(-4, 4)))
    if rng.random() < 0.6:
        sound = sound + noise(rng, len(sound)) * np.float32(10 ** rng.uniform(-4.5, -2.2))
    if rng.random() < 0.1:
        sound = coded(rng, sound)
    if rng.random() < 0.1:
        sound = np.clip(sound * np.float32(rng.uniform(1, 3)), -0.7, 0.7)
    return sound.astype(np.float32)


def nobody_speaks(rng: np.random.Generator, samples: int) -> Sound:
    """Silence, noise, a hum, music or laughter, at any level."""
    kind = rng.integers(5)
    if kind == 0:
        return np.zeros(samples, np.float32)
    sound = (noise, hum, music, laughter)[kind - 1](rng, samples)
    return (sound * np.float32(10 ** rng.uniform(-3, -0.5))).astype(np.float32)


def reverberated(sound: Sound, falls_s: float, share: float, rng: np.random.Generator) -> Sound:
    """The sound with a room's answer: noise falling by 60 dB in `falls_s`, at `share` of the direct sound's level."""
    answer = rng.standard_normal(int(falls_s * RATE_HZ)) * 10 ** (-3 * np.linspace(0, 1, int(falls_s * RATE_HZ)))
    answer *= share / np.sqrt(np.sum(answer**2))
    answer[0] = 1.0
    size = 1 << int(len(sound) + len(answer)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(answer, size), size)
    return wet[: len(sound)].astype(np.float32)


def band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    """Only what lies between two frequencies, as a telephone lets through."""
    spectrum = np.fft.rfft(sound)
    at_hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    gain = 1 / (1 + (low_hz / np.maximum(at_hz, 1)) ** 8) / (1 + (at_hz / high_hz) ** 16)
    return np.fft.irfft(spectrum * gain, len(sound)).astype(np.float32)


def tilted(sound: Sound, db_per_octave: float) -> Sound:
    """Brighter or darker, by so many decibels an octave around 1 kHz."""
    at_hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    octaves = np.log2(np.clip(at_hz, 60, None) / 1000)
    return np.fft.irfft(np.fft.rfft(sound) * 10 ** (db_per_octave * octaves / 20), len(sound)).astype(np.float32)


def coded(rng: np.random.Generator, sound: Sound) -> Sound:
    """The sound after a lossy codec at a low rate. It comes back a few milliseconds late, as codecs do."""
    container, codec, rate_hz, bits_per_s = CODECS[rng.integers(len(CODECS))]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate_hz, layout="mono", bit_rate=int(rng.integers(*bits_per_s)))
        frame = av.AudioFrame.from_ndarray((np.clip(sound, -1, 1) * 32767).astype(np.int16)[None], "s16", "mono")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate_hz, frame_size=stream.frame_size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            part.pts = None
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    file.seek(0)
    back = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    with av.open(file) as source:
        frames = [f for part in source.decode(audio=0) for f in back.resample(part)] + back.resample(None)
    heard = np.concatenate([f.to_ndarray()[0] for f in frames]).astype(np.float32) / 32768
    return np.pad(heard, (0, max(0, len(sound) - len(heard))))[: len(sound)]


def noise(rng: np.random.Generator, samples: int) -> Sound:
    """White, pink or brown noise with an RMS of 1."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** rng.choice([0.0, 0.5, 1.0])
    return _level(np.fft.irfft(spectrum, samples))


def hum(rng: np.random.Generator, samples: int) -> Sound:
    """A mains hum or a machine: a low tone with its harmonics."""
    at_s = np.arange(samples) / RATE_HZ
    base_hz = rng.uniform(45, 130)
    return _level(sum(np.sin(2 * np.pi * base_hz * k * at_s + rng.uniform(0, 6)) / k for k in range(1, 8)))


def music(rng: np.random.Generator, samples: int) -> Sound:
    """Chords of plucked or held notes, sometimes with a beat."""
    sound = np.zeros(samples)
    step = int(rng.uniform(0.15, 0.8) * RATE_HZ)
    falls = rng.uniform(0.5, 6)
    root_hz = rng.uniform(110, 330)
    for start in range(0, samples, step):
        at_s = np.arange(min(step * 2, samples - start)) / RATE_HZ
        for semitones in rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 16], rng.integers(1, 4)):
            tone_hz = root_hz * 2 ** (semitones / 12)
            note = sum(np.sin(2 * np.pi * tone_hz * k * at_s) / k**1.5 for k in range(1, 6))
            sound[start : start + len(at_s)] += note * np.exp(-falls * at_s)
    if rng.random() < 0.4:
        beat = np.exp(-np.arange(step) / (0.03 * RATE_HZ))
        sound += np.resize(beat, samples) * rng.standard_normal(samples)
    return _level(sound)


def laughter(rng: np.random.Generator, samples: int) -> Sound:
    """Bursts of breath and voice, four to six a second, that fall in pitch and level, as laughter does."""
    sound = np.zeros(samples)
    at = 0
    while at < samples:
        pitch_hz, rate_hz = rng.uniform(150, 450), rng.uniform(4, 6)
        for k in range(int(rng.integers(3, 9))):
            size = int(RATE_HZ / rate_hz)
            if at + size > samples:
                return _level(sound)
            at_s = np.arange(size) / RATE_HZ
            tone_hz = pitch_hz * 0.96**k
            voice = sum(np.sin(2 * np.pi * tone_hz * j * at_s) / j for j in range(1, 12))
            burst = (voice + rng.standard_normal(size)) * np.hanning(size) ** 1.5
            sound[at : at + size] = burst * 0.88**k
            at += size
        at += int(rng.uniform(0.1, 1.5) * RATE_HZ)
    return _level(sound)


def _level(sound: NDArray[np.float64]) -> Sound:
    return (sound / max(1e-9, float(np.sqrt(np.mean(sound**2))))).astype(np.float32)
