"""The parent's side: starts the decoding child, watches it, and believes only what it can check."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from companion.audio.checks import check_room, check_source, error_for
from companion.audio.pcm import SAMPLE_BYTES, Pcm, peaks_of, replacing
from companion.audio.talk import NO_MEMORY_EXIT, Found, Loudness, Request, Task, Why, event_of, number
from companion.config import Settings
from companion.errors import AudioError, CompanionError
from companion.types import SAMPLE_RATE_HZ, AudioInfo

Progress = Callable[[float, float | None], None]
"""Is called with the seconds that are done and those that the header announces (None: it announces none)."""

MODULE = "companion.audio.child"
ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package `companion`
LINE_BYTES = 65_536  # a longer line is not from our child
LINES_WAITING = 64
ENDING_S = 10.0  # for a child that has said its last word to leave
THIN_BYTES_PER_S = 4_000  # 32 kbit/s, a thin coding of speech: gives the longest that a file of a size mostly is
PCM_BYTES_PER_S = SAMPLE_RATE_HZ * SAMPLE_BYTES
FILE_SLACK_BYTES = 8_000_000
# The child gets these of our environment and no other: passwords are none of its business.
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


def decode(
    source: Path, pcm: Path, settings: Settings, progress: Progress | None = None, measure: bool = True
) -> AudioInfo:
    """Decodes a recording to raw little-endian int16, mono, 16 kHz, and measures it, in a guarded child.

    Args:
        source: the recording: MP3, M4A, AAC, WAV, FLAC, OGG, Opus, WebM, MP4 (its first audio stream).
        pcm: where the sound is written; it is there whole or not at all.
        settings: its limits.
        progress: see `Progress`.
        measure: False leaves out loudness and true peak, which take most of the time.

    Returns:
        What was found. Loudness and true peak are those of the source as it is, in stereo where it is stereo.

    Raises:
        AudioError: it is no recording, or damaged beyond use.
        LimitError: a documented limit was reached; `setting` names it.
        SpaceError: no room.
    """
    source, pcm = source.absolute(), pcm.absolute()
    size_bytes = check_source(source, settings)
    guess_s = min(size_bytes / THIN_BYTES_PER_S, settings.max_duration_s)
    check_room(pcm.parent, int(guess_s * PCM_BYTES_PER_S), settings)
    with replacing(pcm) as temp:
        most_bytes = int(settings.max_duration_s * PCM_BYTES_PER_S) + FILE_SLACK_BYTES
        request = request_for(Task.DECODE, source, settings, out=temp, file_bytes=most_bytes, measure=measure)
        found = Watch(request, source, pcm.parent, settings, progress).run()
        if not temp.is_file() or temp.stat().st_size < SAMPLE_BYTES:
            raise error_for(Why.NOTHING, "", source, pcm.parent, settings)
        return _info(found, temp, settings)


def probe(source: Path, settings: Settings) -> float | None:
    """Decodes the beginning of a recording in a guarded child, to see whether it can be decoded at all.

    Args:
        source: the recording.
        settings: its limits.

    Returns:
        The length that its header announces, in seconds; None: it announces none.

    Raises:
        AudioError: it is no recording, or damaged beyond use.
        LimitError: a documented limit was reached; `setting` names it.
    """
    source = source.absolute()
    check_source(source, settings)
    return Watch(request_for(Task.PROBE, source, settings), source, None, settings, None).run().announced_s


def describe_pcm(pcm: Path, settings: Settings) -> AudioInfo:
    """Length, loudness, true peak and waveform of decoded sound, such as a mix of tracks.

    Args:
        pcm: little-endian int16, mono, 16 kHz.
        settings: its limits.

    Raises:
        AudioError: it cannot be opened, or is empty.
        LimitError: a documented limit was reached.
    """
    pcm = pcm.absolute()
    _check_pcm(pcm)
    request = request_for(Task.MEASURE, pcm, settings, raw=True)
    return _info(Watch(request, pcm, pcm.parent, settings, None).run(), pcm, settings)


def playback_copy(
    source: Path, out: Path, info: AudioInfo, settings: Settings, progress: Progress | None = None
) -> Loudness:
    """Writes the copy that is played: mono MP3 at `playback_lufs`, true peak at most -1 dBTP, no metadata.

    Args:
        source: the recording as it was handed in.
        out: where the copy is written; it is there whole or not at all.
        info: what `decode` found out about it.
        settings: its limits, loudness and bit rate.
        progress: see `Progress`; the announced length is the decoded one.

    Returns:
        How loud the copy is, as it was measured in the finished file.

    Raises:
        AudioError: it is no recording, or damaged beyond use.
        LimitError: a documented limit was reached; `setting` names it.
        SpaceError: no room.
    """
    source = source.absolute()
    check_source(source, settings)
    return _copy(source, out.absolute(), info, settings, progress, raw=False)


def playback_copy_of_pcm(
    pcm: Path, out: Path, info: AudioInfo, settings: Settings, progress: Progress | None = None
) -> Loudness:
    """The same as `playback_copy` from decoded sound, such as a mix of tracks.

    Args:
        pcm: little-endian int16, mono, 16 kHz.
        out: where the copy is written; it is there whole or not at all.
        info: what `describe_pcm` found out about it.
        settings: its limits, loudness and bit rate.
        progress: see `Progress`.

    Returns:
        How loud the copy is, as it was measured in the finished file.

    Raises:
        AudioError: it cannot be opened, or is empty.
        LimitError: a documented limit was reached; `setting` names it.
        SpaceError: no room.
    """
    pcm = pcm.absolute()
    _check_pcm(pcm)
    return _copy(pcm, out.absolute(), info, settings, progress, raw=True)


def _copy(
    source: Path, out: Path, info: AudioInfo, settings: Settings, progress: Progress | None, raw: bool
) -> Loudness:
    bytes_per_s = settings.playback_kbps * 125
    check_room(out.parent, int(info.duration_s * bytes_per_s), settings)

    def told(done_s: float, announced_s: float | None) -> None:
        if progress is not None:
            progress(min(done_s, info.duration_s), info.duration_s)

    with replacing(out) as temp:
        request = request_for(
            Task.COPY,
            source,
            settings,
            raw=raw,
            out=temp,
            file_bytes=int(settings.max_duration_s * bytes_per_s) + FILE_SLACK_BYTES,
            # Of two channels the loudness is not that of their mix, so the child measures the mix.
            loudness_lufs=info.loudness_lufs if info.channels == 1 else None,
        )
        found = Watch(request, source, out.parent, settings, told).run()
    return Loudness(found.loudness_lufs, found.true_peak_dbtp)


def _check_pcm(pcm: Path) -> None:
    with Pcm(pcm) as sound:
        if not sound.samples:
            raise AudioError(f"There is no sound in {pcm.name}. Decode the recording again.", pcm)


def request_for(
    task: Task,
    source: Path,
    settings: Settings,
    raw: bool = False,
    out: Path | None = None,
    file_bytes: int = FILE_SLACK_BYTES,
    measure: bool = True,
    loudness_lufs: float | None = None,
) -> Request:
    """What the child is asked for, with the limits of the settings."""
    return Request(
        task=task,
        source=str(source),
        raw=raw,
        out=None if out is None else str(out),
        max_duration_s=settings.max_duration_s,
        memory_bytes=settings.decode_memory_bytes,
        cpu_s=settings.decode_cpu_s,
        file_bytes=file_bytes,
        measure=measure,
        target_lufs=settings.playback_lufs,
        kbps=settings.playback_kbps,
        loudness_lufs=loudness_lufs,
    )


def _info(found: Found, pcm: Path, settings: Settings) -> AudioInfo:
    """Length and waveform come from the sound itself, not from what the child says about it."""
    with Pcm(pcm) as sound:
        duration_s = sound.duration_s
    return AudioInfo(
        duration_s=duration_s,
        container=found.container,
        codec=found.codec,
        sample_rate_hz=found.sample_rate_hz,
        channels=found.channels,
        loudness_lufs=found.loudness_lufs,
        true_peak_dbtp=found.true_peak_dbtp,
        peaks=peaks_of(pcm, settings.waveform_peaks),
        bad_packets=found.bad_packets,
        announced_s=found.announced_s,
    )


@dataclass
class Watch:
    """One child from its start to its end."""

    request: Request
    source: Path
    folder: Path | None  # where the result goes; None: into memory
    settings: Settings
    progress: Progress | None
    open_files: tuple[int, ...] = ()  # file descriptors that the child gets under the same numbers
    furthest_s: float = 0.0

    def run(self) -> Found:
        """Starts the child and waits for its answer; whatever happens, it does not live on."""
        found: Found | None = None
        with _child(self.request, self.open_files) as (process, lines):
            for event in self._events(lines):
                match event.get("event"):
                    case "progress":
                        self._progressed(event)
                    case "done":
                        found = Found.from_event(event)
                    case "refused":
                        raise self._refused(event)
            exit_code = _exit_code(process)
        if exit_code != 0 or found is None:
            raise self._fell(exit_code)
        return found

    def _events(self, lines: queue.Queue[bytes | None]) -> Iterator[Mapping[str, object]]:
        """The child's lines, as long as both clocks allow."""
        ends = time.monotonic() + self.settings.decode_wall_s
        stands_still = time.monotonic() + self.settings.decode_idle_s
        while True:
            now = time.monotonic()
            if now >= ends:
                raise self._error(Why.WALL)
            if now >= stands_still:
                raise self._error(Why.IDLE)
            try:
                line = lines.get(timeout=min(ends, stands_still) - now)
            except queue.Empty:
                continue
            if line is None:
                return
            stands_still = time.monotonic() + self.settings.decode_idle_s
            try:
                event = event_of(line)
            except ValueError:
                raise self._error(Why.CRASH, "it answers nonsense") from None
            yield event

    def _progressed(self, event: Mapping[str, object]) -> None:
        if self.folder is not None:
            check_room(self.folder, 0, self.settings)
        self.furthest_s = max(self.furthest_s, number(event, "done_s") or 0.0)
        if self.progress is not None:
            self.progress(self.furthest_s, number(event, "announced_s"))

    def _refused(self, event: Mapping[str, object]) -> CompanionError:
        try:
            why = Why(str(event.get("why")))
        except ValueError:
            why = Why.CRASH
        return self._error(why, str(event.get("detail") or "")[:200])

    def _fell(self, exit_code: int) -> CompanionError:
        """The error for a child that left without an answer."""
        if exit_code == NO_MEMORY_EXIT:
            return self._error(Why.MEMORY)
        if exit_code == -getattr(signal, "SIGXCPU", 0):
            return self._error(Why.CPU)
        if exit_code == -getattr(signal, "SIGKILL", 0):  # not by us: the system does so when its memory runs out
            return self._error(Why.MEMORY)
        return self._error(Why.CRASH, f"exit code {exit_code}")

    def _error(self, why: Why, detail: str = "") -> CompanionError:
        return error_for(why, detail, self.source, self.folder or Path(), self.settings)


@contextmanager
def _child(
    request: Request, open_files: tuple[int, ...]
) -> Iterator[tuple[subprocess.Popen[bytes], queue.Queue[bytes | None]]]:
    """A running child and the queue of its lines (None: it has closed its mouth); killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # FFmpeg's chatter
        cwd=ROOT,
        env=_environment(),
        pass_fds=open_files,
        start_new_session=True,  # Ctrl-C in a terminal reaches us, and we end the child
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None  # noqa: S101 - for the type checker, as the next line
    assert process.stdout is not None  # noqa: S101
    lines: queue.Queue[bytes | None] = queue.Queue(LINES_WAITING)
    stop = threading.Event()
    reader = threading.Thread(target=_read_lines, args=(process.stdout, lines, stop), daemon=True)
    try:
        reader.start()
        with suppress(BrokenPipeError):  # it is gone already, and its exit code says why
            process.stdin.write(request.to_json().encode())
            process.stdin.close()
        yield process, lines
    finally:
        stop.set()
        process.kill()
        process.wait()
        reader.join()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()


def _read_lines(pipe: IO[bytes], lines: queue.Queue[bytes | None], stop: threading.Event) -> None:
    for line in iter(lambda: pipe.readline(LINE_BYTES), b""):
        _put(lines, line, stop)
    _put(lines, None, stop)


def _put(lines: queue.Queue[bytes | None], line: bytes | None, stop: threading.Event) -> None:
    """Waits for room in the queue, but not for a watcher who has left."""
    while not stop.is_set():
        try:
            lines.put(line, timeout=0.1)
            return
        except queue.Full:
            continue


def _exit_code(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        return -1


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    # One thread each: more would take address space and bring nothing here.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
