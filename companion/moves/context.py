"""What stands around a turn: the bid it answers, whose words it says again, who asked for it, what comes back.

Partners take up each other's words late and obliquely; what tells hearing from arguing is often in the turns around.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companion.moves.bids import NO_BID, Bid, only_keeps_the_floor, read_bid
from companion.moves.cues_between import BETWEEN
from companion.moves.echo import Carried, carried
from companion.moves.lexicon import words_of
from companion.moves.normalise import QUESTION, Doc, normalise
from companion.moves.patterns import Label, Matcher, Sign
from companion.types import Role, Turn

LATE_S = 70.0
"""How long ago a bid may have ended that a turn still answers."""

LATE_TURNS = 12
"""How many turns back it may lie."""

UNKNOWN_BID = Bid(0.5, False)  # nothing is known of what came before
_LOOK_BACK_TURNS = 4
_EARLIER = 0.6  # what a feeling weighs that was spoken before the last turn
_FRESH_S = 25.0
_TELLING = ((20, 0.75), (10, 0.5))  # from so many words on, who says "i" tells something, whatever the words
_SAID_BEFORE = 0.6  # what an echo weighs of a word that the speaker had used before the other did
_HANDED_ON = 0.9  # what a partner's word weighs that a therapist has said again
_PROMPT_TURNS = 3
_UPTAKE_WORDS = 9  # a longer turn goes on to something of its own
_PROTEST_WORDS = 16
_FEW_WORDS = 4
_IGNORED = 0.2  # the other goes on as though nothing had been said
_FULL = 2.0  # cues of this weight say all there is to say
_FIRST_PERSON = frozenset(["i", "my", "me", "we"])
_LED = (Role.THERAPIST, Role.HOST)
_MATCHER = Matcher(BETWEEN)


@dataclass(frozen=True, slots=True)
class Echo:
    """A word of the turn that the other had said before."""

    token: int  # where it is said first
    later: tuple[int, ...]  # and where again
    weight: float  # 0..1: how much the word carries, and how strong the bid was
    disputed: bool  # said with "not" here and without it there
    doubt: bool  # a word with which the other had made themselves small
    turn: int  # which of the turns before had it; -1 where they are not numbered


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands around a turn."""

    bid: Bid
    echoes: tuple[Echo, ...] = ()
    prompted: float = 0.0  # 0..1: a therapist has just handed the other's words over
    taken_up: float = 0.0  # -1 (protest) .. 1 (it reached the other)
    led: bool = False  # said by a therapist or host
    confirmed: float = 0.0  # 0..1: the other says yes to an act that was owned ("you did")
    agrees: bool = False  # a "no" here answers a "not" before, and so means yes
    before: Doc | None = None  # what the other said last; None where that is not known
    alone: bool = False  # nothing but the texts before is known: no speakers, nothing that came after


@dataclass(frozen=True, slots=True)
class Read:
    """A turn as this module needs it, read once."""

    doc: Doc
    bid: Bid
    words: tuple[Carried, ...]
    floor: bool  # no more than "mm"


def read(doc: Doc) -> Read:
    """Read a turn.

    Args:
        doc: the turn as plain words.

    Returns:
        Its bid and the words that carry it.
    """
    floor = only_keeps_the_floor(doc)
    return Read(doc, NO_BID if floor else read_bid(doc), carried(doc), floor)


def setting_of_texts(doc: Doc, context: Sequence[str]) -> Setting:
    """The setting of one turn of which only the texts before are known, oldest first."""
    before = [read(normalise(said)) for said in context[-_LOOK_BACK_TURNS:]]
    bids = [r.bid for r in before if not r.floor]
    heard: dict[str, _Heard] = {}
    for back, one in enumerate(reversed(before)):
        _remember(heard, one, _weight_of_bid(one) * (1.0 if back == 0 else _EARLIER), -1)
    said = [r.doc for r in before if not r.floor]
    return Setting(_blend(bids), _echoes(carried(doc), heard, {}, None), before=said[-1] if said else None, alone=True)


class Conversation:
    """The turns of a conversation, ready to be asked for the setting of each."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.reads = [read(normalise(turn.text)) for turn in turns]
        self._signs: dict[int, Mapping[Label, float]] = {}
        self._first_said: dict[tuple[str | None, str], int] = {}
        self._origins: dict[int, dict[str, int]] = {}  # of a therapist's words: the turn they come from
        partners: dict[str, int] = {}
        for k, one in enumerate(self.reads):
            led = turns[k].role in _LED
            if led:
                self._origins[k] = {w.stem: partners[w.stem] for w in one.words if w.stem in partners}
            for word in one.words:
                self._first_said.setdefault((turns[k].speaker, word.stem), k)
                if not led:
                    partners[word.stem] = k

    def setting(self, k: int) -> Setting:
        """What stands around turn `k`."""
        others = self._others(k, k - _LOOK_BACK_TURNS)
        said = [self.reads[j].doc for j in others if not self.reads[j].floor]
        return Setting(
            _blend([self.reads[j].bid for j in others]),
            self.echoes(k),
            self._prompted(k),
            self._taken_up(k),
            self.turns[k].role in _LED,
            self._confirmed(k),
            k > 0 and "not" in self.reads[k - 1].doc.tokens and self.reads[k].doc.tokens[:1] == ("no",),
            said[-1] if said else None,
        )

    def echoes(self, k: int) -> tuple[Echo, ...]:
        """The words of turn `k` that the other had said before, or a therapist for them."""
        heard: dict[str, _Heard] = {}
        turn = self.turns[k]
        for j in range(k - 1, max(-1, k - 1 - LATE_TURNS), -1):
            if not self.reads[k].words or self.turns[j].speaker == turn.speaker is not None:
                continue
            ago_s = turn.start_s - self.turns[j].end_s
            if ago_s > LATE_S and k - j > _LOOK_BACK_TURNS:
                break
            fresh = 1.0 if ago_s <= _FRESH_S else max(0.5, 1.0 - (ago_s - _FRESH_S) / LATE_S)
            if turn.role is Role.PARTNER and self.turns[j].role in _LED:
                self._remember_led(heard, j, fresh, turn.speaker)
            else:
                _remember(heard, self.reads[j], fresh * _weight_of_bid(self.reads[j]), j)
        return _echoes(self.reads[k].words, heard, self._first_said, turn.speaker)

    def _remember_led(self, heard: dict[str, _Heard], j: int, fresh: float, speaker: str | None) -> None:
        """A therapist who says a partner's words again keeps them in the room."""
        for word in self.reads[j].words:
            origin = self._origins[j].get(word.stem)
            if origin is not None and self.turns[origin].speaker != speaker:
                weight = _HANDED_ON * fresh * _weight_of_bid(self.reads[origin])
                if word.stem not in heard or heard[word.stem].weight < weight:
                    heard[word.stem] = _Heard(weight, word.denied, origin)

    def _others(self, k: int, first: int) -> list[int]:
        """The turns before `k` of those it may answer; a therapist's words do not stand between two partners."""
        speaker, role = self.turns[k].speaker, self.turns[k].role
        found: list[int] = []
        for j in range(max(0, first), k):
            own = speaker is not None and self.turns[j].speaker == speaker
            led = role is Role.PARTNER and self.turns[j].role in _LED
            if not own and not led and self.reads[j].doc.tokens:
                found.append(j)
        return found

    def _sum(self, k: int) -> Mapping[Label, float]:
        if k not in self._signs:
            sums: dict[Label, float] = {}
            for hit in _MATCHER.find(self.reads[k].doc):
                sums[hit.label] = sums.get(hit.label, 0.0) + hit.cue.weight
            self._signs[k] = sums
        return self._signs[k]

    def _prompted(self, k: int) -> float:
        """How far a therapist has just asked this speaker for it."""
        if self.turns[k].role in _LED:
            return 0.0
        speaker = self.turns[k].speaker
        for j in range(k - 1, max(-1, k - 1 - _PROMPT_TURNS), -1):
            turn = self.turns[j]
            if turn.role in _LED:
                asked = min(1.0, self._sum(j).get(Sign.PROMPT, 0.0) / _FULL)
                of_other = any(t in _OF_OTHER for t in self.reads[j].doc.tokens)
                return min(1.0, max(asked, 0.6 if of_other else 0.0) + (0.2 if asked and of_other else 0.0))
            if turn.speaker != speaker and not self.reads[j].floor:
                return 0.0
        return 0.0

    def _taken_up(self, k: int) -> float:
        """What comes back: the other's next words, and a therapist's that point at the turn."""
        speaker, found = self.turns[k].speaker, 0.0
        for j in range(k + 1, min(len(self.turns), k + 3)):
            turn = self.turns[j]
            if turn.speaker == speaker:
                break
            if turn.role in _LED:
                found += 0.7 * min(1.0, self._sum(j).get(Sign.MARKED, 0.0) / _FULL)
                continue
            return max(-1.0, min(1.0, found + self._came_back(k, j)))
        return found

    def _confirmed(self, k: int) -> float:
        if k + 1 >= len(self.turns) or self.turns[k + 1].role in _LED or self.turns[k].role in _LED:
            return 0.0
        return min(1.0, self._sum(k + 1).get(Sign.CONFIRMS, 0.0) / _FULL)

    def _came_back(self, k: int, j: int) -> float:
        sums, words = self._sum(j), len(self.reads[j].doc.tokens)
        protest = min(1.0, sums.get(Sign.PROTEST, 0.0) / _FULL) if words <= _PROTEST_WORDS else 0.0
        if protest >= 0.7:
            return -protest
        yes = min(1.0, sums.get(Sign.UPTAKE, 0.0) / _FULL) * (1.0 if words <= _UPTAKE_WORDS else 0.5)
        said = {w.stem for w in self.reads[k].words if w.weight == 1.0}
        again = sum(w.stem in said for w in self.reads[j].words)
        if again and words <= _PROTEST_WORDS and self.reads[j].doc.tokens[-1] != QUESTION:
            yes += 0.5
        ignored = _IGNORED if words > _FEW_WORDS and not yes else 0.0
        return min(1.0, yes) - max(protest, ignored)


_DOUBTS = words_of(
    "silli stupid fine idiot mad crazi fault fool need needi dramatic ridiculous okay weak useless pathetic selfish "
    "worthless ugli lazi burden failur problem coward monster ashamed embarrass nuisance old imagin"
)
"""Stems of words that make oneself small; "it isn't silly" hears what "it's silly" hides."""

_OF_OTHER = frozenset(["she", "he", "her", "him", "they", "them"])


@dataclass(frozen=True, slots=True)
class _Heard:
    weight: float
    denied: bool
    turn: int


def _weight_of_bid(one: Read) -> float:
    """How much it matters to take up the words of a turn, 0..1."""
    tokens = one.doc.tokens
    telling = next((weight for words, weight in _TELLING if len(tokens) >= words), 0.0)
    if telling and not any(t in _FIRST_PERSON for t in tokens):
        telling *= 0.5
    return 0.4 + 0.6 * max(one.bid.strength, telling)


def _remember(heard: dict[str, _Heard], one: Read, weight: float, turn: int) -> None:
    for word in one.words:
        before = heard.get(word.stem)
        if before is None or before.weight < weight:
            heard[word.stem] = _Heard(weight, word.denied, turn)


def _echoes(
    words: Sequence[Carried],
    heard: Mapping[str, _Heard],
    first_said: Mapping[tuple[str | None, str], int],
    speaker: str | None,
) -> tuple[Echo, ...]:
    found: list[Echo] = []
    places: dict[str, list[int]] = {}
    for word in words:
        source = heard.get(word.stem)
        if source is None:
            continue
        places.setdefault(word.stem, []).append(word.token)
    for word in words:
        source = heard.get(word.stem)
        if source is None or word.token != places[word.stem][0]:
            continue
        own_first = first_said.get((speaker, word.stem), source.turn)
        theirs = 1.0 if own_first >= source.turn else _SAID_BEFORE
        disputed = word.denied and not source.denied
        doubt = disputed and word.stem in _DOUBTS
        weight = 1.0 if doubt else word.weight
        found.append(
            Echo(
                word.token, tuple(places[word.stem][1:]), weight * source.weight * theirs, disputed, doubt, source.turn
            )
        )
    return tuple(found)


def _blend(bids: Sequence[Bid]) -> Bid:
    """The last bid, or an earlier one that was stronger and is still in the room."""
    if not bids:
        return UNKNOWN_BID
    earlier = max((b.strength for b in bids[:-1]), default=0.0)
    return Bid(max(bids[-1].strength, _EARLIER * earlier), bids[-1].asks_advice)
