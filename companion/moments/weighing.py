"""Which reply answers which bid, and how surely the two make a moment: two small linear models over named features.

`training.moves.moments` learns them; their weights stand in a file that can be read. What is weighed is the tagger's
log-odds for every tag of the reply, what is known of the bid, and how the other takes the reply up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from companion.errors import ModelError
from companion.moves.bids import is_back_channel
from companion.moves.context import LATE_S, LATE_TURNS, Conversation
from companion.types import Tag, TurnTags

BUNDLED = Path(__file__).resolve().parent.parent / "models" / "moments.json"

_CERTAIN = 0.001  # log-odds are cut off here: nothing is surer than one in a thousand
_UNHEARD = 0.02  # the score of a tag that a turn was not given, where no more is known
_ECHO_MOST = 2.0
_LONG = 20.0  # words, as a logarithm
_SHORT_WORDS = 5
_TURNING = (Tag.CRITICISM, Tag.DEFENSIVENESS, Tag.FIXING, Tag.DISMISSING, Tag.STONEWALLING)
_LEANING = (Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Tag.CARE)
_TAKEN_UP = (Tag.VULNERABILITY, Tag.CARE, Tag.VALIDATION, Tag.CRITICISM, Tag.STONEWALLING)
NEAR_MISS = "near_miss"

Features = Mapping[str, float]
Odds = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MomentWeights:
    """What was learned."""

    bid: Mapping[str, float]  # the bid with the highest sum is the one that is answered
    reply: Mapping[str, float]
    bias: float
    least: float  # probability from which bid and reply are a moment


@lru_cache(maxsize=2)
def load(path: Path = BUNDLED) -> MomentWeights:
    """Read the weights.

    Raises:
        ModelError: the file is missing or broken.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return MomentWeights(dict(read["bid"]), dict(read["reply"]), float(read["bias"]), float(read["least"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The weights for moments {path.name} cannot be read ({error}). Install the companion again.", path.name
        ) from error


def odds_of(tags: TurnTags) -> Odds:
    """The log-odds of every tag and of `near_miss`."""
    scores = tags.scores or tuple(tags.score(tag) or _UNHEARD for tag in Tag)
    found = {tag.value: _log_odds(score) for tag, score in zip(Tag, scores, strict=True)}
    return {**found, NEAR_MISS: _log_odds(tags.near_miss or _UNHEARD / 2)}


def together(first: Odds, second: Odds) -> Odds:
    """The odds of two turns as of one."""
    return {name: max(value, second[name]) for name, value in first.items()}


def bids_before(
    talk: Conversation, odds: Sequence[Odds], reply: Sequence[int], partners: frozenset[str]
) -> list[tuple[int, Features]]:
    """The turns that a reply could answer.

    Args:
        talk: the conversation.
        odds: of each turn.
        reply: the turns of the reply, the first one first.
        partners: names of the couple.

    Returns:
        Index and features of each turn of the other partner that is near enough, the last one first.
    """
    turns, k = talk.turns, reply[0]
    echoed = _echoed(talk, reply)
    found: list[tuple[int, Features]] = []
    own_between = 0
    for j in range(k - 1, max(-1, k - 1 - LATE_TURNS), -1):
        turn = turns[j]
        waited_s = turns[k].start_s - turn.end_s
        if waited_s > LATE_S:
            break
        if turn.speaker == turns[k].speaker:
            own_between += 1
        elif turn.speaker in partners and not is_back_channel(turn.text):
            words = len(turn.text.split())
            features = {
                "asks": talk.reads[j].bid.strength,
                "echoed": min(_ECHO_MOST, echoed.get(j, 0.0)),
                "turns between": float(k - j),
                "seconds between": waited_s / 10.0,
                "length": _length(words),
                "vulnerability": odds[j][Tag.VULNERABILITY],
                "names_block": odds[j][Tag.NAMES_BLOCK],
                "criticism": odds[j][Tag.CRITICISM],
                "own turns between": float(own_between),
                "short": float(words < _SHORT_WORDS),
                "just before": float(j == k - 1),
            }
            found.append((j, features))
    return found


def reply_features(
    talk: Conversation, odds: Sequence[Odds], reply: Sequence[int], bid: Features, partners: frozenset[str]
) -> Features:
    """What is known of a reply to a bid.

    Args:
        talk: the conversation.
        odds: of each turn.
        reply: the turns of the reply.
        bid: features of the bid.
        partners: names of the couple.
    """
    own = odds[reply[0]] if len(reply) == 1 else together(odds[reply[0]], odds[reply[-1]])
    received = _received(talk, odds, reply, partners)
    words = sum(len(talk.turns[k].text.split()) for k in reply)
    return {
        **own,
        "turns away": max(own[tag] for tag in _TURNING),
        "leans in": max(own[tag] for tag in _LEANING),
        "length": _length(words),
        "two parts": float(len(reply) > 1),
        **{f"bid {name}": value for name, value in bid.items()},
        **{f"received {tag.value}": received[tag] if received else _log_odds(_UNHEARD) for tag in _TAKEN_UP},
    }


def weigh(features: Features, weights: Mapping[str, float], bias: float = 0.0) -> float:
    """The sum of features times their weights."""
    return bias + sum(weights.get(name, 0.0) * value for name, value in features.items())


def probability(features: Features, weights: MomentWeights) -> float:
    """How surely a reply with its bid is a moment, 0..1."""
    return 1.0 / (1.0 + math.exp(-weigh(features, weights.reply, weights.bias)))


def _received(talk: Conversation, odds: Sequence[Odds], reply: Sequence[int], partners: frozenset[str]) -> Odds | None:
    """The odds of the other partner's next turn, if it comes at once."""
    for k in range(reply[-1] + 1, min(len(talk.turns), reply[-1] + 3)):
        speaker = talk.turns[k].speaker
        if speaker in partners and speaker != talk.turns[reply[0]].speaker:
            return odds[k]
    return None


def _echoed(talk: Conversation, reply: Sequence[int]) -> dict[int, float]:
    """How much of each turn before a reply says again."""
    sums: dict[int, float] = {}
    for at in sorted({reply[0], reply[-1]}):
        for echo in talk.echoes(at):
            if echo.turn < reply[0] and not echo.disputed:
                sums[echo.turn] = sums.get(echo.turn, 0.0) + echo.weight
    return sums


def _length(words: int) -> float:
    return min(math.log(_LONG), math.log(words + 1.0))


def _log_odds(score: float) -> float:
    kept = min(1.0 - _CERTAIN, max(_CERTAIN, score))
    return math.log(kept / (1.0 - kept))
