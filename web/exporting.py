"""The public site as files that any web server can serve, under a root or a prefix: `companion site export`.

Everything comes from the site itself, asked as a visitor would ask: what visitors cannot see cannot get in. A page
`/moments/abc` becomes the folder `moments/abc/` with an `index.html`; what stands behind a question mark becomes
folders, too (`/moments?tag=care` is `moments/tag/care/`). Links in pages are relative.
"""

from __future__ import annotations

import errno
import json
import os
import posixpath
import re
import shutil
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, LibraryError, SpaceError
from web.addresses import site_root
from web.app import create_app
from web.rewriting import Gone, rewrite

MARK = ".companion-site"  # lies in a folder that was written by us, which we may therefore replace
PLACEHOLDER = "https://site.invalid"  # where nobody said what the copy's address will be

_PAGES = {
    "listen.home": {"page"},
    "listen.moments": {"page", "tag", "episode", "kind", "role", "length", "sort", "all"},
    "listen.moment": set[str](),
    "listen.episode": {"t"},
    "clips.embed": set[str](),
    "guide.page": set[str](),
    "keeping.kept": set[str](),
    "keeping.offline": set[str](),
}
"""Pages, and what may stand behind the question mark of their addresses."""

_DATA = {
    "api.index": set[str](),
    "api.episodes": {"page"},
    "api.episode": set[str](),
    "api.transcript": set[str](),
    "api.moments": {"page"},
    "api.moment": set[str](),
}
_FILES = (
    "clips.card clips.episode_card clips.sound clips.video favicon feed.chapters feed.chapters_track feed.cover "
    "feed.feed keeping.manifest keeping.worker listen.captions listen.transcript media.recording robots static "
    "static_unnamed"
).split()
_GONE = ("practice.", "takes.", "space.", "host")  # blueprints that need the site
_GONE_PAGES = ("listen.search", "api.search", "listen.progress")
_ADDRESS_KEYS = {"audio", "page", "transcript", "next", "episodes", "moments", "search"}
_MANIFEST_KEYS = {"id", "start_url", "scope", "src", "url"}
_SAFE = re.compile(r"[A-Za-z0-9_.-]+")
_SHELL_PAGES = ("offline", "kept")
_OK = 200
_NEVER = "1000000 per second"  # nobody is kept waiting: we ask ourselves
_FRAMES = re.compile(r";\s*frame-ancestors [^;]*")  # of no use in a page: only a server can say it
_SEEDS = ("/", "/moments", "/guide", "/kept", "/offline", "/sw.js", "/robots.txt", "/feed.xml", "/api/v1/")

Report = Callable[[int, int], None]
"""Is told how many files are written, and how many are known to be missing yet."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    folder: Path
    files: int
    bytes: int
    feed: bool  # it is there


def export_site(
    settings: Settings, folder: Path, base_url: str = "", report: Report = lambda _done, _todo: None
) -> Exported:
    """Writes the site as visitors see it. The folder is there whole, or as it was before.

    Args:
        settings: of the library.
        folder: where to; it is made, or replaced if it was written by us.
        base_url: where the copy will be; the feed needs it, pages do not. "": as `site_url` says.
        report: is told how far it is.

    Raises:
        BadInputError: the folder has something else in it, or the address is none.
        LibraryError: the folder cannot be written, or the library changed meanwhile.
        SpaceError: no room.
    """
    settings = settings.with_(site_url=base_url or settings.site_url, rate_limit=_NEVER, clip_rate_limit=_NEVER)
    root = site_root(settings)
    folder = folder.expanduser().absolute()
    _refuse_foreign(folder)
    half = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.new")
    app = create_app(settings.with_(site_url=root or PLACEHOLDER))
    try:
        half.parent.mkdir(parents=True, exist_ok=True)
        half.mkdir()
        copy = _Copy(app, half, root)
        copy.write_all(report)
        (half / MARK).write_text("Written by `companion site export`, which may replace this folder.\n", "utf-8")
        _put_in_place(half, folder)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SpaceError(
                f"There is no room for the copy in {folder.parent}. Make room, or choose another.", folder
            ) from error
        raise LibraryError(f"{folder} cannot be written ({error.strerror}). Choose another folder.") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
        app.extensions["companion"].close()
    return Exported(folder, copy.files, copy.bytes, bool(root))


class _Copy:
    def __init__(self, app: Flask, folder: Path, root: str) -> None:
        self._app = app
        self._door: Companion = app.extensions["companion"]
        self._client: FlaskClient = app.test_client()
        self._folder = folder
        self._with_feed = bool(root)
        self._base = root or PLACEHOLDER
        self._prefix = urlsplit(self._base).path
        self._map = app.url_map.bind(urlsplit(self._base).netloc)
        self._todo: deque[str] = deque()
        self._known: set[str] = set()
        self.files = 0
        self.bytes = 0

    def write_all(self, report: Report) -> None:
        version = self._door.version()
        for address in _SEEDS:
            self._place(self._prefix + address)
        static = Path(str(self._app.static_folder))
        for path in sorted(p for p in static.rglob("*") if p.is_file()):
            # By the name that pages know them by, and by the plain one, by which the worker for offline times asks.
            for folder in (self._app.static_url_path, "/static"):
                self._place(f"{self._prefix}{folder}/{path.relative_to(static).as_posix()}")
        while self._todo:
            self._write(self._todo.popleft())
            report(self.files, len(self._todo))
        if self._with_feed:
            self._write_lost_page()
        if self._door.version() != version:
            raise LibraryError("The library changed while it was copied. Nothing was replaced; export it again.")

    def _write(self, address: str) -> None:
        endpoint, values = self._match(urlsplit(address).path) or ("", {})
        if endpoint == "media.recording":
            self._write_recording(values["sha256"], address)
            return
        answer = self._client.get(address, base_url=self._base, buffered=True)
        if answer.status_code != _OK:
            raise LibraryError(f"The site answers {answer.status_code} to {address}, so the copy would have a hole.")
        target = str(self._target(address))
        data = answer.get_data()
        if endpoint in _PAGES:
            data = self._page(answer, target)
        elif endpoint in _DATA and endpoint != "api.transcript":
            data = _json(_readdressed(json.loads(data), _ADDRESS_KEYS, lambda a: self._link(a, target)))
        elif endpoint == "keeping.manifest":
            data = _json(_readdressed(json.loads(data), _MANIFEST_KEYS, lambda a: self._link(a, target)))
        elif endpoint == "keeping.worker":
            data = _worker(answer.text).encode()
        elif endpoint == "feed.feed":
            self._follow_feed(data)
            if not self._with_feed:
                return
        self._put(target, data)

    def _page(self, answer: TestResponse, target: str | None) -> bytes:
        policy = _FRAMES.sub("", answer.headers["Content-Security-Policy"])
        nowhere = "" if self._with_feed else PLACEHOLDER
        return rewrite(answer.text, lambda address: self._link(address, target), policy, nowhere).encode()

    def _write_lost_page(self) -> None:
        """What many servers show where there is nothing; its links are whole, since nobody knows where it is shown."""
        answer = self._client.get("/not-here", base_url=self._base, headers={"Accept": "text/html"})
        self._put("404.html", self._page(answer, None))

    def _write_recording(self, sha256: str, address: str) -> None:
        source, place = self._door.playback(sha256), self._folder / str(self._target(address))
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, place)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source, place)
        self._count(place)

    def _put(self, target: str, data: bytes) -> None:
        place = self._folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        self._count(place)

    def _count(self, place: Path) -> None:
        self.files += 1
        self.bytes += place.stat().st_size

    def _follow_feed(self, data: bytes) -> None:
        """The feed alone names chapters and covers."""
        for element in ET.fromstring(data).iter():  # noqa: S314 - it is our own
            for address in (element.get("url"), element.get("href"), element.text):
                if address and address.startswith(f"{self._base}/"):
                    self._place(self._prefix + address.removeprefix(self._base))

    def _link(self, address: str, target: str | None) -> str | Gone:
        """Where an address leads, as a page at `target` writes it; whole for a page that has no place."""
        if address.startswith(f"{self._base}/"):
            whole, address = True, self._prefix + address.removeprefix(self._base)
        else:
            whole = target is None
        if not address.startswith("/") or address.startswith("//"):
            return address
        to = self._place(address)
        if isinstance(to, Gone):
            return to
        parts = urlsplit(address)
        shown, is_page = (to.removesuffix("index.html"), True) if to.endswith("index.html") else (to, False)
        if whole and self._with_feed:
            link = f"{self._base}/{shown}"
        else:
            link = posixpath.relpath(shown or ".", posixpath.dirname(target or "") or ".")
            link += "/" if is_page else ""
        time = dict(parse_qsl(parts.query)).get("t")
        return link + (f"?t={time}" if time else "") + (f"#{parts.fragment}" if parts.fragment else "")

    def _place(self, address: str) -> str | Gone:
        """The file of an address, which is written sooner or later."""
        target = self._target(address)
        if isinstance(target, str) and target not in self._known:
            self._known.add(target)
            parts = urlsplit(address)
            path = parts.path.removeprefix(self._prefix)
            self._todo.append(
                path + (f"?{parts.query}" if parts.query and "t" not in dict(parse_qsl(parts.query)) else "")
            )
        if target == "feed.xml" and not self._with_feed:
            return Gone.LINK
        return target

    def _target(self, address: str) -> str | Gone:
        parts = urlsplit(address)
        path = parts.path.removeprefix(self._prefix) if self._prefix else parts.path
        found = self._match(path)
        if found is None:
            return Gone.LINK
        endpoint, _ = found
        if endpoint.startswith(_GONE) or endpoint in _GONE_PAGES:
            return Gone.ALL
        plain = unquote(path).strip("/")
        if ".." in PurePosixPath(plain).parts:
            return Gone.LINK
        if endpoint in _FILES:
            return plain
        folders = _folders(parse_qsl(parts.query), (_PAGES | _DATA).get(endpoint))
        if folders is None:
            return Gone.LINK
        name = "index.html" if endpoint in _PAGES else "index.json"
        return "/".join(p for p in (plain, *folders, name) if p)

    def _match(self, path: str) -> tuple[str, dict[str, Any]] | None:
        try:
            endpoint, values = self._map.match(path, method="GET")
        except HTTPException:
            return None
        return endpoint, dict(values)


def _folders(query: list[tuple[str, str]], allowed: set[str] | None) -> list[str] | None:
    """The folders that stand for what is behind the question mark; None for what is not in the copy.

    One thing can be chosen at a time: all that can be chosen together would be more pages than there are moments.
    """
    if allowed is None:
        return None
    query = sorted((k, v) for k, v in query if k != "t")
    names = [k for k, _ in query]
    if len(set(names)) != len(names) or not set(names) <= allowed:
        return None
    if len([n for n in names if n != "page"]) > 1 or any(not _SAFE.fullmatch(v) or v.startswith(".") for _, v in query):
        return None
    chosen = [part for k, v in query if k != "page" for part in (k, v)]
    return chosen + [part for k, v in query if k == "page" and v != "1" for part in (k, v)]


def _readdressed(data: Any, keys: set[str], link: Callable[[str], str | Gone]) -> Any:
    """JSON with its addresses changed; null for what is not in the copy."""
    if isinstance(data, dict):
        found = {}
        for key, value in data.items():
            if key in keys and isinstance(value, str) and value.startswith(("/", "http")):
                to = link(value)
                found[key] = None if isinstance(to, Gone) else to
            else:
                found[key] = _readdressed(value, keys, link)
        return found
    return [_readdressed(item, keys, link) for item in data] if isinstance(data, list) else data


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _worker(script: str) -> str:
    """The worker that keeps pages for times without a connection: pages are folders here."""
    for name in _SHELL_PAGES:
        for old, new in (
            (f'["{name}"', f'["{name}/"'),
            (f', "{name}"', f', "{name}/"'),
            (f'plain("{name}")', f'plain("{name}/")'),
        ):
            script = script.replace(old, new)
    return script


def _refuse_foreign(folder: Path) -> None:
    try:
        there = folder.is_symlink() or folder.exists()
        ours = not there or (folder.is_dir() and ((folder / MARK).is_file() or not any(folder.iterdir())))
    except OSError as error:
        raise LibraryError(f"{folder} cannot be read ({error.strerror}). Choose another folder.") from error
    if not ours:
        raise BadInputError(
            f"{folder} has something in it that was not written by `companion site export`. Nothing was touched; "
            "choose a new or empty folder."
        )


def _put_in_place(half: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.old")
    there = folder.exists()
    if there:
        folder.rename(old)
    try:
        half.rename(folder)
    except OSError:
        if there:
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
