"""A moment to take along: as sound, as a picture with its words, and as a video that shows the words as they are said.

Everything here is made of what is handed in; nothing is looked up, and no text of anybody becomes part of a command.
"""

from companion.clips.card import CARD_SIZE, draw_card
from companion.clips.content import ClipFacts, SaidWord, facts_of, file_name
from companion.clips.faces import Faces
from companion.clips.sound import make_sound
from companion.clips.video import VIDEO_SIZE, make_video

VERSION = 1
"""Of all that is made here: raise it when clips shall look or sound different, and they are made anew."""

__all__ = [
    "CARD_SIZE",
    "VERSION",
    "VIDEO_SIZE",
    "ClipFacts",
    "Faces",
    "SaidWord",
    "draw_card",
    "facts_of",
    "file_name",
    "make_sound",
    "make_video",
]
