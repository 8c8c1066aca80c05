"""Another wording of the person's own sentence; "" where none can be made that is good English.

Their words are kept as far as they carry: cut off before the "but", turned from advice into a question, or joined with
the feeling that the other had named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from companion.feedback import texts
from companion.feedback.clauses import TURN_WORDS, Clause
from companion.feedback.decide import Found, Run
from companion.feedback.feelings import feelings_in, feelings_of_bid
from companion.feedback.signs import ReplySigns, heard, leans
from companion.moves.lexicon import HARD_FEELINGS, SOFT, words_of
from companion.takes import AwayKind, TryKind
from companion.types import Tag

_LONGEST_WORDS = 28
_LEAST_KEPT_WORDS = 3
_RUN_ON_WORDS = 12
_HEARS = 0.6  # what the cues of a clause must say
_ADJECTIVES = frozenset(
    {
        *SOFT,
        *HARD_FEELINGS,
        "gutted",
        "drained",
        "proud",
        "happy",
        "relieved",
        "excited",
        "torn",
        "torn in two",
        "uprooted",
    }
    | {
        "homesick",
        "fragile",
        "cheated",
        "belittled",
        "undermined",
        "sidelined",
        "overlooked",
        "pushed out",
        "steamrollered",
    }
    | {"shaky", "shattered", "foolish", "useless", "used", "controlled", "trapped", "jumpy", "hopeful", "insulted"}
) - {"in pain", "like i do not matter", "pushed away", "being dramatic", "at the end of your rope"}
_TO_YOU = {"my": "your", "myself": "yourself", "i": "you", "me": "you"}
_FILLERS = re.compile(r"\b(?:um+|uhm+|uh+|er+m?)\b[,.]? ?", re.IGNORECASE)
_LEADS = re.compile(
    r"^(?:(?:and|so|but|then|well|okay|ok|right|oh|just|please|look|now|yeah|yes|no|honestly|or|still|maybe|"
    r"perhaps|anyway|"
    r"i mean|you know|to be honest|come on)\b[,.]? *)+",
    re.IGNORECASE,
)
_BASE = words_of(
    "talk tell call ring ask try quit write email leave take book ignore set get go make start stop say buy put "
    "do use find "
    "sleep eat plan text send see think speak rest focus let look sit keep change walk switch join come have "
    "turn mute block "
    "report move hand pop sort swap split order pay sell check work give find learn read run wait pick drop message"
)
_SHOULD = re.compile(
    r"^you (?:really |just |probably )?(?:should|could|can|need to|have to|ought to|might want to|want to)"
    r"(?: probably| always| just| maybe| at least)? (?P<verb>\w+)(?P<rest>.*)$",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(r"^why (?:don['’]?t|not|do not)(?: you)?(?: just)? (?P<verb>\w+)(?P<rest>.*)$", re.IGNORECASE)
_TRIED = re.compile(
    r"^have you (?:ever |even )?(?:tried|thought about|thought of|considered) (?P<rest>\w+ing\b.*)$", re.IGNORECASE
)
_WE = re.compile(
    r"^(?:let['’]?s(?: just)?|(?P<who>we|i)(?:['’]ll| will| can| could| should)(?: just)?) (?P<verb>\w+)(?P<rest>.*)$",
    re.IGNORECASE,
)
_ORDER = re.compile(r"^(?P<verb>\w+)(?P<rest> .+)$", re.IGNORECASE)
_ALWAYS = re.compile(r"^you(?:['’]re| are)? (?P<do>do |did )?always (?P<verb>\w+)(?P<rest>.*)$", re.IGNORECASE)
_NEVER = re.compile(r"^you never (?P<verb>\w+)(?P<rest>.*)$", re.IGNORECASE)
_REASON = re.compile(
    r"^(?:i (?:was|had|have|am|didn['’]?t|did not|thought|only|just|wanted|meant)|i['’](?:m|ve|d)|my (?!mum|god)\w+|"
    r"the (?:train|bus|meeting|car|phone|traffic|kids)|work|it was|it['’]s been)\b.+",
    re.IGNORECASE,
)
_KEEPS = (Tag.OWNERSHIP, Tag.EMPATHY, Tag.VALIDATION, Tag.CARE, Tag.VULNERABILITY, Tag.NAMES_BLOCK)


def other_wording(signs: ReplySigns, found: Found, bid: str, feeling: Sequence[str] = ()) -> str:
    """Another wording for what is to be tried.

    Args:
        signs: the reply in its clauses.
        found: what it does.
        bid: what was answered.
        feeling: words that would name the bid's feeling.

    Returns:
        A sentence or two, mostly of their own words; "" where there is nothing to reword.
    """
    felt = feeling_word(bid, feeling)
    run = next((run for kind, run in found.away if kind is found.strongest), None)
    if found.strongest is not None and run is not None:
        return _instead(signs, found, found.strongest, run, felt)
    own = _sentence_that_worked(signs, found)
    if found.try_kind is TryKind.NAME_FEELING:
        return _with_feeling(own, felt) if felt else ""
    if found.try_kind is TryKind.ASK:
        return f"{own} {texts.WHAT_LIKE}".strip() if own else texts.WHAT_LIKE
    return {
        TryKind.STAY: texts.TELL_ME,
        TryKind.VALIDATE: texts.MAKES_SENSE,
        TryKind.OWN: texts.MY_PART,
    }.get(found.try_kind, "")


def feeling_word(bid: str, given: Sequence[str] = ()) -> str:
    """The bid's feeling as it can stand after "you felt"; "" where there is none that can."""
    for words in feelings_of_bid(bid, given):
        if words in _ADJECTIVES:
            return " ".join(_TO_YOU.get(w, w) for w in words.split())
    return ""


def _instead(signs: ReplySigns, found: Found, kind: AwayKind, run: Run, felt: str) -> str:
    words = _cleaned(signs.doc.text[signs.clauses[run.first].start_char : signs.clauses[run.last].end_char])
    kept = _kept_before(signs, found, run)
    plain = texts.FELT.format(feeling=felt) if felt else ""
    if kind is AwayKind.BUT:
        return kept or _first_half(signs, run) or plain or texts.AS_BIG
    if kind is AwayKind.FIXING:
        return _joined(kept, _as_question(words) or texts.LISTEN)
    if kind is AwayKind.DEFENDING:
        if (
            felt
            and not kept
            and _REASON.match(words)
            and len(words.split()) <= _LONGEST_WORDS
            and "you" not in words.lower()
        ):
            return _capital(words.rstrip(".!? ")) + texts.AND_FELT.format(feeling=felt)
        return kept or _joined(plain, texts.THEIR_SIDE_FIRST)
    if kind is AwayKind.CORRECTING:
        return kept or (texts.REMEMBER_FELT.format(feeling=felt) if felt else texts.REMEMBER)
    if kind is AwayKind.OWN_STORY:
        return (kept if kept.endswith("?") else _joined(kept, texts.WHAT_LIKE)) if kept else texts.YOUR_STORY
    if kind is AwayKind.DISMISSING:
        return kept or plain or texts.AS_BIG
    if kind is AwayKind.CRITICISM:
        return _when_you(words) or kept or texts.PRICKLY
    return _joined(kept, texts.COME_BACK)


def _joined(first: str, second: str) -> str:
    return f"{first} {second}".strip()


# ---- their own words


def _kept_before(signs: ReplySigns, found: Found, run: Run) -> str:
    """The sentence before the turn away, where it acknowledged something by itself."""
    hearing = [k for tag, k in found.moves if tag in _KEEPS and k < run.first and _hears(signs, k)]
    if not hearing:
        return ""
    last = run.first
    first = max(hearing)
    while first > 0 and not signs.clauses[first].opens:
        first -= 1
    if run.first > 0 and all(not signs.clauses[k].opens for k in range(max(hearing) + 1, run.first)):
        last = run.first
    else:
        last = next((k for k in range(max(hearing) + 1, run.first + 1) if signs.clauses[k].opens), run.first)
    turning = {k for _, away in found.away for k in range(away.first, away.last + 1)}
    if turning & set(range(first, last)) or _runs_on(signs, first, last):
        first, last = max(hearing), max(hearing) + 1
    return _sentence(signs.doc.text, signs.clauses[first:last])


def _first_half(signs: ReplySigns, run: Run) -> str:
    """What stands before the "but", where it heard something: taken back it is no move, by itself it would be one."""
    first = run.first
    while first > 0 and not signs.clauses[first].opens:
        first -= 1
    hearing = [k for k in range(first, run.first) if _hears(signs, k)]
    if not hearing:
        return ""
    if _runs_on(signs, first, run.first):
        first = max(hearing)
    return _sentence(signs.doc.text, signs.clauses[first : run.first])


def _sentence_that_worked(signs: ReplySigns, found: Found) -> str:
    """The whole sentence of the best move, where it is a statement."""
    if found.worked is None or found.worked[0] in (Tag.CURIOSITY, Tag.TURN_GIVING):
        return ""
    first = last = found.worked[1]
    while first > 0 and not signs.clauses[first].opens:
        first -= 1
    while last + 1 < len(signs.clauses) and not signs.clauses[last + 1].opens:
        last += 1
    plainly = any(leans(signs.parts[k]) > _HEARS for k in range(first, last + 1))
    if signs.clauses[last].asked or not plainly or _runs_on(signs, first, last + 1):
        return ""
    return _sentence(signs.doc.text, signs.clauses[first : last + 1])


def _hears(signs: ReplySigns, k: int) -> bool:
    """Whether a clause plainly hears the other: by its cues, or by a feeling that it names as theirs."""
    clause = signs.clauses[k]
    named = any(f.whose == "you" and clause.first <= f.first < clause.end for f in feelings_in(signs.doc))
    return named or heard(signs.parts[k]) > _HEARS


def _runs_on(signs: ReplySigns, first: int, last: int) -> bool:
    """Whether clauses are one long stretch without any punctuation, as a recogniser may write them."""
    words = signs.doc.text[signs.clauses[first].start_char : signs.clauses[last - 1].end_char] if last > first else ""
    return len(words.split()) > _RUN_ON_WORDS and not re.search(r"[,.;:!?]", words)


def _with_feeling(own: str, felt: str) -> str:
    if not own:
        return texts.FELT.format(feeling=felt)
    if own.endswith(("!", "?")) or len(own.split()) > _LONGEST_WORDS // 2:
        return f"{own} {texts.FELT.format(feeling=felt)}"
    return own.rstrip(".") + texts.AND_FELT.format(feeling=felt)


def _sentence(text: str, clauses: Sequence[Clause]) -> str:
    if not clauses:
        return ""
    words = _cleaned(text[clauses[0].start_char : clauses[-1].end_char]).rstrip(",;:–—- ")
    trailing = words.rsplit(" ", 1)
    if len(trailing) == 2 and trailing[1].lower().strip(",") in {*TURN_WORDS, "and", "so", "um", "because"}:
        words = trailing[0].rstrip(",;:–—- ")
    count = len(words.split())
    if not _LEAST_KEPT_WORDS <= count <= _LONGEST_WORDS:
        return ""
    end = text[clauses[-1].end_char : clauses[-1].end_char + 1]
    return _capital(words.rstrip(".!?")) + (end if end in {"!", "?"} else ".")


def _cleaned(words: str) -> str:
    words = _FILLERS.sub("", words)
    words = re.sub(r"\s+", " ", words).strip(" ,;:–—-")
    return _LEADS.sub("", words)


def _capital(words: str) -> str:
    words = re.sub(r"\bi\b(?=$|[ ,.'’])", "I", words)
    return words[:1].upper() + words[1:]


def _as_question(words: str) -> str:
    """Advice as a question; "" where it has another form."""
    words = words.rstrip(".!? ")
    if not words or len(words.split()) > _LONGEST_WORDS:
        return ""
    if tried := _TRIED.match(words):
        return _capital(f"would {tried['rest'].strip()} help{texts.OR_LISTEN}")
    for form in (_SHOULD, _WHY_NOT, _ORDER):
        match = form.match(words)
        if match and match["verb"].lower() in _BASE and _plain(match["rest"]):
            return f"Would it help to {match['verb'].lower()}{match['rest']}{texts.OR_LISTEN}"
    we = _WE.match(words)
    if we and we["verb"].lower() in _BASE and _plain(we["rest"]):
        who = "I" if (we["who"] or "we").lower() == "i" else "we"
        return f"Would it help if {who} {_past(we['verb'].lower())}{we['rest']}{texts.OR_LISTEN}"
    return ""


_PAST = {
    "get": "got", "make": "made", "put": "put", "go": "went", "take": "took", "tell": "told", "ring": "rang",
    "find": "found", "write": "wrote", "buy": "bought", "set": "set", "do": "did", "speak": "spoke", "say": "said",
    "leave": "left", "send": "sent", "let": "let", "sit": "sat", "keep": "kept", "come": "came", "have": "had",
    "pay": "paid", "sell": "sold", "give": "gave", "sleep": "slept", "eat": "ate", "see": "saw", "think": "thought",
    "read": "read", "run": "ran", "split": "split", "quit": "quit", "stop": "stopped", "plan": "planned",
    "swap": "swapped", "drop": "dropped", "pop": "popped", "try": "tried",
}  # fmt: skip


def _past(verb: str) -> str:
    return _PAST.get(verb) or (verb + "d" if verb.endswith("e") else verb + "ed")


def _plain(rest: str) -> bool:
    """Whether the rest of some advice is one plain phrase."""
    return "," not in rest and not re.search(
        r"\b(?:don['’]?t|you|i|and|if|because|we|then|that['’]s|it['’]s)\b", rest, re.IGNORECASE
    )


def _when_you(words: str) -> str:
    """“You always …” as “When you …, I feel …”; "" where it has another form."""
    words = words.rstrip(".!? ")
    if len(words.split()) > _LONGEST_WORDS // 2 or "," in words:
        return ""
    never = _NEVER.match(words)
    if never and never["verb"].lower() in _BASE | {"listen", "help", "care", "notice", "put", "want", "understand"}:
        return f"When you don't {never['verb'].lower()}{never['rest']}{texts.I_FEEL}"
    always = _ALWAYS.match(words)
    if always and always["verb"].lower() in _BASE | {"listen", "interrupt", "forget", "bring", "complain", "blame"}:
        return f"When you {always['verb'].lower()}{always['rest']}{texts.I_FEEL}"
    return ""
