"""A feed's XML as a tree that knows its lines; strict, bounded, and without anything that a DTD could bring in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 100  # elements in one another: feeds have about six


class BrokenXmlError(ValueError):
    """It is not well-formed. `line` is where the reader stopped."""

    def __init__(self, why: str, line: int, column: int) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.column = column


@dataclass(slots=True)
class Node:
    """An element."""

    space: str  # its namespace; "" for none
    name: str
    attributes: dict[str, str]  # those without a namespace
    line: int
    text: str = ""  # directly in it, all pieces together
    children: list[Node] = field(default_factory=list)

    def all(self, name: str, space: str = "") -> list[Node]:
        """Its children of that name."""
        return [c for c in self.children if c.name == name and c.space == space]

    def first(self, name: str, space: str = "") -> Node | None:
        """The first of them."""
        return next(iter(self.all(name, space)), None)

    def walk(self) -> Iterator[Node]:
        """Itself and all that is in it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Document:
    """What was read."""

    root: Node
    encoding: str | None  # as declared
    doctype: bool
    spaces: tuple[tuple[str, str], ...]  # every declared prefix with its address, each once


def read_xml(data: bytes) -> Document:
    """Reads XML.

    Args:
        data: the whole file.

    Raises:
        BrokenXmlError: it is not well-formed, nested beyond reason, or uses entities of its own.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BrokenXmlError(expat.ErrorString(error.code), error.lineno, error.offset + 1) from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        if isinstance(error, BrokenXmlError):
            raise
        raise BrokenXmlError(str(error), 1, 1) from None
    assert reader.root is not None  # noqa: S101 - expat refuses a document without an element
    return Document(reader.root, reader.encoding, reader.doctype, tuple(reader.spaces))


class _Reader:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.encoding: str | None = None
        self.doctype = False
        self.spaces: dict[tuple[str, str], None] = {}
        self._open: list[Node] = []
        self._pieces: list[list[str]] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartNamespaceDeclHandler = self._space
        self.parser = parser

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._broken(f"more than {MAX_DEPTH} elements are in one another")
        space, _, name = tag.rpartition(" ")
        plain = {key: value for key, value in attributes.items() if " " not in key}
        node = Node(space, name, plain, self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._pieces.append([])

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._pieces.pop())

    def _text(self, text: str) -> None:
        if self._pieces:
            self._pieces[-1].append(text)

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        self.encoding = encoding

    def _doctype(self, *_: Any) -> None:
        self.doctype = True

    def _entity(self, name: str, *_: Any) -> None:
        raise self._broken(f"it defines an entity of its own, “{name}”")

    def _space(self, prefix: str | None, uri: str | None) -> None:
        self.spaces[(prefix or "", uri or "")] = None

    def _broken(self, why: str) -> BrokenXmlError:
        return BrokenXmlError(why, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)
