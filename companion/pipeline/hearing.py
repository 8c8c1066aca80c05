"""From recognised words to voices, turns, tags and moments. Pure: the same for a library and for a single file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from companion.errors import BadInputError
from companion.moments import find_moments
from companion.moves import tag_turns
from companion.moves.model import MovesModel
from companion.speakers import (
    cluster,
    estimate_speakers,
    name_voices,
    suggest_roles,
    to_segments,
    to_turns,
    words_of_tracks,
)
from companion.transcribe import Samples
from companion.types import Chunk, ChunkText, Moment, Role, Segment, Span, StoredTurn, Transcript, Turn, Voice, Word


class NoSpeechError(BadInputError):
    """Nobody speaks in a recording."""

    http_status = 422

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No speech was found in {name}. If somebody does speak in it, check the recording's level and that it is "
            "the right file, then try again."
        )


@dataclass(frozen=True, slots=True)
class HeardTrack:
    """One recording and what was heard in it."""

    speaker: str | None  # whose own track it is; None for a mixed recording
    sound: Samples
    texts: tuple[ChunkText, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that is known of a conversation."""

    voices: tuple[Voice, ...]  # in the order of their first words
    turns: tuple[StoredTurn, ...]
    moments: tuple[Moment, ...]


def tell_voices(
    heard: Sequence[HeardTrack], speakers: int | None, given: Sequence[Voice]
) -> tuple[tuple[Segment, ...], tuple[Voice, ...]]:
    """Who says which words.

    Args:
        heard: one mixed recording, or a track for each speaker.
        speakers: how many voices a mixed recording has; None: as many as `given`, else estimated.
        given: voices as a person named them: by label (the track's name), else in the order of their first words.

    Returns:
        Segments with the voices' names, and the voices in the order of their first words.
    """
    flags = [(Span(t.chunk.start_s, t.chunk.end_s), t.flags) for track in heard for t in track.texts]
    if all(track.speaker is not None for track in heard):
        spoken = words_of_tracks(
            {str(t.speaker): [w for text in t.texts for w in text.words] for t in heard},
            {str(t.speaker): t.sound for t in heard},
        )
    else:
        words = [w for text in heard[0].texts for w in text.words]
        number = speakers or len(given) or estimate_speakers(words, heard[0].sound)
        spoken = cluster(words, heard[0].sound, number)
    segments = to_segments(spoken, flags)
    labels = list(dict.fromkeys(s.speaker for s in segments if s.speaker is not None))
    voices = _voices(labels, given, suggest_roles(to_turns(segments, {})))
    names = {v.label: v.name for v in voices}
    return tuple(replace(s, speaker=names[s.speaker]) if s.speaker else s for s in segments), voices


def understand(segments: Sequence[Segment], voices: Sequence[Voice], model: MovesModel | None = None) -> Understanding:
    """Turns with what they do, and the moments among them.

    Args:
        segments: of the whole conversation, in order, with the voices' names.
        voices: who speaks.
        model: the tagger; None for the shipped one.
    """
    turns = to_turns(segments, {v.name: v.role for v in voices})
    tags = tag_turns(turns, model)
    stored = tuple(StoredTurn(turn, t, _segments_of(turn, segments)) for turn, t in zip(turns, tags, strict=True))
    return Understanding(tuple(voices), stored, find_moments(turns, tags))


def voices_of(segments: Sequence[Segment], roles: Mapping[str, Role]) -> tuple[Voice, ...]:
    """The voices of a transcript that names its speakers.

    Args:
        segments: with the speakers' names.
        roles: as a person said them; the others are suggested from the text.
    """
    labels = list(dict.fromkeys(s.speaker for s in segments if s.speaker is not None))
    given = [Voice(name, name, role, confirmed=True) for name, role in roles.items()]
    return _voices(labels, given, suggest_roles(to_turns(segments, {})))


def spread(transcript: Transcript, duration_s: float) -> tuple[ChunkText, ...]:
    """The words of a transcript that names nobody, as if they had been recognised, so that voices can be told apart.

    Args:
        transcript: with times; where its words have none, they are spread over their segment by their letters.
        duration_s: of the recording.
    """
    texts = []
    for index, segment in enumerate(transcript.segments):
        start_s, end_s = segment.start_s, min(max(segment.end_s, segment.start_s), duration_s)
        words = segment.words or _spread(segment.text.split(), start_s, end_s)
        chunk = Chunk(index, start_s, end_s, end_s - start_s)
        texts.append(ChunkText(chunk, words, segment.flags, avg_logprob=0.0, tries=1))
    return tuple(texts)


def _spread(words: Sequence[str], start_s: float, end_s: float) -> tuple[Word, ...]:
    letters = sum(len(w) for w in words)
    found, at_s = [], start_s
    for word in words:
        until_s = at_s + (end_s - start_s) * len(word) / letters
        found.append(Word(round(at_s, 3), round(until_s, 3), word, 1.0))
        at_s = until_s
    return tuple(found)


def _voices(labels: Sequence[str], given: Sequence[Voice], suggested: Mapping[str, Role]) -> tuple[Voice, ...]:
    named = name_voices(labels, given)
    return tuple(
        named[label]
        if named[label].role is not Role.UNKNOWN
        else replace(named[label], role=suggested.get(label, Role.UNKNOWN))
        for label in labels
    )


def _segments_of(turn: Turn, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(
        s for s in segments if s.speaker == turn.speaker and turn.start_s <= s.start_s and s.end_s <= turn.end_s
    )
