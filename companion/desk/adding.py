"""Recordings that are here become an episode that waits for its turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from companion.audio import check_source
from companion.editing.house import House
from companion.errors import LimitError
from companion.handing import Parameters
from companion.library import Library
from companion.publication import EpisodeDetails
from companion.publishing import Publishing, check_details
from companion.store import NewEpisode
from companion.transcribe import find_model
from companion.types import Episode, EpisodeFiles, EpisodeState, Publication

Tracks = tuple[tuple[str | None, str], ...]
"""(speaker, sha256) of recordings; the speaker of the mix is None."""


def add(
    library: Library,
    files: EpisodeFiles,
    model: str = "auto",
    publication: Publication = Publication.DRAFT,
) -> tuple[Episode, bool]:
    """Puts an episode into the library, to be worked on; the same recording twice is one episode.

    Args:
        library: where to.
        files: what was handed in.
        model: which recogniser; `auto` takes the best on this machine.
        publication: whether listeners find it once it is ready.

    Returns:
        The episode, and whether it is new (one that failed or was stopped and is handed in again is worked on again,
        as it is handed in now).

    Raises:
        AudioError: a file is missing, empty or too large.
        BadInputError: a detail or its cover cannot stay as it is.
        ModelError: no such model on this machine.
        SpaceError: no room.
    """
    sources = ((None, files.audio),) if files.audio else ()
    recordings = [*sources, *((t.speaker, t.path) for t in files.tracks)]
    check_tracks(len(files.tracks), library)
    for _, path in recordings:
        check_source(path, library.settings)
    find_model(model, library.settings.models_folder)
    check_details(files.details)
    cover = Publishing(library).put_cover(files.cover) if files.cover else files.details.cover_sha256
    details = replace(files.details, cover_sha256=cover)
    tracks = tuple((speaker, library.blobs.put(path)) for speaker, path in recordings)
    places = {sha256: path for (_, sha256), (_, path) in zip(tracks, recordings, strict=True)}
    return keep(library, new_episode(files, tracks, model, publication, details), places)


def check_tracks(number: int, library: Library) -> None:
    """Looks whether there are not too many tracks.

    Raises:
        LimitError: there are.
    """
    if number > library.settings.max_tracks:
        raise LimitError(f"That are {number} tracks; {library.settings.max_tracks} at most.", "max_tracks")


def new_episode(
    files: EpisodeFiles,
    tracks: Tracks,
    model: str,
    publication: Publication = Publication.DRAFT,
    details: EpisodeDetails = EpisodeDetails(),  # noqa: B008 - frozen
) -> NewEpisode:
    """An episode of recordings that are among the blobs."""
    return NewEpisode(
        title=files.title,
        slug=files.slug,
        description=files.description,
        sample=files.sample,
        published=files.published,
        added=datetime.now(UTC),
        audio_sha256=name_of_all(tracks),
        tracks=tracks,
        voices=files.voices,
        speakers=files.speakers,
        hotwords=files.hotwords,
        model=model,
        publication=publication,
        details=details,
    )


def name_of_all(tracks: Tracks) -> str:
    """What an episode's recordings are called together: the mix's name where there is one."""
    speaker, sha256 = tracks[0]
    return sha256 if speaker is None else hashlib.sha256("".join(sha for _, sha in tracks).encode()).hexdigest()


def keep(
    library: Library,
    new: NewEpisode,
    places: Mapping[str, Path],
    besides: Callable[[sa.Connection, Episode], None] = lambda connection, episode: None,
) -> tuple[Episode, bool]:
    """Puts an episode in, all or nothing.

    Args:
        library: where to.
        new: the episode.
        places: where its recordings came from, by their names among the blobs.
        besides: is called within the same transaction and may change rows of its own.

    Returns:
        The episode, and whether anything is to be done with it now that was not before.
    """
    new = replace(new, hotwords=House(library).with_house_words(new.hotwords))
    with library.database.write() as connection:
        episode, is_new = library.episodes.add_within(connection, new)
        for sha256, place in places.items():
            if not library.blobs.has(sha256):  # an episode with the same recording was taken out a moment ago
                library.blobs.put(place)
        besides(connection, episode)
    if is_new or episode.state not in (EpisodeState.FAILED, EpisodeState.STOPPED):
        return episode, is_new
    asked = Parameters(new.model, new.speakers, new.hotwords, new.voices)
    library.jobs.retry(episode.slug, asked, new.added)
    return library.episodes.get(episode.slug), True


def remove(library: Library, episode: Episode, sources: Sequence[str]) -> None:
    """Takes an episode out with all that belongs to it; whoever works on it notices and stops.

    Args:
        library: where it is.
        episode: which.
        sources: the names of its recordings.
    """
    with library.database.write() as connection:
        library.index.put(connection, episode.id, ())
        unused = library.episodes.delete(connection, episode.id)
    with library.database.write() as connection:  # nobody can hand one of them in again while this goes on
        for sha256 in library.episodes.unused(connection, unused):
            library.blobs.delete(sha256)
    for name in {episode.audio_sha256, *sources}:
        for suffix in (".pcm", ".mp3"):
            (library.work_folder / f"{name}{suffix}").unlink(missing_ok=True)
