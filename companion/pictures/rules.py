"""What makes a picture a cover: the rules of the podcast directories, as a pure decision."""

from __future__ import annotations

from enum import StrEnum

SMALLEST_PX = 1400
LARGEST_PX = 3000
SCREEN_MODES = {"RGB", "RGBA", "L", "LA", "P", "PA", "1"}  # Pillow's names; grey ones are written as RGB


class Fault(StrEnum):
    """Why a picture is no cover."""

    EMPTY = "empty"
    KIND = "kind"
    DAMAGED = "damaged"
    SQUARE = "square"
    SMALL = "small"
    LARGE = "large"
    COLOURS = "colours"
    TRANSPARENT = "transparent"
    MOVING = "moving"


def fault_of(width_px: int, height_px: int, mode: str, frames: int) -> Fault | None:
    """What is wrong with a picture by its header; None where nothing is."""
    if width_px != height_px:
        return Fault.SQUARE
    if width_px < SMALLEST_PX:
        return Fault.SMALL
    if width_px > LARGEST_PX:
        return Fault.LARGE
    if frames > 1:
        return Fault.MOVING
    return None if mode in SCREEN_MODES else Fault.COLOURS
