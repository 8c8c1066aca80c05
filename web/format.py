"""How times, lengths, days and names are written on a page: the site's Jinja filters; how a page's number is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup

from companion.core import html_of, plain_of
from companion.errors import NotFoundError
from companion.types import EpisodeState, Progress, Role

_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}")

_ROLES = {Role.THERAPIST: "therapist", Role.PARTNER: "partner", Role.HOST: "host", Role.UNKNOWN: ""}
_STAGES = {
    "download": "Loading the recording from the web",
    "decode": "Reading the recording",
    "listen": "Finding where somebody speaks",
    "recognise": "Writing down what is said",
    "voices": "Telling the voices apart and finding the moments",
    "publish": "Making the copy that is played",
}
_RESTING = {EpisodeState.WAITING: "Waiting for its turn", EpisodeState.STOPPED: "Stopped for now"}


def clock(seconds: float) -> str:
    """A place in a recording, such as 12:04 or 1:02:03.

    Args:
        seconds: from the start.
    """
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def lasting(seconds: float) -> str:
    """How long something is, such as 23 s, 4 min or 1 h 5 min; up to a minute and a half in seconds.

    Args:
        seconds: its length.
    """
    if round(seconds) < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def at(seconds: float) -> str:
    """A place as it stands in an address: seconds with at most two decimals, such as 12.3.

    Args:
        seconds: from the start.
    """
    return f"{seconds:.2f}".rstrip("0").rstrip(".")


def day(time: datetime) -> str:
    """A day in words, such as 3 November 2026.

    Args:
        time: aware.
    """
    return f"{time.day} {time:%B %Y}"


def minute(time: datetime) -> str:
    """A day and time in words, such as 3 November 2026, 06:00 UTC.

    Args:
        time: aware.
    """
    utc = time.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def prose(markdown: str) -> Markup:
    """What a host wrote, as HTML in which nothing can hide."""
    return Markup(html_of(markdown))  # noqa: S704 - it went through an allow-list


def ago(time: datetime, now: datetime) -> str:
    """How long ago something was, such as 5 minutes ago; further back, the day.

    Args:
        time: of it.
        now: the time by the clock.
    """
    past_s = (now - time).total_seconds()
    if past_s < 90:
        return "just now"
    if past_s < 90 * 60:
        return f"{plural(round(past_s / 60), 'minute', 'minutes')} ago"
    if past_s < 36 * 3600:
        return f"{plural(round(past_s / 3600), 'hour', 'hours')} ago"
    return day(time)


def role_name(role: Role) -> str:
    """A role in a word; nothing where it is unknown."""
    return _ROLES[role]


def stage_words(state: EpisodeState, progress: Progress) -> str:
    """What is happening to an episode, in words."""
    if state in _RESTING:
        return _RESTING[state]
    return _STAGES.get(progress.stage, "At work")


def percent(progress: Progress) -> int | None:
    """How much of the stage is done, in whole percent; None where nobody can say."""
    return int(progress.share * 100) if progress.total else None


def plural(number: int, one: str, many: str) -> str:
    """A number with its noun, such as 1 moment or 3 moments."""
    return f"{number} {one if number == 1 else many}"


def megabytes(size_bytes: float) -> str:
    """A size in words, such as 12 MB, 3.4 MB, 1.2 GB or 12 kB."""
    if size_bytes < 1e6:
        return f"{max(1, round(size_bytes / 1e3))} kB" if size_bytes else "0 kB"
    if size_bytes < 1e9:
        return f"{size_bytes / 1e6:.{1 if size_bytes < 1e7 else 0}f} MB"
    return f"{size_bytes / 1e9:.1f} GB"


def page_number(text: str | None) -> int:
    """The number of a page in an address, from 1.

    Raises:
        NotFoundError: it is none.
    """
    if text is None:
        return 1
    if not _PAGE_NUMBER.fullmatch(text):
        raise NotFoundError("There is no such page. Pages are counted from 1.")
    return int(text)


def add_filters(app: Flask) -> None:
    """Makes all of this known to an app's templates."""
    app.jinja_env.filters.update(
        clock=clock,
        lasting=lasting,
        at=at,
        day=day,
        minute=minute,
        prose=prose,
        plain=plain_of,
        ago=ago,
        role_name=role_name,
        percent=percent,
        plural=plural,
        megabytes=megabytes,
    )
