"""A real web server on this computer, for what is loaded from the web: slow, broken, hostile as a test wants it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass
class Page:
    """What lies at a path."""

    data: bytes = b""
    type: str = "application/octet-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # the connection is lost after so many bytes of an answer
    cuts: int = 0  # of so many answers; the others are whole
    pause_s: float = 0.0  # between blocks
    ranges: bool = True


class WebServer:
    """Serves pages; use it in a `with`."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.on_ask: Callable[[str], None] = lambda path: None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, dict(request.headers)))
        self.on_ask(request.path)
        page = self.pages.get(request.path, Page(b"nothing here", "text/plain", 404))
        tag = f'"{hashlib.sha256(page.data).hexdigest()[:16]}"'
        data, status, extra = page.data, page.status, {}
        wanted = request.headers.get("Range")
        if page.ranges and wanted and status == 200 and request.headers.get("If-Range", tag) == tag:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(data):
                status, data = 416, b""
            else:
                status, extra = 206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
                data = data[start:]
        request.send_response(status)
        headers = {"Content-Type": page.type, "Content-Length": str(len(data)), "ETag": tag} | extra | page.headers
        for name, value in headers.items():
            if value:
                request.send_header(name, value)
        request.end_headers()
        whole = len(data)
        if page.cut_after is not None and page.cuts > 0:
            page.cuts -= 1
            whole = min(whole, page.cut_after)
            request.close_connection = True
        try:
            for at in range(0, whole, 16_384):
                request.wfile.write(data[at : min(whole, at + 16_384)])
                if page.pause_s:
                    request.wfile.flush()
                    threading.Event().wait(page.pause_s)
        except OSError:
            request.close_connection = True
