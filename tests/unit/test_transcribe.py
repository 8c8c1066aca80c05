"""Chunks fit the model's window, doubtful text is noticed, word times rise."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.transcribe import (
    BUNDLED,
    check_model,
    download,
    find_model,
    in_order,
    known_models,
    plan_chunks,
    suspicions,
)
from companion.transcribe.voice import MAX_GAP_S, PAD_S, longest_chunk_s
from companion.types import Flag, Span, Word


def words(text: str) -> list[Word]:
    return [Word(i * 0.4, i * 0.4 + 0.3, w, 0.9) for i, w in enumerate(text.split())]


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    """Stretches of speech with pauses, as voice activity gives them for a window of 12 s."""
    spans, at_s = [], 0.0
    for _ in range(draw(st.integers(0, 60))):
        at_s += draw(st.floats(0.16, 6.0))
        length_s = draw(st.floats(0.1, longest_chunk_s(12.0)))
        spans.append(Span(at_s, at_s + length_s))
        at_s += length_s
    return spans


@given(speech())
def test_chunks_hold_all_speech_fit_the_window_and_do_not_overlap(spans: list[Span]) -> None:
    duration_s = (spans[-1].end_s if spans else 0.0) + 1.0
    chunks = plan_chunks(spans, duration_s, 12.0)
    assert all(c.end_s - c.start_s <= 12.0 for c in chunks)
    assert all(a.end_s <= b.start_s + 0.001 for a, b in itertools.pairwise(chunks))
    for span in spans:
        assert any(c.start_s <= span.start_s + 0.001 and span.end_s <= c.end_s + 0.001 for c in chunks)
    assert sum(c.voiced_s for c in chunks) == pytest.approx(sum(s.length_s for s in spans), abs=0.01 * (len(spans) + 1))


def test_a_long_silence_ends_a_chunk() -> None:
    chunks = plan_chunks([Span(0.0, 1.0), Span(1.0 + MAX_GAP_S + 0.1, 5.0)], 6.0, 12.0)
    assert [(c.start_s, c.end_s) for c in chunks] == [(0.0, 1.0 + PAD_S), (3.1 - PAD_S, 5.0 + PAD_S)]


def test_a_chunk_is_cut_at_the_longest_pause() -> None:
    spans = [Span(0.0, 7.0), Span(8.0, 10.0), Span(10.2, 11.0), Span(11.2, 14.0)]
    first = plan_chunks(spans, 15.0, 12.0)[0]
    assert first.end_s == 7.0 + PAD_S


@pytest.mark.parametrize(
    ("text", "voiced_s", "logprob", "flag"),
    [
        ("I am here for you I am here for you I am here for you", 6.0, -0.2, Flag.REPETITION),
        ("no no no no no no no no no no no no no no no no no no no no no no no no", 9.0, -0.2, Flag.COMPRESSION),
        ("Thanks for watching", 0.1, -0.2, Flag.NO_VOICE),
        ("this is far too much to be said in so short a time", 1.0, -0.2, Flag.SPEECH_RATE),
        ("well I never", 2.0, -1.4, Flag.LOW_CONFIDENCE),
    ],
)
def test_what_nobody_says_is_flagged(text: str, voiced_s: float, logprob: float, flag: Flag) -> None:
    assert flag in suspicions(words(text), voiced_s, logprob)


@pytest.mark.parametrize(
    "text", ["", "Mm.", "Thank you. Thank you for saying that.", "No, no, no, I did not mean that."]
)
def test_what_people_say_is_not_flagged(text: str) -> None:
    assert suspicions(words(text), 3.0, -0.3) == ()


@given(st.lists(st.tuples(st.floats(-5, 20), st.floats(-5, 20)), max_size=40))
def test_word_times_rise_and_stay_inside(times: list[tuple[float, float]]) -> None:
    ordered = in_order([Word(a, b, "w", 1.0) for a, b in times], 2.0, 12.0)
    assert len(ordered) == len(times)
    assert all(2.0 <= w.start_s <= w.end_s <= 12.0 for w in ordered)
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(ordered))


def test_without_any_other_model_auto_is_the_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert find_model("auto", tmp_path).name == BUNDLED
    assert [m.name for m in known_models(tmp_path) if m.path] == [BUNDLED]


def test_the_bundled_model_is_whole(tmp_path: Path) -> None:
    assert check_model(find_model(BUNDLED, tmp_path)) is None


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.bin and config\.json missing"):
        find_model(str(tmp_path), tmp_path)


def test_an_unknown_name_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model called enormous"):
        find_model("enormous", tmp_path)


def test_a_model_that_is_not_here_is_never_fetched_silently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(ModelError, match="Get it once"):
        find_model("small.en", tmp_path)


def test_a_download_without_a_network_says_so_and_leaves_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(ModelError, match=r"tiny\.en could not be downloaded"):
        download("tiny.en", tmp_path)
    with pytest.raises(ModelError, match="not on this machine"):
        find_model("tiny.en", tmp_path)
