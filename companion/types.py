"""What crosses a border between two rooms: frozen data, nothing else.

Times are seconds from the start of the episode's audio unless a name says otherwise. Moments in time are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from companion.publication import EpisodeDetails

SAMPLE_RATE_HZ = 16_000
"""Everything after `audio` works on mono sound at this rate (what Whisper models are trained on)."""


class Role(StrEnum):
    """Who a voice is in the conversation."""

    THERAPIST = "therapist"
    PARTNER = "partner"
    HOST = "host"
    UNKNOWN = "unknown"


class Tag(StrEnum):
    """What a turn does to the other person; the meanings stand in `companion.moves.MEANINGS`."""

    VALIDATION = "validation"
    EMPATHY = "empathy"
    CURIOSITY = "curiosity"
    VULNERABILITY = "vulnerability"
    NAMES_BLOCK = "names_block"
    OWNERSHIP = "ownership"
    CARE = "care"
    TURN_GIVING = "turn_giving"
    DISMISSING = "dismissing"
    TOPIC_CHANGE = "topic_change"
    FIXING = "fixing"
    DEFENSIVENESS = "defensiveness"
    CORRECTING = "correcting"
    CRITICISM = "criticism"
    STONEWALLING = "stonewalling"


LEANING_IN = frozenset(
    {
        Tag.VALIDATION,
        Tag.EMPATHY,
        Tag.CURIOSITY,
        Tag.VULNERABILITY,
        Tag.NAMES_BLOCK,
        Tag.OWNERSHIP,
        Tag.CARE,
        Tag.TURN_GIVING,
    }
)
"""The tags of leaning in; every other tag turns away."""


# ---- audio


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What was found while a file was decoded (never what its header promises)."""

    duration_s: float  # decoded seconds
    container: str  # FFmpeg's name of the container, e.g. "mp3"
    codec: str  # FFmpeg's name of the codec, e.g. "mp3float"
    sample_rate_hz: int  # of the source
    channels: int  # of the source
    loudness_lufs: float | None  # integrated loudness by EBU R128; None where all is silence
    true_peak_dbtp: float | None  # None where all is silence
    peaks: tuple[float, ...]  # greatest |sample| (0..1) in equal stretches, for a waveform
    bad_packets: int  # packets that could not be decoded and were left out
    announced_s: float | None  # the header's duration, where it has one


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


# ---- recognition


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word."""

    start_s: float
    end_s: float
    text: str  # without blanks around it; punctuation stays attached
    probability: float  # the recogniser's, 0..1


class Flag(StrEnum):
    """Why a person should look at a chunk."""

    REPETITION = "repetition"
    COMPRESSION = "compression"
    SPEECH_RATE = "speech_rate"
    NO_VOICE = "no_voice"
    LOW_CONFIDENCE = "low_confidence"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch that goes through the recogniser as one, cut at pauses."""

    index: int
    start_s: float
    end_s: float
    voiced_s: float  # how much of it the voice activity detector took for speech


@dataclass(frozen=True, slots=True)
class ChunkText:
    """What was heard in one chunk."""

    chunk: Chunk
    words: tuple[Word, ...]
    flags: tuple[Flag, ...]
    avg_logprob: float  # mean log probability of a token
    tries: int  # 1, or 2 where a suspicious first answer was tried again


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How to recognise; kept with the result."""

    model: str  # name as a person gave it, or the path of a folder
    beam_size: int = 5
    language: str = "en"
    cpu_threads: int = 2
    compute_type: str = "int8"
    hotwords: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence or phrase of one voice: the unit that is shown, edited and captioned."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None  # the voice's name or label
    words: tuple[Word, ...] = ()
    flags: tuple[Flag, ...] = ()
    speaker_confidence: float | None = None  # 0..1; None where the speaker is certain or unknown


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole file's words."""

    segments: tuple[Segment, ...]
    duration_s: float
    model: str | None = None  # None for captions that were read in
    options: dict[str, str | int | float | None] = field(default_factory=dict)


# ---- who speaks, what they do


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker of an episode."""

    label: str  # stable within the episode: the track's name or "Voice 1"
    name: str  # what is shown
    role: Role
    confirmed: bool  # a person said so


@dataclass(frozen=True, slots=True)
class Turn:
    """What one voice says until another one speaks."""

    index: int
    speaker: str | None
    role: Role
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a turn that made the machine think so."""

    text: str
    start_char: int  # offset into the turn's text
    end_char: int
    start_s: float | None = None  # None where the words have no times
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class TagScore:
    """A tag, how sure the machine is (0..1), and why."""

    tag: Tag
    score: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnTags:
    """All that one turn does."""

    tags: tuple[TagScore, ...]  # above their thresholds, strongest first
    near_miss: float  # 0..1: looks like validation and is not
    scores: tuple[float, ...] = ()  # of every tag, in the order of `Tag`, also below its threshold
    doubtful: tuple[TagScore, ...] = ()  # enough for a host to look at, not for listeners; strongest first

    def score(self, tag: Tag) -> float:
        """The score of a tag, 0.0 where it is not listed."""
        return next((t.score for t in self.tags if t.tag is tag), 0.0)


class MomentKind(StrEnum):
    """Who leans in."""

    ONE_WAY = "one_way"  # one partner to the other
    MUTUAL = "mutual"  # both, taking turns


class MomentState(StrEnum):
    """What a person has said of a moment. Rejected ones are no moments any more: only the decision is kept."""

    SUGGESTED = "suggested"  # by the machine; perhaps with tags or bounds that a person has changed
    APPROVED = "approved"


class LengthBand(StrEnum):
    """How long a moment is, to choose by."""

    SHORT = "short"  # under 30 s
    MIDDLE = "middle"  # 30 to 60 s
    LONG = "long"  # over 60 s


class MomentOrder(StrEnum):
    """Which moments come first."""

    STRENGTH = "strength"
    NEWEST = "newest"  # by when their episode came out; in one episode as they come
    LONGEST = "longest"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True)
class ParallelStretch:
    """A stretch in which both partners keep turning away: two monologues beside each other."""

    start_s: float
    end_s: float
    first_turn: int  # indexes of turns
    last_turn: int


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A reply that looks like validation and is not: a near miss, with what it answers."""

    start_s: float  # of the bid
    end_s: float  # of the reply
    speaker: str
    other: str
    bid: str
    text: str
    turn: int  # index of the reply


@dataclass(frozen=True, slots=True)
class Moment:
    """A partner's bid through the other partner's leaning-in reply."""

    start_s: float
    end_s: float
    validating_speaker: str
    validated_speaker: str
    tags: tuple[TagScore, ...]  # of the reply, strongest first
    evidence: tuple[Evidence, ...]  # of the reply, with times
    quote: str  # the words of the reply
    bid: str  # the words of the bid
    first_turn: int  # index of the turn with which the stretch begins
    reply_turn: int  # index of the turn in which the reply begins
    last_turn: int
    score: float  # 0..1
    kind: MomentKind = MomentKind.ONE_WAY
    title: str = ""  # a sentence of the reply, at most 128 characters
    state: MomentState = MomentState.SUGGESTED
    decided_id: str | None = None  # the id that it had when a person decided on it, and keeps

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


# ---- what people decide


class DecisionKind(StrEnum):
    """What a host does to a moment."""

    APPROVE = "approve"
    REJECT = "reject"
    RETAG = "retag"  # its tags are changed; whether it is approved stays as it was
    BOUNDS = "bounds"  # its start and end are changed; the same
    MAKE = "make"  # a person found one where the machine suggests none; whether it is shown is decided next
    REOPEN = "reopen"  # earlier decisions are taken back: the machine's suggestion stands again
    UNDO = "undo"  # the last decision on it is as if it had never been made


@dataclass(frozen=True, slots=True)
class DecidedTurn:
    """A turn as it stood when somebody decided."""

    speaker: str | None
    role: Role
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What a host said of a moment, with the words that they had before them. A later one overrides an earlier one."""

    audio_sha256: str  # of the episode, so that it outlives taking the episode out and in again
    moment_id: str
    kind: DecisionKind
    made: datetime
    by: str  # who; "" where nobody logs in
    start_s: float  # as the machine suggested it
    end_s: float
    suggested: tuple[Tag, ...]  # the tags before
    moment: Moment  # as it stands after the decision; a rejected one as it stood before
    turns: tuple[DecidedTurn, ...]  # from some turns before the bid to the end
    reply: int  # which of them is the reply
    id: int = 0  # 0 until it is kept

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The tags after the decision."""
        return tuple(scored.tag for scored in self.moment.tags)


# ---- the library


class EpisodeState(StrEnum):
    """How far an episode is."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"  # by a host, who may take it up again


class Publication(StrEnum):
    """Whether listeners find an episode."""

    DRAFT = "draft"  # never yet
    SCHEDULED = "scheduled"  # at its date
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"  # not any more


class Audience(StrEnum):
    """For whom a library is read."""

    HOST = "host"  # all of it
    PUBLIC = "public"  # what is published, and of its moments those that a host let through


@dataclass(frozen=True, slots=True)
class TrackFile:
    """One speaker's own recording."""

    speaker: str
    path: Path


@dataclass(frozen=True, slots=True)
class EpisodeFiles:
    """An episode as it is handed in: a file, a folder with episode.toml, or tracks."""

    title: str
    slug: str | None = None
    audio: Path | None = None  # the mixed recording; None where only tracks are given
    tracks: tuple[TrackFile, ...] = ()
    description: str = ""
    published: datetime | None = None
    sample: bool = False  # synthetic voices; labelled so wherever it can be heard
    speakers: int | None = None  # how many voices, where a person said it
    voices: tuple[Voice, ...] = ()  # names and roles, where a person said them
    hotwords: tuple[str, ...] = ()
    details: EpisodeDetails = EpisodeDetails()
    cover: Path | None = None  # a picture that is not among the blobs yet


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of the library."""

    id: int
    slug: str
    title: str
    description: str
    sample: bool
    state: EpisodeState
    published: datetime | None
    added: datetime
    audio_sha256: str  # of the recording as handed in (of all tracks together where there is no mix)
    playback_sha256: str | None  # of the copy that is played; None until it is made
    duration_s: float | None
    loudness_lufs: float | None
    peaks: tuple[float, ...]
    model: str | None
    error: str | None  # a sentence for a person, where the state is FAILED
    tagged_by: str | None = None  # the stage key of its tags
    publication: Publication = Publication.DRAFT


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn with its tags, as kept in the library."""

    turn: Turn
    tags: TurnTags
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class StoredMoment:
    """A moment of the library."""

    id: str  # stable: the same audio, turns and speakers give the same id
    episode_slug: str
    episode_title: str
    sample: bool
    validating_role: Role
    validated_role: Role
    moment: Moment
    playback_sha256: str | None = None  # of the recording that is played


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a search found its words."""

    episode_slug: str
    episode_title: str
    sample: bool
    turn_index: int
    speaker: str | None
    start_s: float
    end_s: float
    snippet: tuple[tuple[str, bool], ...]  # pieces of text; True where the words were found
    moment_id: str | None  # the moment that this turn belongs to
    playback_sha256: str | None = None  # of the recording that is played


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is."""

    stage: str
    done: float  # in `unit`s
    total: float
    unit: str  # "s", "chunks"

    @property
    def share(self) -> float:
        """0..1."""
        return min(1.0, self.done / self.total) if self.total else 0.0
