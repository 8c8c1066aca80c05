"""The recordings that are played: bytes with ranges, named by what they are, so that they may be kept for ever."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from companion.core import Companion
from web import answers

bp = Blueprint("media", __name__)


@bp.get("/media/<sha256>.mp3")
def recording(sha256: str) -> Response:
    """The played copy of an episode; any part of it."""
    companion: Companion = current_app.extensions["companion"]
    response = answers.recording(companion.playback(sha256), sha256)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
