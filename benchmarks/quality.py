"""How well the sample show is heard: words, their times, voices, moments.

The recogniser and the tagger never saw the scripts. The figures for voices are kind: that stage was tried on these
episodes, among others, while it was built.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import jiwer
from rich.table import Table

from benchmarks.show import SaidWord, Sample, said_words, samples
from companion.config import Settings
from companion.pipeline import hear_files, meet
from companion.types import EpisodeFiles, Moment, Role, TrackFile, TranscribeOptions, Transcript

FRAME_S = 0.01
COLUMNS = (
    "episode",
    "words",
    "word error rate",
    "start error, median",
    "95 %",
    "right speaker, N=3",
    "right speaker, tracks",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One episode, recognised."""

    sample: Sample
    clustered: Transcript
    by_tracks: Transcript | None
    words: tuple[SaidWord, ...]


def run() -> list[Table]:
    """Hears the sample show and measures."""
    settings = Settings.load(environ={})
    heard = [_hear(sample, settings) for sample in samples()]
    return [_words_table(heard), _moments_table(heard)]


def _hear(sample: Sample, settings: Settings) -> Heard:
    options = TranscribeOptions(model="bundled", cpu_threads=settings.cpu_threads)
    mixed = hear_files(EpisodeFiles(sample.name, audio=sample.audio, speakers=3), options, settings)
    tracks = tuple(TrackFile(name, path) for name, path in sample.tracks)
    exact = hear_files(EpisodeFiles(sample.name, tracks=tracks), options, settings) if tracks else None
    return Heard(sample, mixed, exact, said_words(sample))


# ---- words and voices


def normalised(text: str) -> list[str]:
    """Words as they are compared: lower case, letters and apostrophes only, hyphens apart."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'").replace("-", " "))


def _words_table(heard: Sequence[Heard]) -> Table:
    table = Table(title="The bundled recogniser on the sample show (scripts are the reference)")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "episode" else "right")
    for one in heard:
        wrong, total = word_errors(one)
        starts = start_errors(one)
        table.add_row(
            one.sample.name,
            str(total),
            f"{100 * wrong / total:.1f} %",
            f"{1000 * statistics.median(starts):.0f} ms",
            f"{1000 * statistics.quantiles(starts, n=20)[-1]:.0f} ms",
            f"{100 * right_speaker(one.sample, one.clustered):.1f} %",
            f"{100 * right_speaker(one.sample, one.by_tracks):.1f} %" if one.by_tracks else "",
        )
    return table


def word_errors(one: Heard) -> tuple[int, int]:
    """Wrong, missing and invented words, and the number of words of the script."""
    reference = " ".join(w for t in one.sample.turns for w in normalised(t["text"]))
    found = " ".join(w for s in one.clustered.segments for w in normalised(s.text))
    measured = jiwer.process_words(reference, found)
    return measured.substitutions + measured.deletions + measured.insertions, len(reference.split())


def start_errors(one: Heard) -> list[float]:
    """How far off, in seconds, the start of every word is that was recognised right."""
    said = [(w, s.start_s) for s in one.words for w in normalised(s.text)[:1]]
    found = [(n, w.start_s) for s in one.clustered.segments for w in s.words for n in normalised(w.text)[:1]]
    measured = jiwer.process_words(" ".join(w for w, _ in said), " ".join(w for w, _ in found))
    errors = []
    for part in measured.alignments[0]:
        if part.type == "equal":
            pairs = zip(
                range(part.ref_start_idx, part.ref_end_idx), range(part.hyp_start_idx, part.hyp_end_idx), strict=True
            )
            errors += [abs(said[i][1] - found[j][1]) for i, j in pairs]
    return errors


def right_speaker(sample: Sample, transcript: Transcript) -> float:
    """Share of the speech time, in frames of 10 ms, that is given to the right speaker under the best naming."""
    names = [name for name, _ in sample.voices]
    length = int(transcript.duration_s / FRAME_S) + 1
    truth, guess = [None] * length, [None] * length
    for turn in sample.turns:
        _paint(truth, turn["start_s"], turn["end_s"], turn["speaker"])
    for segment in transcript.segments:
        _paint(guess, segment.start_s, segment.end_s, segment.speaker)
    pairs = Counter((t, g) for t, g in zip(truth, guess, strict=True) if t and g)
    labels = sorted({g for _, g in pairs})
    best = max(sum(pairs[n, g] for n, g in zip(order, labels, strict=False)) for order in permutations(names))
    return best / sum(pairs.values())


def _paint(frames: list[Any], start_s: float, end_s: float, name: str | None) -> None:
    first, last = max(0, int(start_s / FRAME_S)), min(len(frames), int(end_s / FRAME_S))
    frames[first:last] = [name] * (last - first)


# ---- moments


def _moments_table(heard: Sequence[Heard]) -> Table:
    table = Table(title="Moments (a hit overlaps the marked one by half and has the right two speakers)")
    for name in ("episode", "marked", "found", "hits", "precision", "recall"):
        table.add_column(name, justify="left" if name == "episode" else "right")
    sums = [0, 0, 0]
    for one in heard:
        found = find(one)
        hits = matched(one.sample.moments, found)
        numbers = [len(one.sample.moments), len(found), hits]
        sums = [a + b for a, b in zip(sums, numbers, strict=True)]
        table.add_row(one.sample.name, *map(str, numbers), *_shares(*numbers))
    table.add_row("all", *map(str, sums), *_shares(*sums), style="bold")
    return table


def find(one: Heard) -> tuple[Moment, ...]:
    """The moments of an episode, with the voices named by a person in the order of their first words."""
    labels = list(dict.fromkeys(s.speaker for s in one.clustered.segments if s.speaker))
    names = dict(zip(labels, one.sample.voices, strict=False))
    roles = {label: Role(role) for label, (_, role) in names.items()}
    moments = meet(one.clustered, roles).moments
    return tuple(_renamed(m, {label: name for label, (name, _) in names.items()}) for m in moments)


def _renamed(moment: Moment, names: dict[str, str]) -> Moment:
    return replace(
        moment,
        validating_speaker=names[moment.validating_speaker],
        validated_speaker=names[moment.validated_speaker],
    )


def matched(marked: Sequence[dict[str, Any]], found: Sequence[Moment]) -> int:
    """How many marked moments are hit, each by another found one."""
    left, hits = list(found), 0
    for m in marked:
        hit = next((f for f in left if _hits(m, f)), None)
        if hit is not None:
            left.remove(hit)
            hits += 1
    return hits


def _hits(marked: dict[str, Any], found: Moment) -> bool:
    overlap_s = min(marked["end_s"], found.end_s) - max(marked["start_s"], found.start_s)
    return (
        overlap_s >= 0.5 * (marked["end_s"] - marked["start_s"])
        and found.validating_speaker == marked["validating_speaker"]
        and found.validated_speaker == marked["validated_speaker"]
    )


def _shares(marked: int, found: int, hits: int) -> tuple[str, str]:
    return (f"{hits / found:.2f}" if found else "-", f"{hits / marked:.2f}" if marked else "-")
