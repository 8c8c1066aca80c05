"""What hosts write in Markdown: as HTML that nothing can hide in, and as plain text.

Only paragraphs, lists, emphasis and links are known. All else stands there as it was typed: HTML, pictures, headings,
code. What Markdown makes goes through an allow-list once more, so that a mistake of one of the two does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "a"}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
MOST_NESTING = 20

_MARKDOWN = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": MOST_NESTING}).enable(
    ["list", "emphasis", "link", "autolink", "newline", "escape", "entity", "balance_pairs", "fragments_join"]
)
_LINES = re.compile(r"\n{3,}")


def html_of(markdown: str) -> str:
    """Markdown as HTML: paragraphs, lists, emphasis, and links to web and mail addresses.

    Args:
        markdown: as it was typed.
    """
    made = _MARKDOWN.render(_without_controls(markdown))
    return nh3.clean(made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow").strip()


def plain_of(markdown: str) -> str:
    """Markdown as text for where there is no HTML: a player's list, a tag in a file.

    Args:
        markdown: as it was typed; a link's address follows its words in brackets.
    """
    return _LINES.sub("\n\n", "".join(_plain(_MARKDOWN.parse(_without_controls(markdown))))).strip()


def _plain(tokens: list[Token]) -> Iterator[str]:
    numbers: list[int | None] = []  # of the lists around; None for one without numbers
    for token in tokens:
        match token.type:
            case "ordered_list_open":
                numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_close" | "bullet_list_close":
                numbers.pop()
                yield "" if numbers else "\n"
            case "list_item_open":
                number = numbers[-1]
                numbers[-1] = None if number is None else number + 1
                yield "  " * (len(numbers) - 1) + ("- " if number is None else f"{number}. ")
            case "inline":
                yield from _plain_inline(token.children or [])
            case "paragraph_close":
                yield "\n" if token.hidden or numbers else "\n\n"


def _plain_inline(tokens: list[Token]) -> Iterator[str]:
    address, words = "", ""
    for token in tokens:
        match token.type:
            case "link_open":
                address, words = str(token.attrGet("href") or ""), ""
            case "link_close":
                yield "" if words == address or f"mailto:{words}" == address else f" ({address})"
                address = ""
            case "softbreak" | "hardbreak":
                yield "\n"
            case _:
                words += token.content
                yield token.content


def _without_controls(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or c.isprintable())
