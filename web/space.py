"""The private space: how long things are kept, taking them along, leaving, coming back, erasing everything."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.takes import Keeping
from web import exercise, guarding

bp = Blueprint("space", __name__, url_prefix="/practice")
guarding.guard(bp)


@bp.get("/space")
def page() -> ResponseReturnValue:
    """What this browser's space holds and what can be done with it; the way back into one where none is open."""
    space = guarding.space_or_none()
    return _page() if space is None else _page(keeping=space.keeping, takes=len(exercise.takes_of(space)))


@bp.post("/space/keeping")
def keep() -> ResponseReturnValue:
    """How long things are kept from now on."""
    space = guarding.space()
    try:
        keeping = Keeping(request.form.get("keeping", ""))
    except ValueError:
        raise BadInputError("Choose how long your takes are kept.") from None
    guarding.practice().set_keeping(space, keeping)
    return redirect(url_for("space.page", done="keeping"), 303)


@bp.post("/space/code")
def new_code() -> ResponseReturnValue:
    """Another recovery code, shown once; the one before is dead."""
    code = guarding.practice().new_code(guarding.space())
    return render_template("practice_code.html", heading="A new code", code=code, onward=url_for("space.page"))


@bp.post("/space/leave")
def leave() -> ResponseReturnValue:
    """This browser forgets the space; the space stays."""
    guarding.space()
    guarding.practice().leave(str(guarding.token()))
    response = redirect(url_for("space.page", done="left"), 303)
    guarding.take_token(response)
    return response


@bp.post("/space/recover")
def recover() -> ResponseReturnValue:
    """Back into a space with its recovery code."""
    try:
        token, _ = guarding.practice().recover(request.form.get("code", "").strip(), guarding.now())
    except NotFoundError:
        return _page(problem="No space opens with that code. Look whether a letter was mixed up, then try again."), 404
    response = redirect(url_for("space.page", done="back"), 303)
    guarding.give_token(response, token)
    return response


@bp.get("/space/erase")
def ask_erase() -> ResponseReturnValue:
    """Asks once more."""
    return render_template("practice_erase.html", takes=len(exercise.takes_of(guarding.space())))


@bp.post("/space/erase")
def erase() -> ResponseReturnValue:
    """Erases everything."""
    guarding.practice().erase_space(guarding.space())
    response = redirect(url_for("space.page", done="erased"), 303)
    guarding.take_token(response)
    return response


@bp.get("/export")
def export() -> ResponseReturnValue:
    """Everything in one file, to take along."""
    data = guarding.practice().export(guarding.space())
    response = Response(data, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename="my-practice.zip")
    return response


def _page(*, keeping: Keeping | None = None, takes: int = 0, problem: str = "") -> str:
    door: Companion = current_app.extensions["companion"]
    return render_template(
        "practice_space.html",
        keeping=keeping,
        takes=takes,
        problem=problem,
        done=request.args.get("done", ""),
        settings=door.settings,
    )
