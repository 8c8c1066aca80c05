"""Who is the therapist, who are the partners: a suggestion from the words, never from the voice; a person confirms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from companion.types import Role, Turn, Voice

# What a therapist says and a partner hardly ever, each with its weight as evidence.
_THERAPIST: tuple[tuple[float, str], ...] = (
    (3.0, r"what (?:happens|comes up|goes on|is happening|'?s happening|is it like) (?:for|in|inside|inside of) you\b"),
    (3.0, r"\b(?:can|could|would) you (?:tell|say (?:that|it) to|turn to|look at|share that with) (?:her|him|them)\b"),
    (3.0, r"\b(?:tell|ask) (?:her|him|them) (?:that|what|how|directly|about)\b"),
    (2.0, r"\b(?:say|said) (?:it|that) to (?:her|him|them)\b"),
    (3.0, r"\bstay (?:with|right there|there|here)\b"),
    (2.0, r"\b(?:what )?i'?m hearing\b|\bwhat i hear\b|\bi hear (?:you saying|two people)\b"),
    (3.0, r"\b(?:slow (?:you|this|us|it|that|things) down|slow down (?:here|there|for))\b"),
    (3.0, r"\b(?:both|two) of you\b|\byou(?:'re)? both\b|\byou two\b|\beach other'?s\b"),
    (2.5, r"\bwhat (?:was|is|'?s) it like (?:for you|to (?:hear|hold|say|carry|see|tell))\b"),
    (2.5, r"\b(?:what|how) (?:do|did) you (?:hear|feel|notice|see) (?:when|in your|in (?:her|his)|right now|as)\b"),
    (2.5, r"\bwhat did (?:she|he|they) (?:say|hear|tell)\b|\b(?:she|he) (?:said|'?s saying|is saying)\b"),
    (2.0, r"\bwhat'?s underneath\b|\bunderneath (?:the|that|this)\b|\bwhat is it that\b"),
    (2.0, r"\bi (?:noticed?|wonder (?:what|whether|if)|want you to (?:know|hear|notice))\b"),
    (2.0, r"\bhelp me understand\b|\blet me (?:see if|be|say|try|check|stop you|slow)\b"),
    (1.5, r"\b(?:in|with) your body\b|\btake (?:a|your) (?:breath|time)\b|\bbefore you answer\b"),
    (1.0, r"\bthe (?:cycle|pattern|dance)\b"),
)
_HOST: tuple[tuple[float, str], ...] = (
    (4.0, r"\bwelcome (?:back )?to\b|\bwelcome back\b|\byou'?re listening to\b"),
    (3.0, r"\b(?:in )?today'?s episode\b|\bthis episode\b|\bon (?:the|this|our) (?:show|podcast)\b|\bthis podcast\b"),
    (3.0, r"\bmy guests?\b|\bi'?m your host\b|\bthanks? (?:you )?(?:so much )?for (?:listening|joining)\b"),
    (2.0, r"\bnext (?:week|time) on\b|\bsee you next (?:week|time)\b|\bshow notes\b"),
)
_THERAPIST_RE = [(weight, re.compile(cue)) for weight, cue in _THERAPIST]
_HOST_RE = [(weight, re.compile(cue)) for weight, cue in _HOST]
_SENTENCE = re.compile(r"[^.?!…]+[.?!…]*")
_STRAIGHT = str.maketrans("’`´", "'''")

ENOUGH = 4.0  # evidence below this is no evidence
CLEARLY_MORE = 1.5  # times the next speaker's
ENOUGH_FOR_HOST = 4.0
MANY_WORDS = 400.0  # cues are counted for so many words, so that who talks most does not win by that


@dataclass(frozen=True, slots=True)
class _Said:
    """One speaker's words as evidence."""

    therapist: float
    host: float


def suggest_roles(turns: Sequence[Turn]) -> dict[str, Role]:
    """Suggests each speaker's role.

    Args:
        turns: the whole conversation in order.

    Returns:
        A role for every speaker that is not None, in the order of first speech: at most one therapist and one host,
        two partners where exactly two others remain beside one of these, unknown for everybody else.
    """
    speakers = list(dict.fromkeys(t.speaker for t in turns if t.speaker is not None))
    said = {s: _evidence(s, turns, speakers) for s in speakers}
    therapist = _leader({s: said[s].therapist for s in speakers}, ENOUGH)
    host = _leader({s: said[s].host for s in speakers if s != therapist}, ENOUGH_FOR_HOST)
    roles = dict.fromkeys(speakers, Role.UNKNOWN)
    if therapist is not None:
        roles[therapist] = Role.THERAPIST
    if host is not None:
        roles[host] = Role.HOST
    others = [s for s in speakers if roles[s] is Role.UNKNOWN]
    if len(others) == 2 and len(others) < len(speakers):
        roles.update(dict.fromkeys(others, Role.PARTNER))
    return roles


def name_voices(labels: Sequence[str], voices: Sequence[Voice]) -> dict[str, Voice]:
    """Puts the names that a person gave to the labels that were found.

    A voice goes to the label that it carries as label or name (tracks); the rest go in the order of first speech.

    Args:
        labels: in the order of first speech.
        voices: as a person gave them, in the order of first speech.

    Returns:
        A voice for each label; a label that nobody named keeps itself as name, its role unknown, unconfirmed.
    """
    waiting = list(voices)
    named: dict[str, Voice] = {}
    for label in labels:
        match = next((v for v in waiting if label.casefold() in (v.label.casefold(), v.name.casefold())), None)
        if match is not None:
            waiting.remove(match)
            named[label] = match
    for label in labels:
        if label not in named and waiting:
            named[label] = waiting.pop(0)
    return {
        label: Voice(label, v.name, v.role, v.confirmed) if (v := named.get(label)) else _unnamed(label)
        for label in labels
    }


def _unnamed(label: str) -> Voice:
    return Voice(label, label, Role.UNKNOWN, confirmed=False)


def _leader(evidence: dict[str, float], enough: float) -> str | None:
    """Who has enough evidence, and clearly more than anybody else."""
    if not evidence:
        return None
    first, *rest = sorted(evidence, key=lambda s: -evidence[s])
    if evidence[first] < enough or any(evidence[first] < CLEARLY_MORE * evidence[s] for s in rest):
        return None
    return first


def _evidence(speaker: str, turns: Sequence[Turn], speakers: Sequence[str]) -> _Said:
    own = [t.text.lower().translate(_STRAIGHT) for t in turns if t.speaker == speaker]
    text = " \n ".join(own)
    words = len(text.split())
    sentences = [s for s in _SENTENCE.findall(text) if s.strip()]
    questions = sum(s.rstrip().endswith("?") for s in sentences) / max(1, len(sentences))
    scale = MANY_WORDS / max(words, MANY_WORDS)
    cues = _count(_THERAPIST_RE, text) * scale
    edges = 0.5 * (turns[0].speaker == speaker) + 0.5 * (turns[-1].speaker == speaker)
    names = _calls_others(text, speaker, speakers) * scale
    therapist = cues + 6.0 * max(0.0, questions - 0.2) * min(1.0, len(sentences) / 8) + edges + 0.5 * names
    return _Said(therapist, _count(_HOST_RE, text))


def _count(cues: Sequence[tuple[float, re.Pattern[str]]], text: str) -> float:
    """Weighted hits; the same cue counts three times at most."""
    return sum(weight * min(3, len(cue.findall(text))) for weight, cue in cues)


def _calls_others(text: str, speaker: str, speakers: Sequence[str]) -> int:
    """How many of the others are called by name at a sentence's beginning; voices without names cannot be."""
    others = [s.lower() for s in speakers if s != speaker and not s.startswith("Voice ")]
    called = [name for name in others if re.search(rf"(?:^|[.?!…\n]\s*){re.escape(name)}\s*,", text)]
    return len(called) if len(called) > 1 else 0
