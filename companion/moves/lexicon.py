"""Words and phrases that cues share, in the plain form of `companion.moves.normalise`."""

from __future__ import annotations


def _list(words: str) -> tuple[str, ...]:
    return tuple(" ".join(w.split()) for w in words.split(","))


def words_of(text: str) -> frozenset[str]:
    """A set of single words, written with blanks between them."""
    return frozenset(text.split())


OPENERS = frozenset(
    [
        "yeah",
        "yes",
        "yep",
        "no",
        "well",
        "okay",
        "oh",
        "so",
        "and",
        "but",
        "look",
        "listen",
        "honestly",
        "god",
        "hey",
        "right",
        "sure",
        "babe",
        "honey",
        "love",
        "darling",
        "sweetheart",
        "man",
        "wow",
        "i",
        "mean",
        "you",
        "know",
        "hm",
        "mm",
        "ah",
    ]
)
"""Words with which people set out before the sentence proper begins."""

BACK_CHANNELS = frozenset(
    [
        "mm",
        "mmm",
        "mhm",
        "mmhm",
        "mm-hm",
        "hm",
        "hmm",
        "hmmm",
        "huh",
        "uh",
        "um",
        "ah",
        "oh",
        "yeah",
        "yes",
        "yep",
        "yea",
        "right",
        "okay",
        "ok",
        "sure",
        "wow",
        "mhmm",
        "exactly",
        "true",
    ]
)
"""Sounds and words that keep another's floor."""

SOFT = _list(
    "worn down, unhappy, gutted, beaten down, so low, so down, "
    "alone, lonely, all alone, on my own, on your own, by myself, by yourself, scared, afraid, "
    "frightened, terrified, "
    "anxious, worried, nervous, panicked, panicky, overwhelmed, flooded, exhausted, drained, worn out, burnt out, "
    "burned out, sad, hurt, heartbroken, devastated, ashamed, embarrassed, humiliated, guilty, rejected, abandoned, "
    "unloved, unwanted, unseen, invisible, ignored, dismissed, small, tiny, stupid, worthless, not good enough, "
    "never good enough, left out, left behind, shut out, unheard, not heard, let down, disappointed, betrayed, lost, "
    "stuck, trapped, helpless, hopeless, powerless, numb, empty, broken, crushed, defeated, torn, insecure, unsafe, "
    "vulnerable, misunderstood, judged, criticised, attacked, blamed, pushed away, pushed aside, pressured, "
    "taken for granted, unappreciated, unimportant, like a burden, a burden, replaceable, second best, disconnected, "
    "distant, homesick, miserable, like a failure, a failure, like nothing, like i do not matter, in pain, wounded, "
    "stung, shaken, cornered, unsure, uneasy, desperate, discouraged, deserted, forgotten, "
    "neglected, excluded, jealous"
)
HARD_FEELINGS = _list(
    "angry, mad, furious, upset, frustrated, annoyed, irritated, resentful, bitter, tired, "
    "stressed, confused, tense, "
    "cross, fed up, livid, raging, at the end of your rope, distracted, on edge"
)
FEELING = SOFT + HARD_FEELINGS
HARD = _list(
    "hard, so hard, tough, rough, painful, difficult, awful, terrible, horrible, heavy, a lot, too much, so much, "
    "exhausting, scary, frightening, terrifying, lonely, unfair, frustrating, stressful, overwhelming, devastating, "
    "heartbreaking, isolating, confusing, humiliating, brutal, hurtful, draining, crushing, sad, upsetting, tiring, "
    "unbearable, big, huge, important, a big deal, a nightmare, hell, disappointing, infuriating, maddening, "
    "a shock, a blow, real, raw, miserable, unsettling, rotten, daunting, embarrassing"
)
AWFUL = tuple(w for w in HARD if w not in {"big", "huge", "important", "so much", "unfair", "real", "a big deal"})
FEELING_NOUNS = _list(
    "hurt, pain, fear, sadness, loneliness, anger, shame, grief, frustration, disappointment, worry, panic, "
    "exhaustion, anxiety, heartbreak"
)
REACTIONS = _list(
    "were, are, felt, feel, went, pulled, shut, got, get, wanted, want, needed, need, cried, cry, did, do, yelled, "
    "shouted, snapped, left, worried, worry, waited, gave, stopped, thought, would, had, have, closed, withdrew, "
    "panicked, lost, walked, miss, missed, could not, did not, do not, kept, hid, looked, reacted, asked, "
    "checked, assumed, put, stayed"
)
OWN_ACTS = _list(
    "cancelled, made a joke, made fun, broke it, broke that, did not show, drove off, overreacted, blew up, "
    "lost my temper, teased you, went behind your back, was unkind, was harsh, "
    "snapped, yelled, shouted, raised my voice, forgot, ignored you, left you, lied, walked out, walked away, "
    "shut you out, shut you down, dismissed you, interrupted you, cut you off, let you down, hurt you, blamed you, "
    "brushed you off, brushed it off, brushed that off, made you feel, made it about me, took it out on you, "
    "took you for granted, "
    "did not listen, did not call, did not ask, did not tell you, did not show up, did not notice, did not check, "
    "was not listening, was not there, broke my promise, rolled my eyes, turned away, pushed you away, hung up, "
    "talked over you, checked out, hid it, hid that, kept it from you, embarrassed you, missed it, let it slide, "
    "laughed at you, slammed, scared you, made you wait, kept you waiting, stayed on my phone, "
    "was on my phone, was late, got loud, was short with you, was rude, "
    "dropped the ball, bailed on you, bailed, cancelled on you, put work first, put you last, froze you out"
)
SHUTTING = _list(
    "shut down, shut off, shut it down, go quiet, go silent, go numb, go cold, go blank, freeze, "
    "freeze up, pull away, "
    "pull back, close up, close off, close down, withdraw, disappear, hide, run, run away, leave, "
    "get defensive, snap, "
    "put up a wall, put my walls up, build a wall, get small, check out, lash out, want to run, want to hide, "
    "stop listening, stop talking, get loud, go away inside, fix things, want to fix it, "
    "start defending, defend myself"
)
CHARACTER = _list(
    "selfish, lazy, cold, controlling, stupid, pathetic, crazy, insane, impossible, childish, "
    "immature, needy, clingy, "
    "useless, cruel, heartless, inconsiderate, irresponsible, thoughtless, hypocrite, narcissist, "
    "narcissistic, liar, "
    "baby, drama queen, psycho, nightmare, idiot, jerk, coward, weak, mean, rude, lazy, careless, dense, clueless, "
    "self centred, self centered, self absorbed, slob, mess, joke, bully, terrible, awful, the worst, unbelievable, "
    "ungrateful, spoiled, manipulative, oblivious, paranoid, a child, like a child, hopeless, incapable, nag, nagging"
)
OVERDOING = _list(
    "overreacting, over reacting, too sensitive, so sensitive, oversensitive, being dramatic, "
    "so dramatic, too dramatic, "
    "dramatic, being silly, silly, being ridiculous, ridiculous, exaggerating, overthinking, too emotional, "
    "so emotional, hysterical, irrational, being a baby, making a fuss, making a scene, too much, imagining things, "
    "reading too much into, being too hard on yourself, too hard on yourself"
)
CALM = _list(
    "calm down, relax, chill, chill out, lighten up, get over it, let it go, let that go, move on, snap out of it, "
    "cheer up, toughen up, man up, suck it up, get a grip, shake it off, smile, do not worry, "
    "stop worrying, stop crying, "
    "do not cry, do not be sad, do not be upset, do not be silly, do not stress, be positive, think positive, "
    "stay positive, look on the bright side, brush it off, do not be like that, do not be so, forget about it"
)
DOING = _list(
    "talk, tell, call, ask, try, quit, write, email, leave, take, book, google, ignore, set, get, "
    "go, make, start, stop, "
    "say, buy, hire, put, do, use, find, sleep, eat, plan, schedule, text, send, see, think, speak, breathe, rest, "
    "focus, work, let, give, look, sit, wait, keep, change, walk, drop, switch, order, cut, delete"
)
DOING_ING = _list(
    "talking, telling, calling, asking, trying, going, making, taking, writing, getting, setting, doing, using, "
    "starting, seeing, putting, looking, sleeping, working, eating, meditating, exercising, saying, leaving"
)
DAYS = _list(
    "monday, tuesday, wednesday, thursday, friday, saturday, sunday, morning, noon, evening, yesterday, last week, "
    "january, february, march, april, may, june, july, august, september, october, november, "
    "december, one, two, three, "
    "four, five, six, seven, eight, nine, ten, eleven, twelve, twenty, thirty, half"
)
MEALS = _list("dinner, lunch, breakfast, tea, supper, pizza, takeaway, takeout")
SEEING = _list("see, understand, get, hear, know, imagine, can tell, appreciate, recognise, realise, notice")
SAW = SEEING + _list(
    "can see, can hear, can feel, could see, could hear, can understand, do see, do hear, do get, do understand, "
    "totally get, really get, really hear, really see, completely understand, now see, now get, finally see, "
    "saw, understood, heard, knew, realised, noticed, got, am hearing, am seeing, am starting to see"
)
LONGED = _list(
    "loved, safe, wanted, seen, heard, important, understood, close to you, close, good enough, like enough, enough, "
    "connected, appreciated, needed, held, cared for, like i matter, like i mattered, special, worth it"
)
RETURNS = _list(
    "come back, be back, coming back, get back to this, come right back, talk then, talk after, continue, "
    "then we can, then we will, then i will, pick this up, pick it up, and then, come find you, try again"
)
LEXICON: dict[str, tuple[str, ...]] = {
    "soft": SOFT,
    "hardfeel": HARD_FEELINGS,
    "feeling": FEELING,
    "hard": HARD,
    "awful": AWFUL,
    "pain": FEELING_NOUNS,
    "reacted": REACTIONS,
    "ownact": OWN_ACTS,
    "shutting": SHUTTING,
    "character": CHARACTER,
    "overdoing": OVERDOING,
    "calm": CALM,
    "doing": DOING,
    "doing_ing": DOING_ING,
    "number": DAYS,
    "meal": MEALS,
    "see": SEEING,
    "saw": SAW,
    "longed": LONGED,
    "return": RETURNS,
}
"""The lexicons that cues name in braces."""
