"""Labelled turns in, figures and models out."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from companion.errors import BadInputError, ModelError, NotFoundError
from companion.learning import (
    SHIPPED_CORPUS,
    evaluate_asked,
    evaluate_scores,
    grouped,
    line_of,
    pack,
    read_corpus,
    read_lines,
)
from companion.moves import tag_turn, tag_turns
from companion.moves.model import BUNDLED, LABELS_IN_ORDER, fingerprint, load
from companion.taggers import Taggers
from companion.types import Role, Turn
from training.moves.pack import packed
from training.moves.train import whole_corpus

MOST = 1_000_000
TALK = (
    ("Ana", "I felt so alone last night.", ["vulnerability"]),
    ("Ben", "Of course you felt alone. I walked out on you.", ["validation"]),
    ("Ana", "I understand, but you could have called.", None),
)


def written(folder: Path, *rows: object) -> Path:
    path = folder / "labelled.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


# ---- the corpus that travels with the package


def test_the_packed_corpus_is_the_folder_without_its_test_part() -> None:
    text = gzip.decompress(SHIPPED_CORPUS.read_bytes()).decode()
    assert text == pack(whole_corpus()), "run python -m training.moves.pack"
    assert {json.loads(line)["part"] for line in text.splitlines()} == {
        "train",
        "heard",
        "dev",
        "contrasts",
        "examples",
    }


def test_packing_twice_gives_the_same_bytes_and_reading_gives_the_corpus() -> None:
    corpus = whole_corpus()
    assert packed(pack(corpus)) == packed(pack(corpus))
    assert read_corpus() == corpus


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip at all", gzip.compress(b'{"id": 1, "text": "x", "part": "test"}', mtime=0)],
    ids=["empty", "no gzip", "another part"],
)
def test_a_broken_corpus_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "c.jsonl.gz").write_bytes(data)
    with pytest.raises(BadInputError, match=r"corpus|part"):
        read_corpus(tmp_path / "c.jsonl.gz")


# ---- lines


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is"),
        ("[1]", "line 2 needs an id and a text"),
        ({"id": 1}, "line 2 needs an id and a text"),
        ({"id": 1, "text": "Yes."}, "line 2 has no tags"),
        ({"id": 1, "text": "Yes.", "near_miss": True}, "says near_miss and no tags"),
        ({"id": 1, "text": "Yes.", "tags": ["kindness"]}, "the tag 'kindness'; the tags are validation"),
        ({"id": 1, "text": "Yes.", "tags": "care"}, "tags that are not a list"),
        ({"id": 1, "text": "Yes.", "tags": [["care"]]}, "tags that are not a list"),
        ({"id": 1, "text": "Yes.", "tags": [], "near_miss": 0.5}, "near_miss that is neither"),
        ({"id": 1, "text": "Yes.", "tags": [], "role": "boss"}, "the role 'boss'"),
        ({"id": 1, "text": "Yes.", "tags": [], "context": [1]}, "a context that is neither"),
        ({"id": 1, "text": "Yes.", "tags": [], "speaker": 3}, "a speaker that is not a name"),
        ({"id": 1, "text": "Yes.", "tags": [], "conversation": []}, "a conversation that is neither"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: object, sentence: str) -> None:
    with pytest.raises(BadInputError, match=sentence):
        read_lines(written(tmp_path, {"id": 0, "text": "Mm.", "tags": []}, line), MOST, labelled=True)


def test_a_file_without_labels_a_large_or_a_missing_one_is_a_sentence(tmp_path: Path) -> None:
    heard_only = written(tmp_path, {"id": 1, "text": "Yes.", "conversation": "a"})
    with pytest.raises(BadInputError, match="no line with tags"):
        read_lines(heard_only, MOST, labelled=True)
    with pytest.raises(BadInputError, match="larger than 10 bytes"):
        read_lines(heard_only, 10)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_lines(tmp_path / "none.jsonl", MOST)
    heard_only.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="not UTF-8"):
        read_lines(heard_only, MOST)


def test_a_tag_within_another_brings_it_along() -> None:
    line = line_of('{"id": 1, "text": "It was Tuesday.", "tags": ["correcting"], "near_miss": true}', "here")
    assert line.labels == {"correcting", "defensiveness", "near_miss"}


# ---- figures


def test_figures_of_scores_that_were_written_by_hand() -> None:
    validation, near = LABELS_IN_ORDER.index("validation"), LABELS_IN_ORDER.index("near_miss")
    scores = np.zeros((5, len(LABELS_IN_ORDER)), np.float32)
    true = np.zeros(scores.shape, bool)
    scores[:, validation] = [0.9, 0.8, 0.7, 0.6, 0.1]
    true[[0, 2, 4], validation] = True
    true[1, near] = True
    found = evaluate_scores(scores, true, np.full(scores.shape, 0.65, np.float32), list("aabbc"))
    f = found.figures[validation]
    assert (f.turns, f.given) == (3, 3)
    assert (f.precision, f.recall, f.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert f.average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert 0.0 <= f.f1_low <= f.f1 <= f.f1_high <= 1.0
    assert (found.samples, found.groups, found.near_misses, found.alarms) == (5, 3, 1, 1)
    assert (found.macro_labels, found.macro_f1) == (1, pytest.approx(2 / 3))
    # Ten bins over all cells: 75 zeros of which one is true, and the five scores, each in a bin of its own but 0.1.
    zeros = 5 * len(LABELS_IN_ORDER) - 5
    gaps = zeros * (1 / zeros) + abs(0.9 - 1) + 0.8 + abs(0.7 - 1) + 0.6 + abs(0.1 - 1)
    assert found.calibration_error == pytest.approx(gaps / (5 * len(LABELS_IN_ORDER)), abs=1e-6)


def test_a_conversation_is_judged_as_one_and_its_unlabelled_turns_are_only_heard(tmp_path: Path) -> None:
    rows = [
        {"id": k, "conversation": "x", "speaker": who, "role": "partner", "text": text}
        | ({} if tags is None else {"tags": tags})
        for k, (who, text, tags) in enumerate(TALK)
    ]
    talks, replies = grouped(read_lines(written(tmp_path, *rows), MOST, labelled=True))
    asked = evaluate_asked(load(), talks, replies)
    assert (asked.evaluation.samples, asked.evaluation.groups, replies) == (2, 1, ())
    turns = [Turn(k, who, Role.PARTNER, 3.0 * k, 3.0 * k + 2, text) for k, (who, text, _) in enumerate(TALK)]
    given = {f.label for f in asked.evaluation.figures if f.given}
    assert given >= {t.tag for tags in tag_turns(turns)[:2] for t in tags.tags if t.score > 0.9}


def test_the_figures_are_of_what_the_tagger_gives(tmp_path: Path) -> None:
    right = {"text": "Of course you pulled back, I'd just snapped at you.", "context": ["I went quiet on you."]}
    wrong = {"text": "I understand, but you could have called.", "context": ["I was alone."]}
    given = [t.tag.value for t in tag_turn(right["text"], right["context"], Role.PARTNER).tags]
    rows = [
        {"id": "a", "role": "partner", **right, "tags": given},
        {"id": "b", "role": "partner", **wrong, "tags": ["validation"], "near_miss": False},  # wrong on purpose
    ]
    asked = evaluate_asked(load(), *grouped(read_lines(written(tmp_path, *rows), MOST, labelled=True)))
    f = asked.evaluation.figures[LABELS_IN_ORDER.index("validation")]
    assert (f.turns, f.given, f.precision, f.recall) == (2, 1, 1.0, 0.5)
    assert {(e.label, e.missed) for e in asked.errors} >= {("validation", True), ("near_miss", False)}
    assert all(e.group == "b" and e.text == wrong["text"] for e in asked.errors)
    assert [e.confidence for e in asked.errors] == sorted((e.confidence for e in asked.errors), reverse=True)


# ---- the model of a library


def test_a_librarys_own_tagger_is_used_and_the_one_before_is_kept(tmp_path: Path) -> None:
    taggers = Taggers(tmp_path)
    assert taggers.current() is load()
    one, two = (replace(load(), about={"number": n}, bias=load().bias + n) for n in (1, 2))
    taggers.keep(one)
    assert taggers.current().about == {"number": 1}
    taggers.keep(two)
    assert taggers.current().about == {"number": 2}
    taggers.go_back()
    assert taggers.current().about == {"number": 1}
    taggers.go_back()
    assert taggers.current().about == {"number": 2}
    taggers.reset()
    assert fingerprint(taggers.current()) == fingerprint(load())
    with pytest.raises(NotFoundError, match="in use already"):
        taggers.reset()
    taggers.go_back()
    assert taggers.current().about == {"number": 2}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["moves.npz"]


def test_before_the_first_own_tagger_there_was_the_shipped_one(tmp_path: Path) -> None:
    taggers = Taggers(tmp_path)
    with pytest.raises(NotFoundError, match="no tagger before"):
        taggers.go_back()
    taggers.keep(load())
    taggers.go_back()
    assert not taggers.own


def test_a_fingerprint_outlives_the_file_and_tells_models_apart(tmp_path: Path) -> None:
    taggers = Taggers(tmp_path)
    taggers.keep(load())
    assert fingerprint(taggers.current()) == fingerprint(load(BUNDLED))
    assert fingerprint(replace(load(), bias=load().bias + 1)) != fingerprint(load())


@pytest.mark.parametrize("data", [b"", b"nothing that numpy knows", b"PK\x03\x04 half a zip"])
def test_a_broken_tagger_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    taggers = Taggers(tmp_path)
    taggers.own_file.write_bytes(data)
    with pytest.raises(ModelError, match="companion moves reset"):
        taggers.current()
    taggers.reset()
    assert taggers.current() is load()
