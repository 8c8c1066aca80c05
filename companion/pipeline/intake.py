"""Reads an episode folder: episode.toml and the recordings beside it; and a show's show.toml.

episodes/README.md documents the fields.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from companion.errors import EpisodeFileError, NotFoundError
from companion.publication import EpisodeDetails, EpisodeKind, Person, Show
from companion.types import EpisodeFiles, Role, TrackFile, Voice

FILE_NAME = "episode.toml"
SHOW_FILE_NAME = "show.toml"
_FIELDS = {
    *("title", "slug", "description", "published", "sample", "audio", "speakers", "hotwords", "voices", "order"),
    *("number", "season", "kind", "explicit", "content_note", "cover", "persons", "link", "guid"),
}
_SHOW_FIELDS = {
    *("title", "description", "link", "language", "author", "owner_email", "category", "explicit", "locked"),
    *("copyright", "guid", "cover", "persons"),
}
_VOICE_FIELDS = {"name", "role", "track"}
_PERSON_FIELDS = {"name", "role", "group", "href", "img"}


def read_folder(folder: Path) -> EpisodeFiles:
    """What an episode folder hands in.

    Raises:
        NotFoundError: there is no episode.toml.
        EpisodeFileError: it is broken; the sentence says where.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise NotFoundError(f"{folder.name} has no {FILE_NAME}. Add one, or give the recording itself.")
    data = _data(path, _FIELDS)
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
        details=_details(path, data),
        cover=_cover(path, data),
    )


def read_show_file(folder: Path) -> tuple[Show, Path | None] | None:
    """What a folder of episodes says of its show, and the show's cover; None where it says nothing.

    Raises:
        EpisodeFileError: the file is broken; the sentence says where.
    """
    path = folder / SHOW_FILE_NAME
    if not path.is_file():
        return None
    data, usual = _data(path, _SHOW_FIELDS), Show()
    above, _, below = (_text(path, data, "category") or f"{usual.category} > {usual.subcategory}").partition(">")
    show = Show(
        title=_text(path, data, "title") or "",
        description=_text(path, data, "description") or "",
        link=_text(path, data, "link") or "",
        language=_text(path, data, "language") or usual.language,
        author=_text(path, data, "author") or "",
        owner_email=_text(path, data, "owner_email") or "",
        category=above.strip(),
        subcategory=below.strip(),
        explicit=_of(path, data, "explicit", bool, False),
        locked=_of(path, data, "locked", bool, True),
        guid=_text(path, data, "guid") or "",
        persons=_persons(path, data.get("persons", [])),
        copyright=_text(path, data, "copyright") or "",
    )
    return show, _cover(path, data)


def _data(path: Path, fields: set[str]) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EpisodeFileError(f"{_name(path)} cannot be read: {error}. Mend that line and try again.", path) from error
    unknown = sorted(set(data) - fields)
    if unknown:
        raise _wrong(path, f"has a field {unknown[0]!r} that nobody knows; the fields are {', '.join(sorted(fields))}")
    return data


def _details(path: Path, data: dict[str, Any]) -> EpisodeDetails:
    kind = data.get("kind", EpisodeKind.FULL)
    if kind not in list(EpisodeKind):
        raise _wrong(path, f"has the kind {kind!r}; the kinds are {', '.join(EpisodeKind)}")
    return EpisodeDetails(
        guid=_text(path, data, "guid") or "",
        number=_number(path, data, "number"),
        season=_number(path, data, "season"),
        kind=EpisodeKind(kind),
        explicit=_of(path, data, "explicit", bool, False),
        content_note=_text(path, data, "content_note") or "",
        persons=_persons(path, data.get("persons", [])),
        link=_text(path, data, "link") or "",
    )


def _persons(path: Path, rows: Any) -> tuple[Person, ...]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _wrong(path, "has `persons` that are not [[persons]] tables")
    persons = []
    for row in rows:
        unknown = sorted(set(row) - _PERSON_FIELDS)
        if unknown:
            raise _wrong(path, f"has a person with a field {unknown[0]!r} that nobody knows")
        values = {field: text for field in row if (text := _text(path, row, field))}
        if "name" not in values:
            raise _wrong(path, "has a person with no name")
        persons.append(Person(**values))
    return tuple(persons)


def _cover(path: Path, data: dict[str, Any]) -> Path | None:
    name = _text(path, data, "cover")
    return _file(path, name) if name else None


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
    return _number(path, data, "speakers")


def _number(path: Path, data: dict[str, Any], field: str) -> int | None:
    number = data.get(field)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
        raise _wrong(path, f"has a `{field}` that is not a number from 1")
    return number


def _wrong(path: Path, what: str) -> EpisodeFileError:
    return EpisodeFileError(f"{_name(path)} {what}. Mend it and try again.", path)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
