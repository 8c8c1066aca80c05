"""A library to edit: the same short conversation as often as there are names for it, with voices that nobody has named.

Whoever mends one of them leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from companion.config import Settings
from companion.library import Library
from companion.speakers import to_turns
from companion.types import Flag, Role, Segment, StoredTurn, TurnTags, Voice, Word
from tests import small_library

WORD_S = 0.4
PAUSE_S = 0.6
HOSTILE = "<img src=x onerror=alert(1)> </textarea><script>alert(2)</script> & \"quoted\" 'so'"
HOSTILE_NAME = '"><script>alert(3)</script>'
SAID: tuple[tuple[str, str, tuple[Flag, ...]], ...] = (
    ("Voice 1", "Where did you go when the door closed?", ()),
    ("Voice 2", "I stood in the hall and counted the coats.", ()),
    ("Voice 3", "You counted coats. I counted minutes.", (Flag.LOW_CONFIDENCE,)),
    ("Voice 2", "Of course you did. Jonah said that to me, and Jonah was right.", ()),
    ("Voice 3", "Jonah is not in this room.", ()),
    ("Voice 1", "Thank you thank you thank you.", (Flag.REPETITION, Flag.COMPRESSION)),
    ("Voice 2", "It hurts to hear how long that was for you.", ()),
    ("Voice 3", HOSTILE, ()),
    ("Voice 2", "I would like to stay next time.", ()),
)


def builder(titles: Sequence[str]) -> Callable[[Settings, Path], None]:
    """What makes a library with an episode for each title.

    Args:
        titles: of the episodes.
    """

    def build(settings: Settings, folder: Path) -> None:
        library = Library.open(settings)
        try:
            played = library.blobs.put(small_library.tone_mp3(folder / "tone.mp3"))
            for number, title in enumerate(titles):
                _add(library, title, f"{number:064x}", played)
        finally:
            library.close()

    return build


def _add(library: Library, title: str, sha256: str, played: str) -> None:
    new = small_library.new(title, "0", datetime(2026, 11, 3, 6, tzinfo=UTC))
    kept, _ = library.episodes.add(replace(new, audio_sha256=sha256, tracks=((None, sha256),)))
    segments = _segments()
    turns = to_turns(segments, {})
    stored = [
        StoredTurn(turn, TurnTags((), 0.0), tuple(s for s in segments if turn.start_s <= s.start_s < turn.end_s))
        for turn in turns
    ]
    with library.database.write() as connection:
        voices = [Voice(f"Voice {k}", f"Voice {k}", Role.UNKNOWN, False) for k in (1, 2, 3)]
        library.episodes.put_voices(connection, kept.id, voices)
        library.transcripts.replace(connection, kept.id, stored)
        library.index.put(connection, kept.id, turns)
    library.episodes.ready(
        kept.id,
        playback_sha256=played,
        duration_s=small_library.LENGTH_S,
        peaks=[0.2] * 1200,
        model="bundled",
        loudness_lufs=-16.0,
    )


def _segments() -> list[Segment]:
    made, now_s = [], 0.5
    for speaker, text, flags in SAID:
        words = []
        for word in text.split():
            words.append(Word(round(now_s, 2), round(now_s + WORD_S, 2), word, 0.9))
            now_s += WORD_S
        made.append(Segment(words[0].start_s, words[-1].end_s, text, speaker, tuple(words), flags))
        now_s += PAUSE_S
    return made
