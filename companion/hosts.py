"""Who may change the library through the site: hosts, their sessions, and links that let somebody become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody who looks after the show."""

    id: int
    name: str
    made: datetime


@dataclass(frozen=True, slots=True)
class HostSession:
    """A browser in which a host is logged in."""

    id: str  # says nothing about the token
    host: Host
    made: datetime
    seen: datetime  # to within some minutes
    browser: str  # in plain words, such as "Firefox on Linux"


@dataclass(frozen=True, slots=True)
class NewHostSession:
    """A session that has just begun."""

    token: str  # for the cookie; only its hash is kept
    host: Host


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link lets somebody do, once."""

    name: str | None  # whose; None: the first host, who chooses a name
    is_new: bool  # makes a host; else gives one who is there a new password
    expires: datetime
