"""How the server takes in what is sent: in memory, but for a recording that a host sends with a form.

What is said in practice must not lie on a disk in clear, so bodies stay in memory and are small. A host's recording may
have gigabytes: it goes to the library's folder as it comes, into a file without a name, and only where the address
carries a ticket (companion.desk.tickets).
"""

from __future__ import annotations

import copy
import tempfile
import time
from pathlib import Path
from typing import Any

from waitress.buffers import FileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver

from companion.desk.tickets import Tickets


def channels(tickets: Tickets, folder: Path, largest_bytes: int) -> type[Any]:
    """The class of the server's channels.

    Args:
        tickets: who may send a large body.
        folder: where such a body goes.
        largest_bytes: how large it may be.
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Reads one request."""

        adj: Any

        def parse_header(self, header_plus: bytes) -> None:
            """Reads the head; only then is it known where the body goes."""
            super().parse_header(header_plus)
            small = self.content_length < self.adj.max_request_body_size or self.chunked
            if small or not tickets.lets_in(str(self.path), time.time()):
                return
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = largest_bytes
            if self.content_length < largest_bytes:
                folder.mkdir(mode=0o700, exist_ok=True)
                file = tempfile.TemporaryFile("w+b", dir=folder)  # noqa: SIM115 - the server closes it with the request
                self.body_rcv = FixedStreamReceiver(self.content_length, FileBasedBuffer(file))

    class Channel(HTTPChannel):  # type: ignore[misc]
        """One connection."""

        parser_class = Parser

    return Channel
