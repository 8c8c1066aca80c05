"""From tagged turns to moments: a partner's bid through the other partner's leaning-in reply.

A moment is partner to partner. What a therapist says may stand between bid and reply, and never is the reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from companion.moments.stretch import LONGEST_S, Reply, build
from companion.moves.bids import is_back_channel
from companion.moves.context import LATE_S, LATE_TURNS, Conversation
from companion.types import LEANING_IN, Moment, MomentKind, Role, Tag, TagScore, Turn, TurnTags

_LATE_TURNS = 4  # how many turns back a reply may reach for a bid whose words it does not take up …
_UNECHOED_S = 45.0  # … or how many seconds
_LATER = 0.06  # what each turn between bid and reply counts against it
_ECHO_MOST = 2.0
_NEAR_MISS = 0.5
_LOWEST_SCORE = 0.4
_PLAIN_BID = 0.5  # `bid_strength` from which a turn surely asks for an answer
_BID_WORDS = 4  # shorter turns without a feeling are no bid
_STORY_WORDS = 16  # a turn that long is remembered for longer
_SHORT_BID_WORDS = 8  # what came before such a bid is needed to follow it
_BRIDGE_WORDS = 3  # a therapist's "mm, go on" between the two halves of a reply
_UPTAKE_WORDS = 5  # the other's "yes, that's it" between them
_BRIDGE_S = 4.0
_SECOND_HALF_WORDS = 30  # a longer turn begins something of its own
_GOES_ON_TURNS = 4  # after the reply
_ANSWER_WORDS, _GOES_ON_WORDS = 12, 40
_BETWEEN_WORDS = 12  # a therapist's short turn may stand between
_MUTUAL_TURNS = 2  # after the reply
_SURELY = 0.75  # an open question into the feeling counts from this score on
_ENOUGH, _PLAIN = 0.45, 0.6  # a way of hearing beside validation counts from this score on, and then as much as this
_TWO_PARTS_MORE = 0.05  # a reply in two parts is taken whole
_MUTUAL_MORE = 0.1  # what it adds to a moment's strength that both lean in
_HEARING = (Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Tag.CARE)
_TURNING = (Tag.CRITICISM, Tag.STONEWALLING, Tag.DEFENSIVENESS, Tag.FIXING, Tag.DISMISSING)


def find_moments(turns: Sequence[Turn], tags: Sequence[TurnTags]) -> tuple[Moment, ...]:
    """Find the moments of a conversation.

    Args:
        turns: all turns in order, with speakers and, as far as they are known, roles.
        tags: the tags of each of them.

    Returns:
        The moments in the order of time, none longer than `LONGEST_S` and no two of them overlapping. Evidence points
        into the moment's quote.

    Raises:
        ValueError: there are not as many tags as turns.
    """
    if len(turns) != len(tags):
        raise ValueError(f"{len(turns)} turns, but tags for {len(tags)}.")
    partners = _partners(turns)
    talk = Conversation(turns)
    found = [_moment_at(talk, tags, k, partners) for k in range(len(turns)) if turns[k].speaker in partners]
    whole = [_to_its_end(m, turns, tags) for m in found if m is not None]
    return _apart([_with_kind(m, talk, tags) for m in whole])


def _partners(turns: Sequence[Turn]) -> frozenset[str]:
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


def _moment_at(talk: Conversation, tags: Sequence[TurnTags], k: int, partners: frozenset[str]) -> Moment | None:
    """The moment whose reply begins with turn `k`."""
    turns = talk.turns
    reply = _reply_from(turns, tags, k)
    leaning = _leaning(reply.tags)
    if leaning <= 0.0:
        return None
    bid_turn = _bid_before(talk, reply, partners, leaning)
    if bid_turn is None:
        return None
    echoed = _echoed(talk, reply).get(bid_turn, 0.0)
    asked = _asked(talk.reads[bid_turn].bid.strength, len(turns[bid_turn].text.split()), echoed)
    if reply.tags.score(Tag.VALIDATION) == 0.0 and asked < _PLAIN_BID:
        return None  # warmth without a feeling to answer is just warmth
    score = _score(leaning, asked, reply.tags) + (_TWO_PARTS_MORE if reply.last > reply.first else 0.0)
    if score < _LOWEST_SCORE:
        return None
    return build(turns, bid_turn, reply, round(min(1.0, score), 3))


# ---- the reply


def _reply_from(turns: Sequence[Turn], tags: Sequence[TurnTags], k: int) -> Reply:
    """Turn `k`, and the turn after the next where only a "mm" stands between and the second leans in too."""
    alone = Reply(k, k, turns[k].text, tags[k])
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
    return TurnTags(tuple(ordered), max(first.near_miss, second.near_miss))


def _leaning(tags: TurnTags) -> float:
    """How far a reply leans in: validation first, else one strong other way of hearing; 0 where it does not."""
    validation = tags.score(Tag.VALIDATION)
    if validation > 0.0:
        others = sum(1 for t in tags.tags if t.tag in LEANING_IN and t.tag is not Tag.VALIDATION)
        return min(1.0, validation + 0.05 * min(others, 2))
    if tags.near_miss >= _NEAR_MISS:
        return 0.0
    empathy, care = tags.score(Tag.EMPATHY), tags.score(Tag.CARE)
    ways = (
        0.85 * max(_PLAIN, empathy) if empathy >= _ENOUGH else 0.0,
        0.8 * max(_PLAIN, tags.score(Tag.OWNERSHIP)) if tags.score(Tag.OWNERSHIP) >= _ENOUGH else 0.0,
        0.8 * (tags.score(Tag.CURIOSITY) + empathy) / 2 if tags.score(Tag.CURIOSITY) and empathy else 0.0,
        0.7 * max(_PLAIN, care) if care >= _ENOUGH else 0.0,
        0.6 * tags.score(Tag.CURIOSITY) if tags.score(Tag.CURIOSITY) >= _SURELY else 0.0,
    )
    return max(ways)


def _turning_away(tags: TurnTags) -> float:
    return max((tags.score(tag) for tag in _TURNING), default=0.0)


def _score(leaning: float, asked: float, tags: TurnTags) -> float:
    answered = 0.75 + 0.25 * asked
    kept = 1.0 - 0.6 * _turning_away(tags)
    sincere = 1.0 - 0.25 * tags.near_miss
    return round(leaning * answered * kept * sincere, 3)


# ---- the bid


def _bid_before(talk: Conversation, reply: Reply, partners: frozenset[str], leaning: float) -> int | None:
    """The turn of the other partner that a reply answers: a feeling, need or complaint whose words it takes up.

    Of several the one is taken that asks most and is echoed most; each turn in between counts a little against it.
    """
    k, turns = reply.first, talk.turns
    echoed = _echoed(talk, reply)
    best: tuple[float, int] | None = None
    fallback: int | None = None
    for j in range(k - 1, max(-1, k - 1 - LATE_TURNS), -1):
        turn = turns[j]
        waited_s = turns[k].start_s - turn.end_s
        if waited_s > LATE_S:
            break
        if turn.speaker == turns[k].speaker or turn.speaker not in partners or is_back_channel(turn.text):
            continue
        asked = _asked(talk.reads[j].bid.strength, len(turn.text.split()), echoed.get(j, 0.0))
        if asked >= _PLAIN_BID and (echoed.get(j, 0.0) > 0.0 or k - j <= _LATE_TURNS or waited_s <= _UNECHOED_S):
            worth = asked + min(_ECHO_MOST, echoed.get(j, 0.0)) - _LATER * (k - j)
            best = max(best, (worth, j)) if best else (worth, j)
        enough = _BID_WORDS if k - j <= _LATE_TURNS else _STORY_WORDS
        if fallback is None and len(turn.text.split()) >= enough and (k - j <= _LATE_TURNS or waited_s <= _UNECHOED_S):
            fallback = j
    return best[1] if best else fallback if leaning >= 0.6 else None


def _echoed(talk: Conversation, reply: Reply) -> dict[int, float]:
    """How much of each turn before a reply says again."""
    sums: dict[int, float] = {}
    for at in sorted({reply.first, reply.last}):
        for echo in talk.echoes(at):
            if echo.turn < reply.first and not echo.disputed:
                sums[echo.turn] = sums.get(echo.turn, 0.0) + echo.weight
    return sums


def _asked(strength: float, words: int, echoed: float) -> float:
    """How much a turn asks for an answer: by its words, or because it tells something that is taken up."""
    return max(strength, min(1.0, echoed) if words >= _SHORT_BID_WORDS else 0.0)


# ---- several


def _apart(found: list[Moment]) -> tuple[Moment, ...]:
    """Of moments that overlap the stronger one stays, from where the exchange began."""
    kept: list[Moment] = []
    for moment in sorted(found, key=lambda m: (-m.score, m.start_s)):
        if all(_are_apart(moment, m) for m in kept):
            longer = _from_its_beginning(moment, found)
            kept.append(longer if all(_are_apart(longer, m) for m in kept) else moment)
    return tuple(sorted(kept, key=lambda m: m.start_s))


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


def _to_its_end(moment: Moment, turns: Sequence[Turn], tags: Sequence[TurnTags]) -> Moment:
    """The moment with how it is received: short answers of the two, and what goes on leaning in."""
    pair = {moment.validating_speaker, moment.validated_speaker}
    last = moment.last_turn
    for k in range(moment.last_turn + 1, min(len(turns), moment.last_turn + 1 + _GOES_ON_TURNS)):
        turn = turns[k]
        if turn.end_s - moment.start_s > LONGEST_S or _turning_away(tags[k]) > 0.0:
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


def _with_kind(moment: Moment, talk: Conversation, tags: Sequence[TurnTags]) -> Moment:
    """The moment as mutual, through the turn in which the one who was heard leans in as well, where there is one."""
    turns = talk.turns
    inside = range(moment.first_turn, min(len(turns), moment.last_turn + 1 + _MUTUAL_TURNS))
    for k in inside:
        turn = turns[k]
        if turn.speaker != moment.validated_speaker or turn.end_s - moment.start_s > LONGEST_S:
            continue
        if k != moment.first_turn and _hears(tags[k]) and _turning_away(tags[k]) == 0.0:
            return replace(
                moment,
                kind=MomentKind.MUTUAL,
                end_s=max(moment.end_s, turn.end_s),
                last_turn=max(moment.last_turn, k),
                score=round(min(1.0, moment.score + _MUTUAL_MORE), 3),
            )
    return moment


def _hears(tags: TurnTags) -> bool:
    return any(t.tag in _HEARING for t in tags.tags)
