"""Words that push a feeling away: they shrink it, blame, leave, or take back what was given.

The language stands in `companion.moves.patterns`. These cues add to the tagger's, which learned from whole
conversations: here a reply is known to answer a bid. Weights are on the scale of log-odds, below zero against.
"""

from __future__ import annotations

from companion.moves.patterns import Cue

DISMISSING = (
    Cue("never mind", 1.8),
    Cue("it is ~1 past|done|over|hormones|paid|late|weather|tiredness", 1.6),
    Cue("shall i|we ~1 put|make|get|have|eat|order|go|watch|start|open ~1 the|some|a|on|now", 2.0),
    Cue("we should|need_to|had_better eat|go|get|leave|hurry|start", 2.0),
    Cue("is there|have_we|did_we|do_we any|got|have|need|get ~1 milk|bread|wine|left|any", 2.2),
    Cue("is it|that hormones|your_period|the_time_of", 2.2),
    Cue("settles|settle|calms|calm|blows|dies down|over", 1.6),
    Cue("you do_not|did_not need_to|have_to ~1 be|feel|worry", 1.6),
    Cue("there is|was nothing|no ~1 to|need|point|reason|wrong|in|going", 1.6),
    Cue("still|at_least got|have|we_have|you_have", 1.4),
    Cue("the main|important thing is|that", 2.0),
    Cue("all|everything ~1 fine|in_the_end|worked_out|turned_out|works_out", 1.4),
    Cue(
        "it|that|this|he|she|they|you is|are|was|were ~1 only|just|hardly|barely a|an|one|some|the|your|my|"
        "kids|banter|jokes|words|messing",
        2.2,
    ),
    Cue("only|just|hardly ~1 a|an|one|the|some|your ~1 !second|bit|minute|moment|want|little", 0.8),
    Cue("at least !i|once|try|for|twice", 2.4),
    Cue(
        "do not be so? daft|silly|like_that|soft|stupid|ridiculous|dramatic|sad|upset|scared|a|hard|so|"
        "negative|worried",
        2.8,
    ),
    Cue(
        "do not worry|cry|fret|stress|panic|dwell|overthink|let_it|let_him|let_them|take_it|think_about|sweat|start",
        2.2,
    ),
    Cue(
        "you will ~1 be|feel|get|see|laugh|forget|look_back|love|do|find|smash|manage ~1 fine|okay|all_right|"
        "better|over|great|brilliant|used|another|it|someone|and",
        2.2,
    ),
    Cue(
        "it will ~1 be|blow|pass|sort|get|work|all|come|soon ~1 fine|okay|all_right|over|out|itself|better|"
        "great|be|good",
        2.2,
    ),
    Cue(
        "they|he|she|everyone loved|loves|love|like|liked|laughed|enjoyed|had|thinks|mean|means|meant it|you|"
        "a_great|well|nothing|no_harm",
        1.6,
    ),
    Cue("come on !here|in|then_tell", 1.8),
    Cue("cheer|chin|lighten|man|toughen up", 2.8),
    Cue("look on the", 2.6),
    Cue("bright side|silver_lining|positives", 2.8),
    Cue("could|might be|have_been ~1 worse", 3.0),
    Cue("worse things|off|than_that|than_you", 2.2),
    Cue("not the end|big_deal|a_big_deal|that_bad|worth|a_disaster|such_a", 2.6),
    Cue("is|was it|that|not ~1 really|that|so|even|such ~1 bad|big|important|deal|terrible|serious|awful|a_big", 2.2),
    Cue("no big|harm", 2.0),
    Cue("you are|being|are_being ~2 {overdoing}|paranoid|daft|soft|hormonal|tired|hungry|overtired|silly", 2.4),
    Cue("you worry|think|feel|read|overthink|care ~1 too|things|so ~1 much|into", 2.2),
    Cue(
        "it|that is ~1 nothing|normal|life|ridiculous|silly|daft|nonsense|rubbish|not_true|just_how|"
        "what_happens|how_it_is|the_way|fine|all_in|a_phase|banter",
        1.8,
    ),
    Cue(
        "all|every|most|other|plenty_of|lots_of|loads_of couples|people|parents|women|men|families|kids|mums|"
        "dads ~1 are|do|feel|have|go|get|would|fight|argue",
        2.2,
    ),
    Cue(
        "everyone|we_all|everybody|people ~1 feels|has|gets|feel|have|get|goes|go|does|do|ends|ages|dies|struggles",
        1.8,
    ),
    Cue("think|try_to_think|focus|concentrate ~1 of|about|on|positive ~1 the|all|what|how|your", 1.6),
    Cue("be grateful|thankful|glad|happy|positive|strong|proud", 1.6),
    Cue("sorry ~1 if", 3.0),
    Cue("sorry ~1 that|but? you feel|felt|took|see|saw|are_upset|were_upset|got_upset|think", 3.0),
    Cue("sorry ~1 but", 2.0),
    Cue("if you|that|i ~1 upset|hurt|offended|feel|felt|took ~1", 0.6),
    Cue("get over|past|used_to it|that|him|her", 2.4),
    Cue("let it|that go|lie|be", 2.2),
    Cue("move on|along", 2.0),
    Cue("what is for {meal}|pudding|tea", 3.2),
    Cue("< anyway|anyways|anyhow|right_then|anyhoo", 2.4),
    Cue("anyway ~1 what|did|have|shall|how|the|i|we|let_us|is|are|dinner|it", 1.8),
    Cue(
        "did|have|can|could|will|shall you|we ~1 put|ring|call|get|feed|pay|book|pick|take|remember|seen|see|"
        "lock|move|turn|grab|buy|fed ~1 the|my|that|your|out|up|any|some|back",
        1.2,
    ),
    Cue(
        "have|do|can|is|are|where|who ~2 my|the keys|bins|car|dog|cat|oven|milk|telly|match|game|remote|charger|post",
        2.0,
    ),
    Cue("by the way", 2.0),
    Cue("that reminds", 2.2),
    Cue(
        "you have|got|still_have|have_still_got me|us|your|the|a ~2 {meal}|health|job|kids|family|house|roof|friends",
        1.6,
    ),
    Cue("look at|how all|him|her|it|the|what|well ~1", 0.8),
    Cue("there is nothing|no_need|no_point|no_reason|always", 1.6),
    Cue("no|any need|point|reason|sense to|in|being|getting|crying|worrying", 2.0),
    Cue("nothing to|wrong|there|happened|like ~1 cry|worry|be|do|with", 1.8),
    Cue(
        "you can_not|should_not|must_not|do_not_need_to|do_not_have_to ~1 be|feel|let|take|think|get|worry|"
        "cry ~1 cross|upset|sad|like|it|that|bad|about",
        2.0,
    ),
    Cue("who cares", 2.6),
    Cue("give it time|a_week|a_month|a_few|till|until", 2.2),
    Cue("time heals|flies", 2.4),
    Cue("sleep on it", 2.4),
    Cue("have|had a|some ~1 cup|cuppa|tea|wine|drink|biscuit|bath|laugh|nice", 1.4),
    Cue("we are|were not ~1 twenty|kids|teenagers|young|newlyweds|eighteen", 2.2),
    Cue("it was|is ~2 years|ages|weeks|months|long|a_while|forever|last_year ago|back|>", 1.4),
    Cue("you did|were|are ~1 great|fine|brilliant|amazing|lovely|strong|well|tough", 1.0),
    Cue("they|he|she do not|did_not|does_not ~1 mean", 2.4),
    Cue("do not let", -0.6),
    Cue("it|that is|was not|never ~1 nothing|silly|stupid|just|only|daft", -2.6),
    Cue("you|it do_not|does_not have|need to be|feel ~1 fine|okay|strong|brave", -1.6),
)

CRITICISM = (
    Cue("your precious|bloody|stupid|little|whole|lot|beloved", 2.2),
    Cue("for once", 2.0),
    Cue("this time", 1.2),
    Cue("let us|we_will see if|how_long|whether", 2.2),
    Cue("you ~1 lied|cheated|stood_up|dragged|sulk|sulked|moan|whine|nag|spoiled|ruined", 2.0),
    Cue("you have been|are|were ~2 hard|difficult|impossible|awkward|distant|a_nightmare|moody ~2", 2.0),
    Cue("it is|was you who|that ~1 wanted|said|chose|decided|started", 2.2),
    Cue("a|an ~1 nightmare|arse|idiot|pain|joke|disgrace|witch|snob|bully|drama", 1.8),
    Cue("you can_not ~1 put|blame|expect|keep|even|just|have", 1.8),
    Cue("so what", 1.6),
    Cue("on|at me all|always|the_whole|every|day|again", 1.4),
    Cue("who does that", 2.0),
    Cue("you always !have_me|make_me|were_there|wanted|had_to|felt|loved|knew|carry|end_up_doing|do_it_alone", 2.4),
    Cue("you never !have_to|had_to|got_to|felt|knew_if|gave_up|got_the|get_to|get_a|once_made", 2.4),
    Cue("you do|did|are|have ~1 always|never|just|rather|tend|like", 1.4),
    Cue("you do ~1 go|let|like|love|make|look|exaggerate|moan|nag|get|tend|have_a_way", 2.0),
    Cue("do not|are_not|did_not|have_not|can_not you >", 1.4),
    Cue(
        "< brilliant|lovely|great|nice|wonderful|charming|fantastic|perfect|typical|unbelievable|classic|marvellous >",
        2.2,
    ),
    Cue("< oh|well|right|so|here|there ~1 here_we|we_go|you_go|poor|boo|typical|of_course_it|get_the_violins", 2.0),
    Cue("here we|you go", 2.8),
    Cue("there you go again|>", 2.2),
    Cue("poor you|little|old|thing|me|baby", 2.4),
    Cue(
        "you are|were|have_been ~1 so|such|just|like|being|a|an|as|too|always ~1 {character}|martyr|victim|"
        "princess|snob|child|nag|dramatic|negative|cold|control|detective|hard_work|mother|your_mum|"
        "your_mother|a_kid",
        2.4,
    ),
    Cue("just|exactly like your", 3.0),
    Cue("like|sound|sounds|turning_into|as_bad_as your mother|mum|dad|father|sister|ex", 2.4),
    Cue("what is|was wrong|the_matter with you", 3.0),
    Cue("you only|just|all_you ~1 ever|care|think|want|see|hear|notice|do|like ~1", 1.4),
    Cue("you make|made|turn|twist ~1 everything|a_thing|it|a_drama|a_scene|a_fuss|this|me_out|such", 1.8),
    Cue("you keep|love|enjoy|insist|choose ~1 doing|on|bringing|making|playing|being|to|it", 1.4),
    Cue(
        "you got|brought|bring|had|let|chose|choose|did ~1 yourself|it_on|this_on|what|them_walk|people_walk|it_to",
        1.6,
    ),
    Cue("you went through|behind|looking|snooping|and_told", 2.0),
    Cue(
        "you want|wanted|expect|expected|need ~1 everything|me_to_be|a_medal|everyone|it_all|attention|"
        "applause|perfect",
        2.0,
    ),
    Cue("a|your medal|violin|violins|round_of_applause|pity_party", 2.2),
    Cue("if you were_not|did_not|were|could|had|stopped ~1 so|such|always|spend|be|spent|ever|moan", 2.2),
    Cue("maybe if you", 2.6),
    Cue(
        "why do|must|are|can|did|would you ~1 always|never|so|have_to|not_just|even|make|do_this|care|insist|need",
        2.0,
    ),
    Cue("grow up", 2.8),
    Cue("not everything|the_world ~1 is|revolves ~1 about|around you", 2.6),
    Cue("listen to|look_at yourself", 2.2),
    Cue("drama queen", 3.0),
    Cue("well|maybe you should|would|could have !had_to", 1.8),
    Cue("that is|was|so rich|typical|classic|just_like|you_all_over|big_of", 2.4),
    Cue("really trusting|nice|mature|kind|helpful|supportive", 2.2),
    Cue("you can ~1 be|talk|hardly ~1", 0.8),
    Cue("the way you|with_you|you_are|you_go_on", 0.8),
    Cue("you are hardly|not_exactly|no|one_to_talk|impossible|unbelievable|obsessed|never|always", 2.2),
    Cue("in charge of|have_to_be|control|have_to_win|know_best|right_about ~1 everything|always", 1.6),
)

WITHDRAWING = (
    Cue("count me out", 2.8),
    Cue("that is|was ~1 enough|it|all >", 1.6),
    Cue("i have said all|everything|enough|my_piece|what", 2.4),
    Cue("nothing to|left_to talk|say|discuss", 2.4),
    Cue(
        "let us|can_we|we_can|we_will ~1 talk|speak|discuss|do|chat ~2 at_the_weekend|tomorrow|later|another|"
        "some_other|whenever|in_the_morning|when",
        2.0,
    ),
    Cue("your|my turn|problem|business|family|mother|mum", 0.6),
    Cue("you deal|sort|handle with|it|her|him|that", 1.8),
    Cue("not|nothing getting|going|to_do involved|sides|there|into|with_me", 1.6),
    Cue("turn|shut|close the ~2 off|door|light", 1.4),
    Cue("i am|was ~1 knackered|shattered|exhausted|tired|not_up_to", 1.0),
    Cue("i need|want ~1 to? sleep|my_bed|a_drink|get_up|some_peace", 1.2),
    Cue(
        "i am not|am_not_going_to|will_not|can_not|cannot ~1 do|doing|have|having|talk|talking|discuss|"
        "discussing|go_there|going_there|get_into|getting_into|argue|arguing|deal|listen ~1 this|that|it|now|"
        "about|again|to",
        2.6,
    ),
    Cue(
        "i can not|do_not ~1 do|have|want|need|deal ~1 this|it|to_talk|to_hear|with_this|the_energy|"
        "to_do_this|to_discuss",
        2.0,
    ),
    Cue("i am|am_just going|off|out to_bed|out|for_a_walk|upstairs|to_the|to_sleep|to_watch|for_a_drive|>", 1.8),
    Cue("i am|we_are|was done|finished|out_of_here|leaving|over_this", 2.4),
    Cue("< whatever|fine|forget_it|suit_yourself|okay_then|never_mind >", 2.2),
    Cue("whatever >", 2.2),
    Cue("whatever you want|say|like|think|reckon", 2.2),
    Cue("fine do|have|go|be|if|then|you|whatever|okay", 1.8),
    Cue("do|have it|what your_way|you_like|you_want", 2.4),
    Cue("i do not know what ~1 you want|to_say|to_tell|else ~1", 1.4),
    Cue("what do you want me to", 2.0),
    Cue("can|could we ~1 not|leave|drop|talk_about_something|do_this|stop|just_watch|please_not", 2.0),
    Cue("let us ~1 just|leave|drop|not|talk_about_something|forget ~1 it|this|that|leave|drop|not|do", 2.0),
    Cue("leave|drop it|me|this there|alone|now|>", 2.2),
    Cue("leave me alone", 2.8),
    Cue("not now|tonight|again|this_again|doing_this|in_the_mood|going_there", 1.6),
    Cue("i have|got|had nothing|enough|no_more|heard_enough ~1 to|of|say|>", 2.0),
    Cue("i have had enough", 2.4),
    Cue("i am|was too ~1 tired|busy for|to ~1 this|that|talk|do", 2.2),
    Cue("end of|conversation_over|case_closed|subject_closed", 2.2),
    Cue("no point|what_is_the_point|there_is_no_point ~1", 1.4),
    Cue("i give|gave up", 2.2),
    Cue("i do not|could_not care", 2.2),
    Cue("ask|talk_to|tell|ring someone|your_mum|your_sister|your_friends|one_of_your else|then|>|about", 1.4),
    Cue("talk|speak|chat about|tomorrow|later ~1 it|this|tomorrow|later|another|some_other ~1", 1.0),
    Cue("come back|be_back|i_will_be_back|then_i_will|and_then_i|promise|i_want_to_hear|i_want_to_talk", -2.0),
    Cue("not going|leaving anywhere|you|>", -3.0),
)

BUT = (
    Cue("it|that is just|only that|you|it|i|we|he|they", 1.6),
    Cue("only it_is|i|you|we|he|they|that", 1.4),
    Cue("at least i|we|you|they|it|the|he|she|once", 1.2),
    Cue("mind|though >", 1.0),
    Cue(
        "but|however|although|though|except|still|only i|i_am|i_was|i_had|i_have|i_did|my|we|you|you_are|it|"
        "it_is|that_is|he|she|they|there|at_least|to_be_fair|what|come_on|look|honestly|seriously|everyone|"
        "no_one|not|if|when|maybe|next|let_us|can|could|why|how|do_not|just",
        1.0,
    ),
    Cue("i ~1 know|understand|get|hear|see ~3 but", 1.8),
    Cue("sorry ~4 but", 1.8),
    Cue("that said|being_said", 2.0),
    Cue("having said", 2.0),
    Cue("at the same_time", 1.4),
    Cue("on the other", 2.0),
    Cue("in all honesty|fairness", 1.4),
    Cue("to be fair", 1.0),
    Cue("you ~1 too|as_well|either >", 0.8),
    Cue(
        "but|though|yet ~1 i ~2 here|sorry|want_to|would_like|can_hear|hear|see|get|believe|love|listening|am_glad",
        -2.6,
    ),
    Cue(
        "but ~2 that|it|this|you ~3 hurt|hurts|matters|matter|not_make_it|does_not|still_real|count|lonely|"
        "scary|hard_for",
        -2.6,
    ),
    Cue("no|not|nothing|anything|last_thing but", -1.6),
)
