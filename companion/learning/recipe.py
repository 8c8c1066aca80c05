"""How a model is made of a corpus, the shipped one and a library's own alike: which turns, in which forms.

`training/moves` makes the shipped model with it, `companion moves train` adds the decisions of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from companion.learning.fitting import Report, fit, stricter, with_thresholds
from companion.learning.samples import LabelledText, Sample, plain, sample_of_reply, samples_of_talk
from companion.moves.model import MovesModel
from companion.types import Progress, Role

if TYPE_CHECKING:
    from companion.learning.corpus import Corpus

REPLY_WEIGHT = 1.0  # how much a single reply counts beside a turn of a dialogue
HELD_EVERY = 2  # every second contrast set helps to choose the thresholds for turns that are read alone
DECISION_WEIGHT = 2.0  # how much a turn that a person decided on counts: few, but of the people who will be heard
FORMS = (False, True)  # as written, and without capitals and punctuation


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with labels."""

    name: str
    said: tuple[LabelledText, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A labelled turn of which only the texts before are known."""

    group: str  # replies of one group answer the same bid
    text: str
    context: tuple[str, ...]  # oldest first
    role: Role
    labels: frozenset[str]


def samples_of(talks: Iterable[Talk], change: bool = False, weight: float = 1.0) -> list[Sample]:
    """The samples of conversations; with `change` without capitals and punctuation."""
    return [sample for talk in talks for sample in samples_of_talk(_said(talk, change), talk.name, weight)]


def samples_of_single_turns(talks: Iterable[Talk], change: bool = False, weight: float = 1.0) -> list[Sample]:
    """The same turns as `companion tag --jsonl` sees them: with no more than what somebody else said before."""
    found = []
    for talk in talks:
        turns = _said(talk, change)
        for k, turn in enumerate(turns):
            if turn.labels is not None:
                before = [t.text for t in turns[max(0, k - 3) : k] if t.speaker != turn.speaker][-1:]
                found.append(sample_of_reply(turn.text, before, turn.role, turn.labels, talk.name, weight))
    return found


def samples_of_replies(replies: Iterable[Reply], weight: float = REPLY_WEIGHT) -> list[Sample]:
    """Single labelled replies, as written and without punctuation; with and, at times, without what came before."""
    found = []
    for one in replies:
        for form in (str, plain):
            context = [form(text) for text in one.context]
            found.append(sample_of_reply(form(one.text), context, one.role, one.labels, one.group, weight))
            found.append(sample_of_reply(form(one.text), (), Role.UNKNOWN, one.labels, one.group, weight / 4))
    return found


def learn(
    corpus: Corpus,
    talks: Sequence[Talk] = (),
    replies: Sequence[Reply] = (),
    report: Report = lambda _: None,
) -> MovesModel:
    """Make a model.

    Args:
        corpus: what the shipped model is made of.
        talks: further conversations, of which some turns are labelled.
        replies: further turns that are read alone.
        report: is told how far it is.

    Raises:
        BadInputError: scikit-learn is not installed, or a label never occurs.
    """
    kept = {g for n, g in enumerate(dict.fromkeys(one.group for one in corpus.contrasts)) if n % HELD_EVERY == 0}
    watched = _Watched(report, 2 * len(corpus.train) + len(corpus.heard) + len(corpus.dev))
    learned = [
        s
        for change in FORMS
        for talk in watched(corpus.train)
        for s in samples_of([talk], change) + samples_of_single_turns([talk], change)
    ]
    for talk in watched(corpus.heard):
        learned += samples_of([talk]) + samples_of_single_turns([talk])
    learned += samples_of_replies(one for one in corpus.contrasts if one.group not in kept)
    held = samples_of_replies(one for one in corpus.contrasts if one.group in kept)
    judged = [sample for talk in watched(corpus.dev) for sample in samples_of([talk])]
    alone = samples_of_single_turns(corpus.dev)
    plain_ones = samples_of_replies(corpus.examples)
    about = {"dialogues": len(corpus.train), "heard": len(corpus.heard), "replies": len(corpus.contrasts)}
    about["samples"] = len(learned) + len(held)
    if talks or replies:
        for change in FORMS:
            learned += samples_of(talks, change, DECISION_WEIGHT)
            learned += samples_of_single_turns(talks, change, DECISION_WEIGHT)
        learned += samples_of_replies(replies, DECISION_WEIGHT)
        about["decisions"] = len(replies) + sum(one.labels is not None for talk in talks for one in talk.said)
    model = fit(learned, judged + alone + plain_ones, about, held, report)
    return stricter(model, with_thresholds(model, judged + alone))


class _Watched:
    """Counts conversations on their way through."""

    def __init__(self, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0

    def __call__(self, talks: Iterable[Talk]) -> Iterator[Talk]:
        for talk in talks:
            self._report(Progress("samples", self._done, self._total, "talks"))
            yield talk
            self._done += 1


def _said(talk: Talk, change: bool) -> list[LabelledText]:
    if not change:
        return list(talk.said)
    return [LabelledText(one.speaker, one.role, plain(one.text), one.labels) for one in talk.said]
