"""The recogniser can be made again: sentences, speech, windows and, where torch is installed, training and conversion.

torch belongs to the extra `training`, which the tests otherwise do not need: without it the class that trains is not
collected, and nothing counts as skipped.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from training.recogniser import corpus, rooms
from training.recogniser.model import MARKS, STAMPS, read_state, train_tokenizer
from training.recogniser.synthesise import RATE_HZ, VOICES, Clip, Saying, plan, read_clips, speak
from training.recogniser.windows import (
    FEATURES,
    UNKNOWN_S,
    Kind,
    Window,
    Windows,
    add_features,
    cut_at_the_start,
    place,
    render,
    token_times_s,
)

ROOT = Path(__file__).resolve().parents[2]
CAN_TRAIN = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
SENTENCES = (
    "I felt alone last night.",
    "You never told me that.",
    "Say that again?",
    "What happens in you when I go quiet?",
    "I raised my voice, and that was on me.",
    "We can slow down here.",
    "It matters to me that you came.",
)
NAMES = [f"{first}{second}a" for first in "ABCDEFGHIJ" for second in "nrlstmdvkz"]
TINY = ("--width", "64", "--encoder-layers", "2", "--decoder-layers", "2", "--window-s", "6", "--processes", "1")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "training.recogniser", *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    return subprocess.run(command(*arguments), cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=280)


def synthesise(texts: Path, out: Path) -> None:
    done = run("synthesise", "--texts", texts, "--out", out, "--processes", "1")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "lines.txt").write_text("\n".join(SENTENCES), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def data(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("flite"):
        pytest.skip("the synthesiser flite is not installed")
    folder = tmp_path_factory.mktemp("clips")
    synthesise(texts, folder)
    return folder


@pytest.fixture(scope="module")
def clips(data: Path) -> list[Clip]:
    return list(read_clips(data))


def made_up_clip(text: str, voice: str = "slt") -> Clip:
    return Clip(np.ones(RATE_HZ, np.int16), text, voice, (("pau", 0.2), ("ay", 0.8), ("pau", 1.0)))


# ---------------------------------------------------------------- which sentences


def test_a_mark_of_breaking_off_is_kept_for_the_voice_and_a_last_comma_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("I just -\nWell, you know,\nMm-hmm.\n\nI just,\n", encoding="utf-8")
    assert corpus.own_lines(tmp_path) == ["I just -", "Well, you know", "Mm-hmm.", "I just"]


def test_rare_words_come_first_among_further_sentences(tmp_path: Path) -> None:
    common = [f"{name} came home." for name in NAMES[:1] * 60]
    rows = [json.dumps({"text": "She mended a kettle. It was 1 pound.", "context": None})]
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "a.txt").write_text("\n".join(common), encoding="utf-8")
    assert set(corpus.other_sentences([tmp_path], 2, seed=1)) == {"She mended a kettle.", common[0]}


def test_nothing_that_is_held_out_is_among_our_own_lines() -> None:
    held_out = {corpus.normalised(line) for line in corpus.HELD_OUT.read_text(encoding="utf-8").splitlines()}
    assert len(held_out) == 500
    assert not held_out & {corpus.normalised(line) for line in corpus.own_lines()}


def test_our_own_texts_are_there_and_each_line_is_said_by_every_voice() -> None:
    own = corpus.own_lines()
    assert len(own) >= 6_000
    said = plan(own, [], seed=7)
    assert {(saying.text, saying.voice) for saying in said} == {(text, voice) for text in own for voice in VOICES}


def test_the_same_seed_draws_the_same_sentences(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"{name} came home. No.\n" for name in NAMES), encoding="utf-8")
    drawn = corpus.other_sentences([tmp_path], 10, seed=1)
    assert len(drawn) == 10
    assert "No." not in drawn
    assert drawn == corpus.other_sentences([tmp_path], 10, seed=1) != corpus.other_sentences([tmp_path], 10, seed=2)


def test_every_97th_clip_is_held_out_and_what_it_says_in_any_voice() -> None:
    pool = [made_up_clip(f"Sentence {chr(97 + i % 26)} {chr(97 + i // 26)}.") for i in range(200)]
    pool[50] = made_up_clip(pool[97].text.upper(), "awb")
    trained, held_out = corpus.split(pool)
    assert held_out == [pool[0], pool[97], pool[194]]
    assert trained == [clip for i, clip in enumerate(pool) if i not in (0, 50, 97, 194)]


# ---------------------------------------------------------------- speech


def test_every_sentence_comes_back_from_the_shards_in_every_voice(clips: list[Clip]) -> None:
    assert {(clip.text, clip.voice) for clip in clips} == {(text, voice) for text in SENTENCES for voice in VOICES}


def test_phone_times_follow_the_sound(clips: list[Clip]) -> None:
    """Where flite says that phones sound it is loud, and in the pause before them it is quiet."""
    for clip in clips:
        (_, first_s, _), (_, _, last_s) = clip.spoken[0], clip.spoken[-1]
        first, last = int(first_s * RATE_HZ), int(last_s * RATE_HZ)
        assert clip.phones[-1][1] == pytest.approx(clip.length_s, abs=0.1)
        quiet, loud = (np.sqrt(np.mean(part.astype(float) ** 2)) for part in np.split(clip.samples[:last], [first]))
        assert loud > 10 * quiet


def test_the_same_sentences_give_the_same_shards(texts: Path, data: Path, tmp_path: Path) -> None:
    synthesise(texts, tmp_path)
    for made in ("audio000.i16", "meta000.jsonl"):
        assert (tmp_path / made).read_bytes() == (data / made).read_bytes()


def test_a_folder_without_clips_is_named_in_a_sentence(tmp_path: Path) -> None:
    done = run("evaluate", "--data", tmp_path, "--model", tmp_path)
    assert done.returncode == 2
    assert f"There are no clips in {tmp_path}: make some" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sentence_that_breaks_off_ends_with_its_last_phone(tmp_path: Path) -> None:
    if not shutil.which("flite"):
        pytest.skip("the synthesiser flite is not installed")
    whole = speak(Saying("I just wanted", "slt", 1.0), tmp_path)
    broken = speak(Saying("I just wanted -", "slt", 1.0), tmp_path)
    assert whole is not None
    assert broken is not None
    assert broken.text == "I just wanted"
    assert [name for name, *_ in broken.spoken] == [name for name, *_ in whole.spoken]
    assert broken.phones[-1][0] != "pau"
    assert broken.length_s == pytest.approx(broken.phones[-1][1], abs=0.01)


def test_a_sound_that_has_no_spelling_is_said_by_its_phones(tmp_path: Path) -> None:
    if not shutil.which("flite"):
        pytest.skip("the synthesiser flite is not installed")
    hum = speak(Saying("Mm.", "awb", 1.0), tmp_path)
    assert hum is not None
    assert {name for name, *_ in hum.spoken} == {"m"}


# ---------------------------------------------------------------- rooms


SPEECH = np.sin(np.arange(RATE_HZ) * 2 * np.pi * 440 / RATE_HZ).astype(np.float32) * np.float32(0.3)


@pytest.mark.parametrize("seed", range(12))
def test_a_room_keeps_length_and_form_and_the_same_dice_the_same_room(seed: int) -> None:
    heard, again = (rooms.heard_in_a_room(np.random.default_rng(seed), SPEECH) for _ in range(2))
    assert heard.dtype == np.float32
    assert heard.shape == SPEECH.shape
    assert np.all(np.isfinite(heard))
    assert np.array_equal(heard, again)


def test_a_telephone_lets_no_low_tone_through() -> None:
    low = np.sin(np.arange(RATE_HZ) * 2 * np.pi * 100 / RATE_HZ).astype(np.float32)
    assert np.abs(rooms.band(low, *rooms.TELEPHONE_HZ)).max() < 0.01
    assert np.abs(rooms.band(SPEECH, *rooms.TELEPHONE_HZ)).max() > 0.25


@pytest.mark.parametrize("seed", [0, 1])
def test_a_codec_changes_the_sound_a_little_and_not_where_it_lies(seed: int) -> None:
    sound = np.concatenate([np.zeros(RATE_HZ // 2, np.float32), SPEECH])
    heard = rooms.coded(np.random.default_rng(seed), sound)
    assert not np.array_equal(heard, sound)
    first = int(np.flatnonzero(np.abs(heard) > 0.1)[0])
    assert first == pytest.approx(RATE_HZ // 2, abs=0.06 * RATE_HZ)


def test_where_nobody_speaks_there_is_every_kind_of_sound() -> None:
    sounds = [rooms.nobody_speaks(np.random.default_rng(seed), RATE_HZ) for seed in range(30)]
    assert all(sound.shape == (RATE_HZ,) and np.all(np.isfinite(sound)) for sound in sounds)
    assert any(not sound.any() for sound in sounds)
    assert sum(bool(sound.any()) for sound in sounds) > 15


# ---------------------------------------------------------------- windows


def test_a_lone_dash_has_a_piece_of_its_own_and_no_word_needs_the_bare_space() -> None:
    """faster-whisper forbids the first piece of " -" and of " '": a word spelled from it could never be written."""
    tokenizer = train_tokenizer(SENTENCES)
    for mark in ("-", "'"):
        (piece,) = tokenizer.encode(f" {mark}").tokens
        assert piece.endswith(mark)
    assert tokenizer.decode(tokenizer.encode(" Well - 'tis").ids) == " Well - 'tis"


def test_a_window_may_start_inside_a_sentence(clips: list[Clip]) -> None:
    long = next(clip for clip in clips if len(clip.text.split()) >= 8)
    cut = cut_at_the_start(np.random.default_rng(3), long)
    assert long.text.endswith(" " + cut.text)
    assert cut.length_s == pytest.approx(long.length_s * len(cut.text) / len(long.text), rel=0.5)
    assert cut.phones[-1][1] == pytest.approx(cut.length_s, abs=0.1)


@pytest.fixture(scope="module")
def windows(clips: list[Clip]) -> Windows:
    return Windows(clips, train_tokenizer(SENTENCES), [Kind(1.0, 6, 900, 8)], seed=[7, 1], rank=0)


def test_a_step_has_the_same_windows_whenever_it_is_asked_for(windows: Windows) -> None:
    first, again, other = windows[3], windows[3], windows[4]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.features, other.features)


def test_pieces_are_expected_in_their_order_within_the_speech(clips: list[Clip]) -> None:
    tokenizer = train_tokenizer(SENTENCES)
    for clip in clips:
        times_s = token_times_s(clip, tokenizer.encode(" " + clip.text))
        assert np.all(np.diff(times_s) > 0)
        assert clip.spoken[0][1] <= times_s[0]
        assert times_s[-1] <= clip.spoken[-1][2]


def test_a_window_cut_inside_a_sentence_ends_with_that_sentences_start(clips: list[Clip]) -> None:
    tokenizer = train_tokenizer(SENTENCES)
    made = Windows(clips, tokenizer, [Kind(1.0, 6, 900, 8)], seed=[7, 1], rank=0)
    placed = (place(np.random.default_rng(i), clips, 6, to_the_end=True) for i in range(100))
    window = next(window for window in placed if window.cut)
    tokens, times_s = made.target(window, stamped=True)
    written = [tokenizer.id_to_token(token) for token in tokens]
    assert written[0] == "<|startoftranscript|>"
    assert written[-1] == "<|endoftext|>"
    assert written[-2] == f"<|{round(window.cut.speech_s[0] / 0.02) * 0.02:.2f}|>"
    words = [token for token, name in zip(tokens, written, strict=True) if name not in (*MARKS, *STAMPS)]
    assert tokenizer.decode(words) == "".join(" " + said.clip.text for said in window.said)
    assert sum(time_s != UNKNOWN_S for time_s in times_s) == len(words)


def test_features_are_faster_whispers_and_padding_is_zero_or_its_floor() -> None:
    sound = render(np.random.default_rng(1), Window(3.0))
    expected, paddings = FEATURES(sound)[:, :-1], set()
    for seed in range(20):
        room = np.zeros((80, 900), np.float32)
        add_features(np.random.default_rng(seed), room, sound)
        heard = np.any(room[:, :300], axis=1)
        assert heard.sum() >= 72  # at most eight bands are lost
        assert np.array_equal(room[heard, :300], expected[heard])
        paddings |= set(room[heard, 300:].ravel().tolist())
    assert paddings == {0.0, float(expected.min())}


# ---------------------------------------------------------------- training


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestTraining:
    """Three stages of a tiny network, its conversion and its evaluation."""

    __test__ = CAN_TRAIN

    @staticmethod
    def stage(name: str, data: Path, out: Path, *more: str | Path) -> None:
        done = run("train", "--stage", name, "--data", data, "--out", out, "--steps", "3", *TINY, *more)
        assert done.returncode == 0, done.stderr

    def test_three_stages_make_a_model_that_faster_whisper_hears_with(self, data: Path, tmp_path: Path) -> None:
        self.stage("clips", data, tmp_path / "a")
        self.stage("decoder", data, tmp_path / "b", "--init", tmp_path / "a")
        self.stage("windows", data, tmp_path / "c", "--init", tmp_path / "b")
        model = tmp_path / "model"
        done = run("convert", "--run", tmp_path / "c", "--out", model)
        assert done.returncode == 0, done.stderr
        assert json.loads((model / "preprocessor_config.json").read_text())["chunk_length"] == 6
        assert json.loads((model / "config.json").read_text())["alignment_heads"] == [[1, 0]]
        done = run("evaluate", "--data", data, "--model", model, "--limit", "1")
        assert re.search(r"^all +\d+ +\d+\.\d %$", done.stdout, re.MULTILINE), done.stderr

    def test_a_killed_training_goes_on_and_ends_as_if_it_had_not_been_killed(self, data: Path, tmp_path: Path) -> None:
        same = ("train", "--stage", "clips", "--data", data, "--steps", "10", "--save-every", "1", *TINY)
        killed = subprocess.Popen(command(*same, "--out", tmp_path / "killed"), cwd=ROOT, stderr=subprocess.DEVNULL)
        for _ in range(4000):
            if (tmp_path / "killed" / "state.pt").exists() or killed.poll() is not None:
                break
            time.sleep(0.05)
        killed.kill()
        assert killed.wait() < 0, "it ended before it could be killed"
        for out in ("killed", "whole"):
            done = run(*same, "--out", tmp_path / out)
            assert done.returncode == 0, done.stderr
        went_on = re.findall(r"from step (\d+) of 10", (tmp_path / "killed" / "train.log").read_text())
        assert int(went_on[0]) == 0 < int(went_on[1])
        killed_weights, whole_weights = (read_state(tmp_path / out)["m"] for out in ("killed", "whole"))
        furthest = max(float((killed_weights[name] - whole).abs().max()) for name, whole in whole_weights.items())
        assert furthest < 1e-5  # a step moves a weight by up to 7e-4; threads that add in another order, by 1e-8
