"""Answers made once: public pages are kept, compressed, until the library changes; browsers ask whether theirs holds.

Only views in `PUBLIC` take part: what they answer depends on the address and the library alone, never on who asks.
Nothing of the practice pages is ever kept or compressed. (Where a page holds a secret, compression shows its length.)
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, current_app, g, request, send_file, send_from_directory

from companion.core import Companion

PUBLIC = ("listen", "guide", "api", "feed", "clips")  # blueprints
FOREVER = "public, max-age=31536000, immutable"
LEAST_BYTES = 600  # below that compression gains nothing
LEVEL = 6  # of gzip: higher ones take twice the time for two percent
ROOM_BYTES = 1000  # of what is kept around each body
LARGEST_SHARE = 8  # an answer may take one eighth of the room
TEXTS = re.compile(
    r"text/.*|application/(?:json|javascript|manifest\+json|json\+chapters|rss\+xml|x-subrip)|image/svg\+xml"
)
_OLD_NAME = re.compile(r"[0-9a-f]{12}/")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept."""

    body: bytes  # compressed
    etag: str
    headers: tuple[tuple[str, str], ...]  # as its view set them


class Shelf:
    """Answers of one version of the library; another version empties it."""

    def __init__(self, room_bytes: int) -> None:
        """Keeps nothing yet.

        Args:
            room_bytes: for all of them; the ones that were not asked for longest go first.
        """
        self._room_bytes = room_bytes
        self._used_bytes = 0
        self._version: int | None = None
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, version: int) -> Kept | None:
        """What is kept for an address, if it is of this version."""
        with self._lock:
            if version != self._version:
                self._kept.clear()
                self._used_bytes, self._version = 0, version
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, version: int, kept: Kept) -> None:
        """Keeps an answer that was made after its version was asked for."""
        size = len(kept.body) + ROOM_BYTES
        with self._lock:
            if version != self._version or key in self._kept or size * LARGEST_SHARE > self._room_bytes:
                return
            self._kept[key] = kept
            self._used_bytes += size
            while self._used_bytes > self._room_bytes:
                _, gone = self._kept.popitem(last=False)
                self._used_bytes -= len(gone.body) + ROOM_BYTES


def keep_pages(app: Flask, room_bytes: int) -> None:
    """Makes an app keep its public pages. Call it when whatever may refuse a request is in place."""
    shelf = Shelf(room_bytes)

    @app.before_request
    def find() -> Response | None:
        if request.blueprint not in PUBLIC or request.method not in ("GET", "HEAD"):
            return None
        door: Companion = current_app.extensions["companion"]
        g.version = door.version()
        kept = shelf.get(_key(), g.version)
        if kept is None:
            return None
        g.was_kept = True
        response = Response(kept.body)
        response.headers.clear()
        response.headers.extend(kept.headers)
        return _sent(response, kept)

    @app.after_request
    def keep(response: Response) -> Response:
        if "version" not in g or g.get("was_kept") or response.status_code != 200 or _is_private(response):
            return response
        if not TEXTS.fullmatch(response.mimetype):
            return response
        body = response.get_data()  # for HEAD, too: only the server leaves it out
        kept = Kept(
            body=gzip.compress(body, LEVEL, mtime=0),
            etag=hashlib.sha256(body).hexdigest()[:24],
            headers=tuple(h for h in response.headers if h[0].lower() != "content-length"),
        )
        shelf.put(_key(), g.version, kept)
        return _sent(response, kept)


def name_static_files(app: Flask) -> None:
    """Serves style and scripts under a name that changes with any of them, so that browsers may keep them for ever.

    The name is a folder, so that modules that import each other by relative addresses stay in the same version.
    """
    folder = Path(str(app.static_folder))
    packed: dict[str, bytes] = {}

    @app.get("/static/<path:filename>")
    def static_unnamed(filename: str) -> Response:
        """The same without the name, or by the name of another version: as it is now."""
        return send_from_directory(folder, _OLD_NAME.sub("", filename, count=1))

    @app.after_request
    def pack(response: Response) -> Response:
        if request.endpoint not in ("static", static_unnamed.__name__):
            return response
        if request.endpoint == "static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = FOREVER
        if request.method == "HEAD" or response.status_code == 304:
            response.close()  # nothing will be read from the file
        if response.status_code != 200 or request.method != "GET" or not TEXTS.fullmatch(response.mimetype):
            return response
        response.vary.add("Accept-Encoding")
        if not takes_gzip():
            return response
        etag = response.get_etag()[0] or ""
        response.direct_passthrough = False
        body = packed.get(etag)
        if body is None:
            body = gzip.compress(response.get_data(), LEVEL, mtime=0)
        else:
            response.close()  # nothing will be read from the file
        if request.endpoint == "static":
            packed[etag] = body
        response.set_etag(etag, weak=True)
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
        return response


def static_name(folder: Path) -> str:
    """Twelve digits that stand for all that lies in a folder."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\n{path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _key() -> Key:
    """All of the request that a public page may depend on: its whole address as the visitor wrote it."""
    names = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
    return tuple(str(request.environ.get(name, "")) for name in names)


def _sent(response: Response, kept: Kept) -> Response:
    """The answer in the form that this client takes, or that what it has still holds."""
    response.vary.add("Accept-Encoding")
    response.set_etag(kept.etag, weak=True)  # one for both forms
    if takes_gzip() and len(kept.body) > LEAST_BYTES:
        response.set_data(kept.body)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(kept.body))
    return response.make_conditional(request)


def takes_gzip() -> bool:
    """Whether whoever asks reads compressed answers."""
    return request.accept_encodings["gzip"] > 0


def _is_private(response: Response) -> bool:
    control = response.headers.get("Cache-Control", "")
    return (
        "no-store" in control or "private" in control or "Set-Cookie" in response.headers or "Cookie" in response.vary
    )


def recording(path: Path, sha256: str) -> Response:
    """A recording's bytes, any part of them.

    Args:
        path: of the file.
        sha256: of its bytes; they never change.
    """
    if request.method == "HEAD":
        request.environ.pop("HTTP_RANGE", None)  # a range means something to GET only (RFC 9110, section 14.2)
    response = send_file(path, mimetype="audio/mpeg", conditional=True, etag=sha256)
    response.headers["Accept-Ranges"] = "bytes"
    if request.method == "HEAD" or response.status_code == 304:
        response.close()  # nothing will be read from the file
    return response
