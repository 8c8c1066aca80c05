"""Logging in and out as a host, links for new hosts, and what a host can do with their own account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from companion.errors import BadInputError, CompanionError, LoginError, NotFoundError, WaitError
from companion.hosts import NewHostSession
from web import hosting
from web.guarding import now

bp = Blueprint("host_account", __name__, url_prefix="/host")
hosting.guard(bp)


@bp.get("/login")
@hosting.open_to_all
def login() -> ResponseReturnValue:
    """The way in."""
    if hosting.host_or_none():
        return redirect(hosting.onward(request.args.get("next")), 302)
    return _login_page()


@bp.post("/login")
@hosting.open_to_all
def log_in() -> ResponseReturnValue:
    """In, or once more."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        new = hosting.door().accounts.login(name, password, _address(), now(), _browser())
    except (LoginError, WaitError) as error:
        return _login_page(name=name, problem=error.sentence), error.http_status, _after(error)
    return _begun(new, hosting.onward(request.form.get("next")))


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    """Out, in this browser."""
    hosting.door().accounts.leave(hosting.token())
    response = redirect(url_for("host_account.login", done="out"), 303)
    hosting.take_token(response)
    return response


# ---- links


@bp.get("/invitation/<token>")
@hosting.open_to_all
def invitation(token: str) -> ResponseReturnValue:
    """What a link is for; looking at it does not use it up."""
    return _invitation_page(token)


@bp.post("/invitation/<token>")
@hosting.open_to_all
def accept(token: str) -> ResponseReturnValue:
    """Uses a link."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise BadInputError("The two passwords are not the same. Write it twice.")
        new = hosting.door().accounts.accept(token, name, password, now(), _browser())
    except NotFoundError:
        raise
    except (BadInputError, LoginError) as error:
        return _invitation_page(token, name=name, problem=error.sentence), error.http_status
    return _begun(new, hosting.onward(None))


# ---- one's own account


@bp.get("/account")
def account() -> ResponseReturnValue:
    """Where one is logged in, and the password."""
    return _account_page()


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Another password; everywhere else one is logged out."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        if new != request.form.get("again", ""):
            raise BadInputError("The two new passwords are not the same. Write it twice.")
        begun = hosting.door().accounts.change_password(hosting.session(), old, new, _address(), now())
    except (BadInputError, LoginError, WaitError) as error:
        # 403 for a wrong password: 401 would say that the session is over.
        status = 403 if isinstance(error, LoginError) else error.http_status
        return _account_page(problem=error.sentence), status, _after(error)
    return _begun(begun, url_for("host_account.account", done="password"), leave=False)


@bp.post("/account/sessions/<session_id>/end")
def end(session_id: str) -> ResponseReturnValue:
    """Logged out in another browser."""
    hosting.door().accounts.end(hosting.host(), session_id)
    if session_id == hosting.session().id:
        response = redirect(url_for("host_account.login", done="out"), 303)
        hosting.take_token(response)
        return response
    return redirect(url_for("host_account.account", done="ended"), 303)


@bp.post("/account/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """Logged out everywhere but here."""
    hosting.door().accounts.end_all(hosting.host(), but=hosting.session())
    return redirect(url_for("host_account.account", done="others"), 303)


# ---- pieces


def _login_page(name: str = "", problem: str = "") -> str:
    return render_template(
        "host_login.html",
        name=name,
        problem=problem,
        next=request.values.get("next", ""),
        done=request.args.get("done", ""),
        first=not hosting.door().accounts.hosts(),
    )


def _invitation_page(token: str, name: str = "", problem: str = "") -> str:
    asked = hosting.door().accounts.invitation(token, now())
    return render_template("host_invitation.html", asked=asked, token=token, name=name, problem=problem)


def _account_page(problem: str = "") -> str:
    at = now()
    return render_template(
        "host_account.html",
        now=at,
        host=hosting.host(),
        here=hosting.session().id,
        sessions=hosting.door().accounts.sessions(hosting.host(), at),
        problem=problem,
        done=request.args.get("done", ""),
    )


def _begun(new: NewHostSession, where: str, leave: bool = True) -> Response:
    """A new session in this browser; the one before is over."""
    if leave and hosting.token():
        hosting.door().accounts.leave(hosting.token())
    response = redirect(where, 303)
    hosting.give_token(response, new.token)
    return response


def _after(error: CompanionError) -> dict[str, str]:
    return {"Retry-After": str(int(error.wait_s) + 1)} if isinstance(error, WaitError) else {}


def _address() -> str:
    return request.remote_addr or ""


def _browser() -> str:
    return request.headers.get("User-Agent", "")
