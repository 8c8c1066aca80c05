"""Recording in a terminal: a bar that moves with the voice, the time that is left, Enter or Ctrl-C to end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from rich.progress import BarColumn, Progress, TextColumn

from companion.cli.shared import console
from companion.errors import BadInputError, MicrophoneError
from companion.microphone import Recorded, record, silence_help

LOOK_S = 0.1  # between two looks at the keyboard
MUTED = "Nothing but silence comes from the microphone; is it muted?"


def recorded(max_s: float, device: str | None) -> Recorded:
    """Records a reply, and says what was noticed.

    Args:
        max_s: longest reply, in seconds.
        device: the microphone's number or name; None: the system's own choice.

    Raises:
        MicrophoneError: nothing can be recorded, or only silence came.
        BadInputError: it was ended before a sound came.
        NotFoundError: no microphone of that name.
    """
    stop = threading.Event()
    with _Bar(max_s) as bar, ended_by_person(stop):
        taken = record(max_s, device=device, stop=stop, level=bar.show, zeros=bar.zeros)
    if not taken.sound.size:
        raise BadInputError("It was ended before anything was recorded. Try again, and speak once the bar moves.")
    if taken.silent:
        raise MicrophoneError(silence_help(), "silent")
    if taken.unplugged:
        console.print("The microphone went away. What came until then is kept.")
    elif taken.gaps:
        console.print(
            f"About {1 - taken.arrived:.0%} of the recording did not arrive; this computer was too busy. Listen to it, "
            "and record it again if words are missing.",
            highlight=False,
        )
    return taken


@contextlib.contextmanager
def ended_by_person(stop: threading.Event) -> Iterator[None]:
    """Sets `stop` at Enter or Ctrl-C, so that the end of what was said is not cut off; a second Ctrl-C breaks off."""
    over = threading.Event()

    def interrupted(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, interrupted)
    watcher = threading.Thread(target=_watch_keyboard, args=(stop, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)


def _watch_keyboard(stop: threading.Event, over: threading.Event) -> None:
    while not over.is_set():
        try:
            typed = _typed(LOOK_S)
        except (OSError, ValueError):  # there is no standard input
            return
        if typed == b"":  # closed: Ctrl-C and the clock are left
            return
        if typed is not None and (b"\n" in typed or b"\r" in typed):
            stop.set()
            return


if sys.platform == "win32":

    def _typed(wait_s: float) -> bytes | None:
        """What was typed; None: nothing so far; empty: nothing can come any more."""
        import msvcrt
        import time

        if not sys.stdin.isatty():
            return b""
        if msvcrt.kbhit():
            return msvcrt.getwch().encode()
        time.sleep(wait_s)
        return None

else:

    def _typed(wait_s: float) -> bytes | None:
        """What was typed; None: nothing so far; empty: nothing can come any more."""
        import select

        # Not through sys.stdin: what it reads ahead would be missing in the next question.
        handle = sys.stdin.fileno()
        ready, _, _ = select.select([handle], [], [], wait_s)
        return os.read(handle, 1024) if ready else None


class _Bar:
    """How loud it is and how much time is left; two plain lines where there is no terminal."""

    def __init__(self, max_s: float) -> None:
        self._max_s = max_s
        self._begun = False
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=32, complete_style="cyan", finished_style="cyan"),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Waking the microphone", total=1.0, left="")

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, loud: float, elapsed_s: float) -> None:
        """Draws it."""
        if not self._begun:
            self._begun = True
            console.print("Speak now. Enter or Ctrl-C ends it.")
        left_s = max(0, round(self._max_s - elapsed_s))
        left = f"{left_s // 60}:{left_s % 60:02d} left"
        self._bar.update(self._task, description="Recording", completed=loud, left=left)

    def zeros(self, silent: bool) -> None:
        """Says that nothing comes, and when something comes again."""
        console.print(MUTED if silent else "Now there is sound.")
