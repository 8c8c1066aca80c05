"""Single values of a feed: dates, lengths of time, numbers, addresses. None for whatever is none of it; never an error.

Dates: RFC 822 with RFC 2822's years, as RSS 2.0 asks for, RFC 3339, as Atom does, and the forms that feeds really use.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote, urljoin, urlsplit

MAX_DURATION_S = 1_000_000.0
_MAX_URL_CHARS = 4000

_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_LONG_MONTHS = "january february march april may june july august september october november december".split()
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "ist": 330, "cet": 60, "cest": 120,
    "met": 60, "mest": 120, "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540,
    "awst": 480, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "nst": -210, "ndt": -150,
    "ast": -240, "adt": -180, "est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360, "mst": -420,
    "mdt": -360, "mt": -420, "pst": -480, "pdt": -420, "pt": -480, "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip

_CLOCK = r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{1,2})(?P<f>[.,][0-9]+)?)?"
_ZONE = r"(?P<zone>(?:(?:GMT|UTC|UT)\s*)?[+-][0-9]{1,2}:?[0-9]{2}|[+-][0-9]{1,2}|[A-Za-z]{1,5})?(?:\s*\([^)]*\))?"
_RFC_822 = re.compile(
    rf"(?:[A-Za-z]+\.?,?\s*)?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[\s,./-]+(?P<month>[A-Za-z]+)\.?[\s,./-]+"
    rf"(?P<year>[0-9]{{2,4}})"
    rf"(?:[,\s]+(?:at\s+)?{_CLOCK}\s*(?P<half>[ap]m)?\s*{_ZONE})?",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    rf"(?:[A-Za-z]+\.?,?\s+)?(?P<month>[A-Za-z]+)\.?\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{{4}})"
    rf"(?:[,\s]+(?:at\s+)?{_CLOCK}\s*(?P<half>[ap]m)?\s*{_ZONE})?",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"(?:[A-Za-z]+\.?,?\s+)?(?P<month>[A-Za-z]+)\.?\s+(?P<day>[0-9]{{1,2}})\s+{_CLOCK}\s+(?:{_ZONE}\s+)?"
    rf"(?P<year>[0-9]{{4}})",
    re.IGNORECASE,
)
_ISO = re.compile(
    rf"(?P<year>[0-9]{{4}})-?(?P<month>[0-9]{{2}})(?:-?(?P<day>[0-9]{{2}}))?(?:[Tt\s]+{_CLOCK}\s*{_ZONE})?",
)
_NUMERIC = re.compile(rf"(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})(?:\s+{_CLOCK}\s*{_ZONE})?")


def date_of(text: str) -> datetime | None:
    """A moment in time, in UTC; one without a zone is taken for UTC. Weekdays are not looked at: many are wrong."""
    text = " ".join(text.split())
    if not text or len(text) > 100:
        return None
    if re.fullmatch(r"[0-9]{9,13}", text):
        return _since_1970(int(text))
    for form in (_ISO, _RFC_822, _AMERICAN, _ASCTIME, _NUMERIC):
        found = form.fullmatch(text)
        if found:
            return _date(found.groupdict())
    return None


def _since_1970(number: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(number / 1000 if number > 99_999_999_999 else number, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _date(part: dict[str, str | None]) -> datetime | None:
    month, year = _month(part["month"] or ""), int(part["year"] or 0)
    zone = _zone(part.get("zone"))
    if month is None or zone is None:
        return None
    if len(part["year"] or "") < 4:  # RFC 2822 4.3
        year += 2000 if year < 50 else 1900
    hour, minute, second = (int(part.get(k) or 0) for k in "hms")
    half = (part.get("half") or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    fraction = float("0" + (part.get("f") or "").replace(",", ".")) if part.get("f") else 0.0
    leap, second = second == 60, min(second, 59) if second <= 60 else second
    try:
        local = datetime(
            year, month, int(part.get("day") or 1), hour, minute, second, int(fraction * 1000) * 1000, timezone(zone)
        )
        return local.astimezone(UTC) + timedelta(seconds=int(leap))
    except (ValueError, OverflowError):
        return None


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    low = text.lower()
    whole = low in _LONG_MONTHS or low == "sept"
    return _MONTHS.get(low[:3]) if whole or len(low) == 3 else None


def _zone(text: str | None) -> timedelta | None:
    """The distance from UTC; None for what is no zone. An unknown name is UTC, as RFC 2822 4.3 says."""
    if not text:
        return timedelta()
    found = re.search(r"([+-])([0-9]{1,2}):?([0-9]{2})?$", text)
    if found is None:
        return timedelta(minutes=_ZONES.get(text.lower(), 0))
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    if minutes >= 24 * 60 or int(found[3] or 0) > 59:
        return None
    return timedelta(minutes=-minutes if found[1] == "-" else minutes)


def iso(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 in UTC: 2026-11-01T09:00:00Z, with milliseconds where it has any."""
    if moment is None:
        return None
    precise = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precise).replace("+00:00", "Z")


def duration_of(text: str) -> float | None:
    """Seconds, from 3600, 1:00:00, 60:00, 00:00:00.123, PT1H or 1h 2m 3s."""
    text = text.strip().replace(",", ".")
    if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,9})?", text):
        seconds = float(text)
    elif re.fullmatch(r"([0-9]{1,4}:){1,2}[0-9]{1,2}(\.[0-9]{1,9})?", text):
        seconds = 0.0
        for part in text.split(":"):
            seconds = seconds * 60 + float(part)
    else:
        named = re.fullmatch(
            r"(?:PT)?\s*(?:([0-9]{1,4})\s*h(?:ours?|rs?)?)?[\s.]*(?:([0-9]{1,5})\s*m(?:in(?:ute)?s?)?)?[\s.]*"
            r"(?:([0-9]{1,7}(?:\.[0-9]{1,9})?)\s*s(?:ec(?:ond)?s?)?)?\.?",
            text,
            re.IGNORECASE,
        )
        if named is None or not any(named.groups()):
            return None
        hours, minutes, rest = (float(g or 0) for g in named.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    return round(seconds, 3) if seconds <= MAX_DURATION_S else None


def number_of(text: str, least: int) -> int | float | None:
    """The number of an episode or season, whole where it is whole."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", text) or float(text) < least:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def length_of(text: str) -> int | None:
    """A number of bytes."""
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def yes_no(text: str) -> bool | None:
    """What `explicit` says, in the words of all years."""
    word = text.strip().lower()
    if word in ("yes", "true", "explicit", "1"):
        return True
    return False if word in ("no", "false", "clean", "0") else None


def line(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def address(text: str, base: str | None) -> str | None:
    """An address, whole where that can be: blanks and line breaks go, what is relative is joined to the base."""
    text = re.sub(r"[\t\r\n]\s*|[\x00-\x1f\x7f]", "", text.strip()).strip()
    if not text or len(text) > _MAX_URL_CHARS:
        return None
    text = re.sub(r" {2,}", "", text).replace(" ", "%20")  # a line break in an attribute comes as blanks
    try:
        whole = urljoin(base, text) if base else text
        urlsplit(whole)
    except ValueError:
        return None
    return f"https:{whole}" if whole.startswith("//") else whole


def is_web(url: str | None) -> bool:
    """Whether an address is one that may stand in a page: http or https with a host."""
    if not url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def web(url: str | None) -> str | None:
    """The address where it may stand in a page."""
    return url if is_web(url) else None


def ascii_url(url: str) -> str:
    """An address as it goes over the wire: what is not ASCII in its path and query is escaped.

    Raises:
        ValueError: it cannot be written so.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    netloc = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        netloc += f":{parts.port}"
    keep = "/:@!$&'()*+,;=%~-._?[]|"
    return parts._replace(
        netloc=netloc, path=quote(parts.path, keep), query=quote(parts.query, keep), fragment=""
    ).geturl()
