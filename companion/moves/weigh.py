"""What cues and structure say of a turn: what a sentence leaves standing, added up on the scale of log-odds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from companion.moves import cues_hearing, cues_opening, cues_turning
from companion.moves.bids import Bid
from companion.moves.context import Setting
from companion.moves.cues_between import CONCEDES
from companion.moves.cues_signs import SIGNS
from companion.moves.heard import weigh_telling
from companion.moves.normalise import QUESTION, Doc
from companion.moves.patterns import Cue, Hit, Label, Matcher, Sign
from companion.types import Role, Tag

PARENTS: dict[Tag, Tag] = {
    Tag.NAMES_BLOCK: Tag.VULNERABILITY,
    Tag.TOPIC_CHANGE: Tag.DISMISSING,
    Tag.CORRECTING: Tag.DEFENSIVENESS,
}
"""A sub-tag never comes without its parent."""

_PRIOR = -2.0  # log-odds of any tag before a word is heard: about one turn in eight
_NEAR_MISS_FROM_TURN = 3.4
_WINDOW_WORDS = 16  # how far "but" may stand from what it takes back, where no full stop says so
_PROMPT_WINDOW_WORDS = 9  # the same for "now" and "you should", which also open a sentence of their own
_BUT = frozenset({"but", "however", "although", "though", "except", "yet", "anyway"})
_TAKEN_BACK = frozenset({Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Sign.BARE})
_ATTACKS = (Tag.CRITICISM, Tag.STONEWALLING)
_TURNS_AWAY = (*_ATTACKS, Tag.DEFENSIVENESS, Tag.CORRECTING, Tag.DISMISSING, Tag.TOPIC_CHANGE, Tag.FIXING)
_ARGUED_LESS = 2.0  # what "yes, that" afterwards takes from the suspicion of arguing
_PROTESTED = 1.2  # what a protest afterwards takes from the phrases of validation
_LATE_BARE_WORDS = 9
_LATE_BARE = 0.4  # "fair enough" in the middle of a story
_AGAINST = 0.7  # how much of what turns away is taken from what a turn hears by telling

TABLE: dict[Label, tuple[Cue, ...]] = {
    Tag.VALIDATION: cues_hearing.VALIDATION,
    Tag.EMPATHY: cues_hearing.EMPATHY,
    Tag.CURIOSITY: cues_hearing.CURIOSITY,
    Tag.VULNERABILITY: cues_opening.VULNERABILITY,
    Tag.NAMES_BLOCK: cues_opening.NAMES_BLOCK,
    Tag.OWNERSHIP: cues_opening.OWNERSHIP,
    Tag.CARE: cues_opening.CARE,
    Tag.TURN_GIVING: cues_hearing.TURN_GIVING,
    Tag.DISMISSING: cues_turning.DISMISSING,
    Tag.TOPIC_CHANGE: cues_turning.TOPIC_CHANGE,
    Tag.FIXING: cues_turning.FIXING,
    Tag.DEFENSIVENESS: cues_turning.DEFENSIVENESS,
    Tag.CORRECTING: cues_turning.CORRECTING,
    Tag.CRITICISM: cues_turning.CRITICISM,
    Tag.STONEWALLING: cues_turning.STONEWALLING,
    **SIGNS,
    Sign.CONCEDES: CONCEDES,
}
_MATCHER = Matcher(TABLE)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the cues and the structure of a turn say."""

    odds: Mapping[Label, float]  # log-odds that each label's cues add
    near_miss: float  # the same for looking like validation without being it
    spans: Mapping[Label, tuple[tuple[int, int], ...]]  # the tokens that speak for each label: first, after the last


@dataclass(slots=True)
class _Case:
    """What speaks for each label of one turn, while it is weighed."""

    doc: Doc
    bid: Bid
    odds: dict[Label, float] = field(default_factory=dict)
    spans: dict[Label, list[tuple[int, int]]] = field(default_factory=dict)
    near_miss: float = 0.0
    counted: dict[int, float] = field(default_factory=dict)  # what each cue (by its identity) has added

    def hear(self, hit: Hit, weight: float) -> None:
        """Count a cue: once in a turn, however often it is said, or long turns would do everything."""
        before = self.counted.get(id(hit.cue), 0.0)
        if abs(weight) > abs(before):
            self.counted[id(hit.cue)] = weight
            self.add(hit.label, weight - before)
        if weight > 0:
            self.spans.setdefault(hit.label, []).append((hit.first, hit.end))

    def add(self, label: Label, weight: float) -> None:
        self.odds[label] = self.odds.get(label, 0.0) + weight

    def get(self, label: Label) -> float:
        return self.odds.get(label, 0.0)


def weigh_turn(doc: Doc, setting: Setting, role: Role) -> Weighed:
    """Weigh one turn.

    Args:
        doc: the turn as plain words.
        setting: what stands around it, first of all what the words before it offer to answer.
        role: who speaks.

    Returns:
        What speaks for each label, and how much the turn only looks like validation.
    """
    hits = _MATCHER.find(doc)
    case = _Case(doc, setting.bid)
    turns = _turning_points(doc, hits)
    for hit in hits:
        weight = hit.cue.weight + hit.cue.bid * setting.bid.strength
        if hit.label is Sign.BARE and hit.first > _LATE_BARE_WORDS and len(doc.tokens) > 2 * _LATE_BARE_WORDS:
            weight *= _LATE_BARE
        if hit.label in _TAKEN_BACK and hit.cue.weight > 0:
            _weigh_acknowledgement(case, hit, weight, _left_standing(doc, (hit.first, hit.end), turns))
        elif hit.label not in (Sign.TURN, Sign.TOWARDS):
            case.hear(hit, weight)
    _hear_telling(case, setting, turns)
    _settle_validation(case)
    _settle_turning_away(case, role, _first_standing(case))
    spans = {label: tuple(found) for label, found in case.spans.items()}
    return Weighed(case.odds, max(0.0, case.near_miss), spans)


# ---- is it left standing once the sentence is over?


def _turning_points(doc: Doc, hits: list[Hit]) -> list[Hit]:
    """The words that take back what came before; a "but" that turns towards the other is none."""
    towards = {h.first for h in hits if h.label is Sign.TOWARDS}
    towards |= {h.end - 1 for h in hits if h.label is Sign.TOWARDS and doc.tokens[h.end - 1] in _BUT}
    return [h for h in hits if h.label is Sign.TURN and h.first not in towards]


def _left_standing(doc: Doc, span: tuple[int, int], turns: list[Hit]) -> float:
    """How much of an acknowledgement in these tokens remains: 1 all, 0 nothing."""
    first, last = span
    end = doc.sentence_end(first + 1, last + _WINDOW_WORDS + 1)
    for turn in turns[bisect_left(turns, first + 1, key=lambda t: t.first) :]:
        if turn.first > min(end + 1, last + _WINDOW_WORDS):
            break
        word = doc.tokens[turn.first]
        if turn.first < last and word not in _BUT:
            continue  # "you should not have had to" is part of the acknowledgement
        reach = _WINDOW_WORDS if word in _BUT else _PROMPT_WINDOW_WORDS
        if turn.first < end and turn.first - last <= reach:
            return 0.0
        if turn.first == end + 1 and word in _BUT:
            return 0.4  # "I know it's hard. But …": a recogniser's full stop is not to be trusted
    return 1.0


def _weigh_acknowledgement(case: _Case, hit: Hit, weight: float, standing: float) -> None:
    case.hear(hit, weight if hit.label is Sign.BARE else weight * standing)
    if standing == 0.0 or (standing < 1.0 and hit.label is not Tag.EMPATHY):
        lost = _NEAR_MISS_FROM_TURN * (1.0 - standing)
        case.near_miss = max(case.near_miss, min(lost, 1.5 * weight))


def _hear_telling(case: _Case, setting: Setting, turns: list[Hit]) -> None:
    """Add what the turn tells of the other, as far as it does not turn away."""
    conceded = min(1.0, case.get(Sign.CONCEDES) / 1.8)
    if not setting.echoes and not conceded and setting.prompted + setting.taken_up <= 0.5:
        return
    owns = case.get(Tag.OWNERSHIP) + _PRIOR >= 0.0
    for tag in (Tag.CORRECTING, Tag.DEFENSIVENESS):
        if case.get(tag) > 0.0:  # who argues is not met with "yes, that"
            less = _ARGUED_LESS * (max(0.0, setting.taken_up) + setting.agrees)
            case.add(tag, -min(case.get(tag), less))
    if setting.taken_up < 0.0 and case.get(Tag.VALIDATION) > 0.0:
        case.add(Tag.VALIDATION, max(-case.get(Tag.VALIDATION), _PROTESTED * setting.taken_up))
    told = weigh_telling(case.doc, setting, conceded, owns, lambda span: _left_standing(case.doc, span, turns))
    against = _AGAINST * sum(max(0.0, case.get(tag)) for tag in _TURNS_AWAY)
    against += _AGAINST * max(0.0, case.get(Sign.NEAR_MISS), case.near_miss)
    case.add(Tag.VALIDATION, -min(told.blame, max(0.0, case.get(Tag.VALIDATION))))
    if told.validation > against:
        case.add(Tag.VALIDATION, told.validation - against)
        case.spans.setdefault(Tag.VALIDATION, []).extend(told.heard or case.spans.get(Sign.CONCEDES, ()))
    if told.ownership > against:
        case.add(Tag.OWNERSHIP, told.ownership - against)
        case.spans.setdefault(Tag.OWNERSHIP, []).extend(told.owned)


def _settle_validation(case: _Case) -> None:
    """Weigh what looks like validation against what it does."""
    direct = case.get(Sign.NEAR_MISS)
    if direct > 2.0:
        case.add(Tag.OWNERSHIP, -direct if _says_sorry(case) else 0.0)
        case.add(Tag.VALIDATION, -0.5 * direct)
    case.near_miss = max(case.near_miss, direct) + 0.4 * min(case.near_miss, direct)
    stands = case.get(Tag.VALIDATION) + _PRIOR >= 0.0
    if case.get(Sign.BARE):
        if stands:
            case.add(Tag.VALIDATION, 0.6)
        else:
            case.near_miss = max(case.near_miss, case.get(Sign.BARE))
    if stands:
        case.add(Tag.VALIDATION, 0.4 * case.bid.strength)
        case.near_miss -= 0.8
    attack = max((case.get(tag) for tag in _ATTACKS), default=0.0)
    if attack > 2.0:
        case.add(Tag.VALIDATION, -0.6 * min(attack, 4.0))
        case.add(Tag.CURIOSITY, -0.4 * min(attack, 4.0))


def _says_sorry(case: _Case) -> bool:
    return "sorry" in case.doc.tokens


def _first_standing(case: _Case) -> int | None:
    """The token with which an acknowledgement that stands begins."""
    if case.get(Tag.VALIDATION) + _PRIOR < 0.0:
        return None
    return min((first for first, _ in case.spans.get(Tag.VALIDATION, ())), default=None)


# ---- the rest


def _settle_turning_away(case: _Case, role: Role, acknowledged_at: int | None) -> None:
    if case.bid.asks_advice:
        case.add(Tag.FIXING, -4.0)
    if role in (Role.THERAPIST, Role.HOST):
        case.add(Tag.FIXING, -1.0)  # explaining is part of the work
    if case.get(Sign.BREAK) >= 2.5:
        case.add(Tag.NAMES_BLOCK, case.get(Sign.BREAK))
        case.spans.setdefault(Tag.NAMES_BLOCK, []).extend(case.spans.get(Sign.BREAK, ()))
        case.add(Tag.STONEWALLING, -4.0)
    if acknowledged_at is not None:
        defended = [first for first, _ in case.spans.get(Tag.DEFENSIVENESS, ())]
        if defended and min(defended) > acknowledged_at and case.get(Tag.DEFENSIVENESS) < 4.0:
            case.add(Tag.DEFENSIVENESS, -1.2)  # one's own view, after the other's was heard
    if case.doc.tokens and case.doc.tokens[-1] == QUESTION:
        case.add(Tag.CURIOSITY, 0.3)
    for child, parent in PARENTS.items():
        if case.get(child) > 0.0:
            case.add(parent, case.get(child))
            case.spans.setdefault(parent, []).extend(case.spans.get(child, ()))
