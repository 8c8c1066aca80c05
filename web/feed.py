"""What apps and players read: the feed, chapters, covers. Transcripts and recordings are in `listen` and `media`."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, request, send_file

from companion.core import Companion
from companion.errors import NotFoundError
from web.addresses import Addresses

bp = Blueprint("feed", __name__)

FEED_TYPE = "application/rss+xml"
CHAPTERS_TYPE = "application/json+chapters"
FRESH = "public, max-age=300"  # apps ask every hour or so; what is new may wait five minutes
_SINCE_SIZE = 100  # addresses under which one site is asked for its feed

_since: dict[tuple[str, str], tuple[str, datetime]] = {}
_since_lock = threading.Lock()


@bp.get("/feed.xml")
def feed() -> Response:
    """The show for podcast apps."""
    door = _door()
    body = door.syndication.feed(Addresses())
    response = Response(body, content_type=f"{FEED_TYPE}; charset=utf-8")
    response.last_modified = _first_seen(str(door.settings.home), body)
    response.headers["Cache-Control"] = FRESH
    return _open(response)


@bp.get("/episodes/<slug>/chapters.json")
def chapters(slug: str) -> Response:
    """An episode's chapters: its moments, and what is between."""
    door = _door()
    response = Response(door.syndication.chapters(slug, Addresses()), content_type=CHAPTERS_TYPE)
    response.headers["Cache-Control"] = FRESH
    return _open(response)


@bp.get("/episodes/<slug>/chapters.vtt")
def chapters_track(slug: str) -> Response:
    """The same chapters, as the player of a browser reads them."""
    door = _door()
    response = Response(door.syndication.chapters_vtt(slug, Addresses()), mimetype="text/vtt")
    response.headers["Cache-Control"] = FRESH
    return _open(response)


@bp.get("/covers/<sha256>.<ending>")
def cover(sha256: str, ending: str) -> Response:
    """A picture of the show or of an episode, named by what it is."""
    found = _door().syndication.cover(sha256)
    if ending != found.ending:
        raise NotFoundError("There is no such picture.")
    response = send_file(found.path, mimetype=found.mime, conditional=True, etag=sha256)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if request.method == "HEAD" or response.status_code == 304:
        response.close()  # nothing will be read from the file
    return _open(response)


def _open(response: Response) -> Response:
    """Players on other sites may read it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _first_seen(home: str, body: bytes) -> datetime:
    """Since when this process has sent just these bytes: never earlier than they came to be, so never too early."""
    digest, key = hashlib.sha256(body).hexdigest(), (home, request.url_root)
    with _since_lock:
        known = _since.get(key)
        if known is None or known[0] != digest:
            if len(_since) >= _SINCE_SIZE:
                _since.clear()
            known = _since[key] = (digest, datetime.now(UTC))
        return known[1]


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
