"""A real microphone on a machine without one: a PulseAudio server of our own, into which recordings are played.

`python -m tests.virtual_microphone TAKES LENGTH_S WAV FOLDER` records takes with `companion.microphone` while the wav
is played, and prints one line of JSON for each; a process of its own, because ALSA reads its surroundings once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from companion.microphone import record
from companion.types import SAMPLE_RATE_HZ
from tests.sounds import sound_of, write_wav

SINK = "fakemic"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class VirtualMicrophone:
    """The server; `env` is what a program needs to find it."""

    env: dict[str, str]
    pid: int

    def control(self, *args: str) -> str:
        """Runs pactl."""
        done = subprocess.run(["pactl", *args], env=self.env, capture_output=True, text=True, check=True, timeout=20)
        return done.stdout

    def speak(self, wav: Path) -> subprocess.Popen[bytes]:
        """Plays a wav into the microphone; returns at once."""
        return subprocess.Popen(["paplay", f"--device={SINK}", str(wav)], env=self.env)

    def mute(self, muted: bool) -> None:
        """Mutes the microphone, or lets it hear again."""
        self.control("set-source-mute", f"{SINK}.monitor", "1" if muted else "0")


@contextmanager
def virtual_microphone(rate_hz: int = 48_000) -> Iterator[VirtualMicrophone]:
    """A server with one microphone; ended by its own process at the end."""
    with tempfile.TemporaryDirectory(prefix="mic") as folder:
        env = silent_env(Path(folder))
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"]
        command += ["-L", "module-native-protocol-unix"]
        command += ["-L", f"module-null-sink sink_name={SINK} rate={rate_hz} channels=1"]
        server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            microphone = VirtualMicrophone(env, server.pid)
            _wait_for(microphone, server)
            microphone.control("set-default-source", f"{SINK}.monitor")
            yield microphone
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def silent_env(folder: Path) -> dict[str, str]:
    """Surroundings in which the only sound server is one in `folder`, or none."""
    folder.chmod(0o700)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PULSE_")}
    return {
        **kept,
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "PULSE_SERVER": f"unix:{folder}/pulse/native",
        "PYTHONPATH": str(ROOT),
    }


def take_program(microphone: VirtualMicrophone, takes: int, length_s: float, wav: Path, folder: Path) -> list[Any]:
    """Records takes in a process of their own.

    Returns:
        One object for each take: its seconds, the correlation with what was spoken, and what the recorder noticed.
    """
    command = [sys.executable, "-m", "tests.virtual_microphone", str(takes), str(length_s), str(wav), str(folder)]
    done = subprocess.run(
        command, env=microphone.env, capture_output=True, text=True, cwd=ROOT, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def likeness(recorded: NDArray[np.int16], spoken: NDArray[np.int16]) -> float:
    """Correlation of a whole recording with what was spoken, at the delay where they fit best.

    What was not yet spoken at the start of the recording is compared as silence, so gaps and lost ends count.
    """
    size = recorded.size + spoken.size
    there, said = recorded.astype(np.float64), spoken.astype(np.float64)
    fit = np.fft.irfft(np.fft.rfft(there, size) * np.conj(np.fft.rfft(said, size)), size)
    delay = int(np.argmax(fit[: recorded.size]))
    shifted = np.zeros(recorded.size)
    part = said[: recorded.size - delay]
    shifted[delay : delay + part.size] = part
    # The server resamples, so the delay is no whole number of samples.
    waves, steps = np.fft.rfft(shifted), np.fft.rfftfreq(shifted.size) * -2j * np.pi
    near = (np.fft.irfft(waves * np.exp(steps * by), shifted.size) for by in np.linspace(-0.5, 0.5, 11))
    return max(float(np.corrcoef(there, one)[0, 1]) for one in near)


def _wait_for(microphone: VirtualMicrophone, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert server.poll() is None, "PulseAudio ended"
        try:
            if f"{SINK}.monitor" in microphone.control("list", "short", "sources"):
                return
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.1)
    raise AssertionError("PulseAudio does not answer")


def _main(takes: int, length_s: float, wav: Path, folder: Path) -> None:
    spoken = sound_of(wav)
    for number in range(takes):
        stop = threading.Event()
        players: list[subprocess.Popen[bytes]] = []

        def speak(
            loud: float,
            elapsed_s: float,
            players: list[subprocess.Popen[bytes]] = players,
            stop: threading.Event = stop,
        ) -> None:
            if not players:
                players.append(subprocess.Popen(["paplay", f"--device={SINK}", str(wav)]))
                threading.Timer(length_s - elapsed_s, stop.set).start()

        taken = record(120.0, stop=stop, level=speak)
        for player in players:
            player.terminate()
            player.wait()
        write_wav(folder / f"take{number}.wav", taken.sound)
        told = {
            "s": taken.sound.size / SAMPLE_RATE_HZ,
            "elapsed_s": taken.elapsed_s,
            "arrived": taken.arrived,
            "silent": taken.silent,
            "likeness": likeness(taken.sound, spoken),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
