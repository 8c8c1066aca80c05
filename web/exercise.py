"""What is practised, read through the library's door: shared by the views of exercises, takes and the space."""

from __future__ import annotations

from flask import current_app

from companion.core import Companion
from companion.errors import NotFoundError
from companion.takes import Asked, Space, Take, TakeState
from companion.types import StoredMoment
from web import guarding, spoken


def exercise(asked: Asked) -> spoken.Exercise:
    """Something to answer, with all that is known of it.

    Raises:
        NotFoundError: there is no such moment or prompt.
    """
    bid = guarding.practice().bid_of(asked)
    if asked.prompt_id is not None:
        prompt = guarding.practice().prompt(asked.prompt_id)
        return spoken.Exercise(
            asked=asked,
            kind=spoken.KINDS[prompt.kind][0],
            title=prompt.title,
            situation=prompt.situation,
            bid=spoken.Bid(bid.text, "", "", 0.0, 0.0),
            hint=prompt.hint,
            partner=None,
            models=prompt.models,
            near_miss=prompt.near_miss,
            where="",
            sample=False,
        )
    stored = _door().moment(str(asked.moment_id))
    m, audio = stored.moment, bid.playback_sha256 or ""
    return spoken.Exercise(
        asked=asked,
        kind="A moment from an episode",
        title=f"Answer {m.validated_speaker}",
        situation="",
        bid=spoken.Bid(bid.text, m.validated_speaker, audio, bid.start_s, bid.end_s),
        hint="",
        partner=spoken.Partner(m.validating_speaker, bid.reply_text, audio, bid.reply_start_s, bid.reply_end_s),
        models=(),
        near_miss=None,
        where=stored.episode_title,
        sample=stored.sample,
    )


def exercise_of(take: Take) -> spoken.Exercise | None:
    """What a take answers; None where its episode was taken out."""
    try:
        return exercise(take.asked)
    except NotFoundError:
        return None


def others(asked: Asked) -> tuple[StoredMoment, ...]:
    """Moments in which somebody answered this kind of bid; none where it is no longer here."""
    try:
        return guarding.practice().similar(asked)
    except NotFoundError:
        return ()


def takes_of(space: Space | None, asked: Asked | None = None) -> tuple[Take, ...]:
    """The takes of a space that are all there, the newest first; of one exercise or of all."""
    if space is None:
        return ()
    return tuple(t for t in guarding.practice().takes(space, asked) if t.state is not TakeState.RECORDING)


def unfinished(space: Space | None, asked: Asked) -> tuple[Take, ...]:
    """Takes of which some sound has arrived and no end, the newest first."""
    if space is None:
        return ()
    return tuple(t for t in guarding.practice().takes(space, asked) if t.state is TakeState.RECORDING and t.chunks)


def shown(space: Space | None, takes: tuple[Take, ...]) -> tuple[spoken.ShownTake, ...]:
    """Takes as their owner sees them."""
    if space is None:
        return ()
    everything, ratings = takes_of(space), guarding.practice().own_ratings(space)
    rate = guarding.practice().can_rate
    return tuple(spoken.shown_take(t, everything, rate(t), ratings.get(t.id, "")) for t in takes)


def beside(mine: spoken.ShownTake | None, takes: tuple[spoken.ShownTake, ...]) -> tuple[spoken.ShownTake, ...]:
    """The takes that are compared, beside one; none beside words that speak of harm.

    Args:
        mine: the take that is looked at.
        takes: of the same exercise.
    """
    return () if mine is None or mine.help else tuple(t for t in takes if not t.help)


def _door() -> Companion:
    door: Companion = current_app.extensions["companion"]
    return door
