"""How a tagger does on turns that somebody else has labelled, as people meet it: whole, with all that it decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from companion.learning.judging import Evaluation, evaluate_given
from companion.learning.recipe import Reply, Talk
from companion.learning.samples import turns_of
from companion.moves.context import Conversation, Setting, setting_of_texts
from companion.moves.decide import decide
from companion.moves.features import features_of
from companion.moves.model import LABELS_IN_ORDER, NEAR_MISS, MovesModel, kind_of, scaled
from companion.moves.normalise import Doc, normalise
from companion.types import Role, Tag

_BELOW = 1e-4  # how far under its threshold a label that was not given is put


@dataclass(frozen=True, slots=True)
class WorstError:
    """A label that was missed or given wrongly."""

    label: str
    missed: bool  # False: given wrongly
    confidence: float  # 0..1: how sure the tagger was of the wrong thing
    group: str  # the conversation, or the line's id
    text: str
    context: tuple[str, ...]  # what was said before, oldest first


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a tagger said, beside what is true."""

    evaluation: Evaluation
    scores: NDArray[np.float32]  # (turns, labels), 0..1
    true: NDArray[np.bool_]  # the same shape
    errors: tuple[WorstError, ...]  # the surest first


@dataclass(frozen=True, slots=True)
class _Question:
    """One labelled turn, ready to be asked about."""

    doc: Doc
    setting: Setting
    role: Role
    labels: frozenset[str]
    group: str
    text: str
    context: tuple[str, ...]


def evaluate_asked(model: MovesModel, talks: Sequence[Talk], replies: Sequence[Reply]) -> Asked:
    """Tag labelled turns and compare.

    Args:
        model: the tagger.
        talks: conversations, judged as such; turns without labels are only heard.
        replies: turns that are read alone.
    """
    questions = [*_of_talks(talks), *_of_replies(replies)]
    true = np.array([[label in q.labels for label in LABELS_IN_ORDER] for q in questions])
    scores, given = np.zeros(true.shape, np.float32), np.zeros(true.shape, bool)
    for row, question in enumerate(questions):
        scores[row], given[row] = _answer(model, question)
    groups = [question.group for question in questions]
    return Asked(evaluate_given(given, scores, true, groups), scores, true, _errors(questions, scores, given, true))


def _of_talks(talks: Sequence[Talk]) -> Iterator[_Question]:
    for talk in talks:
        conversation = Conversation(turns_of(talk.said))
        for k, one in enumerate(talk.said):
            if one.labels is not None:
                before = tuple(f"{t.speaker or '?'}: {t.text}" for t in talk.said[max(0, k - 3) : k])
                doc = conversation.reads[k].doc
                yield _Question(doc, conversation.setting(k), one.role, one.labels, talk.name, one.text, before)


def _of_replies(replies: Sequence[Reply]) -> Iterator[_Question]:
    for one in replies:
        doc = normalise(one.text)
        setting = setting_of_texts(doc, one.context)
        yield _Question(doc, setting, one.role, one.labels, one.group, one.text, one.context[-3:])


def _answer(model: MovesModel, question: _Question) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores and given labels of one turn: what `decide` gives; under its thresholds what the model says alone."""
    said = decide(question.doc, question.setting, question.role, model)
    values = scaled(features_of(question.doc, question.setting, question.role))
    least = model.shown[kind_of(values)]
    sure = {t.tag.value: t.score for t in said.tags}
    if said.near_miss >= least[NEAR_MISS]:
        sure[NEAR_MISS] = said.near_miss
    raw = model.scores(values)
    scores = [
        sure.get(label, max(0.0, min(float(raw[c]), least[label] - _BELOW))) for c, label in enumerate(LABELS_IN_ORDER)
    ]
    return np.array(scores, np.float32), np.array([label in sure for label in LABELS_IN_ORDER])


def _errors(
    questions: Sequence[_Question],
    scores: NDArray[np.float32],
    given: NDArray[np.bool_],
    true: NDArray[np.bool_],
) -> tuple[WorstError, ...]:
    found = []
    for row, column in zip(*np.nonzero(given != true), strict=True):
        question, missed = questions[row], bool(true[row, column])
        score = float(scores[row, column])
        sure = 1.0 - score if missed else score
        label = LABELS_IN_ORDER[column]
        found.append(WorstError(label, missed, round(sure, 3), question.group, question.text, question.context))
    order = {label: k for k, label in enumerate((*Tag, NEAR_MISS))}
    return tuple(sorted(found, key=lambda e: (-e.confidence, order[e.label], e.text)))
