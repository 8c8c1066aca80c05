"""Recordings of episodes that listeners cannot hear yet, for the host who works on them."""

from __future__ import annotations

from flask import Blueprint, Response

from web import answers, hosting

bp = Blueprint("host_media", __name__)
hosting.guard(bp)


@bp.get("/host/media/<sha256>.mp3")
def recording(sha256: str) -> Response:
    """The played copy of any episode; any part of it."""
    return answers.recording(hosting.door().playback(sha256), sha256)
