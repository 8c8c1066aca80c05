"""What pages show, made from what the library keeps: pure functions and the frozen data that templates read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.types import LEANING_IN, Evidence, Hit, Role, Segment, StoredMoment, StoredTurn, Tag
from web.format import at

BID_CHARS = 110  # of a bid on a card: together with REPLY_CHARS about nine lines of a narrow phone
REPLY_CHARS = 180
NEAR_MISS_SCORE = 0.5  # from here on a turn is shown as a near miss
ABOUT_CHARS = 200  # below a link that was shared
KEPT_CHARS = 600  # of a bid and of a reply on a device
LEAD_S = 2.0  # that a moment's own page plays before it
WAVE_BARS = 300
WAVE_HEIGHT = 40
_AROUND_CHARS = 40  # words left before the first telling ones where a long reply is cut


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words, marked or not."""

    text: str
    telling: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A moment on a list."""

    stored: StoredMoment
    audio: str  # sha256 of what is played
    bid: str
    reply: tuple[Piece, ...]
    cut: bool  # there is more to read
    reply_s: float | None  # where the reply begins; None where nobody knows


@dataclass(frozen=True, slots=True)
class Found:
    """A place that a search found, with what is played."""

    hit: Hit
    audio: str


@dataclass(frozen=True, slots=True)
class Line:
    """A segment of a transcript."""

    start_s: float
    end_s: float
    text: str
    word_times: str  # the start of each word in hundredths of a second from the line's, with blanks between; or empty
    unsure: bool


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn of an episode or of a moment."""

    stored: StoredTurn
    pieces: tuple[Piece, ...]  # its text with the telling words of a reply
    lines: tuple[Line, ...]
    moment_id: str | None
    tags: tuple[Tag, ...]
    near_miss: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the waveform, in its units."""

    stored: StoredMoment
    x: float
    width: float


def card(stored: StoredMoment, audio: str, reply_s: float | None = None) -> Card:
    """A moment, short enough for a list."""
    moment = stored.moment
    bid = shortened((Piece(moment.bid, False),), BID_CHARS)
    whole = marked(moment.quote, moment.evidence)
    reply = shortened(whole, REPLY_CHARS)
    cut = len(moment.bid) > BID_CHARS or len(moment.quote) > REPLY_CHARS
    return Card(stored, audio, "".join(p.text for p in bid), reply, cut, reply_s)


def title_of(stored: StoredMoment) -> str:
    """A moment's title, such as “Jonas to Mara, Late again”."""
    return f"{stored.moment.validating_speaker} to {stored.moment.validated_speaker}, {stored.episode_title}"


def about(text: str, sample: bool) -> str:
    """What stands below a link that somebody shared."""
    short = "".join(p.text for p in shortened((Piece(" ".join(text.split()), False),), ABOUT_CHARS))
    return f"{short} (Sample episode, synthetic voices)" if sample else short


def marked(text: str, evidence: Iterable[Evidence]) -> tuple[Piece, ...]:
    """A text with its telling words marked.

    Args:
        text: what was said.
        evidence: words of it; their offsets may be those of a longer text, then the words themselves are looked for.
    """
    spans = sorted(span for e in evidence if (span := _span(text, e)) is not None)
    pieces: list[Piece] = []
    here = 0
    for start, end in spans:
        if end <= here:
            continue
        if start > here:
            pieces.append(Piece(text[here:start], False))
        pieces.append(Piece(text[max(start, here) : end], True))
        here = end
    if here < len(text):
        pieces.append(Piece(text[here:], False))
    return tuple(pieces)


def shortened(pieces: Sequence[Piece], limit: int) -> tuple[Piece, ...]:
    """The same pieces in at most about `limit` characters, cut between words, so that the first marked words stay."""
    if sum(len(p.text) for p in pieces) <= limit:
        return tuple(pieces)
    before = 0
    for piece in pieces:
        if piece.telling:
            break
        before += len(piece.text)
    else:
        before = 0
    first_chars = len(next((p.text for p in pieces if p.telling), ""))
    skip = before - _AROUND_CHARS if before + first_chars > limit else 0
    return _window(pieces, max(0, skip), limit)


def turns_of_episode(turns: Sequence[StoredTurn], moments: Sequence[StoredMoment]) -> tuple[ShownTurn, ...]:
    """A transcript, each turn with the moment that it belongs to."""
    belongs: dict[int, str] = {}
    for stored in sorted(moments, key=lambda m: m.moment.score):
        for index in range(stored.moment.first_turn, stored.moment.last_turn + 1):
            belongs[index] = stored.id
    return tuple(_shown(t, (Piece(t.turn.text, False),), belongs.get(t.turn.index)) for t in turns)


def turns_of_moment(stored: StoredMoment, turns: Sequence[StoredTurn]) -> tuple[ShownTurn, ...]:
    """An exchange, the telling words of the reply marked."""
    moment = stored.moment
    shown = []
    for t in turns:
        replies = t.turn.index >= moment.reply_turn and t.turn.speaker == moment.validating_speaker
        evidence = [e for tag in t.tags.tags if tag.tag in LEANING_IN for e in tag.evidence] if replies else []
        shown.append(_shown(t, marked(t.turn.text, evidence), stored.id))
    return tuple(shown)


def kept(stored: StoredMoment, audio: str, reply_s: float | None) -> dict[str, str | float | bool | None]:
    """What a device keeps of a moment, so that it can be listed and played without asking the site again."""
    m = stored.moment
    return {
        "id": stored.id,
        "who": f"{m.validating_speaker} to {m.validated_speaker}",
        "episode": stored.episode_title,
        "slug": stored.episode_slug,
        "sample": stored.sample,
        "audio": audio,
        "start": round(m.start_s, 2),
        "end": round(m.end_s, 2),
        "replyAt": None if reply_s is None else round(reply_s, 2),
        "bid": m.bid[:KEPT_CHARS],
        "reply": m.quote[:KEPT_CHARS],
    }


def found_places(hits: Iterable[Hit]) -> tuple[Found, ...]:
    """Search results with what is played."""
    return tuple(Found(hit, hit.playback_sha256 or "") for hit in hits)


def wave_path(peaks: Sequence[float]) -> str:
    """A waveform as the `d` of one SVG path, `WAVE_BARS` wide and `WAVE_HEIGHT` high.

    Args:
        peaks: greatest |sample| (0..1) in equal stretches.
    """
    middle = WAVE_HEIGHT / 2
    top = max(peaks, default=0.0) or 1.0
    bars = []
    for i in range(WAVE_BARS):
        part = peaks[i * len(peaks) // WAVE_BARS : max(1, (i + 1) * len(peaks) // WAVE_BARS)]
        half = max(0.5, max(part, default=0.0) / top * (middle - 1))
        bars.append(f"M{i}.5 {at(middle - half)}V{at(middle + half)}")
    return "".join(bars)


def wave_marks(moments: Iterable[StoredMoment], duration_s: float) -> tuple[Mark, ...]:
    """Where moments lie on the waveform."""
    scale = WAVE_BARS / duration_s if duration_s else 0.0
    return tuple(
        Mark(m, round(m.moment.start_s * scale, 2), round(max(2.0, m.moment.length_s * scale), 2)) for m in moments
    )


def _span(text: str, evidence: Evidence) -> tuple[int, int] | None:
    start, end = evidence.start_char, evidence.end_char
    if 0 <= start < end and text[start:end] == evidence.text:
        return start, end
    start = text.casefold().find(evidence.text.casefold()) if evidence.text else -1
    end = start + len(evidence.text)
    return (start, end) if start >= 0 and end <= len(text) else None


def _window(pieces: Sequence[Piece], skip: int, limit: int) -> tuple[Piece, ...]:
    text = "".join(p.text for p in pieces)
    start = text.find(" ", skip) + 1 if skip else 0
    end = len(text)
    if end - start > limit:
        blank = text.rfind(" ", start + 1, start + limit)
        end = blank if blank > start else start + limit
    kept: list[Piece] = [Piece("…\N{NO-BREAK SPACE}", False)] if start else []
    here = 0
    for piece in pieces:
        inside = piece.text[max(0, start - here) : max(0, end - here)]
        if inside:
            kept.append(Piece(inside, piece.telling))
        here += len(piece.text)
    if end < len(text):
        kept.append(Piece("\N{NO-BREAK SPACE}…", False))
    return tuple(kept)


def _shown(stored: StoredTurn, pieces: tuple[Piece, ...], moment_id: str | None) -> ShownTurn:
    leads = stored.turn.role in (Role.THERAPIST, Role.HOST)  # turning away is a thing between partners
    return ShownTurn(
        stored=stored,
        pieces=pieces,
        lines=tuple(_line(s) for s in stored.segments),
        moment_id=moment_id,
        tags=tuple(t.tag for t in stored.tags.tags if t.tag in LEANING_IN or not leads),
        near_miss=stored.tags.near_miss >= NEAR_MISS_SCORE and not leads,
    )


def _line(segment: Segment) -> Line:
    words = [w.text for w in segment.words]
    same = segment.text.split() == words
    # Hundredths from the line's start are half as long as seconds: three hours of talk have thirty thousand words.
    times = " ".join(str(round(100 * (w.start_s - segment.start_s))) for w in segment.words) if same else ""
    return Line(segment.start_s, segment.end_s, segment.text, times, bool(segment.flags))
