"""Whole addresses, for links that leave the site: as the setting says, or as the request does."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from companion.config import Settings

EMBED_SIZE = (560, 380)
"""Width and height of a moment's player on somebody else's page, in pixels."""


def whole(endpoint: str, **values: Any) -> str:
    """A whole address of ours.

    Args:
        endpoint: of the view.
        values: of its parameters.
    """
    base = base_url()
    return base + url_for(endpoint, **values).removeprefix(request.script_root)


def base_url() -> str:
    """Where the site begins, without a slash at the end."""
    settings: Settings = current_app.extensions["companion"].settings
    return settings.site_url.rstrip("/") or request.url_root.rstrip("/")


def path_of(url: str) -> str | None:
    """The path on this site that a whole address names, however it was written; None where it names another site.

    Args:
        url: of anybody.
    """
    try:
        parts = urlsplit(url)
        bases = [urlsplit(base) for base in (base_url(), request.url_root.rstrip("/"))]
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    for base in bases:
        if parts.netloc.lower() == base.netloc.lower() and parts.path.startswith(f"{base.path}/"):
            return parts.path[len(base.path) :]
    return None


def frame_code(address: str, title: str, width: int = EMBED_SIZE[0], height: int = EMBED_SIZE[1]) -> str:
    """HTML that shows a moment's player on any page.

    Args:
        address: of the player.
        title: for those who hear the page.
        width: in pixels; a narrower page makes it narrower.
        height: in pixels.
    """
    return (
        f'<iframe src="{escape(address)}" width="{width}" height="{height}" title="{escape(title)}" '
        f'style="border:0;max-width:100%" loading="lazy"></iframe>'
    )
