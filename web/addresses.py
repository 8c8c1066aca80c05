"""Whole addresses of the site, for whatever leaves it: the feed, chapters, what a podcast app is told."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request, url_for

from companion.config import Settings
from companion.errors import BadInputError


class Addresses:
    """Whole addresses of the site: under `site_url`, or else as this visitor wrote it."""

    def __init__(self, settings: Settings) -> None:
        self._root = site_root(settings) or request.url_root.rstrip("/")

    def _at(self, endpoint: str, **values: str) -> str:
        return self._root + url_for(endpoint, **values).removeprefix(request.script_root)

    def home(self) -> str:
        """The first page."""
        return self._at("listen.home")

    def feed(self) -> str:
        """The feed itself."""
        return self._at("feed.feed")

    def episode(self, slug: str) -> str:
        """An episode's page."""
        return self._at("listen.episode", slug=slug)

    def moment(self, moment_id: str) -> str:
        """A moment's page."""
        return self._at("listen.moment", name=moment_id)

    def recording(self, sha256: str) -> str:
        """What is played."""
        return self._at("media.recording", sha256=sha256)

    def transcript(self, slug: str, kind: str) -> str:
        """A transcript."""
        return self._at("listen.transcript", slug=slug, fmt=kind)

    def chapters(self, slug: str) -> str:
        """An episode's chapters."""
        return self._at("feed.chapters", slug=slug)

    def cover(self, sha256: str, ending: str) -> str:
        """A picture."""
        return self._at("feed.cover", sha256=sha256, ending=ending)


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
