"""Where somebody who asked for a page that there is not may have wanted to go: pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from urllib.parse import unquote

_LEAST = 0.6  # how alike two names must be
MOST = 3


def nearest(path: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The names that are most like the last part of an address.

    Args:
        path: of the address.
        names: what there is, by the last part of its own address, in small letters.

    Returns:
        What stands for the nearest ones, the nearest first.
    """
    asked = words_in(path).replace(" ", "-")
    if not asked:
        return ()
    matcher = SequenceMatcher(b=asked, autojunk=False)
    found = []
    for name, what in names.items():
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= _LEAST and matcher.quick_ratio() >= _LEAST:
            ratio = matcher.ratio()
            if ratio >= _LEAST:
                found.append((-ratio, what))
    return tuple(dict.fromkeys(what for _, what in sorted(found)[:MOST]))


def words_in(path: str) -> str:
    """What the last part of an address says, as words; "" where it says nothing."""
    last = unquote(path).rstrip("/").rpartition("/")[2][:80]
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"\.\w{1,5}$", "", last).lower()))
