"""The letters of pictures: Pillow's own typeface, or the machine's where a letter is missing from that.

No font is bundled and none is needed: what no face at hand can draw is written with plainer letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = (
    "/usr/share/fonts/truetype",
    "/usr/share/fonts/opentype",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "C:/Windows/Fonts",
)
PREFERRED = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
_PROBE_PX = 20
_NOBODYS = "\U0010fffe"  # no face has it: what is drawn for it is drawn for every missing letter
_PAIRS = "–- —- −- ‑- •· „“ ‚‘ ßss ŁL łl øo ØO æae ÆAE œoe ŒOE đd ðd þth"  # a letter, then how it is written plainly
_PLAIN = str.maketrans({pair[0]: pair[1:] for pair in _PAIRS.split()})
_ALIKE = frozenset("–—−‑•„‚")  # nobody misses anything where these are written plainly: no reason for another face
_MISSING = "?"


class Faces:
    """One typeface in any size, chosen by the letters that it must draw."""

    def __init__(self, letters: str, file: Path | None = None) -> None:
        """Chooses.

        Args:
            letters: all that will be drawn.
            file: a font file that wins over all others; None: Pillow's own, or one of the machine's.
        """
        wanted = frozenset(c for c in letters if not c.isspace())
        self._file = file
        needed = wanted - _ALIKE
        if file is None and _missing(None, needed):
            best = min(_installed(), key=lambda path: len(_missing(path, needed)), default=None)
            self._file = best if best and len(_missing(best, needed)) < len(_missing(None, needed)) else None
        self._absent = _missing(self._file, wanted)

    def size(self, pixels: int) -> ImageFont.FreeTypeFont:
        """The face at a size."""
        return _face(self._file, pixels)

    def written(self, text: str) -> str:
        """The text in letters that the face has."""
        return "".join(self._letter(c) for c in text)

    def _letter(self, letter: str) -> str:
        if letter not in self._absent:
            return letter
        plainer = letter.translate(_PLAIN)
        if plainer == letter:
            plainer = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
        return plainer if plainer and not _missing(self._file, frozenset(plainer) - {" "}) else _MISSING


@lru_cache(maxsize=64)
def _face(file: Path | None, pixels: int) -> ImageFont.FreeTypeFont:
    if file is not None:
        return ImageFont.truetype(str(file), pixels)
    face = ImageFont.load_default(pixels)
    if not isinstance(face, ImageFont.FreeTypeFont):  # a Pillow without FreeType: its wheels all have it
        raise OSError("this Pillow was built without FreeType")
    return face


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    """Font files of the machine that we would take, the best first."""
    found = {path.name: path for path in _font_files()}
    return tuple(found[name] for name in PREFERRED if name in found)


def _font_files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (p for p in sorted(Path(folder).rglob("*")) if p.suffix.lower() in (".ttf", ".otf"))


def _missing(file: Path | None, letters: frozenset[str]) -> frozenset[str]:
    return frozenset(c for c in letters if not _has(file, c))


@lru_cache(maxsize=4096)
def _has(file: Path | None, letter: str) -> bool:
    face = _face(file, _PROBE_PX)
    drawn, nothing = face.getmask(letter), face.getmask(_NOBODYS)
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)
