"""What is handed in at the host's desk and what is done with it: uploads and jobs. Frozen data, as in `types`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from companion.types import Episode, Progress, Role, Voice


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that a browser has and would send. Its first four values tell it apart from others."""

    name: str
    size_bytes: int
    modified_ms: int  # when it was changed last, as the browser says; 0 where nobody knows
    head_crc: int  # CRC-32 of its first HEAD_BYTES bytes


HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class UploadFile:
    """One file of an upload, as far as it has come."""

    id: str
    name: str
    size_bytes: int
    received_bytes: int  # on the disk for sure
    speaker: str  # whose track it is; "" where nobody has said so yet
    role: Role
    mix: bool  # everybody is on it
    checked: bool  # it is whole and can be decoded
    problem: str | None  # why it cannot be taken, in a sentence

    @property
    def whole(self) -> bool:
        """All of it has arrived."""
        return self.received_bytes == self.size_bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """An episode that is on its way in through the browser."""

    id: str
    made: datetime
    seen: datetime  # when anything of it arrived last
    title: str
    model: str
    speakers: int | None
    hotwords: tuple[str, ...]
    start: bool  # it is taken in as soon as all of it is here
    files: tuple[UploadFile, ...]
    episode_slug: str | None  # what became of it

    @property
    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(f.size_bytes for f in self.files)

    @property
    def received_bytes(self) -> int:
        """Of all its files."""
        return sum(f.received_bytes for f in self.files)

    @property
    def whole(self) -> bool:
        """All of it has arrived."""
        return bool(self.files) and all(f.whole for f in self.files)


@dataclass(frozen=True, slots=True)
class Parameters:
    """How an episode is to be heard. They belong to its job: nothing changes them but a person."""

    model: str  # as it was asked for
    speakers: int | None = None
    hotwords: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()  # as a person gave them, in the order of their first words


@dataclass(frozen=True, slots=True)
class Needs:
    """What of an episode waits for a host."""

    flagged: int  # lines that the machine is unsure of
    suggested: int  # moments that nobody has approved or rejected
    unnamed: int  # voices that nobody has named

    def __bool__(self) -> bool:
        return bool(self.flagged or self.suggested or self.unnamed)


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    WORKING = "working"
    STOPPING = "stopping"  # it ends with the piece in hand
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with an episode, how, and how far it is."""

    id: str
    episode: Episode  # without its peaks
    state: JobState
    parameters: Parameters
    progress: Progress
    error: str | None  # what went wrong, in a sentence
    left_s: float | None  # how long it will still take, about; None where nobody can say


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job recognises, as measured."""

    work_s: float  # time that recognising took
    work_audio_s: float  # of so much sound
    left_audio_s: float | None  # sound that is still to be recognised; None until it is known


def left_s(pace: Pace, progress: Progress, earlier: float | None) -> float | None:
    """How long a job will still take, about.

    Args:
        pace: as measured in this job so far, whoever worked on it.
        progress: how far its stage is.
        earlier: seconds of work for a second of sound in the newest job that is done; None where there is none.

    Returns:
        Seconds; None where nothing can be said yet.
    """
    rate = pace.work_s / pace.work_audio_s if pace.work_audio_s > 0 else earlier
    if progress.stage == "recognise" and pace.left_audio_s is not None and rate is not None:
        return pace.left_audio_s * rate
    return None
