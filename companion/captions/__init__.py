"""Captions and transcripts in the formats of the podcast world: WebVTT, SubRip, Podcasting 2.0 JSON, plain text.

In: `parse` finds out the format by itself, `read_transcript` does so for a file. Out: `FORMATS` has a writer for each
format, `MIME` its type. All but `read_transcript` are pure functions of text and data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from companion.captions.cues import Cue
from companion.captions.detect import HOW, decode, kind
from companion.captions.joining import joined
from companion.captions.podcast_json import parse_json, to_json
from companion.captions.srt import parse_srt, read_cues_srt, to_srt
from companion.captions.text import to_txt
from companion.captions.vtt import chapters_to_vtt, parse_vtt, read_cues_vtt, to_vtt
from companion.config import Settings
from companion.errors import CaptionsError, LimitError, NotFoundError
from companion.types import Transcript

__all__ = [
    "FORMATS",
    "MIME",
    "Cue",
    "chapters_to_vtt",
    "joined",
    "parse",
    "parse_json",
    "parse_srt",
    "parse_vtt",
    "read_cues_srt",
    "read_cues_vtt",
    "read_transcript",
    "to_json",
    "to_srt",
    "to_txt",
    "to_vtt",
]

FORMATS: dict[str, Callable[[Transcript], str]] = {"json": to_json, "vtt": to_vtt, "srt": to_srt, "txt": to_txt}
"""A writer for each format; the key is the file's suffix."""

MIME: Mapping[str, str] = MappingProxyType(
    {"json": "application/json", "vtt": "text/vtt", "srt": "application/x-subrip", "txt": "text/plain"}
)
"""Types as podcast:transcript names them; all texts are UTF-8."""

_PARSERS: dict[str, Callable[[str], Transcript]] = {"json": parse_json, "vtt": parse_vtt, "srt": parse_srt}


def parse(data: bytes, name: str = "") -> Transcript:
    """The words of a caption file in whichever format it is.

    Args:
        data: the whole file.
        name: its name; the suffix decides only where the content does not.

    Returns:
        Segments by start time, with names where the file has them. None at all is possible: a valid file can be empty
        of words.

    Raises:
        CaptionsError: it is not a transcript that can be read; the sentence says why.
    """
    text = decode(data, name)
    return _PARSERS[kind(text, name)](text)


def read_transcript(path: Path, settings: Settings) -> Transcript:
    """The words of a caption file on the disk.

    Args:
        path: the file.
        settings: for `max_caption_bytes`.

    Raises:
        NotFoundError: there is no such file.
        LimitError: it is larger than `max_caption_bytes`.
        CaptionsError: it cannot be opened, is not a transcript, or has no words.
    """
    if not path.exists():
        raise NotFoundError(f"There is no file {path}. Check its name.")
    if not path.is_file():
        raise CaptionsError(f"{path.name} is not a file. {HOW}")
    limit_bytes = settings.max_caption_bytes
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise CaptionsError(f"{path.name} cannot be opened: {error.strerror}. Check who may read it.") from None
    if len(data) > limit_bytes:
        raise LimitError(
            f"{path.name} is larger than {limit_bytes / 1e6:g} MB, the most that is read as a transcript. If it is "
            "one, raise COMPANION_MAX_CAPTION_BYTES.",
            "max_caption_bytes",
        )
    found = parse(data, path.name)
    if not found.segments:
        raise CaptionsError(f"{path.name} has no words in it. Choose another file or export it again.")
    return found
