"""Clustering and tracks with voices: synthetic ones made on the spot, and people's from the folder of peer data."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
import wave
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from companion.speakers import SpokenWord, cluster, estimate_speakers, to_segments, to_turns, words_of_tracks
from companion.types import SAMPLE_RATE_HZ, Word

Samples = NDArray[np.float32]
Dialogue = tuple[list[Word], list[str], "Sound"]

LINES = (
    "I waited for you in the car until the windows were white.",
    "You could have knocked. I was two doors away the whole time.",
    "It was never about the dinner, and I think you know that.",
    "When you go quiet like this I start counting the tiles.",
    "My mother kept every letter that he ever sent to her.",
    "We said Thursday. I wrote it on the calendar in the hall.",
    "Give me a minute, please. I want to say this properly.",
    "Nobody asked how the drive was, and it was four hours long.",
    "I like it when you sing in the kitchen, even the wrong words.",
    "What happens in you when the door closes behind him?",
)
SHORT = ("Mm.", "Yeah.", "Right.", "Okay.", "Say more.", "I know.", "Really?", "Go on.")


class Sound:
    """Sound in memory."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def read(self, start_s: float, end_s: float) -> Samples:
        first = max(0, round(start_s * SAMPLE_RATE_HZ))
        return self.samples[first : max(first, round(end_s * SAMPLE_RATE_HZ))]


@pytest.fixture(scope="session")
def say(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Samples]:
    """Speaks a line with one of flite's voices, without the silence around it, all equally loud."""
    if shutil.which("flite") is None:
        pytest.skip("the program flite is not installed")
    path = tmp_path_factory.mktemp("flite") / "line.wav"

    @cache
    def spoken(voice: str, text: str) -> Samples:
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=60)
        with wave.open(str(path)) as file:
            assert file.getframerate() == SAMPLE_RATE_HZ
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        samples = samples[loud[0] : loud[-1]]
        return np.asarray(0.08 * samples / np.sqrt(np.mean(samples**2)), np.float32)

    return spoken


def dialogue(
    say: Callable[[str, str], Samples],
    voices: Sequence[str],
    gaps_s: tuple[float, float],
    *,
    turns: int = 36,
    short: float = 0.35,
    noise_db: float = 45.0,
    seed: int = 1,
) -> Dialogue:
    """Turns in random order: words (a line's time shared out by their letters), who said each, and the sound."""
    dice = random.Random(seed)
    pieces, words, who, at_s, voice = [np.zeros(SAMPLE_RATE_HZ // 2, np.float32)], [], [], 0.5, ""
    for _ in range(turns):
        voice = dice.choice([v for v in voices if v != voice])
        text = dice.choice(SHORT if dice.random() < short else LINES)
        sound = say(voice, text)
        gap = np.zeros(round(dice.uniform(*gaps_s) * SAMPLE_RATE_HZ), np.float32)
        for word in spread(text, at_s, at_s + len(sound) / SAMPLE_RATE_HZ):
            words.append(word)
            who.append(voice)
        pieces += [sound, gap]
        at_s += (len(sound) + len(gap)) / SAMPLE_RATE_HZ
    samples = np.concatenate(pieces)
    hiss = np.random.default_rng(seed).normal(0, 0.08 * 10 ** (-noise_db / 20), len(samples))
    return words, who, Sound((samples + hiss).astype(np.float32))


def spread(text: str, start_s: float, end_s: float) -> list[Word]:
    """A line's words, each as long as its letters."""
    texts = text.split()
    ends = np.cumsum([len(t) + 1 for t in texts]) / sum(len(t) + 1 for t in texts)
    starts = [0.0, *ends[:-1]]
    length_s = end_s - start_s
    return [
        Word(start_s + float(a) * length_s, start_s + float(b) * length_s, t, 0.9)
        for t, a, b in zip(texts, starts, ends, strict=True)
    ]


def share_right(found: Sequence[SpokenWord], who: Sequence[str]) -> float:
    """Share of speech time given to the right speaker, by the best matching of labels to people."""
    together: Counter[tuple[str, str]] = Counter()
    for spoken, person in zip(found, who, strict=True):
        together[spoken.speaker, person] += spoken.word.end_s - spoken.word.start_s
    labels, people = sorted({s.speaker for s in found}), sorted(set(who))
    labels += [""] * (len(people) - len(labels))
    best = max(
        sum(together[label, person] for label, person in zip(order, people, strict=False))
        for order in itertools.permutations(labels)
    )
    return best / sum(together.values())


# ---- synthetic voices


@pytest.mark.parametrize(("voices", "seed"), [(("slt", "rms", "awb"), 1), (("kal16", "rms", "awb"), 2)])
def test_three_voices_with_short_turns_are_told_apart(
    say: Callable[[str, str], Samples], voices: Sequence[str], seed: int
) -> None:
    words, who, sound = dialogue(say, voices, (0.1, 0.6), seed=seed)
    assert share_right(cluster(words, sound, 3), who) >= 0.95


def test_interruptions_after_twenty_to_eighty_milliseconds_are_found(say: Callable[[str, str], Samples]) -> None:
    words, who, sound = dialogue(say, ("rms", "awb"), (0.02, 0.08), noise_db=20)
    bare = [Word(w.start_s, w.end_s, w.text.rstrip(".?"), w.probability) for w in words]
    assert share_right(cluster(bare, sound, 2), who) >= 0.95


def test_hissing_talk_of_mostly_short_turns_is_told_apart(say: Callable[[str, str], Samples]) -> None:
    words, who, sound = dialogue(say, ("slt", "rms", "awb"), (0.05, 0.3), turns=60, short=0.6, noise_db=15)
    assert share_right(cluster(words, sound, 3), who) >= 0.95


def test_voices_are_numbered_in_the_order_of_first_speech(say: Callable[[str, str], Samples]) -> None:
    words, _, sound = dialogue(say, ("slt", "rms", "awb"), (0.1, 0.6))
    found = cluster(list(reversed(words)), sound, 3)
    assert list(dict.fromkeys(s.speaker for s in found)) == ["Voice 1", "Voice 2", "Voice 3"]
    assert [s.word for s in found] == words


def test_the_same_sound_gives_the_same_voices(say: Callable[[str, str], Samples]) -> None:
    words, _, sound = dialogue(say, ("slt", "rms"), (0.1, 0.6))
    assert cluster(words, sound, 2) == cluster(words, sound, 2)


def test_a_short_word_is_less_sure_than_a_long_line(say: Callable[[str, str], Samples]) -> None:
    words, _, sound = dialogue(say, ("slt", "rms"), (0.3, 0.6), noise_db=20)
    found = cluster(words, sound, 2)
    sure = {text: [s.confidence for s in found if s.word.text == text] for text in ("Mm.", "Thursday.")}
    assert np.mean([c for c in sure["Mm."] if c is not None]) < np.mean([c for c in sure["Thursday."] if c is not None])


def test_the_number_of_clear_voices_is_estimated(say: Callable[[str, str], Samples]) -> None:
    words, _, sound = dialogue(say, ("slt", "rms", "awb"), (0.1, 0.6), short=0.2, noise_db=40)
    assert estimate_speakers(words, sound) == 3


def test_turns_come_out_of_a_mixed_recording_whole(say: Callable[[str, str], Samples]) -> None:
    words, who, sound = dialogue(say, ("slt", "awb"), (0.1, 0.6))
    turns = to_turns(to_segments(cluster(words, sound, 2)), {})
    assert len(turns) == len([k for k in range(len(who)) if k == 0 or who[k] != who[k - 1]])


# ---- people


def load(path: Path) -> Samples:
    """All channels as they are, (channels, samples)."""
    with av.open(str(path)) as file:
        assert file.streams.audio[0].rate == SAMPLE_RATE_HZ
        layout = file.streams.audio[0].codec_context.layout
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE_HZ)
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def meeting(folder: Path, *names: str) -> Dialogue:
    """Clips of one meeting one after another, with the words and speakers that people wrote down."""
    heard: list[tuple[Word, str]] = []
    sounds: list[Samples] = []
    for name in names:
        at_s = sum(map(len, sounds)) / SAMPLE_RATE_HZ
        for w in json.loads((folder / f"{name}.ref.json").read_text())["words"]:
            heard.append((Word(at_s + w["start"], at_s + w["end"], w["word"], 1.0), w["speaker"]))
        sounds.append(load(folder / f"{name}.wav")[0])
    heard.sort(key=lambda pair: (pair[0].start_s, pair[0].end_s))
    return [w for w, _ in heard], [s for _, s in heard], Sound(np.concatenate(sounds))


# Measured: 0.93, 0.85, 0.93, 0.59. The last clip has 12 s of speech of three people: too little, and it shows.
@pytest.mark.peer_data
@pytest.mark.parametrize(
    ("clips", "speakers", "floor"),
    [
        (("ami_dev00",), 2, 0.85),
        (("ami_dev01",), 2, 0.75),
        (("ami_dev00", "ami_dev01"), 2, 0.85),
        (("ami_trn04",), 3, 0.5),
    ],
)
def test_people_in_a_meeting_are_told_apart(peer_data: Path, clips: Sequence[str], speakers: int, floor: float) -> None:
    words, who, sound = meeting(peer_data / "speech", *clips)
    assert share_right(cluster(words, sound, speakers), who) >= floor


@pytest.fixture
def michaels(peer_data: Path) -> tuple[dict[str, list[Word]], Samples]:
    """One speaker on each channel: words (a turn's time shared out by their letters) and (2, samples)."""
    folder = peer_data / "speech"
    tracks: dict[str, list[Word]] = {}
    for turn in json.loads((folder / "mfa_michaelandsickmichael.ref.json").read_text())["turns"]:
        tracks.setdefault(turn["speaker"], []).extend(spread(turn["text"], turn["start"], turn["end"]))
    return tracks, load(folder / "mfa_michaelandsickmichael.wav")


@pytest.mark.peer_data
def test_each_channel_is_one_speaker(michaels: tuple[dict[str, list[Word]], Samples]) -> None:
    tracks, channels = michaels
    sound = {name: Sound(samples) for name, samples in zip(tracks, channels, strict=True)}
    merged = words_of_tracks(tracks, sound)
    assert Counter(s.speaker for s in merged) == {name: len(words) for name, words in tracks.items()}
    assert [s.word.start_s for s in merged] == sorted(s.word.start_s for s in merged)


@pytest.mark.peer_data
@pytest.mark.parametrize("bleed_db", [-12, -20, -30])
def test_a_real_voice_that_bleeds_into_the_other_channel_is_heard_once(
    michaels: tuple[dict[str, list[Word]], Samples], bleed_db: int
) -> None:
    tracks, (one, two) = michaels
    bleed = np.float32(10 ** (bleed_db / 20))
    sound = dict(zip(tracks, (Sound(one + bleed * two), Sound(two + bleed * one)), strict=True))
    everything = sorted((w for words in tracks.values() for w in words), key=lambda w: w.start_s)
    merged = words_of_tracks(dict.fromkeys(tracks, everything), sound)
    right = {(name, w) for name, words in tracks.items() for w in words}
    found = {(s.speaker, s.word) for s in merged}
    assert len(right & found) >= 0.98 * len(right)
    assert len(found - right) <= 0.05 * len(right)
