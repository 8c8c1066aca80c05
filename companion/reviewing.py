"""What hosts decide on the moments that the machine suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from companion import teaching
from companion.errors import NotFoundError
from companion.library import Library
from companion.moments import find_doubtful, find_look_alikes, partners_of
from companion.moments.deciding import in_force, not_undone
from companion.moments.snapping import Edges, edges_of, stepped
from companion.types import (
    Decision,
    DecisionKind,
    Episode,
    EpisodeState,
    LookAlike,
    MomentState,
    Role,
    StoredMoment,
    StoredTurn,
    Tag,
)
from companion.waiting import Doubtful, Standing, Waiting, stamp_of

NEAR_TURNS = 3  # before and after a moment: so far its bounds may be moved by words at once
LATELY = 8  # decisions that can be undone from the page


@dataclass(frozen=True, slots=True)
class Around:
    """What a host needs to hear where a moment should begin and end."""

    turns: tuple[StoredTurn, ...]  # of the moment
    near: tuple[StoredTurn, ...]  # these, and some before and after

    @property
    def edges(self) -> Edges:
        """The edges of the words in it and near it."""
        return edges_of([t.turn for t in self.near])


@dataclass(frozen=True, slots=True)
class Lately:
    """A decision that can be undone."""

    decision: Decision
    standing: Standing


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
        as_of: str | None = None,
    ) -> StoredMoment | None:
        """Keeps what a host says of a moment. A later decision overrides an earlier one.

        Args:
            moment_id: of a moment; of one that was rejected, too.
            kind: approve, reject, change tags or bounds (an approval may change them on the way), undo the last
                decision, or take back all of them.
            tags: the new ones; None leaves them.
            start_s: the new start in seconds; None leaves it.
            end_s: the new end in seconds; None leaves it.
            by: who.
            as_of: the stamp of the moment as the host saw it (`standing`); None: whatever it is now.

        Returns:
            The moment as it is now; None where it is no moment any more.

        Raises:
            NotFoundError: there is no such moment.
            BadInputError: the change makes no sense.
            MomentChangedError: somebody else has changed it since.
        """
        made = datetime.now(UTC)
        teaching.decide(
            self.library,
            moment_id,
            kind,
            made=made,
            tags=tags,
            start_s=start_s,
            end_s=end_s,
            by=by,
            as_of=as_of,
        )
        return next(iter(self.library.moments.of_ids((moment_id,))), None)

    def make(
        self, slug: str, start_s: float, end_s: float, giver: str, getter: str, tags: Sequence[Tag], by: str = ""
    ) -> str:
        """Keeps a moment that a host found where the machine suggests none; it waits for approval.

        Args:
            slug: of the episode.
            start_s: where it begins, in seconds.
            end_s: where it ends.
            giver: who leans in.
            getter: to whom.
            tags: how.
            by: who.

        Returns:
            Its id.

        Raises:
            NotFoundError: there is no such episode.
            BadInputError: it is no exchange of the two partners, or a moment lies there already.
        """
        made = datetime.now(UTC)
        stretch = {"start_s": start_s, "end_s": end_s}
        return teaching.make(self.library, slug, made=made, **stretch, giver=giver, getter=getter, tags=tags, by=by)

    # ---- what there is to decide

    def waiting(self) -> tuple[Waiting, ...]:
        """The episodes that have moments, with how many of them wait, the newest first."""
        return self.library.needs.moments()

    def queue(
        self,
        slug: str | None = None,
        *,
        state: MomentState = MomentState.SUGGESTED,
        strongest: bool = False,
        limit: int = 20,
        skip: int = 0,
    ) -> tuple[tuple[Standing, ...], int]:
        """Moments of all episodes or of one, the least certain first.

        Args:
            slug: of the one episode; None: all.
            state: those that wait, or those that were approved.
            strongest: the most certain first.
            limit: how many at most.
            skip: how many are left out before them.

        Returns:
            Those moments, and how many there are in all.
        """
        ids, total = self.library.needs.moment_ids(slug, state, strongest, limit, skip)
        found = self.library.moments.of_ids(ids)
        with self.library.database.read() as connection:
            return tuple(
                _standing(stored, not_undone(self.library.decisions.on(connection, stored.id))) for stored in found
            ), total

    def rejected(self, slug: str) -> tuple[Standing, ...]:
        """The moments of an episode that were rejected, in the order of time."""
        episode = self.library.episodes.get(slug)
        with self.library.database.read() as connection:
            decisions = in_force(self.library.decisions.of_episode(connection, episode.audio_sha256))
        gone = [d for d in decisions if d.kind is DecisionKind.REJECT]
        turns = self.library.transcripts.turns(episode.id) if gone else ()
        found = [self._rejected(episode, decision, turns) for decision in gone]
        return tuple(sorted(found, key=lambda one: one.stored.moment.start_s))

    def standing(self, moment_id: str) -> Standing:
        """A moment as it stands, rejected or not.

        Raises:
            NotFoundError: there is none by that id.
        """
        with self.library.database.read() as connection:
            decided = not_undone(self.library.decisions.on(connection, moment_id))
        found = self.library.moments.of_ids((moment_id,))
        if found:
            return _standing(found[0], decided)
        if not decided or decided[-1].kind is not DecisionKind.REJECT:
            raise NotFoundError("There is no such moment. It may have been found anew; look under its episode.")
        episode = self.library.episodes.by_audio(decided[-1].audio_sha256)
        return self._rejected(episode, decided[-1], self.library.transcripts.turns(episode.id))

    def lately(self, slug: str | None = None, number: int = LATELY) -> tuple[Lately, ...]:
        """The last decisions that stand and can be undone, the newest first; each moment once."""
        audio = None if slug is None else self.library.episodes.get(slug).audio_sha256
        found: dict[str, Lately] = {}
        for decision in self.library.decisions.newest(4 * number, audio):
            if len(found) == number or decision.moment_id in found:
                continue
            try:
                standing = self.standing(decision.moment_id)
            except NotFoundError:
                continue  # taken back, or its episode is gone
            if standing.last is not None:
                found[decision.moment_id] = Lately(standing.last, standing)
        return tuple(found.values())

    def around(self, stored: StoredMoment) -> Around:
        """The turns of a moment, and those near it."""
        moment = stored.moment
        episode = self.library.episodes.get(stored.episode_slug)
        first, last = moment.first_turn - NEAR_TURNS, moment.last_turn + NEAR_TURNS
        near = self.library.transcripts.turns(episode.id, (first, last))
        inside = tuple(t for t in near if moment.first_turn <= t.turn.index <= moment.last_turn)
        return Around(inside, near)

    def nudged(self, stored: StoredMoment, edge: str, words: int, further_s: float = 0.0) -> float:
        """Where a bound is after a nudge.

        Args:
            stored: a moment.
            edge: "start", which snaps to where words begin, or "end", which snaps to where they end.
            words: how many words further on, or back where it is negative.
            further_s: or so many seconds; then it snaps to nothing.
        """
        at_s = stored.moment.start_s if edge == "start" else stored.moment.end_s
        if further_s:
            return round(at_s + further_s, 3)
        edges = self.around(stored).edges
        return stepped(edges.starts if edge == "start" else edges.ends, at_s, words)

    def partners(self, turns: Sequence[StoredTurn]) -> tuple[str, ...]:
        """The voices of the couple, in the order in which they first speak."""
        couple = partners_of([t.turn for t in turns])
        return tuple(dict.fromkeys(t.turn.speaker for t in turns if t.turn.speaker in couple and t.turn.speaker))

    def second_look(self, slug: str) -> tuple[tuple[Doubtful, ...], tuple[LookAlike, ...]]:
        """Where somebody may lean in and is not suggested, and what only looks like it; what is in a moment is not.

        Raises:
            NotFoundError: there is none by that slug.
        """
        episode = self.library.episodes.get(slug)
        stored = self.library.transcripts.turns(episode.id)
        turns, tags = [t.turn for t in stored], [t.tags for t in stored]
        with self.library.database.read() as connection:
            moments = self.library.moments.of_episode(connection, episode.id)
        known = [*moments, *(one.stored.moment for one in self.rejected(slug))]
        looks = find_look_alikes(turns, tags)
        return find_doubtful(turns, tags, known), tuple(
            k for k in looks if not any(k.turn == m.reply_turn for m in known)
        )

    # ---- what was decided

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

    def _rejected(self, episode: Episode, decision: Decision, stored: Sequence[StoredTurn]) -> Standing:
        moment = teaching.as_rejected(decision, [t.turn for t in stored])
        roles = {t.turn.speaker: t.turn.role for t in stored}
        shown = StoredMoment(
            id=decision.moment_id,
            episode_slug=episode.slug,
            episode_title=episode.title,
            sample=episode.sample,
            validating_role=roles.get(moment.validating_speaker, Role.UNKNOWN),
            validated_role=roles.get(moment.validated_speaker, Role.UNKNOWN),
            moment=moment,
            playback_sha256=episode.playback_sha256,
        )
        return Standing(shown, True, decision, stamp_of(moment, True))


def _standing(stored: StoredMoment, decided: Sequence[Decision]) -> Standing:
    return Standing(stored, False, decided[-1] if decided else None, stamp_of(stored.moment, False))
