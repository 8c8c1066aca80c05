"""From a file that may be anything to sound that everything else can rely on.

Decoding happens in a child process with limits (`guard` starts it, `child` is it): a media file is hostile input.
"""

from companion.audio.checks import check_source
from companion.audio.excerpt import excerpt
from companion.audio.guard import Progress, decode, describe_pcm, measure, playback_copy, playback_copy_of_pcm
from companion.audio.pcm import Pcm, mix
from companion.audio.private import HeardSound, decode_private, wav_of
from companion.audio.talk import Loudness

__all__ = [
    "HeardSound",
    "Loudness",
    "Pcm",
    "Progress",
    "check_source",
    "decode",
    "decode_private",
    "describe_pcm",
    "excerpt",
    "measure",
    "mix",
    "playback_copy",
    "playback_copy_of_pcm",
    "wav_of",
]
