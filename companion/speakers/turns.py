"""From words with speakers to segments (what is shown and captioned) and turns (what is tagged)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from companion.speakers.words import SpokenWord, ends_sentence
from companion.types import Flag, Role, Segment, Span, Turn, Word

SEGMENT_PAUSE_S = 0.8
SEGMENT_MAX_S = 15.0
SEGMENT_MAX_WORDS = 40
TURN_PAUSE_S = 20.0
TURN_MAX_S = 90.0


def to_segments(
    words: Sequence[SpokenWord], flags_at: Sequence[tuple[Span, tuple[Flag, ...]]] = ()
) -> tuple[Segment, ...]:
    """Cuts words into segments: where the speaker changes, a sentence ends, a pause lies, or it grows too long.

    Where two people talk at once, each one's words stay together.

    Args:
        words: with their speakers, in any order.
        flags_at: the flags of the chunks that were recognised; a segment takes those of the chunk its middle lies in.

    Returns:
        Every word once, segments in order of their start, times in seconds; those of one speaker never overlap.
    """
    ordered = sorted(words, key=lambda s: (s.word.start_s, s.word.end_s))
    segments: list[Segment] = []
    for speaker in dict.fromkeys(s.speaker for s in ordered):
        own = [s for s in ordered if s.speaker == speaker]
        others_s = [_middle_s(s.word) for s in ordered if s.speaker != speaker]
        free_s = 0.0
        for group in _groups(own, others_s):
            segment = _segment(group, free_s, flags_at)
            free_s = segment.end_s
            segments.append(segment)
    return tuple(sorted(segments, key=lambda s: (s.start_s, s.end_s)))


def to_turns(segments: Sequence[Segment], roles: Mapping[str, Role]) -> tuple[Turn, ...]:
    """Puts consecutive segments of one speaker together.

    A silence of `TURN_PAUSE_S` begins a new turn, and a monologue is cut at the end of a segment so that no turn is
    longer than `TURN_MAX_S` (unless one segment is).

    Args:
        segments: in order.
        roles: each speaker's role; unknown where it is missing.

    Returns:
        The turns in order, numbered from 0, times in seconds.
    """
    return turns_of(turn_groups(segments), roles)


def turns_of(groups: Sequence[Sequence[Segment]], roles: Mapping[str, Role]) -> tuple[Turn, ...]:
    """The turns that groups of segments make."""
    return tuple(_turn(k, group, roles) for k, group in enumerate(groups))


def turn_groups(segments: Sequence[Segment]) -> list[list[Segment]]:
    """The segments of each turn."""
    groups: list[list[Segment]] = []
    for segment in segments:
        if not groups or _new_turn(groups[-1], segment):
            groups.append([])
        groups[-1].append(segment)
    return groups


def _groups(own: Sequence[SpokenWord], others_s: Sequence[float]) -> Iterator[list[SpokenWord]]:
    """One speaker's words, cut; `others_s` are the middles of the others' words, rising."""
    group: list[SpokenWord] = []
    after = 0
    for before, spoken in pairwise((None, *own)):
        if before is not None and spoken is not None:
            while after < len(others_s) and others_s[after] < before.word.end_s:
                after += 1
            interrupted = after < len(others_s) and others_s[after] <= spoken.word.start_s
            if interrupted or _cut(group, before.word, spoken.word):
                yield group
                group = []
        if spoken is not None:
            group.append(spoken)
    if group:
        yield group


def _cut(group: Sequence[SpokenWord], before: Word, after: Word) -> bool:
    return (
        ends_sentence(before)
        or after.start_s - before.end_s >= SEGMENT_PAUSE_S
        or len(group) >= SEGMENT_MAX_WORDS
        or after.end_s - group[0].word.start_s > SEGMENT_MAX_S
    )


def _segment(group: Sequence[SpokenWord], free_s: float, flags_at: Sequence[tuple[Span, tuple[Flag, ...]]]) -> Segment:
    """A segment that begins no earlier than `free_s`, where the speaker's last one ended."""
    start_s = max(free_s, group[0].word.start_s)
    end_s = max(start_s, *(s.word.end_s for s in group))
    middle_s = (start_s + end_s) / 2
    flags = next((flags for span, flags in flags_at if span.start_s <= middle_s < span.end_s), ())
    return Segment(
        start_s,
        end_s,
        " ".join(s.word.text for s in group),
        group[0].speaker,
        tuple(s.word for s in group),
        flags,
        _confidence(group),
    )


def _confidence(group: Sequence[SpokenWord]) -> float | None:
    """The mean over the words that are not certain, weighted by their length; None where all are."""
    doubtful = [(s.confidence, max(0.01, s.word.end_s - s.word.start_s)) for s in group if s.confidence is not None]
    if not doubtful:
        return None
    return min(1.0, sum(c * length_s for c, length_s in doubtful) / sum(length_s for _, length_s in doubtful))


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def _new_turn(turn: Sequence[Segment], segment: Segment) -> bool:
    last = turn[-1]
    return (
        last.speaker != segment.speaker
        or segment.start_s - last.end_s >= TURN_PAUSE_S
        or segment.end_s - turn[0].start_s > TURN_MAX_S
    )


def _turn(index: int, group: Sequence[Segment], roles: Mapping[str, Role]) -> Turn:
    speaker = group[0].speaker
    return Turn(
        index,
        speaker,
        Role.UNKNOWN if speaker is None else roles.get(speaker, Role.UNKNOWN),
        group[0].start_s,
        max(s.end_s for s in group),
        " ".join(s.text for s in group if s.text),
        tuple(w for s in group for w in s.words),
    )
