"""The colours of pictures (those of the site by daylight) and how wide a text is drawn."""

from __future__ import annotations

from collections.abc import Callable

from PIL import ImageFont

PAPER = (0xFA, 0xF6, 0xF0)
INK = (0x23, 0x1D, 0x1B)
INK_SOFT = (0x55, 0x4A, 0x45)
LINE = (0xDE, 0xD4, 0xC8)
EDGE = (0x8A, 0x7C, 0x72)
LEAN = (0x0B, 0x50, 0x55)
LEAN_SOFT = (0xDC, 0xEB, 0xE8)


def text_width(face: ImageFont.FreeTypeFont) -> Callable[[str], float]:
    """How wide a face draws a text, in pixels."""
    return face.getlength
