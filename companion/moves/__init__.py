"""What a turn does to the other person, by a model that was trained on cues, words and context.

The whole border of this room: `tag_turn`, `tag_turns`, the words for people, `nearest_tags` and the version.
`companion.moves.bids`, `context` and `times` are shared with `companion.moments`, `features` and `model` with
`companion.learning`.
"""

from __future__ import annotations

from collections.abc import Sequence

from companion.moves.context import Conversation, setting_of_texts
from companion.moves.decide import decide
from companion.moves.model import MovesModel
from companion.moves.nearest import nearest_tags
from companion.moves.normalise import normalise
from companion.moves.times import with_times
from companion.types import Role, Tag, Turn, TurnTags

__all__ = ["LABELS", "MEANINGS", "MOVES_VERSION", "nearest_tags", "tag_turn", "tag_turns"]

MOVES_VERSION = 3
"""Goes up whenever the same turns could get other tags."""

MEANINGS: dict[Tag, str] = {
    Tag.VALIDATION: "Tells the other that what they feel, see or did is heard and makes sense, agreed with or not.",
    Tag.EMPATHY: "Names the other's feeling, or is moved by it.",
    Tag.CURIOSITY: "Asks an open question about what goes on inside the other.",
    Tag.VULNERABILITY: "Shows a softer feeling, a need or a fear of one's own.",
    Tag.NAMES_BLOCK: "Says what makes it hard to stay open, instead of acting it out.",
    Tag.OWNERSHIP: "Takes responsibility for something one did, or apologises for it, without an excuse.",
    Tag.CARE: "Says that the other matters: affection, thanks, or that the bond is safe.",
    Tag.TURN_GIVING: "Leaves the floor to the other, or checks whether they were understood.",
    Tag.DISMISSING: "Makes the feeling smaller, cheers it away, or tells the other what to feel.",
    Tag.TOPIC_CHANGE: "Leaves the subject while the other is still in it.",
    Tag.FIXING: "Gives advice or a plan that nobody asked for, before the feeling was heard.",
    Tag.DEFENSIVENESS: "Explains, denies or hits back instead of hearing.",
    Tag.CORRECTING: "Argues about the facts of the story instead of what it was like.",
    Tag.CRITICISM: "Blames who the other is: always, never, sarcasm or contempt.",
    Tag.STONEWALLING: "Shuts the door: refuses to talk or ends it flatly.",
}
"""One plain sentence for each tag, as people see it where they choose one."""

LABELS: dict[Tag, str] = {
    Tag.VALIDATION: "validating",
    Tag.EMPATHY: "feeling with",
    Tag.CURIOSITY: "being curious",
    Tag.VULNERABILITY: "showing a softer side",
    Tag.NAMES_BLOCK: "naming a block",
    Tag.OWNERSHIP: "owning a fault",
    Tag.CARE: "showing care",
    Tag.TURN_GIVING: "giving the floor",
    Tag.DISMISSING: "making it small",
    Tag.TOPIC_CHANGE: "changing the subject",
    Tag.FIXING: "fixing",
    Tag.DEFENSIVENESS: "defending",
    Tag.CORRECTING: "correcting",
    Tag.CRITICISM: "criticising",
    Tag.STONEWALLING: "shutting down",
}
"""A few words for each tag."""


def tag_turn(
    text: str, context: Sequence[str] = (), role: Role = Role.UNKNOWN, model: MovesModel | None = None
) -> TurnTags:
    """Tag one turn in its context.

    Args:
        text: what was said.
        context: the texts of the turns before, oldest first; the last one is the previous speaker's.
        role: who speaks.
        model: the tagger; None for the shipped one.

    Returns:
        The tags above their thresholds, strongest first, each with the characters of `text` that speak for it; and how
        much the turn looks like validation without being one (0..1). Speech is recognised with errors, and sarcasm is
        invisible in writing: these are suggestions.
    """
    doc = normalise(text)
    return decide(doc, setting_of_texts(doc, context), role, model)


def tag_turns(
    turns: Sequence[Turn], model: MovesModel | None = None, only: range | None = None
) -> tuple[TurnTags, ...]:
    """Tag a conversation.

    Args:
        turns: all turns in order, with speakers and roles as far as they are known.
        model: the tagger; None for the shipped one.
        only: which of them are tagged, by their places; the others are context. None: all.

    Returns:
        The tags of each turn, evidence with times where the words have them.
    """
    talk = Conversation(turns)
    wanted = range(len(turns)) if only is None else only
    return tuple(
        with_times(decide(talk.reads[k].doc, talk.setting(k), turns[k].role, model), turns[k].text, turns[k].words)
        for k in wanted
    )
