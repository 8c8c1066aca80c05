"""A small web server for tests: files with ranges, ETags and HEAD, and whatever a test wants to be wrong with it."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {".xml": "application/rss+xml", ".vtt": "text/vtt", ".srt": "application/x-subrip", ".js": "text/javascript"}


@dataclass
class Files:
    """What is served."""

    folder: Path | None = None  # files of a folder, under `prefix`
    prefix: str = ""
    texts: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # by their paths: type and bytes
    wrong: set[str] = field(default_factory=set)  # what the server does badly, in words of the tests
    asked: list[tuple[str, str]] = field(default_factory=list)

    def find(self, path: str) -> tuple[str, bytes] | str | None:
        """Type and bytes, the address of a folder, or None."""
        if path in self.texts:
            return self.texts[path]
        if self.folder is None or not path.startswith(f"{self.prefix}/"):
            return None
        place = (self.folder / path.removeprefix(self.prefix).lstrip("/")).resolve()
        if not place.is_relative_to(self.folder.resolve()):
            return None
        if place.is_dir():
            if not path.endswith("/"):
                return f"{path}/"
            place /= "index.html"
        if not place.is_file():
            return None
        kind = TYPES.get(place.suffix) or mimetypes.guess_type(place.name)[0] or "application/octet-stream"
        return kind, place.read_bytes()


@contextmanager
def serving(files: Files) -> Iterator[str]:
    """Serves files; yields the server's address without a slash."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, with_body: bool) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            files.asked.append((self.command, path))
            if self.command == "HEAD" and f"HEAD {path}" in files.wrong:
                return self._send(405, {}, b"", with_body)
            found = files.find(path)
            if found is None:
                return self._send(404, {"Content-Type": "text/plain"}, b"nothing here", with_body)
            if isinstance(found, str):
                query = f"?{parts.query}" if parts.query else ""
                return self._send(301, {"Location": found + query}, b"", with_body)
            kind, data = found
            headers = {"Content-Type": kind, "Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*"}
            if f"closed {path}" in files.wrong:
                del headers["Access-Control-Allow-Origin"]
            if f"no ETag {path}" not in files.wrong:
                headers["ETag"] = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
                if self.headers["If-None-Match"] == headers["ETag"] and f"no 304 {path}" not in files.wrong:
                    return self._send(304, headers, b"", False)
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
            if asked is None or self.command == "HEAD" or f"no ranges {path}" in files.wrong:
                return self._send(200, headers, data, with_body)
            first = int(asked[1])
            last = min(int(asked[2] or len(data) - 1), len(data) - 1)
            if first >= len(data) and f"no 416 {path}" not in files.wrong:
                return self._send(416, {**headers, "Content-Range": f"bytes */{len(data)}"}, b"", with_body)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            return self._send(206, headers, data[first : last + 1], with_body)

        def _send(self, status: int, headers: dict[str, str], body: bytes, with_body: bool) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A browser that hangs up in the middle is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
