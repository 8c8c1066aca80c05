"""What a clip says: its words with their times, who speaks, what it is from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from companion.types import Role, Segment, StoredMoment, StoredTurn

MOST_TEXT_CHARS = 300  # of a title or a name; pictures cut what does not fit
MOST_WORD_CHARS = 60
MOST_NAME_CHARS = 100  # of a file's name
ROLE_WORDS = {Role.THERAPIST: "therapist", Role.PARTNER: "partner", Role.HOST: "host", Role.UNKNOWN: ""}
SAMPLE_WORDS = "Sample, synthetic voices"
SOMEBODY = "Somebody"
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word of a clip."""

    start_s: float  # from the start of the clip
    end_s: float
    text: str
    turn: int  # which of the clip's turns it belongs to, from 0


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """All that a clip is made of, but for its sound."""

    show: str
    episode: str  # its title
    sample: bool  # synthetic voices: said wherever it can be heard or seen
    start_s: float  # in the recording
    end_s: float
    from_name: str  # who leans in
    to_name: str
    title: str  # a sentence of the reply; may be empty
    quote: str
    speakers: tuple[tuple[str, str], ...]  # of each turn: name and role in a word
    words: tuple[SaidWord, ...]
    link: str = ""  # where the moment can be heard; empty where nobody knows
    published: str = ""  # the year

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def who(self) -> str:
        """Who leans in to whom."""
        return f"{self.from_name} to {self.to_name}"

    @property
    def credit(self) -> str:
        """Where it is from, in a sentence."""
        sample = f" {SAMPLE_WORDS}." if self.sample else ""
        return f"From “{self.episode}”, {clock(self.start_s)}. {self.show}.{sample}"

    @property
    def texts(self) -> str:
        """Every character that may be drawn."""
        names = "".join(name + role for name, role in self.speakers)
        return "".join((self.show, self.episode, self.who, self.quote, names, *(w.text for w in self.words)))


def facts_of(
    stored: StoredMoment, turns: Sequence[StoredTurn], show: str, link: str = "", published: str = ""
) -> ClipFacts:
    """What a clip of a moment says.

    Args:
        stored: the moment.
        turns: its turns with their segments, in order.
        show: the show's title.
        link: where the moment can be heard.
        published: the year in which its episode came out.
    """
    moment = stored.moment
    return ClipFacts(
        show=plain(show),
        episode=plain(stored.episode_title),
        sample=stored.sample,
        start_s=moment.start_s,
        end_s=moment.end_s,
        from_name=plain(moment.validating_speaker),
        to_name=plain(moment.validated_speaker),
        title=plain(moment.title),
        quote=plain(moment.quote, len(moment.quote)),
        speakers=tuple((plain(t.turn.speaker or SOMEBODY), ROLE_WORDS[t.turn.role]) for t in turns),
        words=tuple(_words(turns, moment.start_s, moment.end_s)),
        link=link,
        published=published,
    )


def plain(text: str, most_chars: int = MOST_TEXT_CHARS) -> str:
    """A text as it may be drawn or stand in a tag: one line, nothing that steers a terminal or turns its direction.

    Args:
        text: of anybody.
        most_chars: more is cut.
    """
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())[:most_chars]


def clock(seconds: float) -> str:
    """A place in a recording, such as 12:04."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def file_name(facts: ClipFacts, ending: str) -> str:
    """A file's name in plain words, such as `Four minutes, Paul to Tess, 3.12.mp3`.

    Args:
        facts: of the clip.
        ending: without the dot.
    """
    place = clock(facts.start_s).replace(":", ".")
    parts = (" ".join(_NOT_IN_NAMES.sub(" ", part).split()).strip(". ") for part in (facts.episode, facts.who))
    short = ", ".join(part for part in parts if part)[: MOST_NAME_CHARS - len(place) - 2].rstrip(" ,.")
    return f"{short or 'Moment'}, {place}.{ending}"


def _words(turns: Sequence[StoredTurn], start_s: float, end_s: float) -> Iterator[SaidWord]:
    """The words between two times, counted from the first; a word is in if its middle is."""
    for number, stored in enumerate(turns):
        for segment in stored.segments:
            for begins_s, ends_s, text in _timed(segment):
                shown = plain(text, MOST_WORD_CHARS)
                if shown and start_s <= (begins_s + ends_s) / 2 <= end_s:
                    yield SaidWord(max(0.0, begins_s - start_s), min(ends_s, end_s) - start_s, shown, number)


def _timed(segment: Segment) -> Iterator[tuple[float, float, str]]:
    """A segment's words with their times; where nobody knows them, spread over it by their letters."""
    if segment.words:
        yield from ((w.start_s, w.end_s, w.text) for w in segment.words)
        return
    texts = segment.text.split()
    letters = sum(len(text) + 1 for text in texts)
    at_s = segment.start_s
    for text in texts:
        takes_s = (segment.end_s - segment.start_s) * (len(text) + 1) / letters
        yield at_s, at_s + takes_s, text
        at_s += takes_s
