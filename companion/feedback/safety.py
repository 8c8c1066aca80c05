"""Words that speak of violence or of harming oneself. They only make a line with help appear; nothing else happens."""

from __future__ import annotations

from companion.moves.normalise import Doc
from companion.moves.patterns import Cue, Matcher, Sign

_BY = "he|she|you|they|husband|wife|boyfriend|girlfriend|partner|dad|father|mum|mother|stepdad|brother|ex|who"
_BLOWS = "hit|hits|punched|punches|slapped|slaps|kicked|kicks|beat|beats|choked|chokes|strangled|strangles|burned|burnt"

_CUES = (
    # Harming oneself.
    Cue("i ~2 want|wanted|wants to ~1 die !laughing|of|when", 3.0),
    Cue("i ~1 wish|wished i ~1 was|were|had ~2 dead|died|never_woken|never_been_born !tired", 3.0),
    Cue("kill|killing|killed|hang|hanging|drown|drowning myself !laughing|with_work|for_it|over|at|in_work", 3.0),
    Cue(
        "hurt|hurting|harm|harming|harmed|cut|cutting|burn|burning|starve|starving myself !on|off|a|some|short|"
        "out|slack|from|shaving|with",
        3.0,
    ),
    Cue("end|ending|take|taking|ended my ~1 life", 3.0),
    Cue("end|ending|finish it_all", 3.0),
    Cue("do_not|not|never want|wanted|wanting to ~1 live|be_alive|exist|wake_up ~1 anymore|any|again|>", 3.0),
    Cue("do not want to be ~1 here any|anymore", 2.0),
    Cue("better off ~2 dead|without_me", 3.0),
    Cue("suicide|suicidal|self_harm|self_harming|self_harmed", 3.0),
    Cue("no reason|nothing|no_point ~1 to|in live|living|living_for", 3.0),
    Cue("overdose|overdosed|overdosing", 2.5),
    # Violence.
    Cue(f"{_BY} ~2 {_BLOWS} me !up|with_the|with_a|with_it|with_that|at|to|by|hard_that|like|for_six|down_to", 3.0),
    Cue(f"{_BY} ~2 {_BLOWS} the|my|our kids|children|son|daughter|boy|girl|baby", 3.0),
    Cue(
        "has|have|had been|being ~1 hit|hitting|beaten|beating|punched|punching|slapped|slapping me|you|her|him|up|by",
        3.0,
    ),
    Cue(
        "i ~1 hit|punched|slapped|kicked|strangled|choked you|her|him|them !up|with|for|on|where|hard_with|"
        "in_the_face_with|the",
        3.0,
    ),
    Cue(
        "i ~2 hit|slapped|punched|beat my|the|our wife|husband|kids|children|son|daughter|partner|girlfriend|"
        "boyfriend|baby",
        3.0,
    ),
    Cue("i will|am_going_to ~1 kill|hurt|hit|strangle you|him|her|them !with_kindness|at", 3.0),
    Cue(
        "he|she|you|they will|would|is_going_to|are_going_to|might|could ~1 kill|hit|strangle|beat me !for|when|"
        "at|with|up|if",
        2.6,
    ),
    Cue(
        "afraid|scared|frightened|terrified ~2 he|she|you|they ~2 hurt|hit|kill|beat|do_something_to|harm me|us|"
        "the_kids|her|him",
        3.0,
    ),
    Cue("afraid|scared|frightened|terrified for my life", 3.0),
    Cue("threatened|threatens|threatening ~1 to ~1 kill|hurt|hit|beat|stab|shoot", 3.0),
    Cue("threatened|threatens|came_at ~1 me with ~1 a|the ~1 knife|gun|bat|bottle|fist|belt", 3.0),
    Cue("knife|gun to|against my|her|his throat|head|neck", 3.0),
    Cue("raped|molested|sexually_abused|sexually_assaulted", 3.0),
    Cue("forced me|himself|herself|you ~1 to_have_sex|into_sex|on_me|into_bed", 3.0),
    Cue("hands|hand around|round|on my|her throat|neck", 3.0),
    Cue(
        "pushed|pushes|shoved|threw|throws me ~1 down|against|into|across|out_of ~1 the ~1 stairs|wall|floor|"
        "door|car|room",
        3.0,
    ),
    Cue("beats|beat|hits|hitting|beating me|her|him|them ~1 up", 3.0),
    # Against: ways of speaking.
    Cue("it|that|this|which|news|song|reality|tiredness ~1 hit|hits|kills|killed me|you|us", -6.0),
    Cue("not|never|nobody|no_one ~2 hit|hurt|killed|hurting|harm|harmed ~1 me|anyone|you|myself", -2.0),
)
_MATCHER = Matcher({Sign.FEELING: _CUES})
_ENOUGH = 2.0


def speaks_of_harm(doc: Doc) -> bool:
    """Whether words speak of violence or of harming oneself; ways of speaking ("this job is killing me") do not.

    Args:
        doc: the words, as `companion.moves.normalise` gives them.
    """
    hits = _MATCHER.find(doc)
    against = [hit for hit in hits if hit.cue.weight < 0]
    return any(
        hit.cue.weight >= _ENOUGH and not any(no.first < hit.end and hit.first < no.end for no in against)
        for hit in hits
    )
