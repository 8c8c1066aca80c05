"""A new recognition of an episode: asked for here, done by the worker, kept as a new version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from companion.editing.applying import Work
from companion.editing.house import House, clean_words
from companion.errors import BadInputError, ConflictError, ModelError
from companion.library import Library
from companion.lines import JobState, Recognition
from companion.transcribe import find_model, known_models

UNDER_WAY = (JobState.WAITING, JobState.WORKING)


class Recognitions:
    """Asks for new recognitions of one library's episodes."""

    def __init__(self, library: Library, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._clock = clock
        self._house = House(library)

    def ask(
        self,
        slug: str,
        by: str,
        *,
        model: str = "auto",
        hotwords: Sequence[str] | None = None,
        speakers: int | None = None,
    ) -> Recognition:
        """Asks for a new recognition.

        Args:
            slug: of the episode.
            by: who asks.
            model: by name; `auto` takes the best on this machine.
            hotwords: words that the recogniser is told; None: the show's own.
            speakers: how many voices; None: as many as there are now.

        Raises:
            BadInputError: no such model here, or a number that cannot be.
            ConflictError: one is under way, or the episode is not ready.
        """
        self._check_model(model)
        most = self._library.settings.max_speakers
        if speakers is not None and not 1 <= speakers <= most:
            raise BadInputError(f"Between 1 and {most} voices can be told apart.")
        words = self._house.with_house_words(()) if hotwords is None else clean_words(hotwords)
        with self._library.database.write() as connection:
            work = Work(connection, self._library, self._library.episodes.get(slug), self._clock())
            newest = self._library.recognitions.newest(connection, work.episode.id)
            if newest is not None and newest.state in UNDER_WAY:
                raise ConflictError("A new recognition of this episode is under way. Wait for it, or stop it first.")
            job = Recognition(0, work.episode.id, JobState.WAITING, model, words, speakers, by, self._clock())
            return self._library.recognitions.add(connection, job)

    def newest(self, slug: str) -> Recognition | None:
        """The newest one of an episode."""
        episode = self._library.episodes.get(slug)
        with self._library.database.read() as connection:
            return self._library.recognitions.newest(connection, episode.id)

    def stop(self, slug: str) -> Recognition | None:
        """Stops the one that is under way; what it heard so far is kept for the next one of the same kind."""
        episode = self._library.episodes.get(slug)
        with self._library.database.write() as connection:
            newest = self._library.recognitions.newest(connection, episode.id)
            if newest is not None:
                self._library.recognitions.stopped(connection, newest.id)
            return self._library.recognitions.newest(connection, episode.id)

    def left_s(self, job: Recognition) -> float | None:
        """How long a job will still take; None where nobody can tell yet."""
        if job.state is not JobState.WORKING or job.begun is None or job.done <= 0:
            return None
        gone_s = (self._clock() - job.begun).total_seconds()
        return max(0.0, gone_s / job.done * (job.total - job.done))

    def models(self) -> tuple[str, ...]:
        """The recognisers that are on this machine, the bundled one first."""
        return tuple(m.name for m in known_models(self._library.settings.models_folder) if m.path is not None)

    def _check_model(self, model: str) -> None:
        names = {m.name for m in known_models(self._library.settings.models_folder)}
        if model != "auto" and model not in names:  # no path of a folder: this is asked for from afar
            raise BadInputError("There is no recogniser by that name. Choose one of the list.")
        try:
            find_model(model, self._library.settings.models_folder)
        except ModelError as error:
            raise BadInputError(error.sentence) from error
