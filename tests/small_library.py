"""A small library that needs no recogniser: a minute of sound and a conversation that we wrote, put in by the store.

"Late again" is ready (two moments, one turn that the machine is unsure of), "Second chair" is ready (one moment, a
sample), "On its way" is being worked on, "Too quiet" has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from companion.config import Settings
from companion.library import Library
from companion.store import NewEpisode
from companion.types import (
    Evidence,
    Flag,
    Moment,
    MomentState,
    Progress,
    Publication,
    Role,
    Segment,
    StoredTurn,
    Tag,
    TagScore,
    Turn,
    TurnTags,
    Voice,
    Word,
)

RATE_HZ = 44_100
LENGTH_S = 60.0
WORD_S = 0.3
PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """A turn as it is written down here: the telling words stand with their tag."""

    speaker: str
    text: str
    tags: tuple[tuple[Tag, str], ...] = ()
    near_miss: float = 0.0
    flags: tuple[Flag, ...] = ()


LATE_AGAIN = (
    Said("Dr Hale", "Where did the evening go wrong for you, Mara?"),
    Said("Mara", "I sat on the stairs with my coat on. I felt so lonely, and then I felt stupid for it."),
    Said(
        "Jonas",
        "Of course you felt lonely. I said seven and I came at nine, and that was on me.",
        ((Tag.VALIDATION, "Of course you felt lonely"), (Tag.OWNERSHIP, "that was on me")),
    ),
    Said("Mara", "Thank you. It is hard to hear that without waiting for the but."),
    Said("Dr Hale", "There was no but."),
    Said(
        "Jonas", "I know it's hard, but you could have called me, you know.", ((Tag.CRITICISM, "you could have"),), 0.9
    ),
    Said(
        "Mara",
        "And there it is. <b>Every</b> time & always.",
        ((Tag.CRITICISM, "always"),),
        0.0,
        (Flag.LOW_CONFIDENCE,),
    ),
    Said("Jonas", "You're right. When I hear that, I get so scared that I am failing you."),
    Said(
        "Mara",
        "That sounds so heavy to carry. What happens in you when I go quiet?",
        ((Tag.EMPATHY, "sounds so heavy"), (Tag.CURIOSITY, "What happens in you")),
    ),
    Said("Jonas", "I start counting what I did."),
)
LATE_MOMENTS = ((1, 2, 2), (7, 8, 8))  # bid, reply, last turn
SECOND_CHAIR = (
    Said("Ines", "Your mother has a chair at our table, and I have a stool. It hurts every Sunday."),
    Said("Theo", "Mm."),
    Said(
        "Theo",
        "God, no wonder it hurts. You matter to me.",
        ((Tag.VALIDATION, "no wonder it hurts"), (Tag.CARE, "You matter")),
    ),
    Said("Ines", "Say that at the table."),
)
SECOND_MOMENTS = ((0, 2, 2),)
QUARREL = (
    Said("Pia", "You never ask how my day was.", ((Tag.CRITICISM, "You never"),)),
    Said("Lars", "I asked on Tuesday, get it right.", ((Tag.CORRECTING, "get it right"),)),
    Said("Pia", "Once. You always count to one.", ((Tag.CRITICISM, "You always"),)),
    Said("Lars", "It was twice, and you were on the <i>phone</i>.", ((Tag.CORRECTING, "It was twice"),)),
    Said("Pia", "Then why do I remember none of it?"),
    Said("Lars", "Because you never listen.", ((Tag.CRITICISM, "you never listen"),)),
)
"""Two monologues: each sentence answers, none of them hears."""
ROLES = {"Dr Hale": Role.THERAPIST}


def build(settings: Settings, folder: Path, reviewed: bool = True) -> None:
    """Makes the library in `settings.home`.

    Args:
        settings: of the library.
        folder: for files on the way.
        reviewed: a host has approved its moments.
    """
    state = MomentState.APPROVED if reviewed else MomentState.SUGGESTED
    library = Library.open(settings)
    try:
        played = library.blobs.put(tone_mp3(folder / "tone.mp3"))
        _ready(
            library,
            new("Late again", "a", datetime(2026, 11, 3, 6, tzinfo=UTC)),
            LATE_AGAIN,
            LATE_MOMENTS,
            played,
            state,
        )
        second = new("Second chair", "b", datetime(2026, 11, 10, 6, tzinfo=UTC), sample=True)
        _ready(library, second, SECOND_CHAIR, SECOND_MOMENTS, played, state)
        working, _ = library.episodes.add(new("On its way", "c"))
        library.episodes.progress(working.id, Progress("recognise", 3, 8, "chunks"))
        failed, _ = library.episodes.add(new("Too quiet", "d"))
        library.episodes.failed(failed.id, "Nobody can be heard in “Too quiet”. Look whether it is the right file.")
    finally:
        library.close()


def add_quarrel(settings: Settings, folder: Path) -> None:
    """Puts "Twice on Tuesday" into the library in `settings.home`: ready, no moment, two monologues.

    Args:
        settings: of the library.
        folder: for files on the way.
    """
    library = Library.open(settings)
    try:
        played = library.blobs.put(tone_mp3(folder / "quarrel.mp3"))
        episode = new("Twice on Tuesday", "e", datetime(2026, 11, 17, 6, tzinfo=UTC))
        _ready(library, episode, QUARREL, (), played, MomentState.APPROVED)
    finally:
        library.close()


def new(title: str, letter: str, published: datetime | None = None, sample: bool = False) -> NewEpisode:
    """An episode as it is handed in."""
    return NewEpisode(
        title=title,
        slug=None,
        description=f"{title}: a conversation that was written for tests.",
        sample=sample,
        published=published,
        added=datetime(2026, 11, 1, tzinfo=UTC),
        audio_sha256=letter * 64,
        tracks=((None, letter * 64),),
        voices=(),
        speakers=None,
        hotwords=(),
        model="bundled",
        publication=Publication.PUBLISHED,
    )


def tone_mp3(path: Path) -> Path:
    """A minute of soft sound, different every second: mono MP3 at a constant 96 kbit/s."""
    time_s = np.arange(int(LENGTH_S * RATE_HZ)) / RATE_HZ
    loud = 0.15 + 0.1 * np.sin(2 * np.pi * 0.13 * time_s)
    sound = (loud * np.sin(2 * np.pi * (200 + 5 * np.floor(time_s)) * time_s)).astype(np.float32)
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout="mono")
        stream.bit_rate = 96_000
        for start in range(0, sound.size, 1152):
            block = sound[start : start + 1152][np.newaxis, :]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _ready(
    library: Library,
    episode: NewEpisode,
    said: Sequence[Said],
    moments: Sequence[tuple[int, int, int]],
    played: str,
    state: MomentState,
) -> None:
    kept, _ = library.episodes.add(episode)
    stored = _stored(said)
    found = [replace(_moment(said, stored, *place), state=state) for place in moments]
    names = dict.fromkeys(s.speaker for s in said)
    with library.database.write() as connection:
        library.episodes.put_voices(connection, kept.id, [Voice(n, n, ROLES.get(n, Role.PARTNER), True) for n in names])
        library.transcripts.replace(connection, kept.id, stored)
        library.moments.replace(connection, kept.id, kept.audio_sha256, found)
        library.index.put(connection, kept.id, [s.turn for s in stored])
    peaks = [round(0.15 + 0.1 * float(np.sin(i / 25)), 3) for i in range(1200)]
    library.episodes.ready(
        kept.id, playback_sha256=played, duration_s=LENGTH_S, peaks=peaks, model="bundled", loudness_lufs=-16.0
    )


def _stored(said: Sequence[Said]) -> list[StoredTurn]:
    stored, now_s = [], 0.5
    for index, one in enumerate(said):
        words = []
        for text in one.text.split():
            words.append(Word(round(now_s, 2), round(now_s + WORD_S, 2), text, 0.9))
            now_s += WORD_S
        start_s, end_s = words[0].start_s, words[-1].end_s
        role = ROLES.get(one.speaker, Role.PARTNER)
        turn = Turn(index, one.speaker, role, start_s, end_s, one.text, tuple(words))
        tags = tuple(TagScore(tag, 0.9 - 0.1 * i, (_evidence(one, w),)) for i, (tag, w) in enumerate(one.tags))
        segment = Segment(start_s, end_s, one.text, one.speaker, tuple(words), one.flags)
        stored.append(StoredTurn(turn, TurnTags(tags, one.near_miss), (segment,)))
        now_s += PAUSE_S
    return stored


def _evidence(one: Said, words: str) -> Evidence:
    start = one.text.index(words)
    return Evidence(words, start, start + len(words))


def _moment(said: Sequence[Said], stored: Sequence[StoredTurn], bid: int, reply: int, last: int) -> Moment:
    tags = stored[reply].tags.tags
    return Moment(
        start_s=stored[bid].turn.start_s,
        end_s=stored[last].turn.end_s,
        validating_speaker=said[reply].speaker,
        validated_speaker=said[bid].speaker,
        tags=tags,
        evidence=tuple(e for t in tags for e in t.evidence),
        quote=said[reply].text,
        bid=said[bid].text,
        first_turn=bid,
        reply_turn=reply,
        last_turn=last,
        score=0.9 - 0.1 * bid / 10,
    )
