"""Single values of a feed: is this a date, a duration, an address, a language?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DATE = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s+)?(\d{1,2})\s+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+"
    r"(\d{2}|\d{4})\s+(\d{2}):(\d{2})(?::(\d{2}))?\s+([+-]\d{4}|UTC?|GMT|[ECMP][SD]T|[A-IK-Z])"
)
_DURATION = re.compile(r"\d+|(?:\d+:)?\d{1,2}:\d{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EMAIL = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\".]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DECIMAL = re.compile(r"\d+(\.\d*)?|\.\d+")
_EXAMPLE = "Write it like: Sun, 01 Nov 2026 06:00:00 +0000"


def date_problem(text: str) -> str | None:
    """What is wrong with a date (RFC 2822)."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return f"is no date that apps can read. {_EXAMPLE}"
    moment = read_date(text)
    if moment is None:
        return f"names a day or an hour that there is none of. {_EXAMPLE}"
    weekday = match.group(1)
    own = _DAYS[moment.weekday()]  # of the date as it is written, in its own zone
    if weekday and weekday != own:
        return f"says {weekday}, but that day is a {own}. Change the weekday, or leave it out"
    return None


def read_date(text: str) -> datetime | None:
    """The time that a date names, in its own zone (UTC where it names none)."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration_s(text: str) -> float | None:
    """Seconds of a duration as itunes writes it; None where it is none."""
    if not _DURATION.fullmatch(text):
        return None
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def decimal(text: str | None) -> float | None:
    """A number of seconds as soundbites write it; None where it is none."""
    return float(text) if text is not None and _DECIMAL.fullmatch(text) else None


def whole(text: str | None) -> int | None:
    """A whole number that is not negative; None where it is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None


def address_problem(text: str) -> str | None:
    """What is wrong with an address of the web."""
    if any(c.isspace() for c in text):
        return "has a blank or a line break in it. Write %20, or take it out"
    try:
        parts = urlsplit(text)
        hostname, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address. Copy it from a browser"
    if parts.scheme.lower() not in ("http", "https"):
        return "does not begin with https://. Write the whole address"
    if not hostname:
        return "names no computer. Write the whole address, like https://example.org/page"
    return None


def path_ending(address: str) -> str:
    """The ending of the file that an address names, in small letters; "" where there is none."""
    try:
        name = urlsplit(address).path.rpartition("/")[2]
    except ValueError:
        return ""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_language(text: str) -> bool:
    """Whether it has the form of a language code (ISO 639, with or without a region)."""
    return _LANGUAGE.fullmatch(text) is not None


def has_email(text: str) -> bool:
    """Whether there is an email address in it."""
    return _EMAIL.search(text) is not None


def is_email(text: str) -> bool:
    """Whether it is an email address and nothing else."""
    return _EMAIL.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Whether it is a UUID."""
    return _UUID.fullmatch(text) is not None
