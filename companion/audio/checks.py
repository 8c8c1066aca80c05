"""What is looked at before a file goes to the decoder, and the sentence for everything that can go wrong."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from companion.audio.talk import Why
from companion.config import Settings
from companion.errors import AudioError, CompanionError, LimitError, SpaceError

WE_TAKE = "MP3, M4A, AAC, WAV, FLAC, OGG, Opus, WebM or the sound of an MP4"
HEAD_BYTES = 4096
# Bytes that no text contains: control characters other than tab, the line ends, form feed and escape.
_NOT_TEXT = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b") + b"\x7f"


def check_source(source: Path, settings: Settings) -> int:
    """Looks whether a file can be a recording at all.

    Args:
        source: what a person gave.
        settings: `max_audio_bytes` counts.

    Returns:
        Its size in bytes.

    Raises:
        AudioError: missing, a folder, empty, not ours to read, or text.
        LimitError: too big.
    """
    name = _shown(source)
    try:
        found = source.stat()
        if stat.S_ISDIR(found.st_mode):
            raise AudioError(f"{name} is a folder. Give one of the recordings in it.", source)
        if not stat.S_ISREG(found.st_mode):
            raise AudioError(f"{name} is a device or a pipe, not a file. Give a recording.", source)
        with source.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise AudioError(f"There is no file {name}. Look at its name and its folder.", source) from None
    except PermissionError:
        raise AudioError(f"You may not read {name}. Change its permissions or copy it.", source) from None
    except OSError as error:
        raise AudioError(f"{name} cannot be read ({error.strerror}). Copy it elsewhere and try that.", source) from None
    check_size(name, found.st_size, settings, source)
    check_head(name, head, source)
    return found.st_size


def check_size(name: str, size_bytes: int, settings: Settings, source: Path | None = None) -> None:
    """Looks whether a recording is neither empty nor too big.

    Args:
        name: of the file, as it is shown.
        size_bytes: of the file.
        settings: `max_audio_bytes` counts.
        source: where it is, if it is there already.

    Raises:
        AudioError: empty.
        LimitError: too big.
    """
    if not size_bytes:
        raise AudioError(f"{name} is empty (0 bytes). Copy or download it again.", source)
    if size_bytes > settings.max_audio_bytes:
        raise LimitError(
            f"{name} has {size_bytes / 1e6:.0f} MB, and at most {settings.max_audio_bytes / 1e6:.0f} MB are taken. "
            "Save it in a smaller form, such as MP3, or raise max_audio_bytes.",
            "max_audio_bytes",
        )


def check_head(name: str, head: bytes, source: Path | None = None) -> None:
    """Looks whether the first bytes of a file can be a recording's.

    Raises:
        AudioError: they are text.
    """
    if looks_like_text(head[:HEAD_BYTES]):
        raise AudioError(f"{name} is text, not a recording. Choose the sound file itself: {WE_TAKE}.", source)


def looks_like_text(head: bytes) -> bool:
    """Whether a file that begins like this is text: playlists, scripts and pages under a recording's name."""
    return head.translate(None, _NOT_TEXT) == head


def check_room(folder: Path, needed_bytes: int, settings: Settings) -> None:
    """Looks whether a folder's disk has room.

    Args:
        folder: where something will be written.
        needed_bytes: how much, about.
        settings: `min_free_bytes` stay free besides.

    Raises:
        SpaceError: too little.
    """
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError as error:
        raise SpaceError(f"The folder {folder.name} cannot be used ({error.strerror}).", folder) from error
    if free_bytes < settings.min_free_bytes + needed_bytes:
        raise SpaceError(
            f"There is too little room on the disk: {free_bytes / 1e6:.0f} MB are free, about "
            f"{needed_bytes / 1e6:.0f} MB are needed, and {settings.min_free_bytes / 1e6:.0f} MB stay free always "
            "(min_free_bytes). Make some room, then try again.",
            folder,
        )


def error_for(why: Why, detail: str, source: Path, folder: Path, settings: Settings) -> CompanionError:
    """The error, with its sentence, for what became of a recording.

    Args:
        why: the kind.
        detail: what is known besides.
        source: the recording.
        folder: where the result was to be.
        settings: the limits that the sentence names.
    """
    name = _shown(source)
    if why is Why.TOO_LONG:
        return LimitError(
            f"{name} is longer than {_hours(settings.max_duration_s)}. Cut it into parts, or raise max_duration_s.",
            "max_duration_s",
        )
    if why is Why.NO_ROOM:
        return SpaceError(f"The disk became full while {name} was decoded. Make some room, then try again.", folder)
    if why in _LIMITS:
        setting, sentence = _LIMITS[why]
        return LimitError(f"{name}: {sentence} Save it anew as MP3 or WAV, or raise {setting}.", setting)
    return AudioError(_SENTENCES[why].format(name=name, detail=detail or "unknown", we_take=WE_TAKE), source)


_LIMITS = {
    Why.MEMORY: ("decode_memory_bytes", "decoding it needs more memory than it may have."),
    Why.CPU: ("decode_cpu_s", "decoding it takes more computing time than it may have."),
    Why.WALL: ("decode_wall_s", "decoding it takes too long."),
    Why.IDLE: ("decode_idle_s", "decoding it stands still, so it was ended."),
}

_SENTENCES = {
    Why.NOT_MEDIA: "{name} is not a recording that can be read here. Give {we_take}.",
    Why.NO_SOUND: "{name} has no sound in it. Give a file with an audio track: {we_take}.",
    Why.CODEC: "The sound in {name} is coded as {detail}, which is not taken here. Save it as {we_take}.",
    Why.ODD_FORM: "{name} claims {detail}, which no recording has. It is probably damaged: save it anew as MP3 or WAV.",
    Why.NOTHING: "Nothing could be decoded from {name}. It is probably damaged: copy or export it again.",
    Why.MOSTLY_BAD: "Nearly all of {name} is damaged ({detail}). Copy or export it again.",
    Why.CRASH: "The decoder gave up on {name} ({detail}). It is probably damaged: save it anew as MP3 or WAV.",
}


def _shown(path: Path) -> str:
    """A file's name without what could steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in path.name)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} hours" if seconds >= 3600 else f"{seconds / 60:g} minutes"
