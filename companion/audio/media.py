"""Inside the decoding child: opening a hostile file with allow-lists, its frames, and the chains they run through.

Only the child imports this module (it brings in FFmpeg).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet
from numpy.typing import NDArray

from companion.audio.pcm import Pcm
from companion.audio.talk import Refusal, Why
from companion.types import SAMPLE_RATE_HZ

# FFmpeg's names. Everything else it knows (concat scripts, playlists, network streams, devices) is refused.
CONTAINERS = ("mp3", "mov", "mp4", "m4a", "aac", "wav", "flac", "ogg", "matroska", "webm")
CODECS = (
    *("mp3float", "mp3", "aac", "alac", "flac", "opus", "vorbis"),
    *("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"),
)
OPEN_OPTIONS = {
    "format_whitelist": ",".join(CONTAINERS),
    "codec_whitelist": ",".join(CODECS),
    "protocol_whitelist": "file",
}
RATES_HZ = range(4_000, 384_001)  # a header may claim 1 Hz, and a second of that is hours at 16 kHz
MOST_CHANNELS = 16
LOUDEST = 8.0  # float formats may hold anything; beyond +18 dB over full scale it is damage
MOST_BROKEN_READS = 100  # after so many places that cannot be demuxed the rest is given up
MOSTLY_BAD_SHARE = 0.9
SILENT_LUFS = -70.0  # the absolute gate of EBU R128: what is reported where nothing is above it
RAW_BLOCK_SAMPLES = SAMPLE_RATE_HZ
DRAIN_EVERY_S = 0.5  # frames are a few hundredths of a second: taking them out in heaps is twice as fast
EVEN_SAMPLES = 4096
METER_STEP_S = 0.1  # FFmpeg's ebur128 reports in steps of this length


class Source(Protocol):
    """Something with frames of sound."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    announced_s: float | None
    bad_packets: int

    def frames(self) -> Iterator[AudioFrame]:
        """All its frames in order."""
        ...


class RawSource:
    """Our own decoded sound as a source."""

    container = "pcm"
    codec = "pcm_s16le"
    sample_rate_hz = SAMPLE_RATE_HZ
    channels = 1
    bad_packets = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self.announced_s: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def frames(self) -> Iterator[AudioFrame]:
        """Frames of a second."""
        with Pcm(self._path) as sound:
            for first in range(0, sound.samples, RAW_BLOCK_SAMPLES):
                block = sound.read_int16(first, RAW_BLOCK_SAMPLES)
                yield frame_of(block[None, :], "s16", "mono", SAMPLE_RATE_HZ)


class MediaSource:
    """The first audio stream of a media file, opened with the allow-lists."""

    def __init__(self, path: str) -> None:
        """Opens the file.

        Raises:
            Refusal: no container that we take, no audio stream, or a codec that we do not take.
        """
        try:
            self._container = av.open(path, "r", options=OPEN_OPTIONS)
        except av.error.MemoryError:
            raise
        except (av.error.FFmpegError, ValueError) as error:
            raise Refusal(Why.NOT_MEDIA) from error
        try:
            self._stream = self._first_sound()
        except BaseException:
            self._container.close()
            raise
        context = self._stream.codec_context
        context.thread_count = 1
        self.container = self._container.format.name
        self.codec = context.name
        self.sample_rate_hz = context.sample_rate or 0
        self.channels = context.channels
        self.announced_s = self._announced_s()
        self.bad_packets = 0
        self._packets = 0

    def _first_sound(self) -> AudioStream:
        if not self._container.streams.audio:
            raise Refusal(Why.NO_SOUND)
        stream = self._container.streams.audio[0]
        codec = getattr(stream.codec_context, "name", None)
        if codec not in CODECS:
            raise Refusal(Why.CODEC, str(codec or "something unknown"))
        return stream

    def _announced_s(self) -> float | None:
        stream = self._stream
        if stream.duration and stream.time_base:
            seconds = float(stream.duration * stream.time_base)
        else:
            seconds = (self._container.duration or 0) / av.time_base
        return seconds if seconds > 0 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def frames(self) -> Iterator[AudioFrame]:
        """All frames that can be decoded; the others are counted in `bad_packets`.

        Raises:
            Refusal: hardly anything can be decoded, or its form is impossible.
        """
        for packet in self._demuxed():
            self._packets += 1
            try:
                frames = packet.decode()
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:
                self.bad_packets += 1
                continue
            for frame in frames:
                if not isinstance(frame, AudioFrame) or not frame.samples:
                    continue
                self._check(frame)
                yield _clean(_placed(frame))
        if self._packets and self.bad_packets / self._packets > MOSTLY_BAD_SHARE:
            raise Refusal(Why.MOSTLY_BAD, f"{self.bad_packets} of {self._packets} packets")

    def _demuxed(self) -> Iterator[Packet[AudioStream]]:
        for _ in range(MOST_BROKEN_READS):
            try:
                yield from self._container.demux(self._stream)
                return
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:
                self.bad_packets += 1
                self._packets += 1

    def _check(self, frame: AudioFrame) -> None:
        if frame.sample_rate not in RATES_HZ:
            raise Refusal(Why.ODD_FORM, f"{frame.sample_rate} samples a second")
        if not 1 <= frame.layout.nb_channels <= MOST_CHANNELS:
            raise Refusal(Why.ODD_FORM, f"{frame.layout.nb_channels} channels")
        self.sample_rate_hz = self.sample_rate_hz or frame.sample_rate
        self.channels = self.channels or frame.layout.nb_channels


def open_source(path: str, raw: bool) -> MediaSource | RawSource:
    """A media file, or our own decoded sound.

    Args:
        path: absolute.
        raw: whether it is our own int16 at 16 kHz.
    """
    return RawSource(Path(path)) if raw else MediaSource(path)


def frame_of(samples: NDArray[Any], sample_format: str, layout: str, rate_hz: int) -> AudioFrame:
    """A frame of samples in the shape that PyAV wants for the format."""
    frame = AudioFrame.from_ndarray(samples, format=sample_format, layout=layout)
    frame.sample_rate = rate_hz
    return frame


def _placed(frame: AudioFrame) -> AudioFrame:
    """The frame with known places for its channels: some WAV files say only how many they have.

    One or two are taken for mono or stereo; more are a recorder's inputs and are averaged, since FFmpeg would take some
    of them for effects and leave them out.
    """
    layout = frame.layout
    if not layout.name.endswith("channels") and not layout.name.startswith("ambisonic"):
        return frame
    samples = frame.to_ndarray()
    if layout.nb_channels <= 2:
        name = ("mono", "stereo")[layout.nb_channels - 1]
        return frame_of(samples, frame.format.name, name, frame.sample_rate)
    by_channel = samples if frame.format.is_planar else samples.reshape(-1, layout.nb_channels).T
    return frame_of(_float32(by_channel).mean(axis=0, keepdims=True), "flt", "mono", frame.sample_rate)


def _float32(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Samples of any format in [-1, 1]."""
    if samples.dtype.kind == "u":
        return (samples.astype(np.float32) - np.float32(128)) / np.float32(128)
    if samples.dtype.kind == "i":
        return samples.astype(np.float32) / np.float32(-float(np.iinfo(samples.dtype).min))
    return samples.astype(np.float32)


def _clean(frame: AudioFrame) -> AudioFrame:
    """The frame without what no sound has: one NaN would stay in a filter's memory to the end of the file."""
    if frame.format.name not in ("flt", "fltp", "dbl", "dblp"):
        return frame
    samples = frame.to_ndarray()
    if float(np.max(np.abs(samples))) <= LOUDEST:  # False for NaN too
        return frame
    samples = np.where(np.abs(samples) <= LOUDEST, samples, samples.dtype.type(0))
    return frame_of(samples, frame.format.name, frame.layout.name, frame.sample_rate)


class Chain:
    """FFmpeg filters one after another, for frames of one form."""

    def __init__(self, sample_format: str, layout: str, rate_hz: int, *filters: tuple[str, str]) -> None:
        graph = Graph()
        graph.threads = 1  # by default one for each processor, and each takes address space
        source = graph.add_abuffer(
            format=sample_format, layout=layout, sample_rate=rate_hz, time_base=Fraction(1, rate_hz)
        )
        nodes = [source, *(graph.add(name, args) for name, args in filters), graph.add("abuffersink")]
        graph.link_nodes(*nodes).configure()
        self._graph, self._into, self._out_of = graph, nodes[0], nodes[-1]
        self._waiting_s = 0.0

    def push(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Gives a frame (None: the end) and takes what has come through, once that is worth while."""
        if frame is not None:
            frame.pts = None  # times in a damaged file jump; sound is counted, not dated
            self._waiting_s += frame.samples / frame.sample_rate
        self._into.push(frame)
        if frame is not None and self._waiting_s < DRAIN_EVERY_S:
            return
        self._waiting_s = 0.0
        while True:
            try:
                done = self._out_of.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if isinstance(done, AudioFrame):
                yield done


class Uniform:
    """Brings frames to one form, even where their own changes on the way."""

    def __init__(self, sample_format: str, layout: str, rate_hz: int) -> None:
        self._aim = f"sample_fmts={sample_format}:channel_layouts={layout}:sample_rates={rate_hz}"
        self._form: tuple[str, str, int] | None = None
        self._chain: Chain | None = None

    def push(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Gives a frame (None: the end) and takes what has come through."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate) if frame is not None else None
        if form != self._form:
            if self._chain is not None:
                yield from self._chain.push(None)
            self._form, self._chain = form, self._new_chain(form)
        if self._chain is not None:
            yield from self._chain.push(frame)

    def _new_chain(self, form: tuple[str, str, int] | None) -> Chain | None:
        even = ("asetnsamples", f"n={EVEN_SAMPLES}:p=0")
        return None if form is None else Chain(*form, ("aformat", self._aim), even)


class Meter:
    """Integrated loudness and true peak by EBU R128 (FFmpeg's `ebur128`), in the first frame's rate, mono or stereo."""

    def __init__(self, true_peak: bool = True) -> None:
        """A meter that has heard nothing.

        Args:
            true_peak: whether to find the true peak too, which takes most of the time.
        """
        self._args = f"peak={'true' if true_peak else 'none'}:framelog=quiet:metadata=1"
        self._uniform: Uniform | None = None
        self._chain: Chain | None = None
        self._form = ("flt", "mono", SAMPLE_RATE_HZ)
        self._found: dict[str, str] = {}

    def push(self, frame: AudioFrame) -> None:
        """Listens to a frame."""
        if self._uniform is None or self._chain is None:
            self._form = ("flt", "mono" if frame.layout.nb_channels == 1 else "stereo", frame.sample_rate)
            self._uniform = Uniform(*self._form)
            self._chain = Chain(*self._form, ("ebur128", self._args))
        self._listen(self._uniform.push(frame))

    def result(self) -> tuple[float | None, float | None]:
        """Loudness in LUFS and true peak in dBTP of all that was heard; None each where that was silence."""
        if self._uniform is None:
            return None, None
        self._listen(self._uniform.push(None))
        sample_format, layout, rate_hz = self._form
        # The filter says nothing about a last step that is not full, so the end is filled up with silence.
        rest = np.zeros((1, math.ceil(rate_hz * METER_STEP_S) * (1 if layout == "mono" else 2)), np.float32)
        self._listen(iter([frame_of(rest, sample_format, layout, rate_hz), None]))
        loudness = float(self._found.get("lavfi.r128.I", "nan"))
        peak = float(self._found.get("lavfi.r128.true_peak", "nan"))
        return (
            loudness if loudness > SILENT_LUFS else None,
            20 * math.log10(peak) if peak > 0 and math.isfinite(peak) else None,
        )

    def _listen(self, frames: Iterator[AudioFrame | None]) -> None:
        assert self._chain is not None  # noqa: S101 - for the type checker; `push` made it
        for frame in frames:
            for heard in self._chain.push(frame):
                self._found = heard.metadata or self._found
