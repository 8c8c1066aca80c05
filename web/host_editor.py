"""The transcript editor: its page, and what its script and forms ask for."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from companion.core import Companion
from companion.errors import BadInputError, NotFoundError
from companion.lines import Changed, EditConflictError, Line, VoiceRow
from companion.types import Flag, Role
from web import edited, hosting
from web.answers import LEAST_BYTES, LEVEL, takes_gzip
from web.format import page_number
from web.sent import Sent, by_script, compact

bp = Blueprint("host_editor", __name__, url_prefix="/host/episodes/<slug>/transcript")
hosting.guard(bp)

LINES_ON_PAGE = 60


# ---- reading


@bp.get("")
def page(slug: str) -> ResponseReturnValue:
    """The page; with its first lines, so that it reads before any script runs."""
    return _page(slug)


@bp.get("/lines")
def lines(slug: str) -> ResponseReturnValue:
    """All lines, or those that changed after a revision."""
    door = hosting.door()
    episode = door.episode(slug)
    sheet = door.editing.open(slug)
    opening, places = sheet.opening, edited.places_of(sheet.opening.voices)
    body: dict[str, Any] = {
        "rev": opening.rev,
        "version": opening.version,
        "voices": edited.voices_of(opening.voices),
        "undo": edited.step_of(opening.undo),
        "redo": edited.step_of(opening.redo),
        "settled": opening.settled,
    }
    since = request.args.get("since")
    if since is not None:
        if not (since.isascii() and since.isdecimal() and len(since) < 16):
            raise BadInputError("“since” should be a revision: a whole number.")
        body["lines"] = [edited.short_line(x, places) for x in sheet.lines if x.rev > int(since)]
        body["order"] = [x.id for x in sheet.lines]
    else:
        body |= {
            "duration_ms": edited.ms(episode.duration_s or 0.0),
            "audio": url_for("host_media.recording", sha256=episode.playback_sha256),
            "flags": list(Flag),
            "columns": edited.COLUMNS,
            "lines": [edited.short_line(x, places) for x in sheet.lines],
        }
    response = _compact(body)
    response.set_etag(f"{opening.version}-{opening.rev}-{int(opening.settled)}", weak=True)
    return response.make_conditional(request)


@bp.get("/lines/<int:line_id>")
def line(slug: str, line_id: int) -> ResponseReturnValue:
    """One line with its words and what the machine made of it."""
    door = hosting.door()
    found, places = door.editing.line(slug, line_id), _places(door, slug)
    made = found.made and {
        "text": found.made.text,
        "voice": found.made.voice,
        "start_ms": edited.ms(found.made.start_s),
        "end_ms": edited.ms(found.made.end_s),
    }
    words = [[edited.ms(w.start_s), edited.ms(w.end_s), w.text, round(w.probability, 3)] for w in found.words]
    return _compact({"line": edited.short_line(found, places), "words": words, "made": made})


@bp.get("/flagged")
def flagged(slug: str) -> ResponseReturnValue:
    """The lines that somebody should look at."""
    return _compact({"lines": [x.id for x in hosting.door().editing.open(slug).lines if x.needs_look]})


# ---- one line


@bp.post("/lines/<int:line_id>/text")
def set_text(slug: str, line_id: int) -> ResponseReturnValue:
    """Other words."""
    sent = Sent()
    return _change(slug, lambda e, by: e.set_text(slug, line_id, sent.text("text"), sent.number("seen"), by), line_id)


@bp.post("/lines/<int:line_id>/speaker")
def set_speaker(slug: str, line_id: int) -> ResponseReturnValue:
    """Another voice."""
    sent = Sent()
    voice = sent.text_or_none("voice") or None
    return _change(slug, lambda e, by: e.set_voice(slug, line_id, voice, sent.number("seen"), by), line_id)


@bp.post("/lines/<int:line_id>/split")
def split(slug: str, line_id: int) -> ResponseReturnValue:
    """Two lines of one."""
    sent = Sent()
    at, seen, text, voice = (
        sent.number("at"),
        sent.number("seen"),
        sent.text_or_none("text"),
        sent.text_or_none("voice"),
    )
    return _change(slug, lambda e, by: e.split(slug, line_id, at, seen, by, text=text, voice=voice or None), line_id)


@bp.post("/lines/<int:line_id>/merge")
def merge(slug: str, line_id: int) -> ResponseReturnValue:
    """One line of two."""
    sent = Sent()
    seen, next_seen = sent.number("seen"), sent.number_or_none("next_seen")
    return _change(slug, lambda e, by: e.merge(slug, line_id, seen, by, next_seen=next_seen), line_id)


@bp.post("/lines/<int:line_id>/delete")
def delete(slug: str, line_id: int) -> ResponseReturnValue:
    """A line less."""
    seen = Sent().number("seen")
    return _change(slug, lambda e, by: e.delete(slug, line_id, seen, by))


@bp.post("/lines/<int:line_id>/looked")
def look(slug: str, line_id: int) -> ResponseReturnValue:
    """Its flags were looked at, or still should be."""
    looked = Sent().truth("looked")
    return _change(slug, lambda e, by: e.look(slug, line_id, looked, by), line_id)


# ---- many


@bp.post("/undo")
def undo(slug: str) -> ResponseReturnValue:
    """The last change taken back."""
    rev = Sent().number("rev")
    return _change(slug, lambda e, by: e.undo(slug, rev))


@bp.post("/redo")
def redo(slug: str) -> ResponseReturnValue:
    """The last change that was taken back made again."""
    rev = Sent().number("rev")
    return _change(slug, lambda e, by: e.redo(slug, rev))


@bp.post("/replace")
def replace(slug: str) -> ResponseReturnValue:
    """What would be replaced, or the replacing."""
    sent = Sent()
    find, given, only = sent.text("find"), sent.text_or_none("with") or "", sent.numbers_or_none("only")
    how = {"words": sent.truth("words"), "case": sent.truth("case")}
    if not sent.truth("preview"):
        rev = sent.number_or_none("rev")
        return _change(slug, lambda e, by: e.replace(slug, find, given, by, rev=rev, only=only, **how))
    found, count, rev = hosting.door().editing.find(slug, find, given, only=only, **how)
    if not by_script():
        preview = {"find": find, "with": given, **how, "found": found, "count": count, "rev": rev}
        return _page(slug, preview=preview)
    shown = edited.found_of(found, 100)
    return _compact({"count": count, "lines": len(found), "rev": rev, "found": shown})


# ---- voices


@bp.get("/voices")
def voices(slug: str) -> ResponseReturnValue:
    """Who speaks."""
    opening = hosting.door().editing.open(slug).opening
    return _compact({"voices": edited.voices_of(opening.voices), "roles": list(Role), "rev": opening.rev})


@bp.post("/voices/name")
def name_voice(slug: str) -> ResponseReturnValue:
    """Says who a voice is."""
    sent = Sent()
    voice, name, role = sent.text("voice"), sent.text("name"), _role(sent)
    return _change(slug, lambda e, by: e.name_voice(slug, voice, name, role, by))


@bp.post("/voices/new")
def add_voice(slug: str) -> ResponseReturnValue:
    """One voice more."""
    sent = Sent()
    name, role = sent.text("name"), _role(sent)
    return _change(slug, lambda e, by: e.add_voice(slug, name, role, by))


@bp.post("/voices/join")
def join_voices(slug: str) -> ResponseReturnValue:
    """All lines of one voice to another."""
    sent = Sent()
    voice, into = sent.text("voice"), sent.text("into")
    return _change(slug, lambda e, by: e.join_voices(slug, voice, into, by))


@bp.post("/voices/remove")
def remove_voice(slug: str) -> ResponseReturnValue:
    """A voice less."""
    voice = Sent().text("voice")
    return _change(slug, lambda e, by: e.remove_voice(slug, voice, by))


# ---- the show's own words


@bp.get("/vocabulary")
def vocabulary(slug: str) -> ResponseReturnValue:
    """The words of which the recogniser is told."""
    hosting.door().episode(slug)
    return _compact(edited.house_of(hosting.door().editing.house.get()))


@bp.post("/vocabulary")
def put_vocabulary(slug: str) -> ResponseReturnValue:
    """Another list."""
    words = Sent().texts_or_none("words")
    if words is None:
        raise BadInputError("The request lacks “words”.")
    return _house(slug, lambda door: door.editing.house.put(words))


@bp.post("/vocabulary/add")
def add_word(slug: str) -> ResponseReturnValue:
    """A word more."""
    word = Sent().text("word")
    return _house(slug, lambda door: door.editing.house.add(word))


@bp.post("/vocabulary/remove")
def remove_word(slug: str) -> ResponseReturnValue:
    """A word less."""
    word = Sent().text("word")
    return _house(slug, lambda door: door.editing.house.remove(word))


# ---- versions


@bp.get("/versions")
def versions(slug: str) -> ResponseReturnValue:
    """The transcripts of this episode."""
    return _versions(slug)


@bp.post("/versions/keep")
def keep(slug: str) -> ResponseReturnValue:
    """A copy of the transcript as it is."""
    note = Sent().text_or_none("note") or ""
    hosting.door().editing.versions.keep(slug, note, hosting.host().name)
    return _versions(slug) if by_script() else redirect(url_for(".versions", slug=slug), 303)


@bp.get("/versions/compare")
def compare(slug: str) -> ResponseReturnValue:
    """Two of them side by side."""
    door = hosting.door()
    left, right = (_version_number(request.args.get(side)) for side in ("left", "right"))
    every = request.args.get("all") == "1"
    found = door.editing.versions.compare(slug, left, right, page_number(request.args.get("page")), every=every)
    if by_script():
        return _compact(edited.comparison_of(found))
    known = door.editing.versions.all(slug)
    rev = door.editing.open(slug).opening.rev
    return render_template(
        "host_compare.html", episode=door.episode(slug), found=found, every=every, versions=known, rev=rev
    )


@bp.post("/versions/<int:number>/use")
def use(slug: str, number: int) -> ResponseReturnValue:
    """Another one becomes the current one."""
    rev = Sent().number_or_none("rev")
    found = hosting.door().editing.versions.use(slug, number, rev, hosting.host().name)
    if not by_script():
        return redirect(url_for(".versions", slug=slug), 303)
    return _compact({"rev": found.rev, "version": found.version})


@bp.post("/versions/<int:number>/carry")
def carry(slug: str, number: int) -> ResponseReturnValue:
    """People's changes taken over onto another one; a preview tells what could not be."""
    sent, door = Sent(), hosting.door()
    if sent.truth("preview"):
        found = door.editing.versions.would_carry(slug, number)
    else:
        found = door.editing.versions.carry(slug, number, sent.number_or_none("rev"), hosting.host().name)
    if by_script():
        return _compact(edited.carried_of(found))
    return _versions(slug, carried=found, preview=sent.truth("preview"))


@bp.post("/versions/<int:number>/take")
def take(slug: str, number: int) -> ResponseReturnValue:
    """Some lines of another one."""
    sent = Sent()
    wanted, rev = sent.numbers_or_none("lines") or [], sent.number_or_none("rev")
    return _change(slug, lambda e, by: e.versions.take(slug, number, wanted, rev, by))


# ---- a new recognition


@bp.post("/recognise")
def recognise(slug: str) -> ResponseReturnValue:
    """Asks for one."""
    sent, door = Sent(), hosting.door()
    job = door.editing.recognitions.ask(
        slug,
        hosting.host().name,
        model=sent.text_or_none("model") or "auto",
        hotwords=sent.texts_or_none("hotwords"),
        speakers=sent.number_or_none("speakers"),
    )
    if not by_script():
        return redirect(url_for(".versions", slug=slug), 303)
    return _compact({"job": edited.job_of(job, None)}), 202


@bp.get("/recognise")
def recognising(slug: str) -> ResponseReturnValue:
    """How far it is."""
    return _compact({"job": _job(slug)})


@bp.post("/recognise/stop")
def stop(slug: str) -> ResponseReturnValue:
    """Stops it."""
    hosting.door().editing.recognitions.stop(slug)
    if not by_script():
        return redirect(url_for(".versions", slug=slug), 303)
    return _compact({"job": _job(slug)})


# ---- what went wrong


@bp.errorhandler(EditConflictError)
def conflict(error: EditConflictError) -> ResponseReturnValue:
    """Somebody was faster: both texts are shown."""
    slug = str((request.view_args or {})["slug"])
    if by_script():
        return _compact(edited.conflict_of(error, _places(hosting.door(), slug))), error.http_status
    return _page(slug, conflict=error), error.http_status


# ---- pieces


def _page(slug: str, *, conflict: EditConflictError | None = None, preview: dict[str, Any] | None = None) -> str:
    door = hosting.door()
    episode, sheet = door.episode(slug), door.editing.open(slug)
    only = request.args.get("only", "") if request.args.get("only") == "flagged" else ""
    chosen: Sequence[Line] = [x for x in sheet.lines if x.needs_look] if only else sheet.lines
    pages = max(1, math.ceil(len(chosen) / LINES_ON_PAGE))
    number = page_number(request.args.get("page")) if request.method == "GET" else 1
    at = request.args.get("at") or (request.view_args or {}).get("line_id")
    if at is not None and "page" not in request.args:  # the page on which this line is
        number = next((k // LINES_ON_PAGE + 1 for k, x in enumerate(chosen) if str(x.id) == str(at)), 1)
    if number > pages:
        raise NotFoundError(f"There are {pages} pages of this transcript only.")
    names = {v.label: v.name for v in sheet.opening.voices}
    shown = chosen[(number - 1) * LINES_ON_PAGE : number * LINES_ON_PAGE]
    return render_template(
        "host_editor.html",
        episode=episode,
        desk=sheet.opening,
        lines=[edited.line_row(x, names) for x in shown],
        page=number,
        pages=pages,
        only=only,
        roles=list(Role),
        conflict=None if conflict is None else _conflict(conflict, names),
        preview=preview,
    )


def _conflict(error: EditConflictError, names: dict[str, str]) -> edited.Conflict:
    return edited.Conflict(
        line=None if error.line is None else edited.line_row(error.line, names),
        line_id=int((request.view_args or {}).get("line_id", 0)),
        yours=error.yours,
        sentence=error.sentence,
        by=error.step.by if error.step else "",
        at=edited.moment_of(error.step),
    )


def _versions(slug: str, **more: Any) -> ResponseReturnValue:
    door = hosting.door()
    known = door.editing.versions.all(slug)
    rev = door.editing.open(slug).opening.rev
    models = door.editing.recognitions.models()
    if by_script():
        return _compact(
            {
                "rev": rev,
                "current": next(v.number for v in known if v.current),
                "versions": [edited.version_of(v) for v in known],
                "recognising": _job(slug),
                "models": [{"name": name, "here": True} for name in models],
            }
        )
    return render_template(
        "host_versions.html",
        **{
            "episode": door.episode(slug),
            "versions": known,
            "rev": rev,
            "job": _job(slug),
            "models": models,
            "house": door.editing.house.get(),
            "carried": None,
            "preview": False,
            **more,
        },
    )


def _job(slug: str) -> dict[str, Any] | None:
    recognitions = hosting.door().editing.recognitions
    newest = recognitions.newest(slug)
    return edited.job_of(newest, None if newest is None else recognitions.left_s(newest))


def _change(slug: str, change: Callable[[Any, str], Changed], line_id: int | None = None) -> ResponseReturnValue:
    """Makes a change; a script is told what became of it, a form goes back to its page."""
    door = hosting.door()
    changed = change(door.editing, hosting.host().name)
    if not by_script():
        if line_id is None:
            return redirect(url_for(".page", slug=slug), 303)
        return redirect(url_for(".page", slug=slug, at=line_id, _anchor=f"line-{line_id}"), 303)
    return _compact(edited.change_of(changed, _places(door, slug, changed.voices)))


def _places(door: Companion, slug: str, known: Sequence[VoiceRow] | None = None) -> dict[str | None, int]:
    if known is not None:
        return edited.places_of(known)
    return {v.label: k for k, v in enumerate(door.voices(slug))}


def _house(slug: str, change: Callable[[Companion], Any]) -> ResponseReturnValue:
    door = hosting.door()
    door.episode(slug)
    found = change(door)
    return _compact(edited.house_of(found)) if by_script() else redirect(url_for(".versions", slug=slug), 303)


def _role(sent: Sent) -> Role:
    try:
        return Role(sent.text_or_none("role") or Role.UNKNOWN)
    except ValueError:
        raise BadInputError(f"The roles are {', '.join(Role)}.") from None


def _version_number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadInputError("Say which two versions to compare, by their numbers.")
    return int(text)


def _compact(value: Any) -> Response:
    """JSON, compressed where that pays; it holds no secret whose length that would show."""
    body = compact(value).encode()
    response = Response(mimetype="application/json")
    if len(body) > LEAST_BYTES and takes_gzip():
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(body)
    response.vary.add("Accept-Encoding")
    return response
