"""Whole addresses of the site, for whatever leaves it: the feed, links that are shared, what a podcast app is told."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request, url_for

from companion.config import Settings
from companion.errors import BadInputError

EMBED_SIZE = (560, 380)
"""Width and height of a moment's player on somebody else's page, in pixels."""


class Addresses:
    """Whole addresses of the site: under `site_url`, or else as this visitor wrote it."""

    def home(self) -> str:
        """The first page."""
        return whole("listen.home")

    def feed(self) -> str:
        """The feed itself."""
        return whole("feed.feed")

    def episode(self, slug: str) -> str:
        """An episode's page."""
        return whole("listen.episode", slug=slug)

    def moment(self, moment_id: str) -> str:
        """A moment's page."""
        return whole("listen.moment", name=moment_id)

    def recording(self, sha256: str) -> str:
        """What is played."""
        return whole("media.recording", sha256=sha256)

    def transcript(self, slug: str, kind: str) -> str:
        """A transcript."""
        return whole("listen.transcript", slug=slug, fmt=kind)

    def chapters(self, slug: str) -> str:
        """An episode's chapters."""
        return whole("feed.chapters", slug=slug)

    def cover(self, sha256: str, ending: str) -> str:
        """A picture."""
        return whole("feed.cover", sha256=sha256, ending=ending)


def site_root(settings: Settings) -> str:
    """The setting `site_url` without a slash at its end; "" where it is not set.

    Raises:
        BadInputError: it is no address of the web.
    """
    url = settings.site_url.strip()
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        whole = whole and not any(c.isspace() for c in url) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if url and not whole:
        raise BadInputError(f"COMPANION_SITE_URL is {url!r}. Write a whole address, like: https://example.org/show")
    return url.rstrip("/")


def whole(endpoint: str, **values: Any) -> str:
    """A whole address of ours.

    Args:
        endpoint: of the view.
        values: of its parameters.
    """
    return base_url() + url_for(endpoint, **values).removeprefix(request.script_root)


def base_url() -> str:
    """Where the site begins, without a slash at the end."""
    settings: Settings = current_app.extensions["companion"].settings
    return site_root(settings) or request.url_root.rstrip("/")


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
