"""Episodes, their tracks and voices, and how far each is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from companion import schema
from companion.errors import NotFoundError
from companion.handing import Parameters
from companion.publication import EpisodeDetails, EpisodeKind, guid_of
from companion.schema import Database
from companion.store.asked import add_job, parameters_of
from companion.store.shown import Shown
from companion.store.shows import persons_from_json, persons_to_json
from companion.types import Episode, EpisodeState, Progress, Publication, Role, Voice


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """What is known of an episode when it is handed in."""

    title: str
    slug: str | None  # made from the title where None
    description: str
    sample: bool
    published: datetime | None
    added: datetime
    audio_sha256: str
    tracks: tuple[tuple[str | None, str], ...]  # (speaker, sha256); speaker None: the mixed recording
    voices: tuple[Voice, ...]  # as a person gave them, in the order of their first words
    speakers: int | None
    hotwords: tuple[str, ...]
    model: str
    publication: Publication = Publication.DRAFT
    details: EpisodeDetails = EpisodeDetails()


@dataclass(frozen=True, slots=True)
class TakeIn:
    """What the pipeline needs to know of an episode."""

    episode: Episode
    tracks: tuple[tuple[str | None, str], ...]
    model: str  # as it was asked for
    voices: tuple[Voice, ...]
    speakers: int | None
    hotwords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedEpisode:
    """An episode on a list."""

    episode: Episode  # without its peaks
    progress: Progress


class Episodes:
    """Reads and writes episodes. Lists and addresses know only what its audience sees; numbers know every episode."""

    def __init__(self, database: Database, shown: Shown = Shown()) -> None:  # noqa: B008 - frozen
        self._database = database
        self._shown = shown

    def add(self, new: NewEpisode) -> tuple[Episode, bool]:
        """Puts an episode in, with a job; the same audio twice is one episode.

        Returns:
            The episode, and whether it is new.
        """
        with self._database.write() as connection:
            return self.add_within(connection, new)

    def add_within(self, connection: sa.Connection, new: NewEpisode) -> tuple[Episode, bool]:
        """The same, within the caller's transaction."""
        table = schema.episode
        known = connection.execute(sa.select(table).where(table.c.audio_sha256 == new.audio_sha256)).first()
        if known:
            return _episode(known), False
        slug = _free_slug(connection, new.slug or new.title)
        values = {
            "slug": slug,
            "title": new.title,
            "description": new.description,
            "sample": new.sample,
            "state": EpisodeState.WAITING,
            "published": new.published,
            "added": new.added,
            "audio_sha256": new.audio_sha256,
            "peaks": [],
            "model": new.model,
            "attempt": 1,
            "publication": new.publication,
            **_details_row(new.details, new.audio_sha256),
            **_NO_PROGRESS,
        }
        row_id = connection.execute(sa.insert(table).values(values)).inserted_primary_key
        assert row_id is not None  # noqa: S101 - SQLAlchemy's type allows None for other databases
        for position, (speaker, sha256) in enumerate(new.tracks):
            connection.execute(
                sa.insert(schema.track).values(
                    episode_id=row_id[0], position=position, speaker=speaker, audio_sha256=sha256
                )
            )
        _put_voices(connection, row_id[0], new.voices)
        add_job(connection, row_id[0], Parameters(new.model, new.speakers, new.hotwords, new.voices), new.added)
        return _episode(connection.execute(sa.select(table).where(table.c.id == row_id[0])).one()), True

    def get(self, slug: str) -> Episode:
        """One episode.

        Raises:
            NotFoundError: there is none by that slug.
        """
        with self._database.read() as connection:
            wanted = sa.select(schema.episode).where(schema.episode.c.slug == slug, self._shown.episode())
            row = connection.execute(wanted).first()
        if row is None:
            raise NotFoundError(f"There is no episode called {slug}.")
        return _episode(row)

    def all(self) -> tuple[Episode, ...]:
        """Every episode, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(schema.episode).where(self._shown.episode()).order_by(*_NEWEST)).all()
        return tuple(_episode(row) for row in rows)

    def newest_ready(self, limit: int, offset: int = 0) -> tuple[Episode, ...]:
        """Some of the episodes that can be heard, the newest first."""
        ready = sa.select(schema.episode).where(self._shown.ready_episode())
        with self._database.read() as connection:
            rows = connection.execute(ready.order_by(*_NEWEST).limit(limit).offset(offset)).all()
        return tuple(_episode(row) for row in rows)

    def count_ready(self) -> int:
        """How many episodes can be heard."""
        table = schema.episode
        query = sa.select(sa.func.count()).select_from(table).where(self._shown.ready_episode())
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def page(self, limit: int, offset: int = 0) -> tuple[tuple[ListedEpisode, ...], int]:
        """A page of episodes, the newest first, and how many there are in all."""
        table = schema.episode
        with self._database.read() as connection:
            seen = self._shown.episode()
            total = connection.execute(sa.select(sa.func.count()).select_from(table).where(seen)).scalar_one()
            # Only the numbers are sorted, and no waveform is read: a list shows none.
            ids = sa.select(table.c.id).where(seen).order_by(*_NEWEST).limit(limit).offset(offset)
            columns = [c for c in table.c if c is not table.c.peaks]
            rows = connection.execute(sa.select(*columns).where(table.c.id.in_(ids)).order_by(*_NEWEST)).all()
        return tuple(ListedEpisode(_episode(row, ()), _progress(row)) for row in rows), total

    def states(self) -> dict[EpisodeState, int]:
        """How many episodes are in each state."""
        state = schema.episode.c.state
        with self._database.read() as connection:
            rows = connection.execute(sa.select(state, sa.func.count()).group_by(state)).all()
        return {EpisodeState(name): number for name, number in rows}

    def is_played(self, sha256: str) -> bool:
        """Whether any episode is played from this recording."""
        table = schema.episode
        query = sa.select(table.c.id).where(table.c.playback_sha256 == sha256, self._shown.episode()).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def by_audio(self, sha256: str) -> Episode:
        """The episode of a recording.

        Raises:
            NotFoundError: there is none.
        """
        table = schema.episode
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.audio_sha256 == sha256)).first()
        if row is None:
            raise NotFoundError("That episode is not in the library any more.")
        return _episode(row)

    def take_in(self, episode_id: int) -> TakeIn:
        """What the pipeline needs to know of an episode."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(schema.episode).where(schema.episode.c.id == episode_id)).one()
            track = schema.track
            tracks = connection.execute(
                sa.select(track).where(track.c.episode_id == episode_id).order_by(track.c.position)
            ).all()
            asked = parameters_of(connection, episode_id)
        return TakeIn(
            episode=_episode(row),
            tracks=tuple((t.speaker, t.audio_sha256) for t in tracks),
            model=asked.model,
            voices=asked.voices,
            speakers=asked.speakers,
            hotwords=asked.hotwords,
        )

    def voices(self, episode_id: int) -> tuple[Voice, ...]:
        """The voices of an episode, in the order of their first words."""
        with self._database.read() as connection:
            return _voices(connection, episode_id)

    def put_voices(self, connection: sa.Connection, episode_id: int, voices: Sequence[Voice]) -> None:
        """Replaces the voices of an episode, within the caller's transaction."""
        _put_voices(connection, episode_id, voices)

    def details(self, episode_id: int) -> EpisodeDetails:
        """What a host says of an episode, beside its title, description and date."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(*_DETAILS).where(schema.episode.c.id == episode_id)).one()
        return _details(row)

    def all_details(self) -> dict[int, EpisodeDetails]:
        """The same of every episode that its audience can hear, by their numbers."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*_DETAILS).where(self._shown.ready_episode())).all()
        return {row.id: _details(row) for row in rows}

    def put_details(self, episode_id: int, details: EpisodeDetails) -> None:
        """Puts details in the place of the old ones; a guid that is empty stays what it was."""
        row = _details_row(details, "")
        if not details.guid:
            del row["guid"]
        self._update(episode_id, **row)

    def put_texts(self, episode_id: int, title: str, description: str, published: datetime | None) -> None:
        """Changes an episode's title, description and date; its slug stays, since others link to it."""
        self._update(episode_id, title=title, description=description, published=published)

    def publish(self, episode_id: int, publication: Publication, published: datetime | None = None) -> None:
        """Says whether listeners find an episode.

        Args:
            episode_id: which.
            publication: what it is from now on.
            published: its date; None leaves it.
        """
        date = {} if published is None else {"published": published}
        self._update(episode_id, publication=publication, **date)

    def due(self, now: datetime) -> tuple[Episode, ...]:
        """The episodes that are scheduled, ready, and whose date has come."""
        table = schema.episode
        waits = (table.c.publication == Publication.SCHEDULED, table.c.state == EpisodeState.READY)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(table).where(*waits, table.c.published <= now)).all()
        return tuple(_episode(row) for row in rows)

    def tagged(self, connection: sa.Connection, episode_id: int, key: str) -> None:
        """Says what made an episode's tags and moments, within the caller's transaction."""
        connection.execute(sa.update(schema.episode).where(schema.episode.c.id == episode_id).values(tagged_by=key))

    def delete(self, connection: sa.Connection, episode_id: int) -> tuple[str, ...]:
        """Takes an episode out, within the caller's transaction; returns the blobs that nobody uses any more."""
        track, episode, published = schema.track, schema.episode, schema.published_audio
        row = connection.execute(sa.select(episode).where(episode.c.id == episode_id)).one()
        rows = connection.execute(sa.select(track.c.audio_sha256).where(track.c.episode_id == episode_id))
        tagged = connection.execute(sa.select(published.c.sha256).where(published.c.episode_id == episode_id))
        names = {*rows.scalars(), *tagged.scalars(), row.playback_sha256, row.cover_sha256} - {None}
        connection.execute(sa.delete(episode).where(episode.c.id == episode_id))
        return self.unused(connection, names)

    def unused(self, connection: sa.Connection, names: Iterable[str]) -> tuple[str, ...]:
        """Which of some blobs nobody has any more, within the caller's transaction."""
        episode, show, published = schema.episode, schema.show, schema.published_audio
        holders = (
            schema.track.c.audio_sha256,
            episode.c.playback_sha256,
            episode.c.cover_sha256,
            show.c.cover_sha256,
            published.c.sha256,
        )
        used = {name for column in holders for name in connection.execute(sa.select(column)).scalars()}
        return tuple(sorted(set(names) - used))

    def progress(self, episode_id: int, progress: Progress) -> None:
        """Says how far an episode is; nothing where nobody works on it any more."""
        table = schema.episode
        at_work = (table.c.id == episode_id, table.c.state.in_((EpisodeState.WAITING, EpisodeState.WORKING)))
        values = {"stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit}
        with self._database.write() as connection:
            connection.execute(sa.update(table).where(*at_work).values(state=EpisodeState.WORKING, **values))

    def get_progress(self, episode_id: int) -> tuple[EpisodeState, Progress, str | None]:
        """State, how far, and what went wrong."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(schema.episode).where(schema.episode.c.id == episode_id)).one()
        return EpisodeState(row.state), _progress(row), row.error

    def ready(self, episode_id: int, **measured: Any) -> bool:
        """All is done; `measured` are columns such as playback_sha256, duration_s, loudness_lufs, peaks, model.

        Returns:
            False where the episode was taken out in the meantime.
        """
        return self._update(episode_id, state=EpisodeState.READY, error=None, **_NO_PROGRESS, **measured)

    def failed(self, episode_id: int, sentence: str) -> None:
        """It could not be done, and why."""
        self._update(episode_id, state=EpisodeState.FAILED, error=sentence, **_NO_PROGRESS)

    def _update(self, episode_id: int, **values: Any) -> bool:
        change = sa.update(schema.episode).where(schema.episode.c.id == episode_id).values(**values)
        with self._database.write() as connection:
            return bool(connection.execute(change).rowcount)


_NEWEST = (
    sa.func.coalesce(schema.episode.c.published, schema.episode.c.added).desc(),
    schema.episode.c.id.desc(),
)
_NO_PROGRESS: dict[str, Any] = {"stage": None, "done": 0.0, "total": 0.0, "unit": ""}


def slug_of(text: str) -> str:
    """A title as it stands in an address: lower case, letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "episode"


def _free_slug(connection: sa.Connection, wanted: str) -> str:
    base = slug_of(wanted)
    taken = set(
        connection.execute(sa.select(schema.episode.c.slug).where(schema.episode.c.slug.like(f"{base}%"))).scalars()
    )
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


_DETAILS = [schema.episode.c[f.name] for f in fields(EpisodeDetails)] + [schema.episode.c.id]


def _details(row: Any) -> EpisodeDetails:
    values = {f.name: getattr(row, f.name) for f in fields(EpisodeDetails)}
    return EpisodeDetails(**{**values, "kind": EpisodeKind(row.kind), "persons": persons_from_json(row.persons)})


def _details_row(details: EpisodeDetails, audio_sha256: str) -> dict[str, Any]:
    return {
        "guid": details.guid or guid_of(audio_sha256),
        "number": details.number,
        "season": details.season,
        "kind": details.kind,
        "explicit": details.explicit,
        "content_note": details.content_note,
        "cover_sha256": details.cover_sha256,
        "persons": persons_to_json(details.persons),
        "link": details.link,
    }


def _put_voices(connection: sa.Connection, episode_id: int, voices: Sequence[Voice]) -> None:
    connection.execute(sa.delete(schema.voice).where(schema.voice.c.episode_id == episode_id))
    for position, voice in enumerate(voices):
        connection.execute(
            sa.insert(schema.voice).values(
                episode_id=episode_id,
                position=position,
                label=voice.label,
                name=voice.name,
                role=voice.role,
                confirmed=voice.confirmed,
            )
        )


def _voices(connection: sa.Connection, episode_id: int) -> tuple[Voice, ...]:
    table = schema.voice
    rows = connection.execute(sa.select(table).where(table.c.episode_id == episode_id).order_by(table.c.position))
    return tuple(Voice(r.label, r.name, Role(r.role), r.confirmed) for r in rows)


def _progress(row: Any) -> Progress:
    return Progress(row.stage or "", row.done, row.total, row.unit)


def _episode(row: Any, peaks: tuple[float, ...] | None = None) -> Episode:
    return Episode(
        id=row.id,
        slug=row.slug,
        title=row.title,
        description=row.description,
        sample=row.sample,
        state=EpisodeState(row.state),
        published=row.published,
        added=row.added,
        audio_sha256=row.audio_sha256,
        playback_sha256=row.playback_sha256,
        duration_s=row.duration_s,
        loudness_lufs=row.loudness_lufs,
        peaks=tuple(row.peaks) if peaks is None else peaks,
        model=row.model,
        error=row.error,
        tagged_by=row.tagged_by,
        publication=Publication(row.publication),
    )
