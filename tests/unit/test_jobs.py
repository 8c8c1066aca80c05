"""Jobs: stopped, taken up again, tried again; their parameters stay with them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from companion.desk import Desk
from companion.errors import ConflictError, ModelError, NotFoundError
from companion.handing import JobState, Pace, Parameters, left_s
from companion.library import Library
from companion.types import EpisodeState, Progress, Role, Voice
from tests.old_library import put_back
from tests.unit.test_store import new_episode

SLUG = "four-minutes"
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def desk(library: Library) -> Desk:
    library.episodes.add(new_episode())
    return Desk(library)


def in_work(desk: Desk) -> tuple[str, int]:
    """The run of the episode, after a worker has begun with it."""
    library = desk.library
    library.episodes.progress(library.episodes.get(SLUG).id, Progress("recognise", 1, 4, "chunks"))
    return library.jobs.unfinished()[0]


def test_what_waits_stops_at_once_and_goes_on(desk: Desk) -> None:
    assert desk.job(SLUG).state is JobState.WAITING
    assert desk.stop(SLUG).state is JobState.STOPPED
    assert desk.library.jobs.unfinished() == ()
    assert desk.resume(SLUG).state is JobState.WAITING
    assert desk.library.jobs.unfinished()[0][1] == 2


def test_what_is_in_work_stops_when_its_worker_looks(desk: Desk) -> None:
    run = in_work(desk)
    assert desk.library.jobs.goes_on(run)
    assert desk.stop(SLUG).state is JobState.STOPPING
    assert not desk.library.jobs.goes_on(run)
    assert desk.job(SLUG).state is JobState.STOPPED
    assert desk.job(SLUG).progress == Progress("recognise", 1, 4, "chunks")  # what is done stays done


def test_a_stop_that_is_taken_back_in_time_changes_nothing(desk: Desk) -> None:
    run = in_work(desk)
    desk.stop(SLUG)
    assert desk.resume(SLUG).state is JobState.WORKING
    assert desk.library.jobs.goes_on(run)


def test_the_run_before_never_goes_on_beside_the_new_one(desk: Desk) -> None:
    run = in_work(desk)
    desk.stop(SLUG)
    assert not desk.library.jobs.goes_on(run)
    desk.resume(SLUG)
    assert not desk.library.jobs.goes_on(run)
    desk.library.jobs.failed(run, "Too late.")
    assert desk.job(SLUG).state is JobState.WAITING


def test_parameters_stay_with_the_job(desk: Desk) -> None:
    before = desk.job(SLUG).parameters
    assert before == Parameters("bundled", 3, ("Ana",), (Voice("Ana", "Ana", Role.PARTNER, True),))
    run = in_work(desk)
    with desk.library.database.write() as connection:  # as understanding does, before a later stage fails
        desk.library.episodes.put_voices(connection, 1, [Voice("Voice 1", "Voice 1", Role.UNKNOWN, False)])
    desk.library.jobs.failed(run, "No room.")
    assert (desk.job(SLUG).state, desk.job(SLUG).error) == (JobState.FAILED, "No room.")
    again = desk.retry(SLUG)
    assert (again.state, again.parameters, again.error) == (JobState.WAITING, before, None)


def test_a_host_can_try_it_another_way(desk: Desk) -> None:
    desk.library.jobs.failed(in_work(desk), "No speech.")
    again = desk.retry(SLUG, Parameters("auto", None, (" Ana  Weber ", "Ana Weber", "")))
    assert again.parameters.speakers is None
    assert again.parameters.hotwords == ("Ana Weber",)
    assert again.parameters.voices[0].name == "Ana"
    assert desk.library.episodes.take_in(1).model == "auto"
    with pytest.raises(ModelError):
        desk.retry(SLUG, Parameters("no-such-model"))


def test_what_makes_no_sense_is_refused_with_a_sentence(desk: Desk) -> None:
    desk.library.episodes.ready(1)
    with pytest.raises(ConflictError, match="not stopped"):
        desk.resume(SLUG)
    with pytest.raises(ConflictError, match="nothing to stop"):
        desk.stop(SLUG)
    with pytest.raises(ConflictError, match="is ready"):
        desk.retry(SLUG)
    with pytest.raises(NotFoundError):
        desk.stop("nobody")


def test_an_episode_that_is_taken_out_is_nobodys_business(desk: Desk) -> None:
    run = in_work(desk)
    desk.remove(SLUG)
    assert desk.library.jobs.episode_id(run) is None
    assert not desk.library.jobs.goes_on(run)
    episode, _ = desk.library.episodes.add(new_episode("b" * 64))  # it may get the number of the old one
    assert desk.library.jobs.unfinished()[0][0] != run[0]
    assert episode.state is EpisodeState.WAITING


def test_the_time_that_is_left_is_measured(desk: Desk) -> None:
    job_id, _ = in_work(desk)
    assert desk.job(SLUG).left_s is None
    desk.library.jobs.left(job_id, 100.0)
    assert desk.job(SLUG).left_s is None  # nothing was measured yet
    desk.library.jobs.measured(job_id, 20.0, 5.0, 80.0)
    desk.library.jobs.measured(job_id, 20.0, 7.0, 60.0)
    assert desk.job(SLUG).left_s == pytest.approx(60.0 * 12 / 40)


def test_before_anything_is_measured_an_earlier_job_tells() -> None:
    recognising = Progress("recognise", 0, 4, "chunks")
    assert left_s(Pace(0.0, 0.0, 100.0), recognising, 0.5) == 50.0
    assert left_s(Pace(0.0, 0.0, 100.0), recognising, None) is None
    assert left_s(Pace(1.0, 4.0, 100.0), recognising, 0.5) == 25.0
    assert left_s(Pace(1.0, 4.0, 100.0), Progress("decode", 1, 2, "s"), 0.5) is None


def test_what_an_older_library_was_asked_moves_to_the_jobs(desk: Desk) -> None:
    before, settings = desk.job(SLUG).parameters, desk.library.settings
    desk.library.close()
    put_back(desk.library.database.path, "0008")
    again = Library.open(settings)
    assert Desk(again).job(SLUG).parameters == before
    assert len(again.jobs.unfinished()) == 1
    again.close()
