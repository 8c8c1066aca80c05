"""Takes: recorded piece by piece or handed in whole, heard, corrected, thrown away. Their owner's, nobody else's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.takes import Asked, NewSpace, Space, Take
from web import exercise, guarding, spoken

bp = Blueprint("takes", __name__, url_prefix="/practice")
guarding.guard(bp)

_MIME = re.compile(r"(?:audio|video)/[a-z0-9.+-]{1,40}(?:;\s?codecs=[\"a-z0-9.,-]{1,40})?", re.IGNORECASE)
_ALSO_CALLED = {
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/opus": "audio/ogg",
}
_ID = re.compile(r"[\w-]{1,80}")


@bp.post("/takes")
def begin() -> ResponseReturnValue:
    """A new take; its sound follows in chunks. Opens a space where this browser has none."""
    values = _json()
    asked = _asked(values.get("asked"))
    mime = _mime(values.get("mime"))
    take, new = _made(lambda space: guarding.practice().begin_take(space, asked, mime, guarding.now()))
    body: dict[str, Any] = {"id": take.id, "url": url_for("takes.page", name=take.id)}
    response = jsonify(body if new is None else {**body, "recovery_code": new.recovery_code})
    response.status_code = 201
    if new is not None:
        guarding.give_token(response, new.token)
    return response


@bp.put("/takes/<name>/chunks/<int:number>")
def put_chunk(name: str, number: int) -> ResponseReturnValue:
    """A chunk of its sound; the same one may come twice."""
    guarding.practice().put_chunk(guarding.space(), name, number, request.get_data(cache=False))
    return "", 204


@bp.get("/takes/<name>/chunks")
def chunks(name: str) -> ResponseReturnValue:
    """Which chunks are there."""
    return jsonify(chunks=list(guarding.practice().chunks(guarding.space(), name)))


@bp.post("/takes/<name>/finish")
def finish(name: str) -> ResponseReturnValue:
    """All of it is there. The form of a take that was cut short gives no number: what arrived without a gap."""
    space = guarding.space()
    if not request.is_json:
        arrived = spoken.contiguous(guarding.practice().chunks(space, name))
        guarding.practice().finish_take(space, name, arrived)
        return redirect(url_for("takes.page", name=name), 303)
    count = _json().get("chunks")
    if type(count) is not int or not 0 < count < 1_000_000:
        raise BadInputError("Say how many chunks there are, as a number.")
    guarding.practice().finish_take(space, name, count)
    return jsonify(url=url_for("takes.page", name=name)), 202


@bp.get("/takes/<name>")
def page(name: str) -> ResponseReturnValue:
    """A take with its feedback, beside the first one and what the partner said."""
    return render_template("practice_take.html", **_take_values(name))


@bp.get("/takes/<name>/part")
def part(name: str) -> ResponseReturnValue:
    """The same without the page around it, for the page that is open."""
    return render_template("_take_part.html", **_take_values(name))


@bp.get("/takes/<name>/state")
def state(name: str) -> ResponseReturnValue:
    """How far it is."""
    return jsonify(state=guarding.practice().state(guarding.space(), name).value, percent=None)


@bp.get("/takes/<name>/sound")
def sound(name: str) -> ResponseReturnValue:
    """Its sound, any part of it; `format=wav` for players that do not know the kind that was recorded."""
    space = guarding.space()
    take = guarding.practice().take(space, name)
    kind = request.args.get("format", "")
    if kind not in ("", "wav"):
        raise BadInputError("A take can be had as it was recorded, or with format=wav.")
    mime = "audio/wav" if kind else take.mime.partition(";")[0]
    data = guarding.practice().sound_wav(space, name) if kind else guarding.practice().sound(space, name)
    if request.method == "HEAD":
        request.environ.pop("HTTP_RANGE", None)  # a range means something to GET only (RFC 9110, section 14.2)
    response = send_file(io.BytesIO(data), mimetype=mime, conditional=True, etag=False)
    response.headers["Accept-Ranges"] = "bytes"
    return response


@bp.post("/takes/<name>/correct")
def correct(name: str) -> ResponseReturnValue:
    """Its words, put right by the person who said them."""
    guarding.practice().correct(guarding.space(), name, request.form.get("text", "").strip())
    return redirect(url_for("takes.page", name=name), 303)


@bp.post("/takes/<name>/rate")
def rate(name: str) -> ResponseReturnValue:
    """How its owner says that it went."""
    guarding.practice().rate(guarding.space(), name, request.form.get("rating", ""), guarding.now())
    return redirect(url_for("takes.page", name=name, done="rated"), 303)


@bp.post("/takes/<name>/erase")
def erase(name: str) -> ResponseReturnValue:
    """Throws it away."""
    space = guarding.space()
    take = guarding.practice().take(space, name)
    guarding.practice().erase_take(space, name)
    if request.is_json:
        return "", 204
    return redirect(_address(take.asked), 303)


@bp.post("/upload")
def upload() -> ResponseReturnValue:
    """A recording that was made elsewhere, from a form."""
    asked = _asked({k: request.form.get(k) or None for k in ("moment_id", "prompt_id")})
    file = request.files.get("recording")
    data = file.read() if file else b""
    if file is None or not data:
        raise BadInputError("No recording was chosen. Go back, choose a file, then send it.")
    mime = _ALSO_CALLED.get(file.mimetype) or (file.mimetype if _MIME.fullmatch(file.mimetype) else "audio/unknown")
    take, new = _made(lambda space: guarding.practice().put_whole(space, asked, mime, data, guarding.now()))
    where = url_for("takes.page", name=take.id)
    if new is None:
        return redirect(where, 303)
    response = Response(
        render_template("practice_code.html", heading="Your take is kept", code=new.recovery_code, onward=where), 201
    )
    guarding.give_token(response, new.token)
    return response


def _take_values(name: str) -> dict[str, Any]:
    space = guarding.space()
    take = guarding.practice().take(space, name)
    same = exercise.shown(space, exercise.takes_of(space, take.asked))
    mine = next((t for t in same if t.take.id == take.id), None)
    if mine is None:  # it is still being recorded in some tab
        raise NotFoundError("This take is not finished yet. Finish it where it is being recorded.")
    return {
        "shown": mine,
        "compared": (beside := exercise.beside(mine, same)),
        "exercise": exercise.exercise_of(take),
        "others": exercise.others(take.asked) if beside else (),
        "done": request.args.get("done", ""),
        "address": _address(take.asked),
        "settings": _door().settings,
    }


def _address(asked: Asked) -> str:
    if asked.moment_id is not None:
        return url_for("practice.moment", name=asked.moment_id)
    return url_for("practice.prompt", name=asked.prompt_id)


def _made(make: Callable[[Space], Take]) -> tuple[Take, NewSpace | None]:
    """A take in the space of whoever asks, or in a new one; where no take comes of it, no space stays."""
    space = guarding.space_or_none()
    if space is not None:
        return make(space), None
    new = guarding.practice().open_space(guarding.now())
    try:
        return make(new.space), new
    except BaseException:
        guarding.practice().erase_space(new.space)
        raise


def _json() -> dict[str, Any]:
    values = request.get_json(silent=True)
    if not isinstance(values, dict):
        raise BadInputError("The request is not JSON of the kind that is read here.")
    return values


def _asked(values: object) -> Asked:
    names = values if isinstance(values, dict) else {}
    found = {k: v for k in ("moment_id", "prompt_id") if isinstance(v := names.get(k), str) and _ID.fullmatch(v)}
    if len(found) != 1:
        raise BadInputError("Say what is answered: a moment or a written exercise.")
    return Asked(**found)


def _mime(value: object) -> str:
    if not isinstance(value, str) or not _MIME.fullmatch(value):
        raise BadInputError("This kind of recording is not known here.")
    return value


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
