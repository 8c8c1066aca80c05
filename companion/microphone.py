"""The microphone and the loudspeaker of a terminal: sounddevice, which is loaded only when somebody speaks or listens.

What was measured and why each guard is here: with PortAudio's own block size the end of a recording is lost without a
word, so blocks have a fixed length and the stream stays open until all that is due has arrived; a device that slept
gives nothing for up to two seconds after its start, so nobody is asked to speak, and no clock runs, before the first
block is there; lost blocks are not reported either, so what came is compared with the clock; a muted microphone, or one
that the system keeps from us, gives perfect zeros and no error.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from companion.errors import BadInputError, MicrophoneError, NotFoundError
from companion.types import SAMPLE_RATE_HZ

BLOCK_S = 0.1  # 1600 samples at 16 kHz
TAIL_S = 2.5  # longest wait after the stop for what is still on its way
WAKE_S = 5.0  # longest wait for the first block
LOST_S = 3.0  # without any further block: the device is gone
ZEROS_S = 1.0  # of nothing but zeros: worth a word
GIVE_UP_S = 8.0  # of nothing but zeros from the start: nobody should talk to a muted microphone for two minutes
LEAST_SHARE = 0.97  # of what the clock says; less is told
FLOOR_DB = -60.0  # the foot of the level bar

# PortAudio's error numbers.
_NO_DEVICE = {-1, -9996}
_BAD_RATE, _BAD_CHANNELS, _HOST_ERROR, _TAKEN = -9997, -9998, -9999, -9985

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone, or what the system offers as one."""

    index: int
    name: str
    host_api: str  # of the system: ALSA, Core Audio, Windows WASAPI
    channels: int
    rate_hz: int  # the one that it likes best
    default: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came from a microphone."""

    sound: Samples  # shape (n,), int16, mono at 16 kHz
    rate_hz: int  # that it was recorded at
    elapsed_s: float  # from the first block to the stop, by the clock
    arrived: float  # share of that time which has arrived, 0..1
    silent: bool  # nothing but zeros
    unplugged: bool  # the device went away before the stop

    @property
    def gaps(self) -> bool:
        """Whether so much is missing that a listener would notice."""
        return self.arrived < LEAST_SHARE


class Zeros:
    """Notices stretches of nothing but zeros; pure, fed with blocks."""

    def __init__(self) -> None:
        self.s = 0.0  # how long it has been zeros by now
        self.all = True  # never anything else

    def feed(self, block: Samples, length_s: float) -> bool:
        """Takes a block.

        Returns:
            Whether by now there has been silence that deserves a word.
        """
        if block.any():
            self.s, self.all = 0.0, False
        else:
            self.s += length_s
        return self.s >= ZEROS_S - BLOCK_S / 10


def devices() -> tuple[Device, ...]:
    """Every device that one can record from; empty where there is none.

    Raises:
        MicrophoneError: PortAudio is not installed.
    """
    return _inputs(_sounddevice())


def record(
    max_s: float,
    *,
    device: int | str | None = None,
    stop: threading.Event,
    level: Callable[[float, float], None] = lambda loud, elapsed_s: None,
    zeros: Callable[[bool], None] = lambda silent: None,
) -> Recorded:
    """Records until `stop` is set, or the time is over, or there was nothing but zeros for eight seconds.

    Args:
        max_s: longest recording, in seconds.
        device: index or name; None: the system's own choice.
        stop: set it to end the recording; what was said until then arrives.
        level: told ten times a second how loud it is (0..1) and how many seconds have gone; what is said before the
            first call may not be in the recording.
        zeros: told when nothing but zeros has come for a second, and when that is over.

    Returns:
        The sound at 16 kHz and what was noticed.

    Raises:
        MicrophoneError: no PortAudio, no device, it is busy, or the system keeps it from us.
        NotFoundError: no device by that name.
        BadInputError: several devices by that name.
    """
    sd = _sounddevice()
    chosen = choose(_inputs(sd), device)
    blocks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # The callback runs in PortAudio's thread and must not keep it waiting: it copies and goes.
    stream, source = _open(sd, chosen, lambda data, *_: blocks.put(bytes(data)))
    try:
        stream.start()
        taken = _take(blocks, stream, source, max_s, stop, level, zeros)
    except sd.PortAudioError as error:
        raise explained(error, chosen) from error
    finally:
        # A device that was pulled out can fail at its closing, too; what was recorded counts.
        with contextlib.suppress(sd.PortAudioError):
            stream.close()
    return taken


def play(sound: Samples, stop: threading.Event | None = None) -> bool:
    """Plays a sound and waits for its end, where this machine can.

    Args:
        sound: shape (n,), int16, mono at 16 kHz.
        stop: ends it early.

    Returns:
        Whether it was played. Nothing is raised: whoever cannot listen can read.
    """
    try:
        sd = _sounddevice()
    except MicrophoneError:
        return False
    block = int(SAMPLE_RATE_HZ * BLOCK_S)
    try:
        with sd.RawOutputStream(SAMPLE_RATE_HZ, block, channels=1, dtype="int16") as stream:
            for first in range(0, sound.size, block):
                if stop is not None and stop.is_set():
                    stream.abort()
                    return True
                stream.write(sound[first : first + block].tobytes())
            stream.stop()  # waits for what is still to be heard
    except (sd.PortAudioError, ValueError):
        return False
    return True


def choose(found: Sequence[Device], wanted: int | str | None) -> Device | None:
    """The device that is meant; None: the system's own choice.

    Raises:
        MicrophoneError: there is no device at all.
        NotFoundError: none is called that.
        BadInputError: several are.
    """
    if not found:
        raise _absent()
    if wanted is None:
        return None
    if isinstance(wanted, int) or wanted.strip().isdigit():
        hits = [d for d in found if d.index == int(wanted)]
    else:
        name = wanted.strip().casefold()
        exact = [d for d in found if name in (d.name.casefold(), f"{d.name}, {d.host_api}".casefold())]
        hits = exact or [d for d in found if name in f"{d.name}, {d.host_api}".casefold()]
    if not hits:
        raise NotFoundError(f"No microphone is called {str(wanted)!r}. There are:\n{listed(found)}")
    if len(hits) > 1:
        raise BadInputError(f"{str(wanted)!r} can mean several. Give the number of one:\n{listed(hits)}")
    return hits[0]


def listed(found: Sequence[Device]) -> str:
    """A line for each device, for a person."""
    return "\n".join(f"{d.index:>4}  {d.name} ({d.host_api}){'  default' if d.default else ''}" for d in found)


def ways(likes_hz: int, channels: int) -> tuple[tuple[int, int], ...]:
    """Sample rates and channel counts to try, the best first: hardware may know only its own.

    Args:
        likes_hz: the rate that the device likes best.
        channels: how many it has.
    """
    most = max(1, min(2, channels))
    return tuple(dict.fromkeys([(SAMPLE_RATE_HZ, 1), (likes_hz, 1), (SAMPLE_RATE_HZ, most), (likes_hz, most)]))


def explained(error: Exception, chosen: Device | None) -> MicrophoneError:
    """The sentence for what PortAudio says.

    Args:
        error: sounddevice's.
        chosen: the device; None: the system's own choice.
    """
    name = f"“{chosen.name}”" if chosen else "The microphone"
    said, number = " ".join(map(str, error.args)), _number(error)
    heard = said.casefold()
    if any(word in heard for word in ("permission", "access denied", "accessdenied", "0x80070005", "not permitted")):
        return _forbidden(name)
    if number == _TAKEN or any(word in heard for word in ("busy", "in_use", "in use", "unavailable")):
        return MicrophoneError(
            f"{name} is in use by another program. Close what records there (a call, a browser tab), or choose another "
            "one with --device.",
            "busy",
        )
    if number in _NO_DEVICE or "querying device" in heard or "no default input" in heard:
        return _absent()
    if number in (_BAD_RATE, _BAD_CHANNELS):
        return MicrophoneError(
            f"{name} refuses every sample rate and channel count that we can use; muted and forbidden devices do that, "
            "too. Choose another one with --device (companion practice --list-devices).",
            "refused",
        )
    return MicrophoneError(
        f"{name} cannot be opened ({error.args[0] if error.args else error}). Unplug it and plug it in again, or "
        "choose another one with --device.",
        "failed",
    )


def silence_help(platform: str = sys.platform) -> str:
    """What to do when nothing but zeros comes.

    Args:
        platform: as Python names it.
    """
    if platform == "darwin":
        return (
            "The microphone gives nothing but silence. Allow your terminal program to use it (System Settings, Privacy "
            "& Security, Microphone), start the terminal anew and try again; or look whether it is muted."
        )
    if platform == "win32":
        return (
            "The microphone gives nothing but silence. Look whether it is muted, and whether desktop apps may use it "
            "(Settings, Privacy & security, Microphone). Or choose another one with --device."
        )
    return (
        "The microphone gives nothing but silence. Look whether it is muted (on the headset, or in the system's sound "
        "settings), or choose another one with --device (companion practice --list-devices)."
    )


def loudness(block: Samples) -> float:
    """How far up the level bar a block reaches, 0..1, on a scale of decibels as ears have it."""
    power = float(np.mean(np.square(block.astype(np.float64)))) if block.size else 0.0
    if power <= 0.0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - (10 * math.log10(power) - 20 * math.log10(32768)) / FLOOR_DB))


def resampled(sound: Samples, rate_hz: int) -> Samples:
    """The same sound at 16 kHz.

    Args:
        sound: shape (n,), int16, mono at `rate_hz`.
        rate_hz: its samples a second.
    """
    if rate_hz == SAMPLE_RATE_HZ or not sound.size:
        return sound
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[np.newaxis, :]), format="s16", layout="mono")
    frame.sample_rate = rate_hz
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.asarray(part.to_ndarray()[0], dtype=np.int16) for part in parts])


def _take(
    blocks: queue.SimpleQueue[bytes],
    stream: Any,
    source: tuple[int, int],
    max_s: float,
    stop: threading.Event,
    level: Callable[[float, float], None],
    zeros: Callable[[bool], None],
) -> Recorded:
    rate_hz, channels = source
    kept: list[Samples] = []
    watch, told, unplugged, empty_s = Zeros(), False, False, 0.0
    block: Samples | None = _first(blocks, channels, stop)
    started_s, stopped_s = time.monotonic() - (0 if block is None else block.size / rate_hz), None
    while True:
        now_s = time.monotonic()
        if block is not None:
            empty_s = 0.0
            kept.append(block)
            silent = watch.feed(block, block.size / rate_hz)
            if silent != told:
                zeros(told := silent)
            level(loudness(block), now_s - started_s)
        else:
            # Waits are added up, not read from the clock: a computer that slept meanwhile still has its microphone.
            empty_s += BLOCK_S
            unplugged = bool(kept) and (empty_s >= LOST_S or not stream.active)
        hopeless = unplugged or (watch.all and watch.s >= GIVE_UP_S)
        if stopped_s is None and (stop.is_set() or hopeless or now_s - started_s >= max_s):
            stopped_s = min(now_s, started_s + max_s)
        if stopped_s is not None:
            there_s = sum(b.size for b in kept) / rate_hz
            if unplugged or there_s >= stopped_s - started_s or now_s - stopped_s >= TAIL_S:
                break
        try:
            block = _mono(blocks.get(timeout=BLOCK_S), channels)
        except queue.Empty:
            block = None
    sound = np.concatenate(kept)[: math.ceil(max_s * rate_hz)] if kept else np.zeros(0, np.int16)
    elapsed_s = stopped_s - started_s
    arrived = min(1.0, sound.size / rate_hz / elapsed_s) if elapsed_s > 0 else 1.0
    return Recorded(resampled(sound, rate_hz), rate_hz, elapsed_s, arrived, not sound.any(), unplugged)


def _first(blocks: queue.SimpleQueue[bytes], channels: int, stop: threading.Event) -> Samples | None:
    """The first block, which comes once the device is awake; None where it was stopped before."""
    until_s = time.monotonic() + WAKE_S
    while time.monotonic() < until_s and not stop.is_set():
        with contextlib.suppress(queue.Empty):
            return _mono(blocks.get(timeout=BLOCK_S), channels)
    if stop.is_set():
        return None
    raise MicrophoneError(
        "The microphone was opened, and nothing comes from it. Unplug it and plug it in again, or choose another one "
        "with --device (companion practice --list-devices).",
        "failed",
    )


def _mono(data: bytes, channels: int) -> Samples:
    block = np.frombuffer(data, np.int16)
    return block if channels == 1 else block.reshape(-1, channels).mean(axis=1).astype(np.int16)


def _open(sd: Any, chosen: Device | None, callback: Callable[..., None]) -> tuple[Any, tuple[int, int]]:
    """An input stream at 16 kHz mono, or as the device will have it."""
    index = chosen.index if chosen else None
    try:
        info = sd.query_devices(index, "input")
        likes_hz, has = round(info["default_samplerate"]), int(info["max_input_channels"])
        refused: Exception = ValueError("no rate was tried")
        for rate_hz, channels in ways(likes_hz, has):
            try:
                stream = sd.RawInputStream(
                    rate_hz, int(rate_hz * BLOCK_S), index, channels, dtype="int16", callback=callback
                )
                return stream, (rate_hz, channels)
            except sd.PortAudioError as error:
                if _number(error) not in (_BAD_RATE, _BAD_CHANNELS):
                    raise
                refused = error
        raise refused
    except (sd.PortAudioError, ValueError) as error:
        raise explained(error, chosen) from error


def _sounddevice() -> Any:
    """The library, looked for only now: where PortAudio is missing everything else still works."""
    loaded = "sounddevice" in sys.modules
    try:
        import sounddevice as sd
    except (ImportError, OSError) as error:
        raise MicrophoneError(
            "The microphone needs PortAudio, which is not installed. On Debian or Ubuntu: sudo apt install "
            "libportaudio2. On Fedora: sudo dnf install portaudio. Elsewhere: pip install --force-reinstall "
            "sounddevice. A recording that you have works without it: --wav FILE.",
            "portaudio",
        ) from error
    if loaded:
        # PortAudio reads the list of devices once; what was plugged in since then is seen only by a new start.
        with contextlib.suppress(sd.PortAudioError):
            sd._terminate()
        try:
            sd._initialize()
        except sd.PortAudioError as error:
            raise explained(error, None) from error
    return sd


def _inputs(sd: Any) -> tuple[Device, ...]:
    try:
        apis = [api["name"] for api in sd.query_hostapis()]
        default = sd.default.device[0]
        if default < 0 and apis:
            default = sd.query_hostapis(sd.default.hostapi)["default_input_device"]
        return tuple(
            Device(
                index,
                info["name"],
                apis[info["hostapi"]],
                int(info["max_input_channels"]),
                round(info["default_samplerate"]),
                index == default,
            )
            for index, info in enumerate(sd.query_devices())
            if info["max_input_channels"] > 0
        )
    except sd.PortAudioError as error:
        raise explained(error, None) from error


def _number(error: Exception) -> int:
    """PortAudio's number of an error; 0 where it has none."""
    return error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else 0


def _absent() -> MicrophoneError:
    if sys.platform == "linux" and hidden_devices(Path("/dev/snd"), _readable):
        return _forbidden("The microphone")
    return MicrophoneError(
        "There is no microphone on this machine, or no sound server that offers one. Plug one in and try again, or "
        "give a recording with --wav FILE.",
        "absent",
    )


def _forbidden(name: str) -> MicrophoneError:
    how = {
        "darwin": "Allow it for your terminal program: System Settings, Privacy & Security, Microphone.",
        "win32": "Allow it: Settings, Privacy & security, Microphone, desktop apps.",
    }.get(sys.platform, "Join the group audio (sudo usermod -aG audio $USER), and log in anew.")
    return MicrophoneError(f"{name} may not be used by this user. {how}", "forbidden")


def hidden_devices(folder: Path, readable: Callable[[Path], bool]) -> bool:
    """Whether there are sound cards to record from, and this user may open none of them.

    Args:
        folder: where Linux keeps its sound devices.
        readable: says of a device whether it may be opened.
    """
    cards = sorted(folder.glob("pcm*c"))
    return bool(cards) and not any(readable(card) for card in cards)


def _readable(device: Path) -> bool:
    return os.access(device, os.R_OK)
