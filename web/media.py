"""The recordings that are played: bytes with ranges, named by what they are, so that they may be kept for ever."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from companion.core import Companion, Listener
from web import answers

bp = Blueprint("media", __name__)


@bp.get("/media/<sha256>.mp3")
def recording(sha256: str) -> Response:
    """The played copy of an episode; any part of it."""
    companion: Companion = current_app.extensions["companion"]
    response = answers.recording(companion.playback(sha256), sha256)
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
