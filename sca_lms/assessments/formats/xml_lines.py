"""Read XML of strangers into plain nodes that know their line; whatever could do harm is refused."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Protocol
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from sca_lms.assessments.formats.encodings import UnreadableText, decoded
from sca_lms.assessments.formats.xml_faults import not_well_formed
from sca_lms.texts import reason_of, worded

DEEPEST = 100
MOST_NODES = 500_000
_ENCODING = re.compile(r"""(<\?xml[^>]{0,100}?)\s+encoding\s*=\s*["'][^"']{0,40}["']""")
_EMPTY = {"br", "hr", "img"}


class FaultyXml(ValueError):
    """XML that cannot be read; the line counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Node:
    """One element; `content` holds its texts and elements in their order. Prefixes of names are dropped."""

    tag: str
    attributes: dict[str, str]
    line: int
    content: "list[str | Node]" = field(default_factory=list)

    @property
    def children(self) -> "list[Node]":
        """Return the elements directly inside."""
        return [each for each in self.content if isinstance(each, Node)]

    def find(self, tag: str) -> "Node | None":
        """Return the first element of this name directly inside."""
        return next((each for each in self.children if each.tag == tag), None)

    def find_all(self, tag: str) -> "list[Node]":
        """Return all elements of this name directly inside."""
        return [each for each in self.children if each.tag == tag]

    def walk(self) -> "Iterator[Node]":
        """Yield this element and all inside it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def text(self) -> str:
        """Return all text inside, without markup."""
        return "".join(each if isinstance(each, str) else each.text() for each in self.content)

    def markup(self) -> str:
        """Return what is inside as HTML."""
        return "".join(
            html.escape(each, quote=False) if isinstance(each, str) else each.outer() for each in self.content
        )

    def outer(self) -> str:
        """Return the element as HTML."""
        attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in self.attributes.items())
        if self.tag in _EMPTY:
            return f"<{self.tag}{attributes}>"
        return f"<{self.tag}{attributes}>{self.markup()}</{self.tag}>"


class _Located(Protocol):
    def getLineNumber(self) -> int | None: ...  # noqa: N802 - Named by the standard library.


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self._place: _Located | None = None

    def setDocumentLocator(self, locator: _Located) -> None:  # noqa: N802 - Named by the standard library.
        self._place = locator

    @property
    def line(self) -> int:
        return (self._place.getLineNumber() if self._place else 1) or 1

    @property
    def open_tags(self) -> list[tuple[str, int]]:
        """Return the names and lines of the elements that have no end yet, the innermost last."""
        return [(each.tag, each.line) for each in self._open]

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - As above.
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_NODES:
            raise FaultyXml(self.line, worded("is nested too deeply or has too many elements"))
        attributes = {_local(each): attrs.getValue(each) for each in attrs.getNames()}
        node = Node(_local(name), attributes, self.line)
        if self._open:
            self._open[-1].content.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802 - As above.
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open:
            self._open[-1].content.append(content)


def read_xml(content: bytes) -> Node:
    """Return the root of a document; raise `FaultyXml` with the line for what is not well-formed.

    Document types and entities are refused: they can fetch files and blow up. See https://pypi.org/project/defusedxml/.
    """
    try:
        # The text is handed on as UTF-8, so what the first line says of its encoding no longer holds.
        text = _ENCODING.sub(r"\1", decoded(content).lstrip(), count=1)
    except UnreadableText as error:
        raise FaultyXml(1, reason_of(error)) from error
    parser, builder = make_parser(), _Builder()
    parser.forbid_dtd = True
    parser.setContentHandler(builder)
    try:
        parser.parse(BytesIO(text.encode(errors="replace")))
    except SAXParseException as error:
        raise FaultyXml(error.getLineNumber() or 1, not_well_formed(error, builder.open_tags)) from error
    except DefusedXmlException as error:
        raise FaultyXml(
            builder.line, worded("declares a document type or entities, which are refused")
        ) from error
    if builder.root is None:
        raise FaultyXml(1, worded("is empty"))
    return builder.root


def _local(name: str) -> str:
    return name.rpartition(":")[2]
