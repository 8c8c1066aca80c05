"""Every sentence that feedback says, to be read as texts.

No grade, no diagnosis. What worked and what to try are said of the words alone, and each has its reason.
"""

from __future__ import annotations

from companion.takes import AwayKind, TryKind
from companion.types import Tag

AWAY_NAMES: dict[AwayKind, str] = {
    AwayKind.BUT: "a “but” after hearing",
    AwayKind.FIXING: "advice",
    AwayKind.DEFENDING: "explaining yourself",
    AwayKind.CORRECTING: "putting the facts right",
    AwayKind.OWN_STORY: "a story of your own",
    AwayKind.DISMISSING: "making it smaller",
    AwayKind.CRITICISM: "blame",
    AwayKind.WITHDRAWING: "leaving the talk",
}
"""A few plain words for each way of turning away."""

AWAY_WORDS: dict[AwayKind, str] = {
    AwayKind.BUT: "What comes after it takes back what you had just given.",
    AwayKind.FIXING: "Advice moves on to what to do, before the feeling has been heard.",
    AwayKind.DEFENDING: "A reason, however true, puts your side in front of theirs.",
    AwayKind.CORRECTING: "This is about what happened, and they are still with what it was like.",
    AwayKind.OWN_STORY: "The story is yours now, and theirs is left waiting.",
    AwayKind.DISMISSING: "It asks the feeling to be smaller than it is.",
    AwayKind.CRITICISM: "This speaks about who they are, so they have to defend themselves.",
    AwayKind.WITHDRAWING: "It closes the door while they are still talking.",
}
"""What each way of turning away does, in one sentence."""

WORKED: dict[Tag, str] = {
    Tag.VALIDATION: "You let it make sense: {quote} That gives the feeling a place to stand.",
    Tag.EMPATHY: "You put the feeling into words: {quote} That is how someone knows they were heard.",
    Tag.CURIOSITY: "You asked and left the answer open: {quote} That invites them to say more.",
    Tag.VULNERABILITY: "You showed something of yourself: {quote} That makes it safer for them to do the same.",
    Tag.NAMES_BLOCK: "You said what makes it hard instead of acting it out: {quote} That keeps the door open.",
    Tag.OWNERSHIP: "You took your part: {quote} They do not have to prove it any more.",
    Tag.CARE: "You said that they matter: {quote} That holds while the rest is hard.",
    Tag.TURN_GIVING: "You left them the floor: {quote} That tells them there is time.",
}
"""The one thing that worked, with the person's own words."""

TRY: dict[TryKind, str] = {
    TryKind.BUT: "Try stopping before {quote} The last words are what stays, and the first half can stand alone.",
    TryKind.FIXING: "Try asking before you advise: {quote} A feeling that was heard first is easier to act on.",
    TryKind.DEFENDING: "Try leaving your reasons for later: {quote} They can wait, and they land better once the "
    "other feels heard.",
    TryKind.CORRECTING: "Try letting the facts rest for a moment: {quote} You can remember it differently and still "
    "hear what it was like.",
    TryKind.OWN_STORY: "Try staying with their story a little longer: {quote} Yours can come after it.",
    TryKind.DISMISSING: "Try letting it be as big as it is for them: {quote} What may be big gets smaller by itself.",
    TryKind.CRITICISM: "Try saying what it does to you, without a word about who they are: {quote} That can be "
    "answered, blame can only be fought.",
    TryKind.WITHDRAWING: "Try saying when you will come back: {quote} A break with a return is not a closed door.",
    TryKind.NAME_FEELING: "Try saying the feeling out loud. Hearing it named tells them that it arrived.",
    TryKind.ASK: "Try one open question at the end. It gives them room to say the rest.",
    TryKind.STAY: "Try staying one sentence longer. A little more of you makes it easier to believe.",
    TryKind.VALIDATE: "Try saying why it makes sense from where they stand. You do not have to agree for that.",
    TryKind.OWN: "Try naming the one thing that was yours. It takes the weight of proving it off them.",
    TryKind.NONE: "Nothing to add this time. Say it once more the same way, a little slower.",
}
"""The one thing to try, with its reason; `{quote}` are the person's own words."""

NOTHING_HEARD = "There were no words to hear. Try saying one sentence, as you would say it to them."
ONE_WORD = "That was short. Try a whole sentence that says what you heard."
NO_ENGLISH = "These words are not known here, so there is little to say about them. Feedback is for English so far."

# ---- other wordings, sentences that stand on their own

FELT = "It sounds like you felt {feeling}."
AND_FELT = ", and it sounds like you felt {feeling}."
THEIR_SIDE_FIRST = "I have my side of it, and I would like to hear yours first."
REMEMBER = "I remember it differently, and I want to hear what it was like for you."
REMEMBER_FELT = "I remember it differently, and it sounds like you felt {feeling}."
LISTEN = "Would you like ideas, or shall I just listen?"
OR_LISTEN = ", or shall I just listen?"
YOUR_STORY = "I know a little of that. What is it like for you?"
AS_BIG = "That is a lot. I am here, tell me more."
I_FEEL = ", I feel …"
PRICKLY = "It is hard for me to hear this, and I want to."
COME_BACK = "I can't do this well right now. Can we talk after supper? I want to hear it."
WHAT_LIKE = "What was that like for you?"
MAKES_SENSE = "It makes sense to me that you feel this way."
MY_PART = "That part was mine, and I am sorry."
TELL_ME = "I am here. Tell me more, I have time."


def quoted(words: str) -> str:
    """Words in quotation marks, with a full stop where they have no end of their own."""
    bare = words.strip().rstrip(",;:–—- ")
    return f"“{bare}”" if bare.endswith((".", "!", "?", "…")) else f"“{bare}”."
