"""Cues of what passes between the turns: prompts, what comes back, conceding.

Only being found counts, and the sum of the weights up to about 3. The language stands in `companion.moves.patterns`.
"""

from __future__ import annotations

from companion.moves.patterns import Cue, Label, Sign

PROMPT = (
    # A therapist hands the other's words over.
    Cue("can|could|will|would you ~2 say|tell|answer|try|show|stay|go|turn|look", 2.0),
    Cue("say|tell|give|show|answer ~1 it|that|her|him|them|back to?", 2.0),
    Cue("tell|answer|show|ask her|him|them", 2.0),
    Cue("what did|do|does|is|was|would ~1 she|he|they|you|it ~1 hear|heard|see|say|said|tell|know|come|be|notice", 2.0),
    Cue("what is|was|would it ~2 for|to her|him|them|be", 2.0),
    Cue("what you hear|heard|see", 2.0),
    Cue("did|do|can you ~1 hear|see|feel", 1.6),
    Cue("what happens when|in|as|to ~1 you", 1.6),
    Cue("stay|go|come|look ~1 with|to|back|at|there", 1.4),
    Cue("< go_on|slowly|try|again|take_your_time|to_her|to_him|to_them", 1.4),
    Cue("in your own words", 2.0),
)

MARKED = (
    # A therapist points at what a reply has done.
    Cue("what is|was|does ~1 it|that ~2 like|do|mean ~2 to ~1 hear|have|be", 3.0),
    Cue("how is|was|does|did ~1 it|that ~2 to hear|land|feel|sit", 3.0),
    Cue("did|do you ~1 hear ~2 what|that|him|her|them|how", 2.0),
    Cue("what happens|happened ~3 hear|hearing|says|said|say", 1.6),
    Cue("your|her|his|their face|eyes|shoulders|hands|breath|voice|breathing ~2", 1.6),
    Cue("she|he|they|you|it|something heard|softened|landed|found|got|felt_that|moved|changed|noticed|came_down", 1.6),
    Cue("that was|is ~2 new|different|lovely|brave|it|kind|big|tender", 2.0),
    Cue("you are|you_are_both ~2 smiling|laughing|crying|nodding", 1.8),
    Cue("there it is", 2.0),
)

UPTAKE = (
    Cue("< yes|exactly|precisely|yeah|yep|aye", 2.0),
    Cue("< thank|thanks", 2.6),
    Cue("< mm|mmm|mhm", 1.4),
    Cue("that is|was it|right|exactly|true|what_it|how_it|the_thing", 2.4),
    Cue("you did|do|have|were|are >", 1.6),
    Cue("you never|have_never|had_never|have_not ~1 said|told|say|saw|knew|asked", 2.0),
    Cue("she|he has|never|had ~1 not|never|said ~1 said|that", 2.0),
    Cue("say that|it ~1 again", 2.4),
    Cue("i thought i was ~1", 1.6),
    Cue("i know you", 1.2),
    Cue("it was|did|does|is >", 1.8),
    Cue("it|that helps|helped|makes|feels|felt|sounds ~3 less|better|good|nice|lighter|different", 2.4),
)

PROTEST = (
    Cue("that is|was not ~2 what|it|the|fair|true|how|why", 3.0),
    Cue("there you|we|he|she|it|they go|goes|are", 3.0),
    Cue("< see >", 3.0),
    Cue("see this|that|what|you", 1.6),
    Cue("you always|never|are_doing|do_it", 2.0),
    Cue("here we|you go", 3.0),
    Cue("i never|did_not say|said|asked|meant", 2.2),
    Cue("< but|wow|whatever|forget|seriously|excuse|unbelievable|great", 2.6),
    Cue("< fine|sure|okay|what|good >", 1.4),
    Cue("i asked|told you", 1.4),
    Cue("it was not|never", 2.0),
    Cue("it was a|on|in|at {number}", 2.0),
    Cue("< how|what|why|when ~1 else|was|is|do|did|would|should ~1 i", 1.8),
    Cue("i am done", 3.0),
    Cue("nobody|no_one asked|said", 2.2),
    Cue("you are not listening", 3.0),
    Cue("because you|i_was|i_am|i_have|i_had", 1.6),
    Cue("< i did|do|was|am|have|had not|being|only|just", 1.8),
    Cue("you knew|offered|started|wanted|could_have|should_have|told|leave|left|said", 1.4),
    Cue("so you|now_you|and_you|then_you|or_you", 0.8),
    Cue("do not ~1 be|do|say|tell|make", 1.4),
)

CONFIRMS = (
    # The other says yes to what was owned.
    Cue("you did|do|were|have|are|had >", 2.0),
    Cue("< you did !not", 1.6),
    Cue("< no you do|did|were|have|are not", 2.0),
    Cue("i know you do|did|were|are|have", 2.0),
)

CONCEDES = (
    Cue("< you are|were not", 1.4),
    Cue("< it|that is|was|does|did not !my|what|true|like|fair|that_bad|just|about|the|how", 1.8),
    Cue("< i|it|he|she|they|that do|does|did !not|you|it|that|this|all|everything|my|the", 1.8),
    Cue("< that|it is|was true|so|right|fair|enough_true", 1.8),
    Cue("< you are|were ~1 right", 1.4),
    Cue("< true", 1.4),
    Cue("i ~1 thought|would_think|would_feel|would ~1 ~2 too|as_well|if_i", 1.4),
    Cue("i had not|never ~1 seen|thought|looked|known|noticed|heard", 1.6),
    Cue("i never ~1 looked|saw|thought|noticed|knew|asked|said ~1", 1.4),
    Cue("i did_not|never know|see|hear|notice ~1 about|the|that|how|you", 1.2),
)

BETWEEN: dict[Label, tuple[Cue, ...]] = {
    Sign.PROMPT: PROMPT,
    Sign.MARKED: MARKED,
    Sign.UPTAKE: UPTAKE,
    Sign.PROTEST: PROTEST,
    Sign.CONFIRMS: CONFIRMS,
}
