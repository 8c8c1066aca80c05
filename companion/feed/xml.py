"""From the bytes of a feed to a tree, with the trust that strangers' files deserve.

Well-formed XML is read by expat. Many feeds are not well-formed, and podcast apps read them all the same; those go
through a forgiving reader, which makes the same tree of the same text. Neither reads anything but the bytes given.
Names come out in lower case with a prefix of ours (`itunes:duration`), whichever prefix or spelling the feed uses.
"""

from __future__ import annotations

import codecs
import html
import html.entities
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from companion.errors import FeedError, LimitError

MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
MAX_ENTITIES = 400
MAX_ENTITY_CHARS = 1_000_000  # that all references to a feed's own entities may come to

_URIS = (
    ("itunes", r"itunes\.(apple\.)?com/dtds/podcast"),
    ("podcast", r"podcastindex\.org/namespace|github\.com/podcastindex-org/podcast-namespace"),
    ("googleplay", r"google\.com/schemas/play-podcasts"),
    ("media", r"search\.yahoo\.com/mrss|rssboard\.org/media-rss"),
    ("psc", r"podlove\.(org|de)/simple-chapters"),
    ("content", r"purl\.org/rss/1\.0/modules/content"),
    ("dc", r"purl\.org/dc/(elements|terms)"),
    ("atom", r"w3\.org/2005/atom|purl\.org/atom/ns"),
    ("rdf", r"w3\.org/1999/02/22-rdf-syntax-ns"),
    ("xhtml", r"w3\.org/1999/xhtml"),
    ("xml", r"w3\.org/xml/1998/namespace"),
    (
        "",
        r"backend\.userland\.com/|purl\.org/rss/1\.0/?$|my\.netscape\.com/|blogs\.law\.harvard\.edu/tech/rss|cyber\.law",
    ),
)
_KNOWN = tuple((prefix, re.compile(rf"^\s*\w+://(www\.)?({pattern})", re.IGNORECASE)) for prefix, pattern in _URIS)
_PREFIXES = frozenset(prefix for prefix, _ in _URIS if prefix) | {"dcterms", "gp", "mrss"}
_ALIASES = {"dcterms": "dc", "gp": "googleplay", "mrss": "media"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([A-Za-z0-9._-]{1,40})\s*[\"']", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,1000}?\?>\s*", re.IGNORECASE)
_TEXT_ENCODING = re.compile(
    r"(utf|iso|windows|cp|ibm|koi8|euc|shift|sjis|s-jis|gb|big5|ascii|us-ascii|latin|l\d|mac|tis|ks_?c|johab|hz)", re.I
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(slots=True)
class Node:
    """An element."""

    name: (
        str  # in lower case, with our prefix: "title", "itunes:duration"; "?:x" in a namespace that means nothing here
    )
    attrs: dict[str, str]  # names as above; those without a prefix are the element's own
    base: str | None  # xml:base, of its own or of the elements around it
    raw: str = ""  # the name as it is written
    children: list[Node | str] = field(default_factory=list)

    def nodes(self, *names: str) -> Iterator[Node]:
        """The elements directly inside by these names, in the order of the document."""
        return (c for c in self.children if isinstance(c, Node) and c.name in names)

    def text(self) -> str:
        """All text inside, that of elements inside as well."""
        return "".join(c if isinstance(c, str) else c.text() for c in self.children)

    def markup(self) -> str:
        """What is inside, as HTML: text with elements written out again."""
        if all(isinstance(c, str) for c in self.children):
            return self.text()
        return _inside(self)


def decoded(data: bytes, limit_bytes: int, charset: str | None = None) -> str:
    """The text of a feed: unpacked where it is gzip, in the encoding that it is really in.

    Args:
        data: the file.
        limit_bytes: the largest that is read, unpacked.
        charset: as the server named it; the file's own word goes first.

    Raises:
        FeedError: it is empty or no text.
        LimitError: it is too large.
    """
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, limit_bytes)
    if len(data) > limit_bytes:
        raise too_large(limit_bytes)
    if not data.strip(b"\0 \t\r\n"):
        raise FeedError("The feed is empty. Check its address, or save it again.")
    for mark, marked in _BOMS:
        if data.startswith(mark):
            return data[len(mark) if marked == "utf-8" else 0 :].decode(marked, "replace")
    if data[:4] in (b"<\0?\0", b"<\0r\0", b"<\0f\0"):
        return data.decode("utf-16-le", "replace")
    if data[:4] in (b"\0<\0?", b"\0<\0r", b"\0<\0f"):
        return data.decode("utf-16-be", "replace")
    declared = _DECLARED.match(data)
    named = declared.group(1).decode() if declared else None
    for guess in (named, charset, "utf-8", "windows-1252"):
        encoding = guess or ""
        if (
            encoding
            and _TEXT_ENCODING.match(encoding)
            and not encoding.lower().startswith(("utf-16", "utf-32", "utf-7"))
        ):
            try:
                wide = encoding.lower() in ("iso-8859-1", "latin1", "latin-1", "iso8859-1", "us-ascii", "ascii")
                return data.decode("windows-1252" if wide else encoding)
            except (LookupError, UnicodeDecodeError):
                continue
    return data.decode("utf-8", "replace")


def too_large(limit_bytes: int) -> LimitError:
    """Says that a feed is larger than is read."""
    return LimitError(
        f"The feed is larger than {limit_bytes / 1e6:g} MB, the most that is read. If it is right, raise "
        "COMPANION_MAX_FEED_BYTES.",
        "max_feed_bytes",
    )


def tree(text: str) -> tuple[Node, bool]:
    """The elements of a feed.

    Args:
        text: the whole file, decoded.

    Returns:
        The root, and whether it had to be mended.

    Raises:
        FeedError: there are no elements in it, or it is built to do harm.
    """
    body = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
    if "<" not in body:
        raise FeedError("This is not a feed: there is no XML in it. Check the address or the file.")
    builder = _Builder()
    try:
        _strict(body, builder)
        if builder.root is not None:
            return builder.root, False
    except (expat.ExpatError, ValueError):
        pass
    builder = _Builder()
    _forgiving(body, builder)
    if builder.root is None:
        raise FeedError("This is not a feed: there is no XML in it. Check the address or the file.")
    return builder.root, True


class _Builder:
    """Makes the tree; keeps namespaces and limits."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._spaces: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self._elements = 0
        self._own: str | None = None  # the namespace of the root

    def start(self, raw: str, attrs: Mapping[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise FeedError("The feed has more elements in one another, or more in all, than any feed needs.")
        declared = {k[6:]: v for k, v in attrs.items() if k.startswith("xmlns:")}
        if "xmlns" in attrs:
            declared[""] = attrs["xmlns"]
        spaces = {**self._spaces[-1], **declared} if declared else self._spaces[-1]
        if self.root is None:
            self._own = spaces.get(raw.rpartition(":")[0])
            if raw.rpartition(":")[2].lower() == "feed" and not self._own:
                spaces = {**spaces, "": "http://www.w3.org/2005/Atom"}
        self._spaces.append(spaces)
        named = {
            (k.lower() if ":" not in k else self._name(k, spaces)): v
            for k, v in attrs.items()
            if k != "xmlns" and not k.startswith("xmlns:")
        }
        above = self._open[-1].base if self._open else None
        own = named.get("xml:base", "").strip()
        node = Node(self._name(raw, spaces), named, _joined(above, own) if own else above, raw)
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)

    def end(self, raw: str) -> None:
        """Closes an element, and what was left open inside; nothing where it is not open."""
        for i in range(len(self._open) - 1, -1, -1):
            if self._open[i].raw == raw:
                del self._open[i:], self._spaces[i + 1 :]
                return

    def data(self, text: str) -> None:
        if self._open:
            children = self._open[-1].children
            children.append(_CONTROL.sub("", text))

    def _name(self, raw: str, spaces: Mapping[str, str]) -> str:
        prefix, _, local = raw.rpartition(":")
        local, uri = local.lower(), spaces.get(prefix)
        if uri is not None:
            ours = next((known for known, pattern in _KNOWN if pattern.match(uri)), None)
            if ours is None and uri == self._own and not (self.root and self.root.name.startswith("atom:")):
                ours = ""
            if ours is None and not uri.strip():
                ours = ""
            # A wrong address behind a prefix that everybody knows: what is meant is plain.
            if ours is None and prefix.lower() in ("itunes", "podcast") and prefix.lower() in uri.lower():
                ours = prefix.lower()
            return f"{'?' if ours is None else ours}:{local}".removeprefix(":")
        if not prefix:
            return local
        known = prefix.lower()
        return f"{_ALIASES.get(known, known) if known in _PREFIXES else '?'}:{local}"


def _joined(base: str | None, own: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(base, own) if base else own
    except ValueError:
        return own


def _strict(body: str, builder: _Builder) -> None:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    entities = [0, 0]

    def entity(name: str, parameter: bool, value: str | None, *_: object) -> None:
        entities[0] += 1
        if value is None or parameter:
            return  # somewhere else; nothing is ever read from there
        entities[1] += len(value) * body.count(f"&{name};")
        nested = re.search(r"&(?!#|amp;|lt;|gt;|quot;|apos;)", value)
        if nested or entities[0] > MAX_ENTITIES or entities[1] > MAX_ENTITY_CHARS:
            raise FeedError(
                "The feed defines shorthands that would blow it up, so it was not read. Ask its publisher for a plain "
                "feed."
            )

    def skipped(name: str, parameter: bool) -> None:
        if not parameter:
            builder.data(html.entities.html5.get(f"{name};", f"&{name};"))

    parser.EntityDeclHandler = entity
    parser.SkippedEntityHandler = skipped
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(body.encode("utf-8", "replace"), True)


_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|<\?.*?(?:\?>|\Z)"
    r"|<![A-Za-z][^<>]*>"
    r"|<(?P<end>/?)(?P<name>[A-Za-z_][\w.\-]*(?::[\w.\-]+)?)(?P<attrs>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(?P<empty>/?)>"
    r"|</[\w:.\-]*\s*\Z"
    r"|(?P<text><|[^<]+)",
    re.DOTALL | re.IGNORECASE,
)
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([^\s=/\"'<>]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)")
_REFERENCE = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _forgiving(body: str, builder: _Builder) -> None:
    start = re.search("<!DOCTYPE", body, re.IGNORECASE)
    doctype = _DOCTYPE.match(body, start.start()) if start else None
    if doctype:
        body = body[: doctype.start()] + body[doctype.end() :]
    for token in _TOKEN.finditer(body):
        if token["name"]:
            if token["end"]:
                builder.end(token["name"])
                continue
            attrs = {
                k: _with_characters(v.strip("\"'") if v[0] in "\"'" else v)
                for k, v in _ATTRIBUTE.findall(token["attrs"])
            }
            builder.start(token["name"], attrs)
            if token["empty"]:
                builder.end(token["name"])
        elif token["cdata"] is not None:
            builder.data(token["cdata"])
        elif token["text"] is not None:
            builder.data(_with_characters(token["text"]))


def _with_characters(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    name = reference[1]
    if name[0] != "#":
        return html.entities.html5.get(f"{name};", reference[0])
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""


def _unpacked(data: bytes, limit_bytes: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(data, limit_bytes + 1)
    except zlib.error:
        raise FeedError("The feed is packed with gzip and broken. Load it again.") from None
    return whole


def _written(node: Node) -> str:
    name = node.name.rpartition(":")[2]
    attrs = "".join(f' {k}="{html_escaped(v)}"' for k, v in node.attrs.items() if ":" not in k)
    return f"<{name}{attrs}>{_inside(node)}</{name}>"


def _inside(node: Node) -> str:
    return "".join(html_escaped(c) if isinstance(c, str) else _written(c) for c in node.children)


def html_escaped(text: str) -> str:
    """A text as it stands in HTML."""
    return html.escape(text)
