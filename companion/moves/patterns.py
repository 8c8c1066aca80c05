"""A small language for cues, and the matcher that finds them.

A cue is written as the words one would hear, each element set off by a blank:

    word            that word; `two_words` are two words in a row
    a|b|c           one of these
    {name}          a word or phrase of that lexicon
    a|b?  {name}?   may be missing
    ~3              up to three words of any kind, never across the end of a sentence
    !a|b            the next word is none of these
    <               (first) at the start of a sentence, "yeah", "well" and the like not counted
    >               the end of a sentence; also as one of several: `me|>`

Every repetition is bounded, so no text can make a search explode. Cues are looked up by the two words they can begin
with; the time for a turn grows with its length and hardly with the number of cues.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from companion.moves.lexicon import LEXICON, OPENERS
from companion.moves.normalise import ENDS, Doc
from companion.types import Tag

_ANY = "*"
_SENTENCE_END = r"(?=[.?] |$)"


class Sign(StrEnum):
    """What a phrase may signal beside a tag."""

    BARE = "bare"  # "I understand": an acknowledgement that names nothing
    NEAR_MISS = "near_miss"  # "sorry you feel that way"
    TURN = "turn"  # "but", "at least": what came before is taken back
    TOWARDS = "towards"  # "but I'm still here": a turn that takes nothing back
    BREAK = "break"  # a pause that is named, with a return
    FEELING = "feeling"  # the speaker's feeling or need: what a reply can answer
    COMPLAINT = "complaint"  # what the speaker misses or minds: so can this
    ASKS_ADVICE = "asks_advice"
    PROMPT = "prompt"  # a therapist hands one partner's words to the other
    MARKED = "marked"  # a therapist points at what a reply has done
    UPTAKE = "uptake"  # "yes, that": the reply has reached the other
    PROTEST = "protest"  # "that's not what I said": it has not
    CONFIRMS = "confirms"  # "yes, you did": the other says yes to an act that was owned
    CONCEDES = "concedes"  # "you did, yes": the other's account is let stand


Label = Tag | Sign


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that speak for (or, below zero, against) a label."""

    pattern: str
    weight: float  # added to the label's log-odds
    bid: float = 0.0  # added too, as far as the words before carry a feeling, a need or a complaint


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a text."""

    label: Label
    cue: Cue
    first: int  # index of its first token
    end: int  # index after its last token


@dataclass(frozen=True, slots=True)
class _Rule:
    label: Label
    cue: Cue
    regex: re.Pattern[str]
    at_start: bool


def _phrases(element: str) -> list[str]:
    """The alternatives of an element, longest first so that "left out" wins over "left"."""
    found: list[str] = []
    for part in element.split("|"):
        if part.startswith("{"):
            found.extend(LEXICON[part.strip("{}")])
        else:
            found.append(part.replace("_", " "))
    return sorted(set(found), key=lambda p: (-len(p), p))


def _openings(elements: list[str], begun: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """Every pair of words that a pattern can begin with; `*` where the second is open."""
    if len(begun) >= 2:
        return {(begun[0], begun[1])}
    if not elements or elements[0][0] == "~" or ">" in elements[0]:
        return {(begun[0], _ANY)}
    head, rest = elements[0], elements[1:]
    if head[0] == "!":
        return _openings(rest, begun)
    optional = head.endswith("?")
    found = set[tuple[str, str]]()
    for phrase in _phrases(head.rstrip("?")):
        found |= _openings(rest, (*begun, *phrase.split()))
    return found | _openings(rest, begun) if optional else found


def _regex(elements: Iterable[str]) -> re.Pattern[str]:
    parts: list[str] = []
    for element in elements:
        if element[0] == "~":
            parts.append(rf"(?:[^\W_]+ ){{0,{int(element[1:])}}}?")
            continue
        phrases = [p for p in _phrases(element.lstrip("!").rstrip("?")) if p != ">"]
        some = f"(?:{'|'.join(phrases)}) "
        if element[0] == "!":
            parts.append(f"(?!{some})")
        elif element == ">":
            parts.append(_SENTENCE_END)
        elif ">" in element:
            parts.append(f"(?:{some}|{_SENTENCE_END})")
        else:
            parts.append(f"(?:{some})" + ("?" if element.endswith("?") else ""))
    return re.compile("".join(parts))


class Matcher:
    """Finds the cues of a table."""

    def __init__(self, table: Mapping[Label, Iterable[Cue]]) -> None:
        self._index: dict[str, dict[str, list[_Rule]]] = {}
        for label, cues in table.items():
            for cue in cues:
                elements = cue.pattern.split()
                at_start = elements[0] == "<"
                rule = _Rule(label, cue, _regex(elements[at_start:]), at_start)
                for first, second in _openings(elements[at_start:]):
                    self._index.setdefault(first, {}).setdefault(second, []).append(rule)

    def find(self, doc: Doc) -> list[Hit]:
        """All cues of a text, in the order of their first words.

        Args:
            doc: the text as plain words.

        Returns:
            The hits; of those of one label that overlap, only the one that weighs most, widened to the words of all
            (one that weighs against the label always counts).
        """
        hits: list[Hit] = []
        starts = _sentence_starts(doc)
        last = len(doc.tokens) - 1
        for k, token in enumerate(doc.tokens):
            rules = self._index.get(token)
            if rules is None:
                continue
            following = doc.tokens[k + 1] if k < last else ""
            for rule in (*rules.get(_ANY, ()), *rules.get(following, ())):
                if rule.at_start and k not in starts:
                    continue
                found = rule.regex.match(doc.line, doc.offsets[k])
                if found is not None:
                    hits.append(Hit(rule.label, rule.cue, k, bisect_left(doc.offsets, found.end())))
        return _strongest(hits)


def _sentence_starts(doc: Doc) -> frozenset[int]:
    starts: set[int] = set()
    fresh = True
    for k, token in enumerate(doc.tokens):
        if fresh:
            starts.add(k)
        fresh = token in ENDS or (fresh and token in OPENERS)
    return frozenset(starts)


def _strongest(hits: list[Hit]) -> list[Hit]:
    if len(hits) < 2:
        return hits
    kept: list[Hit] = []
    last: dict[Label, int] = {}  # where in `kept` the last hit of a label is: hits come in the order of their words
    for hit in hits:
        at = last.get(hit.label)
        if hit.cue.weight <= 0:
            kept.append(hit)
        elif at is not None and hit.first < kept[at].end:
            before = kept[at]
            strongest = max(before.cue, hit.cue, key=lambda c: c.weight + c.bid)
            kept[at] = Hit(hit.label, strongest, before.first, max(before.end, hit.end))
        else:
            last[hit.label] = len(kept)
            kept.append(hit)
    return kept
