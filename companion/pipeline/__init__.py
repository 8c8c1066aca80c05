"""The stages in their order: which comes next, and where to go on after a stop."""

from companion.pipeline.alone import hear_files, meet
from companion.pipeline.hearing import NoSpeechError, Understanding, tell_voices, understand
from companion.pipeline.intake import read_folder
from companion.pipeline.worker import Worker

__all__ = [
    "NoSpeechError",
    "Understanding",
    "Worker",
    "hear_files",
    "meet",
    "read_folder",
    "tell_voices",
    "understand",
]
