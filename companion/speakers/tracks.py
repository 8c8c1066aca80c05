"""Who says each word where every speaker has a track: the track says it, once the others' voices in it are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from companion.errors import BadInputError
from companion.speakers.words import Reader, SpokenWord
from companion.types import Word

CROSSTALK_DB = 6.0
LEAST_BELOW_LOUDEST_DB = 18.0  # a track on which only others are heard has no speech level of its own
DOUBTFUL = 0.3
SILENCE_DB = -100.0


def words_of_tracks(tracks: Mapping[str, Sequence[Word]], read: Mapping[str, Reader]) -> tuple[SpokenWord, ...]:
    """Merges what was recognised on each speaker's track, without what the microphones heard of each other.

    Levels are compared as each track stands to its own speech, so that a track recorded quietly loses nothing. A word
    is kept where its track is at most `CROSSTALK_DB` below the loudest one while it lasts. Else it is another voice
    that bled in: it is dropped where the loudest track has a word at that time, and kept as doubtful where it has none.

    Args:
        tracks: the words of each speaker's track, times in seconds from a common start.
        read: the sound of the same tracks.

    Returns:
        All kept words in order of their start; confidence None where the track is certain, low where it is not.

    Raises:
        BadInputError: a track has words and no sound.
    """
    missing = [name for name in tracks if name not in read]
    if missing:
        raise BadInputError(f"There is no recording for the track of {', '.join(missing)}. Hand in its sound too.")
    levels = {name: [_level_db(read[name], w) for w in words] for name, words in tracks.items()}
    own_db = _speech_levels(levels)
    kept: list[SpokenWord] = []
    for name, words in tracks.items():
        for word, level_db in zip(words, levels[name], strict=True):
            relative = {n: _level_db(read[n], word) - own_db[n] for n in tracks if n != name}
            loudest = max(relative, key=lambda n: relative[n], default=name)
            if loudest == name or level_db - own_db[name] >= relative[loudest] - CROSSTALK_DB:
                kept.append(SpokenWord(word, name, None))
            elif not _speaks(tracks[loudest], word):
                kept.append(SpokenWord(word, name, DOUBTFUL))
    return tuple(sorted(kept, key=lambda s: (s.word.start_s, s.word.end_s)))


def _level_db(sound: Reader, word: Word) -> float:
    """The mean power while a word lasts, in dB below full scale."""
    samples = sound.read(word.start_s, max(word.end_s, word.start_s + 0.02))
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB


def _speech_levels(levels: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """How loud each track's own speaker is: the upper part of its words' levels, since bled words are quieter."""
    found = {name: float(np.percentile(of, 75)) if of else SILENCE_DB for name, of in levels.items()}
    least = max(found.values(), default=SILENCE_DB) - LEAST_BELOW_LOUDEST_DB
    return {name: max(level, least) for name, level in found.items()}


def _speaks(words: Sequence[Word], during: Word) -> bool:
    return any(w.start_s < during.end_s and w.end_s > during.start_s for w in words)
