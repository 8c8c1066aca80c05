"""Plays are counted, listeners are not watched: totals by day, episode and moment, and nothing of who it was.

What tells two plays of one day apart is a hash under a salt that is drawn anew each day and forgotten with all hashes
at midnight (UTC: one midnight for every process, and none of them twice or not at all). Nothing else about a listener
is ever written down. Plays are gathered in memory and written by a thread of their own, so that neither a page nor a
recording waits for them.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from companion.counting.deciding import Listener, is_machine, needed_bytes, rough, tells_itself, who
from companion.library import Library
from companion.store import EpisodePlays, MomentPlays, PlayOf, Target

__all__ = ["RECENT_DAYS", "Counting", "EpisodePlays", "Listener", "MomentPlays", "Plays"]

log = logging.getLogger(__name__)

RECENT_DAYS: Final = 30
FLUSH_S = 3.0
IDLE_S = 60.0  # how late after midnight a server that nobody visits forgets
MOST_WAITING = 10_000  # plays in memory; beyond that, while the database does not answer, they are lost
MOST_FETCHES = 50_000  # downloads in pieces, in memory
_WORD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Plays:
    """What a host sees."""

    episodes: tuple[EpisodePlays, ...]  # the most played of the last days first
    days: tuple[tuple[date, int], ...]  # the last days, each with all plays of it, the oldest first


class Counting:
    """Counts plays of one library."""

    def __init__(self, library: Library, clock: Callable[[], datetime] | None = None) -> None:
        """Counts nothing yet, and starts no thread before something is to be counted.

        Args:
            library: an open library; what its audience may not see is not counted.
            clock: the time, aware; the machine's own where None.
        """
        self._library = library
        self._rows = library.plays
        self._clock = clock or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[tuple[date, Listener, Target]] = []
        self._fetches: OrderedDict[bytes, int] = OrderedDict()
        self._own_salt = b""  # of this process and day, for downloads that come in pieces; never written down
        self._own_day: date | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closed = False

    # ---- what happens

    def heard(self, listener: Listener, *, episode_slug: str = "", moment_id: str = "") -> None:
        """Somebody on the site has heard some seconds of an episode or a moment. Returns at once.

        Args:
            listener: who; forgotten within seconds.
            episode_slug: of the episode that is heard as a whole.
            moment_id: of the moment that is heard.
        """
        if not is_machine(listener.agent):
            self._take(listener, Target(slug=episode_slug, moment_id=moment_id))

    def fetched(self, listener: Listener, sha256: str, sent_bytes: int, total_bytes: int, site: str = "") -> None:
        """A program that is not our page has fetched a part of a recording: an app for podcasts. Returns at once.

        A download counts once a minute of sound was sent, in however many parts.

        Args:
            listener: who; forgotten within seconds.
            sha256: of the recording that is played.
            sent_bytes: of this part.
            total_bytes: of the whole recording.
            site: what the browser said in Sec-Fetch-Site; empty where it said nothing.
        """
        if is_machine(listener.agent) or tells_itself(site, listener.agent):
            return
        needed = needed_bytes(total_bytes, self._library.settings.playback_kbps)
        today = self._clock().date()
        with self._lock:
            if today != self._own_day:  # what is in memory is forgotten at midnight, too
                self._own_day, self._own_salt = today, secrets.token_bytes(_WORD_BYTES)
                self._fetches.clear()
            key = who(self._own_salt, rough(listener), 0, sha256)
            before = self._fetches.pop(key, 0)
            self._fetches[key] = min(needed, before + sent_bytes)
            while len(self._fetches) > MOST_FETCHES:
                self._fetches.popitem(last=False)
        if before < needed <= before + sent_bytes:
            self._take(listener, Target(sha256=sha256))

    # ---- what is kept

    def flush(self) -> None:
        """Writes what was gathered, and forgets the salts and hashes of days that are over."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, []
            try:
                if taken:
                    self._rows.add([(day, PlayOf(target, _hasher(listener))) for day, listener, target in taken])
            except Exception:
                with self._lock:
                    self._waiting = (taken + self._waiting)[:MOST_WAITING]
                raise
            if self._rows.forget(self._clock().date()):
                self._library.database.tidy()  # what was erased is not in the journal either

    def begin(self) -> None:
        """Forgets what a server that was stopped over midnight could not, and stays awake for the next one."""
        self.flush()
        if self._rows.any_hashes():
            self._start()

    def close(self) -> None:
        """Writes what was gathered and ends the thread."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=FLUSH_S)
        if self._waiting:
            self._flush_or_say()

    # ---- what a host sees

    def plays(self) -> Plays:
        """All totals; what was not written yet is written first."""
        self.flush()
        today = self._clock().date()
        first = today - timedelta(days=RECENT_DAYS - 1)
        by_day = self._rows.by_day(first)
        days = [first + timedelta(days=n) for n in range(RECENT_DAYS)]
        return Plays(self._rows.by_episode(first), tuple((day, by_day.get(day, 0)) for day in days))

    # ---- inside

    def _take(self, listener: Listener, target: Target) -> None:
        with self._lock:
            if len(self._waiting) < MOST_WAITING and not self._closed:
                self._waiting.append((self._clock().date(), rough(listener), target))
        self._start()

    def _start(self) -> None:
        if self._closed or (self._thread is not None and self._thread.is_alive()):
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # a server that forked has no thread either
                self._thread = threading.Thread(target=self._run, name="counting", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        day = self._clock().date()
        waited_s = 0.0
        while not self._closed:
            self._wake.wait(FLUSH_S)
            waited_s += FLUSH_S
            if self._waiting or self._clock().date() != day or waited_s >= IDLE_S:
                self._flush_or_say()
                day, waited_s = self._clock().date(), 0.0

    def _flush_or_say(self) -> None:
        try:
            self.flush()
        except Exception as error:  # counting never stops a site; nothing of a listener goes into the log
            log.warning("plays could not be written (%s); trying again", type(error).__name__)


def _hasher(listener: Listener) -> Callable[[bytes, int, str], bytes]:
    return lambda salt, episode_id, moment_id: who(salt, listener, episode_id, moment_id)
