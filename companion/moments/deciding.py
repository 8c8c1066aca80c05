"""What people decided on moments, and how it is kept when the machine suggests anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from companion.errors import BadInputError
from companion.moments.byhand import with_words
from companion.moves.decide import PARENTS
from companion.types import (
    DecidedTurn,
    Decision,
    DecisionKind,
    Moment,
    MomentState,
    Tag,
    TagScore,
    Turn,
)

_SAME = 0.5  # share of the shorter of two stretches that is common to both
_TURNS_BEFORE = 4  # kept with a decision, before the moment's first turn
_TOUCH_S = 0.01
_STATES = {DecisionKind.APPROVE: MomentState.APPROVED, DecisionKind.REOPEN: MomentState.SUGGESTED}


def make_decision(
    moment: Moment,
    moment_id: str,
    kind: DecisionKind,
    turns: Sequence[Turn],
    earlier: Decision | None,
    *,
    audio_sha256: str,
    made: datetime,
    tags: Sequence[Tag] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    by: str = "",
) -> Decision:
    """A decision on a moment, with the words that it was made on.

    Args:
        moment: as it stands.
        moment_id: its id.
        kind: what is done to it; not UNDO, which decides nothing new.
        turns: of the whole conversation.
        earlier: the last decision on the same moment that stands.
        audio_sha256: of the episode.
        made: when.
        tags: the new ones; None leaves them. A tag that is within another one brings that one along.
        start_s: the new start; None leaves it.
        end_s: the new end; None leaves it.
        by: who.

    Raises:
        BadInputError: no tag is left, or the bounds leave out the reply; a kind without what it changes.
    """
    if kind is DecisionKind.RETAG and tags is None:
        raise BadInputError("Say which tags the moment should have.")
    if kind is DecisionKind.BOUNDS and start_s is None and end_s is None:
        raise BadInputError("Say where the moment should start or end.")
    if tags is not None and not tags and kind is not DecisionKind.REJECT:
        raise BadInputError("A moment needs at least one tag. Reject it where nobody leans in.")
    rejected = earlier is not None and earlier.kind is DecisionKind.REJECT
    before = MomentState.SUGGESTED if rejected else moment.state
    changed = replace(
        moment,
        start_s=moment.start_s if start_s is None else start_s,
        end_s=moment.end_s if end_s is None else end_s,
        tags=moment.tags if tags is None else _scored(tags, moment.tags),
        state=_STATES.get(kind, before),
        decided_id=None,
    )
    placed = _placed(changed, turns)
    reply = next((t for t in turns if t.index == moment.reply_turn), None)
    if reply is None:
        raise BadInputError("The turns of this moment are not there any more. Tag the episode again.")
    if not changed.start_s < changed.end_s or not (changed.start_s < reply.end_s and reply.start_s < changed.end_s):
        raise BadInputError("A moment starts before it ends, and the reply lies within it. Choose other bounds.")
    first = min(placed.first_turn, moment.first_turn) - _TURNS_BEFORE
    heard = [t for t in turns if first <= t.index <= max(placed.last_turn, moment.last_turn)]
    return Decision(
        audio_sha256=audio_sha256,
        moment_id=moment_id,
        kind=kind,
        made=made,
        by=by,
        start_s=earlier.start_s if earlier else moment.start_s,
        end_s=earlier.end_s if earlier else moment.end_s,
        suggested=earlier.suggested if earlier else _suggested(moment, kind),
        moment=placed,
        turns=tuple(DecidedTurn(t.speaker, t.role, t.text, t.start_s, t.end_s) for t in heard),
        reply=heard.index(reply),
    )


def _suggested(moment: Moment, kind: DecisionKind) -> tuple[Tag, ...]:
    """What the machine had said: nothing of a moment that a person found."""
    return () if kind is DecisionKind.MAKE else tuple(scored.tag for scored in moment.tags)


def _scored(tags: Sequence[Tag], before: Sequence[TagScore]) -> tuple[TagScore, ...]:
    known = {scored.tag: scored for scored in before}
    wanted = {*tags, *(PARENTS[tag] for tag in tags if tag in PARENTS)}
    found = [known.get(tag, TagScore(tag, 1.0)) for tag in Tag if tag in wanted]
    return tuple(sorted(found, key=lambda scored: -scored.score))


# ---- what is in force


def not_undone(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions without those that were undone, and without the undoing.

    Args:
        decisions: in the order in which they were made.
    """
    left: list[Decision] = []
    for decision in decisions:
        if decision.kind is not DecisionKind.UNDO:
            left.append(decision)
            continue
        last = next((k for k in reversed(range(len(left))) if left[k].moment_id == decision.moment_id), None)
        if last is not None:
            del left[last]
    return tuple(left)


def in_force(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The last decision on each moment; those that were undone or taken back are left out.

    Args:
        decisions: in the order in which they were made.
    """
    left: list[Decision] = []
    for decision in not_undone(decisions):
        left = [earlier for earlier in left if not _about_the_same(earlier, decision)]
        if decision.kind is not DecisionKind.REOPEN:
            left.append(decision)
    return tuple(left)


def _about_the_same(one: Decision, other: Decision) -> bool:
    if one.audio_sha256 != other.audio_sha256:
        return False
    stretches = (one.start_s, one.end_s), (other.start_s, other.end_s)
    return one.moment_id == other.moment_id or (_people(one.moment) == _people(other.moment) and _common(*stretches))


def is_about(decision: Decision, moment: Moment) -> bool:
    """Whether a decision was made on this stretch between the same two people."""
    new = decision.moment
    suggested, bounds = (decision.start_s, decision.end_s), (new.start_s, new.end_s)
    stretch = (moment.start_s, moment.end_s)
    return _people(new) == _people(moment) and (_common(suggested, stretch) or _common(bounds, stretch))


def with_decisions(
    moments: Sequence[Moment], decisions: Iterable[Decision], turns: Sequence[Turn] = ()
) -> tuple[Moment, ...]:
    """The machine's moments with all that people decided.

    Args:
        moments: as the machine suggests them now.
        decisions: of the same recording, in the order in which they were made.
        turns: as they are now; names and numbers of turns are taken from them. None: they are as they were.

    Returns:
        Moments in the order of time. A rejected one stays away, with whatever is suggested on half of its stretch
        between the same two; one that was approved or changed stays as people left it. What the machine suggests beside
        it and would overlap it is left out.
    """
    suggested = [moment for moment in moments if moment.decided_id is None]
    kept: list[Moment] = []
    for decision in in_force(decisions):
        current = replace(decision, moment=_as_named_now(decision, turns))
        same = [moment for moment in suggested if is_about(current, moment)]
        suggested = [moment for moment in suggested if moment not in same]
        if decision.kind is not DecisionKind.REJECT:
            kept.append(_kept(current, same, turns))
    apart = [m for m in suggested if all(m.end_s <= k.start_s or m.start_s >= k.end_s for k in kept)]
    return tuple(sorted([*kept, *apart], key=lambda moment: (moment.start_s, moment.end_s)))


def _kept(decision: Decision, same: Sequence[Moment], turns: Sequence[Turn]) -> Moment:
    """The moment as people left it; its words, and what speaks for its tags, as they are found now."""
    moment = replace(decision.moment, decided_id=decision.moment_id)
    placed = _placed(moment, turns, decision.turns[decision.reply])
    fresh = [m for m in same if m.validating_speaker == placed.validating_speaker and m.reply_turn == placed.reply_turn]
    if not fresh:
        return placed if decision.suggested else with_words(placed, turns)  # nobody else looks for the words of one
    found = {scored.tag: scored for scored in fresh[0].tags}
    return replace(
        placed,
        tags=tuple(found.get(scored.tag, replace(scored, evidence=())) for scored in placed.tags),
        evidence=fresh[0].evidence,
        quote=fresh[0].quote,
        bid=fresh[0].bid,
        title=fresh[0].title,
        score=fresh[0].score,
    )


def as_suggested(decision: Decision) -> Moment | None:
    """What the machine had suggested when somebody decided on it; None where a person found it."""
    if not decision.suggested:
        return None
    known = {scored.tag: scored for scored in decision.moment.tags}
    return replace(
        decision.moment,
        start_s=decision.start_s,
        end_s=decision.end_s,
        tags=tuple(known.get(tag, TagScore(tag, 1.0)) for tag in decision.suggested),
        state=MomentState.SUGGESTED,
        decided_id=None,
    )


# ---- where it lies now


def _as_named_now(decision: Decision, turns: Sequence[Turn]) -> Moment:
    """The decision's moment with the names that its two people have now; voices may have been named since."""
    moment = decision.moment
    giver = _name_now(decision, moment.validating_speaker, turns)
    getter = _name_now(decision, moment.validated_speaker, turns)
    if giver == getter:
        return moment
    return replace(moment, validating_speaker=giver, validated_speaker=getter)


def _name_now(decision: Decision, speaker: str, turns: Sequence[Turn]) -> str:
    common: dict[str, float] = {}
    for then in decision.turns:
        if then.speaker == speaker:
            for turn in turns:
                overlap_s = min(turn.end_s, then.end_s) - max(turn.start_s, then.start_s)
                if turn.speaker is not None and overlap_s > 0:
                    common[turn.speaker] = common.get(turn.speaker, 0.0) + overlap_s
    return max(common, key=lambda name: common[name], default=speaker)


def _placed(moment: Moment, turns: Sequence[Turn], reply: DecidedTurn | None = None) -> Moment:
    """The moment with the numbers of the turns that lie in its stretch."""
    inside = [t for t in turns if t.end_s > moment.start_s + _TOUCH_S and t.start_s < moment.end_s - _TOUCH_S]
    if not inside:
        return moment
    answers = [t for t in inside if t.speaker == moment.validating_speaker]
    reply_turn = moment.reply_turn
    if reply is not None and answers:
        best = max(answers, key=lambda t: min(t.end_s, reply.end_s) - max(t.start_s, reply.start_s))
        reply_turn = best.index
    return replace(moment, first_turn=inside[0].index, reply_turn=reply_turn, last_turn=inside[-1].index)


def _people(moment: Moment) -> frozenset[str]:
    return frozenset({moment.validating_speaker, moment.validated_speaker})


def _common(one: tuple[float, float], other: tuple[float, float]) -> bool:
    common_s = min(one[1], other[1]) - max(one[0], other[0])
    return common_s > 0 and common_s >= _SAME * min(one[1] - one[0], other[1] - other[0])
