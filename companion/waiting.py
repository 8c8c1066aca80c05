"""What waits for a host's word: moments as they stand, and what a machine was not sure enough of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from companion.errors import ConflictError
from companion.types import Decision, DecisionKind, LookAlike, Moment, StoredMoment, TagScore

STAMP_CHARS = 16
DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.REJECT: "rejected",
    DecisionKind.RETAG: "changed the tags of",
    DecisionKind.BOUNDS: "moved the bounds of",
    DecisionKind.MAKE: "made",
    DecisionKind.REOPEN: "took back what was decided on",
    DecisionKind.UNDO: "undid the last decision on",
}
"""What somebody did to a moment, in words."""


class MomentChangedError(ConflictError):
    """Somebody was faster. `moment_id` is the moment; how it stands now is worth a look."""

    def __init__(self, sentence: str, moment_id: str) -> None:
        super().__init__(sentence)
        self.moment_id = moment_id


@dataclass(frozen=True, slots=True)
class Standing:
    """A moment as it stands, whatever was decided on it."""

    stored: StoredMoment
    rejected: bool
    last: Decision | None  # the last decision on it that was not undone
    as_of: str  # another one as soon as anything of the moment changes

    @property
    def by_hand(self) -> bool:
        """A person found it; the machine had not."""
        return self.last is not None and not self.last.suggested


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A reply that may lean in: enough for a host to listen, too little to suggest it."""

    found: LookAlike  # where it is and what is said
    tags: tuple[TagScore, ...]  # strongest first


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of an episode waits."""

    episode_slug: str
    episode_title: str
    suggested: int
    approved: int


def stamp_of(moment: Moment, rejected: bool) -> str:
    """Stands for all of a moment that a host sees; numbers of turns and the machine's score are left out.

    Args:
        moment: as it stands.
        rejected: whether it was rejected.
    """
    seen = [
        rejected,
        moment.state,
        round(moment.start_s, 3),
        round(moment.end_s, 3),
        sorted(scored.tag for scored in moment.tags),
        moment.validating_speaker,
        moment.validated_speaker,
        moment.quote,
        moment.bid,
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:STAMP_CHARS]


def clock(seconds: float) -> str:
    """A place in a recording, such as 12:04.

    Args:
        seconds: from the start.
    """
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes}:{second:02d}"
