"""What hosts write: Markdown that becomes HTML in which nothing can hide, and plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.prose import html_of, plain_of

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "[a](&#x6A;avascript:alert(1))",
    "<javascript:alert(1)>",
    "![x](https://example.org/pixel.png)",
    '[a](https://example.org "x\\" onmouseover=\\"alert(1)")',
    "[a](https://example.org/\"onmouseover='alert(1)')",
    "<svg/onload=alert(1)>",
    "<a href='javascript:1'>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "`<script>`",
    "<!-- --><iframe src=//example.org>",
    "<style>*{display:none}</style>",
    "[x]: javascript:alert(1)\n\n[x]",
    "\x00<scr\x00ipt>",
    "*" * 3000 + "a" + "*" * 3000,
    "- " * 500 + "deep",
]


class Seen(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))


def elements(html: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    seen = Seen()
    seen.feed(html)
    return seen.found


def check(html: str) -> None:
    for tag, attributes in elements(html):
        assert tag in {"p", "br", "em", "strong", "ul", "ol", "li", "a"}
        for name, value in attributes:
            assert name in {"href", "rel", "start"}
            if name == "href":
                assert re.match(r"(https?:|mailto:|[^:]*$)", value or "", re.I)


def test_paragraphs_lists_emphasis_and_links() -> None:
    html = html_of("One *two* **three**\n\n- a\n- b\n\n1. c\n\n[here](https://example.org/x?a=1&b=2) <me@example.org>")
    assert html.startswith("<p>One <em>two</em> <strong>three</strong></p>")
    assert "<ul>\n<li>a</li>\n<li>b</li>\n</ul>" in html
    assert "<ol>\n<li>c</li>\n</ol>" in html
    assert '<a href="https://example.org/x?a=1&amp;b=2" rel="noopener nofollow">here</a>' in html
    assert 'href="mailto:me@example.org"' in html


@pytest.mark.parametrize("text", ["# Not a heading", "> no quote", "    no code", "a | b\n--|--", "---"])
def test_what_is_not_known_stands_as_it_was_typed(text: str) -> None:
    html = html_of(text)
    check(html)
    assert text.strip()[:1].replace(">", "&gt;") in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    check(html_of(text))
    plain_of(text)


@given(st.text(alphabet=st.sampled_from("<>[]()*_`!\"'&;:/= \n-1.ajscript\x00"), max_size=80))
def test_no_text_makes_anything_else(text: str) -> None:
    check(html_of(text))
    plain_of(text)


def test_plain_text_keeps_lists_and_the_addresses_of_links() -> None:
    text = plain_of("They *talk*.\n\n1. one\n2. two\n\n- a\n  - b\n\n[Help](https://example.org/help) <https://x.org>")
    assert text == "They talk.\n\n1. one\n2. two\n\n- a\n  - b\n\nHelp (https://example.org/help) https://x.org"


def test_plain_text_without_any_markdown_is_the_text_itself() -> None:
    text = "June packed his lunch.\n\nFor a job that was not there (eleven weeks)."
    assert plain_of(text) == text
