"""A picture of a moment: what one said to the other, who, where. For links that are shared."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from companion.clips.content import SAMPLE_WORDS, clock
from companion.clips.faces import Faces
from companion.clips.layout import cut, wrapped
from companion.clips.paint import EDGE, INK, INK_SOFT, LEAN, LINE, PAPER, text_width

CARD_SIZE = (1200, 630)
"""Width and height in pixels: what sites that show links ask for."""
_LEFT, _TOP, _RIGHT = 112, 76, 1120
_RAIL_X = 72
_QUOTE_PX, _LINE_PX, _QUOTE_LINES = 54, 72, 5


def draw_card(
    *, show: str, heading: str, quote: str, episode: str, start_s: float | None, sample: bool, faces: Faces
) -> bytes:
    """A PNG.

    Args:
        show: the show's title.
        heading: who leans in to whom.
        quote: what is said; what does not fit is left out.
        episode: its title.
        start_s: where in the recording it begins; None: it is of the whole.
        sample: whether the voices are synthetic.
        faces: what the letters are drawn with.
    """
    picture = Image.new("RGB", CARD_SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    small, middle, large = faces.size(30), faces.size(36), faces.size(_QUOTE_PX)
    room = _RIGHT - _LEFT
    show_room = float(room)
    if sample:
        show_room -= sample_label(draw, faces, _RIGHT, _TOP) + 32
    draw.text((_LEFT, _TOP), cut(faces.written(show), text_width(small), show_room), INK_SOFT, small)
    lines = wrapped(faces.written(quote), text_width(large), room, _QUOTE_LINES)
    top = 148 + (_QUOTE_LINES - len(lines)) * _LINE_PX // 2
    for number, line in enumerate(lines):
        draw.text((_LEFT, top + number * _LINE_PX), line, INK, large)
    if lines:
        draw.rounded_rectangle((_RAIL_X, top, _RAIL_X + 7, top + len(lines) * _LINE_PX), 3, LEAN)
    draw.line((_LEFT, 530, _RIGHT, 530), LINE, 2)
    who = cut(faces.written(heading), text_width(middle), room / 2)
    draw.text((_LEFT, 588), who, LEAN, middle, anchor="ls")
    place = episode if start_s is None else f"{episode}, {clock(start_s)}"
    left = room - text_width(middle)(who) - 48
    where = cut(faces.written(place), text_width(small), left)
    draw.text((_RIGHT, 588), where, INK_SOFT, small, anchor="rs")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def sample_label(draw: ImageDraw.ImageDraw, faces: Faces, right: float, top: float) -> float:
    """Writes that the voices are synthetic, in a frame that ends at `right`; returns its width."""
    face = faces.size(26)
    wide = text_width(face)(SAMPLE_WORDS)
    left = right - wide - 32
    draw.rounded_rectangle((left, top - 6, right, top + 40), 8, None, EDGE, 2)
    draw.text((left + 16, top), SAMPLE_WORDS, INK_SOFT, face)
    return wide + 32
