"""Sentences become speech: flite speaks them and says when each phone ends.

A folder of clips holds shards. Shard 7 is `audio007.i16` (16 kHz mono samples, int16, one clip after the other) and
`meta007.jsonl`, a line a clip: `[first sample, samples, text, voice, [[phone, end in seconds], …]]`.
"""

from __future__ import annotations

import functools
import json
import logging
import multiprocessing
import re
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.errors import BadInputError

RATE_HZ = 16_000
VOICES = ("slt", "rms", "awb")  # flite's three voices of recorded speakers, 16 kHz
VOICE_SHARES = (0.4, 0.4, 0.2)  # awb, a Scottish voice, is the easiest of them: it is drawn less often
SLOWEST, FASTEST = 1.18, 0.88  # how far the tempo is stretched
PAUSE = "pau"
SOUNDS = {"mm": "pau m m m m pau", "huh": "pau hh ah ah pau"}  # what flite would spell, as phones
CUT_TAIL, CUT_TAIL_PHONES = "but", 3  # said after a sentence that breaks off, then cut away: the voice does not fall
BROKEN_OFF, LEAST_TO_BREAK = 0.03, 6  # share of the others' sentences that break off; of more than so many words
SHARD_CLIPS = 2_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Clip:
    """One sentence as one voice said it."""

    samples: NDArray[np.int16]  # 16 kHz mono
    text: str
    voice: str
    phones: tuple[tuple[str, float], ...]  # name and end, in seconds from the clip's start

    @property
    def length_s(self) -> float:
        """How long the clip is, with the pauses at its ends."""
        return len(self.samples) / RATE_HZ

    @functools.cached_property
    def spoken(self) -> tuple[tuple[str, float, float], ...]:
        """Name, start and end of every phone that is not a pause."""
        starts = (0.0, *(end_s for _, end_s in self.phones))
        timed = zip(self.phones, starts, strict=False)
        return tuple((name, start_s, end_s) for (name, end_s), start_s in timed if name != PAUSE)


@dataclass(frozen=True)
class Saying:
    """What is to be said, by whom, how slowly (1 is the voice's own tempo)."""

    text: str  # one sentence; with " -" at its end it breaks off
    voice: str
    stretch: float


def plan(own: Sequence[str], others: Sequence[str], seed: int) -> list[Saying]:
    """Decide who says what: every voice says each of our own lines, one voice each of the others."""
    rng = np.random.default_rng(seed)
    said = [(text, voice) for text in own for voice in VOICES]
    said += [(_broken(rng, text), str(rng.choice(VOICES, p=VOICE_SHARES))) for text in others]
    order = rng.permutation(len(said))
    return [Saying(*said[i], stretch=round(float(rng.uniform(FASTEST, SLOWEST)), 2)) for i in order]


def _broken(rng: np.random.Generator, text: str) -> str:
    """A few of the longer sentences break off after some words."""
    words = text.split()
    if len(words) <= LEAST_TO_BREAK or rng.random() >= BROKEN_OFF:
        return text
    return " ".join(words[: rng.integers(3, len(words) - 1)]).rstrip(",.;:!?-") + " -"


def speak(saying: Saying, folder: Path) -> Clip | None:
    """Have flite say one sentence.

    Args:
        saying: the sentence, the voice and the tempo.
        folder: where the sound may lie for a moment.

    Returns:
        The clip, or None where flite's phones and its sound do not belong together.

    Raises:
        BadInputError: flite is not installed.
    """
    wav = folder / "said.wav"
    wav.unlink(missing_ok=True)
    tempo = f"duration_stretch={saying.stretch}"
    written = saying.text.rstrip(" -")
    broken = written != saying.text
    sound = SOUNDS.get(written.strip(".,?!").lower())
    said = ["-p", sound] if sound else ["-t", f"{written} {CUT_TAIL}" if broken else written]
    command = ["flite", "-voice", saying.voice, "--setf", tempo, "-psdur", *said, "-o", str(wav)]
    try:
        printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        with wave.open(str(wav)) as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        timed = [word.rsplit(":", 1) for word in printed.split()]
        clip = Clip(samples, written, saying.voice, tuple((name, float(end)) for name, end in timed))
    except FileNotFoundError as error:
        if error.filename == "flite":
            raise BadInputError(
                "The synthesiser flite is missing: install it (Debian: apt-get install flite)."
            ) from error
        return None
    except (OSError, ValueError, EOFError, wave.Error, subprocess.SubprocessError):
        return None
    if not _plausible(clip):
        return None
    return _broken_off(clip) if broken else clip


def _broken_off(clip: Clip) -> Clip | None:
    """The clip without the word that was said after its own: hard at the end, as a turn that is interrupted."""
    spoken = [i for i, (name, _) in enumerate(clip.phones) if name != PAUSE]
    if len(spoken) <= CUT_TAIL_PHONES:
        return None
    kept = clip.phones[: spoken[-1 - CUT_TAIL_PHONES] + 1]
    return replace(clip, samples=clip.samples[: int(kept[-1][1] * RATE_HZ)], phones=kept)


def _plausible(clip: Clip) -> bool:
    """Flite starts its times again where it finds a second sentence, and now and then prints too few phones."""
    ends_s = [end_s for _, end_s in clip.phones]
    return bool(clip.spoken) and ends_s == sorted(ends_s) and abs(ends_s[-1] - clip.length_s) < 0.1


def _speak_shard(job: tuple[Path, int, list[Saying]]) -> int:
    """Write one shard, if it is not there yet; return how many of its sentences had to be left out."""
    out, number, sayings = job
    meta = out / f"meta{number:03d}.jsonl"
    if meta.exists():
        return 0
    first, rows = 0, []
    with tempfile.TemporaryDirectory() as folder, (out / f"audio{number:03d}.i16").open("wb") as audio:
        for saying in sayings:
            clip = speak(saying, Path(folder))
            if clip is None:
                continue
            audio.write(clip.samples.tobytes())
            rows.append(json.dumps([first, len(clip.samples), clip.text, clip.voice, clip.phones]))
            first += len(clip.samples)
    unfinished = meta.with_suffix(".part")
    unfinished.write_text("\n".join(rows) + "\n", encoding="utf-8")
    unfinished.replace(
        meta
    )  # a shard with its list is a finished shard: after an interruption only the others are made
    return len(sayings) - len(rows)


def synthesise(sayings: Sequence[Saying], out: Path, processes: int) -> None:
    """Speak all sentences into shards; what an earlier, interrupted run finished is kept.

    Args:
        sayings: what is said; the same list gives the same shards, however many processes work.
        out: the folder of clips.
        processes: how many sentences are spoken at a time.
    """
    out.mkdir(parents=True, exist_ok=True)
    parts = [list(sayings[i : i + SHARD_CLIPS]) for i in range(0, len(sayings), SHARD_CLIPS)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for number, left_out in enumerate(pool.imap(_speak_shard, [(out, i, part) for i, part in enumerate(parts)])):
            log.info("shard %d of %d is there; %d sentences were left out", number + 1, len(parts), left_out)


def read_clips(folder: Path) -> Iterator[Clip]:
    """Read a folder of clips in its order; the samples stay on disk until they are used.

    Raises:
        BadInputError: there are no shards in the folder.
    """
    lists = sorted(folder.glob("meta*.jsonl"))
    if not lists:
        raise BadInputError(f"There are no clips in {folder}: make some with the sub-command synthesise.")
    for meta in lists:
        shard = np.memmap(meta.with_name(re.sub("^meta", "audio", meta.stem) + ".i16"), np.int16, "r")
        for line in meta.read_text(encoding="utf-8").splitlines():
            first, count, text, voice, phones = json.loads(line)
            yield Clip(shard[first : first + count], text, voice, tuple((name, end_s) for name, end_s in phones))
