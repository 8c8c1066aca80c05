"""What the takes of a space have said about its cards, kept sealed in the space.

Kept are a take's id, its card, the time and the rating: no words. So a take may reach its time and its card still knows
when to come back; a take that its owner erases is forgotten here, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from fsrs import Rating

from companion.errors import BadInputError, ConflictError, NotFoundError
from companion.practice import keys
from companion.practice.asked import Exercises
from companion.practice.schedule import (
    RATINGS,
    Review,
    Suggestion,
    card_of,
    cards_of,
    counts,
    merged,
    next_prompts,
    rating_of,
)
from companion.practice.vault import GONE, Vault
from companion.takes import Prompt, Space, Take

SCHEMA_VERSION = 1


class Reviews:
    """The reviews of spaces, and what follows from them."""

    def __init__(self, vault: Vault, exercises: Exercises) -> None:
        self._vault = vault
        self._exercises = exercises

    def next(self, space: Space | None, takes: Sequence[Take], now: datetime, limit: int) -> tuple[Suggestion, ...]:
        """What to practise next.

        Args:
            space: whose; None: somebody who has none yet.
            takes: of the space, the newest first.
            now: the time.
            limit: how many at most.
        """
        reviews = self._kept_with(space, takes) if space else ()
        return next_prompts(self._exercises.prompts, cards_of(reviews), takes, now, limit)

    def rate(self, space: Space, take: Take, rating: str, now: datetime) -> None:
        """How its owner says that a take went; nothing that is heard changes that any more.

        Args:
            space: whose.
            take: which.
            rating: one of `RATINGS`.
            now: the time.

        Raises:
            BadInputError: another word.
            ConflictError: the take says nothing about any exercise.
        """
        if rating not in RATINGS:
            raise BadInputError(f"{rating[:20]!r} is no way to rate a take. Say one of: {', '.join(RATINGS)}.")
        prompt = self._rateable(take)
        if prompt is None:
            raise ConflictError("This take cannot be rated: it was not heard yet, or no exercise is like it.")
        at = min(take.made, now)  # a clock that was set back must not let a card come from the future
        review = Review(take.id, card_of(prompt), at, RATINGS[rating], own=True)
        self._change(space, lambda kept: merged(kept, [review]))

    def can_rate(self, take: Take) -> bool:
        """Whether `rate` would take a rating of it."""
        return self._rateable(take) is not None

    def own_ratings(self, space: Space) -> dict[str, str]:
        """How its owner said that takes went: ids of takes, each with one of `RATINGS`."""
        names = {rating: name for name, rating in RATINGS.items()}
        return {r.take_id: names[r.rating] for r in self._kept(space) if r.own}

    def forget(self, space: Space, take_id: str) -> None:
        """A take that was erased has said nothing."""
        if any(r.take_id == take_id for r in self._kept(space)):
            self._change(space, lambda now: tuple(r for r in now if r.take_id != take_id))

    def _kept_with(self, space: Space, takes: Sequence[Take]) -> tuple[Review, ...]:
        """Those that are kept, with those of the takes that are there now; written down where that is more."""
        found = tuple(r for r in map(self._review, takes) if r)
        # What speaks of harm says nothing here, whatever it said before it was heard rightly.
        silent = {t.id for t in takes if t.feedback and t.feedback.safety}

        def decide(now: tuple[Review, ...]) -> tuple[Review, ...]:
            return merged([r for r in now if r.take_id not in silent], found)

        kept = self._kept(space)
        both = decide(kept)
        return both if both == kept else self._change(space, decide)

    def _rateable(self, take: Take) -> Prompt | None:
        """The exercise whose card a take belongs to; None where nothing may be said about it."""
        if take.text == "" or (take.feedback and take.feedback.safety):
            return None
        return self._exercises.prompt_like(take.asked)

    def _review(self, take: Take) -> Review | None:
        prompt = self._exercises.prompt_like(take.asked) if counts(take) else None
        if prompt is None or take.feedback is None:
            return None
        return Review(take.id, card_of(prompt), take.made, rating_of(take.feedback, prompt.tag))

    def _kept(self, space: Space) -> tuple[Review, ...]:
        return _opened(space, self._vault.rows.space_private(space.id))

    def _change(self, space: Space, decide: Callable[[tuple[Review, ...]], tuple[Review, ...]]) -> tuple[Review, ...]:
        sealed = self._vault.rows.change_space_private(
            space.id, lambda now: _sealed(space, decide(_opened(space, now)))
        )
        if sealed is None:
            raise NotFoundError(GONE)
        return _opened(space, sealed)


def _sealed(space: Space, reviews: tuple[Review, ...]) -> bytes:
    rows = [[r.take_id, r.card, r.at.isoformat(), int(r.rating), r.own] for r in reviews]
    return keys.seal(space.key, json.dumps({"schema_version": SCHEMA_VERSION, "reviews": rows}).encode(), _label(space))


def _opened(space: Space, sealed: bytes | None) -> tuple[Review, ...]:
    if sealed is None:
        return ()
    rows = json.loads(keys.unseal(space.key, sealed, _label(space)))["reviews"]
    return tuple(
        Review(take_id, card, datetime.fromisoformat(at), Rating(rating), own)
        for take_id, card, at, rating, own in rows
    )


def _label(space: Space) -> str:
    return f"space reviews {space.id}"
