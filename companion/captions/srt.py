"""SubRip (SRT), in and out.

There is no standard, so the reader takes what is found in the wild: see `_TIMING_LINE` for the spellings of a time.
webvtt-py 0.6 was measured first: of eleven files that other projects test their readers with, two (full-width signs,
times without fractions) come out empty and without a word. Hence our own.
"""

from __future__ import annotations

import re
from collections import Counter

from companion.captions.cues import UNKNOWN_VOICE, Cue, clean, decode_references, segment, stamp, transcript
from companion.captions.layout import Shape, captions
from companion.errors import CaptionsError
from companion.types import Segment, Transcript

SHAPE = Shape(max_chars=32)
"""Longest line by the Podcasting 2.0 text on transcripts."""

MAX_NAME_CHARS = 30
MAX_NAME_WORDS = 3

_TIME = r"(?:(\d{1,9})[:：])?(\d{1,3})[:：](\d{1,3})(?:[,.，．](\d{1,9}))?"
_TIMING_LINE = re.compile(rf"\s*{_TIME}\s*-{{1,3}}\s?>\s*{_TIME}")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|\{\\[^{}]*\}")
_REFERENCE = re.compile(r"&(?:#\d{1,8}|#[xX][0-9A-Fa-f]{1,8}|[A-Za-z][A-Za-z0-9]{0,31});")
_NAME = re.compile(rf"\s*([^:\s][^:]{{0,{MAX_NAME_CHARS - 1}}}):\s+(?=\S)")

_NOT_IN_NAMES = re.compile(r"[,;!?…\"“”()\[\]]")

# Capitalised words that stand before a colon at the start of many a sentence, and are nobody's name.
_COMMON_WORDS = """
    all also and answer because but chapter example finally first fourth he here i it last like listen look
    maybe my next no note notes now ok okay one option or part plus problem ps question remember reminder
    result rule second she so spoiler step that then they third this tip two update warning we well what why
    yes you
"""
_NOT_NAMES = frozenset(_COMMON_WORDS.split())


# ---- in


def looks_like_srt(text: str) -> bool:
    """Whether there is a timing line among the first thousand lines."""
    return any(_TIMING_LINE.match(line) for line in text[:100_000].splitlines()[:1000])


def read_cues_srt(text: str) -> tuple[Cue, ...]:
    """Every cue of an SRT file, in the file's order, with its raw text; names stay in the text.

    Args:
        text: the whole file, decoded.

    Raises:
        CaptionsError: there is no line with times.
    """
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    timed = [(i, match) for i, line in enumerate(lines) if (match := _TIMING_LINE.match(line))]
    if not timed:
        raise CaptionsError("There is no line with times such as 00:00:01,000 --> 00:00:03,500 in it. Export it again.")
    cues = []
    cue_id = _split_number(lines[: timed[0][0]])[1]
    for k, (at, match) in enumerate(timed):
        is_last = k + 1 == len(timed)
        body = lines[at + 1 :] if is_last else lines[at + 1 : timed[k + 1][0]]
        body, next_id = (body, "") if is_last else _split_number(body)
        groups = match.groups()
        cues.append(Cue(_seconds(groups[:4]), _seconds(groups[4:]), _text(body), cue_id))
        cue_id = next_id
    return tuple(cues)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds = (int(p or 0) for p in parts[:3])
    ms = int((parts[3] or "0").ljust(3, "0")[:3])  # ",46" is 460 ms
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) / 1000


def _split_number(body: list[str]) -> tuple[list[str], str]:
    """Takes the number of the next cue, or a word in its place, from the lines above a timing line."""
    if not body or not body[-1].strip():
        return body, ""
    last = body[-1].strip()
    alone = len(body) > 1 and not body[-2].strip() and any(line.strip() for line in body[:-1])
    return (body[:-1], last) if last.isdigit() or alone else (body, "")


def _text(body: list[str]) -> str:
    """The text of a cue: blank lines inside belong to it, blocks that have a number but no times do not."""
    blocks: list[list[str]] = [[]]
    for line in body:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    first, *others = blocks
    kept = [first, *(b for b in others if b and not (len(b) > 1 and b[0].strip().isdigit()))]
    return "\n\n".join("\n".join(b) for b in kept if b)


def parse_srt(text: str) -> Transcript:
    """The words of an SRT file. `Name: ` marks a speaker, who goes on over the following cues.

    What counts as a name: one to three capitalised words of thirty characters at most before a colon, at a cue's
    start, none of them usual there without being a name ("Note:"). And the file must speak that way: the name comes
    twice, or the first cue begins with a name and the cue before this one had ended its sentence.

    Args:
        text: the whole file, decoded.

    Raises:
        CaptionsError: there is no line with times.
    """
    cues = read_cues_srt(text)
    plain = [_plain(c.text) for c in cues]
    names = _names([clean(p) for p in plain])
    found: list[Segment | None] = []
    speaker: str | None = None
    for cue, cue_text in zip(cues, plain, strict=True):
        for name, part in _parts(cue_text, names):
            if name is not None:
                speaker = None if name == UNKNOWN_VOICE else name
            found.append(segment(cue.start_s, cue.end_s, part, speaker))
    return transcript(found)


def _plain(text: str) -> str:
    # References are not part of SRT but of many files; one without its semicolon is more likely an address's "&copy=2".
    return _REFERENCE.sub(lambda m: decode_references(m[0]), _MARKUP.sub("", text))


def _name_before(text: str) -> tuple[str, str] | None:
    """A name at the start of the text, and what follows it."""
    match = _NAME.match(text)
    if match is None:
        return None
    words = match[1].split()
    if len(words) > MAX_NAME_WORDS or not words[0][0].isupper() or _NOT_IN_NAMES.search(match[1]):
        return None
    if words[0].lower().rstrip(".") in _NOT_NAMES:
        return None
    if not all(w[0].isupper() or w[0].isdigit() for w in words):
        # The mark of our own writer is the one name with a small letter.
        return (UNKNOWN_VOICE, text[match.end() :]) if match[1] == UNKNOWN_VOICE else None
    return " ".join(words), text[match.end() :]


def _names(texts: list[str]) -> frozenset[str]:
    """The names by which this file marks its speakers."""
    texts = [t for t in texts if t]
    found = [_name_before(t) for t in texts]
    counts = Counter(f[0] for f in found if f)
    names = {name for name, count in counts.items() if count > 1}
    if found and found[0]:
        names.add(found[0][0])
        for before, here in zip(texts, found[1:], strict=False):
            if here and not (before[-1].isalnum() or before[-1] == ","):
                names.add(here[0])
    return frozenset(names)


def _parts(text: str, names: frozenset[str]) -> list[tuple[str | None, str]]:
    """Cuts a cue's text where a line begins with one of the names; None stands for whoever spoke before."""
    parts: list[tuple[str | None, list[str]]] = [(None, [])]
    first = _name_before(text)  # a long name can be broken over two lines
    if first and first[0] in names:
        parts, text = [(first[0], [])], first[1]
    lines = text.split("\n")
    for i, line in enumerate(lines):
        # A name can stand alone on its line, with its words below.
        here = _name_before(line + " " + lines[i + 1] if line.rstrip().endswith(":") and i + 1 < len(lines) else line)
        if here and here[0] in names:
            parts.append((here[0], [line.partition(":")[2]]))
        else:
            parts[-1][1].append(line)
    return [(name, "\n".join(said)) for name, said in parts if name is not None or any(s.strip() for s in said)]


# ---- out


def to_srt(t: Transcript) -> str:
    """A transcript as SRT: at most two lines of 32 characters, `Name: ` where another voice begins.

    Where voices overlap, every cue of theirs begins with the name.
    """
    segments = sorted((s for s in t.segments if clean(s.text)), key=lambda s: s.start_s)
    cues = captions(segments, SHAPE, _prefixes(segments))
    blocks = (
        f"{number}\n{stamp(c.start_ms, ',')} --> {stamp(c.end_ms, ',')}\n" + "\n".join(c.lines)
        for number, c in enumerate(cues, start=1)
    )
    return "\n\n".join(blocks) + "\n" if cues else ""


def _prefixes(segments: list[Segment]) -> list[tuple[str, bool]]:
    """For each segment `Name:` or nothing, and whether it stands in all of its cues."""
    names = [clean(s.speaker or "").replace(":", "") for s in segments]
    if not any(names):
        return [("", False)] * len(segments)
    overlaps = _overlaps(segments)
    prefixes = []
    for i, name in enumerate(names):
        # After an overlap it is not plain who spoke last, so the name is said again.
        said = i > 0 and names[i - 1] == name and not (overlaps[i] or overlaps[i - 1])
        prefixes.append(("" if said else f"{name or UNKNOWN_VOICE}:", overlaps[i]))
    return prefixes


def _overlaps(segments: list[Segment]) -> list[bool]:
    """For each segment (they come by start time) whether another voice speaks at the same time."""
    found = [False] * len(segments)
    next_other: int | None = None  # the next segment of another voice
    for i in range(len(segments) - 2, -1, -1):
        if segments[i].speaker != segments[i + 1].speaker:
            next_other = i + 1
        if next_other is not None and segments[next_other].start_s < segments[i].end_s:
            found[i] = True
    latest: list[Segment] = []  # the one that ends last, and the one of another voice that ends last
    for i, here in enumerate(segments):
        found[i] = found[i] or any(s.speaker != here.speaker and s.end_s > here.start_s for s in latest)
        ends = sorted([*latest, here], key=lambda s: s.end_s, reverse=True)
        latest = ends[:1] + [s for s in ends[1:] if s.speaker != ends[0].speaker][:1]
    return found
