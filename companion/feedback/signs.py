"""What the model sees of a reply: features of the whole and of each clause, named as in `companion.moves.features`.

A clause adds `k:` where it stands, `p:` what the clauses before it did, `q:` how the one before began.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from companion.feedback.clauses import TURN_WORDS, Clause, clauses_of
from companion.feedback.cues import CUES
from companion.feedback.feelings import signs_of_naming
from companion.moves.context import Setting, setting_of_texts
from companion.moves.features import features_of
from companion.moves.lexicon import words_of
from companion.moves.model import LABELS_IN_ORDER, load, scaled
from companion.moves.normalise import ENDS, QUESTION, Doc, normalise
from companion.moves.patterns import Matcher, Sign
from companion.takes import AwayKind
from companion.types import LEANING_IN, Role, Tag

_LEFT_OUT = ("b:", "c:", "s:")  # words of the bid, parts of words, stems: too many for too little
_HEARING = tuple(f"r:{tag.value}" for tag in (Tag.VALIDATION, Tag.EMPATHY, Tag.OWNERSHIP, Tag.CARE))
_TURNING = (
    *(
        f"r:{tag.value}"
        for tag in (Tag.DISMISSING, Tag.FIXING, Tag.DEFENSIVENESS, Tag.CORRECTING, Tag.CRITICISM, Tag.STONEWALLING)
    ),
    *(f"f:{kind.value}" for kind in AwayKind if kind is not AwayKind.BUT),
)
_KIND_CUES = tuple(f"r:{tag.value}" for tag in Tag if tag in LEANING_IN)
_PLAINLY, _KINDLY = 0.6, 0.5
_SECOND = frozenset({"you", "your", "yours"})
_LAST_CLAUSES = 6  # of the last sentence, which has no beginning where there is no punctuation
_FAMILIES = ("w:", "x:", "f:", "r:", "g:", "m:")
_CERTAIN, _TAGGER_SHARE = 0.002, 0.25
_OPENING_SHARE, _SHAPE_SHARE = 0.5, 0.7
_OPENING_WORDS = 2
_CEILING = 5.0
_MATCHERS = {kind: Matcher({Sign.NEAR_MISS: cues}) for kind, cues in CUES.items()}

_LEADS = words_of("so and but then well okay right oh just please look now go yeah honestly or still only love babe no")
ORDERS = words_of(
    "tell ask ring call text email write take get put make stop start try go leave talk speak turn switch keep "
    "let give "
    "do have be think look calm relax cheer forget ignore block quit join book buy sell set use find say show "
    "sleep eat "
    "drink run walk sit stand count focus move grow drop don check sort fix pay send bring throw cut change wait hurry "
    "listen smile enjoy remember imagine pull pick hand come shut close open"
)
"""Verbs with which an order begins."""
_KIND_ORDERS = frozenset(
    "tell me|come here|come on|go on|take your|give me|let me|ask me|show me|talk to|say it|say more|say that|"
    "keep going|"
    "keep talking|wake me|hold on|have i|do you|have you|do i|sit with|stay with|start with|take all|put it|look at|"
    "let us|come and|say the|start wherever|call me|ring me|text me|don not|do not".split("|")
)
_PERSON_OF = {
    **dict.fromkeys(("i", "me", "my", "mine", "myself"), "i"),
    **dict.fromkeys(("you", "your", "yours", "yourself"), "you"),
    **dict.fromkeys(("we", "us", "our", "ours"), "we"),
    **dict.fromkeys(("he", "she", "they", "him", "her", "them", "his", "their"), "third"),
    **dict.fromkeys(("it", "that", "this", "there"), "it"),
}
_NOT = frozenset({"not", "never", "no"})
_SORRY = frozenset({"sorry", "fault", "wrong", "should", "you", "your"})
_NUMBERS = words_of(
    "one two three four five six seven eight nine ten twelve fifteen twenty thirty once twice times minutes half "
    "monday "
    "tuesday wednesday thursday friday saturday sunday"
)
_TAGS = words_of("is are do did does have has can could would will was were")
_TAG_ENDS = frozenset({"it", "you", "he", "she", "they", "i", "not", "there", "we"})


@dataclass(frozen=True, slots=True)
class ReplySigns:
    """A reply as the model sees it."""

    doc: Doc
    setting: Setting
    clauses: tuple[Clause, ...]
    whole: Mapping[str, float]
    parts: tuple[Mapping[str, float], ...]  # of each clause


def read_reply(reply: str, bid: str) -> ReplySigns:
    """Read a reply in the light of the bid that it answers.

    Args:
        reply: what was said.
        bid: what the other had said before; "" where that is not known.

    Returns:
        The reply's clauses and what the model sees of it.
    """
    doc = normalise(reply)
    setting = setting_of_texts(doc, [bid] if bid.strip() else [])
    clauses = clauses_of(doc)
    parts: list[dict[str, float]] = []
    for k, clause in enumerate(clauses):
        piece, around = _cut_out(doc, clause), _setting_of(setting, clause)
        seen = scaled(features_of(piece, around, Role.PARTNER))
        own = {**_kept(seen), **_tagged(seen)}
        own.update(_turning_cues(piece))
        own.update(_shape(piece, around))
        _place(own, k, clauses, doc)
        _before(own, parts)
        parts.append(own)
    seen = scaled(features_of(doc, setting, Role.PARTNER))
    whole = {**_kept(seen), **_tagged(seen)}
    whole.update(_turning_cues(doc))
    whole.update(signs_of_naming(doc, bid))
    _stretches(whole, parts, clauses)
    _order(whole, parts)
    _about(whole, parts, clauses, bid)
    return ReplySigns(doc, setting, clauses, whole, tuple(parts))


def heard(part: Mapping[str, float]) -> float:
    """How much a clause acknowledges."""
    return max(part.get(name, 0.0) for name in _HEARING)


def leans(part: Mapping[str, float]) -> float:
    """How plainly a clause makes any move of leaning in."""
    return max(part.get(name, 0.0) for name in _KIND_CUES)


def turned(part: Mapping[str, float]) -> float:
    """How much a clause turns away."""
    return max(part.get(name, 0.0) for name in _TURNING)


def _kept(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if not name.startswith(_LEFT_OUT)}


def _tagged(values: Mapping[str, float]) -> dict[str, float]:
    """What the tagger makes of it, which has learned from whole conversations: log-odds, made small."""
    scores = np.clip(load().scores(values), _CERTAIN, 1.0 - _CERTAIN)
    odds = np.log(scores / (1.0 - scores)) * _TAGGER_SHARE
    return {f"m:{label}": float(value) for label, value in zip(LABELS_IN_ORDER, odds, strict=True)}


def _stretches(whole: dict[str, float], parts: Sequence[Mapping[str, float]], clauses: Sequence[Clause]) -> None:
    """How it begins (`H`) and its last sentence (`U`) count by themselves: what is said last decides what stands."""
    for part in parts:
        for name, value in part.items():
            if name.startswith("t:"):
                whole["C" + name] = _OPENING_SHARE
            elif name.startswith("g:"):
                whole["G" + name] = max(whole.get("G" + name, 0.0), value * _SHAPE_SHARE)
        if "k:turns" in part:
            whole["Ck:turns"] = 1.0
    for name, value in parts[0].items() if parts else ():
        if name.startswith(_FAMILIES):
            whole["H" + name] = value * _OPENING_SHARE
    last = len(parts) - 1
    while last > 0 and not clauses[last].opens:
        last -= 1
    for part in parts[last:][-_LAST_CLAUSES:]:
        for name, value in part.items():
            if name.startswith(_FAMILIES):
                whole["U" + name] = max(whole.get("U" + name, 0.0), value)


def _order(whole: dict[str, float], parts: Sequence[Mapping[str, float]]) -> None:
    """Whether it hears first and turns away afterwards, or the other way round."""
    has_heard = False
    for part in parts:
        hears = heard(part) > _PLAINLY
        if turned(part) > _PLAINLY:
            whole["O:turns_after_hearing" if has_heard else "O:turns_first"] = 1.0
            if "k:turns" in part:
                whole["O:turns_with_but"] = 1.0
        if hears:
            has_heard = True
            if "O:turns_first" in whole:
                whole["O:hears_after"] = 1.0
    whole["O:clauses"] = len(parts) / 10


def _about(whole: dict[str, float], parts: Sequence[Mapping[str, float]], clauses: Sequence[Clause], bid: str) -> None:
    """Whom the last clauses are about that say nothing kind, and whether the bid spoke of the one who answers."""
    told = _SECOND.isdisjoint(normalise(bid).tokens)
    whole["Y:told" if told else "Y:charged"] = 1.0
    last = len(parts) - 1
    while last > 0 and not clauses[last].opens:
        last -= 1
    for part, clause in zip(parts[last:][-_LAST_CLAUSES:], clauses[last:][-_LAST_CLAUSES:], strict=True):
        if clause.asked or leans(part) > _KINDLY:
            continue
        for name in part:
            if name.startswith("g:"):
                whole["Q" + name] = 1.0
                whole[f"Q{'told' if told else 'charged'}:{name}"] = 1.0


def _before(own: dict[str, float], parts: Sequence[Mapping[str, float]]) -> None:
    """What the clauses before did."""
    if hearing := max(map(heard, parts), default=0.0):
        own["p:heard"] = hearing
    if turning := max(map(turned, parts), default=0.0):
        own["p:turned"] = turning


def _turning_cues(doc: Doc) -> dict[str, float]:
    found: dict[str, float] = {}
    strongest = 0.0
    for kind, matcher in _MATCHERS.items():
        odds = sum(hit.cue.weight for hit in matcher.find(doc))
        if odds:
            found[f"f:{kind.value}"] = max(-_CEILING, min(_CEILING, odds)) / 2
            if kind is not AwayKind.BUT:
                strongest = max(strongest, odds)
    for name, least in (("some", 1.0), ("plain", 2.0), ("sure", 3.5)):
        if strongest >= least:
            found[f"f:{name}"] = 1.0
    return found


def _shape(piece: Doc, setting: Setting) -> dict[str, float]:
    """How a clause is built: an order, a dispute, a tale of one's own, talk of others."""
    words = [t for t in piece.tokens if t not in ENDS]
    while words and words[0] in _LEADS:
        words = words[1:]
    found: dict[str, float] = {}
    if not words:
        return found
    persons = {_PERSON_OF[w] for w in words if w in _PERSON_OF}
    found["g:" + ("+".join(sorted(persons)) or "none")] = 1.0
    if words[0] in ORDERS and " ".join(words[:2]) not in _KIND_ORDERS and words[0:1] != words[1:2]:
        found["g:order"] = 1.0
    if any(echo.disputed and not echo.doubt for echo in setting.echoes):
        found["g:disputes"] = 1.0
    elif setting.echoes and not _NOT.isdisjoint(words):
        found["g:denies"] = 1.0
    if persons <= {"i", "we", "third"} and "i" in persons and _SORRY.isdisjoint(words):
        found["g:own"] = min(1.5, len(words) / 8)
    if any(w in _NUMBERS for w in words):
        found["g:number"] = 1.0
    if len(words) >= 3 and words[-2] in _TAGS and words[-1] in _TAG_ENDS:
        found["g:tag"] = 1.0
    return found


def _place(values: dict[str, float], k: int, clauses: tuple[Clause, ...], doc: Doc) -> None:
    last = len(clauses) - 1
    values["k:first" if k == 0 else "k:last" if k == last else "k:within"] = 1.0
    if k == last:
        values["k:ends"] = 1.0
    if last == 0:
        values["k:only"] = 1.0
    values["k:at"] = math.log1p(k) / 2
    opening = doc.tokens[clauses[k].first]
    if opening in TURN_WORDS:
        values["k:turns"] = 1.0
    if any(doc.tokens[c.first] in TURN_WORDS for c in clauses[1:k]):
        values["k:after_turn"] = 1.0
    if k:
        before = doc.tokens[clauses[k - 1].first : clauses[k - 1].end]
        for word in before[:_OPENING_WORDS]:
            values["q:" + word] = 0.5
    if k < last:
        after = doc.tokens[clauses[k + 1].first : clauses[k + 1].end]
        if after[0] in TURN_WORDS:
            values["k:before_turn"] = 1.0


def _cut_out(doc: Doc, clause: Clause) -> Doc:
    """A clause as a text of its own."""
    end = clause.end + 1 if clause.end < len(doc.tokens) and doc.tokens[clause.end] in ENDS else clause.end
    if end > clause.end and doc.tokens[clause.end] == QUESTION and not clause.asked:
        end = clause.end
    tokens = doc.tokens[clause.first : end]
    offsets = [o - doc.offsets[clause.first] for o in doc.offsets[clause.first : end]]
    return Doc(doc.text, tokens, doc.spans[clause.first : end], "".join(t + " " for t in tokens), tuple(offsets))


def _setting_of(setting: Setting, clause: Clause) -> Setting:
    echoes = tuple(
        replace(echo, token=echo.token - clause.first, later=())
        for echo in setting.echoes
        if clause.first <= echo.token < clause.end
    )
    return replace(setting, echoes=echoes, before=None)
