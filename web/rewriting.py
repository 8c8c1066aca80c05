"""Rewrites a page of ours for a copy of the site in plain files: links, and what cannot work there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from html.parser import HTMLParser

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_ADDRESSES = ("href", "src", "action", "data-url", "poster")
_PARTS = ("p", "li", "dt", "section", "noscript")  # what goes with the last link in it
NO_SEARCH = "This is a copy of the site's pages. To search, to practise or to combine choices, use the site itself."


class Gone(Enum):
    """An address that has no file in the copy."""

    ALL = "what leads there has no use either"
    LINK = "its words still say something"


Where = Callable[[str], str | Gone]
"""Where an address of the site leads in the copy."""


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str | None]
    raw: str  # as it was written; "" once it is changed
    alone: bool  # it has no end tag
    children: list[_Element | str] = field(default_factory=list)

    def all(self) -> Iterator[_Element]:
        for child in self.children:
            if isinstance(child, _Element):
                yield child
                yield from child.all()

    def set(self, name: str, value: str | None) -> None:
        """Gives an attribute a value; None takes it away."""
        self.attributes.pop(name, None) if value is None else self.attributes.update({name: value})
        self.raw = ""

    def text(self) -> str:
        own = self.raw or self._tag()
        inside = "".join(c if isinstance(c, str) else c.text() for c in self.children)
        return f"{own}{inside}" + ("" if self.alone else f"</{self.name}>")

    def _tag(self) -> str:
        pairs = (f" {k}" if v is None else f' {k}="{escape(v)}"' for k, v in self.attributes.items())
        return f"<{self.name}{''.join(pairs)}>"


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.root = _Element("", {}, "", True)
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = _Element(tag, dict(attrs), self.get_starttag_text() or "", tag in _VOID)
        self._open[-1].children.append(element)
        if not element.alone:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(_Element(tag, dict(attrs), self.get_starttag_text() or "", True))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].name == tag:
                del self._open[place:]
                return

    def _raw(self, text: str) -> None:
        self._open[-1].children.append(text)

    def handle_data(self, data: str) -> None:
        self._raw(data)

    def handle_entityref(self, name: str) -> None:
        self._raw(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._raw(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._raw(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._raw(f"<!{decl}>")


def rewrite(html: str, where: Where, policy: str, nowhere: str = "") -> str:
    """A page for the copy.

    Args:
        html: as the site sends it.
        where: called with every address on it.
        policy: what a page may load (Content-Security-Policy); plain files come without the headers that say it.
        nowhere: an address that stands for one that nobody knows; paragraphs with it are left out.

    Returns:
        The page with its links changed; without forms, and without links to what is not in the copy.
    """
    tree = _Tree()
    tree.feed(html)
    tree.close()
    _without_forms(tree.root)
    _without_asking(tree.root)
    if nowhere:
        _without_text(tree.root, nowhere)
    _relink(tree.root, where, in_nav=False)
    for element in tree.root.all():
        if element.name == "html":
            element.set("data-tail", "/")  # see root.js
        if element.name == "head":
            _say(element, {"http-equiv": "Content-Security-Policy", "content": policy})
            _say(element, {"name": "referrer", "content": "no-referrer"})
    return "".join(c if isinstance(c, str) else c.text() for c in tree.root.children)


def _say(head: _Element, attributes: dict[str, str | None]) -> None:
    """What a server would say in its headers: behind the encoding, which comes first."""
    encoding = (n for n, c in enumerate(head.children) if isinstance(c, _Element) and "charset" in c.attributes)
    head.children.insert(next(encoding, -1) + 1, _Element("meta", attributes, "", True))


def _without_forms(parent: _Element) -> None:
    """Forms that send something to the site; what a page does by itself stays."""
    said = False
    for element in [parent, *parent.all()]:
        for place, child in enumerate(element.children):
            if isinstance(child, _Element) and child.name == "form" and "action" in child.attributes:
                sentence = _Element("p", {"class": "where"}, "", False, [escape(NO_SEARCH)])
                element.children[place] = "" if said else sentence
                said = True


def _without_asking(root: _Element) -> None:
    """What asks the site again and again how far it is."""
    for element in [root, *root.all()]:
        if "data-progress" in element.attributes:
            element.set("data-progress", None)
        element.children = [
            c for c in element.children if isinstance(c, str) or c.attributes.get("http-equiv") != "refresh"
        ]


def _without_text(root: _Element, text: str) -> None:
    """Paragraphs that hold a text, and buttons that would copy from them."""
    for element in [root, *root.all()]:
        element.children = [c for c in element.children if isinstance(c, str) or c.name != "p" or not _says(c, text)]
    ids = {e.attributes.get("id") for e in root.all()}
    for element in [root, *root.all()]:
        element.children = [
            c for c in element.children if isinstance(c, str) or {c.attributes.get("data-from")} - {None} <= ids
        ]


def _says(element: _Element, text: str) -> bool:
    return any(text in c if isinstance(c, str) else _says(c, text) for c in element.children)


def _relink(parent: _Element, where: Where, in_nav: bool) -> None:
    kept: list[_Element | str] = []
    for child in parent.children:
        if isinstance(child, str):
            kept.append(child)
            continue
        had = any(c.name == "a" for c in child.all())
        _relink(child, where, in_nav or child.name == "nav")
        if had and child.name in _PARTS and _is_empty(child):
            continue
        gone = _readdress(child, where)
        if gone is None:
            kept.append(child)
        elif gone is Gone.LINK and child.name == "a":
            child.name, child.raw = "span", ""
            child.attributes = {k: v for k, v in child.attributes.items() if k in ("class", "id", "aria-current")}
            kept.append(child)
        elif child.name == "a" and not in_nav and _is_in_a_sentence(parent):
            kept.extend(child.children)
    parent.children = kept


def _readdress(element: _Element, where: Where) -> Gone | None:
    """Changes the addresses of an element; says so where one of them is gone."""
    for name in _ADDRESSES:
        address = element.attributes.get(name)
        if address is None or not address or address[0] in "#?":
            continue
        to = where(address)
        if isinstance(to, Gone):
            return to
        if to != address:
            element.set(name, to)
    content = element.attributes.get("content")
    if element.name == "meta" and content and content.startswith(("http://", "https://")):
        to = where(content)
        if isinstance(to, Gone) or not to.startswith("http"):
            return Gone.ALL  # what other sites read must be whole
        element.set("content", to)
    return None


def _is_in_a_sentence(parent: _Element) -> bool:
    """Whether a link stands between words, so that its own are missed when it goes."""
    if "where" in (parent.attributes.get("class") or "").split():
        return False
    return any(isinstance(c, str) and any(letter.isalnum() for letter in c) for c in parent.children)


def _is_empty(element: _Element) -> bool:
    return not any(c.strip() if isinstance(c, str) else not _is_empty(c) or c.alone for c in element.children)
