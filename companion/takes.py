"""What practice is made of: prompts, takes, what is said about them, and the private space that holds them.

Frozen data, like `companion.types`; times are seconds from the start of the take unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from companion.types import Tag, Word

# ---- what is answered


class PromptKind(StrEnum):
    """What an exercise is about."""

    VALIDATE = "validate"  # hear a feeling and let it stand
    DISAGREE = "disagree"  # the same while one sees it differently
    BLOCK = "block"  # name what makes it hard to stay open
    TURNS = "turns"  # give the floor, check what was understood
    OWN = "own"  # own a fault
    FIRST = "first"  # go first: show the not so pretty part, say that someone matters
    FRIEND = "friend"  # lean in to a friend over coffee


@dataclass(frozen=True, slots=True)
class ModelReply:
    """One good way to answer."""

    text: str
    why: str  # one sentence


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An answer that looks good and turns away."""

    text: str
    why: str
    away: AwayKind


@dataclass(frozen=True, slots=True)
class Prompt:
    """A written exercise."""

    id: str
    kind: PromptKind
    tag: Tag  # the move that it is mainly about
    title: str
    situation: str
    bid: str  # what the partner says
    feeling: tuple[str, ...]  # words that would name the bid's feeling
    hint: str
    models: tuple[ModelReply, ...]
    near_miss: NearMiss


@dataclass(frozen=True, slots=True)
class Asked:
    """What a take answers: a moment of an episode, or a written prompt; exactly one is set."""

    moment_id: str | None = None
    prompt_id: str | None = None


# ---- what is said about a reply


class AwayKind(StrEnum):
    """How a reply turns away."""

    BUT = "but"  # takes an acknowledgement back
    FIXING = "fixing"
    DEFENDING = "defending"
    CORRECTING = "correcting"
    OWN_STORY = "own_story"
    DISMISSING = "dismissing"
    CRITICISM = "criticism"
    WITHDRAWING = "withdrawing"


class TryKind(StrEnum):
    """What could be tried: to leave out a turn away (the same names), or one of these."""

    BUT = "but"
    FIXING = "fixing"
    DEFENDING = "defending"
    CORRECTING = "correcting"
    OWN_STORY = "own_story"
    DISMISSING = "dismissing"
    CRITICISM = "criticism"
    WITHDRAWING = "withdrawing"
    NAME_FEELING = "name_feeling"
    ASK = "ask"
    STAY = "stay"
    VALIDATE = "validate"
    OWN = "own"
    NONE = "none"  # nothing to add


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the reply."""

    text: str
    start_char: int  # offset into the reply's text
    end_char: int
    start_s: float | None = None  # None where the words have no times
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class MadeMove:
    """A move of leaning in that the reply made."""

    tag: Tag
    quote: Quote


@dataclass(frozen=True, slots=True)
class Away:
    """A place where the reply turned away."""

    kind: AwayKind
    quote: Quote


@dataclass(frozen=True, slots=True)
class Worked:
    """The one thing that worked."""

    tag: Tag
    quote: Quote
    text: str  # a sentence for the person


@dataclass(frozen=True, slots=True)
class Try:
    """The one thing to try."""

    kind: TryKind
    text: str  # what, and the reason, in a sentence or two
    wording: str  # their own sentence said another way; "" where there is nothing to reword
    quote: Quote | None = None  # the words that it is about


@dataclass(frozen=True, slots=True)
class Pace:
    """How it was spoken, measured from voice activity; never judged against other people."""

    spoken_s: float  # voice activity
    words_per_minute: float  # of the time that was spoken
    pauses: int  # of half a second and more
    longest_pause_s: float
    fillers_at_least: int  # "um" and the like that the recogniser wrote down; it leaves most of them out


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said about a reply."""

    moves: tuple[MadeMove, ...]  # in the order of their words
    away: tuple[Away, ...]  # in the order of their words
    worked: Worked | None
    try_next: Try | None
    feeling_named: bool
    unsure: bool  # the recogniser was: please read and correct the text
    safety: bool  # the words speak of violence or self-harm: show the help line, nothing else


# ---- takes and the space that holds them


class TakeState(StrEnum):
    """How far a take is."""

    RECORDING = "recording"  # its sound is arriving
    WAITING = "waiting"  # all there; to be heard
    READY = "ready"  # text and feedback are there
    FAILED = "failed"  # `error` says why; the sound is kept


class Keeping(StrEnum):
    """How long a space keeps what was said."""

    DAYS = "days"  # as long as the setting `practice_keep_days` says
    FOREVER = "forever"  # until its owner deletes it
    WORDS = "words"  # sound is dropped once it was heard, words stay until deleted


@dataclass(frozen=True, slots=True)
class Space:
    """Somebody's private space, opened."""

    id: str
    key: bytes  # 32 bytes, the space's own; never written anywhere in clear
    keeping: Keeping
    opened: datetime

    def __repr__(self) -> str:
        return f"Space({self.id})"  # the key never gets into a log


@dataclass(frozen=True, slots=True)
class NewSpace:
    """A space that was just opened; token and code are shown once and kept as hashes only."""

    space: Space
    token: str  # of the session
    recovery_code: str  # opens the space again elsewhere: groups of letters, read aloud easily

    def __repr__(self) -> str:
        return f"NewSpace({self.space.id})"  # nor do these


@dataclass(frozen=True, slots=True)
class Take:
    """One recorded reply, decrypted for its owner."""

    id: str
    asked: Asked
    bid: str  # the words that were answered, kept with the take
    number: int  # 1, 2, … among the finished ones for the same moment or prompt
    made: datetime
    state: TakeState
    mime: str  # of the sound as it was recorded
    chunks: int  # that have arrived
    sound_bytes: int  # 0 once the sound was dropped
    duration_s: float | None  # None until it was heard
    text: str
    words: tuple[Word, ...]
    corrected: bool  # a person changed the text: the words have no times then where they differ
    feedback: Feedback | None
    pace: Pace | None
    error: str | None  # a sentence
