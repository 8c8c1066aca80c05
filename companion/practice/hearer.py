"""The thread that hears takes, beside the site; and sweeps away what has reached its time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from companion.errors import NotFoundError, SpaceError
from companion.practice import Practice

log = logging.getLogger(__name__)

POLL_S = 2.0  # takes that another process has put in are seen after so long
AFTER_TROUBLE_S = 15.0
SWEEP_EVERY = timedelta(hours=1)
STOPPING_S = 20.0  # longer than a take is heard
BROKEN: Final = (
    "Something went wrong while this take was heard. The recording is kept: try again, or write down what you said."
)


def _now() -> datetime:
    return datetime.now(UTC)


class Hearer:
    """Hears the takes that wait, one after the other, in the order in which they were made.

    What waits is in the library, so that nothing is lost by a kill: the next hearer finds it there. Nothing that was
    said, and no exception's text, gets into the log.
    """

    def __init__(self, practice: Practice, clock: Callable[[], datetime] = _now) -> None:
        self._practice = practice
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hearer", daemon=True)
        self._swept: datetime | None = None

    def start(self) -> Hearer:
        """Begins; once only."""
        self._thread.start()
        return self

    def wake(self) -> None:
        """There may be something to hear."""
        self._practice.waiting.set()

    def stop(self) -> None:
        """Ends after the take in hand."""
        self._stop.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(STOPPING_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._practice.waiting.wait(POLL_S)
                if self._practice.waiting.is_set() and not self._stop.is_set():
                    self._practice.waiting.clear()  # before looking: what comes now is not overlooked
                    self._practice.warm()
                self._hear_all()
                self._sweep()
            except Exception as error:  # whatever it is, the next take must be heard
                log.error("takes cannot be heard for now (%s)", type(error).__name__)
                self._stop.wait(AFTER_TROUBLE_S)

    def _hear_all(self) -> None:
        for space_id, take_id in self._practice.those_waiting():
            if self._stop.is_set():
                return
            try:
                self._practice.hear_waiting(space_id, take_id)
            except NotFoundError:  # erased meanwhile
                continue
            except SpaceError:
                raise  # it goes on waiting
            except Exception as error:
                log.error("a take could not be heard (%s)", type(error).__name__)
                self._give_up(space_id, take_id)

    def _give_up(self, space_id: str, take_id: str) -> None:
        try:
            self._practice.give_up(space_id, take_id, BROKEN)
        except NotFoundError:
            return

    def _sweep(self) -> None:
        now = self._clock()
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            self._practice.sweep(now)
            self._swept = now
