"""What the model sees of labelled turns: features of a turn in its conversation, or of one that is read alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companion.moves.context import Conversation, setting_of_texts
from companion.moves.features import features_of
from companion.moves.model import scaled
from companion.moves.normalise import normalise
from companion.types import Role, Turn

WORDS_PER_S = 2.8  # where the times of turns are not known
GAP_S = 0.5
_PLAIN = re.compile(r"[^a-z' ]+")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A turn of a conversation, with its labels."""

    speaker: str | None
    role: Role
    text: str
    labels: frozenset[str] | None  # None: nobody has labelled it; it is there for the turns around it


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model sees of a labelled turn."""

    values: Mapping[str, float]
    labels: frozenset[str]
    group: str  # the conversation; samples of one are drawn together
    weight: float = 1.0  # how much it counts when weights are learned


def plain(text: str) -> str:
    """A text as a recogniser without punctuation would write it."""
    return " ".join(_PLAIN.sub(" ", text.lower().replace("’", "'")).split()) or "mm"


def turns_of(said: Sequence[LabelledText]) -> list[Turn]:
    """Turns with times guessed from their words."""
    turns, at_s = [], 0.0
    for index, one in enumerate(said):
        length_s = len(one.text.split()) / WORDS_PER_S
        turns.append(Turn(index, one.speaker, one.role, at_s, at_s + length_s, one.text))
        at_s += length_s + GAP_S
    return turns


def samples_of_talk(said: Sequence[LabelledText], group: str, weight: float = 1.0) -> list[Sample]:
    """The samples of the labelled turns of a whole conversation."""
    return samples_of_turns(turns_of(said), [one.labels for one in said], group, weight)


def samples_of_turns(
    turns: Sequence[Turn], labels: Sequence[frozenset[str] | None], group: str, weight: float = 1.0
) -> list[Sample]:
    """The samples of labelled turns with their own times, as of a recognised conversation."""
    talk = Conversation(turns)
    return [
        Sample(scaled(features_of(talk.reads[k].doc, talk.setting(k), turns[k].role)), wanted, group, weight)
        for k, wanted in enumerate(labels)
        if wanted is not None
    ]


def sample_of_reply(
    text: str, context: Sequence[str], role: Role, labels: frozenset[str], group: str, weight: float = 1.0
) -> Sample:
    """The sample of a single turn of which only the texts before are known, oldest first."""
    doc = normalise(text)
    return Sample(scaled(features_of(doc, setting_of_texts(doc, context), role)), labels, group, weight)
