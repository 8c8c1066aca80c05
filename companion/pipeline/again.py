"""An episode that is ready is recognised anew: another version comes of it, and nothing that is there changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from dbos import DBOS, DBOSConfiguredInstance

from companion.audio import Pcm
from companion.editing import Editing
from companion.errors import CompanionError
from companion.library import Library
from companion.lines import JobState, Recognition, Source, Version
from companion.pipeline.hearing import HeardTrack, NoSpeechError, tell_voices
from companion.pipeline.work import EpisodeWork
from companion.pipeline.work import Source as Recording
from companion.transcribe import Recogniser, find_model
from companion.types import Progress, TranscribeOptions

MAX_RECOVERIES = 1000  # a job that was killed so often is given up

log = logging.getLogger(__name__)
Load = Callable[[TranscribeOptions], Recogniser]
T = TypeVar("T")


class GivenUpError(Exception):
    """Somebody has stopped a new recognition, or taken its episode out."""


class AgainWork(EpisodeWork):
    """The stages up to the voices, with a job's own parameters. Each may be called again after a crash."""

    def __init__(self, library: Library, job_id: int, load: Load) -> None:
        """Looks the job up.

        Args:
            library: where it is and where results go.
            job_id: of the new recognition.
            load: gives a loaded recogniser.

        Raises:
            GivenUpError: somebody has stopped it, or taken the episode out.
        """
        job = library.recognitions.get(job_id)
        if job is None or job.state not in (JobState.WAITING, JobState.WORKING):
            raise GivenUpError
        self.job: Recognition = job
        self._library, self._settings, self._load = library, library.settings, load
        take = library.episodes.take_in(job.episode_id)
        now = library.episodes.voices(job.episode_id)  # as people have named them, not as they were handed in
        named = job.speakers is None or job.speakers == len(now)
        voices = now if named else ()  # else nobody knows whose name is whose
        self._take = replace(take, hotwords=job.hotwords, speakers=job.speakers, voices=voices)

    def recognise(self, source: Recording, model: str, index: int) -> None:
        """Recognises one chunk; nothing where it is done already."""
        self._heard(source, model, index)

    def report_share(self, done: int, total: int) -> None:
        """Says how many chunks are done, of all recordings together."""
        self.report(Progress("recognise", done, total, "chunks"))

    def keep(self, model: str) -> None:
        """Who says which words, kept as a new version."""
        self.report(Progress("voices", 0, 0, "s"))
        sounds = [Pcm(self._decoded(source)) for source in self.sources]
        heard = [
            HeardTrack(s.speaker, sound, self._library.stages.chunk_texts(self._transcript_key(s, model)))
            for s, sound in zip(self.sources, sounds, strict=True)
        ]
        if not any(text.words for track in heard for text in track.texts):
            raise NoSpeechError(f"“{self._take.episode.title}”")
        segments, voices = tell_voices(heard, self._take.speakers, self._take.voices)
        for sound in sounds:
            sound.close()
        options = asdict(self._options(model)) | {
            "model": self._recogniser(model).model.name,
            "hotwords": list(self.job.hotwords),
            "speakers": self.job.speakers,
        }
        version = Version(0, datetime.now(UTC), self.job.by, Source.RECOGNITION, options)
        editing = Editing(self._library)
        with self._library.database.write() as connection:
            number = editing.versions.add(connection, self._take.episode.slug, segments, voices, version)
            if not self._library.recognitions.done(connection, self.job.id, number):
                raise GivenUpError  # and takes the version back with it
        self.clear()

    def report(self, progress: Progress) -> None:
        """Says how far it is."""
        self._library.recognitions.progress(self.job.id, progress, datetime.now(UTC))


@DBOS.dbos_class()
class Again(DBOSConfiguredInstance):
    """The workflow of a new recognition. `Worker` says which library it works on."""

    def __init__(self) -> None:
        super().__init__("again")
        self.library: Library | None = None
        self.load: Load | None = None

    @DBOS.workflow(max_recovery_attempts=MAX_RECOVERIES)
    def hear_again(self, job_id: int) -> bool:
        """From a recording to a new version; False where it could not be done or was stopped."""
        try:
            model = self.choose_again(job_id)
            number = self.plan_again(job_id, model) if model is not None else None
            if model is None or number is None:
                return False
            before = 0
            for position, chunks in enumerate(number):
                for index in range(chunks):
                    if not self.recognise_again(job_id, model, position, index, before + index + 1, sum(number)):
                        return False
                before += chunks
            return self.keep_again(job_id, model)
        except Exception:
            self._open.recognitions.failed(
                job_id, "Something went wrong in the companion itself; its log says what. Try again."
            )
            raise

    @DBOS.step()
    def choose_again(self, job_id: int) -> str | None:
        """The model for the whole job."""

        def choose(work: AgainWork) -> str:
            found = find_model(work.job.model, self._open.settings.models_folder)
            return work.job.model if Path(work.job.model).is_dir() else found.name

        return self._try(job_id, choose)

    @DBOS.step()
    def plan_again(self, job_id: int, model: str) -> list[int] | None:
        """The number of chunks of each recording."""

        def plan(work: AgainWork) -> list[int]:
            work.decode()
            numbers = [work.plan(source, model) for source in work.sources]
            work.report_share(0, sum(numbers))
            return numbers

        return self._try(job_id, plan)

    @DBOS.step()
    def recognise_again(self, job_id: int, model: str, position: int, index: int, done: int, total: int) -> bool:
        """Recognises one chunk."""

        def recognise(work: AgainWork) -> bool:
            work.recognise(work.sources[position], model, index)
            work.report_share(done, total)
            return True

        return self._try(job_id, recognise) or False

    @DBOS.step()
    def keep_again(self, job_id: int, model: str) -> bool:
        """The new version."""

        def keep(work: AgainWork) -> bool:
            work.keep(model)
            return True

        return self._try(job_id, keep) or False

    @property
    def _open(self) -> Library:
        if self.library is None or self.load is None:
            raise RuntimeError("no worker is running in this process")
        return self.library

    def _try(self, job_id: int, do: Callable[[AgainWork], T]) -> T | None:
        """What a stage makes; None where it cannot be done or was stopped, and then the job says so."""
        work: AgainWork | None = None
        try:
            library = self._open
            assert self.load is not None  # noqa: S101 - `_open` has looked
            work = AgainWork(library, job_id, self.load)
            return do(work)
        except GivenUpError:
            log.info("new recognition %d was stopped", job_id)
        except CompanionError as error:
            log.warning("new recognition %d: %s", job_id, error.sentence)
            self._open.recognitions.failed(job_id, error.sentence)
        if work is not None:
            work.clear()
        return None
