"""Where a moment begins and ends, and what it is called: with the bid, at the end of a sentence, never too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from companion.moves.times import place_words
from companion.types import LEANING_IN, Evidence, Moment, Turn, TurnTags, Word

LONGEST_S = 90.0
"""No moment is longer; long turns are cut at a sentence."""

TITLE_CHARS = 128
"""The longest title; podcast apps take no more for a soundbite (Podcasting 2.0, `podcast:soundbite`)."""

_SHORT_BID_WORDS = 8  # what came before such a bid is needed to follow it
_SHORT_BID_S = 3.0
_LEAD_IN_S = 20.0
_REPLY_MOST_S = 60.0
_BID_LEAST_S = 12.0
_SENTENCE = re.compile(r"[^.?!…]+(?:[.?!…]+|$)")
_PAUSE_S = 0.5  # where a recogniser wrote no full stop, a pause ends a sentence


@dataclass(frozen=True, slots=True)
class Reply:
    """One or two turns of one partner, with a "mm" between the two."""

    first: int
    last: int
    quote: str  # the words of both
    tags: TurnTags  # of both together, evidence pointing into the quote


def _lead_in(turns: Sequence[Turn], bid_turn: int, end_s: float) -> int:
    """The turn to begin with: the bid, or what came before a bid too short to follow."""
    bid = turns[bid_turn]
    first = bid_turn
    heard = len(bid.text.split())
    short = heard < _SHORT_BID_WORDS or bid.end_s - bid.start_s < _SHORT_BID_S
    while short and first > 0 and bid_turn - first < 2 and heard < 2 * _SHORT_BID_WORDS:
        before = turns[first - 1]
        too_far = turns[first].start_s - before.end_s > _LEAD_IN_S / 4
        if too_far or bid.start_s - before.start_s > _LEAD_IN_S or end_s - before.start_s > LONGEST_S:
            break
        first -= 1
        heard += len(before.text.split())
    return first


def build(turns: Sequence[Turn], bid_turn: int, reply: Reply, score: float) -> Moment:
    """The moment from a bid through a reply.

    Args:
        turns: of the conversation.
        bid_turn: index of the bid's turn.
        reply: what leans in.
        score: how strong it is, 0..1.
    """
    bid, began, ended = turns[bid_turn], turns[reply.first], turns[reply.last]
    evidence = _evidence(reply.tags)
    end_s = _end(turns, bid, reply, evidence)
    first = _lead_in(turns, bid_turn, end_s)
    start_s = turns[first].start_s
    if end_s - start_s > LONGEST_S:
        start_s = max(_sentence_start(bid.words, end_s - LONGEST_S), end_s - LONGEST_S)
    cut = end_s < ended.end_s
    quote = _heard(turns, reply, end_s) if cut else reply.quote
    return Moment(
        start_s=start_s,
        end_s=end_s,
        validating_speaker=began.speaker or "",
        validated_speaker=bid.speaker or "",
        tags=reply.tags.tags,
        evidence=tuple(e for e in evidence if e.end_char <= len(quote)),
        quote=quote,
        bid=bid.text,
        first_turn=turns[first].index,
        reply_turn=began.index,
        last_turn=(ended if ended.start_s < end_s else began).index,
        score=score,
        title=title_of(quote, reply.tags),
    )


def _evidence(tags: TurnTags) -> tuple[Evidence, ...]:
    """The words that lean in, in order."""
    found = {e for scored in tags.tags if scored.tag in LEANING_IN for e in scored.evidence}
    return tuple(sorted(found, key=lambda e: (e.start_char, -e.end_char)))


def _end(turns: Sequence[Turn], bid: Turn, reply: Reply, evidence: Sequence[Evidence]) -> float:
    """Where the stretch ends: with the reply, or earlier where that would leave no room for the bid."""
    began, ended = turns[reply.first], turns[reply.last]
    gap_s = max(0.0, began.start_s - bid.end_s)
    most_s = min(_REPLY_MOST_S, LONGEST_S - gap_s - min(_BID_LEAST_S, bid.end_s - bid.start_s))
    if ended.end_s - began.start_s <= most_s or ended.end_s - bid.start_s <= LONGEST_S:
        return ended.end_s
    words = [w for k in sorted({reply.first, reply.last}) for w in turns[k].words]
    spoken_s = max((e.end_s for e in evidence if e.end_s is not None), default=began.start_s)
    return _sentence_end(words, began.start_s + most_s, spoken_s)


def _heard(turns: Sequence[Turn], reply: Reply, end_s: float) -> str:
    """The part of the quote that is spoken by `end_s`; all of it where the words have no times."""
    texts: list[str] = []
    for k in sorted({reply.first, reply.last}):
        turn = turns[k]
        placed = place_words(turn.text, turn.words)
        if not placed and turn.start_s < end_s:
            texts.append(turn.text)
        elif placed:
            texts.append(turn.text[: max((p.end_char for p in placed if p.word.end_s <= end_s), default=0)])
    return " ".join(t for t in texts if t)


def _ends_sentence(word: Word, following: Word | None) -> bool:
    return word.text.rstrip("\"'”’)").endswith((".", "!", "?")) or (
        following is not None and following.start_s - word.end_s >= _PAUSE_S
    )


def _sentence_end(words: Sequence[Word], latest_s: float, needed_s: float) -> float:
    """The last end of a sentence (else of a word) by `latest_s`, after `needed_s` where that can be had."""
    best_s, word_s = None, None
    for k, word in enumerate(words):
        if word.end_s > latest_s:
            break
        word_s = word.end_s
        if _ends_sentence(word, words[k + 1] if k + 1 < len(words) else None):
            best_s = word.end_s
    if best_s is not None and best_s >= min(needed_s, latest_s):
        return best_s
    return word_s if word_s is not None else latest_s


def _sentence_start(words: Sequence[Word], earliest_s: float) -> float:
    """The first start of a sentence (else of a word) from `earliest_s` on."""
    for k in range(1, len(words)):
        if words[k].start_s >= earliest_s and _ends_sentence(words[k - 1], words[k]):
            return words[k].start_s
    return next((w.start_s for w in words if w.start_s >= earliest_s), earliest_s)


def title_of(quote: str, tags: TurnTags) -> str:
    """The sentence of a reply that leans in most, in its own words, at most `TITLE_CHARS` long.

    Args:
        quote: the words of the reply.
        tags: what it does, evidence pointing into the quote.
    """
    weights: dict[tuple[int, int], float] = {}
    sentences = [found.span() for found in _SENTENCE.finditer(quote)] or [(0, len(quote))]
    for scored in tags.tags:
        if scored.tag in LEANING_IN:
            for evidence in scored.evidence:
                middle = (evidence.start_char + evidence.end_char) / 2
                span = next((s for s in sentences if s[0] <= middle < s[1]), sentences[0])
                weights[span] = weights.get(span, 0.0) + scored.score
    start, end = max(sentences, key=lambda span: (weights.get(span, 0.0), -span[0]))
    return shortened(" ".join(quote[start:end].split()), TITLE_CHARS)


def shortened(text: str, most: int) -> str:
    """A text cut between two words, with an ellipsis, where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:-") + "…"
