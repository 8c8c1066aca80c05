"""The cues of opening oneself: a softer feeling, a block, a fault, affection.

Weights as in `companion.moves.cues_hearing`.
"""

from __future__ import annotations

from companion.moves.patterns import Cue

VULNERABILITY = (
    Cue(
        "i am|was|get|got|feel|felt|have_been|have_felt|was_feeling|am_feeling|end_up_feeling|"
        "always_feel|still_feel ~2 {soft}",
        2.8,
    ),
    Cue("i am|was|get|feel|felt ~1 {hardfeel} !of_you|of_your|with_you|of_this|at_you", 1.2),
    Cue("makes|made|leaves|left me feel|feeling|scared|sad|anxious|afraid|so ~2 {feeling}?", 2.3),
    Cue("scares|scared|frightens|terrifies|hurts|hurt|crushes|crushed me", 2.5),
    Cue("i need|needed|really_need ~1 you|to_know|to_feel|us|reassurance|comfort|a_hug|someone|closeness|time", 2.1),
    Cue("i ~1 miss|missed you|us|that|this|how|your|being|when", 2.6),
    Cue("i ~2 want|wanted|wish|wished|long|longed ~2 {longed}", 2.4),
    Cue("i want|wanted you to see|hold|know|want|choose|come|tell|ask", 2.0),
    Cue("part of me", 2.5),
    Cue("i am not proud", 2.4),
    Cue("i ~1 worry|worried|fear|feared|dread that|about|i|you|we", 2.3),
    Cue("i am|was afraid|scared|worried|terrified|frightened that|of|i|you|to|we|if", 3.0),
    Cue("it ~1 hurt|hurts|stung|stings|aches when|that|to|so|>", 2.4),
    Cue("that ~1 hurt|hurts|stung|stings me|>", 2.2),
    Cue("i ~1 cried|cry", 2.2),
    Cue("i do_not|did_not know how|what to", 1.8),
    Cue("i do_not|did_not know if|whether i|you|we", 1.8),
    Cue("i am|was|have_been ~1 struggling|falling_apart|failing|hurting|drowning|ashamed|breaking|grieving", 2.8),
    Cue("i struggle|struggled", 1.9),
    Cue("i feel|felt like i am|do|can|was|did|will|have|could|never|do_not", 2.2),
    Cue("i do_not|did_not|never|hardly|rarely feel|felt ~1 {longed}", 2.8),
    Cue("i am_not|was_not good_enough|enough|okay|coping|as_strong", 2.6),
    Cue("my ~1 fear|heart|stomach|chest|hands", 1.7),
    Cue("i lie|lay|lay_there|sat|sit ~2 awake|there|alone|crying", 2.0),
    Cue("if i ~3 you will|would leave|go|stop|not|see|think|laugh", 2.2),
    Cue("i am ~1 losing|going_to_lose you|us|this|myself", 2.2),
    Cue("i can_not|could_not ~1 lose you|us|reach|breathe", 2.2),
    Cue("it|this is ~1 scary|hard|embarrassing|humiliating ~1 to|for_me ~2 say|admit|tell|ask|talk", 2.8),
    Cue("i have never told|said", 2.4),
    Cue("i am ~1 trying|learning to|and", 0.8),
    Cue("i felt ~3 without you|when_you", 1.8),
    Cue("my chest|stomach|throat|heart|hands ~1 gets|goes|tightens|races|pounds|drops|sinks|shake|starts", 2.6),
    # Against: blame in the form of a feeling.
    Cue("i feel|felt like|that|as_if you|you_are|your", -3.0),
    Cue("it|that|this ~1 hurts|hurt|breaks|makes me ~1 to hear|see|know", -3.0),
    Cue("much|badly|deeply|believe that|it hurt|hurts|stung", -3.0),
    Cue("lots|plenty of people|couples ~6 hurts|hurt", -3.0),
    Cue("i am ~2 sad|heartbroken|hurting you|that_you|to_hear|for_you", -3.0),
    Cue("i am ~1 hurt|disappointed that|by you never|always", -2.0),
    Cue("i am ~2 {soft}|tired of you|your", -2.5),
    Cue("i am ~1 tired|sick|fed_up of|with", -2.0),
    Cue("i am afraid|scared not|so", -3.0),
)

NAMES_BLOCK = (
    Cue("it|this is|was|gets|feels ~2 hard|difficult|tough|scary|tricky for me to|when|if", 3.2),
    Cue(
        "it|this is|was|gets|feels ~2 hard|difficult|scary ~3 to stay|be|hear|open|listen|talk|"
        "say|trust|let|show|ask|reach|answer",
        3.0,
    ),
    Cue("i find it ~2 hard|difficult|scary to", 3.2),
    Cue("i struggle|have_trouble|have_a_hard_time|am_struggling to|with|staying|hearing|opening|listening", 2.6),
    Cue("when i ~2 {feeling} ~2 i ~2 {shutting}", 3.8),
    Cue("when i feel|felt|get|am|hear ~4 i ~3 {shutting}", 3.6),
    Cue("when you ~8 i ~2 {shutting}", 3.2),
    Cue(
        "i ~2 shut_down|freeze|freeze_up|go_numb|close_up|go_quiet|pull_away|put_up_a_wall|"
        "go_blank|get_defensive|build_a_wall",
        2.6,
    ),
    Cue("something|a_part|part of me|in_me|inside_me ~1 shuts|closes|freezes|wants|goes|pulls|runs|panics|gets", 2.8),
    Cue("something|everything in|inside me ~1 shuts|closes|freezes|wants|goes|pulls|runs|panics|tightens", 3.2),
    Cue("i do not know how to|i_can ~1 stay|be|open|let|talk|ask|trust|say|do_this|hear|respond|reach", 2.7),
    Cue("my ~1 wall|walls|guard|armour|armor|defences|defenses ~2 up", 3.2),
    Cue("i am ~2 flooded|shutting_down|closing_up|freezing|getting_defensive|going_numb|defensive", 3.0),
    Cue("i notice|can_feel|feel ~1 myself|i_am ~1 shutting|closing|pulling|getting|freezing|wanting|going", 3.2),
    Cue("i want to ~1 stay|hear|listen|be|open|talk ~3 and|but ~3 i ~3 {shutting}|scared|flooded|hard|panic", 2.8),
    Cue("i never learned|learnt|saw|knew how|anyone|what", 2.4),
    Cue("what|how ~4 you when i", -4.0),
    Cue("i stop|stopped being_able|listening|hearing", 2.2),
    Cue("all|the_only_thing i ~1 hear is|was ~2 i|that_i", 2.4),
    Cue("i ~1 {shutting} when|whenever|as_soon|every_time", 3.0),
    Cue("minute|moment|second i ~6 i ~1 {shutting}", 3.2),
    Cue("i can not find ~1 words", 2.4),
)

OWNERSHIP = (
    Cue("i am ~2 sorry i !feel|felt|can_not|do_not|just|have_to|had_to|am|was_born|even", 2.9),
    Cue("sorry i ~1 {ownact}|said|did|was|made", 2.8),
    Cue("i am ~2 sorry for|about !your_loss|your|you|that_you|what_happened|what_you|all_you|all_the", 2.6),
    Cue("i am ~2 sorry that|how i", 2.9),
    Cue("sorry for|about how|what|the_way i", 3.0),
    Cue("i am ~2 sorry", 1.4, 0.4),
    Cue("i apologise|owe_you_an_apology", 3.0),
    Cue("that|it|this is|was on|all_on me", 3.4),
    Cue("that|it|this is|was|was_all my fault|bad|mistake|doing|part", 3.0),
    Cue(
        "i was|have_been|am ~2 wrong|unfair|unkind|harsh|cruel|distracted|out_of_line|selfish|"
        "a_jerk|an_idiot|thoughtless|careless|defensive|cold|too_hard_on_you|not_there|absent|"
        "mean",
        2.6,
    ),
    Cue("and|but i was|did not >", 2.4),
    Cue(
        "i kept treating|pushing|ignoring|brushing|putting|telling|making|interrupting|cutting|"
        "looking|scrolling|talking|shutting",
        2.4,
    ),
    Cue("i was_not|have_not_been there|listening|fair|kind|present|honest|a_good", 2.4),
    Cue("i should have|not_have !to|said_no|known_you|married|left", 2.5),
    Cue("i messed|screwed|fucked ~2 up", 3.0),
    Cue("i blew|dropped it|the_ball", 3.0),
    Cue("i just|really|also|even|then|totally|completely? {ownact}", 2.2, 0.2),
    Cue(
        "i left|leave|have_left you ~1 holding|with|alone|on_your_own|carrying|standing|waiting|by_yourself|hanging",
        2.4,
    ),
    Cue("i own|take that|it|responsibility|my", 2.8),
    Cue("i did that|this_to_you|it_wrong|do_that_to_you", 2.2),
    Cue("my part in|of|was|is", 2.6),
    Cue("i regret", 2.2),
    Cue("i wish i had|had_not", 2.0),
    Cue("forgive me", 2.0),
    Cue("i hurt|scared|embarrassed|failed|disappointed you", 2.3),
    Cue("i let you|us|you_both down", 3.0),
    Cue("i did not see|realise|notice|ask|listen ~1 how|what|you|when|and", 1.2),
    Cue("you are right i|and_i", 1.2),
    Cue("you are ~1 right", 0.7),
    Cue("< my fault|bad|mistake", 2.8),
    # Against: an apology that takes itself back.
    Cue("not my fault", -4.0),
    Cue("sorry if|you_feel|you_felt|you_took|you_think|you_thought|you_see|you_are|you_were|you_got", -4.0),
    Cue("sorry to hear", -3.0),
    Cue("sorry that you", -2.5),
    Cue("i already|have_already said|told|apologised", -4.0),
    Cue("i said|told_you|have_said i_was|i_am|i sorry?", -2.5),
    Cue("how many times", -3.0),
    Cue("i should have known you|better_than|this", -3.0),
    Cue("because|when|only_because|after you ~6 i was|yelled|shouted|snapped", -1.0),
    Cue("i only|just {ownact}", -2.0),
    Cue("i ~1 {ownact} ~2 because you", -3.0),
)

CARE = (
    Cue("i ~2 love you", 3.4),
    Cue("i ~2 care about|for you|us|what|how", 3.0),
    Cue("you|we matter !more_than|of|is ~1 to_me|so_much|>", 3.0),
    Cue("you mean ~2 to|everything|the_world", 3.0),
    Cue("i am ~1 here for|with you", 3.0),
    Cue("i am ~1 here now|and|>", 2.0),
    Cue("i am not going|leaving anywhere|you|>", 3.2),
    Cue("i am with|beside|next_to you", 2.6),
    Cue("i am ~1 on your side", 3.0),
    Cue("we are in this|okay|a_team|on_the_same|in_it ~1 together|team|side|>", 2.6),
    Cue("we will|are_going_to|can get|figure|work|find through|it|this|out", 2.0),
    Cue("i ~2 appreciate|admire|adore|treasure|value you|that|how|what|everything|it", 2.6),
    Cue(
        "thank you|thanks for ~1 being|doing|telling|trusting|saying|sharing|everything|letting|"
        "staying|coming|all|listening|asking|waiting",
        2.4,
    ),
    Cue("i am ~2 grateful|thankful|lucky|proud|happy|glad for|that|to|of|i ~1 you|have_you|we", 2.8),
    Cue("i am ~2 glad|happy you told|said|are|came|shared|let", 2.6),
    Cue(
        "you are ~2 important|everything|precious|special|wonderful|my_person|my_best|the_best|"
        "enough|beautiful|amazing|loved|safe",
        2.5,
    ),
    Cue("i|i_would want|choose|chose|pick you|us !to|guys", 2.4),
    Cue("i ~1 want to be with|close|there|near|the_one", 2.2),
    Cue("come here", 2.2),
    Cue("can|could|may|let|want i|me|to ~1 hold|hug|sit_with ~1 you|your|me", 2.8),
    Cue("you are not alone", 2.8),
    Cue("you do not have to|need_to ~3 alone|by_yourself|on_your_own", 2.6),
    Cue("i have got you|your_back|us", 2.6),
    Cue("i got you", 2.2),
    Cue("sorry to hear|see", 2.8),
    Cue(
        "i am ~2 sorry you|that_you|this|that|about_what|for_what !feel|felt|took|think ~1 had|"
        "have|are|were|is|went|happened|lost ~2 through|to|going|hurting|dealing|alone|in|"
        "happening|it|{soft}|you|with|>",
        2.4,
    ),
    Cue("sorry for|about your|all|what you|loss|your|that|the", 2.6),
    Cue("that|it|this|you means|mean|meant ~1 a_lot|so_much|everything|the_world to", 2.4),
    Cue("i am ~1 rooting for you", 2.4),
    Cue("i missed you", 1.8),
    Cue("you can ~1 lean|count|talk on|to me", 2.4),
    Cue("my love|sweetheart|darling", 0.8),
    # Against: affection as a lever, or praise of a thing.
    Cue("if you ~1 loved|cared", -3.0),
    Cue("i love you but", -2.5),
    Cue("i would appreciate it", -3.0),
    Cue("do not cry|worry", -1.5),
)
