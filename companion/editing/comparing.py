"""Two transcripts side by side: lines that are said at the same time, and the words that differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from companion.lines import Line, Pair

_COMMON = 0.5  # share of the shorter of two lines that both are said in


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of two transcripts that belong together."""

    left: tuple[Line, ...]
    right: tuple[Line, ...]

    @property
    def start_s(self) -> float:
        """Where the first of them begins."""
        return min(x.start_s for x in (*self.left, *self.right))

    @property
    def end_s(self) -> float:
        """Where the last of them ends."""
        return max(x.end_s for x in (*self.left, *self.right))


def groups_of(left: Sequence[Line], right: Sequence[Line]) -> list[Group]:
    """Lines of two transcripts, put together where they are said at the same time.

    Args:
        left: in order.
        right: in order.

    Returns:
        Every line once, in the order of time.
    """
    above = list(range(len(left) + len(right)))  # of each line the one that it belongs to

    def top(k: int) -> int:
        while above[k] != k:
            above[k] = above[above[k]]
            k = above[k]
        return k

    longest_s = max((x.end_s - x.start_s for x in right), default=0.0)
    first = 0
    for i, one in enumerate(left):
        while first < len(right) and right[first].start_s < one.start_s - longest_s:
            first += 1
        for j in range(first, len(right)):
            if right[j].start_s > one.end_s:
                break
            if _together(one, right[j]):
                above[top(len(left) + j)] = top(i)
    found: dict[int, tuple[list[Line], list[Line]]] = {}
    for k, line in enumerate((*left, *right)):
        found.setdefault(top(k), ([], []))[k >= len(left)].append(line)
    made = [Group(tuple(a), tuple(b)) for a, b in found.values()]
    return sorted(made, key=lambda g: (g.start_s, g.end_s))


def pair_of(group: Group, left_names: Mapping[str, str], right_names: Mapping[str, str]) -> Pair:
    """A group as it is shown.

    Args:
        group: of lines.
        left_names: names of the left one's voices, by their labels.
        right_names: of the right one's.
    """
    left_text, right_text = (" ".join(x.text for x in side) for side in (group.left, group.right))
    left_voice, right_voice = _voices(group.left, left_names), _voices(group.right, right_names)
    left_pieces, right_pieces = pieces_of(left_text, right_text)
    return Pair(
        left=tuple(x.id for x in group.left),
        right=tuple(x.id for x in group.right),
        start_s=group.start_s,
        end_s=group.end_s,
        same=left_text == right_text and left_voice == right_voice,
        left_voice=left_voice,
        right_voice=right_voice,
        left_pieces=left_pieces,
        right_pieces=right_pieces,
        edited=any(x.made is not None for x in (*group.left, *group.right)),
    )


def pieces_of(left: str, right: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Two texts in pieces: what both say, and what only one does; blanks between words stay with the piece before."""
    old, new = left.split(), right.split()
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, words, last in ((0, old[i:i_end], i_end == len(old)), (1, new[j:j_end], j_end == len(new))):
            if words:
                pieces[side].append((" ".join(words) + ("" if last else " "), kind != "equal"))
    return tuple(pieces[0]), tuple(pieces[1])


def _voices(lines: Sequence[Line], names: Mapping[str, str]) -> str:
    return ", ".join(dict.fromkeys(names.get(x.voice, x.voice) if x.voice else "" for x in lines))


def _together(one: Line, other: Line) -> bool:
    common_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    shorter_s = min(one.end_s - one.start_s, other.end_s - other.start_s)
    return common_s >= _COMMON * shorter_s and (common_s > 0 or shorter_s == 0 <= common_s)
