"""Reads chapters files (podcast:chapters, application/json+chapters) of other people.

The format: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/chapters/jsonChapters.md
"""

from __future__ import annotations

import json
from typing import Any

from companion.errors import FeedError
from companion.feed import values
from companion.feed.reading import MAX_CHAPTERS, MAX_LINE_CHARS
from companion.publication import Chapter


def read_chapters(data: bytes) -> tuple[Chapter, ...]:
    """The chapters of a file, by their starts; those without a usable start are left out.

    Raises:
        FeedError: it is not a chapters file.
    """
    try:
        given = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FeedError("The chapters are not valid JSON. The episode was taken without them.") from None
    rows = given.get("chapters") if isinstance(given, dict) else None
    if not isinstance(rows, list):
        raise FeedError('The chapters file has no list of "chapters". The episode was taken without them.')
    found = [c for row in rows[:MAX_CHAPTERS] if isinstance(row, dict) and (c := _chapter(row)) is not None]
    return tuple(sorted(found, key=lambda c: c.start_s))


def _chapter(row: dict[str, Any]) -> Chapter | None:
    start = row.get("startTime")
    if isinstance(start, str):
        start = values.duration_of(start)
    if isinstance(start, bool) or not isinstance(start, int | float) or not 0 <= start <= values.MAX_DURATION_S:
        return None
    title, href, img = (row.get(k) if isinstance(row.get(k), str) else "" for k in ("title", "url", "img"))
    return Chapter(
        round(float(start), 3),
        values.line(str(title))[:MAX_LINE_CHARS],
        values.web(values.address(str(href), None)) or "",
        values.web(values.address(str(img), None)) or "",
        row.get("toc") is not False and bool(values.line(str(title))),
    )
