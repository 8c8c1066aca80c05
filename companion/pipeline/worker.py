"""The durable side: DBOS workflows that go on where a killed process left off.

DBOS keeps which steps of a workflow are done in the library's jobs.db; what the steps made is kept by `EpisodeWork` in
library.db. Private text is in the second only.
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import TracebackType

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from filelock import FileLock, Timeout

from companion.editing import Editing
from companion.errors import BusyError, CompanionError
from companion.library import Library
from companion.pipeline.again import Again
from companion.pipeline.work import EpisodeWork, Source
from companion.transcribe import Recogniser, find_model
from companion.types import TranscribeOptions

QUEUE = "episodes"
WORKFLOW_VERSION = "1"  # raised when the order of steps changes: unfinished jobs of an older version start anew
QUEUE_POLL_S = 0.5
LAST_STEP_S = 5  # for a workflow whose episode is ready to say so to DBOS
MAX_RECOVERIES = 1000  # a job that was killed so often is given up

log = logging.getLogger(__name__)


@DBOS.dbos_class()
class Pipeline(DBOSConfiguredInstance):
    """The workflow of an episode. DBOS allows one instance in a process; `Worker` says which library it works on."""

    def __init__(self) -> None:
        super().__init__("library")
        self.library: Library | None = None
        self._recogniser: tuple[TranscribeOptions, Recogniser] | None = None

    @DBOS.workflow(max_recovery_attempts=MAX_RECOVERIES)
    def take_in(self, episode_id: int) -> bool:
        """From a recording to moments; False where it could not be done, and then the episode says why."""
        try:
            model = self.choose_model(episode_id)
            if model is None or not self.decode(episode_id):
                return False
            number = self.plan(episode_id, model)
            for position, chunks in enumerate(number or ()):
                for index in range(chunks):
                    if not self.recognise(episode_id, model, position, index, sum(number or ())):
                        return False
            return number is not None and self.understand(episode_id, model) and self.publish(episode_id, model)
        except Exception:
            self._fail(episode_id, "Something went wrong in the companion itself; its log says what. Try again.")
            raise

    @DBOS.step()
    def choose_model(self, episode_id: int) -> str | None:
        """The model for the whole job, so that a download in between does not mix two."""
        asked = self._open.episodes.take_in(episode_id).episode.model or "auto"
        try:
            found = find_model(asked, self._open.settings.models_folder)
        except CompanionError as error:
            self._fail(episode_id, error.sentence)
            return None
        return asked if Path(asked).is_dir() else found.name

    @DBOS.step()
    def decode(self, episode_id: int) -> bool:
        """Decodes the episode's recordings."""
        try:
            self._work(episode_id).decode()
        except CompanionError as error:
            return self._fail(episode_id, error.sentence)
        return True

    @DBOS.step()
    def plan(self, episode_id: int, model: str) -> list[int] | None:
        """The number of chunks of each recording."""
        work = self._work(episode_id)
        try:
            return [work.plan(source, model) for source in work.sources]
        except CompanionError as error:
            self._fail(episode_id, error.sentence)
            return None

    @DBOS.step()
    def recognise(self, episode_id: int, model: str, position: int, index: int, total: int) -> bool:
        """Recognises one chunk."""
        work = self._work(episode_id)
        try:
            source: Source = work.sources[position]
            work.recognise(source, model, index)
            work.report_recognised(index + 1, total)
        except CompanionError as error:
            return self._fail(episode_id, error.sentence)
        return True

    @DBOS.step()
    def understand(self, episode_id: int, model: str) -> bool:
        """Voices, turns, tags, moments, index."""
        try:
            self._work(episode_id).understand(model)
        except CompanionError as error:
            return self._fail(episode_id, error.sentence)
        return True

    @DBOS.step()
    def publish(self, episode_id: int, model: str) -> bool:
        """The played copy; the episode is ready."""
        work = self._work(episode_id)
        try:
            work.publish(model)
        except CompanionError as error:
            return self._fail(episode_id, error.sentence)
        return True

    @property
    def _open(self) -> Library:
        if self.library is None:
            raise RuntimeError("no worker is running in this process")
        return self.library

    def _work(self, episode_id: int) -> EpisodeWork:
        return EpisodeWork(self._open, episode_id, self.load)

    def load(self, options: TranscribeOptions) -> Recogniser:
        """A loaded recogniser; the last one is kept."""
        if self._recogniser is None or self._recogniser[0] != options:
            self._recogniser = (options, Recogniser(options, self._open.settings.models_folder))
        return self._recogniser[1]

    def _fail(self, episode_id: int, sentence: str) -> bool:
        log.warning("episode %d: %s", episode_id, sentence)
        self._open.episodes.failed(episode_id, sentence)
        self._work(episode_id).clear()
        return False


_PIPELINE = Pipeline()
_AGAIN = Again()


class Worker:
    """The one process that works on a library. Use it in a `with`.

    Killing the process loses at most the chunk in hand: the next worker goes on there.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = FileLock(library.lock_file, timeout=0)
        self._submitted: set[tuple[int, int]] = set()
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
        _PIPELINE.library = self._library
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
        """Queues the episodes that nobody works on yet; queueing one twice does nothing."""
        for episode_id, attempt in self._library.episodes.unfinished():
            if (episode_id, attempt) not in self._submitted:
                with SetWorkflowID(f"episode-{episode_id}-{attempt}"):
                    DBOS.enqueue_workflow(QUEUE, _PIPELINE.take_in, episode_id)
                self._submitted.add((episode_id, attempt))
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
        """Whether every episode is ready or failed, and none is heard anew."""
        return not self._library.episodes.unfinished() and not self._library.recognitions.unfinished()
