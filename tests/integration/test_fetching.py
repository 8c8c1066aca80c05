"""Loading from the web: only from the open web, never too much, and going on after a lost connection."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.errors import FetchError, LimitError
from companion.fetching import Address, Fetcher, Limits, checked, is_public
from tests.web_server import Page, WebServer

LIMITS = Limits(max_bytes=3_000_000, idle_s=5.0, wall_s=20.0, setting="max_audio_bytes")
SOUND = os.urandom(300_000)


def on_this_computer(address: Address) -> bool:
    return address.is_loopback


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as made:
        yield made


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(on_this_computer)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1", "::", "::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fec0::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2001:0:7f00:1::1", "100::1", "3fff::1", "5f00::1", "::7f00:1",
    ],
)  # fmt: skip
def test_no_private_or_special_address_is_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]
)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]"],
)
def test_a_stranger_reaches_nothing_on_this_computer(server: WebServer, host: str) -> None:
    server.pages["/secret"] = Page(b"secret")
    port = server.url("/").rpartition(":")[2].strip("/")
    with pytest.raises(FetchError, match=r"private|no server|web address"):
        Fetcher().get(f"http://{host}:{port}/secret", LIMITS)
    assert server.asked == []


def test_a_name_with_one_private_address_is_not_reached(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def both(host: str, port: int, **more: object) -> list[object]:
        return [*real("8.8.8.8", port, **more), *real("127.0.0.1", port, **more)]  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(FetchError, match="private"):
        Fetcher().get("http://two-faced.example/", LIMITS)


def test_a_name_that_changes_its_mind_gains_nothing(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was checked: the name is asked for once."""
    real, asked = socket.getaddrinfo, []

    def once(host: str, *rest: object, **more: object) -> list[object]:
        if host == "changing.example":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, *rest, **more)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    server.pages["/"] = Page(b"feed", "text/xml")
    port = server.url("/").rpartition(":")[2].strip("/")
    assert Fetcher(on_this_computer).get(f"http://changing.example:{port}/", LIMITS).data == b"feed"
    assert asked == ["changing.example"]
    assert server.asked[0][1]["Host"] == f"changing.example:{port}"


def test_each_redirect_is_checked(server: WebServer) -> None:
    server.pages["/away"] = Page(status=302, headers={"Location": "http://10.0.0.1/admin"})
    with pytest.raises(FetchError, match="private"):
        Fetcher(on_this_computer).get(server.url("/away"), LIMITS)
    server.pages["/file"] = Page(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(FetchError, match="only http and https"):
        Fetcher(on_this_computer).get(server.url("/file"), LIMITS)


def test_redirects_are_followed_and_end(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/a"] = Page(status=301, headers={"Location": "/b"})
    server.pages["/b"] = Page(status=307, headers={"Location": "c?x=1"})
    server.pages["/c?x=1"] = Page(b"here", "application/rss+xml; charset=utf-8")
    found = fetcher.get(server.url("/a"), LIMITS)
    assert (found.data, found.address, found.type, found.charset) == (
        b"here", server.url("/c?x=1"), "application/rss+xml", "utf-8",
    )  # fmt: skip
    server.pages["/round"] = Page(status=302, headers={"Location": "/round"})
    with pytest.raises(FetchError, match="on and on"):
        fetcher.get(server.url("/round"), LIMITS)


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/x", "file:///etc/passwd", "javascript:alert(1)", "gopher://a/", "http://", "//a.example", "", "x",
     "http://name:word@a.example/", "http://name@a.example/", "http://a.example:99999/", "http://[::1/", "http://a.example:0/"],
)  # fmt: skip
def test_only_plain_web_addresses_are_loaded(url: str) -> None:
    with pytest.raises(FetchError):
        checked(url)


def test_what_is_not_ascii_is_written_so(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/f%C3%BCr%20zwei.mp3?a=%C3%A9"] = Page(b"x")
    assert fetcher.get(server.url("/für zwei.mp3?a=é"), LIMITS).data == b"x"
    assert checked("http://bücher.example/") == "http://xn--bcher-kva.example/"


def test_no_proxy_and_nothing_of_this_machine(
    server: WebServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.pages["/"] = Page(b"x")
    assert fetcher.get(server.url("/"), LIMITS).data == b"x"
    sent = server.asked[0][1]
    assert set(sent) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
    assert sent["User-Agent"].startswith("SecureLoveCompanion/")
    assert socket.gethostname() not in str(sent)


def test_too_large_is_noticed_before_and_while_it_is_loaded(
    server: WebServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    small = Limits(100_000, 5.0, 20.0, "max_audio_bytes")
    server.pages["/said"] = Page(SOUND)
    server.pages["/unsaid"] = Page(SOUND, headers={"Content-Length": "", "Connection": "close"})
    for path in ("/said", "/unsaid"):
        with pytest.raises(LimitError, match="MAX_AUDIO_BYTES"):
            fetcher.get(server.url(path), small)
        with pytest.raises(LimitError):
            fetcher.download(server.url(path), tmp_path / "sound", small)
        assert list(tmp_path.iterdir()) == []


def test_a_server_that_drips_is_left(server: WebServer, fetcher: Fetcher) -> None:
    server.pages["/drip"] = Page(SOUND, pause_s=0.3)
    with pytest.raises(FetchError, match="too long"):
        fetcher.get(server.url("/drip"), Limits(3_000_000, 5.0, 1.0, "x"))


def test_a_drip_without_a_length_is_no_whole_file(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.pages["/drip"] = Page(SOUND, pause_s=0.3, headers={"Content-Length": "", "Connection": "close"})
    with pytest.raises(FetchError, match="too long"):
        fetcher.download(server.url("/drip"), tmp_path / "sound", Limits(3_000_000, 5.0, 1.0, "x"))
    assert not (tmp_path / "sound").exists()


def test_a_lost_connection_is_gone_on_with(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.pages["/a.mp3"] = Page(SOUND, "audio/mpeg", cut_after=100_000, cuts=2)
    place, seen = tmp_path / "sound", []
    for _ in range(2):
        with pytest.raises(FetchError, match="kept"):
            fetcher.download(server.url("/a.mp3"), place, LIMITS)
        assert not place.exists()
    fetcher.download(server.url("/a.mp3"), place, LIMITS, lambda done, total: seen.append((done, total)))
    assert place.read_bytes() == SOUND
    assert [p.name for p in tmp_path.iterdir()] == ["sound"]
    assert [h.get("Range") for _, h in server.asked] == [None, "bytes=100000-", "bytes=200000-"]
    assert seen[0] == (200_000, 300_000)
    assert seen[-1] == (300_000, 300_000)


def test_a_file_that_changed_meanwhile_is_loaded_anew(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.pages["/a.mp3"] = Page(SOUND, "audio/mpeg", cut_after=100_000, cuts=1)
    with pytest.raises(FetchError):
        fetcher.download(server.url("/a.mp3"), tmp_path / "sound", LIMITS)
    other = os.urandom(250_000)
    server.pages["/a.mp3"] = Page(other, "audio/mpeg")
    fetcher.download(server.url("/a.mp3"), tmp_path / "sound", LIMITS)
    assert (tmp_path / "sound").read_bytes() == other


def test_without_a_validator_nothing_is_glued(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.pages["/a.mp3"] = Page(SOUND, cut_after=100_000, cuts=1, headers={"ETag": 'W/"weak"'})
    with pytest.raises(FetchError):
        fetcher.download(server.url("/a.mp3"), tmp_path / "sound", LIMITS)
    fetcher.download(server.url("/a.mp3"), tmp_path / "sound", LIMITS)
    assert (tmp_path / "sound").read_bytes() == SOUND
    assert "Range" not in server.asked[-1][1]


def test_a_web_page_is_no_recording(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.pages["/a.mp3"] = Page(b"<html>log in</html>", "text/html; charset=utf-8")
    with pytest.raises(FetchError, match="web page"):
        fetcher.download(server.url("/a.mp3"), tmp_path / "sound", LIMITS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("status", "word"), [(404, "404"), (401, "password"), (500, "error"), (429, "slow down")])
def test_each_refusal_has_its_sentence(server: WebServer, fetcher: Fetcher, status: int, word: str) -> None:
    server.pages["/x"] = Page(b"", status=status)
    with pytest.raises(FetchError, match=word):
        fetcher.get(server.url("/x"), LIMITS)


def test_what_is_no_http_has_its_sentence(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def talk() -> None:
            other, _ = listening.accept()
            with other:
                other.recv(1000)
                other.sendall(b"SSH-2.0-OpenSSH_9\r\n\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(FetchError, match="does not speak HTTP"):
            fetcher.get(f"http://127.0.0.1:{port}/", LIMITS)
        thread.join()
    with pytest.raises(FetchError, match="takes no connections"):
        fetcher.get(f"http://127.0.0.1:{port}/", LIMITS)
