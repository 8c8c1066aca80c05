"""The durable side: DBOS workflows that go on where a killed process left off.

DBOS keeps which steps of a workflow are done in the library's jobs.db; what the steps made is kept by `EpisodeWork` in
library.db. Private text is in the second only.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from filelock import FileLock, Timeout

from companion.editing import Editing
from companion.errors import BusyError, CompanionError, StoppedError
from companion.fetching import Fetcher
from companion.library import Library
from companion.pipeline.again import Again
from companion.pipeline.bringing import bring, sweep
from companion.pipeline.work import EpisodeWork, Source
from companion.store import Run
from companion.transcribe import Recogniser, find_model
from companion.types import TranscribeOptions

QUEUE = "episodes"
WORKFLOW_VERSION = "2"  # raised when the order of steps changes: unfinished jobs of an older version start anew
QUEUE_POLL_S = 0.5
LAST_STEP_S = 5  # for a workflow whose episode is ready to say so to DBOS
TOUCH_EVERY_S = 2.0
MAX_RECOVERIES = 1000  # a job that was killed so often is given up

Made = TypeVar("Made")

log = logging.getLogger(__name__)


@DBOS.dbos_class()
class Pipeline(DBOSConfiguredInstance):
    """The workflow of an episode. DBOS allows one instance in a process; `Worker` says which library it works on."""

    def __init__(self) -> None:
        super().__init__("library")
        self.library: Library | None = None
        self.fetcher = Fetcher()
        self._recogniser: tuple[TranscribeOptions, Recogniser] | None = None

    @DBOS.workflow(max_recovery_attempts=MAX_RECOVERIES)
    def take_in(self, job_id: str, attempt: int) -> bool:
        """From a recording to moments; False where it could not be done or was stopped: then the episode says so."""
        run = (job_id, attempt)
        try:
            brought = self.bring(run)
            if brought is None:
                return False
            if brought:
                return self.decode(run) and self.understand_given(run) and self.publish(run, "")
            model = self.choose_model(run)
            if model is None or not self.decode(run):
                return False
            number = self.plan(run, model)
            for position, chunks in enumerate(number or ()):
                for index in range(chunks):
                    if not self.recognise(run, model, position, index, sum(number or ())):
                        return False
            return number is not None and self.understand(run, model) and self.publish(run, model)
        except Exception:
            self._fail(run, "Something went wrong in the companion itself; its log says what. Try again.")
            raise

    @DBOS.step()
    def bring(self, run: Run) -> bool | None:
        """Loads an episode of a feed; whether its words came along, and None where it could not be had."""
        return self._done(run, lambda work: bring(self._open, work.episode_id, self.fetcher, tell=work.report))

    @DBOS.step()
    def choose_model(self, run: Run) -> str | None:
        """The model for the whole job, so that a download in between does not mix two."""

        def choose(work: EpisodeWork) -> str:
            found = find_model(work.asked, self._open.settings.models_folder)
            return work.asked if Path(work.asked).is_dir() else found.name

        return self._done(run, choose)

    @DBOS.step()
    def decode(self, run: Run) -> bool:
        """Decodes the episode's recordings."""
        return self._done(run, _did(EpisodeWork.decode)) or False

    @DBOS.step()
    def plan(self, run: Run, model: str) -> list[int] | None:
        """The number of chunks of each recording."""

        def plan(work: EpisodeWork) -> list[int]:
            numbers = [work.plan(source, model) for source in work.sources]
            work.planned(model, sum(numbers))
            return numbers

        return self._done(run, plan)

    @DBOS.step()
    def recognise(self, run: Run, model: str, position: int, index: int, total: int) -> bool:
        """Recognises one chunk."""

        def recognise(work: EpisodeWork) -> None:
            source: Source = work.sources[position]
            work.recognise(source, model, index)
            work.report_recognised(model, total)

        return self._done(run, _did(recognise)) or False

    @DBOS.step()
    def understand(self, run: Run, model: str) -> bool:
        """Voices, turns, tags, moments, index."""
        return self._done(run, _did(lambda work: work.understand(model))) or False

    @DBOS.step()
    def understand_given(self, run: Run) -> bool:
        """Voices, turns, tags, moments, index, of a transcript that came along."""
        return self._done(run, _did(EpisodeWork.understand_given)) or False

    @DBOS.step()
    def publish(self, run: Run, model: str) -> bool:
        """The played copy; the episode is ready."""
        return self._done(run, _did(lambda work: work.publish(model))) or False

    @property
    def _open(self) -> Library:
        if self.library is None:
            raise RuntimeError("no worker is running in this process")
        return self.library

    def _done(self, run: Run, do: Callable[[EpisodeWork], Made]) -> Made | None:
        """What a stage makes; None where it cannot be done or a person has stopped it, and then the episode says so."""
        work: EpisodeWork | None = None
        try:
            work = EpisodeWork(self._open, run, self.load)
            return do(work)
        except StoppedError:
            log.info("job %s has stopped", run[0])
            if work is not None and not self._open.jobs.is_there(run[0]):
                work.clear()
        except CompanionError as error:
            self._fail(run, error.sentence if work is None else work.shown(error.sentence))
            if work is not None:
                work.clear()
        except Exception:
            if self._open.jobs.is_there(run[0]):
                raise
            log.info("job %s was taken out", run[0])  # and with it what this stage was reading
        return None

    def load(self, options: TranscribeOptions) -> Recogniser:
        """A loaded recogniser; the last one is kept."""
        if self._recogniser is None or self._recogniser[0] != options:
            self._recogniser = (options, Recogniser(options, self._open.settings.models_folder))
        return self._recogniser[1]

    def _fail(self, run: Run, sentence: str) -> None:
        log.warning("job %s: %s", run[0], sentence)
        self._open.jobs.failed(run, sentence)


def _did(do: Callable[[EpisodeWork], None]) -> Callable[[EpisodeWork], bool]:
    def done(work: EpisodeWork) -> bool:
        do(work)
        return True

    return done


_PIPELINE = Pipeline()
_AGAIN = Again()


class Worker:
    """The one process that works on a library. Use it in a `with`.

    Killing the process loses at most the chunk in hand: the next worker goes on there.
    """

    def __init__(self, library: Library, fetcher: Fetcher | None = None) -> None:
        """Takes a library.

        Args:
            library: to work on.
            fetcher: loads episodes of feeds; None: from the open web only.
        """
        self._library = library
        self._fetcher = fetcher or Fetcher()
        self._lock = FileLock(library.lock_file, timeout=0)
        self._submitted: set[Run] = set()
        self._touched_s = 0.0
        self._heard_again: set[int] = set()
        self._editing = Editing(library)

    def __enter__(self) -> Worker:
        """Takes the library and picks up what an earlier worker left.

        Raises:
            BusyError: another process works on it.
        """
        try:
            self._lock.acquire()
        except Timeout as error:
            raise BusyError(
                "Another companion works on this library and will take new episodes too. Wait for it, or stop it."
            ) from error
        DBOS(
            config={
                "name": "companion",
                "system_database_url": f"sqlite:///{self._library.jobs_file}",
                "application_version": WORKFLOW_VERSION,
                "executor_id": "local",
                "log_level": "ERROR",
            }
        )
        _PIPELINE.library, _PIPELINE.fetcher = self._library, self._fetcher
        sweep(self._library)
        _AGAIN.library, _AGAIN.load = self._library, _PIPELINE.load
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=QUEUE_POLL_S)
        self.submit()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=LAST_STEP_S)
        _PIPELINE.library = _AGAIN.library = None
        self._lock.release()

    def submit(self) -> None:
        """Queues the jobs that nobody works on yet; queueing one twice does nothing. Call it again and again."""
        if time.monotonic() - self._touched_s > TOUCH_EVERY_S:
            self._touched_s = time.monotonic()
            with contextlib.suppress(OSError):
                os.utime(self._library.lock_file)  # the desk sees by it that somebody works
        for run in self._library.jobs.unfinished():
            if run not in self._submitted:
                with SetWorkflowID(f"job-{run[0]}-{run[1]}"):
                    DBOS.enqueue_workflow(QUEUE, _PIPELINE.take_in, *run)
                self._submitted.add(run)
        for job_id in self._library.recognitions.unfinished():
            if job_id not in self._heard_again:
                with SetWorkflowID(f"again-{job_id}"):
                    DBOS.enqueue_workflow(QUEUE, _AGAIN.hear_again, job_id)
                self._heard_again.add(job_id)
        try:
            self._editing.settle_due()
        except CompanionError as error:  # taken out meanwhile, or the library is busy: the next time
            log.info("not settled: %s", error.sentence)

    def idle(self) -> bool:
        """Whether no episode waits or is in work, and none is heard anew."""
        return not self._library.jobs.unfinished() and not self._library.recognitions.unfinished()
