"""Draws the sample show's cover: two shapes that lean towards each other.

Usage: python episodes/make_cover.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SIZE_PX = 1400
SMOOTH = 3  # drawn larger by this, so that edges are soft
PAPER, TEAL, UMBER, BOTH = (250, 246, 240), (20, 104, 98), (154, 96, 52), (54, 62, 58)
COLOURS = 24  # few, so that the file is small
PLACE = Path(__file__).parent / "cover.png"


def draw() -> Image.Image:
    """The picture, in RGB."""
    side = SIZE_PX * SMOOTH
    left, right = _lean(side, 0.31, 15), _lean(side, 0.69, -15)
    picture = Image.new("RGB", (side, side), PAPER)
    picture.paste(TEAL, mask=left)
    picture.paste(UMBER, mask=right)
    meeting = Image.new("L", (side, side))
    meeting.paste(left, mask=right)
    picture.paste(BOTH, mask=meeting)
    small = picture.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")


def _lean(side: int, x: float, degrees: float) -> Image.Image:
    """A tall rounded shape, leaning: where it is, as a mask."""
    mask = Image.new("L", (side, side))
    width, top, bottom = 0.125 * side, 0.16 * side, 0.84 * side
    box = (x * side - width, top, x * side + width, bottom)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius=width, fill=255)
    return mask.rotate(-degrees, Image.Resampling.BICUBIC, center=(x * side, bottom))


if __name__ == "__main__":
    draw().quantize(COLOURS, dither=Image.Dither.NONE).save(PLACE, optimize=True)
    print(f"{PLACE.name}: {PLACE.stat().st_size / 1000:.0f} kB")
