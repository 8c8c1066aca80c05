"""People decide, and the machine's suggestions are made anew around what they decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from companion.errors import BadInputError, NotFoundError
from companion.learning import (
    SHIPPED_CORPUS,
    Corpus,
    Line,
    Reply,
    Talk,
    grouped,
    learn,
    line_of,
    lines_of_decisions,
    plain,
    read_corpus,
    samples_of,
)
from companion.learning.fitting import Report, check_installed
from companion.learning.judging import Evaluation, evaluate
from companion.library import Library
from companion.moments import MOMENTS_VERSION, find_moments
from companion.moments.byhand import make_by_hand
from companion.moments.deciding import as_suggested, in_force, is_about, make_decision, not_undone, with_decisions
from companion.moves import MOVES_VERSION, tag_turns
from companion.moves.model import MovesModel, fingerprint
from companion.store import moment_id as moment_id_of
from companion.store import stage_key
from companion.types import Decision, DecisionKind, Episode, EpisodeState, Moment, Progress, StoredTurn, Tag, Turn
from companion.waiting import DONE, MomentChangedError, clock, stamp_of

MOST_S = 180.0  # the longest moment that a person may cut; apps take soundbites of two minutes at most
ROUND_S = 0.05  # places are written with one or two decimals
JUDGED_CHARS = 20  # a shorter turn, "yes, that's it", is anybody's


@dataclass(frozen=True, slots=True)
class Taught:
    """How a new tagger compares with the one before, on conversations that neither learned its weights from."""

    before: Evaluation
    after: Evaluation
    decisions: int  # labelled turns that were added
    left_out: int  # turns that were not, because the comparison is made on them


def tags_key(audio_sha256: str, model: MovesModel) -> str:
    """The stage key of an episode's tags and moments."""
    options = {"tagger": fingerprint(model), "moments": MOMENTS_VERSION}
    return stage_key(audio_sha256, "moves", MOVES_VERSION, options)


def keep_tags(
    connection: sa.Connection,
    library: Library,
    episode: Episode,
    turns: Sequence[StoredTurn],
    moments: Sequence[Moment],
    key: str,
    *,
    only_tags: bool = False,
) -> int:
    """Puts tags and moments in the place of the old ones and keeps decisions, within the caller's transaction.

    Args:
        connection: the caller's.
        library: where.
        episode: whose.
        turns: with their tags.
        moments: as the machine suggests them.
        key: stage key of the tags.
        only_tags: the words are those that are there.

    Returns:
        How many moments there are now.
    """
    decisions = library.decisions.of_episode(connection, episode.audio_sha256)
    kept = with_decisions(moments, decisions, [t.turn for t in turns])
    if only_tags:
        library.transcripts.put_tags(connection, episode.id, turns)
    else:
        library.transcripts.replace(connection, episode.id, turns)
    library.moments.replace(connection, episode.id, episode.audio_sha256, kept)
    library.episodes.tagged(connection, episode.id, key)
    return len(kept)


def retag(library: Library, episode: Episode) -> int:
    """Tags an episode again with the tagger in use; nothing is recognised again, and decisions are kept.

    Returns:
        How many moments it has now.

    Raises:
        BadInputError: it is not ready.
    """
    if episode.state is not EpisodeState.READY:
        raise BadInputError(f"“{episode.title}” is not ready yet. It is tagged when it is.")
    model = library.taggers.current()
    before = library.transcripts.turns(episode.id)
    while True:
        turns = [t.turn for t in before]
        tags = tag_turns(turns, model)
        moments = find_moments(turns, tags)
        stored = [replace(t, tags=found) for t, found in zip(before, tags, strict=True)]
        with library.database.write() as connection:
            now = library.transcripts.turns(episode.id)
            if [t.turn for t in now] == turns:  # nobody has changed a word or a name meanwhile
                key = tags_key(episode.audio_sha256, model)
                return keep_tags(connection, library, episode, stored, moments, key, only_tags=True)
        before = now


def decide(
    library: Library,
    moment_id: str,
    kind: DecisionKind,
    *,
    made: datetime,
    tags: Sequence[Tag] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    by: str = "",
    as_of: str | None = None,
) -> None:
    """Keeps what a host says of a moment, and puts the episode's moments in order: all or nothing.

    Args:
        library: where.
        moment_id: of a moment, or of one that was rejected.
        kind: what is done; not MAKE, for which there is `make`.
        made: when.
        tags: the new ones; None leaves them.
        start_s: the new start; None leaves it.
        end_s: the new end; None leaves it.
        by: who.
        as_of: the stamp of the moment as the host saw it; None where nobody else decides.

    Raises:
        NotFoundError: there is no such moment.
        BadInputError: the change makes no sense.
        MomentChangedError: it is not any more what the host saw.
    """
    with library.database.write() as connection:
        episode, moment, earlier = decidable(connection, library, moment_id)
        rejected = earlier is not None and earlier.kind is DecisionKind.REJECT
        if as_of is not None and as_of != stamp_of(moment, rejected):
            raise MomentChangedError(_changed(connection, library, moment_id), moment_id)
        stored = library.transcripts.turns(episode.id)
        turns = [t.turn for t in stored]
        moments = list(library.moments.of_episode(connection, episode.id))
        if kind is DecisionKind.UNDO:
            if earlier is None:
                raise BadInputError("Nobody has decided on this moment, so there is nothing to undo.")
            decision = replace(earlier, kind=kind, made=made, by=by, id=0)
        else:
            decision = make_decision(
                moment,
                moment_id,
                kind,
                turns,
                earlier,
                audio_sha256=episode.audio_sha256,
                made=made,
                tags=tags,
                start_s=start_s,
                end_s=end_s,
                by=by,
            )
        if start_s is not None or end_s is not None or (rejected and kind is DecisionKind.APPROVE):
            _check_room(decision.moment, episode, _others(moments, episode, moment_id))
        library.decisions.add(connection, decision)
        if kind in (DecisionKind.REOPEN, DecisionKind.UNDO):
            moments = _reopened(decision, moments, turns, stored)
        _keep(connection, library, episode, moments, turns)


def make(
    library: Library,
    slug: str,
    *,
    made: datetime,
    start_s: float,
    end_s: float,
    giver: str,
    getter: str,
    tags: Sequence[Tag],
    by: str = "",
) -> str:
    """Keeps a moment that a person found where the machine suggests none; it waits for approval.

    Args:
        library: where.
        slug: of the episode.
        made: when.
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
        BadInputError: it is not ready, it is no exchange of the two partners, or a moment lies there already.
    """
    with library.database.write() as connection:
        episode = library.episodes.get(slug)
        if episode.state is not EpisodeState.READY:
            raise BadInputError(f"“{episode.title}” is not ready yet. Its moments are looked for when it is.")
        stored = library.transcripts.turns(episode.id)
        turns = [t.turn for t in stored]
        moment = make_by_hand(stored, start_s, end_s, giver, getter, tags)
        moments = library.moments.of_episode(connection, episode.id)
        _check_room(moment, episode, moments)
        name = moment_id_of(episode.audio_sha256, moment)
        kind, audio = DecisionKind.MAKE, episode.audio_sha256
        decision = make_decision(moment, name, kind, turns, None, audio_sha256=audio, made=made, by=by)
        library.decisions.add(connection, decision)
        _keep(connection, library, episode, moments, turns)
    return name


def decidable(connection: sa.Connection, library: Library, moment_id: str) -> tuple[Episode, Moment, Decision | None]:
    """The episode, the moment as it stands (a rejected one as it stood), and the last decision on it that stands.

    Raises:
        NotFoundError: there is no such moment.
    """
    decided = not_undone(library.decisions.on(connection, moment_id))
    earlier = decided[-1] if decided else None
    try:
        found = library.moments.get(moment_id)
        return library.episodes.get(found.episode_slug), found.moment, earlier
    except NotFoundError:
        if earlier is None or earlier.kind is not DecisionKind.REJECT:
            raise
        episode = library.episodes.by_audio(earlier.audio_sha256)
        turns = [t.turn for t in library.transcripts.turns(episode.id)]
        return episode, as_rejected(earlier, turns), earlier


def as_rejected(decision: Decision, turns: Sequence[Turn]) -> Moment:
    """A moment that was rejected, as it would stand now if it had not been.

    Args:
        decision: that rejected it.
        turns: as they are now.
    """
    (moment,) = with_decisions((), [replace(decision, kind=DecisionKind.RETAG)], turns)
    return moment


def _keep(
    connection: sa.Connection, library: Library, episode: Episode, moments: Sequence[Moment], turns: Sequence[Turn]
) -> None:
    decisions = library.decisions.of_episode(connection, episode.audio_sha256)
    kept = with_decisions(moments, decisions, turns)
    library.moments.replace(connection, episode.id, episode.audio_sha256, kept)


def _others(moments: Sequence[Moment], episode: Episode, moment_id: str) -> list[Moment]:
    return [m for m in moments if moment_id_of(episode.audio_sha256, m) != moment_id]


def _check_room(moment: Moment, episode: Episode, others: Sequence[Moment]) -> None:
    """A moment lies within its recording, is no lecture, and no two of them overlap: a suggestion would be lost.

    Raises:
        BadInputError: it does not.
    """
    last_s = episode.duration_s or moment.end_s
    if moment.start_s < 0 or moment.end_s > last_s + ROUND_S:
        raise BadInputError("A moment lies within the recording. Choose other bounds.")
    if moment.length_s > MOST_S:
        raise BadInputError(f"A moment lasts {MOST_S:.0f} seconds at most. Choose a shorter stretch.")
    for other in others:
        if moment.start_s < other.end_s - ROUND_S and other.start_s < moment.end_s - ROUND_S:
            whose = f"{other.validating_speaker} to {other.validated_speaker}"
            raise BadInputError(
                f"There is a moment already from {clock(other.start_s)} to {clock(other.end_s)} ({whose}), and no two "
                "may overlap. Change that one, or reject it first."
            )


def _changed(connection: sa.Connection, library: Library, moment_id: str) -> str:
    """Who was faster, in a sentence."""
    decided = library.decisions.on(connection, moment_id)
    if not decided:
        return "What is said in this moment has changed since the page was made. Look at it as it is now, then decide."
    last = decided[-1]
    who = last.by or "Somebody"
    return f"{who} {DONE[last.kind]} this moment meanwhile. Look at it as it is now, then decide."


def _reopened(
    decision: Decision, moments: Sequence[Moment], turns: Sequence[Turn], stored: Sequence[StoredTurn]
) -> list[Moment]:
    """The moments with what the machine suggests on a stretch that is open again."""
    others = [m for m in moments if not is_about(decision, m)]
    again = [
        found
        for found in find_moments(turns, [t.tags for t in stored])
        if is_about(decision, found) and _is_apart(found, others)
    ]
    if (
        decision.kind is DecisionKind.UNDO
        and not again
        and (stood := as_suggested(decision))
        and _is_apart(stood, others)
    ):
        again = [stood]  # its words were changed since, or another tagger is in use: the next tagging decides
    return [*others, *again]


def _is_apart(moment: Moment, others: Sequence[Moment]) -> bool:
    return all(moment.end_s <= m.start_s or moment.start_s >= m.end_s for m in others)


# ---- export and training


def decisions_in_force(library: Library) -> tuple[Decision, ...]:
    """What people decided and did not take back, by episode."""
    return in_force(library.decisions.all())


def export_rows(library: Library) -> list[dict[str, Any]]:
    """Decisions as labelled turns.

    Raises:
        NotFoundError: there is none.
    """
    rows = lines_of_decisions(decisions_in_force(library))
    if not rows:
        raise NotFoundError("Nobody has decided on a moment yet. Approve, reject or change some, then export them.")
    return rows


def teach(library: Library, lines: Iterable[Line], report: Report, corpus_file: Path | None = None) -> Taught:
    """Makes the library's own tagger from the shipped corpus, its decisions and further labelled turns.

    Args:
        library: whose tagger.
        lines: further labelled turns.
        report: is told how far it is.
        corpus_file: another corpus than the shipped one.

    Returns:
        How the new one compares with the one before. Until it is whole, the one before is in use.

    Raises:
        BadInputError: scikit-learn is missing, or there is nothing to add.
    """
    check_installed()
    own = [line_of(json.dumps(row), row["id"]) for row in lines_of_decisions(decisions_in_force(library))]
    own_talks, _ = grouped(own)
    talks, replies = grouped(lines)
    given = tuple(dict.fromkeys([*own_talks, *talks]))  # what was exported from here counts once
    if not _labelled(given, replies):
        raise BadInputError(
            "There is nothing to learn: nobody has decided on a moment here, and no file was given with --add."
        )
    corpus = read_corpus(corpus_file or SHIPPED_CORPUS)
    every, alone = _without_judged(corpus, given, replies)
    added = _labelled(every, alone)
    if not added:
        raise BadInputError("Every turn given is one that taggers are compared on, and may not be learned from.")
    model = learn(corpus, every, alone, report)
    report(Progress("judge", 0, 0, "turns"))
    dev = samples_of(corpus.dev)
    taught = Taught(
        evaluate(library.taggers.current(), dev), evaluate(model, dev), added, _labelled(given, replies) - added
    )
    library.taggers.keep(model)
    return taught


def _labelled(talks: Sequence[Talk], replies: Sequence[Reply]) -> int:
    return len(replies) + sum(one.labels is not None for talk in talks for one in talk.said)


def _without_judged(
    corpus: Corpus, talks: Sequence[Talk], replies: Sequence[Reply]
) -> tuple[tuple[Talk, ...], tuple[Reply, ...]]:
    """What is given, without labels on turns that models are compared on: whoever learns those by heart looks good."""
    judged = {words for talk in corpus.dev for one in talk.said if len(words := plain(one.text)) >= JUDGED_CHARS}
    every = tuple(
        replace(
            talk,
            said=tuple(replace(one, labels=None) if plain(one.text) in judged else one for one in talk.said),
        )
        for talk in talks
    )
    return every, tuple(one for one in replies if plain(one.text) not in judged)
