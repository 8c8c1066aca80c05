"""A library with one very long episode: three hours, 2,500 segments with a time for each word, 300 moments.

"The long evening" is made of sentences of ours, said over and over in another order; the sound is a minute of soft
tones, 180 times.
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from companion.config import Settings
from companion.library import Library
from companion.types import (
    Evidence,
    Moment,
    MomentState,
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
from tests import small_library

SLUG = "the-long-evening"
MINUTES = 180
SEGMENTS = 2500
SEGMENTS_OF_A_TURN = 4
MOMENTS = 300
RATE_HZ = 22_050
KBPS = 24
WORD_S = 0.3
SENTENCES = (
    "When you went up the stairs without a word I stood there with two cups in my hand.",
    "I know that I go quiet, and I know that it looks like a door to you.",
    "It was the third time this month and I had cooked for both of us.",
    "Of course that hurt, you had looked forward to it the whole day.",
    "I thought you were angry with me and so I kept away from you.",
    "What was it like to sit there alone for so long?",
    "My father used to leave the room like that, and nobody spoke of it after.",
    "I want to stay next time, also when I do not know what to say.",
    "Sometimes I count the minutes until you look up from that screen.",
    "You matter more to me than being right about the dishes.",
)
RARE = "lighthouse"
"""A word that is said once, in the last segment."""


def build(settings: Settings, folder: Path) -> None:
    """Makes the library in `settings.home`.

    Args:
        settings: of the library.
        folder: for files on the way.
    """
    library = Library.open(settings)
    try:
        played = library.blobs.put(_hours_mp3(folder / "hours.mp3"))
        new = small_library.new("The long evening", "e", datetime(2026, 11, 17, 6, tzinfo=UTC), sample=True)
        kept, _ = library.episodes.add(new)
        stored = turns()
        with library.database.write() as connection:
            voices = [Voice(n, n, Role.PARTNER, True) for n in ("Mara", "Jonas")]
            library.episodes.put_voices(connection, kept.id, voices)
            library.transcripts.replace(connection, kept.id, stored)
            library.moments.replace(connection, kept.id, kept.audio_sha256, moments(stored))
            library.index.put(connection, kept.id, [s.turn for s in stored])
        peaks = [round(0.2 + 0.15 * float(np.sin(i / 9)), 3) for i in range(1200)]
        library.episodes.ready(
            kept.id,
            playback_sha256=played,
            duration_s=60.0 * MINUTES,
            peaks=peaks,
            model="bundled",
            loudness_lufs=-16.0,
        )
    finally:
        library.close()


def turns() -> list[StoredTurn]:
    """The turns, one speaker after the other."""
    made = []
    every_s = 60.0 * MINUTES / SEGMENTS
    for index in range(SEGMENTS // SEGMENTS_OF_A_TURN):
        speaker = ("Mara", "Jonas")[index % 2]
        numbers = range(index * SEGMENTS_OF_A_TURN, (index + 1) * SEGMENTS_OF_A_TURN)
        segments = tuple(_segment(number, number * every_s, speaker) for number in numbers)
        text = " ".join(s.text for s in segments)
        words = tuple(w for s in segments for w in s.words)
        turn = Turn(index, speaker, Role.PARTNER, segments[0].start_s, segments[-1].end_s, text, words)
        tags = (TagScore(Tag.VALIDATION, 0.8, (Evidence(text[:12], 0, 12),)),) if index % 2 else ()
        made.append(StoredTurn(turn, TurnTags(tags, 0.0), segments))
    return made


def moments(stored: list[StoredTurn]) -> list[Moment]:
    """What Mara says and what Jonas replies, as often as asked."""
    made = []
    for bid, reply in list(zip(stored[::2], stored[1::2], strict=False))[:MOMENTS]:
        made.append(
            Moment(
                start_s=bid.turn.start_s,
                end_s=reply.turn.end_s,
                validating_speaker="Jonas",
                validated_speaker="Mara",
                tags=reply.tags.tags,
                evidence=reply.tags.tags[0].evidence,
                quote=reply.turn.text,
                bid=bid.turn.text,
                first_turn=bid.turn.index,
                reply_turn=reply.turn.index,
                last_turn=reply.turn.index,
                score=0.5,
                state=MomentState.APPROVED,
            )
        )
    return made


def _segment(number: int, start_s: float, speaker: str) -> Segment:
    text = SENTENCES[(number * 7 + number // 10) % len(SENTENCES)]
    if number == SEGMENTS - 1:
        text = f"And then we saw the {RARE}."
    words = tuple(
        Word(round(start_s + i * WORD_S / 1.5, 2), round(start_s + (i + 1) * WORD_S / 1.5, 2), word, 0.9)
        for i, word in enumerate(text.split())
    )
    return Segment(words[0].start_s, words[-1].end_s, text, speaker, words)


def _hours_mp3(path: Path) -> Path:
    """A minute of MP3 without a header that tells its length, as often as there are minutes."""
    minute = path.with_name("minute.mp3")
    time_s = np.arange(60 * RATE_HZ) / RATE_HZ
    sound = (0.2 * np.sin(2 * np.pi * (200 + 5 * np.floor(time_s)) * time_s)).astype(np.float32)
    with av.open(str(minute), "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout="mono", options={"reservoir": "0"})
        stream.bit_rate = KBPS * 1000
        for start in range(0, sound.size, 576):
            block = np.ascontiguousarray(sound[start : start + 576][np.newaxis, :])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    one = minute.read_bytes()[: KBPS * 125 * 60]
    with path.open("wb") as file:
        for _ in range(MINUTES):
            file.write(one)
    return path
