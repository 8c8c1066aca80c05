"""Is what the recogniser wrote believable? Decided from the text and a few numbers, never by the model itself."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence

from companion.types import Flag, Word

MAX_COMPRESSION = 2.4  # OpenAI's own threshold for text that repeats itself
MIN_LOGPROB = -1.0  # likewise, for a token's mean log probability
MAX_WORDS_PER_S = 7.0  # of voiced sound; fast speakers reach about 5.5
MAX_REPEATS = 3  # times the same four words in a row are believed within one chunk
MIN_VOICED_S = 0.25


def suspicions(words: Sequence[Word], voiced_s: float, avg_logprob: float) -> tuple[Flag, ...]:
    """Why a chunk's text may be wrong.

    Args:
        words: what was recognised.
        voiced_s: seconds of the chunk in which the voice activity detector heard speech.
        avg_logprob: mean log probability of a token.

    Returns:
        The reasons; empty where nothing is odd.
    """
    if not words:
        return ()
    said = [w.text.lower().strip(".,?!") for w in words]
    text = " ".join(said)
    flags = []
    fours = Counter(tuple(said[i : i + 4]) for i in range(len(said) - 3))
    if fours and fours.most_common(1)[0][1] >= MAX_REPEATS:
        flags.append(Flag.REPETITION)
    if len(text) / len(zlib.compress(text.encode())) > MAX_COMPRESSION:
        flags.append(Flag.COMPRESSION)
    if voiced_s < MIN_VOICED_S:
        flags.append(Flag.NO_VOICE)
    elif len(said) / voiced_s > MAX_WORDS_PER_S and len(said) > 3:
        flags.append(Flag.SPEECH_RATE)
    if avg_logprob < MIN_LOGPROB:
        flags.append(Flag.LOW_CONFIDENCE)
    return tuple(flags)
