"""From a file that may be anything to sound that everything else can rely on.

Decoding happens in a child process with limits (`guard` starts it, `child` is it): a media file is hostile input.
"""

from companion.audio.checks import WE_TAKE, check_head, check_room, check_size, check_source
from companion.audio.excerpt import excerpt
from companion.audio.guard import Progress, decode, describe_pcm, playback_copy, playback_copy_of_pcm, probe
from companion.audio.loudness import fault_of, measure
from companion.audio.pcm import Pcm, mix
from companion.audio.private import HeardSound, decode_private, wav_of
from companion.audio.tags import Mp3Tags, TagChapter, write_tagged
from companion.audio.talk import Loudness

__all__ = [
    "WE_TAKE",
    "HeardSound",
    "Loudness",
    "Mp3Tags",
    "Pcm",
    "Progress",
    "TagChapter",
    "check_head",
    "check_room",
    "check_size",
    "check_source",
    "decode",
    "decode_private",
    "describe_pcm",
    "excerpt",
    "fault_of",
    "measure",
    "mix",
    "playback_copy",
    "playback_copy_of_pcm",
    "probe",
    "wav_of",
    "write_tagged",
]
