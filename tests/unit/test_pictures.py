"""Covers: what is taken, what is refused and in which words, and what is not carried along."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from companion.config import Settings
from companion.errors import BadInputError, LimitError
from companion.pictures import check_cover, reduced

SETTINGS = Settings()


def saved(path: Path, picture: Image.Image, **more: object) -> Path:
    picture.save(path, **more)  # type: ignore[arg-type]
    return path


def plain(mode: str = "RGB", size: tuple[int, int] = (1400, 1400), colour: object = None) -> Image.Image:
    return Image.new(mode, size, colour) if colour is not None else Image.new(mode, size)  # type: ignore[arg-type]


def png(width: int, height: int, body: bytes) -> bytes:
    """A PNG with whatever header and body."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "mode", "mime"),
    [
        *(("a.jpg", "RGB", "image/jpeg"), ("a.png", "RGB", "image/png"), ("a.png", "RGBA", "image/png")),
        *(("a.jpg", "L", "image/jpeg"), ("a.png", "P", "image/png"), ("a.png", "1", "image/png")),
    ],
)
def test_covers_are_taken_and_written_as_rgb(name: str, mode: str, mime: str, tmp_path: Path) -> None:
    colour = (10, 200, 30, 255) if mode == "RGBA" else None
    source = saved(tmp_path / name, plain(mode, (1500, 1500), colour))
    assert check_cover(source, tmp_path / "out", SETTINGS) == mime
    with Image.open(tmp_path / "out") as kept:
        assert (kept.size, kept.mode, Image.MIME[kept.format or ""]) == ((1500, 1500), "RGB", mime)


def test_nothing_else_of_the_file_is_carried_along(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "the kitchen of 7 Elm Road"
    source = saved(tmp_path / "a.jpg", plain(), exif=exif)
    source.write_bytes(source.read_bytes() + b"<script>alert(1)</script>")
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "the kitchen of 7 Elm Road")
    for one in (source, saved(tmp_path / "b.png", plain(), pnginfo=notes)):
        check_cover(one, tmp_path / "out", SETTINGS)
        kept = (tmp_path / "out").read_bytes()
        assert b"kitchen" not in kept
        assert b"<script>" not in kept


FAULTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (lambda p: p.write_bytes(b"") or p, "empty file"),  # type: ignore[func-returns-value]
    "text": (lambda p: p.write_text("<svg onload=alert(1)>" * 50) and p, "no JPEG and no PNG"),
    "gif": (lambda p: saved(p, plain("P"), format="GIF"), "no JPEG and no PNG"),
    "webp": (lambda p: saved(p, plain(), format="WEBP"), "no JPEG and no PNG"),
    "not square": (lambda p: saved(p, plain(size=(1500, 1400)), format="PNG"), "1500 by 1400 pixels, and it must be"),
    "small": (lambda p: saved(p, plain(size=(1399, 1399)), format="JPEG"), "1399 by 1399 pixels, and 1400"),
    "large": (lambda p: saved(p, plain(size=(3001, 3001)), format="JPEG"), "3001 by 3001 pixels, and 3000"),
    "print": (lambda p: saved(p, plain("CMYK"), format="JPEG"), r"made for print \(CMYK\)"),
    "16 bit": (lambda p: saved(p, plain("I;16"), format="PNG"), "Save it in RGB"),
    "see-through": (lambda p: saved(p, plain("RGBA", colour=(0, 0, 0, 120)), format="PNG"), "transparent"),
    "moving": (
        lambda p: saved(p, plain(), format="PNG", save_all=True, append_images=[plain(colour=(9, 9, 9))]),
        "moves",
    ),
    "cut off": (
        lambda p: (
            p.write_bytes(saved(p, Image.effect_noise((1400, 1400), 50), format="JPEG").read_bytes()[:9000]) and p
        ),
        "damaged",
    ),
    "bomb by its header": (
        lambda p: p.write_bytes(png(60_000, 60_000, zlib.compress(b"\0" * 9))) and p,
        "60000 by|read",
    ),
    "nonsense": (lambda p: p.write_bytes(png(1400, 1400, b"nonsense")) and p, "damaged"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_sentence_and_nothing_is_left(name: str, tmp_path: Path) -> None:
    make, words = FAULTS[name]
    source = make(tmp_path / "cover")
    with pytest.raises(BadInputError, match=words):
        check_cover(source, tmp_path / "out", SETTINGS)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_too_large_is_not_even_opened(tmp_path: Path) -> None:
    source = tmp_path / "cover.png"
    source.write_bytes(b"x" * 2000)
    with pytest.raises(LimitError, match="at most 0") as caught:
        check_cover(source, tmp_path / "out", SETTINGS.with_(cover_bytes=1000))
    assert caught.value.setting == "cover_bytes"


def test_the_cover_in_a_recording_is_small(tmp_path: Path) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((2000, 2000), 80)] * 3)
    check_cover(saved(tmp_path / "a.jpg", noise), tmp_path / "out", SETTINGS)
    small = reduced(tmp_path / "out")
    with Image.open(io.BytesIO(small)) as picture:
        assert (picture.size, picture.format) == ((800, 800), "JPEG")
    assert small == reduced(tmp_path / "out")
