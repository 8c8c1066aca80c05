"""Listeners see what is published, and of its moments those that a host let through; a host sees all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from companion.core import Companion
from companion.errors import NotFoundError
from companion.library import Library
from companion.publication import EpisodeDetails, Person, Show, guid_of
from companion.types import Audience, DecisionKind, EpisodeState, MomentState, Publication
from tests.unit.test_store import fill, new_episode

SLUG = "four-minutes"
HIDDEN = (Publication.DRAFT, Publication.SCHEDULED, Publication.UNPUBLISHED)


def listener(library: Library, suggestions: bool = False) -> Companion:
    shown = replace(library, settings=library.settings.with_(show_suggestions=suggestions))
    return Companion(shown.seen_by(Audience.PUBLIC))


@pytest.mark.parametrize("publication", HIDDEN)
def test_what_is_not_published_is_nowhere_for_listeners(library: Library, publication: Publication) -> None:
    fill(library, new_episode(publication=publication))
    host = Companion(library)
    moment = host.moments().moments[0]
    door = listener(library, suggestions=True)
    assert door.episodes() == () == door.episode_page().episodes == door.ready_episodes().episodes
    assert door.titles() == {}
    assert door.moments().total == door.moments(query="alone").total == door.search("alone").total == 0
    assert door.how_many() == 0
    assert door.library.index.moments_like(["alone"], 5) == ()
    for ask in (
        lambda: door.episode(SLUG),
        lambda: door.moment(moment.id),
        lambda: door.transcript(SLUG),
        lambda: door.turns(SLUG),
        lambda: door.playback("c" * 64),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert host.search("alone").total == 1 == host.moments().total
    assert host.episode(SLUG).publication is publication


def test_listeners_see_approved_moments_only_or_suggested_ones_where_the_host_says_so(library: Library) -> None:
    fill(library, new_episode())
    host = Companion(library)
    moment = host.moments().moments[0]
    quiet, open_ = listener(library), listener(library, suggestions=True)
    assert quiet.moments().total == quiet.moments(query="alone").total == quiet.how_many() == 0
    assert quiet.search("alone").hits[0].moment_id is None
    assert quiet.library.index.moments_like(["alone"], 5) == ()
    with pytest.raises(NotFoundError):
        quiet.moment(moment.id)
    assert open_.moments().moments[0].moment.state is MomentState.SUGGESTED
    assert open_.search("alone").hits[0].moment_id == moment.id
    host.reviewing.decide(moment.id, DecisionKind.APPROVE)
    assert quiet.moments().total == 1 == quiet.how_many()
    assert quiet.moment(moment.id).moment.state is MomentState.APPROVED


def test_the_site_s_door_has_the_host_s_behind_it(library: Library) -> None:
    fill(library, new_episode(publication=Publication.DRAFT))
    door = listener(library)
    assert door.host.episode(SLUG).state is EpisodeState.READY
    assert door.host is door.host


def test_what_is_due_is_what_is_scheduled_ready_and_past_its_date(library: Library) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    scheduled = fill(library, new_episode(publication=Publication.SCHEDULED, published=now))
    waiting, _ = library.episodes.add(new_episode("b" * 64, publication=Publication.SCHEDULED, published=now))
    fill(library, new_episode("c" * 64, publication=Publication.DRAFT, published=now))
    assert library.episodes.due(now - timedelta(seconds=1)) == ()
    assert [e.id for e in library.episodes.due(now)] == [scheduled]
    before = library.database.version()
    library.episodes.publish(scheduled, Publication.PUBLISHED)
    assert library.episodes.due(now) == ()
    assert library.database.version() != before
    assert waiting.state is EpisodeState.WAITING


def test_details_come_back_and_the_guid_stays(library: Library) -> None:
    episode, _ = library.episodes.add(new_episode())
    assert library.episodes.details(episode.id) == EpisodeDetails(guid=guid_of("a" * 64))
    details = EpisodeDetails(number=3, season=1, explicit=True, content_note="A quarrel.", persons=(Person("Ana"),))
    library.episodes.put_details(episode.id, details)
    assert library.episodes.details(episode.id) == replace(details, guid=guid_of("a" * 64))


def test_the_show_comes_back(library: Library) -> None:
    assert library.shows.get() == Show()
    show = Show(title="Secure Love", persons=(Person("Ana", "guest"), Person("Ben")), locked=False)
    library.shows.put(Show(title="Before"))
    before = library.database.version()
    library.shows.put(show)
    assert library.shows.get() == show
    assert library.database.version() != before
