"""The sample show as it was written, with the time of every word: what recognition is measured against."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

EPISODES = Path(__file__).resolve().parent.parent / "episodes"


@dataclass(frozen=True, slots=True)
class SaidWord:
    """One word of the script."""

    text: str
    start_s: float
    speaker: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One episode of the sample show."""

    name: str
    folder: Path
    audio: Path
    tracks: tuple[tuple[str, Path], ...]
    turns: tuple[dict[str, Any], ...]
    moments: tuple[dict[str, Any], ...]
    voices: tuple[tuple[str, str], ...]  # (name, role) in the order of first words


def samples() -> tuple[Sample, ...]:
    """The episodes, in order."""
    return tuple(_sample(path.parent) for path in sorted(EPISODES.glob("*/episode.toml")))


def _sample(folder: Path) -> Sample:
    about = tomllib.loads((folder / "episode.toml").read_text())
    rows = [json.loads(line) for line in (folder / "script.jsonl").read_text().splitlines()]
    return Sample(
        name=folder.name,
        folder=folder,
        audio=folder / about["audio"],
        tracks=tuple((v["name"], folder / v["track"]) for v in about["voices"] if "track" in v),
        turns=tuple(r for r in rows if r["kind"] == "turn"),
        moments=tuple(r for r in rows if r["kind"] == "moment"),
        voices=tuple((v["name"], v["role"]) for v in about["voices"]),
    )


def said_words(sample: Sample) -> tuple[SaidWord, ...]:
    """Every word of an episode with the time at which it begins, by the synthesiser's own phone times.

    flite prints the phones of a sentence, not its words. So each word is also spoken alone, and the phones of the words
    in a row are laid against those of the sentence (least edits); a word begins where its first phone does. Turns are
    placed by script.jsonl, sentences in them by speaking them again with the same dice as make_audio.py.
    """
    maker = _maker()
    script = maker.read_script(sample.folder / "script.txt")
    slug = tomllib.loads((sample.folder / "episode.toml").read_text())["slug"]
    words: list[SaidWord] = []
    for index, (line, turn) in enumerate(zip(script.lines, sample.turns, strict=True)):
        dice = np.random.default_rng([zlib.crc32(slug.encode()), index])
        if index:  # the dice that decided the gap before this turn come first
            maker._gap_s(script.lines[index - 1], line, script.gaps_s, dice)
        stretch = line.speaker.stretch * line.stretch * (1 + dice.uniform(-0.04, 0.04))
        at_s = turn["start_s"]
        for sentence, directed_s in maker.pieces(line.text):
            length_s, starts = _sentence(sentence, line.speaker.flite, round(stretch, 3))
            words += [SaidWord(text, at_s + start_s, line.speaker.name) for text, start_s in starts]
            own_s = maker.SENTENCE_PAUSE_S.get(sentence[-1], 0.2) * dice.uniform(0.8, 1.2)
            at_s += length_s + (own_s if directed_s is None else directed_s)
    return tuple(words)


@functools.cache
def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_audio", EPISODES / "make_audio.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_audio"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@functools.cache
def _sentence(sentence: str, voice: str, stretch: float) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Length in seconds from first to last phone, and each word with its start from the first phone on."""
    maker = _maker()
    broken = sentence.endswith("-")
    bare = sentence.rstrip(" -").rstrip("…")
    words = re.findall(r"[A-Za-z][A-Za-z'’]*", bare)
    if maker.SOUNDS.get(bare.strip(".,?!").lower()):
        phones = _phones(voice, stretch, "-p", maker.SOUNDS[bare.strip(".,?!").lower()])
        return phones[-1][2] - phones[0][1], ((words[0], 0.0),) if words else ()
    text = f"{bare} {maker.CUT_TAIL}" if broken else bare + ("," if sentence.endswith("…") else "")
    phones = _phones(voice, stretch, "-t", text)
    if broken:
        phones = phones[: -maker.CUT_TAIL_PHONES]
    alone = [[name for name, _, _ in _phones(voice, 1.0, "-t", word)] for word in words]
    first_of = _lay([p for word in alone for p in word], [name for name, _, _ in phones])
    starts, at = [], 0
    for word, own in zip(words, alone, strict=True):
        starts.append((word, phones[first_of[min(at, len(first_of) - 1)]][1] - phones[0][1]))
        at += len(own)
    return phones[-1][2] - phones[0][1], tuple(starts)


@functools.cache
def _phones(voice: str, stretch: float, *what: str) -> tuple[tuple[str, float, float], ...]:
    """(phone, start_s, end_s) of what flite says, without silences."""
    command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.3f}", "-psdur", *what, "-o", "none"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found, before_s = [], 0.0
    for name, end in re.findall(r"([a-z]+):(\d+\.\d+)", printed):
        if name != "pau":
            found.append((name, before_s, float(end)))
        before_s = float(end)
    return tuple(found)


def _lay(words: list[str], sentence: list[str]) -> list[int]:
    """For each phone of the words, the phone of the sentence that it lies on (Levenshtein, then traced back)."""
    cost = np.zeros((len(words) + 1, len(sentence) + 1))
    cost[:, 0], cost[0, :] = np.arange(len(words) + 1), np.arange(len(sentence) + 1)
    for i, a in enumerate(words, 1):
        for j, b in enumerate(sentence, 1):
            cost[i, j] = min(cost[i - 1, j - 1] + (a != b), cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    place, i, j = [0] * len(words), len(words), len(sentence)
    while i > 0:
        if j > 0 and cost[i, j] == cost[i - 1, j - 1] + (words[i - 1] != sentence[j - 1]):
            i, j = i - 1, j - 1
            place[i] = j
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            place[i] = min(j, len(sentence) - 1)
        else:
            j -= 1
    return place
