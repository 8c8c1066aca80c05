"""Feelings in words: which one the bid carries, and whether the reply says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companion.moves.echo import carried
from companion.moves.lexicon import AWFUL, FEELING, FEELING_NOUNS, words_of
from companion.moves.normalise import ENDS, Doc, normalise

_MORE = tuple(
    word.strip()
    for word in (
        "gutted, used, cheated, torn in two, torn, steamrollered, flat, on edge, on eggshells, sick with worry, "
        "sick, raw, low, down, fragile, useless, pathetic, ugly, dirty, silly, foolish, like a fool, a fool, "
        "taken for a fool, put down, belittled, patronised, told off, controlled, watched, cut off, alone with it, "
        "on your own with it, wrung out, worn out, shattered, knackered, drowning, sinking, swamped, snowed under, "
        "shocked, stunned, speechless, spooked, shaky, trembling, shaking, dreading, dread, homesick, heartache, "
        "regret, regretful, guilt, grieving, missing, longing, jealousy, envious, envy, proud, happy, thrilled, "
        "excited, relieved, hopeful, insulted, offended, disrespected, undermined, steamrolled, sidelined, "
        "overlooked, not seen, not wanted, not needed, pushed out, shoved out, second fiddle, an afterthought, "
        "a nuisance, a stranger, like a stranger, an outsider, in the way, bleak, shaming, humiliation, hate, "
        "frustration, rage, panicking, petrified, spiralling, suffocated, smothered, crowded, bored, restless, "
        "hollow, dead inside, hurting, fear, betrayal, lost, frightens, scares, scaring, scared, hurts, stings, "
        "aches, upsetting, uprooted, degrading, degraded, unfair, not safe, not feel safe, never feel safe, "
        "do not feel safe, in bits, in pieces, falling apart, crushed, weighed down, like a kid, like a child, "
        "like a burden, like a monster, like a visitor, like a ghost, like a spare part, like nothing, miss, misses, "
        "missed, grief, ashamed, lonely, hated, unwelcome, replaced, robbed, gutting, sore, jumpy, haunted, sad, "
        "mortified, mortifying, stranded, ganged up on, outnumbered, at the bottom, unloved, rejected, defeated, "
        "fed up, sickening, nervous, tense, cruel, wounding, wobbly, scattered, stretched, stretched thin, tearful, "
        "close to tears, uncertain, shy, empty, torn apart, mad with worry, worrying, worries, embarrasses, "
        "frustrates, insecure, touchy, dumped, cast aside, let down"
    ).split(",")
)
_SOUNDS = frozenset(
    {"big", "huge", "a lot", "too much", "so much", "a big deal", "important", "real", "hard", "so hard"}
)
_ALL = sorted({*FEELING, *_MORE, *FEELING_NOUNS, *AWFUL} - _SOUNDS)
_BY_FIRST: dict[str, list[tuple[str, ...]]] = {}
for _phrase in _ALL:
    _words = tuple(_phrase.split())
    _BY_FIRST.setdefault(_words[0], []).append(_words)
for _list in _BY_FIRST.values():
    _list.sort(key=len, reverse=True)

_BARE = frozenset(
    "flat,down,low,raw,used,sick,missing,mad,lost,small,tiny,cross,stuck,beaten down,forgotten,sore,empty,broken,numb,"
    "cold,mean,replaced,missed,down,stretched,awful,terrible,brutal,attacked,happy,proud,confused".split(",")
)
"""Words that are feelings only after "feel", "am" and the like."""

_OF_STATE = words_of(
    "feel feels felt feeling am is are was were be been being so really bit left made make get got look sound"
)
_FIRST = frozenset({"i", "me", "my", "myself"})
_SECOND = frozenset({"you", "your", "yourself"})
_THINGS = frozenset({"it", "that", "this", "he", "she", "they"})
_NOT = frozenset({"not", "no", "never", "nothing", "stop"})
_REACH_WORDS = 7
_KINDS = {
    "fear": "scared,afraid,frightened,terrified,scary,fear,frightening,terrifying,anxious,worried,panic,worry,"
    "panicking,"
    "frightens,scares,scaring,worries,worrying,dread,dreading,petrified,nervous,anxiety,not safe,not feel safe,unsafe,"
    "mad with worry,sick with worry,shaking,trembling,shaky,do not feel safe",
    "alone": "alone,lonely,loneliness,isolating,all alone,on your own,on my own,by myself,by yourself,left out,"
    "left behind,"
    "shut out,abandoned,alone with it,on your own with it,stranded,deserted,pushed out,excluded,invisible,unseen,"
    "forgotten",
    "hurt": "hurt,hurting,hurtful,painful,pain,in pain,hurts,stings,stung,wounded,rejected,cruel",
    "tired": "tired,exhausted,drained,wrung out,worn out,exhausting,worn down,exhaustion,shattered,knackered,burnt out,"
    "overwhelmed,drowning,swamped,stretched thin,overwhelming,flooded,snowed under,sinking",
    "sad": "sad,sadness,heartbroken,heartbreaking,gutted,grief,grieving,devastated,miserable,in bits,heartache,miss,"
    "misses,missed,homesick,missing,hate,low,down,empty,tearful",
    "angry": "angry,anger,furious,mad,cross,livid,rage,raging,annoyed,frustrated,fed up,resentful,frustrating,"
    "frustration",
    "shame": "humiliated,humiliating,ashamed,embarrassed,shame,embarrassing,shaming,stupid,small,like a fool,a fool,"
    "taken for a fool,foolish,degrading,degraded,dirty,told off,like a kid,like a child,tiny,mortified,"
    "humiliation,silly,"
    "belittled,put down,guilty,guilt,like a failure,a failure,useless,worthless,pathetic",
    "betrayed": "betrayed,betrayal,let down,cheated,used,steamrollered,disappointed,taken for granted,unappreciated",
    "glad": "happy,proud,thrilled,excited,relieved,hopeful",
}
_STEMS = {word: kind for kind, words in _KINDS.items() for word in words.split(",")}


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling that is named."""

    first: int  # its first token
    end: int
    words: str
    whose: str  # "i", "you", or "it" where it is said of neither


def feelings_in(doc: Doc) -> tuple[Feeling, ...]:
    """Every feeling that a text names.

    Args:
        doc: the text as plain words.
    """
    found: list[Feeling] = []
    k = 0
    while k < len(doc.tokens):
        words = next(
            (w for w in _BY_FIRST.get(doc.tokens[k], ()) if doc.tokens[k : k + len(w)] == w and _is_felt(doc, k, w)),
            None,
        )
        if words is None:
            k += 1
            continue
        found.append(Feeling(k, k + len(words), " ".join(words), _whose(doc, k)))
        k += len(words)
    return tuple(found)


def feelings_of_bid(bid: str, given: Sequence[str] = ()) -> tuple[str, ...]:
    """The words for what a bid feels, the plainest first.

    Args:
        bid: what the other said.
        given: words that somebody wrote down for it; they come first.
    """
    own = [f for f in feelings_in(normalise(bid)) if f.whose != "you"]
    ranked = sorted(own, key=lambda f: (f.whose != "i", f.words not in FEELING))
    return tuple(
        dict.fromkeys([*(" ".join(normalise(g).words) for g in given if g.strip()), *(f.words for f in ranked)])
    )


def signs_of_naming(reply: Doc, bid: str, given: Sequence[str] = ()) -> dict[str, float]:
    """What speaks for the bid's feeling being named in a reply, as features `e:`.

    Args:
        reply: the reply as plain words.
        bid: what the other said.
        given: words that would name the bid's feeling.
    """
    wanted = feelings_of_bid(bid, given)
    kinds = {_STEMS.get(w, w) for w in wanted}
    said = feelings_in(reply)
    found: dict[str, float] = {}
    for feeling in said:
        if not feeling.words.startswith(("not ", "do not", "never")) and _is_denied(reply, feeling.first):
            found["e:denied"] = 1.0
            continue
        found[f"e:{feeling.whose}"] = 1.0
        if feeling.words in wanted:
            found["e:same"] = 1.0
            found[f"e:same@{feeling.whose}"] = 1.0
        elif _STEMS.get(feeling.words, feeling.words) in kinds:
            found["e:like"] = 1.0
            found[f"e:like@{feeling.whose}"] = 1.0
        elif feeling.whose != "i":
            found["e:other"] = 1.0
    if not wanted:
        found["e:none_in_bid"] = 1.0
        if said:
            found["e:said_anyway"] = 1.0
    stems = {word.stem for feeling in wanted for word in carried(normalise(feeling))}
    if stems and any(word.stem in stems for word in carried(reply)):
        found["e:stem"] = 1.0
    return found


def _is_felt(doc: Doc, k: int, words: tuple[str, ...]) -> bool:
    if " ".join(words) not in _BARE:
        return True
    alone = (k == 0 or doc.tokens[k - 1] in ENDS) and (k + 1 >= len(doc.tokens) or doc.tokens[k + 1] in ENDS)
    return alone or (k > 0 and not _OF_STATE.isdisjoint(doc.tokens[max(0, k - 3) : k]))


def _is_denied(doc: Doc, k: int) -> bool:
    before = doc.tokens[max(0, k - 4) : k]
    return not _NOT.isdisjoint(before) and not any(t in ENDS for t in before)


def _whose(doc: Doc, k: int) -> str:
    """Whose feeling stands at a token: that of the nearest person before it in its sentence."""
    for at in range(k - 1, max(-1, k - 1 - _REACH_WORDS), -1):
        token = doc.tokens[at]
        if token in ENDS:
            break
        if token in _SECOND:
            return "you"
        if token in _THINGS:
            return "it"
        if token in _FIRST:
            return "it" if at + 1 < k and doc.tokens[at + 1] == "would" else "i"
    return "it"
