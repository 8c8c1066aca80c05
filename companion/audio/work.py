"""Inside the decoding child: its tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer

from companion.audio.media import Chain, Meter, Source, Uniform, open_source
from companion.audio.talk import Found, Refusal, Request, Task, Why
from companion.types import SAMPLE_RATE_HZ

COPY_RATE_HZ = 44_100
PROBE_S = 10.0  # as much of a recording is decoded to see whether it can be
HIGHEST_PEAK_DBTP = -1.0
FIRST_CEILING_DB = -1.8  # of the samples: between them and after MP3 coding the peaks are a little higher
LAME_QUALITY = "7"  # 0 (slow) to 9 (fast): a quarter faster than the default 5, and most of the time goes here
LAME_LOSS_DB = 0.45  # LAME multiplies by 0.95 at the rates that speech is coded at
MOST_GAIN_DB = 50.0  # a nearly silent recording stays soft rather than turning into hiss
CLOSE_ENOUGH_LU = 0.5
MOST_ATTEMPTS = 7  # speech takes one or two; short hard hits, most of which the limiter takes away, take more
MOST_STEP_DB = 12.0
LEAST_YIELD = 0.15  # LU that a dB more is taken to bring where the limiter takes most of it away
COPY_SLACK_S = 0.2  # how far the copy's length may be from what went into it

Tell = Callable[[str, float, float | None], None]  # kind of event, seconds done, seconds announced


def do(request: Request, tell: Tell) -> dict[str, object]:
    """Does a task.

    Args:
        request: what, and within which limits.
        tell: is called while it goes on.

    Returns:
        The fields of the `done` line.

    Raises:
        Refusal: why it cannot be done.
    """
    tasks = {Task.DECODE: _decode, Task.MEASURE: _measure, Task.COPY: _copy, Task.PROBE: _probe}
    return asdict(tasks[request.task](request, tell))


# ---- decoding and measuring


def _decode(request: Request, tell: Tell) -> Found:
    most_samples = int(request.max_duration_s * SAMPLE_RATE_HZ)
    with open_source(request.source, request.raw) as source, _out(request).open("wb") as out:
        tell("progress", 0.0, source.announced_s)
        # A bomb mostly says itself that it is too long; then measuring waits until that turns out to be untrue.
        doubtful = request.measure and (source.announced_s or 0.0) > request.max_duration_s
        meter, uniform, written = Meter(), Uniform("s16", "mono", SAMPLE_RATE_HZ), 0
        for frame in source.frames():
            if request.measure and not doubtful:
                meter.push(frame)
            written += _write(uniform, frame, out)
            if written > most_samples:
                raise Refusal(Why.TOO_LONG)
            tell("progress", written / SAMPLE_RATE_HZ, source.announced_s)
        written += _write(uniform, None, out)
    if not written:
        raise Refusal(Why.NOTHING)
    if doubtful:
        meter, _ = _listen(request.source, request, tell)
    return _found(source, *meter.result())


def _probe(request: Request, tell: Tell) -> Found:
    heard_s = 0.0
    with open_source(request.source, request.raw) as source:
        for frame in source.frames():
            heard_s += frame.samples / frame.sample_rate
            tell("alive", heard_s, None)
            if heard_s >= PROBE_S:
                break
    if not heard_s:
        raise Refusal(Why.NOTHING)
    return _found(source, None, None)


def _write(uniform: Uniform, frame: AudioFrame | None, out: BinaryIO) -> int:
    written = 0
    for ready in uniform.push(frame):
        out.write(ready.to_ndarray().astype("<i2", copy=False).tobytes())
        written += ready.samples
    return written


def _measure(request: Request, tell: Tell) -> Found:
    with open_source(request.source, request.raw) as source:
        meter, _ = _hear(source, request, lambda _, done_s, __: tell("progress", done_s, source.announced_s))
    return _found(source, *meter.result())


def _listen(path: str, request: Request, tell: Tell, raw: bool = False) -> tuple[Meter, float]:
    with open_source(path, raw) as source:
        return _hear(source, request, tell)


def _hear(source: Source, request: Request, tell: Tell, uniform: Uniform | None = None) -> tuple[Meter, float]:
    """Measures a source (only the loudness, in the form that `uniform` makes of it); gives back the length in s too."""
    meter, heard_s = Meter(true_peak=uniform is None), 0.0
    for frame in _with_end(source):
        for ready in uniform.push(frame) if uniform else [frame]:
            if ready is not None:
                meter.push(ready)
                heard_s += ready.samples / ready.sample_rate
        if heard_s > request.max_duration_s + COPY_SLACK_S:
            raise Refusal(Why.TOO_LONG)
        tell("alive", heard_s, None)
    return meter, heard_s


def _with_end(source: Source) -> Iterator[AudioFrame | None]:
    yield from source.frames()
    yield None


def _found(source: Source, loudness_lufs: float | None, true_peak_dbtp: float | None) -> Found:
    return Found(
        container=source.container,
        codec=source.codec,
        sample_rate_hz=source.sample_rate_hz,
        channels=source.channels,
        loudness_lufs=loudness_lufs,
        true_peak_dbtp=true_peak_dbtp,
        bad_packets=source.bad_packets,
        announced_s=source.announced_s,
    )


def _out(request: Request) -> Path:
    if request.out is None:
        raise ValueError("this task writes a file")
    return Path(request.out)


# ---- the copy for listeners


def _copy(request: Request, tell: Tell) -> Found:
    loudness = request.loudness_lufs
    if loudness is None:
        mono = Uniform("flt", "mono", COPY_RATE_HZ)
        with open_source(request.source, request.raw) as source:
            loudness = _hear(source, request, tell, mono)[0].result()[0]
    gain_db = 0.0 if loudness is None else min(request.target_lufs - loudness + LAME_LOSS_DB, MOST_GAIN_DB)
    ceiling_db = FIRST_CEILING_DB
    tried: list[tuple[float, float]] = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        read, written_s = _encode(request, gain_db, ceiling_db, tell)
        # What counts is the copy as a player hears it, so that is what is measured.
        meter, heard_s = _listen(str(_out(request)), request, tell)
        if abs(heard_s - written_s) > COPY_SLACK_S:
            raise Refusal(Why.CRASH, f"the copy has {heard_s:.1f} s instead of {written_s:.1f} s")
        copy = _found(read, *meter.result())
        if copy.loudness_lufs is None or copy.true_peak_dbtp is None:
            break
        off_lu = request.target_lufs - copy.loudness_lufs
        over_db = copy.true_peak_dbtp - HIGHEST_PEAK_DBTP
        no_more_gain = off_lu > 0 and gain_db >= MOST_GAIN_DB
        # A copy of many hours that is nearly right is better than none because the computing time ran out.
        no_more_time = time.process_time() * (attempt + 1) / attempt > request.cpu_s
        if no_more_time or (over_db <= 0 and (abs(off_lu) <= CLOSE_ENOUGH_LU or no_more_gain)):
            break
        tried.append((gain_db, copy.loudness_lufs))
        gain_db = min(gain_db + _step_db(off_lu, tried), MOST_GAIN_DB)
        if over_db > 0:
            ceiling_db -= over_db + 0.1
    return copy


def _step_db(off_lu: float, tried: Sequence[tuple[float, float]]) -> float:
    """How much more gain to try.

    Args:
        off_lu: how much louder the copy should be.
        tried: (gain in dB, loudness in LUFS) of the attempts so far.
    """
    yields = 1.0
    if len(tried) > 1 and tried[-1][0] - tried[-2][0] > CLOSE_ENOUGH_LU:
        (gain_before, loud_before), (gain, loud) = tried[-2:]
        yields = min(1.0, max(LEAST_YIELD, (loud - loud_before) / (gain - gain_before)))
    return max(-MOST_STEP_DB, min(off_lu / yields, MOST_STEP_DB))


def _encode(request: Request, gain_db: float, ceiling_db: float, tell: Tell) -> tuple[Source, float]:
    """Writes the MP3 once; gives back what was read and the length in seconds."""
    uniform, shape = Uniform("flt", "mono", COPY_RATE_HZ), _shape(gain_db, ceiling_db)
    samples = 0
    # A Python file, not a path: a full disk then raises here. No ID3 tag: nothing of the source's is passed on.
    with _out(request).open("wb") as file, av.open(file, "w", format="mp3", options={"id3v2_version": "0"}) as copy:
        stream = copy.add_stream(
            "libmp3lame", rate=COPY_RATE_HZ, layout="mono", format="s16p", options={"compression_level": LAME_QUALITY}
        )
        stream.bit_rate = request.kbps * 1000
        with open_source(request.source, request.raw) as source:
            for frame in _with_end(source):
                for even in uniform.push(frame):
                    samples += _encode_through(shape, even, stream, copy)
                if samples > (request.max_duration_s + COPY_SLACK_S) * COPY_RATE_HZ:
                    raise Refusal(Why.TOO_LONG)
                tell("progress", samples / COPY_RATE_HZ, source.announced_s)
        samples += _encode_through(shape, None, stream, copy)
        if not samples:
            raise Refusal(Why.NOTHING)
        copy.mux(stream.encode(None))
    return source, samples / COPY_RATE_HZ


def _shape(gain_db: float, ceiling_db: float) -> Chain:
    """Gain, then a limiter for the peaks that would be over the ceiling."""
    return Chain(
        "flt",
        "mono",
        COPY_RATE_HZ,
        ("volume", f"{gain_db:.2f}dB"),
        # `level=0`: without it the filter makes everything louder again. `latency=1`: the sound is not shifted.
        ("alimiter", f"limit={10 ** (ceiling_db / 20):.4f}:level=0:latency=1:attack=5:release=50"),
        ("aformat", "sample_fmts=s16p"),
    )


def _encode_through(shape: Chain, frame: AudioFrame | None, stream: AudioStream, copy: OutputContainer) -> int:
    samples = 0
    for shaped in shape.push(frame):
        shaped.pts = None
        copy.mux(stream.encode(shaped))
        samples += shaped.samples
    return samples
