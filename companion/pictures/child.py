"""The child that reads a cover: a request on stdin, one JSON line on stdout. It puts itself under limits first."""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from companion.pictures.rules import Fault, fault_of

try:
    import resource
except ImportError:  # Windows: the parent's clock still holds there
    resource = None  # type: ignore[assignment]

QUALITY = 90
OPAQUE = 255
MOST_OPEN_FILES = 32


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """Why it is no cover."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.detail = detail


def limit(memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Puts this process under limits, as far as the system has them."""
    if resource is None:
        return
    wanted = {
        "RLIMIT_AS": memory_bytes,
        "RLIMIT_CPU": cpu_s,
        "RLIMIT_FSIZE": file_bytes,
        "RLIMIT_NOFILE": MOST_OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    for name, most in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS and refuses it
                resource.setrlimit(kind, (most, most))


def write_anew(source: Path, out: Path) -> None:
    """Reads a picture whole and writes only its points.

    Raises:
        Refusal: it is no cover.
    """
    from PIL import Image, ImageFile, UnidentifiedImageError

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if not source.stat().st_size:
        raise Refusal(Fault.EMPTY)
    try:
        picture = Image.open(source, formats=("JPEG", "PNG"))
    except UnidentifiedImageError as error:
        raise Refusal(Fault.KIND) from error
    with picture:
        width, height = picture.size
        fault = fault_of(width, height, picture.mode, getattr(picture, "n_frames", 1))
        if fault is not None:
            raise Refusal(fault, picture.mode if fault is Fault.COLOURS else f"{width} by {height}")
        picture.load()
        kind = picture.format
        whole: Any = picture
        if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA"):
            whole = picture.convert("RGBA")
            if whole.getchannel("A").getextrema()[0] < OPAQUE:
                raise Refusal(Fault.TRANSPARENT)
        plain = Image.new("RGB", (width, height))
        plain.paste(whole.convert("RGB"))  # the points alone: what else was in the file is not taken along
        with out.open("wb") as file:
            if kind == "PNG":
                plain.save(file, "PNG", optimize=True)
            else:
                plain.save(file, "JPEG", quality=QUALITY, optimize=True)


def main() -> None:
    """Reads the request, works, says what came of it."""
    request = json.loads(sys.stdin.read())
    limit(request["memory_bytes"], request["cpu_s"], request["file_bytes"])
    warnings.simplefilter("error")  # a picture that is "probably a bomb" is none of ours
    try:
        write_anew(Path(request["source"]), Path(request["out"]))
    except Refusal as refusal:
        answer = {"fault": refusal.fault, "detail": refusal.detail}
    except Exception as error:  # whatever a hostile file provokes ends here, not in a traceback
        answer = {"fault": Fault.DAMAGED, "detail": type(error).__name__}
    else:
        answer = {"fault": "", "detail": ""}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
