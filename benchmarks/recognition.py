"""The bundled recogniser by itself: sentences it never heard, sounds without speech, real people, and a peer.

The sentences are the 500 of `training/recogniser/held_out.txt`, written by the project and never trained on, spoken by
each of the three voices that the model knows at tempi from 0.9 to 1.15.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from benchmarks.english import normalised
from benchmarks.peer_transformers import peer_table
from companion.config import Settings
from companion.transcribe import Recogniser, plan_chunks, voice_activity
from companion.transcribe.voice import longest_chunk_s
from companion.types import SAMPLE_RATE_HZ, Chunk, ChunkText, TranscribeOptions
from training.recogniser import rooms
from training.recogniser.corpus import HELD_OUT
from training.recogniser.synthesise import VOICES, Clip, Saying, speak

TEMPI = (0.9, 1.15)  # duration of the voice's own: less is faster
SEED = 20_261_124
IN_ROOMS = 100  # sentences a voice that are also heard in each room
NOBODY_S = 60
PEOPLE = Path(__file__).resolve().parents[2] / "shared" / "speech"  # other people's recordings; not needed
Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Array:
    """Sound in memory, as the stages read it."""

    samples: Sound

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE_HZ

    def read(self, start_s: float, end_s: float) -> Sound:
        """The samples between two times."""
        return self.samples[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]


def run() -> list[Table]:
    """Measures all of it."""
    settings = Settings.load(environ={})
    recogniser = Recogniser(TranscribeOptions("bundled", cpu_threads=settings.cpu_threads), settings.models_folder)
    clips = held_out_clips()
    heard = [hear_clip(recogniser, clip) for clip in clips]
    return [
        _by_kind(clips, heard),
        _by_room(recogniser, clips),
        _nobody(recogniser),
        *_people(recogniser),
        *peer_table(settings.cpu_threads),
    ]


# ---- sentences


def held_out_clips() -> list[Clip]:
    """Every held-out sentence in every voice, at a tempo drawn by a fixed seed."""
    rng = np.random.default_rng(SEED)
    lines = HELD_OUT.read_text(encoding="utf-8").splitlines()
    sayings = [Saying(line, voice, round(float(rng.uniform(*TEMPI)), 3)) for line in lines for voice in VOICES]

    def said(saying: Saying) -> Clip | None:
        with tempfile.TemporaryDirectory() as folder:
            return speak(saying, Path(folder))

    with ThreadPoolExecutor(2) as pool:
        return [clip for clip in pool.map(said, sayings) if clip is not None]


def hear_clip(recogniser: Recogniser, clip: Clip, room: Callable[[Sound], Sound] = lambda sound: sound) -> str:
    """What is recognised in one sentence, as the companion recognises: chunks by voice activity."""
    sound = room(clip.samples.astype(np.float32) / 32768)
    return " ".join(word.text for text in hear(recogniser, sound) for word in text.words)


def hear(recogniser: Recogniser, sound: Sound) -> list[ChunkText]:
    """All chunks of a sound; none where the companion hears no voice."""
    samples = Array(sound)
    speech = voice_activity(samples, longest_chunk_s(recogniser.window_s))
    chunks = plan_chunks(speech, samples.duration_s, recogniser.window_s)
    return [recogniser.recognise(chunk, samples.read(chunk.start_s, chunk.end_s)) for chunk in chunks]


def errors(pairs: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Wrong, missing and invented words; words that were said."""
    said, heard = zip(*((" ".join(normalised(a)), " ".join(normalised(b))) for a, b in pairs), strict=True)
    kept = [(a, b) for a, b in zip(said, heard, strict=True) if a]
    measured = jiwer.process_words([a for a, _ in kept], [b for _, b in kept])
    return measured.substitutions + measured.deletions + measured.insertions, sum(len(a.split()) for a, _ in kept)


def _row(table: Table, name: str, pairs: Sequence[tuple[str, str]]) -> None:
    wrong, words = errors(pairs)
    table.add_row(name, str(len(pairs)), str(words), f"{100 * wrong / words:.1f} %")


def _table(title: str) -> Table:
    table = Table(title=title)
    for column in ("", "sentences", "words", "word error rate"):
        table.add_column(column, justify="right" if column else "left")
    return table


def _by_kind(clips: Sequence[Clip], heard: Sequence[str]) -> Table:
    table = _table("500 held-out sentences in each voice, one at a time, tempo 0.9 to 1.15")
    pairs = [(clip, (clip.text, text)) for clip, text in zip(clips, heard, strict=True)]
    _row(table, "all", [pair for _, pair in pairs])
    for voice in VOICES:
        _row(table, voice, [pair for clip, pair in pairs if clip.voice == voice])
    for name, least, most in (("1-4 words", 1, 4), ("5-12 words", 5, 12), ("13 words and more", 13, 99)):
        _row(table, name, [pair for clip, pair in pairs if least <= len(clip.text.split()) <= most])
    return table


def _by_room(recogniser: Recogniser, clips: Sequence[Clip]) -> Table:
    table = _table(f"The first {IN_ROOMS} sentences in each voice, in rooms and on microphones that we simulate")
    rng = np.random.default_rng(SEED)

    def noisy(decibels: float) -> Callable[[Sound], Sound]:
        def add(sound: Sound) -> Sound:
            level = float(np.sqrt(np.mean(sound**2))) * 10 ** (-decibels / 20)
            return (sound + rooms.noise(rng, len(sound)) * np.float32(level)).astype(np.float32)

        return add

    kinds: dict[str, Callable[[Sound], Sound]] = {
        "as it is": lambda sound: sound,
        "noise 20 dB below": noisy(20),
        "noise 10 dB below": noisy(10),
        "telephone, 300 to 3,400 Hz": lambda sound: rooms.band(sound, *rooms.TELEPHONE_HZ),
        "mp3 or opus at a low rate": lambda sound: rooms.coded(rng, sound),
        "a room, 0.3 s": lambda sound: rooms.reverberated(sound, 0.3, 0.3, rng),
        "a tenth of the level": lambda sound: sound * np.float32(0.1),
    }
    chosen = clips[: IN_ROOMS * len(VOICES)]
    for name, room in kinds.items():
        _row(table, name, [(clip.text, hear_clip(recogniser, clip, room)) for clip in chosen])
    return table


# ---- nobody, and people


def _nobody(recogniser: Recogniser) -> Table:
    table = Table(title=f"{NOBODY_S} seconds in which nobody speaks: words that are left after the companion's checks")
    for column in ("sound", "stretches taken for speech", "words", "of them in flagged chunks"):
        table.add_column(column, justify="left" if column == "sound" else "right")
    rng, samples = np.random.default_rng(SEED), NOBODY_S * SAMPLE_RATE_HZ
    sounds = {
        "silence": np.zeros(samples, np.float32),
        "white noise": rng.standard_normal(samples).astype(np.float32) * np.float32(0.05),
        "hum": rooms.hum(rng, samples) * np.float32(0.1),
        "music": rooms.music(rng, samples) * np.float32(0.1),
        "laughter": rooms.laughter(rng, samples) * np.float32(0.1),
    }
    for name, sound in sounds.items():
        texts = hear(recogniser, sound)
        words = sum(len(text.words) for text in texts)
        table.add_row(name, str(len(texts)), str(words), str(sum(len(text.words) for text in texts if text.flags)))
    return table


def _people(recogniser: Recogniser) -> list[Table]:
    """Real people, whom the model does not know: how wrong it is, and whether the companion notices."""
    if not PEOPLE.is_dir():
        return []
    table = Table(title="Real people, whom the bundled recogniser does not know")
    for column in ("recording", "words", "word error rate", "chunks", "of them flagged"):
        table.add_column(column, justify="left" if column == "recording" else "right")
    pairs, chunks, flagged = [], 0, 0
    for reference in sorted(PEOPLE.glob("ami_*.ref.json")):
        said = " ".join(word["word"] for word in json.loads(reference.read_text())["words"])
        texts = hear(recogniser, decoded(reference.with_name(reference.name.replace(".ref.json", ".wav"))))
        pairs.append((said, " ".join(word.text for text in texts for word in text.words)))
        spoken = [text for text in texts if text.words]
        chunks, flagged = chunks + len(spoken), flagged + sum(bool(text.flags) for text in spoken)
    wrong, words = errors(pairs)
    table.add_row(
        f"{len(pairs)} clips of meetings, 30 s each",
        str(words),
        f"{100 * wrong / words:.0f} %",
        str(chunks),
        f"{100 * flagged / max(1, chunks):.0f} %",
    )
    return [table]


def decoded(path: Path) -> Sound:
    """A recording as mono sound at 16 kHz."""
    from faster_whisper.audio import decode_audio

    sound: Sound = decode_audio(str(path), SAMPLE_RATE_HZ)
    return sound


def whole(sound: Sound) -> Chunk:
    """A sound as one chunk."""
    length_s = len(sound) / SAMPLE_RATE_HZ
    return Chunk(index=0, start_s=0.0, end_s=length_s, voiced_s=length_s)
