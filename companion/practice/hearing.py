"""From the bytes of a take to its words; nothing is stored and nothing is logged here."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from companion.audio import HeardSound, decode_private
from companion.config import Settings
from companion.errors import AudioError, LimitError
from companion.transcribe import Recogniser, plan_chunks, voice_activity
from companion.transcribe.voice import longest_chunk_s
from companion.types import SAMPLE_RATE_HZ, ChunkText, Span, TranscribeOptions, Word

SLACK_S = 5.0  # a recorder that is told to stop at the limit stops a little later
CPU_S = 60
WALL_S = 60.0

DAMAGED = (
    "The sound of this take cannot be read: it is damaged, or of a kind that is not known here. "
    "What arrived is kept; record it once more."
)
NOBODY = (
    "Nobody can be heard in this take. Look whether the right microphone is chosen and not muted, "
    "then record it once more."
)


class UnheardError(Exception):
    """A take cannot be heard; the text is a sentence for its owner."""


@dataclass(frozen=True, slots=True)
class HeardTake:
    """What was heard in a take; times are seconds from its start."""

    duration_s: float
    speech: tuple[Span, ...]  # voice activity
    texts: tuple[ChunkText, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in order."""
        return tuple(word for text in self.texts for word in text.words)


def decoded(sound: bytes, settings: Settings) -> HeardSound:
    """The sound of a take, in memory.

    Args:
        sound: the recording as it was sent.
        settings: of the library.

    Raises:
        UnheardError: it is no sound, or too long.
        SpaceError: no room.
    """
    most_s = settings.practice_max_s
    limits = settings.with_(max_duration_s=most_s + SLACK_S, decode_cpu_s=CPU_S, decode_wall_s=WALL_S, waveform_peaks=1)
    try:
        return decode_private(sound, "This take", limits)
    except LimitError as error:
        if error.setting == "max_duration_s":
            raise UnheardError(f"This take is longer than {most_s:g} seconds. Say it in less.") from None
        raise UnheardError(DAMAGED) from None
    except AudioError:
        raise UnheardError(DAMAGED) from None


class Ears:
    """One loaded recogniser for all takes; one take at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._recogniser: Recogniser | None = None

    def warm(self) -> None:
        """Loads the recogniser, so that the first take does not wait for it.

        Raises:
            ModelError: it cannot be had.
        """
        with self._lock:
            if self._recogniser is None:
                recogniser = self._loaded()
                # A first look at some sound loads the voice detector, too.
                voice_activity(HeardSound(np.zeros(SAMPLE_RATE_HZ, np.int16)), longest_chunk_s(recogniser.window_s))

    def hear(self, sound: bytes) -> HeardTake:
        """The words of a take.

        Args:
            sound: the recording as it was sent.

        Raises:
            UnheardError: it is no sound, too long, or nobody speaks in it.
            ModelError: the recogniser cannot be had.
            SpaceError: no room.
        """
        heard = decoded(sound, self._settings)
        with self._lock:
            recogniser = self._loaded()
            speech = voice_activity(heard, longest_chunk_s(recogniser.window_s))
            chunks = plan_chunks(speech, heard.duration_s, recogniser.window_s)
            texts = tuple(recogniser.recognise(c, heard.read(c.start_s, c.end_s)) for c in chunks)
        if not any(text.words for text in texts):
            raise UnheardError(NOBODY)
        return HeardTake(round(heard.duration_s, 3), speech, texts)

    def _loaded(self) -> Recogniser:
        if self._recogniser is None:
            options = TranscribeOptions(model=self._settings.model, cpu_threads=self._settings.cpu_threads)
            self._recogniser = Recogniser(options, self._settings.models_folder)
        return self._recogniser
