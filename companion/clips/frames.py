"""The frames of a video: who speaks, the words with the one that is being said, the waveform with what has sounded.

Only what changes is drawn anew: a screen of words when a word begins, the waveform by copying columns. One frame is in
memory at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from companion.clips.card import sample_label
from companion.clips.content import ClipFacts, clock
from companion.clips.faces import Faces
from companion.clips.layout import Placed, Screen, cut, screens_of
from companion.clips.paint import EDGE, INK, INK_SOFT, LEAN, LEAN_SOFT, LINE, PAPER, text_width

WIDTH, HEIGHT = 1080, 1080
FPS = 25
_LEFT, _RIGHT = 84, 996
_TEXT_PX, _LINE_PX, _LINES = 62, 86, 6
_NAME_LINE, _TEXT_TOP = 234, 272  # the one is a base line
_WAVE_TOP, _WAVE_HEIGHT = 820, 96
_BAR_PX, _BAR_STEP_PX = 6, 10
_FOOT_TOP = 952

Frame = NDArray[np.uint8]
"""Shape (`HEIGHT`, `WIDTH`, 3), RGB."""


class Frames:
    """Draws the frames of one clip."""

    def __init__(self, facts: ClipFacts, sound: NDArray[np.int16], faces: Faces) -> None:
        """Lays the words out.

        Args:
            facts: what is shown.
            sound: the clip's; shape (n,), int16, mono.
            faces: what the letters are drawn with.
        """
        self._facts, self._faces = facts, faces
        width = text_width(faces.size(_TEXT_PX))
        self._screens = screens_of(facts.words, faces.written, width, _RIGHT - _LEFT, _LINES)
        self._starts = [screen.start_s for screen in self._screens]
        self._ground = self._draw_ground()
        self._wave = (_draw_wave(sound, EDGE), _draw_wave(sound, LEAN))

    def all(self, length_s: float) -> Iterator[Frame]:
        """Every frame in order. The same memory each time: use one before asking for the next.

        Args:
            length_s: of the clip.
        """
        count = max(1, round(length_s * FPS))
        shown: tuple[int, int] | None = None
        frame = np.asarray(self._ground).copy()
        rows = slice(_WAVE_TOP, _WAVE_TOP + _WAVE_HEIGHT)
        ahead, behind = self._wave
        for number in range(count):
            now = self._now(number / FPS)
            if now != shown:
                frame[:] = np.asarray(self._draw_screen(*now))
                shown = now
            played = _LEFT + round((_RIGHT - _LEFT) * (number + 1) / count)
            frame[rows, _LEFT:played] = behind[:, : played - _LEFT]
            frame[rows, played:_RIGHT] = ahead[:, played - _LEFT :]
            yield frame

    def _now(self, at_s: float) -> tuple[int, int]:
        """Which screen is seen and how many of its words have begun; the first one from the start on."""
        place = max(0, bisect_right(self._starts, at_s) - 1)
        if not self._screens:
            return 0, 0
        return place, sum(p.word.start_s <= at_s for p in self._screens[place].words)

    def _draw_ground(self) -> Image.Image:
        facts, faces = self._facts, self._faces
        picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        draw = ImageDraw.Draw(picture)
        small, middle = faces.size(30), faces.size(36)
        room = float(_RIGHT - _LEFT)
        taken = sample_label(draw, faces, _RIGHT, 84) + 32 if facts.sample else 0.0
        draw.text((_LEFT, 84), cut(faces.written(facts.show), text_width(small), room - taken), INK_SOFT, small)
        draw.line((_LEFT, 150, _RIGHT, 150), LINE, 2)
        draw.text((_LEFT, _FOOT_TOP), cut(faces.written(facts.episode), text_width(middle), room), INK, middle)
        place = f"{facts.who}, {clock(facts.start_s)}"
        draw.text((_LEFT, _FOOT_TOP + 50), cut(faces.written(place), text_width(small), room), INK_SOFT, small)
        return picture

    def _draw_screen(self, number: int, begun: int) -> Image.Image:
        picture = self._ground.copy()
        if not self._screens:
            return picture
        draw = ImageDraw.Draw(picture)
        screen = self._screens[number]
        self._draw_name(draw, screen)
        face = self._faces.size(_TEXT_PX)
        saying = screen.words[begun - 1].word if begun else None
        for index, placed in enumerate(screen.words):
            if placed.word is saying:
                draw.rounded_rectangle(_behind(placed), 10, LEAN_SOFT)
            colour = LEAN if placed.word is saying else INK if index < begun else EDGE
            draw.text((_LEFT + placed.x, _TEXT_TOP + placed.line * _LINE_PX), placed.text, colour, face)
            if placed.word is saying:
                left, _, right, bottom = _behind(placed)
                draw.rectangle((left + 8, bottom - 5, right - 8, bottom - 1), LEAN)
        return picture

    def _draw_name(self, draw: ImageDraw.ImageDraw, screen: Screen) -> None:
        name, role = self._facts.speakers[screen.turn]
        middle, small = self._faces.size(40), self._faces.size(30)
        leans = name == self._facts.from_name
        shown = cut(self._faces.written(name), text_width(middle), (_RIGHT - _LEFT) * 0.75)
        draw.text((_LEFT, _NAME_LINE), shown, LEAN if leans else INK, middle, anchor="ls")
        draw.text((_LEFT + text_width(middle)(shown) + 20, _NAME_LINE), role, INK_SOFT, small, anchor="ls")


def _behind(placed: Placed) -> tuple[float, float, float, float]:
    """The patch behind a word."""
    left, top = _LEFT + placed.x, _TEXT_TOP + placed.line * _LINE_PX
    return left - 8, top - 2, left + placed.width + 8, top + _LINE_PX - 8


def _draw_wave(sound: NDArray[np.int16], colour: tuple[int, int, int]) -> Frame:
    """The waveform, drawn from the sound: bars from the middle up and down."""
    wide = _RIGHT - _LEFT
    count = wide // _BAR_STEP_PX
    edges = np.linspace(0, sound.size, count + 1).astype(int)
    heights = [_loudness(sound[a:b]) for a, b in pairwise(edges)]
    loudest = max(heights, default=0.0) or 1.0
    picture = Image.new("RGB", (wide, _WAVE_HEIGHT), PAPER)
    draw = ImageDraw.Draw(picture)
    middle = _WAVE_HEIGHT / 2
    for number, height in enumerate(heights):
        half = max(_BAR_PX / 2, (height / loudest) ** 0.7 * (middle - 2))
        left = number * _BAR_STEP_PX
        draw.rounded_rectangle((left, middle - half, left + _BAR_PX - 1, middle + half), _BAR_PX / 2, colour)
    return np.asarray(picture)


def _loudness(samples: NDArray[np.int16]) -> float:
    """Root mean square: what looks as loud as it sounds."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float32))))) if samples.size else 0.0
