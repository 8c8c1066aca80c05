"""Who says what: tracks or clustering, then segments, turns and a suggestion of everybody's role.

One track for each speaker is exact. A mixed recording is clustered by how the voices sound, with the number of speakers
given; that is a suggestion, and each word says how sure it is. Roles are guessed from the words alone and never from a
voice; a person confirms them.
"""

from companion.speakers.cluster import cluster, estimate_speakers
from companion.speakers.roles import name_voices, suggest_roles
from companion.speakers.tracks import words_of_tracks
from companion.speakers.turns import to_segments, to_turns, turn_groups, turns_of
from companion.speakers.words import Reader, SpokenWord

__all__ = [
    "SPEAKERS_VERSION",
    "Reader",
    "SpokenWord",
    "cluster",
    "estimate_speakers",
    "name_voices",
    "suggest_roles",
    "to_segments",
    "to_turns",
    "turn_groups",
    "turns_of",
    "words_of_tracks",
]

SPEAKERS_VERSION = 1
"""Goes up whenever the same words and sound could get other speakers, segments or turns."""
