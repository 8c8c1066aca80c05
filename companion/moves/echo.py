"""The words that carry what a turn tells, in a form in which the other's answer can say them again.

"I was sitting there with the lights off" and "you sat there, no lights" share *sit* and *light*. Whoever takes up the
other's own words, and turns them neither into a question nor into a dispute, has heard them, without a stock phrase.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from companion.moves.lexicon import BACK_CHANNELS, OPENERS, words_of
from companion.moves.normalise import ENDS, Doc

_NEGATIONS = frozenset(["not", "never", "no", "nothing", "without"])
_NEGATION_REACH_WORDS = 4
_NO_ONE = ("no", "one")
_LIGHT = 0.3  # what a word weighs that is in half of all turns ("go", "want")

# Words that only hold a sentence together.
_EMPTY = (
    words_of(
        "a an the this that these those there here it its he she they we i you me him her us them my your "
        "his our their mine yours ours theirs is am are was were be been being do does did done have has had "
        "having will would can could shall should may might must not never no nothing and or but so because "
        "if then than as of in on at to from with without for by about into over under off out up down back "
        "away through after before until while when where what who which whose how why all any some each "
        "both more most much many very really just only even still too also again now today always ever else "
        "like kind sort thing things something anything everything way lot bit yes yeah okay oh well right "
        "sure maybe actually one ones own got let us going quite rather such other same though although "
        "however perhaps enough almost already yet around along across behind another"
    )
    | BACK_CHANNELS
    | (OPENERS - {"love"})
)
_COMMON = words_of(
    "go come get make take give put say tell ask know think want need see look hear feel try mean talk "
    "do keep let find work happen start stop call use seem time day people good bad little big last next "
    "first new old year week sorry really fine understand guess remember believe care love"
)
_IRREGULAR = dict(
    pair.split(":")
    for pair in words_of(
        "sat:sit stood:stand lay:lie lain:lie lying:lie told:tell felt:feel came:come went:go gone:go "
        "left:leave thought:think sang:sing sung:sing kept:keep held:hold took:take taken:take gave:give "
        "given:give gotten:get ate:eat eaten:eat woke:wake woken:wake drove:drive driven:drive ran:run "
        "broke:break broken:break fell:fall fallen:fall heard:hear saw:see seen:see knew:know known:know "
        "said:say lost:lose slept:sleep wrote:write written:write hid:hide hidden:hide bought:buy "
        "brought:bring stuck:stick caught:catch paid:pay sold:sell wore:wear threw:throw thrown:throw "
        "made:make built:build met:meet found:find began:begin spoke:speak spoken:speak chose:choose "
        "chosen:choose shook:shake stole:steal stolen:steal swam:swim rang:ring rung:ring sent:send spent:spend "
        "won:win understood:understand forgot:forget forgotten:forget meant:mean taught:teach dug:dig "
        "men:man women:woman children:child kids:kid feet:foot wives:wife lives:life myself:self "
        "yourself:self himself:self herself:self themselves:self alone:alone dying:die died:die"
    )
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A word that carries meaning."""

    token: int  # its place among the tokens
    stem: str
    weight: float  # 1, or less for a word that is everywhere
    denied: bool  # "not", "never" shortly before it


def carried(doc: Doc) -> tuple[Carried, ...]:
    """The words of a turn that carry what it tells.

    Args:
        doc: the turn as plain words.

    Returns:
        Those words in order, without their endings.
    """
    found: list[Carried] = []
    denied_at = -_NEGATION_REACH_WORDS - 1
    for k, token in enumerate(doc.tokens):
        if token in ENDS:
            denied_at = -_NEGATION_REACH_WORDS - 1
        elif doc.tokens[max(0, k - 1) : k + 1] == _NO_ONE:
            found.append(Carried(k, "no one", 1.0, False))
            denied_at = -_NEGATION_REACH_WORDS - 1
        elif token in _NEGATIONS:
            denied_at = k
        elif token not in _EMPTY:
            stem, weight = _stem(token)
            found.append(Carried(k, stem, weight, k - denied_at <= _NEGATION_REACH_WORDS))
    return tuple(found)


@lru_cache(maxsize=8192)
def _stem(word: str) -> tuple[str, float]:
    stem = _IRREGULAR.get(word) or _cut(word)
    return stem, _LIGHT if stem in _COMMON or word in _COMMON or len(word) < 3 else 1.0


def _cut(word: str) -> str:
    """The word without the endings of English; rough, and the same for every form of a word."""
    for ending, instead in (("ies", "i"), ("ied", "i"), ("ying", "i"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    else:
        if len(word) > 3 and word.endswith("y"):
            word = word[:-1] + "i"
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]  # "humming", "hum"
    if len(word) > 5 and word.endswith("ly"):
        word = word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
