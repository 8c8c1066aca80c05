"""Words as word error rates compare them: the rules of Whisper's English normaliser, in our own words.

Source of the rules: appendix C of "Robust Speech Recognition via Large-Scale Weak Supervision" (Radford et al. 2022).
Left out, because neither side ever has them here: currencies, ordinals as digits, percent signs and titles.
"""

from __future__ import annotations

import re

FILLERS = frozenset("hmm mm mhm mmm uh um".split())
WHOLE = {
    "won't": "will not",
    "can't": "can not",
    "cannot": "can not",
    "let's": "let us",
    "ain't": "aint",
    "y'all": "you all",
    "wanna": "want to",
    "gotta": "got to",
    "gonna": "going to",
    "i'ma": "i am going to",
    "woulda": "would have",
    "coulda": "could have",
    "shoulda": "should have",
    "ma'am": "madam",
    "okay": "ok",
}
ENDINGS = (
    ("n't", " not"),
    ("'re", " are"),
    ("'ll", " will"),
    ("'ve", " have"),
    ("'m", " am"),
    ("'d", " would"),
    ("'s", " is"),  # a genitive too: the same on both sides
)
AMERICAN = {
    "colour": "color",
    "favour": "favor",
    "favourite": "favorite",
    "honour": "honor",
    "neighbour": "neighbor",
    "neighbours": "neighbors",
    "behaviour": "behavior",
    "grey": "gray",
    "mum": "mom",
    "mummy": "mommy",
    "pyjamas": "pajamas",
    "realise": "realize",
    "realised": "realized",
    "apologise": "apologize",
    "apologised": "apologized",
    "recognise": "recognize",
    "organise": "organize",
    "programme": "program",
    "centre": "center",
    "kerb": "curb",
    "tyre": "tire",
    "tyres": "tires",
    "cheque": "check",
    "practise": "practice",
    "towards": "toward",
}
UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
UNITS += " eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = {word: n for n, word in enumerate(UNITS.split())} | {w: 10 * n for n, w in enumerate(TENS.split(), 2)}


def normalised(text: str) -> list[str]:
    """The words of a text, ready to be compared.

    Small letters; what stands in brackets, hesitations and punctuation left out; contractions written out; British
    spellings made American; numbers up to ninety-nine as digits.
    """
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)", " ", text.lower().replace("’", "'").replace("-", " "))
    words: list[str] = []
    for word in re.findall(r"[a-z0-9]+(?:'[a-z]+)*", text):
        if word not in FILLERS:
            words += _written_out(word).split()
    return _with_digits([AMERICAN.get(word, word) for word in words])


def _written_out(word: str) -> str:
    if word in WHOLE:
        return WHOLE[word]
    for ending, whole in ENDINGS:
        if word.endswith(ending):
            return _written_out(word.removesuffix(ending)) + whole
    return word.replace("'", "")


def _with_digits(words: list[str]) -> list[str]:
    out: list[str] = []
    last: int | None = None  # the number that the word before was
    for word in words:
        number = NUMBERS.get(word)
        if number is not None and last is not None and last >= 20 and last % 10 == 0 and 0 < number < 10:
            out[-1] = str(last + number)
            last = None
            continue
        out.append(word if number is None else str(number))
        last = number
    return out
