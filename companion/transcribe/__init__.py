"""From sound to words: voice activity, chunks no longer than the model's window, faster-whisper, checks.

`Recogniser` holds one loaded model. `plan_chunks` decides what goes through it; each chunk is recognised on its own, so
that a job can stop after any chunk and go on there. Nothing here stores anything.
"""

from companion.transcribe.checks import suspicions
from companion.transcribe.models import (
    BUNDLED,
    ModelInfo,
    check_model,
    download,
    find_model,
    known_models,
)
from companion.transcribe.recognise import TRANSCRIBE_VERSION, Recogniser, in_order
from companion.transcribe.voice import Samples, plan_chunks, voice_activity

__all__ = [
    "BUNDLED",
    "TRANSCRIBE_VERSION",
    "ModelInfo",
    "Recogniser",
    "Samples",
    "check_model",
    "download",
    "find_model",
    "in_order",
    "known_models",
    "plan_chunks",
    "suspicions",
    "voice_activity",
]
