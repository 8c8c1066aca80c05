"""The parent's side: hands a cover to the child, believes only what it can check, has the sentence for each fault."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from companion.config import Settings
from companion.errors import BadInputError, CompanionError, LimitError
from companion.pictures.rules import LARGEST_PX, SMALLEST_PX, Fault

MODULE = "companion.pictures.child"
ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package `companion`
WALL_S = 60.0
MEMORY_BYTES = 1_000_000_000  # address space; 3000 by 3000 points take 36 MB
CPU_S = 40
FILE_BYTES = 40_000_000
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
HEADS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
TAG_PX = 800  # of the cover inside a recording: 3000 would make each download a megabyte longer
TAG_QUALITY = 85


def check_cover(source: Path, out: Path, settings: Settings) -> str:
    """Looks whether a file is a cover, and writes it anew without what cameras and programs leave in pictures.

    Args:
        source: what a person gave.
        out: where the picture is written; its kind stays, JPEG or PNG.
        settings: `cover_bytes` counts.

    Returns:
        Its media type: image/jpeg or image/png.

    Raises:
        BadInputError: the sentence says what is wrong and what to do.
        LimitError: too big.
    """
    try:
        size_bytes = source.stat().st_size
    except OSError:
        raise BadInputError(f"There is no file {_shown(source)}. Look at its name and its folder.") from None
    if size_bytes > settings.cover_bytes:
        raise LimitError(
            f"The cover has {size_bytes / 1e6:.1f} MB, and at most {settings.cover_bytes / 1e6:.1f} MB are taken. "
            "Save it as a JPEG of less quality, or raise cover_bytes.",
            "cover_bytes",
        )
    request = {
        "source": str(source.absolute()),
        "out": str(out.absolute()),
        "memory_bytes": MEMORY_BYTES,
        "cpu_s": CPU_S,
        "file_bytes": FILE_BYTES,
    }
    try:
        told = subprocess.run(
            [sys.executable, "-m", MODULE],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"PYTHONUTF8": "1"},
            timeout=WALL_S,
            check=False,
        )
        answer = json.loads(told.stdout[:10_000] or b"{}")
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    fault = str(answer.get("fault", Fault.DAMAGED)) if isinstance(answer, dict) else Fault.DAMAGED
    if fault:
        out.unlink(missing_ok=True)
        raise _error(fault, str(answer.get("detail", ""))[:60] if isinstance(answer, dict) else "")
    with out.open("rb") as file:
        head = file.read(8)
    return next(mime for begin, mime in HEADS.items() if head.startswith(begin))


def reduced(cover: Path) -> bytes:
    """A cover of ours, smaller, as JPEG: for the tag of a recording. Not for files from elsewhere.

    Args:
        cover: as `check_cover` wrote it.
    """
    from PIL import Image  # not at the top: most commands need no picture

    with Image.open(cover, formats=("JPEG", "PNG")) as picture:
        small = picture.convert("RGB")
        small.thumbnail((TAG_PX, TAG_PX))
        file = io.BytesIO()
        small.save(file, "JPEG", quality=TAG_QUALITY)
    return file.getvalue()


def _error(fault: str, detail: str) -> CompanionError:
    try:
        sentence = _SENTENCES[Fault(fault)]
    except ValueError:
        sentence = _SENTENCES[Fault.DAMAGED]
    return BadInputError(sentence.format(detail="".join(c for c in detail if c.isprintable())))


_SENTENCES = {
    Fault.EMPTY: "The cover is an empty file. Choose the picture again.",
    Fault.KIND: "The cover is no JPEG and no PNG. Save it as one of these; others are not shown by podcast apps.",
    Fault.DAMAGED: "The cover cannot be read; it is probably damaged. Save it anew as JPEG or PNG.",
    Fault.SQUARE: "The cover is {detail} pixels, and it must be square. Cut it to a square.",
    Fault.SMALL: f"The cover is {{detail}} pixels, and {SMALLEST_PX} by {SMALLEST_PX} are the least. Make it larger.",
    Fault.LARGE: f"The cover is {{detail}} pixels, and {LARGEST_PX} by {LARGEST_PX} are the most. Make it smaller.",
    Fault.COLOURS: "The cover is made for print ({detail}). Save it in RGB, the colours of screens.",
    Fault.TRANSPARENT: "Parts of the cover are transparent. Fill its background, since apps show black or white there.",
    Fault.MOVING: "The cover moves. Save one picture of it as JPEG or PNG.",
}


def _shown(path: Path) -> str:
    return "".join(c if c.isprintable() else "?" for c in path.name)
