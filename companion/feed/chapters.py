"""Chapters as Podcasting 2.0 has them (JSON, version 1.2.0): the approved moments of an episode, and what is between.

The format: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/chapters/jsonChapters.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.feed.writing import shortened
from companion.types import MomentState, StoredMoment

VERSION = "1.2.0"
BEGIN = "The conversation begins"
ON = "The conversation goes on"
GAP_S = 20.0  # between two moments: less is no chapter of its own
_TITLE_CHARS = 128


@dataclass(frozen=True, slots=True)
class Chapter:
    """A place with a name."""

    start_s: float
    title: str
    url: str = ""  # a page that belongs to it


def moment_chapters(moments: Iterable[tuple[StoredMoment, str]], duration_s: float) -> tuple[Chapter, ...]:
    """The chapters that an episode has by its approved moments; none where nobody approved one.

    Args:
        moments: of one episode, each with the address of its page.
        duration_s: of its recording.

    Returns:
        Chapters by start time, the first at 0. After a moment the conversation goes on as a chapter of its own, unless
        the next moment is close. Where two begin together the first stays.
    """
    approved = [(m, url) for m, url in moments if m.moment.state is MomentState.APPROVED]
    approved = [(m, url) for m, url in approved if 0 <= m.moment.start_s < duration_s]
    approved.sort(key=lambda pair: (pair[0].moment.start_s, pair[0].id))
    if not approved:
        return ()
    found: list[Chapter] = []
    if approved[0][0].moment.start_s > 0:
        found.append(Chapter(0.0, BEGIN))
    ends_s = 0.0
    for stored, url in approved:
        moment = stored.moment
        if ends_s and moment.start_s - ends_s >= GAP_S:
            found.append(Chapter(ends_s, ON))
        if not found or moment.start_s > found[-1].start_s:
            who = f"{moment.validating_speaker} to {moment.validated_speaker}"
            title = f"{who}: {moment.title}" if moment.title else who
            found.append(Chapter(moment.start_s, shortened(title, _TITLE_CHARS), url))
        ends_s = max(ends_s, moment.end_s)
    if duration_s - ends_s >= GAP_S:
        found.append(Chapter(ends_s, ON))
    return tuple(found)


def chapters_json(chapters: Iterable[Chapter], *, title: str, show_title: str) -> str:
    """The chapters' file.

    Args:
        chapters: by start time.
        title: of the episode.
        show_title: of the podcast.
    """
    rows = [{"startTime": round(c.start_s, 3), "title": c.title, **({"url": c.url} if c.url else {})} for c in chapters]
    data = {"version": VERSION, "title": title, "podcastName": show_title, "chapters": rows}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def lasting(chapters: Sequence[Chapter], duration_s: float) -> tuple[tuple[float, float, str], ...]:
    """The chapters as (start, end, title), in seconds: each lasts until the next one begins.

    Args:
        chapters: by start time.
        duration_s: of the recording.
    """
    ends_s = [*(c.start_s for c in chapters[1:]), duration_s]
    pairs = zip(chapters, ends_s, strict=True) if chapters else ()
    return tuple((c.start_s, end_s, c.title) for c, end_s in pairs if end_s > c.start_s)
