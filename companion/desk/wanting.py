"""What a host wants of an upload: whether it makes sense, and if not, the sentence that says why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companion.config import Settings
from companion.desk.names import NAME_CHARS
from companion.errors import BadInputError, LimitError
from companion.handing import Upload
from companion.store import Said
from companion.types import Role

TITLE_CHARS = 300
MOST_HOTWORDS = 200
HOTWORD_CHARS = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a host says of an upload."""

    title: str
    model: str
    speakers: int | None  # of a mixed recording; None: estimated
    hotwords: tuple[str, ...]
    files: tuple[Said, ...]


def sensible(upload: Upload, wanted: Wanted, settings: Settings) -> Wanted:
    """What a host wants, brought into order.

    Raises:
        BadInputError: it makes no sense.
    """
    title = " ".join(wanted.title.split())
    if not title:
        raise BadInputError("The episode has no title yet. Give it one, then start.")
    if not upload.files:
        raise BadInputError("There is no recording in this upload. Choose one, then start.")
    bad = next((f for f in upload.files if f.problem is not None), None)
    if bad is not None:
        raise BadInputError(f"{bad.problem} Take it out of the list, then start.")
    if wanted.speakers is not None and not 1 <= wanted.speakers <= settings.max_speakers:
        raise BadInputError(f"A recording has 1 to {settings.max_speakers} voices here.")
    hotwords = words(wanted.hotwords)
    return Wanted(title[:TITLE_CHARS], wanted.model, wanted.speakers, hotwords, _voices(upload, wanted.files, settings))


def words(given: Sequence[str]) -> tuple[str, ...]:
    """Words to listen for, each once and without needless blanks.

    Raises:
        BadInputError: too many.
    """
    found = tuple(dict.fromkeys(word[:HOTWORD_CHARS] for text in given if (word := " ".join(text.split()))))
    if len(found) > MOST_HOTWORDS:
        raise BadInputError(f"That are {len(found)} words to listen for; {MOST_HOTWORDS} at most.")
    return found


def _voices(upload: Upload, said: Sequence[Said], settings: Settings) -> tuple[Said, ...]:
    if len(upload.files) == 1:
        return (Said(upload.files[0].id, "", Role.UNKNOWN, True),)
    by_id = {s.id: s for s in said}
    found: list[Said] = []
    for file in upload.files:
        one = by_id.get(file.id, Said(file.id, file.speaker, file.role, file.mix))
        name = "" if one.mix else " ".join(one.speaker.split())[:NAME_CHARS]
        if not one.mix and not name:
            raise BadInputError(f"Whose track is {file.name}? Write the name, or say that everybody is on it.")
        if not name.isprintable():
            raise BadInputError(f"The name for {file.name} has signs in it that cannot be shown.")
        if name and name.casefold() in {f.speaker.casefold() for f in found}:
            raise BadInputError(f"Two tracks are called {name}. Give each voice a name of its own.")
        found.append(Said(file.id, name, Role.UNKNOWN if one.mix else one.role, one.mix))
    if sum(one.mix for one in found) > 1:
        raise BadInputError("Only one file can be the one that everybody is on.")
    tracks = sum(not one.mix for one in found)
    if tracks > settings.max_tracks:
        raise LimitError(f"That are {tracks} tracks; {settings.max_tracks} at most.", "max_tracks")
    return tuple(found)
