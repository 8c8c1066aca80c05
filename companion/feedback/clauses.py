"""A reply in its clauses: the smallest pieces that do something by themselves.

Recognised speech has punctuation only sometimes. A clause therefore also begins where a conjunction or a new subject
does, so that "i'm sorry i left you there but it's only a wedding" comes apart as well as its punctuated form.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from companion.moves.lexicon import words_of
from companion.moves.normalise import QUESTION, Doc

TURN_WORDS = frozenset({"but", "however", "although", "though", "except", "yet", "anyway", "still"})
"""Words with which a speaker may take back what came before."""

_LEAST_WORDS = 3  # a piece shorter than this stays with its neighbour
_BREAKS = frozenset({"but", "however", "although", "because", "anyway", "anyways", "except", "whereas", "plus"})
_JOINS = frozenset({"and", "so", "or", "then", "now"})
_SUBJECTS = words_of("i you we he she it they that there this what how let everyone no")
_HOLDING = words_of(
    "that what how why if when whenever where because think know thought see hear feel felt like and so but or as than "
    "say said tell told mean guess believe hope wish sure while until after before since who which whether "
    "imagine the a "
    "my your do did does can could would will should is are was were am have had has not never just then though "
    "although to for with of at in on about makes made make let get understand realise remember bet sorry glad "
    "afraid all everything anything something nothing thing way time everywhere minute moment unless i we he she "
    "they well oh "
    "okay yeah yes no really still even only also maybe hey look god ah love once than whatever however wherever"
)
"""Words after which a subject goes on with the clause before ("I know you …")."""
_OBJECTS = words_of("it you me him her us them")
_PERSONS = words_of("i you we he she they")
_TOLD = words_of(
    "feel felt need needed want wanted know knew see saw lie lay put make made think thought look looked go went "
    "come came "
    "keep kept let do did don sat sit stand stood wait waited get got walk walked tell told say said never always only "
    "just still can could were are have had would will should might must try tried love like miss take took give "
    "gave leave "
    "stay stayed work worked start stop read wrote ask asked call called forget forgot choose chose worry hear "
    "heard mean"
)
"""What "you" is the subject of; after another word it is an object ("I left you there")."""
_VERBS = words_of(
    "is was were are do did does has have had can could would will should must never always only just said told went "
    "got made might used"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a reply."""

    first: int  # index of its first token
    end: int  # index after its last token, a full stop left out
    start_char: int
    end_char: int
    asked: bool  # it ends with a question mark
    opens: bool  # it begins a sentence

    def text(self, doc: Doc) -> str:
        """Its words as they were written."""
        return doc.text[self.start_char : self.end_char]


def clauses_of(doc: Doc) -> tuple[Clause, ...]:
    """Cut a reply into its clauses.

    Args:
        doc: the reply as plain words.

    Returns:
        The clauses in order; together they hold every word.
    """
    found: list[Clause] = []
    begin, tokens = 0, doc.tokens
    while begin < len(tokens):
        end = doc.sentence_end(begin, len(tokens))
        if end > begin:
            asked = end < len(tokens) and tokens[end] == QUESTION
            cuts = [begin, *_cuts(doc, begin, end), end]
            for first, last in pairwise(cuts):
                stop = doc.spans[last - 1][1]
                found.append(Clause(first, last, doc.spans[first][0], stop, asked and last == end, first == begin))
        begin = end + 1
    return tuple(found)


def _cuts(doc: Doc, begin: int, end: int) -> list[int]:
    cuts: list[int] = []
    last = begin
    for k in range(begin + 1, end):
        if not _may_begin(doc, k, end):
            continue
        sure = doc.tokens[k] in _BREAKS
        if (k - last >= _LEAST_WORDS or (sure and k - last >= 2)) and end - k >= (2 if sure else _LEAST_WORDS):
            cuts.append(k)
            last = k
    return cuts


def _may_begin(doc: Doc, k: int, end: int) -> bool:
    """Whether a clause can begin with the token at `k`."""
    word, before = doc.tokens[k], doc.tokens[k - 1]
    following = doc.tokens[k + 1] if k + 1 < end else ""
    if doc.spans[k] == doc.spans[k - 1]:
        return False  # inside "don't"
    if word in _BREAKS:
        return True
    gap = doc.text[doc.spans[k - 1][1] : doc.spans[k][0]]
    paused = any(c in ",;:–—" or c == "-" for c in gap)
    if word in _JOINS:
        return following in _SUBJECTS or following in {"just", "maybe", "then"} or (paused and word in {"and", "so"})
    if paused:
        return before not in {"i", "you", "the", "a"}
    if word in {"though", "still", "yet"}:
        return following in _SUBJECTS
    if doc.line.startswith("at least ", doc.offsets[k]):
        return True
    contracted = k + 1 < end and doc.spans[k + 1] == doc.spans[k]
    if word in _SUBJECTS and before not in _HOLDING:
        if before in _OBJECTS and word not in _PERSONS and not contracted:
            return False
        told = word in _PERSONS and (word != "you" or following in _TOLD)
        return contracted or told or following in _VERBS
    return word in {"just", "maybe", "try"} and before not in _HOLDING and following != "like"
