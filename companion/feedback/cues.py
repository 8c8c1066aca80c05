"""Words that turn away, by how they do, as they are spoken in answer to a feeling."""

from __future__ import annotations

from companion.feedback import cues_against, cues_instead
from companion.moves.patterns import Cue
from companion.takes import AwayKind

CUES: dict[AwayKind, tuple[Cue, ...]] = {
    AwayKind.BUT: cues_against.BUT,
    AwayKind.FIXING: cues_instead.FIXING,
    AwayKind.DEFENDING: cues_instead.DEFENDING,
    AwayKind.CORRECTING: cues_instead.CORRECTING,
    AwayKind.OWN_STORY: cues_instead.OWN_STORY,
    AwayKind.DISMISSING: cues_against.DISMISSING,
    AwayKind.CRITICISM: cues_against.CRITICISM,
    AwayKind.WITHDRAWING: cues_against.WITHDRAWING,
}
