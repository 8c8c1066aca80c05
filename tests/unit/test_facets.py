"""Moments are chosen by several things at once, ordered, and counted for every choice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from companion.library import Library
from companion.store import MomentFilter
from companion.types import (
    LengthBand,
    Moment,
    MomentKind,
    MomentOrder,
    MomentState,
    Role,
    StoredMoment,
    Tag,
    TagScore,
    Voice,
)
from tests.unit.test_store import a_moment, new_episode

BOTH = (Tag.VALIDATION, Tag.CARE)


def one(start_s: float, length_s: float, score: float, *tags: Tag, **changes: object) -> Moment:
    """A moment of Ben's, of some length."""
    scored = tuple(TagScore(tag, 0.9) for tag in tags)
    values = {"start_s": start_s, "end_s": start_s + length_s, "score": score, "tags": scored, **changes}
    return replace(a_moment(), **values)


@pytest.fixture
def full(library: Library) -> Library:
    """Two episodes with five moments."""
    old = new_episode("a" * 64, "Old", published=datetime(2026, 1, 1, tzinfo=UTC))
    new = new_episode("b" * 64, "New", published=datetime(2026, 2, 1, tzinfo=UTC))
    put(
        library,
        old,
        one(0, 29.9, 0.5, Tag.VALIDATION, kind=MomentKind.ONE_WAY),
        one(40, 30, 0.9, *BOTH),
        one(90, 60, 0.7, Tag.CARE, kind=MomentKind.ONE_WAY),
    )
    put(
        library,
        new,
        one(5, 12, 0.6, Tag.EMPATHY, validating_speaker="Ruth"),
        one(20, 75, 0.8, *BOTH, validating_speaker="Nobody", state=MomentState.APPROVED),
    )
    return library


def put(library: Library, new: object, *moments: Moment) -> None:
    episode, _ = library.episodes.add(new)  # type: ignore[arg-type]
    voices = [Voice("Ben", "Ben", Role.PARTNER, True), Voice("Ruth", "Ruth", Role.HOST, True)]
    with library.database.write() as connection:
        library.episodes.put_voices(connection, episode.id, voices)
        library.moments.replace(connection, episode.id, episode.audio_sha256, moments)
    library.episodes.ready(episode.id, duration_s=200.0)


def lengths(library: Library, which: MomentFilter, order: MomentOrder = MomentOrder.STRENGTH) -> list[float]:
    ids, total = library.facets.ids(which, order, 10)
    found = library.moments.of_ids(ids)
    assert [m.id for m in found] == list(ids)
    assert total == len(ids)
    return [round(m.moment.length_s, 1) for m in found]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (MomentFilter(tags=BOTH), [30, 75]),
        (MomentFilter(tags=(Tag.CARE, Tag.VALIDATION)), [30, 75]),
        (MomentFilter(role=Role.PARTNER), [30, 60, 29.9]),
        (MomentFilter(role=Role.HOST), [12]),
        (MomentFilter(role=Role.UNKNOWN), [75]),
        (MomentFilter(length=LengthBand.SHORT), [12, 29.9]),
        (MomentFilter(length=LengthBand.MIDDLE), [30]),
        (MomentFilter(length=LengthBand.LONG), [75, 60]),
        (MomentFilter(tags=BOTH, length=LengthBand.LONG, role=Role.UNKNOWN), [75]),
        (MomentFilter(episode_slug="old", kind=MomentKind.MUTUAL), [30]),
    ],
)
def test_choices_narrow_each_other(full: Library, which: MomentFilter, found: list[float]) -> None:
    assert lengths(full, which) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (MomentOrder.STRENGTH, [30, 75, 60, 12, 29.9]),
        (MomentOrder.NEWEST, [12, 75, 29.9, 30, 60]),
        (MomentOrder.LONGEST, [75, 60, 30, 29.9, 12]),
        (MomentOrder.SHORTEST, [12, 29.9, 30, 60, 75]),
    ],
)
def test_moments_come_in_the_order_that_is_asked_for(full: Library, order: MomentOrder, found: list[float]) -> None:
    assert lengths(full, MomentFilter(), order) == found


def test_the_moments_of_one_episode_come_as_they_were_said(full: Library) -> None:
    assert lengths(full, MomentFilter(episode_slug="old"), MomentOrder.NEWEST) == [29.9, 30, 60]
    assert lengths(full, MomentFilter(episode_slug="old")) == [30, 60, 29.9]


def test_pages_follow_each_other(full: Library) -> None:
    whole, total = full.facets.ids(MomentFilter(), MomentOrder.NEWEST, 10)
    pages = [full.facets.ids(MomentFilter(), MomentOrder.NEWEST, 2, offset) for offset in (0, 2, 4, 6)]
    assert tuple(name for ids, _ in pages for name in ids) == whole
    assert [len(ids) for ids, _ in pages] == [2, 2, 1, 0]
    assert {count for _, count in pages} == {total}


def test_a_choice_counts_what_it_would_leave(full: Library) -> None:
    chosen = MomentFilter(tags=(Tag.CARE,), length=LengthBand.LONG)

    counts = full.facets.counts(chosen)

    assert [(t.tag, t.count) for t in counts.tags] == [(Tag.CARE, 2), (Tag.VALIDATION, 1)]
    assert [(c.value, c.count) for c in counts.lengths] == [(LengthBand.MIDDLE, 1), (LengthBand.LONG, 2)]
    assert [(c.value, c.count) for c in counts.roles] == [(Role.PARTNER, 1), (Role.UNKNOWN, 1)]
    assert [(c.value, c.count) for c in counts.kinds] == [(MomentKind.ONE_WAY, 1), (MomentKind.MUTUAL, 1)]
    assert [(e.title, e.count) for e in counts.episodes] == [("New", 1), ("Old", 1)]


def picked(all_of_them: Sequence[StoredMoment], which: MomentFilter) -> list[str]:
    """The same choice made plainly: each moment that was read is looked at for itself."""

    def fits(one: StoredMoment) -> bool:
        moment, length_s = one.moment, one.moment.length_s
        band = LengthBand.SHORT if length_s < 30 else LengthBand.MIDDLE if length_s < 60 else LengthBand.LONG
        return (
            set(which.tags) <= {t.tag for t in moment.tags}
            and which.episode_slug in (None, one.episode_slug)
            and (which.ids is None or one.id in which.ids)
            and which.kind in (None, moment.kind)
            and which.state in (None, moment.state)
            and which.role in (None, one.validating_role)
            and which.length in (None, band)
        )

    def place(one: StoredMoment) -> tuple[float, str]:
        return (one.moment.start_s if which.episode_slug else -one.moment.score, one.id)

    return [one.id for one in sorted(filter(fits, all_of_them), key=place)]


def test_what_is_held_in_memory_is_what_the_tables_say_for_any_choices(full: Library) -> None:
    there = [m for slug in ("old", "new") for m in full.moments.of_ids(full.moments.ids_of(slug))]
    assert len(there) == 5
    ids = tuple(m.id for m in there[1:4])
    every = product(
        ((), BOTH), (None, "old", "gone"), (None, ids), (None, *MomentKind), (None, *Role), (None, *LengthBand)
    )
    for tags, slug, among, kind, role, length in every:
        which = MomentFilter(tags, slug, among, kind, None, role, length)
        wanted = picked(there, which)
        order = MomentOrder.NEWEST if slug else MomentOrder.STRENGTH
        assert full.facets.count(which) == len(wanted), which
        assert full.facets.ids(which, order, 10) == (tuple(wanted), len(wanted)), which
    approved = MomentFilter(state=MomentState.APPROVED)
    assert full.facets.count(approved) == len(picked(there, approved)) == 1


def test_counts_are_of_today(full: Library) -> None:
    assert full.facets.count(MomentFilter()) == 5
    with full.database.write() as connection:
        full.moments.replace(connection, full.episodes.get("old").id, "a" * 64, [])
    assert full.facets.count(MomentFilter()) == 2
    full.episodes.failed(full.episodes.get("new").id, "Gone.")
    assert full.facets.count(MomentFilter()) == 0
    assert full.facets.counts(MomentFilter()).episodes == ()
