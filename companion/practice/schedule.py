"""What to practise next: a card for each kind of exercise and move, and what its takes say about it. Pure.

When a card comes back is decided by FSRS (the package `fsrs`, its default parameters, without chance). Nobody sees a
number, and nothing is counted up: a card that comes back late has just waited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest

from fsrs import Card, Rating, Scheduler

from companion.takes import AwayKind, Feedback, Prompt, PromptKind, Take, TakeState
from companion.types import LEANING_IN, Tag

LONGEST_DAYS = 60  # after which even what comes easily is suggested again
SOON = timedelta(minutes=10)  # after which what went badly may come again
RECENT_TAKES = 5  # of a card, in which a habit is looked for
FRESH_AFTER = 2  # cards that come back, before something new is mixed in
MOST_REVIEWS = 2_000  # that are kept of a space

RATINGS: dict[str, Rating] = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}
RATING_WORDS: dict[str, str] = {
    "again": "I turned away",
    "hard": "It was hard",
    "good": "It went well",
    "easy": "It came easily",
}
"""How a person says it where they see it otherwise."""

_SCHEDULER = Scheduler(
    learning_steps=(SOON,), relearning_steps=(SOON,), maximum_interval=LONGEST_DAYS, enable_fuzzing=False
)
_HEARS = {Tag.VALIDATION, Tag.EMPATHY}
_STAYS = {Tag.CURIOSITY, Tag.TURN_GIVING, Tag.CARE}
_AWAY_BY = {
    AwayKind.BUT: "with “but”",
    AwayKind.FIXING: "with advice",
    AwayKind.DEFENDING: "into defending yourself",
    AwayKind.CORRECTING: "into the facts",
    AwayKind.OWN_STORY: "to a story of your own",
    AwayKind.DISMISSING: "by making it smaller",
    AwayKind.CRITICISM: "with criticism",
    AwayKind.WITHDRAWING: "by going away",
}


@dataclass(frozen=True, slots=True)
class Review:
    """What one take said about its card."""

    take_id: str
    card: str  # `card_of` of what was answered
    at: datetime
    rating: Rating
    own: bool = False  # the person said so


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An exercise to take up next."""

    prompt: Prompt
    reason: str  # a sentence


def card_of(prompt: Prompt) -> str:
    """The card that an exercise belongs to: its kind and the move that it is about."""
    return f"{prompt.kind}/{prompt.tag}"


def rating_of(feedback: Feedback, aim: Tag | None = None) -> Rating:
    """How it went, for the schedule only.

    Args:
        feedback: of a take.
        aim: the move that the exercise is about: who made it has done what was asked.

    Returns:
        Again: no move of leaning in. Hard: one, and a turn away, or one that leaves the feeling alone. Good: leaned
        in, and the feeling was named or asked for, or the exercise's own move was made. Easy: heard it, named it and
        stayed with it.
    """
    made = {m.tag for m in feedback.moves} & LEANING_IN
    if not made:
        return Rating.Again
    if feedback.away:
        return Rating.Hard
    if made & _HEARS and feedback.feeling_named and made & _STAYS:
        return Rating.Easy
    if feedback.feeling_named or Tag.CURIOSITY in made or aim in made:
        return Rating.Good
    return Rating.Hard


def counts(take: Take) -> bool:
    """Whether a take says anything about how it goes: it was heard well, and is not about somebody in danger."""
    feedback = take.feedback
    return take.state is TakeState.READY and feedback is not None and not feedback.unsure and not feedback.safety


def merged(kept: Sequence[Review], found: Iterable[Review]) -> tuple[Review, ...]:
    """The reviews so far with those of the takes that are there now, the oldest first.

    A take that was corrected counts as it is now; one that its owner rated stays as they said.

    Args:
        kept: from earlier; their takes may have reached their time.
        found: one for each take that is there.
    """
    by_take = {r.take_id: r for r in kept}
    for review in found:
        before = by_take.get(review.take_id)
        keep = before is not None and before.own and not review.own
        by_take[review.take_id] = replace(review, rating=before.rating, own=True) if before and keep else review
    return tuple(sorted(by_take.values(), key=lambda r: (r.at, r.take_id)))[-MOST_REVIEWS:]


def cards_of(reviews: Iterable[Review]) -> dict[str, Card]:
    """Each card as its reviews have left it.

    Args:
        reviews: of one space, the oldest first.
    """
    cards: dict[str, Card] = {}
    for review in reviews:
        card = cards.get(review.card) or Card(card_id=len(cards) + 1, due=review.at)
        cards[review.card], _ = _SCHEDULER.review_card(card, review.rating, review.at)
    return cards


def next_prompts(
    prompts: Sequence[Prompt], cards: Mapping[str, Card], takes: Sequence[Take], now: datetime, limit: int
) -> tuple[Suggestion, ...]:
    """What to practise next: weak moves come back, new ones are mixed in, kinds take turns.

    Args:
        prompts: all of them, in their order.
        cards: of the person.
        takes: of the person, the newest first.
        now: the time.
        limit: how many at most.
    """
    of_card: dict[str, list[Prompt]] = {}
    for prompt in prompts:
        of_card.setdefault(card_of(prompt), []).append(prompt)
    known = [name for name in of_card if name in cards]
    due = sorted(
        (name for name in known if cards[name].due <= now),
        key=lambda name: (_SCHEDULER.get_card_retrievability(cards[name], now), name),
    )
    fresh = [name for name in of_card if name not in cards]
    later = sorted((name for name in known if cards[name].due > now), key=lambda name: (cards[name].due, name))
    last = next((p.kind for t in takes for p in prompts if p.id == t.asked.prompt_id), None)
    order = _taking_turns([*_mixed(due, _spread(fresh)), *later], last)[: max(0, limit)]
    return tuple(Suggestion(_least_used(of_card[n], takes), _reason(n, of_card[n], cards, takes, now)) for n in order)


def _mixed(due: list[str], fresh: list[str]) -> list[str]:
    """What comes back, with something new after every two."""
    mixed: list[str] = []
    waiting = iter(fresh)
    for number, name in enumerate(due, 1):
        mixed.append(name)
        if number % FRESH_AFTER == 0:
            mixed += [new for new in [next(waiting, None)] if new is not None]
    return [*mixed, *waiting]


def _spread(names: list[str]) -> list[str]:
    """New cards, one of each kind after the other, so that a beginner sees every kind early."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(_kind(name), []).append(name)
    rounds = zip_longest(*kinds.values())
    return [name for one_of_each in rounds for name in one_of_each if name is not None]


def _taking_turns(names: list[str], last: PromptKind | None) -> list[str]:
    """The same cards, each followed by one of another kind where there is one."""
    order: list[str] = []
    before = last.value if last else None
    rest = list(names)
    while rest:
        index = next((i for i, name in enumerate(rest) if _kind(name) != before), 0)
        order.append(rest.pop(index))
        before = _kind(order[-1])
    return order


def _kind(name: str) -> str:
    return name.partition("/")[0]


def _least_used(prompts: Sequence[Prompt], takes: Sequence[Take]) -> Prompt:
    """The exercise of a card that was not answered yet, or not for the longest time."""
    newest = {take.asked.prompt_id: take.made for take in reversed(takes)}
    return min(prompts, key=lambda p: newest[p.id].timestamp() if p.id in newest else 0.0)


def _reason(
    name: str, prompts: Sequence[Prompt], cards: Mapping[str, Card], takes: Sequence[Take], now: datetime
) -> str:
    card = cards.get(name)
    if card is None or card.last_review is None:
        return "Not practised yet."
    ids = {p.id for p in prompts}
    recent = [t.feedback for t in takes if counts(t) and t.asked.prompt_id in ids and t.feedback][:RECENT_TAKES]
    away = Counter(kind for feedback in recent for kind in {a.kind for a in feedback.away})
    if away and (recent[0].away or away.most_common(1)[0][1] > 1):
        kind, times = away.most_common(1)[0]
        return f"You turned away {_AWAY_BY[kind]} {_times(times)}; once more?"
    if recent and not recent[0].moves:
        return "Last time no move that we know was in your words; once more?"
    days = (now - card.last_review).days
    if card.due <= now and days > 0:
        return f"You last practised this {'yesterday' if days == 1 else f'{days} days ago'}."
    if recent and not recent[0].feeling_named and card.due <= now:
        return "Last time the feeling stayed without a name; once more?"
    return "You did this not long ago; here is another one of its kind."


def _times(number: int) -> str:
    return {1: "last time", 2: "twice", 3: "three times"}.get(number, f"{number} times")
