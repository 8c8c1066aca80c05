"""How loud a finished file is, and whether that is what podcasts are asked to be."""

from __future__ import annotations

from pathlib import Path

from companion.audio.checks import check_source
from companion.audio.guard import Progress, Watch, request_for
from companion.audio.talk import Loudness, Task
from companion.config import Settings

CLOSE_LU = 1.0  # how far from the loudness that is asked for
HIGHEST_PEAK_DBTP = -1.0
PEAK_SLACK_DB = 0.05  # a meter rounds to a tenth


def measure(path: Path, settings: Settings, progress: Progress | None = None) -> Loudness:
    """How loud a file is, such as a copy for listeners.

    Args:
        path: a recording.
        settings: its limits.
        progress: see `Progress`.

    Raises:
        AudioError: it is no recording, or damaged beyond use.
        LimitError: a documented limit was reached; `setting` names it.
    """
    path = path.absolute()
    check_source(path, settings)
    found = Watch(request_for(Task.MEASURE, path, settings), path, path.parent, settings, progress).run()
    return Loudness(found.loudness_lufs, found.true_peak_dbtp)


def fault_of(loudness: Loudness, target_lufs: float) -> str:
    """What is wrong with a loudness, in a sentence; nothing where it is right.

    Args:
        loudness: as measured.
        target_lufs: what is asked for, within a LU; the true peak at most -1 dBTP.
    """
    if loudness.lufs is None or loudness.true_peak_dbtp is None:
        return "There is nothing but silence in the recording, or next to nothing. Hand in one in which people speak."
    if abs(loudness.lufs - target_lufs) > CLOSE_LU:
        return (
            f"It is {loudness.lufs:.1f} LUFS loud instead of {target_lufs:g}: too soft to be raised without noise, or "
            "too uneven. Make the recording louder or more even, and hand it in again."
        )
    if loudness.true_peak_dbtp > HIGHEST_PEAK_DBTP + PEAK_SLACK_DB:
        return (
            f"Its peaks reach {loudness.true_peak_dbtp:.1f} dBTP, and {HIGHEST_PEAK_DBTP:g} is the most. "
            "Soften its hardest sounds, and hand it in again."
        )
    return ""
