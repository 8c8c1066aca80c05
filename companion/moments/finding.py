"""From tagged turns to moments: a partner's bid through the other partner's leaning-in reply.

A moment is partner to partner. What a therapist says may stand between bid and reply, and never is the reply.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from companion.moments.stretch import LONGEST_S, Reply, build
from companion.moments.weighing import (
    Features,
    MomentWeights,
    bids_before,
    load,
    odds_of,
    probability,
    reply_features,
    weigh,
)
from companion.moves.bids import is_back_channel
from companion.moves.context import Conversation
from companion.types import LEANING_IN, Moment, MomentKind, Role, Tag, TagScore, Turn, TurnTags

_SHORT_BID_WORDS = 8  # what came before such a bid is needed to follow it
_BRIDGE_WORDS = 3  # a therapist's "mm, go on" between the two halves of a reply
_UPTAKE_WORDS = 5  # the other's "yes, that's it" between them
_BRIDGE_S = 4.0
_SECOND_HALF_WORDS = 30  # a longer turn begins something of its own
_GOES_ON_TURNS = 4  # after the reply
_ANSWER_WORDS, _GOES_ON_WORDS = 12, 40
_BETWEEN_WORDS = 12  # a therapist's short turn may stand between
_SURE, _OTHER_BIDS = 0.6, 2  # a sure reply whose likeliest bid is in a surer moment may answer the next likely one
_MUTUAL_TURNS = 2  # after the reply
_PLAIN_BID, _PLAIN_REPLY, _SINCERE = 0.5, 0.9, 0.3  # what is asked, how it is heard, and without a trace of a near miss
_MUTUAL_SHARE = 0.4  # that both lean in leaves this share of what a moment lacks in strength
_HEARING = (Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Tag.CARE)
_SAYING = (*_HEARING, Tag.CURIOSITY)
_TURNING = (Tag.CRITICISM, Tag.STONEWALLING, Tag.DEFENSIVENESS, Tag.FIXING, Tag.DISMISSING)


def find_moments(
    turns: Sequence[Turn], tags: Sequence[TurnTags], weights: MomentWeights | None = None
) -> tuple[Moment, ...]:
    """Find the moments of a conversation.

    Args:
        turns: all turns in order, with speakers and, as far as they are known, roles.
        tags: the tags of each of them.
        weights: what tells a moment; None for those in use.

    Returns:
        The moments in the order of time, none longer than `LONGEST_S` and no two of them overlapping. Evidence points
        into the moment's quote.

    Raises:
        ValueError: there are not as many tags as turns.
    """
    if len(turns) != len(tags):
        raise ValueError(f"{len(turns)} turns, but tags for {len(tags)}.")
    weights = weights or load()
    partners = partners_of(turns)
    talk = Conversation(turns)
    sure = [one for one in pairs_of(talk, tags, partners, weights) if one.score >= weights.least or one.plain]
    kept = _apart(turns, [one for one in sure if _says_so(one.reply.tags)])
    ends_s = [*(moment.start_s for moment in kept), math.inf][1:]
    return tuple(
        _with_kind(_to_its_end(moment, turns, tags, end_s), talk, tags, end_s)
        for moment, end_s in zip(kept, ends_s, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """A reply, the bids that it could answer, and how surely it makes a moment with the first of them."""

    bids: tuple[int, ...]  # indexes of turns that it could answer, the likeliest first
    reply: Reply
    features: Features  # what was weighed
    score: float  # 0..1
    plain: bool  # a feeling is answered at once, plainly, and nothing turns away: a moment in any case


def pairs_of(
    talk: Conversation, tags: Sequence[TurnTags], partners: frozenset[str], weights: MomentWeights
) -> list[Pair]:
    """Every turn of a partner as a reply to the bid that it answers best."""
    turns, odds = talk.turns, [odds_of(t) for t in tags]
    found = []
    for k, turn in enumerate(turns):
        if turn.speaker not in partners or is_back_channel(turn.text):
            continue
        reply = _reply_from(turns, tags, k)
        spoken = sorted({reply.first, reply.last})
        bids = bids_before(talk, odds, spoken, partners)
        if bids:
            ordered = sorted(bids, key=lambda one: -weigh(one[1], weights.bid))
            known = ordered[0][1]
            features = reply_features(talk, odds, spoken, known, partners)
            plain = known["just before"] > 0 and known["asks"] >= _PLAIN_BID and _plainly_hears(reply.tags)
            found.append(
                Pair(tuple(j for j, _ in ordered), reply, features, round(probability(features, weights), 3), plain)
            )
    return found


def partners_of(turns: Sequence[Turn]) -> frozenset[str]:
    """The voices of the couple: those who are named so, else the two whom a therapist talks with; else nobody."""
    roles: dict[str, set[Role]] = {}
    for turn in turns:
        if turn.speaker is not None:
            roles.setdefault(turn.speaker, set()).add(turn.role)
    leaders = {s for s, r in roles.items() if r & {Role.THERAPIST, Role.HOST}}
    named = {s for s, r in roles.items() if Role.PARTNER in r} - leaders
    if named:
        return frozenset(named)
    unknown = roles.keys() - leaders
    led = any(Role.THERAPIST in r for r in roles.values())
    return frozenset(unknown) if led and len(unknown) == 2 else frozenset()


# ---- the reply


def _reply_from(turns: Sequence[Turn], tags: Sequence[TurnTags], k: int) -> Reply:
    """Turn `k`, and the turn after the next where only a "mm" stands between and the second leans in too."""
    alone = Reply(k, k, turns[k].text, _with_doubtful(tags[k]))
    later = k + 2
    if later >= len(turns) or turns[later].speaker != turns[k].speaker or not _only_a_bridge(turns[k + 1]):
        return alone
    if turns[later].start_s - turns[k].end_s > 2 * _BRIDGE_S or not _leans(tags[later]):
        return alone
    if not is_back_channel(turns[k + 1].text) and not any(tags[later].score(tag) for tag in _HEARING):
        return alone
    if len(turns[later].text.split()) > _SECOND_HALF_WORDS:
        return alone
    if not (_leans(tags[k]) or len(turns[k].text.split()) <= _SHORT_BID_WORDS) or _turning_away(tags[k]) > 0.5:
        return alone
    shift = len(turns[k].text) + 1
    return Reply(k, later, f"{turns[k].text} {turns[later].text}", _together(tags[k], tags[later], shift))


def _only_a_bridge(turn: Turn) -> bool:
    if turn.end_s - turn.start_s > _BRIDGE_S:
        return False
    led = turn.role in (Role.THERAPIST, Role.HOST)
    most_words = _BRIDGE_WORDS if led else _UPTAKE_WORDS
    return is_back_channel(turn.text) or (len(turn.text.split()) <= most_words and "?" not in turn.text)


def _with_doubtful(tags: TurnTags) -> TurnTags:
    """The tags, and where none of them hears the other, the strongest doubtful one that does."""
    if _hears(tags):
        return tags
    doubtful = [t for t in tags.doubtful if t.tag in _HEARING][:1]
    return replace(tags, tags=(*tags.tags, *doubtful))


def _leans(tags: TurnTags) -> bool:
    return any(t.tag in LEANING_IN for t in tags.tags)


def _together(first: TurnTags, second: TurnTags, shift: int) -> TurnTags:
    """The tags of two turns as of one; `shift` is where the second begins in the text of both."""
    best: dict[Tag, TagScore] = {t.tag: t for t in first.tags}
    for scored in second.tags:
        moved = tuple(replace(e, start_char=e.start_char + shift, end_char=e.end_char + shift) for e in scored.evidence)
        before = best.get(scored.tag, TagScore(scored.tag, 0.0))
        best[scored.tag] = TagScore(scored.tag, max(before.score, scored.score), before.evidence + moved)
    ordered = sorted(best.values(), key=lambda t: (-t.score, t.tag.value))
    scores = tuple(max(pair) for pair in zip(first.scores, second.scores, strict=False))  # none, or one for each tag
    return TurnTags(tuple(ordered), max(first.near_miss, second.near_miss), scores)


def _turning_away(tags: TurnTags) -> float:
    return max((tags.score(tag) for tag in _TURNING), default=0.0)


# ---- several


def _apart(turns: Sequence[Turn], pairs: Sequence[Pair]) -> list[Moment]:
    """Moments that do not overlap, in the order of time: the surest first, each from the likeliest bid that is left."""
    all_found = [_moment(turns, one, one.bids[0]) for one in pairs]
    kept: list[Moment] = []
    for one in sorted(pairs, key=lambda one: (-one.score, one.reply.first)):
        bids = one.bids[: _OTHER_BIDS if one.score >= _SURE else 1]
        tried = (_moment(turns, one, bid) for bid in bids)
        moment = next((m for m in tried if all(_are_apart(m, k) for k in kept)), None)
        if moment is not None:
            longer = _from_its_beginning(moment, all_found)
            kept.append(longer if all(_are_apart(longer, k) for k in kept) else moment)
    return sorted(kept, key=lambda m: m.start_s)


def _moment(turns: Sequence[Turn], pair: Pair, bid: int) -> Moment:
    return build(turns, bid, pair.reply, pair.score)


def _are_apart(one: Moment, other: Moment) -> bool:
    return one.end_s <= other.start_s or one.start_s >= other.end_s


def _from_its_beginning(moment: Moment, found: Sequence[Moment]) -> Moment:
    """The same moment with the bid of an earlier reply of the same two that it goes on from."""
    earlier = [
        m
        for m in found
        if m.start_s < moment.start_s < m.end_s
        and m.validating_speaker == moment.validating_speaker
        and moment.end_s - m.start_s <= LONGEST_S
    ]
    if not earlier:
        return moment
    first = min(earlier, key=lambda m: m.start_s)
    return replace(moment, start_s=first.start_s, first_turn=first.first_turn, bid=first.bid)


# ---- how it goes on


def _to_its_end(moment: Moment, turns: Sequence[Turn], tags: Sequence[TurnTags], end_s: float) -> Moment:
    """The moment with how it is received, by `end_s`: short answers of the two, and what goes on leaning in."""
    pair = {moment.validating_speaker, moment.validated_speaker}
    last = moment.last_turn
    for k in range(moment.last_turn + 1, min(len(turns), moment.last_turn + 1 + _GOES_ON_TURNS)):
        turn = turns[k]
        if turn.end_s > min(end_s, moment.start_s + LONGEST_S) or _turning_away(tags[k]) > 0.0:
            break
        words = len(turn.text.split())
        if turn.speaker in pair and (words <= _ANSWER_WORDS or (_hears(tags[k]) and words <= _GOES_ON_WORDS)):
            last = k
        elif turn.speaker in pair or words > _BETWEEN_WORDS:
            break
    if last == moment.last_turn:
        return moment
    return replace(moment, end_s=turns[last].end_s, last_turn=turns[last].index)


# ---- both


def _with_kind(moment: Moment, talk: Conversation, tags: Sequence[TurnTags], end_s: float) -> Moment:
    """The moment as mutual, through the turn in which the one who was heard leans in as well, where there is one."""
    turns = talk.turns
    inside = range(moment.first_turn, min(len(turns), moment.last_turn + 1 + _MUTUAL_TURNS))
    for k in inside:
        turn = turns[k]
        if turn.speaker != moment.validated_speaker or turn.end_s > min(end_s, moment.start_s + LONGEST_S):
            continue
        if k != moment.first_turn and _hears(tags[k]) and _turning_away(tags[k]) == 0.0:
            return replace(
                moment,
                kind=MomentKind.MUTUAL,
                end_s=max(moment.end_s, turn.end_s),
                last_turn=max(moment.last_turn, k),
                score=round(1.0 - (1.0 - moment.score) * _MUTUAL_SHARE, 3),
            )
    return moment


def _plainly_hears(tags: TurnTags) -> bool:
    missing = math.prod(1.0 - t.score for t in tags.tags if t.tag in _SAYING)
    surely = _hears(tags) and 1.0 - missing >= _PLAIN_REPLY
    return surely and tags.near_miss < _SINCERE and _turning_away(tags) == 0.0


def _says_so(tags: TurnTags) -> bool:
    """Whether there are words to show for it."""
    return any(t.tag in _SAYING for t in tags.tags)


def _hears(tags: TurnTags) -> bool:
    return any(t.tag in _HEARING for t in tags.tags)
