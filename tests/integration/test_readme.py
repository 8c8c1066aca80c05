"""The README's commands are run; what it links to is there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.programs import companion
from tests.sounds import sound_of, write_wav

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
RUN_ELSEWHERE = {
    "companion serve": "tests/integration/test_library_cli.py",
    "companion models download small.en": "tests/unit/test_transcribe.py",
    "companion practice": "tests/integration/test_microphone.py",
}


def test_the_make_commands_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    wanted = re.findall(r"^make (\w+)", "\n".join(COMMANDS), re.M)
    assert wanted == ["demo", "test"]
    assert set(wanted) <= set(targets)


def test_ci_calls_the_readmes_test_command() -> None:
    assert "make test\n" in (ROOT / ".ci" / "run").read_text()


def test_the_companion_commands_run_in_their_order(tmp_path: Path, show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sound = sound_of(show / "02-four-minutes" / "episode.mp3", 0, 15)
    for name in ("episode", "talk"):  # ffmpeg and we go by what is in a file, not by its name
        shutil.move(write_wav(tmp_path / "x.wav", sound), tmp_path / f"{name}.mp3")
    write_wav(tmp_path / "reply.wav", sound)
    (tmp_path / "turns.jsonl").write_text(
        '{"id": 1, "text": "Of course you were tired.", "context": "I was so tired."}\n'
    )
    (tmp_path / "labelled.jsonl").write_text(
        '{"id": 1, "text": "Of course you were tired.", "context": "I was so tired.", "tags": ["validation"]}\n'
    )
    (tmp_path / "replies.jsonl").write_text('{"id": 1, "bid": "I felt so alone.", "reply": "That sounds lonely."}\n')
    commands = [c for c in COMMANDS if c.startswith("companion") and c not in RUN_ELSEWHERE]
    assert len(commands) >= 6
    for line in commands:
        words = shlex.split(line)[1:]
        if "Ruth=therapist" in words and words[0] == "moments":
            words = words[: words.index("--role")]  # the names of your own recording
        companion(*words, home=tmp_path / "library")
    assert {"talk.vtt", "talk.json", "tagged.jsonl", "feedback.jsonl"} <= {p.name for p in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
)
def test_links_in_our_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target
