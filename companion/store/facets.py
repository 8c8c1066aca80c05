"""Which moments there are of each kind, in which order: held in memory, read anew whenever the library has changed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from companion import schema
from companion.schema import Database
from companion.store.moments import roles_of
from companion.store.shown import Shown
from companion.types import LengthBand, MomentKind, MomentOrder, MomentState, Role, Tag

BANDS_S = {LengthBand.SHORT: (0.0, 30.0), LengthBand.MIDDLE: (30.0, 60.0), LengthBand.LONG: (60.0, float("inf"))}
"""From when on (included) and up to when (not included) a moment is of a length, in seconds."""

_TAGS = tuple(Tag)
_ROLES = tuple(Role)
_BANDS = tuple(LengthBand)
_KINDS = tuple(MomentKind)
_STATES = tuple(MomentState)
T = TypeVar("T")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which moments; None and empty mean all."""

    tags: tuple[Tag, ...] = ()  # all of them
    episode_slug: str | None = None
    ids: tuple[str, ...] | None = None  # only these, as found by a search
    kind: MomentKind | None = None
    state: MomentState | None = None
    role: Role | None = None  # of whoever leans in
    length: LengthBand | None = None


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many moments carry a tag."""

    tag: Tag
    count: int


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Something to choose by, and how many moments that would leave."""

    value: T
    count: int


@dataclass(frozen=True, slots=True)
class EpisodeCount:
    """An episode to choose by, and how many moments that would leave."""

    slug: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """What moments can be chosen by. Each is counted under all the other choices, what would leave none left out."""

    tags: tuple[TagCount, ...] = ()  # the commonest first; with the tags that are chosen
    roles: tuple[Choice[Role], ...] = ()
    lengths: tuple[Choice[LengthBand], ...] = ()
    kinds: tuple[Choice[MomentKind], ...] = ()
    episodes: tuple[EpisodeCount, ...] = ()  # the newest first


@dataclass(frozen=True, slots=True)
class _Columns:
    """Every moment of the episodes that are ready, one place each in all of these."""

    version: int  # of the library
    ids: tuple[str, ...]  # in their own order, which decides where all else is the same
    places: dict[str, int]  # by id
    tags: npt.NDArray[np.uint32]  # a bit for each tag
    role: npt.NDArray[np.int8]  # indexes of what stands in the tuples above
    band: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    state: npt.NDArray[np.int8]
    episode: npt.NDArray[np.int32]  # index of `episodes`
    score: npt.NDArray[np.float64]
    start_s: npt.NDArray[np.float64]
    length_s: npt.NDArray[np.float64]
    episodes: tuple[tuple[str, str], ...]  # slug and title, the newest first


class Facets:
    """Chooses, orders and counts moments."""

    def __init__(self, database: Database, shown: Shown = Shown()) -> None:  # noqa: B008 - frozen
        self._database = database
        self._shown = shown
        self._reading = threading.Lock()
        self._known: _Columns | None = None

    def ids(self, which: MomentFilter, order: MomentOrder, limit: int, offset: int = 0) -> tuple[tuple[str, ...], int]:
        """The ids of a page of moments, and how many there are in all.

        Args:
            which: all of them or some.
            order: which come first.
            limit: most of a page.
            offset: how many come before it.
        """
        columns = self._columns()
        chosen = np.flatnonzero(_mask(columns, which))
        page = chosen[_ordered(columns, chosen, order)][offset : offset + limit]
        return tuple(columns.ids[place] for place in page), len(chosen)

    def count(self, which: MomentFilter) -> int:
        """How many moments there are of some."""
        return int(np.count_nonzero(_mask(self._columns(), which)))

    def counts(self, which: MomentFilter) -> FacetCounts:
        """What these moments can be chosen by further, and what each choice could be changed into."""
        columns = self._columns()
        tagged = columns.tags[_mask(columns, which)]
        tags = [TagCount(tag, int(np.count_nonzero(tagged & _bit(tag)))) for tag in _TAGS]
        shown = [t for t in tags if t.count or t.tag in which.tags]
        episodes = _times(columns.episode, _mask(columns, replace(which, episode_slug=None)), len(columns.episodes))
        return FacetCounts(
            tags=tuple(sorted(shown, key=lambda t: (-t.count, t.tag))),
            roles=_choices(columns.role, _mask(columns, replace(which, role=None)), _ROLES),
            lengths=_choices(columns.band, _mask(columns, replace(which, length=None)), _BANDS),
            kinds=_choices(columns.kind, _mask(columns, replace(which, kind=None)), _KINDS),
            episodes=tuple(EpisodeCount(*e, n) for e, n in zip(columns.episodes, episodes, strict=True) if n),
        )

    def episodes(self) -> tuple[tuple[str, str], ...]:
        """Slug and title of the episodes that can be heard, the newest first."""
        return self._columns().episodes

    def _columns(self) -> _Columns:
        version = self._database.version()
        with self._reading:
            if self._known is None or self._known.version != version:
                self._known = self._read(version)
            return self._known

    def _read(self, version: int) -> _Columns:
        moment, episode = schema.moment, schema.episode
        ready = self._shown.ready_episode()
        newest = (sa.func.coalesce(episode.c.published, episode.c.added).desc(), episode.c.id.desc())
        every = sa.select(episode.c.id, episode.c.slug, episode.c.title).where(ready).order_by(*newest)
        columns = (moment.c.id, moment.c.episode_id, moment.c.validating_speaker, moment.c.kind, moment.c.state)
        times = (moment.c.score, moment.c.start_s, (moment.c.end_s - moment.c.start_s).label("length_s"))
        in_ready = moment.c.episode_id.in_(sa.select(episode.c.id).where(ready))
        each = sa.select(*columns, *times).where(in_ready, self._shown.moment()).order_by(moment.c.id)
        with self._database.read() as connection:
            episodes = connection.execute(every).all()
            rows = connection.execute(each).all()
            tagged = connection.execute(sa.select(schema.moment_tag)).all()
            roles = roles_of(connection)
        places = {row.id: place for place, row in enumerate(rows)}
        where = {row.id: index for index, row in enumerate(episodes)}
        bit_of = {tag.value: _bit(tag) for tag in _TAGS}
        bits = np.zeros(len(rows), np.uint32)
        for name, tag in tagged:
            if name in places:
                bits[places[name]] |= bit_of[tag]
        who = [roles.get((row.episode_id, row.validating_speaker), Role.UNKNOWN) for row in rows]
        return _Columns(
            version=version,
            ids=tuple(places),
            places=places,
            tags=bits,
            role=_indexes(who, _ROLES),
            band=_indexes([_band(row.length_s) for row in rows], _BANDS),
            kind=_indexes([row.kind for row in rows], _KINDS),
            state=_indexes([row.state for row in rows], _STATES),
            episode=np.array([where[row.episode_id] for row in rows], np.int32),
            score=np.array([row.score for row in rows], np.float64),
            start_s=np.array([row.start_s for row in rows], np.float64),
            length_s=np.array([row.length_s for row in rows], np.float64),
            episodes=tuple((row.slug, row.title) for row in episodes),
        )


def _ordered(columns: _Columns, chosen: npt.NDArray[Any], order: MomentOrder) -> npt.NDArray[Any]:
    """In which order places come; where all is the same, by id."""
    keys = {
        MomentOrder.STRENGTH: (-columns.score,),
        MomentOrder.NEWEST: (columns.start_s, columns.episode),  # the last one counts first
        MomentOrder.LONGEST: (-columns.length_s,),
        MomentOrder.SHORTEST: (columns.length_s,),
    }
    return np.lexsort([key[chosen] for key in keys[order]])


def _mask(columns: _Columns, which: MomentFilter) -> Mask:
    """Which of the columns' places are meant."""
    wanted = np.ones(len(columns.tags), np.bool_)
    for tag in which.tags:
        wanted &= (columns.tags & _bit(tag)) != 0
    if which.role is not None:
        wanted &= columns.role == _ROLES.index(which.role)
    if which.length is not None:
        wanted &= columns.band == _BANDS.index(which.length)
    if which.kind is not None:
        wanted &= columns.kind == _KINDS.index(which.kind)
    if which.state is not None:
        wanted &= columns.state == _STATES.index(which.state)
    if which.episode_slug is not None:
        slugs = [slug for slug, _ in columns.episodes]
        wanted &= columns.episode == (slugs.index(which.episode_slug) if which.episode_slug in slugs else -1)
    if which.ids is not None:
        named = np.zeros(len(wanted), np.bool_)
        named[[columns.places[i] for i in which.ids if i in columns.places]] = True
        wanted &= named
    return wanted


def _choices(column: npt.NDArray[np.int8], mask: Mask, values: Sequence[T]) -> tuple[Choice[T], ...]:
    numbers = _times(column, mask, len(values))
    return tuple(Choice(value, n) for value, n in zip(values, numbers, strict=True) if n)


def _times(column: npt.NDArray[Any], mask: Mask, length: int) -> list[int]:
    """How often each of the numbers below `length` stands in a column."""
    return [int(n) for n in np.bincount(column[mask], minlength=length)]


def _indexes(found: Sequence[str], values: Sequence[StrEnum]) -> npt.NDArray[np.int8]:
    place: dict[str, int] = {value: index for index, value in enumerate(values)}
    return np.array([place[value] for value in found], np.int8)


def _band(length_s: float) -> LengthBand:
    return next(band for band, (least_s, under_s) in BANDS_S.items() if least_s <= length_s < under_s)


def _bit(tag: Tag) -> np.uint32:
    return np.uint32(1 << _TAGS.index(tag))
