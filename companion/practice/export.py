"""A space's takes as one zip for their owner."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from companion.config import Settings
from companion.takes import Take

SCHEMA_VERSION = 1
MIMES = {
    "audio/webm": "webm",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "video/webm": "webm",  # what some browsers call a recording without a picture
    "video/mp4": "m4a",
}
"""The kinds of recording that are taken, each with the ending of its file."""

_README = """Your practice takes
===================

takes/1, takes/2, …   one folder a take, the oldest first
  sound.*             the recording, as your microphone's program wrote it (not there if you kept words only)
  transcript.json     what you answered, what was heard or what you corrected, words with times in seconds
  feedback.json       what was said to it, and your pace; where your words speak of harm, where to find help instead

Each JSON file says its schema_version; this is version {version}. Times of day are in UTC.
This file holds what you said in private. Keep it where only you can read it.
"""


def plain_mime(mime: str) -> str:
    """A media type without its parameters."""
    return mime.partition(";")[0].strip().lower()


def export(takes: Sequence[Take], sound: Callable[[Take], bytes], settings: Settings) -> bytes:
    """One zip, made in memory so that nothing of it lies on a disk in clear.

    Args:
        takes: the oldest first.
        sound: gives a take's recording.
        settings: have the link to help.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README.format(version=SCHEMA_VERSION))
        for number, take in enumerate(takes, 1):
            folder = f"takes/{number}"
            if take.sound_bytes:
                ending = MIMES.get(plain_mime(take.mime), "bin")
                archive.writestr(f"{folder}/sound.{ending}", sound(take), zipfile.ZIP_STORED)  # compressed already
            archive.writestr(f"{folder}/transcript.json", _json(_transcript(take)))
            archive.writestr(f"{folder}/feedback.json", _json(_feedback(take, settings)))
    return file.getvalue()


def _transcript(take: Take) -> dict[str, Any]:
    return {
        "id": take.id,
        "made": take.made.isoformat(),
        "answers": {k: v for k, v in asdict(take.asked).items() if v is not None},
        "bid": take.bid,
        "number": take.number,
        "state": take.state,
        "error": take.error,
        "duration_s": take.duration_s,
        "text": take.text,
        "corrected": take.corrected,
        "words": [asdict(w) for w in take.words],
    }


def _feedback(take: Take, settings: Settings) -> dict[str, Any]:
    if take.feedback and take.feedback.safety:
        return {"id": take.id, "help": {"text": settings.help_text, "url": settings.help_url}}
    return {
        "id": take.id,
        "feedback": asdict(take.feedback) if take.feedback else None,
        "pace": asdict(take.pace) if take.pace else None,
    }


def _json(values: dict[str, Any]) -> str:
    return json.dumps({"schema_version": SCHEMA_VERSION, **values}, ensure_ascii=False, indent=1) + "\n"
