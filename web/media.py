"""The recordings that are played: bytes with ranges, named by what they are, so that they may be kept for ever."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from companion.core import Companion, Listener
from companion.errors import NotFoundError
from web import answers

bp = Blueprint("media", __name__)


@bp.get("/media/<sha256>.mp3")
def recording(sha256: str) -> BaseResponse:
    """The played copy of an episode, or the one with a tag that podcast apps get; any part of it."""
    companion: Companion = current_app.extensions["companion"]
    try:
        path: Path | None = companion.playback(sha256)
    except NotFoundError:
        newest, path = companion.publishing.recording(sha256)
        if path is None:  # the details in it have changed since; who follows an old link gets the new file
            return redirect(url_for("media.recording", sha256=newest))
    response = answers.recording(path, sha256)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Access-Control-Allow-Origin"] = "*"  # the feed offers it to players on other sites
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    _count(companion, response, sha256)
    return response


def _count(companion: Companion, response: Response, sha256: str) -> None:
    """Tells of a download; whether it is one by a person, and enough of it, is decided elsewhere."""
    if request.method != "GET" or response.status_code not in (200, 206):
        return
    sent = response.content_length or 0
    total = response.content_range.length if response.status_code == 206 else sent
    listener = Listener(request.remote_addr or "", request.headers.get("User-Agent", ""))
    companion.counting.fetched(listener, sha256, sent, total or sent, request.headers.get("Sec-Fetch-Site", ""))
