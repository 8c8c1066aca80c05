"""People teach the tagger from the command line: export, train, compare, go back, tag again, evaluate."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from companion.config import Settings
from companion.core import Companion
from companion.learning import SHIPPED_CORPUS
from companion.moves.model import BUNDLED
from companion.types import DecisionKind, MomentState, Tag
from tests import small_library
from tests.programs import command, companion, companion_json

SLUG = "late-again"
OWN_TURN = {
    "id": "o1",
    "text": "I rolled my eyes at you in front of the plumber. That was shabby of me.",
    "context": ["You made me look a fool in my own kitchen."],
    "role": "partner",
    "tags": ["ownership"],
    "near_miss": False,
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A library in which a host has rejected one moment and approved another."""
    settings = Settings.load(tmp_path / "library", {})
    (tmp_path / "files").mkdir()
    small_library.build(settings, tmp_path / "files", reviewed=False)
    with Companion.open(settings) as opened:
        first, second = opened.moments(episode_slug=SLUG).moments
        opened.reviewing.decide(
            first.id, DecisionKind.APPROVE, tags=(Tag.VALIDATION, Tag.CARE), end_s=first.moment.end_s + 0.5
        )
        opened.reviewing.decide(second.id, DecisionKind.REJECT)
    return settings.home


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the shipped corpus, with which training takes seconds."""
    rows = [json.loads(line) for line in gzip.decompress(SHIPPED_CORPUS.read_bytes()).decode().splitlines()]
    names = {part: sorted({r["conversation"] for r in rows if r["part"] == part}) for part in ("train", "dev")}
    kept = {*names["train"][::9], *names["dev"][::3]}
    small = [r for k, r in enumerate(rows) if r.get("conversation") in kept or ("context" in r and k % 40 < 7)]
    path = tmp_path_factory.mktemp("corpus") / "small.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in small))
    return path


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def check_decisions(home: Path) -> None:
    """What was approved is there as it was left, what was rejected is not."""
    with Companion.open(Settings.load(home, {})) as opened:
        found = [m.moment for m in opened.moments(episode_slug=SLUG).moments]
    approved = [m for m in found if m.state is MomentState.APPROVED]
    assert [{t.tag for t in m.tags} for m in approved] == [{Tag.VALIDATION, Tag.CARE}]
    assert not [m for m in found if m.quote == small_library.LATE_AGAIN[8].text]


def test_from_decisions_to_a_tagger_and_back(home: Path, corpus: Path, tmp_path: Path) -> None:
    exported = tmp_path / "decisions.jsonl"
    companion("moves", "export", "-o", exported, home=home)
    rows = [json.loads(line) for line in exported.read_text().splitlines()]
    judged = [(row["tags"], row["near_miss"]) for row in rows if "tags" in row]
    assert sorted(judged) == [(["curiosity"], False), (["validation", "care"], False)]
    assert len({row["conversation"] for row in rows}) == 2
    companion("tag", "--jsonl", exported, home=home)  # the same lines

    own = written(tmp_path / "own.jsonl", [OWN_TURN])
    done = companion("moves", "train", "--add", exported, "--add", own, "--corpus", corpus, home=home)
    assert "F1 before" in done.stdout
    assert "near misses passed" in done.stdout
    assert "Learned from 3 more turns" in done.stdout  # what was exported from here counts once
    assert "companion moves retag --all" in done.stderr
    first = (home / "moves.npz").read_bytes()
    assert not (home / "moves.previous.npz").exists()
    doctor = {f["what"]: f for f in companion_json("doctor", "--json", home=home)}
    assert doctor["tagger"]["found"] == "the library's own, taught with 3 more turns"

    companion("moves", "train", "--corpus", corpus, home=home)
    assert (home / "moves.previous.npz").read_bytes() == first
    assert (home / "moves.npz").read_bytes() != first
    companion("moves", "reset", "--previous", home=home)
    assert (home / "moves.npz").read_bytes() == first

    again = companion("moves", "retag", "--all", home=home)
    assert "2 of 2 episodes" in again.stderr
    check_decisions(home)
    assert "0 of 2 episodes" in companion("moves", "retag", "--all", home=home).stderr

    assert "shipped tagger" in companion("moves", "reset", home=home).stdout
    assert not (home / "moves.npz").exists()
    assert companion("moves", "retag", SLUG, home=home).stdout.startswith(f"{SLUG}: ")
    check_decisions(home)


def test_a_librarys_own_tagger_tags_there_and_nowhere_else(home: Path, corpus: Path, tmp_path: Path) -> None:
    companion("moves", "train", "--corpus", corpus, home=home)
    lines = written(tmp_path / "own.jsonl", [OWN_TURN])
    elsewhere = companion("tag", "--jsonl", lines, home=tmp_path / "elsewhere").stdout
    assert companion("tag", "--jsonl", lines, home=home).stdout != elsewhere
    companion("moves", "reset", home=home)
    assert companion("tag", "--jsonl", lines, home=home).stdout == elsewhere


def test_stopping_leaves_the_old_tagger_in_use(home: Path) -> None:
    shutil.copyfile(BUNDLED, home / "moves.npz")
    before = (home / "moves.npz").read_bytes()
    started = subprocess.Popen(
        command("moves", "train", home=home),
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has Ctrl-C switched off, and would hand that on.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(5)  # training with the whole corpus takes a minute
    assert started.poll() is None
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert said.strip() == "Stopped."
    assert started.returncode in (130, -signal.SIGINT)  # a shell tells both as 130
    assert (home / "moves.npz").read_bytes() == before
    assert sorted(p.name for p in home.glob("moves*")) == ["moves.npz"]


def test_what_taggers_are_compared_on_is_not_learned(home: Path, corpus: Path, tmp_path: Path) -> None:
    dev = [row for row in map(json.loads, corpus.read_text().splitlines()) if row["part"] == "dev"]
    long = written(tmp_path / "dev.jsonl", [row for row in dev if len(row["text"]) > 40])
    assert "turns were left out" in companion("moves", "train", "--add", long, "--corpus", corpus, home=home).stderr
    nobody = tmp_path / "nobody"
    assert (
        "may not be learned from"
        in companion("moves", "train", "--add", long, "--corpus", corpus, home=nobody, code=2).stderr
    )
    assert not (nobody / "moves.npz").exists()


# ---- evaluation


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Three turns of a conversation and a turn alone, the last one labelled wrongly on purpose."""
    said = [
        ("Ana", "I felt so alone last night.", {"tags": ["vulnerability"]}),
        ("Ruth", "Tell him.", {}),
        (
            "Ben",
            "Of course you felt alone. I walked out on you and that was on me.",
            {"tags": ["validation", "ownership"]},
        ),
    ]
    rows = [
        {"id": k, "conversation": 7, "speaker": who, "text": text, **tags} for k, (who, text, tags) in enumerate(said)
    ]
    alone = {
        "id": "x",
        "text": "I understand, but you could have called.",
        "context": "I waited.",
        "tags": ["validation"],
    }
    return written(tmp_path / "labelled.jsonl", [*rows, alone])


def test_evaluate_prints_figures_and_the_worst_errors(labelled: Path, tmp_path: Path) -> None:
    done = companion("moves", "evaluate", labelled, "--errors", "2", home=tmp_path / "library")
    assert "Average precision" in done.stdout
    assert "3 labelled turns" in done.stdout
    assert "validation was missed" in done.stdout
    assert "> I understand, but you could have called." in done.stdout
    assert not (tmp_path / "library").exists()  # it needs none


def test_evaluate_as_json_and_as_a_picture(labelled: Path, tmp_path: Path) -> None:
    found = companion_json("moves", "evaluate", labelled, "--json", "--picture", tmp_path / "curves.png")
    assert (found["examples"], found["conversations"], found["near_misses"]) == (3, 2, 0)
    assert found["near_miss_alarm_rate"] is None
    assert (found["tags"]["validation"]["turns"], found["tags"]["validation"]["recall"]) == (2, 0.5)
    assert found["tags"]["care"]["recall"] is None
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    other = companion_json("moves", "evaluate", labelled, "--json", "--model", BUNDLED)
    assert other == found


# ---- bad input


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("retag",), 2, "Say which episode"),
        (("retag", "late-again", "--all"), 2, "Say which episode"),
        (("retag", "nobody"), 3, "no episode called nobody"),
        (("export",), 3, "Nobody has decided"),
        (("train",), 2, "nothing to learn"),
        (("train", "--add", "missing.jsonl"), 2, "missing.jsonl cannot be read"),
        (("train", "--add", "empty.jsonl"), 2, "no line with tags"),
        (("train", "--add", "broken.jsonl"), 2, "broken.jsonl, line 2 is not JSON"),
        (("train", "--add", "unknown.jsonl"), 2, "unknown.jsonl, line 1 has the tag 'kindness'"),
        (("train", "--add", "good.jsonl", "--corpus", "good.jsonl"), 2, "belongs to no part of a corpus"),
        (("train", "--add", "good.jsonl", "--corpus", "missing.gz"), 2, "missing.gz cannot be read"),
        (("reset",), 3, "in use already"),
        (("reset", "--previous"), 3, "no tagger before"),
        (("evaluate", "missing.jsonl"), 2, "cannot be read"),
        (("evaluate", "empty.jsonl"), 2, "no line with tags"),
        (("evaluate", "broken.jsonl"), 2, "line 2"),
        (("evaluate", "good.jsonl", "--model", "missing.npz"), 4, "missing.npz cannot be read"),
        (("evaluate", "good.jsonl", "--model", "good.jsonl"), 4, "good.jsonl cannot be read"),
        (("evaluate", "good.jsonl", "--picture", "no/where.png"), 1, "cannot be written"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], code: int, sentence: str
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.chdir(files)
    written(files / "good.jsonl", [OWN_TURN])
    (files / "empty.jsonl").write_text("\n")
    (files / "broken.jsonl").write_text(json.dumps(OWN_TURN) + "\n{")
    written(files / "unknown.jsonl", [{**OWN_TURN, "tags": ["kindness"]}])
    before = sorted(p.name for p in files.iterdir())
    assert sentence in " ".join(companion("moves", *args, home=tmp_path / "library", code=code).stderr.split())
    assert sorted(p.name for p in files.iterdir()) == before
    assert not list((tmp_path / "library").glob("moves*"))


@pytest.mark.parametrize(
    ("package", "args", "sentence"),
    [
        ("sklearn", ("train", "--add", "good.jsonl"), "secure-love-companion[teach]"),
        ("matplotlib", ("evaluate", "good.jsonl", "--picture", "curves.png"), "Drawing needs matplotlib"),
    ],
)
def test_a_missing_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, args: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "good.jsonl", [OWN_TURN])
    hidden = tmp_path / "hidden" / package
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('not installed here')")
    path = f"{hidden.parent}:{Path(__file__).resolve().parents[2]}"
    done = companion("moves", *args, home=tmp_path / "library", code=2, PYTHONPATH=path)
    assert sentence in done.stderr
    assert not (tmp_path / "library" / "moves.npz").exists()
    assert not (tmp_path / "curves.png").exists()
