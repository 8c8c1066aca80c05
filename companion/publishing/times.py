"""When something shall come out: how a person writes it, read as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from companion.errors import BadInputError

EXAMPLE = "2026-12-01 09:00+01:00"
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_MOST_OFFSET = timedelta(hours=14)
_MINUTES = 60


def read_when(text: str, zone: tzinfo | None = None) -> datetime:
    """A date and time in UTC.

    Args:
        text: such as 2026-12-01T09:00, with an offset (+01:00) or Z, or without.
        zone: of a time that has none; None for this machine's own.

    Raises:
        BadInputError: it is no date and time.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is None and zone is not None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise BadInputError(f"“{text.strip()[:40]}” is no date and time. Write it like {EXAMPLE}.") from None


def read_offset(text: str) -> tzinfo:
    """A distance from UTC.

    Args:
        text: such as +01:00; empty or UTC for none.

    Raises:
        BadInputError: there is no such zone.
    """
    text = text.strip()
    if text.upper() in ("", "UTC", "Z"):
        return UTC
    found = _OFFSET.fullmatch(text)
    if found is not None and int(found[3]) < _MINUTES:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        if offset <= _MOST_OFFSET:
            return timezone(offset if found[1] == "+" else -offset)
    raise BadInputError(f"“{text[:20]}” is no time zone. Write how far it is from UTC, such as +01:00 or -05:00.")
