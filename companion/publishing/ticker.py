"""What looks at the clock beside the worker: brings out what is due, also after a time in which nothing ran."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from companion.publishing.desk import Publishing

EVERY_S = 1.0
LEFT_BEHIND = ("tagged-*", "cover-*", "sent-*")  # in the work folder, by a process that was killed
LEFT_BEHIND_S = 3600.0

log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Ticker:
    """A thread that calls `Publishing.tick`; where it fails it says so and goes on. Use it in a `with`."""

    def __init__(self, publishing: Publishing, clock: Callable[[], datetime] = _now, every_s: float = EVERY_S) -> None:
        """Does nothing yet.

        Args:
            publishing: of a library that a host sees.
            clock: says what time it is.
            every_s: how often it looks.
        """
        self._publishing = publishing
        self._clock = clock
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def __enter__(self) -> Self:
        """Begins."""
        self._tidy()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends, after what is in hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._publishing.tick(self._clock())
            except Exception:  # a full disk, a locked database: the next look may go better
                log.exception("the ticker failed; it tries again")
            self._stop.wait(self._every_s)

    def _tidy(self) -> None:
        for pattern in LEFT_BEHIND:
            for path in self._publishing.library.work_folder.glob(pattern):
                if time.time() - path.stat().st_mtime > LEFT_BEHIND_S:
                    path.unlink(missing_ok=True)
