"""Pages of what the library holds: what the door hands out, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from companion.errors import NotFoundError
from companion.store import FacetCounts, ListedEpisode
from companion.types import Episode, Hit, StoredMoment


@dataclass(frozen=True, slots=True)
class MomentPage:
    """One page of moments."""

    moments: tuple[StoredMoment, ...]
    total: int  # on all pages
    page: int  # from 1
    pages: int  # at least 1
    facets: FacetCounts  # what else can be chosen, and how many that would leave


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """One page of episodes."""

    episodes: tuple[ListedEpisode, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """One page of episodes that can be heard."""

    episodes: tuple[Episode, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of places where words are said."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int


def offset_of(page: int, size: int) -> int:
    """How many come before a page.

    Raises:
        NotFoundError: pages are counted from 1.
    """
    if page < 1:
        raise NotFoundError("Pages are counted from 1.")
    return (page - 1) * size


def pages_of(total: int, size: int, page: int) -> int:
    """How many pages there are.

    Raises:
        NotFoundError: `page` is behind the last one.
    """
    pages = max(1, -(-total // size))
    if page > pages:
        raise NotFoundError(f"There is no page {page}; the last one is {pages}.")
    return pages
