"""The stages of one episode, each doing its part once and keeping the result: what the durable workflow calls."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from companion.audio import Pcm, decode, describe_pcm, mix, playback_copy, playback_copy_of_pcm
from companion.captions import parse_json
from companion.errors import StoppedError
from companion.library import Library
from companion.pipeline.alone import meet
from companion.pipeline.hearing import HeardTrack, NoSpeechError, Understanding, spread, tell_voices, understand
from companion.store import Run, TakeIn, stage_key
from companion.teaching import keep_tags, tags_key
from companion.transcribe import TRANSCRIBE_VERSION, Recogniser, plan_chunks, voice_activity
from companion.transcribe.voice import longest_chunk_s
from companion.types import AudioInfo, Chunk, Progress, TranscribeOptions, Transcript

AUDIO_VERSION = 1

log = logging.getLogger(__name__)

_STOPPED = StoppedError("Stopped; what is done is kept.")


@dataclass(frozen=True, slots=True)
class Source:
    """One recording of an episode."""

    speaker: str | None  # None: the mix
    sha256: str


class EpisodeWork:
    """Takes one episode through the stages. Every method may be called again after a crash and does no work twice."""

    def __init__(self, library: Library, run: Run, load: Callable[[TranscribeOptions], Recogniser]) -> None:
        """Looks the episode up.

        Args:
            library: where it is and where results go.
            run: of its job.
            load: gives a loaded recogniser; a worker keeps it from job to job.

        Raises:
            StoppedError: a person has stopped it, taken it out, or taken it up again.
        """
        self._library = library
        self._settings = library.settings
        self._run = run
        episode_id = library.jobs.episode_id(run)
        if episode_id is None or not library.jobs.goes_on(run):
            raise _STOPPED
        try:
            self._take: TakeIn = library.episodes.take_in(episode_id)
        except sa.exc.NoResultFound:
            raise _STOPPED from None
        self._load = load

    @property
    def episode_id(self) -> int:
        """Which episode it is."""
        return self._take.episode.id

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is recognised: every speaker's own track where there are such, else the mix."""
        tracks = tuple(Source(speaker, sha256) for speaker, sha256 in self._take.tracks if speaker is not None)
        return tracks or tuple(Source(None, sha256) for _, sha256 in self._take.tracks)

    @property
    def asked(self) -> str:
        """The model that the job asks for."""
        return self._take.model or "auto"

    def decode(self) -> None:
        """Decodes every recording, and mixes the tracks where no mix was handed in."""
        for speaker, sha256 in self._take.tracks:
            self._decoded(Source(speaker, sha256))
        if all(speaker is not None for speaker, _ in self._take.tracks):
            mixed = self._pcm(self._take.episode.audio_sha256)
            if not mixed.is_file():
                mix([self._pcm(sha256) for _, sha256 in self._take.tracks], mixed)

    def plan(self, source: Source, model: str) -> int:
        """Finds where somebody speaks in a recording; returns the number of chunks."""
        key = self._transcript_key(source, model)
        plan_key = stage_key(key, "plan", TRANSCRIBE_VERSION, {})
        known = self._library.stages.get(plan_key)
        if known is not None:
            return int(known)
        self.report(Progress("listen", 0, 0, "s"))
        window_s = self._recogniser(model).window_s
        with Pcm(self._decoded(source)) as sound:
            chunks = plan_chunks(voice_activity(sound, longest_chunk_s(window_s)), sound.duration_s, window_s)
        self._library.stages.put_plan(key, chunks)
        self._library.stages.put(plan_key, "plan", len(chunks))
        return len(chunks)

    def recognise(self, source: Source, model: str, index: int) -> None:
        """Recognises one chunk; nothing where it is done already."""
        began_s = time.monotonic()
        chunk = self._heard(source, model, index)
        if chunk is not None:
            took_s, left_s = time.monotonic() - began_s, self._left_s(model)
            self._library.jobs.measured(self._run[0], chunk.end_s - chunk.start_s, took_s, left_s)

    def _heard(self, source: Source, model: str, index: int) -> Chunk | None:
        """Recognises one chunk; None where it is done already."""
        key = self._transcript_key(source, model)
        chunk = next((c for c in self._library.stages.chunks_to_do(key) if c.index == index), None)
        if chunk is None:
            return None
        log.info("recognising chunk %d of %s", index, key[:12])
        with Pcm(self._decoded(source)) as sound:
            samples = sound.read(chunk.start_s, chunk.end_s)
        self._library.stages.put_chunk(key, self._recogniser(model).recognise(chunk, samples))
        return chunk

    def planned(self, model: str, total: int) -> None:
        """Says how much there is to be recognised, of all recordings together."""
        self._library.jobs.left(self._run[0], self._left_s(model))
        self.report(Progress("recognise", self._done(model), total, "chunks"))

    def report_recognised(self, model: str, total: int) -> None:
        """Says how many chunks are done, of all recordings together."""
        self.report(Progress("recognise", self._done(model), total, "chunks"))

    def understand(self, model: str) -> None:
        """Voices, turns, tags, moments and the text index, all in one transaction."""
        self.report(Progress("voices", 0, 0, "s"))
        take = self._take
        sounds = [Pcm(self._decoded(source)) for source in self.sources]
        heard = [
            HeardTrack(s.speaker, sound, self._library.stages.chunk_texts(self._transcript_key(s, model)))
            for s, sound in zip(self.sources, sounds, strict=True)
        ]
        if not any(text.words for track in heard for text in track.texts):
            raise NoSpeechError(f"“{take.episode.title}”")
        segments, voices = tell_voices(heard, take.speakers, take.voices)
        for sound in sounds:
            sound.close()
        tagger = self._library.taggers.current()
        self._keep(understand(segments, voices, tagger), tags_key(take.episode.audio_sha256, tagger))

    def understand_given(self) -> None:
        """The same for the transcript that an episode brought along from its feed."""
        self.report(Progress("voices", 0, 0, "s"))
        take, known = self._take, self._library.imports.get(self._take.episode.id)
        given = parse_json(known.transcript or "") if known else Transcript((), 0.0)
        tagger = self._library.taggers.current()
        with Pcm(self._decoded(self.sources[0])) as sound:
            within = replace(given, segments=tuple(s for s in given.segments if s.start_s < sound.duration_s))
            if not within.segments:
                raise NoSpeechError(f"the transcript of “{take.episode.title}”")
            if any(s.speaker for s in within.segments):
                found = meet(within, {v.name: v.role for v in take.voices}, tagger)
            else:
                segments, voices = tell_voices(
                    [HeardTrack(None, sound, spread(within, sound.duration_s))], take.speakers, take.voices
                )
                found = understand(segments, voices, tagger)
        self._keep(found, tags_key(take.episode.audio_sha256, tagger))

    def publish(self, model: str) -> None:
        """Makes the copy that is played, and says that the episode is ready."""
        episode = self._take.episode
        copy = self._library.work_folder / f"{episode.audio_sha256}.mp3"
        mixed = next((sha256 for speaker, sha256 in self._take.tracks if speaker is None), None)
        report = self._reporter("publish")
        if mixed is not None:
            info = self._info(Source(None, mixed))
            loudness = playback_copy(self._library.blobs.path(mixed), copy, info, self._settings, report)
        else:
            self.decode()  # does nothing but after a kill between the two last lines of this method
            pcm = self._pcm(episode.audio_sha256)
            info = describe_pcm(pcm, self._settings)
            loudness = playback_copy_of_pcm(pcm, copy, info, self._settings, report)
        played = self._library.blobs.put(copy)
        self._library.stages.put_loudness(played, loudness.lufs, loudness.true_peak_dbtp)
        used = self._recogniser(model).model.name if model else None  # None: its words were not recognised
        self.clear()
        kept = self._library.episodes.ready(
            episode.id,
            playback_sha256=played,
            duration_s=info.duration_s,
            loudness_lufs=info.loudness_lufs,
            peaks=[round(p, 3) for p in info.peaks],
            model=used,
        )
        if not kept:  # it was taken out while the copy was made
            self._drop(played)
            raise _STOPPED

    def clear(self) -> None:
        """Removes decoded sound."""
        names = {self._take.episode.audio_sha256, *(sha256 for _, sha256 in self._take.tracks)}
        for name in names:
            for suffix in (".pcm", ".mp3"):
                (self._library.work_folder / f"{name}{suffix}").unlink(missing_ok=True)
                for half in self._library.work_folder.glob(f".{name}{suffix}.*.part"):  # of a worker that was killed
                    half.unlink(missing_ok=True)

    def shown(self, sentence: str) -> str:
        """A sentence about one of the recordings, by the name that a host knows instead of that of its bytes."""
        title = f"“{self._take.episode.title}”"
        for speaker, sha256 in self._take.tracks:
            sentence = sentence.replace(sha256, title if speaker is None else f"{speaker}'s track of {title}")
        return sentence.replace(self._take.episode.audio_sha256, title)

    def _drop(self, sha256: str) -> None:
        with self._library.database.write() as connection:
            if self._library.episodes.unused(connection, (sha256,)):
                self._library.blobs.delete(sha256)

    def _keep(self, known: Understanding, key: str) -> None:
        episode = self._take.episode
        with self._library.database.write() as connection:
            if not self._library.jobs.is_current(connection, self._run):
                raise _STOPPED
            keep_tags(connection, self._library, episode, known.turns, known.moments, key)
            self._library.index.put(connection, episode.id, [t.turn for t in known.turns])
            self._library.episodes.put_voices(connection, episode.id, known.voices)

    def _decoded(self, source: Source) -> Path:
        """The decoded sound; made anew where it was cleared away or never finished."""
        pcm = self._pcm(source.sha256)
        key = stage_key(source.sha256, "audio", AUDIO_VERSION, {})
        if not pcm.is_file() or self._library.stages.get(key) is None:
            info = decode(self._library.blobs.path(source.sha256), pcm, self._settings, self._reporter("decode"))
            self._library.stages.put(key, "audio", asdict(info))
        return pcm

    def _info(self, source: Source) -> AudioInfo:
        kept: dict[str, Any] = self._library.stages.get(stage_key(source.sha256, "audio", AUDIO_VERSION, {})) or {}
        return AudioInfo(**{**kept, "peaks": tuple(kept["peaks"])})

    def _pcm(self, sha256: str) -> Path:
        return self._library.work_folder / f"{sha256}.pcm"

    def _options(self, model: str) -> TranscribeOptions:
        words = " ".join(self._take.hotwords) or None
        return TranscribeOptions(model=model, hotwords=words, cpu_threads=self._settings.cpu_threads)

    def _recogniser(self, model: str) -> Recogniser:
        return self._load(self._options(model))

    def _transcript_key(self, source: Source, model: str) -> str:
        options = asdict(self._options(model))
        del options["cpu_threads"]  # how fast, not what
        options["fingerprint"] = self._recogniser(model).fingerprint
        return stage_key(source.sha256, "transcribe", TRANSCRIBE_VERSION, options)

    def _left_s(self, model: str) -> float:
        keys = [self._transcript_key(source, model) for source in self.sources]
        return sum(c.end_s - c.start_s for key in keys for c in self._library.stages.chunks_to_do(key))

    def _done(self, model: str) -> int:
        return sum(self._library.stages.chunks_done(self._transcript_key(s, model)) for s in self.sources)

    def report(self, progress: Progress) -> None:
        """Says how far it is.

        Raises:
            StoppedError: a person has stopped it, taken it out, or taken it up again.
        """
        if not self._library.jobs.goes_on(self._run):
            raise _STOPPED
        self._library.episodes.progress(self._take.episode.id, progress)

    def _reporter(self, stage: str) -> Callable[[float, float | None], None]:
        return lambda done, total: self.report(Progress(stage, done, total or 0.0, "s"))
