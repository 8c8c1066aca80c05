"""Who may see what in practice: the cookie of a private space, and requests that change something.

A space belongs to whoever holds its token. Everybody else gets the answer that they would get if there were nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, request
from flask import Response as Answer
from werkzeug.wrappers import Response

from companion.core import Companion, Practice
from companion.errors import BadInputError, NotFoundError
from companion.takes import Space
from web.headers import PRACTICE_HEADERS

COOKIE = "companion_space"
READS = ("GET", "HEAD")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_DAY_S = 24 * 3600


def guard(bp: Blueprint) -> None:
    """Makes a blueprint's views private: their headers, and no change that another site asked for."""
    bp.before_request(check_origin)
    bp.after_request(_with_headers)


def practice() -> Practice:
    """The library's practice."""
    door: Companion = current_app.extensions["companion"]
    return door.practice


def now() -> datetime:
    """The time by the clock."""
    return datetime.now(UTC)


def token() -> str | None:
    """The token that this browser shows."""
    return request.cookies.get(COOKIE)


def space() -> Space:
    """The space of whoever asks.

    Raises:
        NotFoundError: this browser has none open.
    """
    found = practice().enter(token(), now())
    g.token_is_good = True
    return found


def space_or_none() -> Space | None:
    """The space of whoever asks, if this browser has one open."""
    try:
        return space()
    except NotFoundError:
        return None


def give_token(response: Response, value: str) -> None:
    """Lets this browser keep a space open."""
    days = current_app.extensions["companion"].settings.practice_session_days
    response.set_cookie(
        COOKIE, value, max_age=days * _DAY_S, httponly=True, samesite="Lax", path=site_path(), secure=needs_secure()
    )


def renew_token(response: Answer) -> Answer:
    """Lets this browser keep its space open from today on, as the server does."""
    if g.get("token_is_good"):
        give_token(response, str(token()))
    return response


def take_token(response: Response) -> None:
    """Lets this browser forget its space."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", path=site_path(), secure=needs_secure())


def check_origin() -> None:
    """Refuses a change that did not come from one of our own pages.

    Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`; at least one must be there, and none may
    name another place. Only the host is compared: behind a proxy the site does not see the scheme.
    """
    if request.method in READS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    ours = urlsplit(origin).netloc == request.host
    if (origin != "null" and not ours) or site not in (None, "same-origin") or (origin == "null" and site is None):
        abort(403)
    if ours and origin.startswith("http:") and not _is_local():
        raise BadInputError(
            "This address is not protected: what you send could be read on its way. On the computer that serves this "
            "page, open it at http://localhost; from elsewhere, by https."
        )


def site_path() -> str:
    """Where the site stands: what else is on its host gets no cookie."""
    return f"{request.script_root}/"


def _is_local() -> bool:
    return (urlsplit(f"//{request.host}").hostname or "") in _LOCAL


def needs_secure() -> bool:
    """Whether a cookie may travel over https only: everywhere but on this computer itself."""
    return request.is_secure or not _is_local()


def _with_headers(response: Answer) -> Answer:
    for name, value in PRACTICE_HEADERS.items():
        response.headers[name] = value
    return response
