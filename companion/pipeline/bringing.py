"""Loads what belongs to an episode of a feed: its recording, its chapters, its transcript. What is loaded is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from companion.captions import parse, to_json
from companion.errors import CompanionError, FetchError
from companion.feed.chapter_files import read_chapters
from companion.fetching import Fetcher, Limits, drop
from companion.library import Library
from companion.publication import Chapter
from companion.store import Import
from companion.types import Progress

LONGEST_PAUSE_S = 60.0
REPORT_EVERY_S = 0.5
CHAPTERS_BYTES = 2_000_000

log = logging.getLogger(__name__)
Pause = Callable[[float], None]
Tell = Callable[[Progress], None]


def bring(
    library: Library, episode_id: int, fetcher: Fetcher, pause: Pause = time.sleep, tell: Tell | None = None
) -> bool:
    """Loads what an episode is made of; nothing where it was handed in, or where all is here.

    Args:
        library: where it goes.
        episode_id: which.
        fetcher: loads it.
        pause: waits between two tries.
        tell: is told how far it is, and may end it; None: the episode.

    Returns:
        Whether its words came along and are to be used.

    Raises:
        CompanionError: the recording cannot be had; its beginning is kept for the next try.
    """
    known = library.imports.get(episode_id)
    if known is None:
        return False
    if not known.fetched:
        _load(library, episode_id, known, fetcher, pause, tell)
        known = library.imports.get(episode_id) or known
    return known.transcript is not None and not known.recognise


def sweep(library: Library) -> None:
    """Removes what was loaded for episodes that are not there any more, or that have all they need."""
    wanted = {f"{_name(episode_id)}" for episode_id in library.imports.waiting()}
    for path in library.work_folder.glob("import-*"):
        if path.name.partition(".")[0] not in wanted:
            path.unlink(missing_ok=True)


def _name(episode_id: int) -> str:
    return f"import-{episode_id}"


def _load(library: Library, episode_id: int, known: Import, fetcher: Fetcher, pause: Pause, tell: Tell | None) -> None:
    settings, place = library.settings, library.work_folder / _name(episode_id)
    limits = Limits(
        settings.max_audio_bytes,
        settings.fetch_idle_s,
        settings.fetch_wall_s,
        "max_audio_bytes",
        settings.min_free_bytes,
    )
    told_s = 0.0

    def report(done: int, total: int | None) -> None:
        nonlocal told_s
        now_s = time.monotonic()
        if now_s - told_s >= REPORT_EVERY_S or done == total:
            told_s = now_s
            progress = Progress("download", done, total or 0, "bytes")
            tell(progress) if tell else library.episodes.progress(episode_id, progress)

    for number in range(1, settings.fetch_tries + 1):
        try:
            fetcher.download(known.audio_url, place, limits, report)
            break
        except FetchError as error:
            if number == settings.fetch_tries or not error.passing:
                raise
            log.info("episode %d: %s Try %d.", episode_id, error.sentence, number)
            pause(min(2.0**number, LONGEST_PAUSE_S))
    notes: list[str] = []
    transcript = _transcript(known, fetcher, library, notes)
    chapters = _chapters(known, fetcher, library, notes)
    sha256 = library.blobs.put(place)
    try:
        library.imports.fetched(episode_id, sha256, transcript, chapters, notes)
    finally:
        drop(place)


def _small(library: Library, max_bytes: int, setting: str) -> Limits:
    return Limits(max_bytes, library.settings.fetch_idle_s, library.settings.fetch_small_s, setting)


def _transcript(known: Import, fetcher: Fetcher, library: Library, notes: list[str]) -> str | None:
    """The first transcript that can be had and read; an episode without one is recognised."""
    limits = _small(library, library.settings.max_caption_bytes, "max_caption_bytes")
    for url in known.transcript_urls:
        try:
            found = parse(fetcher.get(url, limits).data, url.partition("?")[0])
        except CompanionError as error:
            notes.append(f"The transcript could not be used: {error.sentence}")
            continue
        if found.segments:
            return to_json(found)
        notes.append("The transcript has no words in it.")
    return None


def _chapters(known: Import, fetcher: Fetcher, library: Library, notes: list[str]) -> tuple[Chapter, ...] | None:
    if known.chapters_url is None:
        return None
    try:
        return (
            read_chapters(fetcher.get(known.chapters_url, _small(library, CHAPTERS_BYTES, "max_feed_bytes")).data)
            or None
        )
    except CompanionError as error:
        notes.append(f"The chapters could not be used: {error.sentence}")
        return None
