"""Reads an episode folder: episode.toml and the recordings beside it (episodes/README.md documents the fields)."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from companion.errors import EpisodeFileError, NotFoundError
from companion.types import EpisodeFiles, Role, TrackFile, Voice

FILE_NAME = "episode.toml"
_FIELDS = {"title", "slug", "description", "published", "sample", "audio", "speakers", "hotwords", "voices", "order"}
_VOICE_FIELDS = {"name", "role", "track"}


def read_folder(folder: Path) -> EpisodeFiles:
    """What an episode folder hands in.

    Raises:
        NotFoundError: there is no episode.toml.
        EpisodeFileError: it is broken; the sentence says where.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise NotFoundError(f"{folder.name} has no {FILE_NAME}. Add one, or give the recording itself.")
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EpisodeFileError(f"{_name(path)} cannot be read: {error}. Mend that line and try again.", path) from error
    unknown = sorted(set(data) - _FIELDS)
    if unknown:
        raise _wrong(path, f"has a field {unknown[0]!r} that nobody knows; the fields are {', '.join(sorted(_FIELDS))}")
    voices, tracks = _voices(path, data.get("voices", []))
    audio = _text(path, data, "audio")
    if audio is None and not tracks:
        raise _wrong(path, "names neither `audio` nor a track for each voice")
    return EpisodeFiles(
        title=_text(path, data, "title") or folder.name,
        slug=_text(path, data, "slug"),
        audio=_file(path, audio) if audio else None,
        tracks=tracks,
        description=_text(path, data, "description") or "",
        published=_published(path, data.get("published")),
        sample=_of(path, data, "sample", bool, False),
        speakers=_speakers(path, data),
        voices=voices,
        hotwords=tuple(_of(path, data, "hotwords", list, [])),
    )


def _voices(path: Path, rows: Any) -> tuple[tuple[Voice, ...], tuple[TrackFile, ...]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong(path, "has `voices` that are not [[voices]] tables")
    voices, tracks = [], []
    for row in rows:
        name = _text(path, row, "name")
        unknown = sorted(set(row) - _VOICE_FIELDS)
        if not name or unknown:
            raise _wrong(
                path, f"has a voice with {f'a field {unknown[0]!r} that nobody knows' if unknown else 'no name'}"
            )
        role = row.get("role", Role.UNKNOWN)
        if role not in list(Role):
            raise _wrong(path, f"gives {name} the role {role!r}; the roles are {', '.join(Role)}")
        voices.append(Voice(label=name, name=name, role=Role(role), confirmed=True))
        if "track" in row:
            tracks.append(TrackFile(name, _file(path, str(row["track"]))))
    if len({v.name for v in voices}) < len(voices):
        raise _wrong(path, "names two voices alike")
    if tracks and len(tracks) < len(voices):
        raise _wrong(path, "gives tracks to some voices only; give every voice its track, or none")
    return tuple(voices), tuple(tracks)


def _file(path: Path, name: str) -> Path:
    place = (path.parent / name).resolve()
    if not place.is_relative_to(path.parent.resolve()):
        raise _wrong(path, f"names {name!r}, which lies outside the episode's folder")
    if not place.is_file():
        raise _wrong(path, f"names {name!r}, but there is no such file beside it")
    return place


def _published(path: Path, value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise _wrong(path, "has a `published` that is no date, such as 2026-11-01T09:00:00Z")


def _text(path: Path, data: dict[str, Any], field: str) -> str | None:
    value = _of(path, data, field, str, None)
    return value.strip() if value and value.strip() else None


def _of(path: Path, data: dict[str, Any], field: str, kind: type, default: Any) -> Any:
    if field not in data:
        return default
    if not isinstance(data[field], kind):
        words = {str: "a text", bool: "true or false", list: "a list"}
        raise _wrong(path, f"has a `{field}` that is not {words[kind]}")
    return data[field]


def _speakers(path: Path, data: dict[str, Any]) -> int | None:
    number = data.get("speakers")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise _wrong(path, "has a `speakers` that is not a number from 1")
    return number


def _wrong(path: Path, what: str) -> EpisodeFileError:
    return EpisodeFileError(f"{_name(path)} {what}. Mend it and try again.", path)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
