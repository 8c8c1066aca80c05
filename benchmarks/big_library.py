"""A library of 1,000 episodes and 10,000 moments, put in by the store: our own sentences, varied by a seeded chance."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.show import samples
from companion.config import Settings
from companion.library import Library
from companion.store import NewEpisode
from companion.types import (
    LEANING_IN,
    Evidence,
    Moment,
    MomentKind,
    MomentState,
    Publication,
    Role,
    Segment,
    StoredTurn,
    Tag,
    TagScore,
    Turn,
    TurnTags,
    Voice,
    Word,
)

EPISODES = 1000
MOMENTS_EACH = 10
TURNS_EACH = 100
WORD_S = 0.32
PEAKS = 1200
FIRST_DAY = datetime(2007, 1, 1, 6, tzinfo=UTC)

NAMES = "Mara Jonas Ines Theo Lena Omar Ruth Paul Noor Emil Vera Karl Tess Ivan Ada Finn".split()
FEELINGS = (
    "lonely scared ashamed tired angry small hopeful numb jealous proud relieved sad guilty tender lost calm".split()
)
PLACES = "kitchen car garden hallway station hospital balcony stairs bakery airport cellar school office bridge".split()
THINGS = (
    "letter phone dinner suitcase chair key photograph bicycle invoice birthday calendar door piano ring coffee dog "
    "holiday dentist lamp umbrella ladder necklace sofa ticket bathtub fence wallet blanket recipe ledger"
).split()
PEOPLE = "mother father sister boss neighbour daughter son friend uncle landlord teacher doctor".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

BIDS = (
    "On {day} I sat in the {place} with the {thing} and felt so {feeling} that I could not speak.",
    "When your {person} took the {thing}, I felt {feeling}, and nobody asked me.",
    "I came home to an empty {place} and was {feeling} until {day}.",
    "Every time the {thing} comes up I get {feeling}, and I hide in the {place}.",
)
REPLIES = (
    "Of course you felt {feeling}. I was in the {place} and did not look up, and that was on me.",
    "No wonder you are {feeling} when my {person} does that. You matter to me more than any {thing}.",
    "That sounds heavy. What happens in you when the {thing} comes up on a {day}?",
    "I hear that you were {feeling} in the {place}. I see it now, and I am glad that you say it.",
)
BETWEEN = (
    "We left the {thing} at the {place} and drove on to my {person}.",
    "It was {day}, I think, and the {place} was closed.",
    "You always bring up the {thing}, and then we are back where we began.",
    "My {person} would say that a {thing} belongs in the {place}.",
    "Stay with that for a second. What does {feeling} feel like in your chest?",
    "And then the {person} rang, and I forgot the {thing}.",
)


@dataclass(frozen=True, slots=True)
class Big:
    """What the load needs to know of the library."""

    slugs: tuple[str, ...]
    audio: str  # the one recording that all play
    audio_bytes: int


def words_to_look_for() -> tuple[str, ...]:
    """Words that are said in it: feelings in every hundredth turn, things less often."""
    return (*FEELINGS, *PLACES, *THINGS, *PEOPLE)


def build(settings: Settings, seed: int = 1) -> Big:
    """Makes the library in `settings.home`; the same seed makes the same one."""
    chance = random.Random(seed)
    recording = samples()[0].audio
    slugs = []
    library = Library.open(settings)
    try:
        played = library.blobs.put(recording)
        for number in range(EPISODES):
            slugs.append(_episode(library, chance, number, played))
    finally:
        library.close()
    return Big(tuple(slugs), played, recording.stat().st_size)


def _episode(library: Library, chance: random.Random, number: int, played: str) -> str:
    name = hashlib.sha256(f"episode {number}".encode()).hexdigest()
    one, other = chance.sample(NAMES, 2)
    episode, _ = library.episodes.add(
        NewEpisode(
            title=f"{one} and {other}, the {chance.choice(THINGS)} in the {chance.choice(PLACES)} {number}",
            slug=None,
            description=_sentence(chance, BIDS),
            sample=True,
            published=FIRST_DAY + timedelta(days=7 * number),
            added=FIRST_DAY + timedelta(days=7 * number),
            audio_sha256=name,
            tracks=((None, name),),
            voices=(),
            speakers=None,
            hotwords=(),
            model="bundled",
            publication=Publication.PUBLISHED,
        )
    )
    turns = _turns(chance, one, other)
    moments = [_moment(turns, at, chance) for at in _places()]
    voices = [
        Voice(n, n, r, True) for n, r in ((one, Role.PARTNER), (other, Role.PARTNER), ("Dr Hale", Role.THERAPIST))
    ]
    with library.database.write() as connection:
        library.episodes.put_voices(connection, episode.id, voices)
        library.transcripts.replace(connection, episode.id, turns)
        library.moments.replace(connection, episode.id, episode.audio_sha256, moments)
        library.index.put(connection, episode.id, [t.turn for t in turns])
    peaks = [round(chance.random(), 3) for _ in range(PEAKS)]
    length_s = turns[-1].turn.end_s + 1.0
    library.episodes.ready(episode.id, playback_sha256=played, duration_s=length_s, peaks=peaks, model="bundled")
    return episode.slug


def _places() -> Sequence[int]:
    step = TURNS_EACH // MOMENTS_EACH
    return range(step // 2, TURNS_EACH, step)


def _turns(chance: random.Random, one: str, other: str) -> list[StoredTurn]:
    turns, now_s = [], 0.5
    bids = set(_places())
    for index in range(TURNS_EACH):
        forms = BIDS if index in bids else REPLIES if index - 1 in bids else BETWEEN
        text = " ".join(_sentence(chance, forms) for _ in range(1 + chance.randrange(2)))
        speaker, role = ((one, Role.PARTNER), (other, Role.PARTNER))[index % 2]
        if forms is BETWEEN and index % 7 == 0:
            speaker, role = "Dr Hale", Role.THERAPIST
        said = text.split()
        words = tuple(
            Word(round(now_s + WORD_S * i, 2), round(now_s + WORD_S * (i + 1), 2), w, 0.9) for i, w in enumerate(said)
        )
        tags = _tags(chance, text) if forms is REPLIES else ()
        turn = Turn(index, speaker, role, words[0].start_s, words[-1].end_s, text, words)
        segment = Segment(turn.start_s, turn.end_s, text, speaker, words)
        turns.append(StoredTurn(turn, TurnTags(tags, 0.0), (segment,)))
        now_s = turn.end_s + 0.4
    return turns


def _tags(chance: random.Random, text: str) -> tuple[TagScore, ...]:
    chosen = chance.sample(sorted(LEANING_IN), 1 + chance.randrange(3))
    end = text.index(" ", 8)
    return tuple(
        TagScore(Tag(t), round(0.95 - 0.1 * i, 2), (Evidence(text[:end], 0, end),)) for i, t in enumerate(chosen)
    )


def _moment(turns: Sequence[StoredTurn], at: int, chance: random.Random) -> Moment:
    bid, reply = turns[at], turns[at + 1]
    return Moment(
        start_s=bid.turn.start_s,
        end_s=reply.turn.end_s,
        validating_speaker=str(reply.turn.speaker),
        validated_speaker=str(bid.turn.speaker),
        tags=reply.tags.tags,
        evidence=tuple(e for t in reply.tags.tags for e in t.evidence),
        quote=reply.turn.text,
        bid=bid.turn.text,
        first_turn=at,
        reply_turn=at + 1,
        last_turn=at + 1,
        score=round(chance.uniform(0.3, 1.0), 4),
        kind=MomentKind.MUTUAL if chance.random() < 0.1 else MomentKind.ONE_WAY,
        title=reply.turn.text[:60],
        state=MomentState.APPROVED,
    )


def _sentence(chance: random.Random, forms: Sequence[str]) -> str:
    return chance.choice(forms).format(
        day=chance.choice(DAYS),
        place=chance.choice(PLACES),
        thing=chance.choice(THINGS),
        person=chance.choice(PEOPLE),
        feeling=chance.choice(FEELINGS),
    )
