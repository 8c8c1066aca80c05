"""Places in a recording as addresses name them: `t=12.3`, `t=12:04`, `t=12,34`.

The temporal dimension of W3C Media Fragments URI 1.0 (section 4.2.1): normal play time in seconds or `[h:]mm:ss`, an
optional end, half-open, and nothing at all where the start does not come before the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)|(\d{1,7}))(\.\d{0,6})?s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to begin, and where to stop."""

    start_s: float
    end_s: float | None  # None: play on

    @property
    def fragment(self) -> str:
        """The same place as a media fragment, without the `#`."""
        end = "" if self.end_s is None else f",{self.end_s:.2f}"
        return f"t={self.start_s:.2f}{end}"


def parse_place(text: str | None, duration_s: float | None = None) -> Place | None:
    """The place that an address names.

    Args:
        text: what stands behind `t=`.
        duration_s: of the recording; a place behind its end is none.

    Returns:
        The place, or None where the text names none: an address is never an error for that.
    """
    start_text, comma, end_text = (text or "").strip().removeprefix("npt:").partition(",")
    start_s = _seconds(start_text) if start_text or not comma else 0.0
    end_s = _seconds(end_text) if comma else None
    if start_s is None or (comma and end_s is None):
        return None
    if (end_s is not None and start_s >= end_s) or (duration_s is not None and start_s >= duration_s):
        return None
    if end_s is not None and duration_s is not None:
        end_s = min(end_s, duration_s)
    return Place(start_s, end_s)


def _seconds(text: str) -> float | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, plain, fraction = match.groups()
    whole = int(plain) if plain else int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + float(f"0{fraction}" if fraction and fraction != "." else 0)
