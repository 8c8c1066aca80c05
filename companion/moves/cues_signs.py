"""Signs beside the tags: acknowledgements that name nothing, words that take them back, and what a bid sounds like.

Weights as in `companion.moves.cues_hearing`. For `TURN` and `TOWARDS` only being found counts.
"""

from __future__ import annotations

from companion.moves.patterns import Cue, Label, Sign

BARE = (
    Cue("i|we|can|do ~1 understand|know|see|hear|agree but|however|at_least|anyway|you_should|just|now|though", 2.6),
    Cue(
        "i|we|can ~1 get|hear|understand|know|feel|see it|that|you|this but|however|at_least|"
        "anyway|you_should|just|now|though",
        2.6,
    ),
    Cue("did|do|have|am i", -3.0),
    Cue("i|i_do|i_can|i_totally|i_really understand|get|know|see|hear >", 2.6),
    Cue("< understood|noted|got_it|gotcha|point_taken|message_received", 2.4),
    Cue("that|it|this ~1 makes|made ~2 sense >", 2.6),
    Cue("< makes ~1 sense", 2.4),
    Cue("i get|hear|understand|know|see that|it|you|this >", 2.6),
    Cue("makes ~1 sense but|however|though|at_least|now|just|anyway", 2.4),
    Cue("fair enough|point", 2.4),
    Cue("< good|fair point", 2.0),
    Cue("i see >", 1.4),
    Cue("i know ~1 i know", 2.8),
    Cue("i get it ~3 get_it", 3.0),
    Cue("okay okay|yeah_yeah|fine", 1.6),
    Cue("yeah yeah", 2.2),
    Cue("i understand|get|see what|where|your you|point|position|are ~2 saying|mean|coming_from|said|say|view|>", 2.4),
    Cue("i understand|know that? you ~1 think|believe|want|want_to|are_saying|say|would_like", 2.4),
    Cue("i ~1 know|understand exactly? how|what you|it|that feel|feels|is|mean|is_like|are_feeling|>", 2.4),
    Cue("if you feel|think that|so|like_that", 1.8),
    Cue("you are right >", 1.0),
)

NEAR_MISS = (
    Cue(
        "sorry ~1 you|that_you|how_you|for_how_you|about_how_you feel|felt|took|see|saw|think|"
        "thought|got|misunderstood|interpreted",
        3.8,
    ),
    Cue("sorry ~1 you|that_you are|were|got ~1 {hardfeel}|offended|sensitive|hurt|disappointed", 3.4),
    Cue("sorry ~1 if", 3.6),
    Cue("sorry ~2 but", 3.4),
    Cue("sorry ~1 okay|all_right", 2.2),
    Cue(
        "sounds|seems|looks|feels ~1 like you ~1 lack|need|should|want|just|could|must|"
        "have_issues|have_a_problem|are_just|are_being|are_the|have_to|might_need|do_not_know",
        3.0,
    ),
    Cue("i|yes|yeah|okay|right|true|fair|sure|of_course !do_not but", 2.4),
    Cue("i know|understand|get|hear|feel you but", 3.6),
    Cue("i hear|see|get what|where you ~3 but", 3.2),
    Cue("i ~1 know|understand|get|hear|see that|it|this but", 3.6),
    Cue("with all due respect", 2.6),
    Cue("no offence|offense", 2.4),
    Cue("you are ~1 right but", 3.2),
    Cue("i validate|acknowledge ~1 your|that|you", 1.6),
    Cue("your feelings|feeling are|is|may_be|might_be valid ~2 but", 3.0),
    Cue("i can see|tell|understand ~1 you are ~1 {hardfeel} ~1 but|so", 2.8),
    Cue("you are|were ~1 so strong|tough|brave|resilient|smart", 1.6, 0.9),
    Cue("you are doing ~1 great|fine|amazing|well", 1.6, 0.8),
    Cue("you will|are_going_to be|feel ~1 fine|okay|all_right|better", 1.6, 0.6),
    Cue("you are ~1 great|amazing|brilliant|good at|with", 1.4, 0.6),
    Cue("everyone|everybody loves|likes you", 1.4, 0.6),
    Cue("sorry ~1 you ~1 had_to|made_me", 0.8),
    Cue("we all feel|get|have|go", 1.4, 0.4),
    Cue("i feel|felt the_same|like_that|that_way ~2 too|all_the_time|every|when_i|last", 1.8, 0.4),
    Cue("i do that too", 2.0),
    Cue("same|that thing|happened_to_me happened|too|last|when|once", 1.8),
    Cue("i know exactly|just how|what you feel|feel_like|are_feeling|mean|are_going_through", 2.4),
    Cue("sorry ~1 you ~1 had_to", -1.0),
)

TURN = (
    Cue("but|however", 1.0),
    Cue("although|though|except|yet you|i|it|we|that|there|the|what", 1.0),
    Cue("at least", 1.0),
    Cue("anyway|anyways|anyhow", 1.0),
    Cue("you should|could_have|need_to|have_to|ought_to|still|might_want !not_have|feel|be|be_able", 1.0),
    Cue("you just need|have|got|should", 1.0),
    Cue("just {calm}", 1.0),
    Cue("just {doing} !me|about|like|to_me|how|so", 1.0),
    Cue("so|and|can|could just|we_just|you_just|let_us_just {doing}|not|{calm}|let", 1.0),
    Cue("now can|could|let_us|we|do|go|please|stop|come|what|is|are|you_need|will|would !see|get|understand", 1.0),
    Cue("and now|then you|we need|have|can|should", 1.0),
    Cue("so can|could|let_us|stop|please|what_now|you_should|just|calm", 1.0),
    Cue("why do not you|we", 1.0),
    Cue("have you tried|thought|considered", 1.0),
    Cue("let us not|just|move", 1.0),
    Cue("{calm}", 1.0),
    Cue("because you always|never", 1.0),
)

TOWARDS = (
    Cue(
        "but|though|yet i|i_am|i_do|i_will|i_still ~2 here|sorry|with_you|listening|love|"
        "get_that|hear|see|understand|believe|care|did_not_see|did_not_know|did_not_realise|"
        "should_have|was_not_there",
        1.0,
    ),
    Cue("but|though|yet i|i_would ~2 want|like|love to ~2 know|hear|understand|be|stay|listen|hold|make", 1.0),
    Cue("but|though|yet it|that ~3 still hurts|hurt|matters|mattered|counts|makes", 1.0),
    Cue("but|though|yet that|it does|did not ~2 make ~2 less|okay|right|easier|smaller|better|fair", 1.0),
    Cue(
        "but|though|yet more|mostly|even_more|most_of_all|underneath|also|really|you_still|"
        "you_did|you_were|you_are_still|you_kept|you_have",
        1.0,
    ),
    Cue("but|though|yet you ~2 alone|on_your_own|anyway|not_alone|matter|hurt|scared|lonely", 1.0),
    Cue("but|though|yet nothing|what_else|what_was_it|what_was_that|what_hurt|tell_me_more|is_there_more", 1.0),
    Cue("but|though|yet the_way|how|what i ~8 was|wrong|unfair|on_me|hurt", 1.0),
    Cue("but|though|yet that was|is ~2 on_me|mine|my|no_excuse|not_fair|not_okay", 1.0),
    Cue("but|though|yet it was|is ~2 {hard} for|on you", 1.0),
    Cue("nothing|no_one|anything|anyone|all but", 1.0),
)

BREAK = (
    Cue(
        "i need|want ~1 a|some|to|{number}|fifteen|thirty|sixty|half_an ~2 minutes|minute|break|"
        "moment|hour|time|walk|pause|breather|breathe|space ~14 {return}",
        4.0,
    ),
    Cue(
        "give|gives me ~2 {number}|a|some|fifteen|thirty|half_an ~2 minutes|minute|break|moment|"
        "hour|time|space ~14 {return}",
        4.0,
    ),
    Cue(
        "can|could|may we|i ~1 take|have|pause|stop ~3 minutes|minute|break|moment|hour|pause|"
        "breather|here|for ~14 {return}",
        4.0,
    ),
    Cue(
        "i am ~2 flooded|overwhelmed|shutting_down ~6 give|need|can|take ~8 minutes|break|minute|moment|hour|pause", 3.6
    ),
    Cue("then i ~2 want|will|would to? ~2 come|talk|hear|listen|be_back", 1.6),
    Cue("i will|promise ~3 come back|be_back|find_you", 1.8),
    Cue("let me ~2 walk|breathe|cool|calm|take|have|step|get ~8 {return}", 4.0),
)

FEELING = (
    Cue("i|i_am|i_was|i_feel|i_felt|i_have|i_have_been|i_get|i_got|feel|felt|feeling|me ~3 {feeling}", 2.6),
    Cue("{soft}", 1.2),
    Cue("{hardfeel}", 1.0),
    Cue("i ~1 need|needed|miss|missed|worry|worried|wish|wished|cried|cry|hurt|dread|hate|fear|longed", 2.2),
    Cue("i ~1 want|wanted ~1 you|us|to_feel|to_be", 2.2),
    Cue("it|that ~1 hurt|hurts|stung|stings|scares|scared|broke|breaks|feels|felt", 2.2),
    Cue("part of me", 2.0),
    Cue("i do not know if|how|whether|what|who|why", 1.6),
    Cue("it is|was|has_been ~2 {hard}", 1.8),
    Cue("too much for me", 2.2),
    Cue("by myself|on_my_own|without_you|all_alone", 2.2),
    Cue("i can_not|could_not ~1 do|sleep|breathe|stop|take|cope|reach|handle|lose|stand", 2.0),
    Cue("i shut|froze|panicked|lost|broke|fell|sat|lay|waited|gave", 1.8),
    Cue("hard for me", 2.2),
    Cue("my mum|dad|mother|father|job|boss ~4 died|sick|hospital|fired|yelled|left", 2.2),
    Cue("no one|nobody ~2 asked|noticed|came|cares|cared|listens|helped", 2.2),
    Cue("i do_not|did_not|never feel|felt", 2.2),
    Cue("i am|was not okay|good_enough|enough|sure|fine", 2.0),
)

COMPLAINT = (
    Cue("you always|never", 2.4),
    Cue(
        "you are|were ~2 late|gone|cold|distant|quiet|on_your_phone|not_there|not_listening|somewhere_else|always|busy",
        2.2,
    ),
    Cue(
        "you did|do|could|would|can|will not ~1 even|call|ask|come|answer|say|look|listen|tell|"
        "notice|text|care|help|see|hear|want|show|remember",
        2.2,
    ),
    Cue(
        "you ~1 walked|turned|left|forgot|ignored|snapped|shut|yelled|shouted|missed|rolled|"
        "laughed|looked|said|told|cancelled|promised|went|stopped|hung|just",
        1.8,
    ),
    Cue("when you", 1.6),
    Cue("every time|night|day|single", 1.6),
    Cue("i do_not|did_not hear|get|know ~3 you", 1.4),
    Cue("i ~2 am the|always only|one", 2.2),
    Cue("i ~1 had to|have_to", 1.6),
    Cue("again", 0.8),
    Cue("i asked|waited|tried|texted|called|cooked|cleaned|told you|for|to|and|all|the", 1.8),
    Cue("all i want|wanted|needed|asked", 2.2),
    Cue("is it too|that much|hard", 1.6),
    Cue("do you even|still|ever|love|care", 2.0),
    Cue("i do everything|all|it_all", 2.2),
    Cue("you would|will leave|forget|stop|not|rather", 1.8),
    Cue("you chose|choose|picked|prefer", 1.8),
)

ASKS_ADVICE = (
    Cue(
        "what should|can|do|shall|would|could i|you_do|you_think|we ~1 do|say|try|i_should|you_do|think|suggest|tell",
        3.0,
    ),
    Cue("what would you do", 3.6),
    Cue("how should|can|do|would|could i ~1 {doing}|fix|handle|deal|get|stop", 2.6),
    Cue("any|some|your|an|have_an ~1 advice|ideas|suggestions|suggestion|tips|idea", 3.0),
    Cue("help me ~1 figure|decide|work_out|think|plan|fix|solve", 3.0),
    Cue("should i", 2.6),
    Cue("do you think i should", 3.0),
    Cue("what do you think|suggest|recommend", 1.8),
)

SIGNS: dict[Label, tuple[Cue, ...]] = {
    Sign.BARE: BARE,
    Sign.NEAR_MISS: NEAR_MISS,
    Sign.TURN: TURN,
    Sign.TOWARDS: TOWARDS,
    Sign.BREAK: BREAK,
}
BID_SIGNS: dict[Label, tuple[Cue, ...]] = {
    Sign.FEELING: FEELING,
    Sign.COMPLAINT: COMPLAINT,
    Sign.ASKS_ADVICE: ASKS_ADVICE,
}
