"""What the model sees of a turn: named features, each with the words that it comes from.

Names say what they are: `w:` words and runs of words, `s:` stems, `t:` the first words, `b:` the words of the bid
before, `a:` the words after a "but", `x:` a kind of word and from whose side it is told, `r:` what the cues say of a
label, `c:` parts of words, `n:` numbers. Punctuation and capitals are not looked at, beyond what the cues take from a
question mark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from companion.moves.context import Setting
from companion.moves.echo import carried
from companion.moves.lexicon import LEXICON
from companion.moves.normalise import ENDS, QUESTION, Doc
from companion.moves.patterns import Sign
from companion.moves.stance import read_stance
from companion.moves.weigh import Weighed, weigh_turn
from companion.types import Role, Tag

ALONE = "n:alone"
"""Set where a turn is read by itself: such turns are drawn from another world than those of a conversation."""

Span = tuple[int, int]  # of tokens: the first, and after the last

_LONGEST_RUN = 3
_OPENING_WORDS = 3
_BID_WORDS = 40  # of a long bid its last words count
_PART_CHARS = (4, 5)
_CEILING = 6.0
_TURNS = frozenset({"but", "however", "although", "though", "except", "yet", "anyway", "still", "just", "least"})
_ASKING = frozenset(
    {"what", "how", "why", "when", "where", "who", "which", "do", "did", "are", "is", "can", "could", "would", "will"}
)
_PERSONS = {"i": "i", "me": "i", "my": "i", "you": "you", "your": "you", "we": "we", "us": "we", "our": "we",
            "he": "third", "she": "third", "they": "third", "her": "third", "him": "third"}  # fmt: skip
_NOT = frozenset({"not", "never", "no", "nothing", "without"})
_UNTOLD_KINDS = frozenset({"number", "saw", "feeling"})  # within others, or without any bearing on the tags


def _kinds_of_words() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for name, members in LEXICON.items():
        if name not in _UNTOLD_KINDS:
            for member in members:
                kinds.setdefault(member, []).append(name)
    return kinds


_KIND_OF = _kinds_of_words()


@dataclass(slots=True)
class Features:
    """The features of one turn."""

    values: dict[str, float] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)

    def add(self, name: str, value: float = 1.0, spans: Iterable[Span] = ()) -> None:
        """Set a feature and remember where it stands."""
        self.values[name] = value
        self.spans.setdefault(name, []).extend(spans)


def features_of(doc: Doc, setting: Setting, role: Role) -> Features:
    """Read a turn's features.

    Args:
        doc: the turn as plain words.
        setting: what stands around it.
        role: who speaks.
    """
    found = Features()
    _words(found, doc)
    _after_a_turn(found, doc)
    _sides(found, doc)
    _cues(found, weigh_turn(doc, setting, role))
    _around(found, doc, setting, role)
    return found


def _words(found: Features, doc: Doc) -> None:
    at = [k for k, token in enumerate(doc.tokens) if token not in ENDS]
    words = [doc.tokens[k] for k in at]
    for size in range(1, _LONGEST_RUN + 1):
        for i in range(len(words) - size + 1):
            found.add("w:" + "_".join(words[i : i + size]), 1.0, [(at[i], at[i + size - 1] + 1)])
    for size in range(1, min(_OPENING_WORDS, len(words)) + 1):
        found.add("t:" + "_".join(words[:size]), 1.0, [(at[0], at[size - 1] + 1)])
    for told in carried(doc):
        found.add("s:" + told.stem, 1.0, [(told.token, told.token + 1)])
    for k, word in zip(at, words, strict=True):
        whole = f"^{word}$"
        for size in _PART_CHARS:
            for i in range(len(whole) - size + 1):
                found.add("c:" + whole[i : i + size], 1.0, [(k, k + 1)])


def _after_a_turn(found: Features, doc: Doc) -> None:
    """The words behind a "but": what takes an acknowledgement back stands there."""
    turn = next((k for k, token in enumerate(doc.tokens) if token in _TURNS and k > 1), None)
    if turn is None:
        return
    found.add("n:turns")
    for k in range(turn + 1, min(len(doc.tokens), turn + 9)):
        if doc.tokens[k] not in ENDS:
            found.add("a:" + doc.tokens[k], 1.0, [(k, k + 1)])


def _sides(found: Features, doc: Doc) -> None:
    stance = read_stance(doc)
    for k, token in enumerate(doc.tokens):
        for kind in _KIND_OF.get(token, ()):
            denied = any(t in _NOT for t in doc.tokens[max(0, k - 3) : k])
            found.add(f"x:{kind}@{stance.frames[k].value}{'-not' if denied else ''}", 1.0, [(k, k + 1)])
            found.add(f"x:{kind}", 1.0, [(k, k + 1)])
    for name, spans in (("told", stance.told), ("owned", stance.owned), ("acts", stance.acts)):
        if spans:
            found.add(f"x:{name}", min(1.5, 0.5 + 0.5 * len(spans)), spans)
    if stance.blamed:
        found.add("x:blamed", min(1.5, stance.blamed))
    if stance.merits:
        found.add("x:merits", min(1.5, stance.merits))


def _cues(found: Features, weighed: Weighed) -> None:
    for label, odds in weighed.odds.items():
        if odds:
            value = max(-_CEILING, min(_CEILING, odds)) / 2
            found.add(f"r:{label.value}", value, weighed.spans.get(label, ()))
            if odds > 2.0:
                found.add(f"r:{label.value}!", 1.0)
    if weighed.near_miss:
        found.add("r:only_looks", min(_CEILING, weighed.near_miss) / 2)
        if weighed.odds.get(Tag.VALIDATION, 0.0) > 0:
            found.add("r:only_looks&validation", min(_CEILING, weighed.near_miss) / 2)
    if weighed.odds.get(Sign.BARE, 0.0) > 0 and weighed.odds.get(Tag.VALIDATION, 0.0) <= 0:
        found.add("r:bare_alone")


def _around(found: Features, doc: Doc, setting: Setting, role: Role) -> None:
    words = doc.words
    found.add(f"n:{role.value}")
    if setting.alone:
        found.add(ALONE)
    found.add("n:length", math.log1p(len(words)) / 3)
    for limit in (3, 6, 12, 25, 50):
        if len(words) <= limit:
            found.add(f"n:up_to_{limit}")
            break
    found.add("n:bid", setting.bid.strength)
    if setting.bid.asks_advice:
        found.add("n:advice_asked")
    for name, value in (
        ("prompted", setting.prompted),
        ("taken_up", setting.taken_up),
        ("confirmed", setting.confirmed),
        ("echo", min(2.0, sum(e.weight for e in setting.echoes if not e.disputed))),
        ("disputed", min(1.5, sum(e.weight for e in setting.echoes if e.disputed and not e.doubt))),
        ("doubt", min(1.5, sum(e.weight for e in setting.echoes if e.doubt))),
    ):
        if value:
            found.add(f"n:{name}", value)
    for echo in setting.echoes:
        found.add("n:echoes", 1.0, [(echo.token, echo.token + 1)])
    if words and words[0] in _ASKING:
        found.add("n:asks")
    if doc.tokens and doc.tokens[-1] == QUESTION:
        found.add("n:question")
    persons = [_PERSONS[w] for w in words if w in _PERSONS]
    for person in sorted(set(persons)):
        found.add(f"n:{person}", min(1.5, 4 * persons.count(person) / (len(words) + 3)))
    if persons:
        found.add(f"n:first_{persons[0]}")
    if setting.before is not None:
        before = [t for t in setting.before.tokens if t not in ENDS][-_BID_WORDS:]
        for word in before:
            found.add("b:" + word)
        for one, two in pairwise(before):
            found.add(f"b:{one}_{two}")
        if setting.before.tokens and setting.before.tokens[-1] == QUESTION:
            found.add("b:?")
        found.add("n:shorter", math.log1p(len(before)) / 3)
