"""The command line, as a person uses it: the real recogniser on the sample show."""

import json
import os
import re
import subprocess
from pathlib import Path

import jiwer
import pytest

from tests.programs import command, companion, companion_json
from tests.sounds import music, sound_of, write_wav


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory, show: Path) -> Path:
    """The first minute of a sample episode, as a wav file."""
    folder = tmp_path_factory.mktemp("minute")
    return write_wav(folder / "minute.wav", sound_of(show / "02-four-minutes" / "episode.mp3", 0, 60))


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory, minute: Path) -> Path:
    """That minute, written down by the program."""
    out = tmp_path_factory.mktemp("transcript") / "minute.json"
    companion("transcribe", minute, "--speakers", 3, "-o", out)
    return out


def test_transcribe_writes_the_documented_json(transcript: Path) -> None:
    data = json.loads(transcript.read_text())
    assert set(data) == {"version", "segments", "duration_s", "model", "options"}
    assert data["model"] == "bundled"
    assert data["duration_s"] == pytest.approx(60, abs=0.1)
    for segment in data["segments"]:
        assert segment["startTime"] <= segment["endTime"] <= 60.1
        assert {"startTime", "endTime", "body", "probability"} == set(segment["words"][0])
    assert len({s["speaker"] for s in data["segments"]}) == 3


def test_transcribe_hears_most_words(transcript: Path, show: Path) -> None:
    rows = map(json.loads, (show / "02-four-minutes" / "script.jsonl").read_text().splitlines())
    turns = [r for r in rows if r["kind"] == "turn" and r["end_s"] < 60]
    said = " ".join(t["text"] for t in turns)
    words = [w for s in json.loads(transcript.read_text())["segments"] for w in s["words"]]
    heard = " ".join(w["body"] for w in words if w["startTime"] < turns[-1]["end_s"])  # the next turn is cut off
    assert jiwer.wer(_bare(said), _bare(heard)) < 0.35


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def test_the_bundled_recogniser_says_what_it_is(minute: Path, tmp_path: Path) -> None:
    done = companion("transcribe", minute, "--format", "txt", "-o", tmp_path / "x.txt")
    assert "three synthetic voices only" in " ".join(done.stderr.split())


@pytest.mark.parametrize("kind", ["json", "vtt", "srt", "txt"])
def test_convert_writes_every_format(transcript: Path, kind: str) -> None:
    text = companion("convert", transcript, "--format", kind).stdout
    starts = {"json": "{", "vtt": "WEBVTT", "srt": "1\n", "txt": ""}
    assert text.startswith(starts[kind])
    assert "laundry" in text or "nobody" in text.lower()


def test_a_transcript_survives_the_way_through_captions(transcript: Path, tmp_path: Path) -> None:
    companion("convert", transcript, "--format", "vtt", "-o", tmp_path / "x.vtt")
    back = companion_json("convert", tmp_path / "x.vtt", "--format", "json")
    words = [w for s in back["segments"] for w in s["body"].split()]
    assert words == [w for s in json.loads(transcript.read_text())["segments"] for w in s["body"].split()]


def test_moments_of_a_transcript_with_names(tmp_path: Path) -> None:
    lines = [
        ("Ruth", "What happened for you when he left the room?"),
        ("Ana", "I felt so alone last night. I sat on the stairs and I thought, nobody is coming."),
        ("Ben", "Of course you felt alone. I walked out and I left you sitting there. That must have hurt."),
        ("Ruth", "Stay with that. Can you tell her what it is like to see it?"),
    ]
    segments = [
        {"speaker": who, "startTime": 10.0 * i, "endTime": 10.0 * i + 8, "body": text}
        for i, (who, text) in enumerate(lines)
    ]
    path = tmp_path / "talk.json"
    path.write_text(json.dumps({"version": "1.0.0", "segments": segments}))
    found = companion_json("moments", path, "--role", "Ruth=therapist")["moments"]
    assert [(m["validating_speaker"], m["validated_speaker"]) for m in found] == [("Ben", "Ana")]
    assert found[0]["start_s"] == 10.0
    assert found[0]["end_s"] == 28.0
    assert "validation" in [t["tag"] for t in found[0]["tags"]]
    assert set(found[0]["evidence"][0]) == {"start_s", "end_s", "text"}


def test_moments_of_a_recording(minute: Path) -> None:
    found = companion_json("moments", minute, "--speakers", 3)
    assert list(found) == ["moments"]


def test_feedback_reads_and_writes_lines(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "bid": "I felt so alone.", "reply": "That sounds lonely, but I was only at work."},
        {"id": 2, "bid": "I felt so alone.", "reply": ""},
        {"id": 3, "reply": "You were alone all night, and I didn't call. I'm sorry."},
    ]
    source = tmp_path / "replies.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows))
    companion("feedback", "--jsonl", source, "-o", tmp_path / "feedback.jsonl")
    said = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text().splitlines()]
    assert [row["id"] for row in said] == ["a", 2, 3]
    assert all(set(row) == {"id", "moves", "away", "worked", "try", "feeling_named"} for row in said)
    assert said[0]["away"][0] == {"kind": "but", "quote": "but I was only at work"}
    assert said[0]["try"]["wording"] == "That sounds lonely."
    assert said[0]["feeling_named"] is True
    assert said[1]["moves"] == said[1]["away"] == []
    assert said[1]["worked"] is None
    assert said[2]["worked"]["tag"] in {"ownership", "validation"}


def test_tag_reads_and_writes_lines(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "text": "Of course you pulled back, I'd just snapped at you.", "context": "I went quiet on you."},
        {"id": "b", "text": "I understand, but you could have called.", "context": ["You never came.", "I was alone."]},
    ]
    source = tmp_path / "turns.jsonl"
    source.write_text("".join(json.dumps(r) + "\n" for r in rows))
    companion("tag", "--jsonl", source, "-o", tmp_path / "tagged.jsonl")
    tagged = [json.loads(line) for line in (tmp_path / "tagged.jsonl").read_text().splitlines()]
    assert [t["id"] for t in tagged] == [1, "b"]
    assert "validation" in [t["tag"] for t in tagged[0]["tags"]]
    assert "validation" not in [t["tag"] for t in tagged[1]["tags"]]
    assert tagged[1]["near_miss"]["score"] > 0.5


def test_models_lists_the_bundled_one_and_what_auto_takes(tmp_path: Path) -> None:
    listed = companion_json("models", "--json", HF_HOME=str(tmp_path), COMPANION_MODELS_FOLDER=str(tmp_path / "m"))
    assert listed["auto"] == "bundled"
    assert {m["name"] for m in listed["models"]} >= {"bundled", "small.en", "large-v3-turbo"}
    assert "whole" in companion("models", "check", "bundled").stdout


def test_doctor_finds_a_working_machine(tmp_path: Path) -> None:
    found = {f["what"]: f for f in companion_json("doctor", "--json", home=tmp_path / "library")}
    assert found["library"]["well"]
    assert found["recogniser"]["well"]
    assert "PortAudio" in found


def test_doctor_says_what_practice_in_a_terminal_needs_and_does_not_insist(tmp_path: Path) -> None:
    # sounddevice says so at its import where the library is missing; so does this module in its place.
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    hidden = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).resolve().parents[2]}"}
    told = companion("doctor", home=tmp_path / "library", **hidden).stdout  # exit code 0
    assert "see PortAudio" in told
    assert "sudo apt install libportaudio2" in told


@pytest.mark.parametrize(
    "name",
    [
        "",
        "add",
        "work",
        "serve",
        "search",
        "transcribe",
        "moments",
        "convert",
        "tag",
        "models",
        "doctor",
        "demo",
        "moves",
        "moves export",
        "moves train",
        "moves retag",
        "moves reset",
        "moves evaluate",
    ],
)
def test_every_command_explains_itself(name: str) -> None:
    text = companion(*name.split(), "--help").stdout
    assert "companion" in text
    assert "Usage:" in text


# ---- bad input


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder of its own for each bad file, to see that nothing is left in it."""
    folder = tmp_path / "bad"
    folder.mkdir()
    return folder


def test_music_only_has_no_speech(bad: Path) -> None:
    path = write_wav(bad / "song.wav", music(20))
    assert "No speech was found in song.wav" in companion("transcribe", path, code=2).stderr


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("transcribe", "missing.mp3"), "There is no file missing.mp3"),
        (("transcribe", "."), "is a folder"),
        (("transcribe",), "Give a recording"),
        (("transcribe", "x.wav", "--model", "enormous"), "no model called enormous"),
        (("transcribe", "--track", "Ana"), "is not NAME=VALUE"),
        (("transcribe", "--track", "A=a.wav", "--track", "A=b.wav"), "one name twice"),
        (("convert", "missing.vtt"), "missing.vtt"),
        (("moments", "talk.json", "--role", "Zoe=partner"), "Nobody is called Zoe here"),
        (("moments", "talk.json", "--role", "Ana=boss"), "'boss' is not a role"),
        (("tag", "--jsonl", "missing.jsonl"), "cannot be read"),
        (("tag", "--jsonl", "talk.json"), "line 1"),
        (("feedback", "--jsonl", "missing.jsonl"), "cannot be read"),
        (("feedback", "--jsonl", "talk.json"), "line 1"),
    ],
)
def test_bad_arguments_get_a_sentence(
    bad: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(bad)
    segment = {"speaker": "Ana", "startTime": 0, "endTime": 1, "body": "Hello."}
    (bad / "talk.json").write_text(json.dumps({"version": "1.0.0", "segments": [segment]}, indent=1))
    write_wav(bad / "x.wav", music(1))
    before = sorted(p.name for p in bad.iterdir())
    done = subprocess.run(command(*args), capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 1)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in bad.iterdir()) == before


def test_output_that_cannot_be_written_leaves_nothing(bad: Path) -> None:
    source = bad / "a.srt"
    source.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    done = companion("convert", source, "-o", bad / "no" / "where.json", code=1)
    assert "cannot be written" in done.stderr
    assert [p.name for p in bad.iterdir()] == ["a.srt"]
