"""Loads files from the open web, for an address that a stranger wrote.

Only http and https. Every name is resolved here, every address that it has is checked, and the connection is made to
the very address that was checked: a name that changes its mind in between gains nothing. Each redirect goes through
the same door. Nothing of the environment (proxies, netrc) is used, and nothing is sent but our name.

A download goes into a file beside which it is noted what it is the beginning of; after a lost connection or a killed
process it goes on there, if the server says that it still has the same file (RFC 9110: Range, If-Range, strong ETag).
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import companion
from companion.errors import FetchError, LimitError, SpaceError
from companion.feed.values import ascii_url, date_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Allow = Callable[[Address], bool]
Report = Callable[[int, int | None], None]

USER_AGENT = f"SecureLoveCompanion/{companion.__version__} (podcast import)"
MAX_REDIRECTS = 5
BLOCK_BYTES = 65_536
_RANGES_NOT_OURS = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""The special-purpose addresses of IANA's registries, and the forms in which IPv6 carries an IPv4 address."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is loaded, and how long it is waited for."""

    max_bytes: int
    idle_s: float  # without a byte
    wall_s: float  # in all
    setting: str  # that names max_bytes
    min_free_bytes: int = 0  # that must stay free on the disk


@dataclass(frozen=True, slots=True)
class Fetched:
    """A small file, in memory."""

    data: bytes
    address: str  # where it came from in the end
    type: str  # the media type, as the server says
    charset: str | None


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a file on the disk is the beginning of."""

    asked: str  # the address, before redirects
    validator: str  # a strong ETag or an old date; "": the server gave none, so nobody can go on
    total_bytes: int | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server answers, its body not read yet."""

    response: http.client.HTTPResponse
    address: str  # after redirects
    ends: float  # when it is hung up, by the clock of `time.monotonic`

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> http.client.HTTPMessage:
        return self.response.headers


class _LostError(Exception):
    """The connection ended before the file did; trying again may help. `why` is for a sentence."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet: nobody's own network, machine or group."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner) and address.ipv4_mapped is not None
    return address.is_global and not any(
        address in network for network in _RANGES_NOT_OURS if network.version == address.version
    ) and not address.is_multicast and not address.is_reserved and not address.is_unspecified  # fmt: skip


def checked(url: str) -> str:
    """An address as it is asked for, or the sentence why it is not.

    Raises:
        FetchError: it is not http or https, has no host, or carries a name and a password.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        if scheme not in ("http", "https"):
            raise FetchError(f"{_short(url)} is not loaded: only http and https addresses are.", url)
        if not host or port == 0 or len(url) > 4000:
            raise FetchError(f"{_short(url)} is not a full web address. Check it.", url)
        if parts.username is not None or parts.password is not None:
            raise FetchError(
                "An address with a name and a password in it is not loaded. Ask for one without, or save the file and "
                "give that.",
                "",
            )
        return ascii_url(url.strip())
    except (ValueError, UnicodeError):
        raise FetchError(f"{_short(url)} is not a web address. Check it.", url) from None


class Fetcher:
    """Loads from the open web."""

    def __init__(self, allow: Allow = is_public) -> None:
        """Takes the rule of which addresses may be reached.

        Args:
            allow: only a test that has its own server passes another one.
        """
        self._allow = allow

    def get(self, url: str, limits: Limits, accept: str = "*/*") -> Fetched:
        """A small file, whole.

        Raises:
            FetchError: it cannot be had; the sentence says why.
            LimitError: it is too large.
        """
        try:
            with self._opened(url, {"Accept": accept}, limits) as answer:
                if answer.status != 200:
                    raise _refused(answer)
                _check_length(answer, limits, 0)
                data = b"".join(_blocks(answer, limits))
        except _LostError as lost:
            raise FetchError(f"{_host(url)} could not be read: {lost}. Try again later.", url, True) from lost
        kind = answer.headers
        return Fetched(data, answer.address, kind.get_content_type(), kind.get_content_charset())

    def download(self, url: str, place: Path, limits: Limits, report: Report = lambda _done, _total: None) -> None:
        """A large file, into a place on the disk; goes on where an earlier call stopped.

        Args:
            url: where it is.
            place: where it will lie, whole or not at all; its beginning lies beside it until then.
            limits: how large, how long.
            report: is told how many bytes are there, and of how many.

        Raises:
            FetchError: it cannot be had; what is there is kept for the next try.
            LimitError: it is too large; nothing is kept.
            SpaceError: no room for it.
        """
        if place.is_file():
            return
        try:
            self._go_on(url, place, limits, report)
        except _LostError as lost:
            raise FetchError(
                f"{_host(url)} could not be read to the end: {lost}. What is there is kept; try again later.", url, True
            ) from lost
        except LimitError:
            drop(place)
            raise

    def _go_on(self, url: str, place: Path, limits: Limits, report: Report) -> None:
        part, note = _beside(place)
        known = _noted(note, url)
        have = part.stat().st_size if part.is_file() and known is not None and known.validator else 0
        if have and known is not None and have == known.total_bytes:  # stopped between the last byte and the name
            _finish(place)
            return
        headers = {"Accept": "audio/*, video/*;q=0.5, */*;q=0.1"}
        if have and known is not None:
            headers |= {"Range": f"bytes={have}-", "If-Range": known.validator}
        with self._opened(url, headers, limits) as answer:
            if answer.status == 206 and have and _starts_at(answer, have):
                total = known.total_bytes if known else None
            elif answer.status == 200:
                have, total = 0, _length(answer)
                part.unlink(missing_ok=True)
                _write_note(note, _Beginning(url, _validator(answer), total))
            elif answer.status in (206, 416):
                drop(place)  # it is not the same file any more, or it was whole: from the start, once
                raise _LostError("it has changed meanwhile")
            else:
                raise _refused(answer)
            if answer.headers.get_content_type() == "text/html":
                drop(place)
                raise FetchError(
                    f"Where the recording should be, {_host(url)} has a web page. It may be gone, or for members only.",
                    answer.address,
                )
            _check_length(answer, limits, have)
            _check_room(place.parent, (total or 0) - have + limits.min_free_bytes)
            with part.open("ab") as file:
                self._take(answer, file, have, total, limits, report)
        if total is not None and part.stat().st_size != total:
            raise _LostError("it ended too early")
        _finish(place)

    def _take(
        self,
        answer: _Answer,
        file: IO[bytes],
        have: int,
        total: int | None,
        limits: Limits,
        report: Report,
    ) -> None:
        report(have, total)
        try:
            for block in _blocks(answer, limits, have):
                file.write(block)
                have += len(block)
                report(have, total)
        except OSError as error:
            if isinstance(error, TimeoutError | ConnectionError | ssl.SSLError):
                raise
            raise SpaceError(
                f"There is no room for the recording ({error.strerror}). Make room and try again.", Path(file.name)
            ) from error
        finally:
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _opened(self, url: str, headers: dict[str, str], limits: Limits) -> Iterator[_Answer]:
        ends = time.monotonic() + limits.wall_s
        for _ in range(MAX_REDIRECTS + 1):
            url = checked(url)
            connection = self._connection(url, limits)
            late = threading.Timer(max(0.1, ends - time.monotonic()), _hang_up, (connection,))
            late.daemon = True
            late.start()
            try:
                parts = urlsplit(url)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                always = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}
                connection.request("GET", target, headers=always | headers)
                answer = connection.getresponse()
                if answer.status not in (301, 302, 303, 307, 308):
                    yield _Answer(answer, url, ends)
                    return
                onward = answer.headers.get("Location", "")
                if not onward:
                    raise FetchError(f"{_host(url)} sends on to nowhere. Check the address.", url)
                url = urljoin(url, onward.encode("latin-1", "replace").decode("utf-8", "replace"))
            except (http.client.HTTPException, TimeoutError, ConnectionError, ssl.SSLError, socket.gaierror) as error:
                raise _LostError(_why(error, ends)) from error
            except OSError as error:
                raise _LostError(error.strerror or "no connection") from error
            finally:
                late.cancel()
                connection.close()
        raise FetchError(f"{_host(url)} sends on and on. Check the address.", url)

    def _connection(self, url: str, limits: Limits) -> http.client.HTTPConnection:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        return _Pinned(host, port, self._addresses(host, port, url), limits.idle_s, secure)

    def _addresses(self, host: str, port: int, url: str) -> tuple[str, ...]:
        """Every address of a name; if one of them must not be reached, none is."""
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FetchError(
                f"There is no server called {host}, or this computer is offline. Check the address.", url, True
            ) from None
        found = tuple(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))
        if not found or not all(self._allow(ipaddress.ip_address(a)) for a in found):
            raise FetchError(
                f"{host} is not on the open internet but in a private or special network, so nothing is loaded from "
                "it. If the file is yours, save it and give the file.",
                url,
            )
        return found


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever the name says by now."""

    def __init__(self, host: str, port: int, addresses: tuple[str, ...], idle_s: float, secure: bool) -> None:
        super().__init__(host, port, timeout=idle_s)
        self.default_port = 443 if secure else 80
        self._addresses = addresses
        self._context = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        """Tries the addresses in their order."""
        failed: OSError = OSError("no address")
        for address in self._addresses:
            try:
                sock = socket.create_connection((address, self.port), self.timeout)
            except OSError as error:
                failed = error
                continue
            try:
                self.sock = self._context.wrap_socket(sock, server_hostname=self.host) if self._context else sock
            except OSError:
                sock.close()
                raise
            return
        raise failed


def _finish(place: Path) -> None:
    part, note = _beside(place)
    part.replace(place)
    note.unlink(missing_ok=True)


def _validator(answer: _Answer) -> str:
    """What says that a file is the very same: a strong ETag, or a date that is old enough (RFC 9110 8.8.2.2)."""
    tag = answer.headers.get("ETag", "").strip()
    if tag.startswith('"') and tag.isascii():
        return tag
    changed = answer.headers.get("Last-Modified", "").strip()
    at, now = date_of(changed), date_of(answer.headers.get("Date", ""))
    return changed if at and now and (now - at).total_seconds() >= 60 else ""


def drop(place: Path) -> None:
    """Removes a download, whole or begun."""
    for path in (place, *_beside(place)):
        path.unlink(missing_ok=True)


def _beside(place: Path) -> tuple[Path, Path]:
    return place.with_name(place.name + ".part"), place.with_name(place.name + ".part.json")


def _noted(note: Path, url: str) -> _Beginning | None:
    try:
        known = _Beginning(**json.loads(note.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return known if known.asked == url else None


def _write_note(note: Path, beginning: _Beginning) -> None:
    half = note.with_name(note.name + ".new")
    half.write_text(json.dumps(asdict(beginning)), "utf-8")
    half.replace(note)


def _blocks(answer: _Answer, limits: Limits, have: int = 0) -> Iterator[bytes]:
    announced = answer.response.length
    taken = 0
    while block := answer.response.read1(BLOCK_BYTES):
        taken += len(block)
        if have + taken > limits.max_bytes:
            raise _too_large(limits)
        yield block
    if time.monotonic() >= answer.ends:
        raise _LostError("it takes too long")
    if announced is not None and taken < announced:
        raise _LostError("the connection was lost")


def _check_length(answer: _Answer, limits: Limits, have: int) -> None:
    if have + (_length(answer) or 0) > limits.max_bytes:
        raise _too_large(limits)


def _check_room(folder: Path, needed_bytes: int) -> None:
    if needed_bytes > shutil.disk_usage(folder).free:
        raise SpaceError(
            f"Not enough room: {needed_bytes / 1e6:.0f} MB must be free where the library lies. Make room and try "
            "again.",
            folder,
        )


def _too_large(limits: Limits) -> LimitError:
    return LimitError(
        f"The file is larger than {limits.max_bytes / 1e6:g} MB, the most that is loaded. If that is right, raise "
        f"COMPANION_{limits.setting.upper()}.",
        limits.setting,
    )


def _length(answer: _Answer) -> int | None:
    given = answer.headers.get("Content-Length", "").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None


def _starts_at(answer: _Answer, have: int) -> bool:
    return answer.headers.get("Content-Range", "").replace("=", " ").startswith(f"bytes {have}-")


def _hang_up(connection: http.client.HTTPConnection) -> None:
    sock: Any = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _why(error: BaseException, ends: float) -> str:
    if time.monotonic() >= ends:
        return "it takes too long"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ssl.SSLError):
        return "its certificate or its encryption is not right"
    if isinstance(error, ConnectionRefusedError):
        return "it takes no connections"
    if isinstance(error, ConnectionError):
        return "the connection was lost"
    return "it does not speak HTTP as it should"


def _refused(answer: _Answer) -> FetchError:
    status, url = answer.status, answer.address
    what = {
        401: "asks for a name and a password. Ask its publisher for an address without.",
        403: "does not give it to us (403). It may be for members only.",
        404: "has nothing there (404). Check the address.",
        410: "says that it is gone for good (410).",
        429: "asks us to slow down (429). Try again later.",
    }.get(status, f"answers with an error ({status}). Try again later.")
    return FetchError(f"{_host(url)} {what}", url, passing=status in (408, 425, 429) or status >= 500)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "The server"
    except ValueError:
        return "The server"


def _short(url: str) -> str:
    flat = " ".join(url.split())
    return flat if len(flat) < 80 else flat[:77] + "…"
