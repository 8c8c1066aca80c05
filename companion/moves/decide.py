"""From a turn's features to its tags, with the words that speak for each."""

from __future__ import annotations

import math
from collections.abc import Mapping

from companion.moves.bids import only_keeps_the_floor
from companion.moves.context import Setting
from companion.moves.echo import carried
from companion.moves.features import features_of
from companion.moves.model import (
    CUES,
    LABELS_IN_ORDER,
    NEAR_MISS,
    MovesModel,
    kind_of,
    load,
    scaled,
    spread,
    tokens_that_speak,
)
from companion.moves.normalise import ENDS, Doc
from companion.types import Evidence, Role, Tag, TagScore, TurnTags

CUE_SLOPE, CUE_PRIOR = 2.0, 2.0  # from a cue's feature to log-odds: about one turn in eight has any tag

_EMPTY_WORD = 0.3  # what "that" and "and" count when it is decided which words are shown as telling

_NOTHING = (0.0,) * len(Tag)
_PLAINLY_KIND = (Tag.VALIDATION, Tag.OWNERSHIP, Tag.CARE)

PARENTS: dict[Tag, Tag] = {
    Tag.NAMES_BLOCK: Tag.VULNERABILITY,
    Tag.TOPIC_CHANGE: Tag.DISMISSING,
    Tag.CORRECTING: Tag.DEFENSIVENESS,
}
"""A sub-tag never comes without its parent."""


def decide(doc: Doc, setting: Setting, role: Role, model: MovesModel | None = None) -> TurnTags:
    """Tag one turn.

    Args:
        doc: the turn as plain words.
        setting: what stands around it.
        role: who speaks.
        model: the tagger; None for the one in use.

    Returns:
        The tags above their thresholds for listeners, those that are enough for a host to look at, the scores of all,
        and how much the turn only looks like validation.
    """
    if only_keeps_the_floor(doc):
        return TurnTags((), 0.0, _NOTHING)
    model = model or load()
    features = features_of(doc, setting, role)
    values = scaled(features)
    if not any(name.startswith("w:") and name in model.index for name in values):
        return TurnTags((), 0.0, _NOTHING)  # no word of it was ever learned from: another language, noise
    least = model.shown[kind_of(values)]
    scores = dict(zip(LABELS_IN_ORDER, (float(s) for s in model.scores(values)), strict=True))
    if setting.alone:
        _hear_cues(scores, values, least)
    for child, parent in PARENTS.items():
        scores[parent.value] = max(scores[parent.value], scores[child.value])
    asked = model.queued[kind_of(values)]
    given = [tag for tag in Tag if scores[tag.value] >= min(least[tag.value], asked[tag.value])]
    found = []
    telling = {word.token for word in carried(doc)}
    for tag in given:
        weights = spread(model, features, values, tag.value, len(doc.tokens))
        weights = [w if k in telling else _EMPTY_WORD * w for k, w in enumerate(weights)]
        runs = tokens_that_speak(weights) or features.spans.get(f"r:{tag.value}") or [(0, len(doc.tokens))]
        found.append(TagScore(tag, round(scores[tag.value], 3), evidence_of(doc, runs)))
    found.sort(key=lambda t: (-t.score, t.tag.value))
    return TurnTags(
        tuple(t for t in found if scores[t.tag.value] >= least[t.tag.value]),
        round(scores[NEAR_MISS], 3),
        tuple(round(scores[tag.value], 4) for tag in Tag),
        tuple(t for t in found if scores[t.tag.value] < least[t.tag.value]),
    )


def _hear_cues(scores: dict[str, float], values: Mapping[str, float], least: Mapping[str, float]) -> None:
    """Let plain cues speak for themselves in a turn that is read alone.

    The model learned most from whole conversations, where hardly anybody says the plain thing plainly. A cue that is
    enough by itself therefore gives its tag here, and one for `near_miss` takes a validation or an apology away.
    """
    cued = {
        label: CUE_SLOPE * values.get(name, 0.0) - CUE_PRIOR for label, name in zip(LABELS_IN_ORDER, CUES, strict=True)
    }
    for label, odds in cued.items():
        if odds >= 0.0:
            scores[label] = max(scores[label], least[label], 1 / (1 + math.exp(-odds)))
    if cued[NEAR_MISS] < 0.0 <= max(cued[tag] for tag in _PLAINLY_KIND):
        scores[NEAR_MISS] = min(scores[NEAR_MISS], least[NEAR_MISS] / 2)
    for tag in (Tag.VALIDATION, Tag.OWNERSHIP):
        if cued[NEAR_MISS] >= 0.0 > cued[tag]:
            scores[tag] = min(scores[tag], least[tag] / 2)


def evidence_of(doc: Doc, runs: list[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The characters that runs of tokens cover."""
    found = []
    for first, end in runs:
        while end > first + 1 and doc.tokens[end - 1] in ENDS:
            end -= 1
        start_char, end_char = doc.spans[first][0], doc.spans[end - 1][1]
        found.append(Evidence(doc.text[start_char:end_char], start_char, end_char))
    return tuple(found)
