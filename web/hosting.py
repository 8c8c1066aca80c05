"""Who may see and change what on the host's pages: the cookie of a session, and requests that change something.

A blueprint that is guarded here is shut: each of its views is the host's alone, but for those that are marked as open.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask import Response as Answer
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from companion.core import Companion
from companion.errors import ForbiddenError, LoginError
from companion.hosts import Host, HostSession
from web.guarding import READS, check_origin, needs_secure, now, site_path
from web.headers import HOST_HEADERS

COOKIE = "companion_host"
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
NOT_FROM_HERE = (
    "This form was not made for you in this browser, or you have logged in anew since. Nothing was done. Load the page "
    "again and do it once more."
)
NAVIGATION = (
    ("Desk", "/host"),
    ("Review", "/host/review"),
    ("Import", "/host/import"),
    ("Show", "/host/show"),
    ("Listeners", "/host/listeners"),
    ("Account", "/host/account"),
)
_DAY_S = 24 * 3600
_NEXT = re.compile(r"/host(?:[/?][!-\[\]-~]*)?")  # a place of ours, in plain signs and without a backslash

View = TypeVar("View", bound=Callable[..., object])


def guard(bp: Blueprint) -> None:
    """Makes a blueprint's views the host's: nobody else gets in, no other site changes anything, nothing is kept."""
    bp.before_request(_check)
    bp.after_request(_with_headers)
    bp.record_once(
        lambda state: state.app.jinja_env.globals.update(
            csrf_field=csrf_field, csrf_token=csrf_token, host_pages=pages, host_or_none=host_or_none
        )
    )


def open_to_all(view: View) -> View:
    """Marks a view of a guarded blueprint that works without being logged in: the login itself."""
    view.__dict__["open_to_all"] = True
    return view


def door() -> Companion:
    """The library as a host sees it, with all that is not published."""
    public: Companion = current_app.extensions["companion"]
    return public.host


def session() -> HostSession:
    """The session of whoever asks.

    Raises:
        LoginError: they are not logged in.
    """
    if "host_session" not in g:
        at = now()
        g.host_session = door().accounts.enter(token(), at)
        g.renew_host = g.host_session.seen == at
    found: HostSession = g.host_session
    return found


def host() -> Host:
    """The host who asks.

    Raises:
        LoginError: nobody who is logged in.
    """
    return session().host


def host_or_none() -> Host | None:
    """The host who asks, if it is one."""
    try:
        return host()
    except LoginError:
        return None


def token() -> str:
    """The token that this browser shows."""
    return request.cookies.get(COOKIE, "")


def csrf_token() -> str:
    """What this session's forms and scripts must send along; nothing where nobody is logged in."""
    return door().accounts.form_token(token()) if host_or_none() else ""


def csrf_field() -> Markup:
    """The same as a field of a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def give_token(response: Response, value: str) -> None:
    """Lets this browser be logged in."""
    age_s = door().settings.host_session_days * _DAY_S
    response.set_cookie(
        COOKIE, value, max_age=age_s, httponly=True, samesite="Lax", path=site_path(), secure=needs_secure()
    )
    g.host_token_given = True


def take_token(response: Response) -> None:
    """Lets this browser be logged out."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", path=site_path(), secure=needs_secure())
    g.host_token_given = True


def onward(asked: str | None) -> str:
    """Where to go after the login: where somebody wanted to go, if that is a host's page, else the desk.

    Args:
        asked: a path below the site, as it came with the request; anybody may have written it.
    """
    found = asked if asked and _NEXT.fullmatch(asked) else ""
    if not found or not is_there(urlsplit(found).path):
        found = "/host" if is_there("/host") else url_for("host_account.account").removeprefix(request.script_root)
    return f"{request.script_root}{found}"


def pages() -> list[tuple[str, str, bool]]:
    """What is in the host's navigation: words, address, and whether it is the page that is shown."""
    there = [(words, path) for words, path in NAVIGATION if is_there(path)]
    now_at = max((p for _, p in there if f"{request.path}/".startswith(f"{p}/")), key=len, default="")
    return [(words, f"{request.script_root}{path}", path == now_at) for words, path in there]


def is_there(path: str) -> bool:
    """Whether the site has a page at a path."""
    return current_app.url_map.bind("localhost").test(path, "GET")


def _check() -> ResponseReturnValue | None:
    check_origin()
    if getattr(current_app.view_functions.get(request.endpoint or ""), "open_to_all", False):
        return None
    try:
        session()
    except LoginError:
        if request.method in READS and request.accept_mimetypes.best != "application/json":
            asked = request.full_path.removesuffix("?")
            wanted = {"next": asked} if _NEXT.fullmatch(asked) else {}
            return redirect(f"{url_for('host_account.login')}{'?' if wanted else ''}{urlencode(wanted)}", 302)
        raise
    if request.method not in READS:
        sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
        if not hmac.compare_digest(sent.encode(), csrf_token().encode()):
            raise ForbiddenError(NOT_FROM_HERE)
    return None


def _with_headers(response: Answer) -> Answer:
    for name, value in HOST_HEADERS.items():
        response.headers[name] = value
    if g.get("renew_host") and not g.get("host_token_given"):
        give_token(response, token())  # the session is good for as long again, so the cookie is, too
    return response
