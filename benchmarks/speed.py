"""Wall time beside bare faster-whisper with the same model, beam and threads; memory of a long file beside a short."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
from rich.table import Table

from benchmarks.show import samples
from companion.types import SAMPLE_RATE_HZ

BUNDLED = Path(__file__).resolve().parent.parent / "companion" / "models" / "bundled"
ROUNDS = 2

BARE = """
import sys
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=2)
segments, _ = model.transcribe(sys.argv[2], language="en", beam_size=5, condition_on_previous_text=False{options})
print(sum(len(s.text.split()) for s in segments))
"""
PEERS = {
    "faster-whisper as it is": "",
    "faster-whisper, voice activity and word times": ", vad_filter=True, word_timestamps=True",
}


def run() -> list[Table]:
    """Measures on the sample show, one episode after another in one file."""
    with tempfile.TemporaryDirectory() as folder:
        minutes_10, minutes_180 = Path(folder) / "10.wav", Path(folder) / "180.wav"
        sound = show_sound()
        write_wav(minutes_10, sound, 600)
        speed = _speed(minutes_10)
        write_wav(minutes_180, sound, 10_800)
        return [speed, _memory(minutes_10, minutes_180)]


def ours(audio: Path) -> list[str]:
    """The command that is measured."""
    return [sys.executable, "-m", "companion", "transcribe", str(audio), "--model", "bundled", "--speakers", "3"]


def _speed(audio: Path) -> Table:
    commands = {"companion transcribe": ours(audio)}
    for name, options in PEERS.items():
        commands[name] = [sys.executable, "-c", BARE.format(options=options), str(BUNDLED), str(audio)]
    walls: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):  # in turn, so that a slow minute of the machine meets all of them
        for name, command in commands.items():
            walls[name].append(measure(command)[0])
    table = Table(title=f"10 minutes of speech, whole programs, {ROUNDS} rounds in turn, best of each")
    for column in ("program", "wall", "of real time", "ours / it"):
        table.add_column(column, justify="left" if column == "program" else "right")
    first_s = min(walls["companion transcribe"])
    for name, seconds in walls.items():
        table.add_row(name, f"{min(seconds):.1f} s", f"{min(seconds) / 600:.3f}", f"{first_s / min(seconds):.2f}")
    return table


def _memory(short: Path, long: Path) -> Table:
    table = Table(title="Greatest memory of `companion transcribe` and its children")
    for column in ("file", "wall", "memory"):
        table.add_column(column, justify="left" if column == "file" else "right")
    peaks = []
    for name, audio in (("10 minutes", short), ("3 hours", long)):
        wall_s, peak_bytes = measure(ours(audio))
        peaks.append(peak_bytes)
        table.add_row(name, f"{wall_s:.0f} s", f"{peak_bytes / 1e6:.0f} MB")
    table.add_row("ratio", "", f"{peaks[1] / peaks[0]:.2f}", style="bold")
    return table


def measure(command: list[str]) -> tuple[float, int]:
    """Wall seconds and the greatest resident memory, in bytes, of a command and its children."""
    script = (
        "import json,resource,subprocess,sys,time\n"
        "begin = time.perf_counter()\n"
        "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(code, time.perf_counter() - begin, used.ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], check=True, capture_output=True, text=True)
    code, wall, peak_kib = done.stdout.split()
    if int(code):
        raise RuntimeError(f"{command[:4]} ended with {code}")
    return float(wall), int(peak_kib) * 1024


def show_sound() -> np.ndarray:
    parts = []
    for sample in samples():
        with av.open(str(sample.audio)) as file:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
            for frame in file.decode(audio=0):
                parts += [f.to_ndarray()[0] for f in resampler.resample(frame)]
    return np.concatenate(parts)


def write_wav(path: Path, sound: np.ndarray, seconds: int) -> None:
    left = seconds * SAMPLE_RATE_HZ
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        while left > 0:
            file.writeframes(sound[:left].tobytes())
            left -= len(sound)
