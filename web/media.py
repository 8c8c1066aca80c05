"""The recordings that are played: bytes with ranges, named by what they are, so that they may be kept for ever."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, send_file

from companion.core import Companion

bp = Blueprint("media", __name__)


@bp.get("/media/<sha256>.mp3")
def recording(sha256: str) -> Response:
    """The played copy of an episode; any part of it."""
    companion: Companion = current_app.extensions["companion"]
    path = companion.playback(sha256)
    if request.method == "HEAD":
        request.environ.pop("HTTP_RANGE", None)  # a range means something to GET only (RFC 9110, section 14.2)
    response = send_file(path, mimetype="audio/mpeg", conditional=True, etag=sha256)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Access-Control-Allow-Origin"] = "*"  # the feed offers it to players on other sites
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "HEAD" or response.status_code == 304:
        response.close()  # nothing will be read from the file
    return response
