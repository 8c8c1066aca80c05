"""The host's desk: what comes in, what is done with it, what waits for a person."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import IO, Any

from flask import Blueprint, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from companion.core import Desk, OffsetError, Opened, Overview, Said, Wanted
from companion.errors import BadInputError, CompanionError, LibraryError, ModelError, SpaceError
from companion.handing import Job, JobState, Needs, Offered, Parameters, Upload, UploadFile
from companion.types import Episode, EpisodeState, Role
from web import hosting
from web.format import lasting, percent, plural, stage_words
from web.guarding import now

bp = Blueprint("host_desk", __name__, url_prefix="/host")
hosting.guard(bp)

CHUNK = "host_desk.put_chunk"  # endpoints that may send more than others
FORM = "host_desk.add_by_form"
NOT_PAGES = (CHUNK, "host_desk.state", "host_desk.upload_state", "host_desk.part")
MOST_FILES = 50  # offered at once
NEARLY_DONE_S = 5
_STATES = {
    JobState.STOPPING: "Stops after the piece in hand",
    JobState.STOPPED: "Stopped; what is done is kept",
    JobState.FAILED: "It could not be taken in",
}
_DONE = {
    "started": "It is on the desk now and waits for its turn.",
    "known": "That recording is in the library already; here it is.",
    "removed": "The episode was taken out of the library.",
    "discarded": "The upload was thrown away.",
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as it stands on the desk."""

    job: Job
    words: str
    percent: int | None  # None: nothing moves
    moves: bool  # somebody works on it
    left: str


# ---- the desk


@bp.get("")
def desk() -> ResponseReturnValue:
    """All that lies on the desk."""
    _desk().uploads.sweep(now())
    return render_template("host_desk.html", done=_DONE.get(request.args.get("done", "")), **_desk_values())


@bp.get("/desk/part")
def part() -> ResponseReturnValue:
    """The same without the page around it, for the page that is open."""
    return render_template("_desk_part.html", **_desk_values())


@bp.get("/desk.json")
def state() -> ResponseReturnValue:
    """How far everything is; `version` changes with what lies where."""
    lines = [_line(job) for job in _desk().jobs()]
    rows = [
        {
            "slug": line.job.episode.slug,
            "words": line.words,
            "percent": line.percent,
            "moves": line.moves,
            "left": line.left,
        }
        for line in lines
    ]
    return jsonify(version=_version(lines, _desk().uploads.open(), _desk().alive()), jobs=rows)


@bp.post("/jobs/<slug>/stop")
def stop(slug: str) -> ResponseReturnValue:
    """Stops a job."""
    _desk().stop(slug)
    return _to_job(slug)


@bp.post("/jobs/<slug>/resume")
def resume(slug: str) -> ResponseReturnValue:
    """Goes on with it."""
    _desk().resume(slug)
    return _to_job(slug)


@bp.get("/jobs/<slug>/retry")
def ask_retry(slug: str) -> ResponseReturnValue:
    """How shall it be tried again?"""
    job = _desk().job(slug)
    return render_template("host_retry.html", line=_line(job), models=_models(job.parameters.model), problem="")


@bp.post("/jobs/<slug>/retry")
def retry(slug: str) -> ResponseReturnValue:
    """Tries it again: as before, or as the form says."""
    before = _desk().job(slug).parameters
    try:
        changed = None
        if "model" in request.form:
            model, speakers, hotwords = _parameters()
            changed = Parameters(model, speakers, hotwords, before.voices)
        _desk().retry(slug, changed)
    except (BadInputError, ModelError) as error:
        job = _desk().job(slug)
        values = {"line": _line(job), "models": _models(job.parameters.model), "problem": error.sentence}
        return render_template("host_retry.html", **values), _status(error)
    return _to_job(slug)


@bp.get("/jobs/<slug>/remove")
def ask_remove(slug: str) -> ResponseReturnValue:
    """Shall it go?"""
    return render_template("host_remove.html", job=_desk().job(slug))


@bp.post("/jobs/<slug>/remove")
def remove(slug: str) -> ResponseReturnValue:
    """Takes an episode out of the library."""
    _desk().remove(slug)
    return redirect(url_for("host_desk.desk", done="removed"), 303)


# ---- uploads


@bp.get("/upload")
def upload() -> ResponseReturnValue:
    """Where recordings are handed in."""
    _desk().uploads.sweep(now())
    return render_template("host_upload.html", problem="", **_upload_values())


@bp.post("/uploads")
def begin() -> ResponseReturnValue:
    """A script offers files."""
    values = request.get_json(silent=True)
    files = values.get("files") if isinstance(values, dict) else None
    if not isinstance(values, dict) or not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        raise BadInputError(f"Choose between 1 and {MOST_FILES} recordings at once.")
    together, into = values.get("together"), values.get("into")
    offered = [_offered(file) for file in files]
    opened = _desk().uploads.begin(
        offered, now(), together if isinstance(together, bool) else None, into if isinstance(into, str) else None
    )
    return jsonify(_opened(offered, opened)), 201


@bp.post("/uploads/form/<ticket>")
def add_by_form(ticket: str) -> ResponseReturnValue:
    """One recording from a form, for browsers without scripts."""
    file = request.files.get("recording")
    try:
        if not _desk().tickets.is_good(ticket, time.time()):
            raise BadInputError("This form is too old. Load the page again and choose the recording once more.")
        if file is None or not file.filename:
            raise BadInputError("No recording was chosen. Choose one, then send it.")
        file.stream.flush()
        place = g.form_files[-1]
        made = _desk().uploads.put_whole(place, file.filename, now(), request.form.get("into") or None)
    except CompanionError as error:
        return render_template("host_upload.html", problem=error.sentence, **_upload_values()), error.http_status
    return redirect(url_for("host_desk.one_upload", upload_id=made.id), 303)


@bp.get("/uploads/<upload_id>")
def one_upload(upload_id: str) -> ResponseReturnValue:
    """An upload: what is here, whose tracks they are, start."""
    found = _desk().uploads.get(upload_id)
    if found.episode_slug is not None:
        return _to_job(found.episode_slug)
    return render_template("host_one_upload.html", problem="", **_one_values(found))


@bp.get("/uploads/<upload_id>/part")
def upload_part(upload_id: str) -> ResponseReturnValue:
    """The same without the page around it, for the page that is open."""
    return render_template("_upload_part.html", problem="", **_one_values(_desk().uploads.get(upload_id)))


@bp.get("/uploads/<upload_id>/state")
def upload_state(upload_id: str) -> ResponseReturnValue:
    """How much of each file is here."""
    return jsonify(_upload_json(_desk().uploads.get(upload_id)))


@bp.put("/uploads/<upload_id>/files/<file_id>")
def put_chunk(upload_id: str, file_id: str) -> ResponseReturnValue:
    """A piece of a file; once this is answered, it is on the disk."""
    offset, crc = request.args.get("offset", ""), request.args.get("crc", "")
    if not (offset.isdecimal() and crc.isdecimal() and len(offset) < 16 and len(crc) < 12):
        raise BadInputError("A piece says where it begins and what its checksum is. Load the page again.")
    data = request.get_data(cache=False)
    try:
        file = _desk().uploads.put_chunk(upload_id, file_id, int(offset), data, int(crc), now())
    except OffsetError as error:
        return jsonify(error=error.sentence, received=error.received_bytes), error.http_status
    return jsonify(_file_json(file))


@bp.post("/uploads/<upload_id>/settle")
def settle(upload_id: str) -> ResponseReturnValue:
    """All has arrived: what is due is done."""
    return jsonify(_upload_json(_desk().uploads.settle(upload_id)))


@bp.post("/uploads/<upload_id>")
def say(upload_id: str) -> ResponseReturnValue:
    """What the host says of it; with `start` it is taken in as soon as all of it is here."""
    found = _desk().uploads.get(upload_id)
    start = request.form.get("do") == "start"
    try:
        after = _desk().uploads.say(upload_id, _wanted(found), now(), start=start)
    except (BadInputError, ModelError) as error:
        if _wants_json():
            return jsonify(error=error.sentence), _status(error)
        values = _one_values(_desk().uploads.get(upload_id))
        return render_template("host_one_upload.html", problem=error.sentence, **values), _status(error)
    if _wants_json():
        return jsonify(_upload_json(after))
    if after.episode_slug is not None:
        return _to_job(after.episode_slug, "started")
    return redirect(url_for("host_desk.one_upload", upload_id=upload_id), 303)


@bp.post("/uploads/<upload_id>/files/<file_id>/remove")
def remove_file(upload_id: str, file_id: str) -> ResponseReturnValue:
    """Takes a file out of it; with the last one the upload goes, too."""
    left = _desk().uploads.remove_file(upload_id, file_id)
    if not left.files:
        return discard(upload_id)
    return redirect(url_for("host_desk.one_upload", upload_id=upload_id), 303)


@bp.post("/uploads/<upload_id>/discard")
def discard(upload_id: str) -> ResponseReturnValue:
    """Throws it away."""
    _desk().uploads.discard(upload_id)
    return redirect(url_for("host_desk.desk", done="discarded"), 303)


# ---- files of forms


def new_file() -> IO[bytes]:
    """Where a file of a form is written as it comes; what nobody takes is gone with the request."""
    place = _desk().uploads.form_file()
    g.setdefault("form_files", []).append(place)
    return place.open("w+b")


@bp.teardown_request
def take_away(_: BaseException | None) -> None:
    """Takes away files of forms that nobody took."""
    for place in g.get("form_files", ()):
        place.unlink(missing_ok=True)


@bp.errorhandler(SpaceError)
@bp.errorhandler(LibraryError)
@bp.errorhandler(ModelError)
def in_its_words(error: CompanionError) -> ResponseReturnValue:
    """What is wrong with the machine: visitors get general words, a host is told all of it."""
    if _wants_json():
        return jsonify(error=error.sentence), error.http_status
    return render_template("host_problem.html", sentence=error.sentence), error.http_status


# ---- pieces


def _desk() -> Desk:
    return hosting.door().desk


def _desk_values() -> dict[str, Any]:
    over: Overview = _desk().overview()
    lines = [_line(job) for job in over.jobs]
    return {
        "over": over,
        "lines": lines,
        "version": _version(lines, over.uploads, over.alive),
        "states": JobState,
        "needs_words": _needs_words,
        "place": _place,
        "waits": any(line.job.state in (JobState.WAITING, JobState.WORKING) for line in lines),
    }


def _upload_values() -> dict[str, Any]:
    settings = current_app.extensions["companion"].settings
    return {
        "uploads": _desk().uploads.open(),
        "ticket": _desk().tickets.give(time.time()),
        "chunk_bytes": settings.upload_chunk_bytes,
        "largest": settings.max_audio_bytes,
        "into": "",
    }


def _one_values(found: Upload) -> dict[str, Any]:
    return {
        **_upload_values(),
        "upload": found,
        "into": found.id,
        "models": _models(found.model),
        "roles": [(Role.PARTNER, "partner"), (Role.THERAPIST, "therapist"), (Role.HOST, "host")],
    }


def _line(job: Job) -> JobLine:
    moves = job.state in (JobState.WORKING, JobState.STOPPING)
    state = EpisodeState.WAITING if job.state is JobState.WAITING else EpisodeState.WORKING
    words = _STATES.get(job.state) or stage_words(state, job.progress)
    shown = percent(job.progress) if moves or job.state is JobState.STOPPED else None
    return JobLine(job, words, shown, moves, _left_words(job.left_s))


def _left_words(left_s: float | None) -> str:
    if left_s is None:
        return ""
    return "nearly done" if left_s < NEARLY_DONE_S else f"about {lasting(left_s)} left"


def _version(lines: list[JobLine], uploads: tuple[Upload, ...], alive: bool) -> str:
    """Stands for what lies where: the page loads its lists anew when it changes."""
    jobs = [(line.job.id, line.job.state) for line in lines]
    return hashlib.sha256(repr((jobs, [u.id for u in uploads], alive)).encode()).hexdigest()[:16]


def _needs_words(needs: Needs) -> str:
    """What waits in an episode, such as: 3 lines to check, 1 moment to look at."""
    parts = []
    if needs.unnamed:
        parts.append(plural(needs.unnamed, "voice without a name", "voices without a name"))
    if needs.flagged:
        parts.append(plural(needs.flagged, "line to check", "lines to check"))
    if needs.suggested:
        parts.append(plural(needs.suggested, "moment to look at", "moments to look at"))
    return ", ".join(parts)


def _place(episode: Episode, what: str = "") -> str:
    """The address of a page about an episode; "" where there is no such page."""
    path = f"/host/episodes/{episode.slug}{what}"
    return f"{request.script_root}{path}" if hosting.is_there(path) else ""


def _models(asked: str) -> list[tuple[str, str]]:
    words = {"auto": "the best on this computer", "bundled": "bundled (knows three synthetic voices only)"}
    names = list(dict.fromkeys([*_desk().models(), asked]))
    return [(name, words.get(name, name)) for name in names]


def _parameters() -> tuple[str, int | None, tuple[str, ...]]:
    """Model, number of voices and words to listen for, as a form says them.

    Raises:
        BadInputError: the number is none.
    """
    form = request.form
    speakers = form.get("speakers", "").strip()
    if speakers and not (speakers.isdecimal() and len(speakers) < 4):
        raise BadInputError("How many voices? Write a number, or leave it empty.")
    words = tuple(w.strip() for line in form.get("hotwords", "").splitlines() for w in line.split(",") if w.strip())
    return form.get("model", "auto"), int(speakers) if speakers else None, words


def _wanted(found: Upload) -> Wanted:
    form = request.form
    model, speakers, hotwords = _parameters()
    mix = form.get("mix", "")
    files = []
    for file in found.files:
        role = form.get(f"role-{file.id}", file.role)
        if role not in list(Role):
            raise BadInputError("That is not a role. Say partner, therapist or host.")
        is_mix = mix == file.id if "mix" in form else file.mix
        files.append(Said(file.id, form.get(f"speaker-{file.id}", file.speaker)[:120], Role(role), is_mix))
    return Wanted(form.get("title", found.title), model, speakers, hotwords, tuple(files))


def _offered(value: object) -> Offered:
    """A file as a script describes it.

    Raises:
        BadInputError: it does not.
    """
    values = value if isinstance(value, dict) else {}
    name, numbers = values.get("name"), [values.get(k) for k in ("size", "modified", "crc")]
    if not isinstance(name, str) or not all(type(n) is int and 0 <= n < 2**53 for n in numbers):
        raise BadInputError("A file comes with its name, size, date and checksum. Load the page again.")
    size, modified, crc = (int(str(n)) for n in numbers)
    return Offered(name[:1000], size, modified, crc)


def _opened(offered: list[Offered], opened: Opened) -> dict[str, Any]:
    """Where each file that was offered goes, by its number among them."""
    places = {one: (upload_id, file_id) for one, upload_id, file_id in opened.places}
    return {
        "uploads": [_upload_json(u) for u in opened.uploads],
        "places": [places.get(one) for one in offered],
        "refused": [{"name": r.name, "sentence": r.sentence} for r in opened.refused],
    }


def _upload_json(found: Upload) -> dict[str, Any]:
    slug = found.episode_slug
    return {
        "id": found.id,
        "start": found.start,
        "files": [_file_json(f) for f in found.files],
        "part": url_for("host_desk.upload_part", upload_id=found.id),
        "episode": slug,
        "desk": None if slug is None else url_for("host_desk.desk", done="started", _anchor=f"job-{slug}"),
    }


def _file_json(file: UploadFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "size": file.size_bytes,
        "received": file.received_bytes,
        "checked": file.checked,
        "problem": file.problem,
    }


def _to_job(slug: str, done: str | None = None) -> Response:
    return redirect(url_for("host_desk.desk", done=done, _anchor=f"job-{slug}"), 303)


def _status(error: CompanionError) -> int:
    """A model that is not there is the form's mistake here, not the machine's."""
    return 422 if isinstance(error, ModelError) else error.http_status


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"
