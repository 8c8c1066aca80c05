"""The stages in their order: which comes next, and where to go on after a stop.

`companion.pipeline.worker` is imported by those who work only: DBOS takes a second to load.
"""

from companion.pipeline.alone import hear_files, meet
from companion.pipeline.hearing import NoSpeechError, Understanding, tell_voices, understand
from companion.pipeline.intake import read_folder, read_show_file

__all__ = [
    "NoSpeechError",
    "Understanding",
    "hear_files",
    "meet",
    "read_folder",
    "read_show_file",
    "tell_voices",
    "understand",
]
