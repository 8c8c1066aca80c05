"""What hosts decide on the moments that the machine suggests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from companion import teaching
from companion.library import Library
from companion.types import Decision, DecisionKind, Episode, EpisodeState, StoredMoment, Tag


class Reviewing:
    """Decisions on the moments of one library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def decide(
        self,
        moment_id: str,
        kind: DecisionKind,
        *,
        tags: Sequence[Tag] | None = None,
        start_s: float | None = None,
        end_s: float | None = None,
        by: str = "",
    ) -> StoredMoment | None:
        """Keeps what a host says of a moment. A later decision overrides an earlier one: that is how one is undone.

        Args:
            moment_id: of a moment; of one that was rejected, too.
            kind: approve, reject, change tags or bounds (an approval may change them on the way), or take back.
            tags: the new ones; None leaves them.
            start_s: the new start in seconds; None leaves it.
            end_s: the new end in seconds; None leaves it.
            by: who.

        Returns:
            The moment as it is now; None where it is no moment any more.

        Raises:
            NotFoundError: there is no such moment.
            BadInputError: the change makes no sense.
        """
        made = datetime.now(UTC)
        teaching.decide(self.library, moment_id, kind, made=made, tags=tags, start_s=start_s, end_s=end_s, by=by)
        return next(iter(self.library.moments.of_ids((moment_id,))), None)

    def decisions(self, slug: str) -> tuple[Decision, ...]:
        """What was decided on an episode's moments, the oldest first, what was taken back as well."""
        episode = self.library.episodes.get(slug)
        with self.library.database.read() as connection:
            return self.library.decisions.of_episode(connection, episode.audio_sha256)

    def retag(self, slug: str) -> int:
        """Tags an episode again with the tagger in use, and keeps what people decided; returns how many moments it has.

        Raises:
            NotFoundError: there is none by that slug.
            BadInputError: it is not ready.
        """
        return teaching.retag(self.library, self.library.episodes.get(slug))

    def tagged_otherwise(self) -> tuple[Episode, ...]:
        """The episodes that are ready and were tagged by another tagger than the one in use."""
        tagger = self.library.taggers.current()
        ready = [e for e in self.library.episodes.all() if e.state is EpisodeState.READY]
        return tuple(e for e in ready if e.tagged_by != teaching.tags_key(e.audio_sha256, tagger))
