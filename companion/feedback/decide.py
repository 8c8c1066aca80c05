"""From what the model says of a reply to what is said about it: moves, turns away, what worked, what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companion.feedback.clauses import TURN_WORDS, Clause
from companion.feedback.feelings import feelings_of_bid, signs_of_naming
from companion.feedback.model import ANY, MOVES, NAMED, Scores
from companion.feedback.signs import ReplySigns, heard, turned
from companion.moves.normalise import ENDS
from companion.takes import AwayKind, TryKind
from companion.types import Tag

_MOST_AWAY = 3
_NEVER = -9.0
_HEARS, _SHOWS = 0.7, 0.5  # what the cues of a clause must say
_TAKE_BACK = TURN_WORDS | {"only", "just", "least", "mind", "said"}
_NEIGHBOUR = 0.0  # log-odds of turning away from which a clause beside the quoted one belongs to it
_LONGEST_QUOTE_WORDS = 30
_SHORT_WORDS = 12
_CLEARLY = 0.3  # how far above it a move must be that is praised in a reply that turns away
_FORCED = 1.2  # how far under its threshold a move may be that is still the best thing of a reply that turns nowhere


@dataclass(frozen=True, slots=True)
class Run:
    """Clauses in a row."""

    first: int  # index of the first clause
    last: int  # of the last one, itself included


@dataclass(frozen=True, slots=True)
class Found:
    """What a reply does, clauses by index."""

    away: tuple[tuple[AwayKind, Run], ...]  # in the order of their words
    strongest: AwayKind | None  # the one to speak of
    moves: tuple[tuple[Tag, int], ...]  # in the order of their words
    worked: tuple[Tag, int] | None
    feeling_named: bool
    try_kind: TryKind


def decide(
    signs: ReplySigns, scores: Scores, least: Mapping[str, float], bid: str, feeling: Sequence[str] = ()
) -> Found:
    """What a reply does.

    Args:
        signs: the reply in its clauses.
        scores: what the model says of it.
        least: log-odds from which each label is said.
        bid: what was answered.
        feeling: words that would name the bid's feeling.
    """
    away = _away(signs, scores, least)
    turning = {k for _, run in away for k in range(run.first, run.last + 1)}
    moves = _moves(scores, least, turning)
    worked = _worked(scores, least, moves, turning, bool(away))
    if worked is not None and worked not in moves:
        moves = [*moves, worked]
    named = _named(signs, scores, least, bid, feeling)
    strongest = _strongest(scores, away)
    kind = TryKind(strongest.value) if strongest else _to_add(signs, [tag for tag, _ in moves], named, bid, feeling)
    return Found(
        tuple(sorted(away, key=lambda found: (found[1].first, found[0] is not AwayKind.BUT))),
        strongest,
        tuple(sorted(moves, key=lambda move: move[1])),
        worked,
        named,
        kind,
    )


# ---- turning away


def _away(signs: ReplySigns, scores: Scores, least: Mapping[str, float]) -> list[tuple[AwayKind, Run]]:
    if not signs.clauses or turning_odds(signs, scores) < least[ANY]:
        return []
    kinds = list(AwayKind)
    margin = {kind: scores.of_both(kind.value) - least[kind.value] for kind in kinds}
    if signs.setting.bid.asks_advice:
        margin[AwayKind.FIXING] = _NEVER
    if not _takes_back(signs):
        margin[AwayKind.BUT] = _NEVER
    chosen = [kind for kind in sorted(kinds, key=lambda k: -margin[k]) if margin[kind] > 0.0][:_MOST_AWAY]
    if not chosen:
        best = max(kinds, key=lambda kind: margin[kind])
        if margin[best] <= _NEVER:
            return []
        chosen = [best]
    return [(kind, _where(signs, scores, kind)) for kind in chosen]


def _strongest(scores: Scores, away: Sequence[tuple[AwayKind, Run]]) -> AwayKind | None:
    """The kind to speak of: a "but" before what it is made of, since stopping before it is the smallest change."""
    if not away:
        return None
    kind, run = max(away, key=lambda found: scores.of_both(found[0].value))
    but = next((other for name, other in away if name is AwayKind.BUT), None)
    return AwayKind.BUT if but and but.first <= run.last and run.first <= but.last else kind


def turning_odds(signs: ReplySigns, scores: Scores) -> float:
    """Log-odds that a reply turns away: none where no clause shows it and the last one hears."""
    hears = bool(signs.parts) and heard(signs.parts[-1]) > _HEARS and max(map(turned, signs.parts)) < _SHOWS
    return _NEVER if hears else scores.of(ANY)


def _takes_back(signs: ReplySigns) -> bool:
    """Whether there is a word, after the first few, that can take something back."""
    return not _TAKE_BACK.isdisjoint(signs.doc.tokens[2:])


def _where(signs: ReplySigns, scores: Scores, kind: AwayKind) -> Run:
    """The clauses that a turn away is quoted from."""
    own, any_kind = scores.of_clauses(kind.value), scores.of_clauses(ANY)
    both = [a + b for a, b in zip(own, any_kind, strict=True)]
    best = max(range(len(both)), key=lambda k: both[k])
    if kind is AwayKind.BUT:
        turns = [k for k in range(1, len(both)) if signs.doc.tokens[signs.clauses[k].first] in TURN_WORDS]
        if turns:
            best = max(turns, key=lambda k: both[k])
        return _grown(signs, any_kind, best, backwards=False)
    return _grown(signs, any_kind, best, backwards=True)


def _grown(signs: ReplySigns, any_kind: Sequence[float], best: int, *, backwards: bool) -> Run:
    """Neighbours that turn away as well are quoted too, within one sentence."""
    clauses, first, last = signs.clauses, best, best
    while last + 1 < len(clauses) and not clauses[last + 1].opens and any_kind[last + 1] > _NEIGHBOUR:
        last += 1
    while backwards and first > 0 and not clauses[first].opens and any_kind[first - 1] > _NEIGHBOUR:
        first -= 1
    while last > best and clauses[last].end - clauses[first].first > _LONGEST_QUOTE_WORDS:
        last -= 1
    while first < best and clauses[last].end - clauses[first].first > _LONGEST_QUOTE_WORDS:
        first += 1
    return Run(first, last)


# ---- leaning in


def _moves(scores: Scores, least: Mapping[str, float], turning: set[int]) -> list[tuple[Tag, int]]:
    found = []
    for tag in MOVES:
        if scores.parts and scores.of_both(tag.value) > least[tag.value]:
            found.append((tag, _best_clause(scores, tag, turning)))
    return found


def _best_clause(scores: Scores, tag: Tag, turning: set[int]) -> int:
    of = scores.of_clauses(tag.value)
    kept = [k for k in range(len(of)) if k not in turning] or list(range(len(of)))
    return max(kept, key=lambda k: of[k])


def _worked(
    scores: Scores, least: Mapping[str, float], moves: Sequence[tuple[Tag, int]], turning: set[int], away: bool
) -> tuple[Tag, int] | None:
    """The best move that is left standing."""
    if not scores.parts or len(turning) == len(scores.parts):
        return None
    best = max(MOVES, key=lambda tag: scores.of_both(tag.value))
    made = [tag for tag, _ in moves]
    if best not in made and made:
        best = max(made, key=lambda tag: scores.of_both(tag.value))
    above = scores.of_both(best.value) - least[best.value]
    if above < (_CLEARLY if away else -_FORCED):
        return None
    return best, _best_clause(scores, best, turning)


def _named(signs: ReplySigns, scores: Scores, least: Mapping[str, float], bid: str, feeling: Sequence[str]) -> bool:
    if feeling and {"e:same", "e:like"} & signs_of_naming(signs.doc, bid, feeling).keys():
        return True
    return scores.of(NAMED) > least[NAMED]


def _to_add(signs: ReplySigns, made: Sequence[Tag], named: bool, bid: str, feeling: Sequence[str]) -> TryKind:
    """What a reply that turns nowhere could add."""
    if not named and feelings_of_bid(bid, feeling):
        return TryKind.NAME_FEELING
    words = len([t for t in signs.doc.tokens if t not in ENDS])
    if Tag.CURIOSITY not in made and Tag.TURN_GIVING not in made:
        return TryKind.ASK
    return TryKind.STAY if words < _SHORT_WORDS and not made else TryKind.NONE


def chars_of(clauses: Sequence[Clause], run: Run) -> tuple[int, int]:
    """The characters that clauses in a row cover."""
    return clauses[run.first].start_char, clauses[run.last].end_char
