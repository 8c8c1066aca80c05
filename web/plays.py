"""Plays that our own pages tell of: a moment or an episode that has sounded for some seconds. No cookie, no answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from companion.core import Companion, Listener

bp = Blueprint("plays", __name__)

MOST_CHARS = 120  # of a name
_NO_STORE = {"Cache-Control": "no-store"}


@bp.post("/plays")
def told() -> ResponseReturnValue:
    """Takes `{"moment": id}` or `{"episode": slug}`; the answer is the same whether there is such a one or not."""
    if not _from_our_page():
        abort(403)
    body = request.get_json(silent=True)
    names = (
        {key: value for key, value in body.items() if key in ("moment", "episode")} if isinstance(body, dict) else {}
    )
    if len(names) != 1 or not all(isinstance(v, str) and 0 < len(v) <= MOST_CHARS for v in names.values()):
        abort(400)
    door: Companion = current_app.extensions["companion"]
    listener = Listener(request.remote_addr or "", request.headers.get("User-Agent", ""))
    door.counting.heard(listener, episode_slug=names.get("episode", ""), moment_id=names.get("moment", ""))
    return "", 204, _NO_STORE


def _from_our_page() -> bool:
    """Whether one of our pages asks: browsers say so themselves; by plain http they only name the page's host."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
