"""From where a turn tells: the other's side ("you sat there"), one's own act ("and I let you"), a fragment, a dispute.

Read from pronouns and word order alone, so that it holds for any subject and survives misheard words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from companion.moves.lexicon import words_of
from companion.moves.normalise import ENDS, QUESTION, Doc

_FRAME_WORDS = 10  # how far a pronoun colours what follows it
_FIRST = frozenset(["i", "me", "my", "we", "myself"])
_SECOND = frozenset(["you", "your", "yourself", "yours"])
_THIRD = frozenset(["she", "he", "her", "him", "his", "they", "them", "their"])
_SUBJECTS = _FIRST | _SECOND | _THIRD

# After "you": words with which advice, a verdict or a filler goes on, and no account of the other.
_NO_ACCOUNT = words_of(
    "should need must ought could can may might better know see mean always never and or but to too for with in on at "
    "of if that what when who how guys two both will would shall please go tell calm asked said told started want "
    "do"
)
# Before "you": a question, an order or an object.
_NO_SUBJECT = words_of(
    "do did does can could will would are were have had should why to for with of at if when whenever"
)
# After "i": what one feels or thinks about, which owns nothing.
_NO_ACT = words_of(
    "love see hear know think feel want need told said asked understand believe wish hope miss appreciate am was get "
    "mean guess would will can could might may should like thank trust promise remember swear bet suppose find do "
    "have had did care tell ask say imagine already always never tried try wanted just"
)
_ADVERBS = words_of("just even still really then also only sort kind of have had would")
# After "you": what nobody tells of another to show that they were heard.
_BLAMED = words_of(
    "sulk sulked sulking nag nagged nagging shout shouted shouting yell yelled yelling scream screamed screaming moan "
    "moaned moaning complain complained complaining whine whining lecture lectured lecturing attack attacked attacking "
    "accuse accused accusing explode exploded storm stormed storming start starts exaggerate exaggerating overreacted "
    "overreact pick picked choose chose offered insisted promised ruin ruined embarrassed flirted laughing dragged "
    "blame blamed refuse refused forgot made make knew ordered"
)
# After "i": what one counts up in one's own favour.
_MERITS = words_of(
    "rang called phoned texted bought brought cooked made cleaned asked offered waited paid carried helped fixed tried "
    "came picked booked arranged ordered worked drove fetched organised washed"
)
_CHARGES = frozenset(["when", "whenever", "if", "time", "thought", "think", "said", "told"])
_OWN_REACH_WORDS = 7
_MOST_TOLD = 4


class Frame(StrEnum):
    """Whose side a word is told from."""

    OTHER = "other"
    OWN = "own"
    OWN_FOR_OTHER = "own_for_other"  # "you called and I sat there"
    THIRD = "third"
    NONE = "none"  # a fragment, "with nobody coming"
    CHARGED = "charged"  # "when you walk out"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Stance:
    """From where a turn tells."""

    frames: tuple[Frame, ...]  # of each token
    told: tuple[tuple[int, int], ...]  # stretches of tokens that tell what the other did, had or felt
    owned: tuple[tuple[int, int], ...]  # stretches that tell an own act towards the other
    acts: tuple[tuple[int, int], ...]  # "and I sat in the truck": own acts beside those of the other, or alone
    blamed: int  # how often the other is told what they did wrong
    merits: int  # how often the speaker counts up what they did for the other


def read_stance(doc: Doc) -> Stance:
    """From where a turn tells.

    Args:
        doc: the turn as plain words.

    Returns:
        The frame of each token, and the stretches that tell of the other and of one's own act.
    """
    frames: list[Frame] = []
    told: list[tuple[int, int]] = []
    owned: list[tuple[int, int]] = []
    acts: list[tuple[int, int]] = []
    begin, tokens, blamed, merits = 0, doc.tokens, 0, 0
    while begin < len(tokens):
        end = doc.sentence_end(begin, len(tokens))
        asked = end < len(tokens) and tokens[end] == QUESTION
        frames += [Frame.ASKED] * (end + 1 - begin) if asked else _frames(tokens[begin : end + 1])
        if not asked:
            for k in range(begin, end):
                if tokens[k] == "you" and len(told) < _MOST_TOLD and _tells(tokens, k, begin, end):
                    if _BLAMED.isdisjoint(tokens[k + 1 : min(end, k + 3)]):
                        told.append((k, min(end, k + 4)))
                    else:
                        blamed += 1
                elif tokens[k] == "i" and not _MERITS.isdisjoint(tokens[k + 1 : min(end, k + 3)]):
                    merits += 1
                elif tokens[k] == "i" and (last := _owns(tokens, k, end)):
                    owned.append((k, last))
                elif tokens[k] == "i" and (last := _acts(tokens, k, end)):
                    acts.append((k, last))
        begin = end + 1
    return Stance(
        tuple(frames[: len(tokens)]),
        tuple(told),
        tuple(owned),
        tuple(acts),
        blamed,
        merits,
    )


def _frames(tokens: tuple[str, ...]) -> list[Frame]:
    found: list[Frame] = []
    nearest, nearest_at, second_at = "", -99, -99
    for k, token in enumerate(tokens):
        if token in _SUBJECTS:
            nearest, nearest_at = token, k
            second_at = k if token in _SECOND else second_at
        if k - nearest_at > _FRAME_WORDS or not nearest:
            found.append(Frame.NONE)
        elif nearest in _SECOND:
            found.append(Frame.CHARGED if nearest_at and tokens[nearest_at - 1] in _CHARGES else Frame.OTHER)
        elif nearest in _THIRD:
            found.append(Frame.THIRD)
        else:
            found.append(Frame.OWN_FOR_OTHER if k - second_at <= 2 * _FRAME_WORDS else Frame.OWN)
    return found


def _tells(tokens: tuple[str, ...], k: int, begin: int, end: int) -> bool:
    """Whether "you" at `k` begins an account of the other."""
    if k > begin and tokens[k - 1] in _NO_SUBJECT:
        return False
    after = k + 1
    while after < end and tokens[after] in _ADVERBS:
        after += 1
    return after < end and tokens[after] not in _NO_ACCOUNT and tokens[after] not in _SUBJECTS


def _owns(tokens: tuple[str, ...], k: int, end: int) -> int:
    """The end of an own act towards the other that begins with "i" at `k`; 0 where there is none."""
    after = k + 1
    while after < end and tokens[after] in _ADVERBS:
        after += 1
    if after >= end or tokens[after] in _NO_ACT or tokens[after] in ENDS:
        return 0
    for at in range(after + 1, min(end, k + _OWN_REACH_WORDS)):
        if tokens[at] in {"you", "your"}:
            return at + 1
        if tokens[at] in {"i", "because", "but"}:
            return 0
    return 0


def _acts(tokens: tuple[str, ...], k: int, end: int) -> int:
    """The end of an own act without the other in it that begins with "i" at `k`; 0 where there is none."""
    after = k + 1
    while after < end and tokens[after] in _ADVERBS:
        after += 1
    return min(end, after + 3) if after < end and tokens[after] not in _NO_ACT else 0
