"""Finds out what a person has handed in: which format, in which encoding, or what it is instead."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

from companion.captions.srt import looks_like_srt
from companion.captions.vtt import is_vtt
from companion.errors import CaptionsError

_AUDIO = (b"ID3", b"RIFF", b"RIFX", b"fLaC", b"OggS", b"caff", b"\x1aE\xdf\xa3", b"\x30\x26\xb2\x75", b"#!AMR")
_DOCUMENTS = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

HOW = "Give a transcript as WebVTT (.vtt), SubRip (.srt) or Podcasting 2.0 JSON (.json)."


def _is_audio(data: bytes) -> bool:
    mpeg_frame = len(data) > 1 and data[0] == 0xFF and data[1] >= 0xE0 and data[:2] not in _UTF_16
    aiff = data.startswith(b"FORM") and data[8:11] == b"AIF"
    return data.startswith(_AUDIO) or data[4:8] == b"ftyp" or aiff or mpeg_frame


def decode(data: bytes, name: str = "") -> str:
    """The text of a caption file: UTF-8, or UTF-16 and UTF-32 with a byte order mark, which is not part of the text.

    Args:
        data: the whole file.
        name: the file's name, for the sentence of an error.

    Raises:
        CaptionsError: it is empty, a recording, a document, binary, or in another encoding.
    """
    what = _called(name)
    if not data.strip():
        raise CaptionsError(f"{what} is empty. {HOW}")
    if _is_audio(data):
        raise CaptionsError(f"{what} is a recording, not a transcript. Add it as the episode's audio instead.")
    if data.startswith(_DOCUMENTS):
        raise CaptionsError(f"{what} is a document, not a transcript with times. {HOW}")
    encoding = "utf-32" if data.startswith(_UTF_32) else "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if b"\0" in data and encoding == "utf-8-sig":
            raise CaptionsError(f"{what} is not a text file. {HOW}") from None
        raise CaptionsError(f"{what} is in an old or unknown encoding. Save it as UTF-8 and give it again.") from None
    if not text.strip():
        raise CaptionsError(f"{what} is empty. {HOW}")
    # WebVTT says what to do with NUL; everywhere else it is the mark of a binary file, or of UTF-16 without its mark.
    if "\0" in text and not is_vtt(text):
        raise CaptionsError(f"{what} is not a text file in UTF-8. {HOW}")
    return text


def kind(text: str, name: str = "") -> str:
    """The format of a decoded caption file: "vtt", "json" or "srt", by its content first and by its suffix then.

    Raises:
        CaptionsError: it is none of them.
    """
    suffix = PurePath(name).suffix.lower()
    if is_vtt(text):
        return "vtt"
    if suffix == ".vtt" or re.match(r"\s*WEBVTT", text, re.IGNORECASE):
        return "vtt"  # whose reader says what is wrong with it
    if text.lstrip()[:1] in ("{", "[") and (suffix == ".json" or not looks_like_srt(text)):
        return "json"
    if looks_like_srt(text):
        return "srt"
    if suffix in (".srt", ".json"):
        return suffix[1:]
    raise CaptionsError(f"{_called(name)} has no times that could be read. {HOW}")


def _called(name: str) -> str:
    return PurePath(name).name or "This file"
