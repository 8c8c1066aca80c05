"""A single recording without a library: the same stages, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from companion.audio import Pcm, decode
from companion.captions import joined
from companion.config import Settings
from companion.moves.model import MovesModel
from companion.pipeline.hearing import HeardTrack, NoSpeechError, Understanding, tell_voices, understand, voices_of
from companion.transcribe import Recogniser, plan_chunks, voice_activity
from companion.transcribe.voice import longest_chunk_s
from companion.types import ChunkText, EpisodeFiles, Progress, Role, TrackFile, TranscribeOptions, Transcript

Report = Callable[[Progress], None]


def hear_files(
    files: EpisodeFiles, options: TranscribeOptions, settings: Settings, report: Report = lambda _: None
) -> Transcript:
    """Recognises a recording or a track for each speaker, and tells the voices apart.

    Args:
        files: what to hear.
        options: which model and how.
        settings: limits.
        report: is told how far it is.

    Returns:
        Segments with speakers, words and flags.

    Raises:
        AudioError: a file cannot be read.
        ModelError: the model cannot be had.
        NoSpeechError: nobody speaks.
    """
    recogniser = Recogniser(options, settings.models_folder)
    sources = files.tracks or (TrackFile("", files.audio or Path()),)
    with tempfile.TemporaryDirectory(prefix="companion-") as folder, ExitStack() as open_files:
        pcms = []
        for i, source in enumerate(sources):
            pcm = Path(folder) / f"{i}.pcm"
            decode(source.path, pcm, settings, _told(report), measure=False)
            pcms.append(open_files.enter_context(Pcm(pcm)))
        heard = [
            HeardTrack(source.speaker or None, pcm, _hear(recogniser, pcm, report))
            for source, pcm in zip(sources, pcms, strict=True)
        ]
        if not any(text.words for track in heard for text in track.texts):
            raise NoSpeechError(" and ".join(s.path.name for s in sources))
        report(Progress("voices", 0, 0, "s"))
        segments, _ = tell_voices(heard, files.speakers, files.voices)
        return Transcript(
            segments=segments,
            duration_s=round(max(p.duration_s for p in pcms), 3),
            model=recogniser.options.model,
            options=asdict(recogniser.options),
        )


def meet(transcript: Transcript, roles: Mapping[str, Role], model: MovesModel | None = None) -> Understanding:
    """Voices, turns, tags and moments of a transcript.

    Args:
        transcript: with speakers; words may come one a segment.
        roles: as a person said them; the others are suggested from the text.
        model: the tagger; None for the shipped one.
    """
    segments = joined(transcript).segments
    return understand(segments, voices_of(segments, roles), model)


def _told(report: Report) -> Callable[[float, float | None], None]:
    return lambda done, total: report(Progress("decode", done, total or 0.0, "s"))


def _hear(recogniser: Recogniser, pcm: Pcm, report: Report) -> tuple[ChunkText, ...]:
    report(Progress("listen", 0, 0, "s"))
    speech = voice_activity(pcm, longest_chunk_s(recogniser.window_s))
    chunks = plan_chunks(speech, pcm.duration_s, recogniser.window_s)
    texts, total_s, done_s = [], sum(c.end_s - c.start_s for c in chunks), 0.0
    for chunk in chunks:
        report(Progress("recognise", done_s, total_s, "s"))
        texts.append(recogniser.recognise(chunk, pcm.read(chunk.start_s, chunk.end_s)))
        done_s += chunk.end_s - chunk.start_s
    report(Progress("recognise", total_s, total_s, "s"))
    return tuple(texts)
