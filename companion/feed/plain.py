"""Notes in HTML as plain text with Markdown's links and lists: whatever could run or load anything is left behind."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from companion.feed import values

_SILENT = frozenset("script style head title template noscript iframe object svg math textarea select".split())
_VOID = frozenset("br hr img input link meta wbr area base col embed source track".split())
_PARAGRAPHS = frozenset(
    "p div section article header footer ul ol table blockquote pre h1 h2 h3 h4 h5 h6 dl figure".split()
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);")
_MARKS = re.compile(r"([\\`*_\[\]<>])")
MAX_DEPTH = 200


def is_html(text: str) -> bool:
    """Whether a text seems to be HTML."""
    return bool(_TAG.search(text))


def plain(text: str, base: str | None) -> str:
    """The words of a text or of HTML: paragraphs apart, list items with a hyphen, nothing else."""
    return _read(text, base, marks=False)


def markdown(text: str, base: str | None) -> str:
    """Notes as Markdown: paragraphs, lists, links to pages; no pictures, no HTML.

    Args:
        text: plain text or HTML, untrusted.
        base: what addresses in it are relative to.
    """
    return _read(text, base, marks=True)


def _read(text: str, base: str | None, marks: bool) -> str:
    if not is_html(text):
        lines = [" ".join(part.split()) for part in text.strip().splitlines()]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(_MARKS.sub(r"\\\1", p) if marks else p for p in lines))
    reader = _Reader(base, marks)
    reader.feed(text)
    reader.close()
    whole = "".join(reader.parts)
    whole = re.sub(r"[ \t]+", " ", whole)
    whole = re.sub(r" *\n *", "\n", whole)
    return re.sub(r"\n{3,}", "\n\n", whole).strip()


class _Reader(HTMLParser):
    def __init__(self, base: str | None, marks: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._base = base
        self._marks = marks
        self._silent: list[str] = []
        self._links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent or tag in _SILENT:
            if tag not in _VOID and len(self._silent) < MAX_DEPTH:
                self._silent.append(tag)
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in ("br", "hr", "tr"):
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "a":
            href = values.address(dict(attrs).get("href") or "", self._base)
            shown = href if self._marks and values.is_web(href) and not re.search(r"[\s<>()\\\"]", href or "") else None
            self._links.append(shown)
            self.parts.append("[" if shown else "")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag == "a" and self._links:
            href = self._links.pop()
            self.parts.append(f"]({href})" if href else "")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            flat = re.sub(r"\s+", " ", data)
            self.parts.append(_MARKS.sub(r"\\\1", flat) if self._marks else flat)
