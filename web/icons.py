"""Draws the site's mark as PNG files, for devices that cannot install an SVG: `python -m web.icons`.

The mark is that of favicon.svg: two strokes that lean towards each other. It is filled here by counting, for points of
a finer grid, on which side of the outline they lie: nothing but NumPy is needed, and the same files come out anywhere.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STATIC = Path(__file__).resolve().parent / "static"
PAPER = (0xFA, 0xF6, 0xF0)
SIZES = {
    "icon-180.png": (180, 0.1),
    "icon-192.png": (192, 0.1),
    "icon-512.png": (512, 0.1),
    "maskable-512.png": (512, 0.2),
}
"""Of each file the edge in pixels, and what is left free at each side, in parts of the edge."""
FINER = 4  # points beside each other in a pixel
_STEPS = 24  # straight pieces of a curve
_UNITS = 32  # of the drawing, along an edge
_SHAPE = re.compile(r'<path fill="#([0-9a-f]{6})" d="([^"]+)"')
_COMMAND = re.compile(r"([MHhCcaz])([^MHhCcaz]*)")
_NUMBER = re.compile(r"-?\d*\.?\d+")
_LEVEL = 9  # of zlib
Points = NDArray[np.float64]


def outline(path: str) -> Points:
    """The outline of an SVG path as points: (n, 2) float64 in units of the drawing.

    Args:
        path: with the commands M, H, h, C, c, z, and arcs (a) that are half circles.

    Raises:
        ValueError: another command or another arc.
    """
    if set(re.findall(r"[A-Za-z]", path)) - set("MHhCcaz"):
        raise ValueError(f"A command in {path!r} is not known here.")
    points: list[Points] = []
    here = np.zeros(2)
    for command, text in _COMMAND.findall(path):
        n = np.array([float(x) for x in _NUMBER.findall(text)])
        if command == "M":
            points.append(n[np.newaxis])
        elif command in "Hh":
            points.append(np.array([[n[0] + (here[0] if command == "h" else 0.0), here[1]]]))
        elif command in "Cc":
            points.append(_curve(here, n.reshape(3, 2) + (here if command == "c" else 0.0)))
        elif command == "a":
            points.append(_half_circle(here, n))
        here = points[-1][-1]
    return np.concatenate(points)


def drawn(edge: int, free: float) -> NDArray[np.uint8]:
    """The mark on paper: (edge, edge, 3) uint8.

    Args:
        edge: in pixels.
        free: what is left at each side, in parts of the edge.
    """
    picture = np.full((edge, edge, 3), PAPER, np.float64)
    steps = (np.arange(edge * FINER) + 0.5) / (edge * FINER)
    units = (steps - free) / (1 - 2 * free) * _UNITS
    for colour, path in _SHAPE.findall((STATIC / "favicon.svg").read_text(encoding="utf-8")):
        covered = _inside(outline(path), units).reshape(edge, FINER, edge, FINER).mean((1, 3))[..., np.newaxis]
        picture = picture * (1 - covered) + np.array(list(bytes.fromhex(colour))) * covered
    return np.round(picture).astype(np.uint8)


def png(picture: NDArray[np.uint8]) -> bytes:
    """A picture as PNG (ISO/IEC 15948): eight bits, three colours, no filter.

    Args:
        picture: (height, width, 3) uint8.
    """
    height, width, _ = picture.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), picture.reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), _LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def main() -> None:
    """Writes every file."""
    folder = STATIC / "icons"
    folder.mkdir(exist_ok=True)
    for name, (edge, free) in SIZES.items():
        (folder / name).write_bytes(png(drawn(edge, free)))


def _curve(start: Points, controls: Points) -> Points:
    t = np.linspace(0, 1, _STEPS + 1)[1:, np.newaxis]
    first, second, end = controls
    return (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * first + 3 * t**2 * (1 - t) * second + t**3 * end


def _half_circle(start: Points, n: Points) -> Points:
    radius, sweep, step = n[0], n[4], n[5:7]
    if not np.isclose(np.hypot(*step), 2 * radius):
        raise ValueError("Only half circles are drawn.")
    centre = start + step / 2
    begin = np.arctan2(*(start - centre)[::-1])
    angles = begin + np.linspace(0, np.pi if sweep else -np.pi, _STEPS + 1)[1:]
    return centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _inside(points: Points, units: Points) -> Points:
    """For a grid of places, 1.0 where they lie inside the outline (even-odd): (n, n) float64, rows first."""
    inside = np.zeros((units.size, units.size), bool)
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=True):
        rows = (y1 > units) != (y2 > units)
        if rows.any():
            crossing = x1 + (units[rows] - y1) / (y2 - y1) * (x2 - x1)
            inside[rows] ^= units[np.newaxis, :] < crossing[:, np.newaxis]
    return inside.astype(np.float64)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


if __name__ == "__main__":
    main()
