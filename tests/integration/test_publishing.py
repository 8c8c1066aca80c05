"""From a draft to what listeners find and back: the checklist, the recording with its tag, the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from mutagen.id3 import ID3

from companion.config import Settings
from companion.core import Companion
from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.publishing import MissingError, Ticker
from companion.types import Audience, DecisionKind, Publication
from tests import draft_library

SLUG = "late-again"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def door(settings: Settings, tmp_path: Path) -> Iterator[Companion]:
    """A host's, of drafts for which everything is filled in."""
    settings = settings.with_(min_free_bytes=0, site_url="https://moments.example/")
    draft_library.build(settings, tmp_path)
    with Companion.open(settings) as opened:
        draft_library.fill_in(opened, tmp_path)
        yield opened


def listener(door: Companion) -> Companion:
    return Companion(door.library.seen_by(Audience.PUBLIC))


def names(door: Companion, slug: str = SLUG) -> set[str]:
    return {item.name for item in door.publishing.state(slug, NOW).checklist.blocking}


def tag(door: Companion) -> ID3:
    file = door.publishing.state(SLUG, NOW).file
    assert file is not None
    path = door.library.blobs.path(file.sha256)
    assert path.stat().st_size == file.size_bytes
    return ID3(path)


def change(door: Companion, now: datetime = NOW, **changes: object) -> None:
    entry = door.publishing.state(SLUG, now).entry
    door.publishing.save(SLUG, replace(entry, **changes), now)  # type: ignore[arg-type]


# ---- out and back


def test_a_published_episode_is_found_and_its_recording_says_what_it_is(door: Companion) -> None:
    with pytest.raises(NotFoundError):
        listener(door).episode(SLUG)
    assert door.publishing.publish(SLUG, NOW) is Publication.PUBLISHED
    assert listener(door).episode(SLUG).published == NOW
    read = tag(door)
    assert (str(read["TIT2"]), str(read["TPE1"]), str(read["TALB"])) == ("Late again", "Ruth Ames", "Leaning In")
    assert (str(read["TRCK"]), str(read["TPOS"]), str(read["TDRC"])) == ("3", "1", "2026-11-20")
    assert read["WOAF"].url == "https://moments.example/episodes/late-again"
    assert read["COMM::eng"].text[0].startswith(draft_library.NOTE)
    assert read["APIC:Cover"].mime == "image/jpeg"
    titles = [read[f"CHAP:{name}"].sub_frames["TIT2"].text[0] for name in read["CTOC:toc"].child_element_ids]
    assert [t for t in titles if t.startswith("Jonas to Mara")]


def test_the_original_and_the_played_copy_stay_as_they_are(door: Companion) -> None:
    playback = door.episode(SLUG).playback_sha256
    assert playback is not None
    before = door.library.blobs.path(playback).read_bytes()
    door.publishing.publish(SLUG, NOW)
    assert door.episode(SLUG).playback_sha256 == playback
    assert door.library.blobs.path(playback).read_bytes() == before
    file = door.publishing.state(SLUG, NOW).file
    assert file is not None
    assert door.library.blobs.path(file.sha256).read_bytes().endswith(before)
    with av.open(str(door.library.blobs.path(file.sha256))) as opened:
        assert opened.metadata["title"] == "Late again"


def test_what_was_edited_a_moment_ago_is_settled_before_anybody_sees_it(door: Companion) -> None:
    line = door.editing.open(SLUG).lines[0]
    door.editing.set_text(SLUG, line.id, "Where did the evening turn, Mara?", line.rev, "Ada")
    door.publishing.publish(SLUG, NOW)
    assert listener(door).turns(SLUG)[0].turn.text == "Where did the evening turn, Mara?"
    assert not door.editing.settle(SLUG)  # nothing is left to do


def test_a_line_that_somebody_has_called_right_is_no_work_any_more(door: Companion) -> None:
    episode = door.episode(SLUG)
    before = door.library.published.left(episode.id).flagged
    unsure = next(line for line in door.editing.open(SLUG).lines if line.flags)
    door.editing.look(SLUG, unsure.id, True, "Ada")
    assert door.library.published.left(episode.id).flagged == before - 1
    needs = dict(door.library.needs.ready((Publication.DRAFT,)))
    assert {e.slug: n.flagged for e, n in needs.items()}[SLUG] == before - 1


def test_only_approved_moments_become_chapters(door: Companion) -> None:
    moment = door.moments(episode_slug=SLUG).moments[0]
    door.reviewing.decide(moment.id, DecisionKind.REJECT)
    door.reviewing.decide(door.moments(episode_slug=SLUG).moments[0].id, DecisionKind.REJECT)
    door.publishing.publish(SLUG, NOW)
    assert not tag(door).getall("CHAP")


def test_an_unpublished_episode_is_gone_at_once_and_comes_back_with_its_name(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    file, seen = door.publishing.state(SLUG, NOW).file, listener(door)
    assert file is not None
    playback = seen.episode(SLUG).playback_sha256 or ""
    assert seen.playback(playback).is_file()
    assert seen.publishing.recording(file.sha256)[1] is not None
    assert door.publishing.unpublish(SLUG) is Publication.UNPUBLISHED
    for ask in (
        lambda: seen.episode(SLUG),
        lambda: seen.playback(playback),
        lambda: seen.publishing.recording(file.sha256),
        lambda: seen.transcript(SLUG),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert seen.search("lonely").total == 0
    guid = door.publishing.state(SLUG, NOW).entry.details.guid
    assert door.publishing.publish(SLUG, NOW + HOUR) is Publication.PUBLISHED
    assert seen.episode(SLUG).published == NOW  # its date stays, and so does its guid
    assert door.publishing.state(SLUG, NOW).entry.details.guid == guid


def test_what_is_not_published_cannot_be_unpublished(door: Companion) -> None:
    with pytest.raises(ConflictError, match="is not published"):
        door.publishing.unpublish(SLUG)


def test_the_shows_guid_is_fixed_with_the_first_episode(door: Companion) -> None:
    shown = door.publishing.show().guid
    assert shown
    assert door.library.shows.get().guid == ""
    door.publishing.save_show(door.publishing.show())
    assert door.library.shows.get().guid == ""
    door.publishing.publish(SLUG, NOW)
    assert door.library.shows.get().guid == shown


# ---- the checklist


def test_a_bare_draft_says_all_that_is_missing(settings: Settings, tmp_path: Path) -> None:
    draft_library.build(settings.with_(min_free_bytes=0), tmp_path)
    with Companion.open(settings) as door:
        items = door.publishing.state(SLUG, NOW).checklist
        assert {i.name for i in items.must} == {"content-note"}
        assert {i.name for i in items.blocking} == {"content-note", "cover", "show"}
        assert {i.name for i in items.advisory} == {"site-url", "flagged"}
        with pytest.raises(MissingError, match=r"no content note.*has a cover.*owner's e-mail"):
            door.publishing.publish(SLUG, NOW)
        with pytest.raises(MissingError, match="no content note"):
            door.publishing.publish(SLUG, NOW, anyway=True)
        assert door.episode(SLUG).publication is Publication.DRAFT


def test_anyway_passes_over_what_is_only_asked_for(door: Companion) -> None:
    change(door, description="")
    assert names(door) == {"description"}
    with pytest.raises(MissingError):
        door.publishing.publish(SLUG, NOW)
    assert door.publishing.publish(SLUG, NOW, anyway=True) is Publication.PUBLISHED


@pytest.mark.parametrize(("slug", "name"), [("on-its-way", "not-ready"), ("too-quiet", "failed")])
def test_what_is_not_ready_is_never_published(door: Companion, tmp_path: Path, slug: str, name: str) -> None:
    draft_library.fill_in(door, tmp_path, slug)
    assert names(door, slug) == {name}
    with pytest.raises(MissingError):
        door.publishing.publish(slug, NOW, anyway=True)


def test_a_recording_that_is_too_soft_is_never_published(settings: Settings, tmp_path: Path) -> None:
    draft_library.build(settings, tmp_path, measured=False)
    with Companion.open(settings.with_(min_free_bytes=0, playback_lufs=-23.0)) as door:
        draft_library.fill_in(door, tmp_path)
        with pytest.raises(MissingError, match=r"-1[56]\.\d LUFS loud instead of -23"):
            door.publishing.publish(SLUG, NOW, anyway=True)
        assert "loudness" in names(door)


# ---- the clock


def test_a_scheduled_episode_comes_out_at_its_time_and_not_before(door: Companion) -> None:
    assert door.publishing.publish(SLUG, NOW, at=NOW + HOUR) is Publication.SCHEDULED
    door.publishing.tick(NOW + HOUR - timedelta(seconds=1))
    assert door.episode(SLUG).publication is Publication.SCHEDULED
    with pytest.raises(NotFoundError):
        listener(door).episode(SLUG)
    door.publishing.tick(NOW + HOUR)
    assert listener(door).episode(SLUG).published == NOW + HOUR


def test_what_was_due_while_nothing_ran_comes_out_at_the_start(door: Companion, settings: Settings) -> None:
    door.publishing.publish(SLUG, NOW, at=NOW + HOUR)
    with Companion.open(door.settings) as later:
        out = threading.Event()

        def clock() -> datetime:
            if later.episode(SLUG).publication is Publication.PUBLISHED:
                out.set()
            return NOW + 50 * HOUR

        with Ticker(later.publishing, clock, every_s=0.01):
            assert out.wait(20)
        assert listener(later).episode(SLUG).published == NOW + HOUR


def test_a_time_in_the_past_is_refused(door: Companion) -> None:
    with pytest.raises(BadInputError, match="is past"):
        door.publishing.publish(SLUG, NOW, at=NOW - HOUR)


def test_a_scheduled_episode_can_be_taken_back(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW, at=NOW + HOUR)
    assert door.publishing.unpublish(SLUG) is Publication.DRAFT
    door.publishing.tick(NOW + 2 * HOUR)
    assert door.episode(SLUG).publication is Publication.DRAFT


def test_what_lost_its_content_note_meanwhile_stays_in(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW, at=NOW + HOUR)
    details = door.publishing.state(SLUG, NOW).entry.details
    change(door, details=replace(details, content_note=""))
    door.publishing.tick(NOW + HOUR)
    assert door.episode(SLUG).publication is Publication.SCHEDULED
    change(door, details=details)
    door.publishing.tick(NOW + HOUR)
    assert door.episode(SLUG).publication is Publication.PUBLISHED


def test_a_long_recording_that_was_never_measured_is_left_to_the_worker(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_library.build(settings, tmp_path, measured=False)
    monkeypatch.setattr("companion.publishing.desk.QUICK_S", 10.0)
    with Companion.open(settings.with_(min_free_bytes=0)) as door:
        draft_library.fill_in(door, tmp_path)
        assert door.publishing.publish(SLUG, NOW) is Publication.SCHEDULED
        door.publishing.tick(NOW)
        assert door.episode(SLUG).publication is Publication.PUBLISHED


# ---- details that change afterwards


def test_new_details_make_a_new_recording_and_the_old_address_leads_there(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    first = door.publishing.state(SLUG, NOW).file
    change(door, NOW + HOUR, title="Late, again")
    second = door.publishing.state(SLUG, NOW).file
    assert first is not None
    assert second is not None
    assert first.sha256 != second.sha256
    assert str(tag(door)["TIT2"]) == "Late, again"
    seen = listener(door)
    assert seen.publishing.recording(first.sha256)[1] is not None
    door.publishing.tick(NOW + HOUR + timedelta(days=door.settings.old_media_days, seconds=1))
    assert not door.library.blobs.has(first.sha256)
    assert seen.publishing.recording(first.sha256) == (second.sha256, None)
    change(door, NOW + HOUR, title="Late again")  # the bytes of before
    assert seen.publishing.recording(first.sha256)[1] is not None
    assert seen.publishing.recording(second.sha256)[1] is not None


def test_saving_without_a_change_makes_nothing(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    before = door.publishing.state(SLUG, NOW).file
    change(door)
    assert door.publishing.refresh(SLUG, NOW) is False
    assert door.publishing.state(SLUG, NOW).file == before


def test_what_changes_elsewhere_reaches_the_recording_once_it_rests(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    first = door.publishing.state(SLUG, NOW).file
    door.publishing.tick(NOW)
    door.publishing.save_show(replace(door.library.shows.get(), title="Leaning In, again"))
    times = [NOW + timedelta(seconds=31 * i) for i in range(1, 3)]
    door.publishing.tick(times[0])
    assert door.publishing.state(SLUG, NOW).file == first  # perhaps somebody is still at it
    door.publishing.tick(times[1])
    assert str(tag(door)["TALB"]) == "Leaning In, again"


def test_an_episode_that_was_published_without_a_tag_gets_one(door: Companion) -> None:
    door.library.episodes.publish(door.episode(SLUG).id, Publication.PUBLISHED, NOW)
    door.publishing.tick(NOW)
    assert str(tag(door)["TIT2"]) == "Late again"


def test_a_recording_that_is_lost_is_made_again(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    file = door.publishing.state(SLUG, NOW).file
    assert file is not None
    door.library.blobs.delete(file.sha256)
    assert door.publishing.refresh(SLUG, NOW) is True
    assert door.library.blobs.has(file.sha256)


def test_a_cover_that_nobody_has_any_more_is_deleted(door: Companion, tmp_path: Path) -> None:
    old = door.library.shows.get().cover_sha256
    assert old is not None
    new = door.publishing.put_cover(draft_library.cover(tmp_path / "new.jpg", (90, 20, 10)))
    door.publishing.save_show(replace(door.library.shows.get(), cover_sha256=new))
    assert not door.library.blobs.has(old)
    assert door.library.blobs.has(new)
    assert list(door.library.work_folder.iterdir()) == []


def test_a_discarded_episode_takes_its_recordings_along(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    file = door.publishing.state(SLUG, NOW).file
    assert file is not None
    door.discard(SLUG)
    assert not door.library.blobs.has(file.sha256)
    assert door.library.blobs.has(door.library.shows.get().cover_sha256 or "")


def test_a_published_episode_has_no_date_in_the_future(door: Companion) -> None:
    door.publishing.publish(SLUG, NOW)
    with pytest.raises(BadInputError, match="cannot be in the future"):
        change(door, published=NOW + HOUR)
