"""What can be answered: written prompts, and bids from the moments of episodes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from companion.errors import BadInputError, NotFoundError
from companion.library import Library
from companion.takes import Asked, AwayKind, ModelReply, NearMiss, Prompt, PromptKind
from companion.types import StoredMoment, StoredTurn, Tag

PROMPTS = Path(__file__).with_name("prompts.jsonl")
TAIL_S = 0.4  # heard after the bid's last word, where the reply leaves so much room
MOST_WORDS = 40  # of a bid that are looked for in other moments
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Words that stand in every bid and say nothing about its kind; the index itself takes care of endings.
_COMMON = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can could did do does "
    "don't for from get go going got had has have he her here him his how i i'd i'll i'm i've if in into is it it's "
    "its just know like me mean more my no not now of off oh okay on one or our out over really said say see she so "
    "some that that's the their them then there they thing things think this to too um up us was we we're well were "
    "what when where which who why will with would yeah yes you you're your".split()
)


@dataclass(frozen=True, slots=True)
class BidSound:
    """A bid to be answered; times are seconds in the episode's recording."""

    text: str
    playback_sha256: str | None  # the recording that is played; None for a written prompt
    start_s: float
    end_s: float  # the sound stops here, before the reply
    reply_text: str  # "" for a written prompt
    reply_start_s: float
    reply_end_s: float


class Exercises:
    """Prompts and moments, as things to answer."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @cached_property
    def prompts(self) -> tuple[Prompt, ...]:
        """The written prompts, in their order."""
        if not PROMPTS.is_file():
            return ()
        return tuple(_prompt(json.loads(line)) for line in PROMPTS.read_text("utf-8").splitlines() if line.strip())

    def prompt(self, prompt_id: str) -> Prompt:
        """A written prompt.

        Raises:
            NotFoundError: there is none by that id.
        """
        found = next((p for p in self.prompts if p.id == prompt_id), None)
        if found is None:
            raise NotFoundError("There is no such exercise. Choose one from the list.")
        return found

    def bid_text(self, asked: Asked) -> str:
        """The words that are answered.

        Raises:
            NotFoundError: there is no such moment or prompt.
            BadInputError: not exactly one of both is named.
        """
        if (asked.moment_id is None) == (asked.prompt_id is None):
            raise BadInputError("Say what is answered: either a moment or a written exercise.")
        if asked.prompt_id is not None:
            return self.prompt(asked.prompt_id).bid
        return self._library.moments.get(str(asked.moment_id)).moment.bid

    def bid_of(self, asked: Asked) -> BidSound:
        """The bid with its sound, which stops before the reply.

        Raises:
            NotFoundError: there is no such moment or prompt.
            BadInputError: not exactly one of both is named.
        """
        text = self.bid_text(asked)
        if asked.moment_id is None:
            return BidSound(text, None, 0.0, 0.0, "", 0.0, 0.0)
        stored = self._library.moments.get(asked.moment_id)
        episode = self._library.episodes.get(stored.episode_slug)
        turns = self._library.transcripts.turns(episode.id)
        return bid_sound(stored, turns, episode.playback_sha256)

    def prompt_like(self, asked: Asked) -> Prompt | None:
        """The exercise that is answered, or for a moment the first one that is about the same move; None: no such."""
        if asked.prompt_id is not None:
            return next((p for p in self.prompts if p.id == asked.prompt_id), None)
        try:
            tags = self._library.moments.get(str(asked.moment_id)).moment.tags
        except NotFoundError:  # its episode was taken out meanwhile
            return None
        return next((p for tag in tags for p in self.prompts if p.tag == tag.tag), None)

    def similar(self, asked: Asked, limit: int) -> tuple[StoredMoment, ...]:
        """Moments whose bids share the most telling words with this one, without itself.

        Only the words of the bid are looked for, never those of a take.

        Raises:
            NotFoundError: there is no such moment or prompt.
            BadInputError: not exactly one of both is named.
        """
        names = self._library.index.moments_like(telling_words(self.bid_text(asked)), limit + 1)
        others = [name for name in names if name != asked.moment_id][:limit]
        return tuple(self._library.moments.get(name) for name in others)


def bid_sound(stored: StoredMoment, turns: tuple[StoredTurn, ...], playback_sha256: str | None) -> BidSound:
    """Where a moment's bid and its reply are heard.

    Args:
        stored: the moment.
        turns: of its episode.
        playback_sha256: the recording that is played.
    """
    moment = stored.moment
    within = [t.turn for t in turns if moment.first_turn <= t.turn.index <= moment.last_turn]
    before = [t for t in within if t.index < moment.reply_turn]
    reply = [t for t in within if t.index >= moment.reply_turn and t.speaker == moment.validating_speaker]
    reply_start_s = reply[0].start_s if reply else moment.end_s
    bid_end_s = max((t.end_s for t in before), default=reply_start_s)
    return BidSound(
        text=moment.bid,
        playback_sha256=playback_sha256,
        start_s=moment.start_s,
        end_s=max(moment.start_s, min(bid_end_s + TAIL_S, reply_start_s)),
        reply_text=moment.quote,
        reply_start_s=reply_start_s,
        reply_end_s=min(reply[-1].end_s, moment.end_s) if reply else moment.end_s,
    )


def telling_words(text: str) -> tuple[str, ...]:
    """The words of a text that say what it is about, each once."""
    words = (w.replace("’", "'").lower() for w in _WORD.findall(text))
    return tuple(dict.fromkeys(w for w in words if w not in _COMMON and len(w) > 2))[:MOST_WORDS]


def _prompt(values: Mapping[str, Any]) -> Prompt:
    near = values["near_miss"]
    return Prompt(
        id=values["id"],
        kind=PromptKind(values["kind"]),
        tag=Tag(values["tag"]),
        title=values["title"],
        situation=values["situation"],
        bid=values["bid"],
        feeling=tuple(values["feeling"]),
        hint=values["hint"],
        models=tuple(ModelReply(m["text"], m["why"]) for m in values["models"]),
        near_miss=NearMiss(near["text"], near["why"], AwayKind(near["away"])),
    )
