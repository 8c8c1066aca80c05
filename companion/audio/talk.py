"""What the guard and the decoding child say to each other: one JSON request in, JSON lines out.

The child has looked at a hostile file, so nothing that it says is believed without a check.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

NO_MEMORY_EXIT = 77  # the child's exit code where memory does not even last for a line of JSON
NAME_CHARS = 64  # names of containers and codecs are cut here


class Task(StrEnum):
    """What the child shall do."""

    DECODE = "decode"  # source → 16 kHz int16, measured on the way
    MEASURE = "measure"  # loudness and true peak only
    COPY = "copy"  # source → an MP3 for listeners
    PROBE = "probe"  # whether its beginning can be decoded


class Why(StrEnum):
    """Why nothing came of it."""

    NOT_MEDIA = "not_media"
    NO_SOUND = "no_sound"  # no audio stream
    CODEC = "codec"  # detail: its name
    ODD_FORM = "odd_form"  # a sample rate or a number of channels that no recording has; detail says which
    NOTHING = "nothing"  # no sample came out
    MOSTLY_BAD = "mostly_bad"
    TOO_LONG = "too_long"
    NO_ROOM = "no_room"
    MEMORY = "memory"
    CPU = "cpu"
    WALL = "wall"
    IDLE = "idle"
    CRASH = "crash"  # detail: what is known


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """The child's answer where it cannot do its task."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """A task with its limits."""

    task: Task
    source: str  # absolute path
    raw: bool  # the source is our own int16 at 16 kHz, not a media file
    out: str | None  # the temporary file to write
    max_duration_s: float
    memory_bytes: int
    cpu_s: int
    file_bytes: int  # no written file may grow larger
    measure: bool = True  # DECODE: whether to find loudness and true peak, which takes most of the time
    target_lufs: float = 0.0  # COPY: how loud the copy shall be
    kbps: int = 0  # COPY: bit rate
    loudness_lufs: float | None = None  # COPY: of the source's mono sound, where it is known

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The request in a line of JSON."""
        values = json.loads(text)
        return cls(**{**values, "task": Task(values["task"])})


@dataclass(frozen=True, slots=True)
class Found:
    """What the child found out about a source."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    bad_packets: int
    announced_s: float | None

    @classmethod
    def from_event(cls, event: Mapping[str, object]) -> Self:
        """Checked values of a `done` line.

        Raises:
            ValueError: a value is missing or of the wrong kind.
        """
        return cls(
            container=_name(event, "container"),
            codec=_name(event, "codec"),
            sample_rate_hz=_count(event, "sample_rate_hz"),
            channels=_count(event, "channels"),
            loudness_lufs=number(event, "loudness_lufs"),
            true_peak_dbtp=number(event, "true_peak_dbtp"),
            bad_packets=_count(event, "bad_packets"),
            announced_s=number(event, "announced_s"),
        )


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loud a recording is, by EBU R128; None each where all is silence."""

    lufs: float | None  # integrated
    true_peak_dbtp: float | None


def event_of(line: bytes) -> Mapping[str, object]:
    """The event in a line of the child.

    Raises:
        ValueError: it is no JSON object.
    """
    event = json.loads(line)
    if not isinstance(event, dict):
        raise ValueError("not an object")
    return event


def number(event: Mapping[str, object], key: str) -> float | None:
    """A finite number, or None where there is none.

    Raises:
        ValueError: something else stands there.
    """
    value = event.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(key)
    return float(value) if math.isfinite(value) else None


def _count(event: Mapping[str, object], key: str) -> int:
    value = event.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(key)
    return value


def _name(event: Mapping[str, object], key: str) -> str:
    value = event.get(key)
    if not isinstance(value, str):
        raise ValueError(key)
    return "".join(c for c in value if c.isprintable())[:NAME_CHARS]
