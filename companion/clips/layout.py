"""Words on screens: how they break into lines, which of them stand together, and where each one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from companion.clips.content import SaidWord

Width = Callable[[str], float]
"""How wide a text is drawn, in pixels."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A word at its place on a screen."""

    word: SaidWord
    text: str  # as it is drawn
    x: float  # from the left edge of the text, in pixels
    line: int
    width: float


@dataclass(frozen=True, slots=True)
class Screen:
    """Words of one turn that are seen together."""

    turn: int
    words: tuple[Placed, ...]
    start_s: float  # of the clip; it stays until the next one begins


def screens_of(words: Sequence[SaidWord], written: Callable[[str], str], width: Width, room: float, lines: int,
               ) -> tuple[Screen, ...]:  # fmt: skip
    """The screens of a clip, in order.

    Args:
        words: of the clip, in order.
        written: a text in letters that can be drawn.
        width: of a text.
        room: how wide a line may be, in pixels.
        lines: most lines of a screen.
    """
    screens = []
    for turn in dict.fromkeys(w.turn for w in words):
        placed = list(_placed([w for w in words if w.turn == turn], written, width, room))
        count = placed[-1].line + 1 if placed else 0
        parts = -(-count // lines)
        each = -(-count // parts) if parts else 0  # evenly: no screen is left with one short line
        for part in range(parts):
            on_it = [p for p in placed if part * each <= p.line < (part + 1) * each]
            moved = tuple(Placed(p.word, p.text, p.x, p.line - part * each, p.width) for p in on_it)
            if moved:
                screens.append(Screen(turn, moved, moved[0].word.start_s))
    return tuple(screens)


def wrapped(text: str, width: Width, room: float, lines: int) -> list[str]:
    """A text in lines; what does not fit is left out, and three dots say so.

    Args:
        text: as it can be drawn.
        width: of a text.
        room: how wide a line may be, in pixels.
        lines: how many at most.
    """
    words = [SaidWord(0.0, 0.0, word, 0) for word in text.split()]
    found: dict[int, list[str]] = {}
    for placed in _placed(words, str, width, room):
        found.setdefault(placed.line, []).append(placed.text)
    all_lines = [" ".join(parts) for parts in found.values()]
    if len(all_lines) <= lines:
        return all_lines
    return [*all_lines[: lines - 1], cut(all_lines[lines - 1] + " …", width, room)]


def cut(text: str, width: Width, room: float) -> str:
    """A text in one line, shortened where it is too wide."""
    if width(text) <= room:
        return text
    kept = text.removesuffix("…")
    while kept and width(kept.rstrip(" ,.;:") + "…") > room:
        kept = kept[:-1]
    if " " in kept.strip() and not text.startswith(kept.rstrip() + " "):
        kept = kept.rstrip().rsplit(" ", 1)[0]  # no word is cut in two, where there are several
    return kept.rstrip(" ,.;:") + "…"


def _placed(words: Sequence[SaidWord], written: Callable[[str], str], width: Width, room: float) -> Iterator[Placed]:
    blank = width(" ")
    x, line = 0.0, 0
    for word in words:
        for text in _pieces(written(word.text), width, room):
            wide = width(text)
            if x and x + wide > room:
                x, line = 0.0, line + 1
            yield Placed(word, text, x, line, wide)
            x += wide + blank


def _pieces(text: str, width: Width, room: float) -> Iterator[str]:
    """A word; one that is wider than a line in as many pieces as it takes."""
    while width(text) > room:
        n = next((n for n in range(len(text) - 1, 1, -1) if width(text[:n]) <= room), 1)
        yield text[:n]
        text = text[n:]
        if not text:
            return
    yield text
