"""The host makes the video of a moment; listeners can take it along from then on."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from companion.core import VideoState
from companion.errors import LimitError
from companion.types import MomentState
from web import hosting

bp = Blueprint("host_clips", __name__)
hosting.guard(bp)


@bp.get("/host/moments/<name>/video")
def page(name: str) -> ResponseReturnValue:
    """Whether there is one, how far it is, and the button that makes it."""
    door = hosting.door()
    stored = door.moment(name)
    state, problem = VideoState(False, False, 0.0, ""), ""
    try:
        state = door.clips.video_state(name)
    except LimitError as error:
        problem = error.sentence
    return render_template(
        "host_clip.html",
        stored=stored,
        moment=stored.moment,
        state=state,
        problem=problem or state.problem,
        can=not problem,
        approved=stored.moment.state is MomentState.APPROVED,
    )


@bp.post("/host/moments/<name>/video")
def make(name: str) -> ResponseReturnValue:
    """Begins to make it."""
    hosting.door().clips.begin_video(name)
    return redirect(url_for("host_clips.page", name=name), 303)


@bp.get("/host/moments/<name>/video.json")
def progress(name: str) -> Response:
    """How far it is, for the page that waits."""
    state = hosting.door().clips.video_state(name)
    return jsonify(ready=state.ready, making=state.making, percent=int(100 * state.share), problem=state.problem)


@bp.get("/host/moments/<name>/video.mp4")
def video(name: str) -> Response:
    """The video, also of a moment that listeners do not see."""
    clip = hosting.door().clips.video(name, approved_only=False)
    return send_file(clip.path, mimetype="video/mp4", conditional=True, etag=clip.etag, download_name=clip.name)
