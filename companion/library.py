"""One library folder, opened: its database, its text index and its recordings.

    library.db   episodes, transcripts, moments (companion.schema)
    jobs.db      how far each job is (DBOS)
    uploads/     recordings that are on their way in through the browser (companion.desk)
    audio/       recordings by their SHA-256 (companion.blobs)
    clips/       moments as sound and pictures, made again where they are missing (companion.clipping)
    moves.npz    the tagger that people have taught, where they have (companion.taggers)
    work/        decoded sound of the job in hand; may be deleted while nothing runs
    practice/    what was said in practice, sealed (companion.practice)
    practice.key unlocks it: keep copies of it apart from copies of the rest
    worker.lock  held by the one process that works on the library

The folder can be copied as a whole while nothing runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from companion.blobs import Blobs
from companion.config import Settings
from companion.errors import LibraryError
from companion.schema import Database
from companion.search import FtsIndex, SearchIndex
from companion.store import (
    Decisions,
    Episodes,
    Facets,
    HouseRows,
    Imports,
    Jobs,
    Lines,
    Moments,
    NeedsALook,
    PlayRows,
    PublishedFiles,
    RecognitionRows,
    Shown,
    Shows,
    Stages,
    Transcripts,
    Uploads,
)
from companion.taggers import Taggers
from companion.types import Audience


@dataclass(frozen=True, slots=True)
class Library:
    """What reads and writes one library folder."""

    settings: Settings
    database: Database
    episodes: Episodes
    transcripts: Transcripts
    lines: Lines
    house: HouseRows
    recognitions: RecognitionRows
    moments: Moments
    facets: Facets
    decisions: Decisions
    stages: Stages
    index: SearchIndex
    blobs: Blobs
    taggers: Taggers
    shows: Shows
    plays: PlayRows
    published: PublishedFiles
    jobs: Jobs
    uploads: Uploads
    needs: NeedsALook
    imports: Imports

    @classmethod
    def open(cls, settings: Settings, audience: Audience = Audience.HOST) -> Library:
        """Opens the folder `settings.home`; makes it where there is none.

        Args:
            settings: of the library.
            audience: for whom it is read.

        Raises:
            LibraryError: no permission, or it is not a library of ours.
        """
        home = settings.home
        try:
            home.mkdir(parents=True, exist_ok=True)
            (home / "work").mkdir(exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {home} cannot be made or written ({error.strerror}). Choose another with --home."
            ) from error
        database = Database(home / "library.db")
        whole = cls(
            settings=settings,
            database=database,
            episodes=Episodes(database),
            transcripts=Transcripts(database),
            lines=Lines(),
            house=HouseRows(),
            recognitions=RecognitionRows(database),
            moments=Moments(database),
            facets=Facets(database),
            decisions=Decisions(database),
            stages=Stages(database),
            index=FtsIndex(database, settings.max_query_chars),
            blobs=Blobs(home / "audio", settings.min_free_bytes),
            taggers=Taggers(home),
            shows=Shows(database),
            plays=PlayRows(database),
            published=PublishedFiles(database),
            jobs=Jobs(database),
            uploads=Uploads(database),
            needs=NeedsALook(database),
            imports=Imports(database),
        )
        return whole if audience is Audience.HOST else whole.seen_by(audience)

    def seen_by(self, audience: Audience) -> Library:
        """The same library as an audience sees it; closing one closes both."""
        shown = Shown(audience, self.settings.show_suggestions)
        return replace(
            self,
            episodes=Episodes(self.database, shown),
            moments=Moments(self.database, shown),
            facets=Facets(self.database, shown),
            plays=PlayRows(self.database, shown),
            index=FtsIndex(self.database, self.settings.max_query_chars, shown),
            published=PublishedFiles(self.database, shown),
        )

    @property
    def work_folder(self) -> Path:
        """Where decoded sound lies while a job runs."""
        return self.settings.home / "work"

    @property
    def uploads_folder(self) -> Path:
        """Where recordings lie that are on their way in through the browser."""
        return self.settings.home / "uploads"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that works on the library."""
        return self.settings.home / "worker.lock"

    @property
    def jobs_file(self) -> Path:
        """DBOS's own database."""
        return self.settings.home / "jobs.db"

    def close(self) -> None:
        """Closes the database."""
        self.database.close()
