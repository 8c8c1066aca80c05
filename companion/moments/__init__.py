"""From tagged turns to exchanges: moments, and the stretches in which two people only talk beside each other."""

from companion.moments.finding import find_moments, partners_of
from companion.moments.looks import find_doubtful, find_look_alikes
from companion.moments.parallels import find_parallels
from companion.moments.stretch import LONGEST_S, TITLE_CHARS

__all__ = [
    "LONGEST_S",
    "MOMENTS_VERSION",
    "TITLE_CHARS",
    "find_doubtful",
    "find_look_alikes",
    "find_moments",
    "find_parallels",
    "partners_of",
]

MOMENTS_VERSION = 4
"""Goes up whenever the same tagged turns could give other moments."""
