"""What is said to a take, as lines for a terminal; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from companion.core import LABELS
from companion.feedback import AWAY_NAMES
from companion.takes import Feedback, Pace, Prompt, Take

UNSURE = "The recogniser was unsure. Please read the text; what is said about it follows your correction."
NOTHING = "No move that we know was found in these words. That says little about how they were meant."
LEAST_EARLIER = 2  # takes before a pace is compared with them


def speaks_of_harm(take: Take) -> bool:
    """Whether nothing but the link to help is shown for a take."""
    return take.feedback is not None and take.feedback.safety


def lines_of(take: Take, earlier: Iterable[Take], help_line: str) -> Iterator[str]:
    """The feedback of a take: quotes first, then the one thing that worked and the one thing to try.

    Args:
        take: one that was heard.
        earlier: the person's other takes; nobody is compared with anybody else.
        help_line: all that is said where the words speak of harm.
    """
    if speaks_of_harm(take):
        yield help_line
        return
    yield f"You said: “{take.text}”"
    feedback = take.feedback
    if feedback is None:
        return
    if feedback.unsure:
        yield UNSURE
    yield from _moves(feedback)
    if feedback.worked:
        yield ""
        yield f"What worked: {feedback.worked.text}"
    if feedback.try_next:
        yield ""
        yield f"One thing to try: {feedback.try_next.text}"
        if feedback.try_next.wording:
            yield f"  For example: “{feedback.try_next.wording}”"
    if take.pace:
        yield ""
        yield pace_line(take.pace, [t.pace for t in earlier if t.pace and t.id != take.id and not speaks_of_harm(t)])


def pace_line(pace: Pace, earlier: Sequence[Pace]) -> str:
    """How it was spoken, beside one's own usual way."""
    pauses = "no pause" if not pace.pauses else f"{pace.pauses} pause{'s' if pace.pauses > 1 else ''}"
    longest = f", the longest {pace.longest_pause_s:.1f} s" if pace.pauses else ""
    line = f"Pace: {pace.words_per_minute:.0f} words a minute, {pauses}{longest}."
    if len(earlier) >= LEAST_EARLIER:
        line += f" In your other takes it is mostly {median(p.words_per_minute for p in earlier):.0f} words."
    if pace.fillers_at_least:
        line += f" At least {pace.fillers_at_least} “um” or the like."
    return line


def models_of(prompt: Prompt) -> Iterator[str]:
    """Ways to answer a written prompt, and one that only looks good."""
    yield "Other ways to say it:"
    for model in prompt.models:
        yield f"  “{model.text}”"
        yield f"    {model.why}"
    yield "This one looks good and turns away:"
    yield f"  “{prompt.near_miss.text}”"
    yield f"    {prompt.near_miss.why}"


def _moves(feedback: Feedback) -> Iterator[str]:
    if feedback.moves:
        yield ""
        yield "What your words did:"
        yield from (f"  {LABELS[m.tag]}: “{m.quote.text}”" for m in feedback.moves)
    if feedback.away:
        yield ""
        yield "Where they turned away:"
        yield from (f"  {AWAY_NAMES[a.kind]}: “{a.quote.text}”" for a in feedback.away)
    if not feedback.moves and not feedback.away:
        yield ""
        yield NOTHING
