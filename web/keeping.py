"""What a device keeps: the list of kept moments, and the site as an app. The site learns nothing of what is kept."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

bp = Blueprint("keeping", __name__)

NAME = "Secure Love Companion"
_SHELL_PAGES = ("offline", "kept", "favicon.svg", "manifest.webmanifest")
_NOT_SHELL = ("sw.js", "outbox.js", "practice.js", "practice.css", "recorder.js")  # practice needs the site
_EDITOR = "edit"  # how the names of the transcript editor's files begin: it is the host's, and needs the site
_PAPER = "#faf6f0"  # as --paper in style.css
_ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@bp.get("/kept")
def kept() -> ResponseReturnValue:
    """The moments that this device keeps; the same page for everybody, filled by the device."""
    return render_template("kept.html")


@bp.get("/offline")
def offline() -> ResponseReturnValue:
    """What is shown where the site cannot be reached."""
    return render_template("offline.html")


@bp.get("/sw.js")
def worker() -> Response:
    """What keeps the site's shell and kept moments for times without a connection; its place decides what it sees."""
    response = Response(worker_text(Path(str(current_app.static_folder))), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def worker_text(folder: Path) -> str:
    """The worker with the names of the shell's files, and a version that changes when one of them does.

    Args:
        folder: of the static files.
    """
    there = (p for p in sorted(folder.iterdir()) if p.suffix in (".js", ".css"))
    files = [p for p in there if p.name not in _NOT_SHELL and not p.name.startswith(_EDITOR)]
    names = [*_SHELL_PAGES, *(f"static/{p.name}" for p in files)]
    version = sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:16]
    script = (folder / "sw.js").read_text(encoding="utf-8")
    return f"const FILES = {json.dumps(names)};\nconst VERSION = {json.dumps(version)};\n{script}"


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a device needs to know to install the site as an app."""
    response = jsonify(
        id=url_for("listen.home"),
        name=NAME,
        short_name="Companion",
        description="Hear the moments in which couples lean in to each other.",
        lang="en",
        start_url=url_for("listen.home"),
        scope=url_for("listen.home"),
        display="standalone",
        background_color=_PAPER,
        theme_color=_PAPER,
        icons=[
            {"src": url_for("favicon"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            *(_icon(size, purpose) for size, purpose in _ICONS),
        ],
        shortcuts=[
            {"name": "Moments", "url": url_for("listen.moments")},
            {"name": "Kept moments", "url": url_for("keeping.kept")},
        ],
    )
    response.mimetype = "application/manifest+json"
    return response


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"icons/{'maskable' if purpose == 'maskable' else 'icon'}-{size}.png"
    return {
        "src": url_for("static", filename=name),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }
