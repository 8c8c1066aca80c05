"""The decoding child: `python -m companion.audio.child`, a request on stdin, JSON lines on stdout.

It puts itself under limits before FFmpeg is even loaded, reads one file, and writes one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import sys
import time
from pathlib import Path

from companion.audio.talk import NO_MEMORY_EXIT, Refusal, Request, Why

try:
    import resource
except ImportError:  # Windows: the guard's clocks still hold there
    resource = None  # type: ignore[assignment]

TELL_EVERY_S = 0.25
MOST_OPEN_FILES = 32
CPU_GRACE_S = 2  # between the signal that can be caught and the one that cannot


def limit(request: Request) -> None:
    """Puts this process under the request's limits, as far as the system has them."""
    if resource is None:
        return
    wanted = {
        "RLIMIT_AS": (request.memory_bytes, request.memory_bytes),
        "RLIMIT_CPU": (request.cpu_s, request.cpu_s + CPU_GRACE_S),
        "RLIMIT_FSIZE": (request.file_bytes, request.file_bytes),
        "RLIMIT_NOFILE": (MOST_OPEN_FILES, MOST_OPEN_FILES),
        "RLIMIT_CORE": (0, 0),  # a core dump would hold somebody's conversation
    }
    for name, (soft, hard) in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        # macOS knows RLIMIT_AS and refuses it.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def say(**event: object) -> None:
    """Writes one line to the guard."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Teller:
    """Tells the guard how far it is, not more often than is useful."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, kind: str, done_s: float, announced_s: float | None) -> None:
        """Says `kind` if the last line is long enough ago."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + TELL_EVERY_S
            say(event=kind, done_s=done_s, announced_s=announced_s)


def work(request: Request) -> None:
    """Does the task and says what came of it."""
    try:
        # Only here: loading FFmpeg already counts against the limits.
        from companion.audio.work import do

        done = do(request, Teller())
    except Refusal as refusal:
        say(event="refused", why=refusal.why, detail=refusal.detail)
    except BrokenPipeError:
        raise
    except MemoryError:
        say(event="refused", why=Why.MEMORY, detail="")
    except ImportError as error:
        # Where memory runs out while a library is loaded, the loader can only say that it could not map it.
        no_memory = any(words in str(error) for words in ("failed to map", "allocate memory"))
        say(event="refused", why=Why.MEMORY if no_memory else Why.CRASH, detail="a library cannot be loaded")
    except OSError as error:
        no_room = error.errno in (errno.ENOSPC, errno.EDQUOT)
        no_memory = error.errno == errno.ENOMEM
        why = Why.NO_ROOM if no_room else Why.MEMORY if no_memory else Why.CRASH
        say(event="refused", why=why, detail=error.strerror or "")
    except Exception as error:  # whatever a hostile file provokes ends here, not in a traceback
        say(event="refused", why=Why.CRASH, detail=type(error).__name__)
    else:
        say(event="done", **done)


def main() -> None:
    """Reads the request, works, leaves."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    request = Request.from_json(sys.stdin.read())
    limit(request)
    try:
        work(request)
    except BrokenPipeError:
        # The guard is gone, so nobody else will tidy up.
        if request.out is not None:
            Path(request.out).unlink(missing_ok=True)
        os._exit(1)
    except MemoryError:
        os._exit(NO_MEMORY_EXIT)


if __name__ == "__main__":
    main()
