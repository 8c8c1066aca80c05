"""From a turn's features to its tags, with the words that speak for each."""

from __future__ import annotations

from companion.moves.context import Setting
from companion.moves.features import features_of
from companion.moves.model import LABELS_IN_ORDER, NEAR_MISS, MovesModel, load, scaled, spread, tokens_that_speak
from companion.moves.normalise import ENDS, Doc
from companion.types import Evidence, Role, Tag, TagScore, TurnTags

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
        The tags above their thresholds for a host's queue, and how much the turn only looks like validation.
    """
    if not doc.words:
        return TurnTags((), 0.0)
    model = model or load()
    features = features_of(doc, setting, role)
    values = scaled(features)
    scores = dict(zip(LABELS_IN_ORDER, (float(s) for s in model.scores(values)), strict=True))
    for child, parent in PARENTS.items():
        scores[parent.value] = max(scores[parent.value], scores[child.value])
    found = []
    for tag in Tag:
        if scores[tag.value] >= model.queued[tag.value]:
            weights = spread(model, features, values, tag.value, len(doc.tokens))
            found.append(TagScore(tag, round(scores[tag.value], 3), evidence_of(doc, tokens_that_speak(weights))))
    found.sort(key=lambda t: (-t.score, t.tag.value))
    return TurnTags(tuple(found), round(scores[NEAR_MISS], 3))


def evidence_of(doc: Doc, runs: list[tuple[int, int]]) -> tuple[Evidence, ...]:
    """The characters that runs of tokens cover."""
    found = []
    for first, end in runs:
        while end > first + 1 and doc.tokens[end - 1] in ENDS:
            end -= 1
        start_char, end_char = doc.spans[first][0], doc.spans[end - 1][1]
        found.append(Evidence(doc.text[start_char:end_char], start_char, end_char))
    return tuple(found)
