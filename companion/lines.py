"""What a transcript is edited by: lines, changes, versions, new recognitions. Frozen data, like `companion.types`.

A line is a segment with a number that stays, whatever comes before it. Voices are meant by their labels, which stay
when a person names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from companion.errors import ConflictError
from companion.types import Flag, Role, Segment, Voice, Word

PLACE_ROOM = 1 << 32
"""Between the places of two lines as they were recognised: a line can be split 32 times before there is no room."""


@dataclass(frozen=True, slots=True)
class Made:
    """A line as the machine made it."""

    text: str
    voice: str | None  # label
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """A segment as it is edited."""

    id: int  # stays, and is never used again
    place: int  # lines are in the order of their places
    voice: str | None  # label
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()  # empty, too, where a line was read without them
    flags: tuple[Flag, ...] = ()
    speaker_confidence: float | None = None  # 0..1; None where the speaker is certain or unknown
    rev: int = 0  # the transcript's revision at which it last changed
    made: Made | None = None  # None until a person changes its words, times or voice
    looked: bool = False  # a person has looked at its flags

    @property
    def needs_look(self) -> bool:
        """Whether somebody should still look at it."""
        return bool(self.flags) and not self.looked

    def as_made(self) -> Made:
        """What the machine made of it."""
        return self.made or Made(self.text, self.voice, self.start_s, self.end_s)

    def segment(self, names: Mapping[str, str]) -> Segment:
        """The same as a segment, with the names that voices have by their labels."""
        speaker = None if self.voice is None else names.get(self.voice, self.voice)
        return Segment(self.start_s, self.end_s, self.text, speaker, self.words, self.flags, self.speaker_confidence)


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """A voice with what it takes to name it."""

    label: str
    name: str
    role: Role
    confirmed: bool
    lines: int  # how many it says
    sample_s: tuple[float, float] | None  # its clearest stretch of about five seconds; None where it says nothing


@dataclass(frozen=True, slots=True)
class Step:
    """A change that can be undone or done again."""

    rev: int  # the transcript's revision that it made
    what: str  # "Changed the words of a line"
    by: str
    made: datetime
    lines: tuple[int, ...]  # ids of the lines that it touched, at most a few


@dataclass(frozen=True, slots=True)
class Opening:
    """How a transcript stands."""

    rev: int  # raised by every change
    version: int
    voices: tuple[VoiceRow, ...]
    line_count: int
    flagged: int  # lines that somebody should look at
    undo: Step | None  # what would be undone
    redo: Step | None
    settled: bool  # tags and moments were made from these words


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change made of a transcript."""

    rev: int
    version: int
    lines: tuple[Line, ...]  # new or changed, without words
    order: tuple[int, ...] | None  # ids of all lines where lines came, went or moved
    voices: tuple[VoiceRow, ...] | None  # where they changed, or how much they say
    undo: Step | None
    redo: Step | None
    settled: bool
    count: int = 0  # of what was found and replaced


@dataclass(frozen=True, slots=True)
class Found:
    """A line in which words would be replaced."""

    id: int
    before: str
    after: str
    hits: int


class EditConflictError(ConflictError):
    """Somebody changed the same thing meanwhile."""

    def __init__(
        self, sentence: str, rev: int, line: Line | None = None, yours: str | None = None, step: Step | None = None
    ) -> None:
        super().__init__(sentence)
        self.rev = rev
        self.line = line  # as it is now; None where it is gone or the conflict is about the whole
        self.yours = yours  # what was sent
        self.step = step  # who changed it, and when


# ---- versions


class Source(StrEnum):
    """What made a version."""

    RECOGNITION = "recognition"
    IMPORT = "import"
    KEPT = "kept"  # a copy of another one, kept by a person


@dataclass(frozen=True, slots=True)
class Version:
    """One of an episode's transcripts."""

    number: int
    made: datetime
    by: str
    source: Source
    options: dict[str, Any] = field(default_factory=dict)  # model, hotwords, speakers
    note: str = ""
    lines: int = 0
    edits: int = 0  # lines that a person changed
    current: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a version."""

    lines: tuple[Line, ...]
    voices: tuple[Voice, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Lines of two versions that are said at the same time."""

    left: tuple[int, ...]  # ids
    right: tuple[int, ...]
    start_s: float
    end_s: float
    same: bool
    left_voice: str  # names
    right_voice: str
    left_pieces: tuple[tuple[str, bool], ...]  # text, and whether it differs
    right_pieces: tuple[tuple[str, bool], ...]
    edited: bool  # a person changed one of them


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side."""

    left: int
    right: int
    pairs: tuple[Pair, ...]  # of this page
    same: int  # how many pairs of all are the same
    differing: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class NotCarried:
    """A person's change that a new recognition has no place for."""

    text: str  # as the person left it
    made: str  # as the machine had it
    start_s: float
    why: str  # a sentence


@dataclass(frozen=True, slots=True)
class Carried:
    """How a person's changes were taken over onto another version."""

    carried: int
    cannot: tuple[NotCarried, ...]
    rev: int = 0
    version: int = 0


# ---- a new recognition


class JobState(StrEnum):
    """How far a new recognition is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Recognition:
    """A new recognition of an episode, with the parameters that stay with it."""

    id: int
    episode_id: int
    state: JobState
    model: str
    hotwords: tuple[str, ...]
    speakers: int | None
    by: str
    asked: datetime
    begun: datetime | None = None  # when its first chunk was recognised
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    unit: str = ""
    error: str | None = None
    version: int | None = None  # what it made


# ---- words of the house


@dataclass(frozen=True, slots=True)
class HouseWords:
    """The show's own names and terms, of which the recogniser is told."""

    words: tuple[str, ...]
    suggested: tuple[str, ...]
    tokens: int  # of the recogniser's prompt, about
    most: int
