"""Every caption file that other projects test their readers with, read by ours; one test id a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from companion.captions import Cue, joined, parse, parse_json, parse_srt, parse_vtt, read_cues_srt, read_cues_vtt
from companion.errors import CaptionsError
from companion.types import Segment, Transcript

pytestmark = pytest.mark.peer_data

# The same folder as the fixture peer_data: the names of the files are needed while the tests are collected.
PEER_DATA = Path(os.environ.get("COMPANION_PEER_DATA", Path(__file__).resolve().parents[3] / "shared"))
MS = 0.0011


def _cases(kind: str, input_suffix: str, expect_suffix: str) -> list[Any]:
    folder = PEER_DATA / "peer-cases" / kind
    found = [
        pytest.param(path, path.with_name(path.name.removesuffix(input_suffix) + expect_suffix), id=path.name)
        for path in sorted(folder.glob(f"*{input_suffix}"))
    ]
    reason = f"no peer data in {PEER_DATA}"
    return found or [pytest.param(None, None, id=f"no-{kind}-peer-data", marks=pytest.mark.skip(reason=reason))]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _read(reader: Callable[[str], Any], data: bytes, may_refuse: bool) -> Any:
    """What the reader makes of it; None where it refuses and may."""
    try:
        return reader(data.decode("utf-8-sig"))
    except CaptionsError:
        if may_refuse:
            return None
        raise


def _may_refuse(expected: dict[str, Any]) -> bool:
    return bool(
        expected.get("bad_signature") or expected.get("lenient") or expected.get("policy", {}).get("refuse") is True
    )


def _compare_cues(cues: tuple[Cue, ...], expected: dict[str, Any]) -> None:
    counts = expected.get("n_cues_any_of", [expected["n_cues"]] if "n_cues" in expected else [len(cues)])
    assert len(cues) in counts
    cases = expected.get("cues", [])
    if len(cues) != expected.get("n_cues", len(cues)):
        # The empty cue is kept, which is as good: compare what has words.
        cues = tuple(c for c in cues if c.text.strip())
    for place, case in enumerate(cases):
        cue = cues[case.get("i", place)]
        if "start_s" in case:
            assert cue.start_s == pytest.approx(case["start_s"], abs=MS)
            assert cue.end_s == pytest.approx(case["end_s"], abs=MS)
        if "id" in case:
            assert cue.id == (case["id"] or "")
        if "voices" in case:
            assert list(cue.voices) == case["voices"]
        if "text" in case and "leading blanks" in expected["what"]:
            assert cue.text == case["text"]
        elif "text" in case:
            assert _squeezed(cue.text) == _squeezed(case["text"])


def _said(t: Transcript, start_s: float, end_s: float) -> list[Segment]:
    return [s for s in t.segments if abs(s.start_s - start_s) < MS and abs(s.end_s - max(start_s, end_s)) < MS]


def _compare_words(t: Transcript, expected: dict[str, Any]) -> None:
    for case in expected.get("cues", []):
        said = _said(t, case["start_s"], case["end_s"])
        if "text_plain" in case:
            assert _squeezed("".join(s.text for s in said)) == _squeezed(case["text_plain"])
        if case.get("speaker"):
            assert [s.speaker for s in said] == [case["speaker"]]
        if "speaker" in case and case["speaker"] is None:
            assert all(s.speaker is None for s in said)


@pytest.mark.parametrize(("path", "expect"), _cases("vtt", ".vtt", ".json"))
def test_vtt_of_other_projects(path: Path, expect: Path) -> None:
    expected = json.loads(expect.read_text("utf-8"))
    cues = _read(read_cues_vtt, path.read_bytes(), _may_refuse(expected))
    if cues is None:
        return
    assert not expected.get("bad_signature")
    _compare_cues(cues, expected)
    _compare_words(parse_vtt(path.read_text("utf-8-sig")), expected)


@pytest.mark.parametrize(("path", "expect"), _cases("srt", ".srt", ".json"))
def test_srt_of_other_projects(path: Path, expect: Path) -> None:
    expected = json.loads(expect.read_text("utf-8"))
    cues = _read(read_cues_srt, path.read_bytes(), _may_refuse(expected))
    if cues is None:
        return
    _compare_cues(cues, expected)
    _compare_words(parse_srt(path.read_text("utf-8-sig")), expected)


@pytest.mark.parametrize(("path", "expect"), _cases("p20", ".in.json", ".expect.json"))
def test_podcasting_2_json_of_the_namespace(path: Path, expect: Path) -> None:
    expected = json.loads(expect.read_text("utf-8"))
    if expected["kind"] == "chapters":
        with pytest.raises(CaptionsError, match="chapters"):
            parse(path.read_bytes(), path.name)
        return
    t = parse_json(path.read_text("utf-8"))
    assert len(t.segments) == expected["n_segments"]
    got = [{"start_s": s.start_s, "end_s": s.end_s, "speaker": s.speaker, "text": s.text} for s in t.segments]
    assert got == expected["segments"]


def test_every_readable_peer_file_is_recognised_by_its_content(peer_data: Path) -> None:
    wrong = []
    for suffix, reader in ((".vtt", parse_vtt), (".srt", parse_srt)):
        for path in sorted((peer_data / "peer-cases" / suffix[1:]).glob(f"*{suffix}")):
            try:
                direct = reader(path.read_text("utf-8-sig"))
            except CaptionsError:
                continue
            if parse(path.read_bytes()) != direct:
                wrong.append(path.name)
    assert wrong == []


def test_official_srt_goes_on_with_the_speaker(peer_data: Path) -> None:
    path = peer_data / "peer-cases" / "srt" / "podcast_namespace_example.srt"
    t = parse_srt(path.read_text("utf-8"))
    changes = [speaker or "nobody" for speaker, _ in groupby(s.speaker for s in t.segments)]
    assert " ".join(changes) == "Travis Sarah Travis Gilon Travis Gilon Travis Sarah Gilon Travis"


def test_official_json_joins_into_phrases(peer_data: Path) -> None:
    path = peer_data / "peer-cases" / "p20" / "transcript_example.in.json"
    t = joined(parse_json(path.read_text("utf-8")))
    got = [(s.speaker, s.text, s.start_s, s.end_s) for s in t.segments]
    assert got == [("Darth Vader", "I am your father.", 0.5, 2.5), ("Luke", "Nooooo", 2.75, 3.0)]
