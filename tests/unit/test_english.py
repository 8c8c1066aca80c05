"""Words as word error rates compare them."""

from __future__ import annotations

import pytest

from benchmarks.english import normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I can't, I won't.", "i can not i will not"),
        ("Um, it's, uh, fine.", "It is fine"),
        ("She'd've gone.", "she would have gone"),
        ("twenty-one", "twenty one"),
        ("My favourite colour is grey", "my favorite color is gray"),
        ("Okay (laughs), go on [door].", "ok go on"),
        ("You\u2019re right", "you are right"),
    ],
)
def test_what_sounds_the_same_compares_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [("twenty one nights", "21 nights"), ("twenty twenty", "20 20"), ("one two", "1 2"), ("Mm. Hmm.", "")],
)
def test_numbers_become_digits_and_hesitations_nothing(text: str, words: str) -> None:
    assert " ".join(normalised(text)) == words
