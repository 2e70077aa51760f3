"""Read the first sheet of an XLSX workbook row by row, without letting the file do harm; pure.

Only values are read: neither formulas nor links are followed. See ECMA-376, part 1, 18.3 and 18.4.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from sca_lms.web.zip_faults import BROKEN_ZIP

LARGEST_PART_BYTES = 100 * 1024 * 1024
MOST_CELLS = 1_500_000
MOST_COLUMNS = 2_000
MOST_ELEMENTS = 3 * MOST_CELLS
"""Of one part; a cell with its text has three. Empty ones pack so small that bytes alone bound no time."""
DEEPEST = 64
SHARED_STRINGS = "xl/sharedStrings.xml"
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ZIP = b"PK\x03\x04"
Rows = list[tuple[int, list[str]]]
"""Rows with their numbers, as a spreadsheet counts them; empty ones are left out."""


class FaultyWorkbook(ValueError):
    """A file that is no workbook, or one that is broken or too large."""


def is_workbook(content: bytes) -> bool:
    """Tell whether a file begins as a workbook does."""
    return content.startswith(_ZIP)


def read_workbook(content: bytes, *, most_rows: int) -> Rows:
    """Return the rows of the first sheet; raises `FaultyWorkbook`. One row more than asked tells of more."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            numbers = sorted(int(found[1]) for name in names if (found := _SHEET.fullmatch(name)))
            if not numbers:
                raise FaultyWorkbook("no sheet")
            strings = _Strings()
            if SHARED_STRINGS in names:
                _parse(_part(package, SHARED_STRINGS), strings)
            sheet = _Sheet(strings.found, most_rows + 1)
            _parse(_part(package, f"xl/worksheets/sheet{numbers[0]}.xml"), sheet)
    except _Enough:
        return sheet.rows
    except (SAXParseException, DefusedXmlException, *BROKEN_ZIP) as error:
        raise FaultyWorkbook(str(error)) from error
    return sheet.rows


class _Enough(Exception):
    """As many rows were read as were asked for."""


class _Bounded(ContentHandler):
    """Refuses a part with more elements, or deeper within each other, than a sheet of ours can need."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - Named by the standard library.
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise FaultyWorkbook("too many elements")

    def endElement(self, name: str) -> None:  # noqa: N802 - As above.
        self._depth -= 1


class _Strings(_Bounded):
    """Collects the texts that cells refer to by number; the readings above words are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._text: list[str] = []
        self._inside = False
        self._phonetic = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - As above.
        super().startElement(name, attrs)
        local = name.rpartition(":")[2]
        if local == "si":
            self._text = []
        elif local == "rPh":
            self._phonetic = True
        self._inside = local == "t" and not self._phonetic

    def characters(self, content: str) -> None:
        if self._inside:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - As above.
        super().endElement(name)
        local = name.rpartition(":")[2]
        self._inside = False
        if local == "si":
            self.found.append("".join(self._text))
        elif local == "rPh":
            self._phonetic = False


class _Sheet(_Bounded):
    """Collects the rows of a sheet."""

    def __init__(self, strings: list[str], most_rows: int) -> None:
        super().__init__()
        self.rows: Rows = []
        self._strings = strings
        self._most_rows = most_rows
        self._cells: dict[int, str] = {}
        self._row = self._column = 0
        self._kind = ""
        self._text: list[str] = []
        self._inside = False
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - As above.
        super().startElement(name, attrs)
        local = name.rpartition(":")[2]
        if local == "row":
            self._cells, self._column = {}, -1
            given = attrs.get("r", "")
            self._row = int(given) if given.isascii() and given.isdigit() else self._row + 1
        elif local == "c":
            self._count += 1
            place = _PLACE.fullmatch(attrs.get("r", ""))
            self._column = _column_number(place[1]) if place else self._column + 1
            if self._count > MOST_CELLS or self._column >= MOST_COLUMNS:
                raise FaultyWorkbook("too many cells")
            self._kind, self._text = attrs.get("t", ""), []
        self._inside = local in {"v", "t"}

    def characters(self, content: str) -> None:
        if self._inside:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - As above.
        super().endElement(name)
        local = name.rpartition(":")[2]
        self._inside = False
        if local == "c":
            text = self._value()
            if text:
                self._cells[self._column] = text
        elif local == "row" and self._cells:
            width = max(self._cells) + 1
            self.rows.append((self._row, [self._cells.get(place, "") for place in range(width)]))
            if len(self.rows) >= self._most_rows:
                raise _Enough

    def _value(self) -> str:
        text = "".join(self._text).strip()
        if self._kind != "s":
            return text
        known = text.isascii() and text.isdigit() and int(text) < len(self._strings)
        return self._strings[int(text)].strip() if known else ""


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _part(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part in blocks; what it says of its size may be a lie, so what comes out is counted."""
    taken = 0
    with package.open(name) as opened:
        while block := opened.read(256 * 1024):
            taken += len(block)
            if taken > LARGEST_PART_BYTES:
                raise FaultyWorkbook("too large")
            yield block


def _parse(blocks: Iterator[bytes], handler: ContentHandler) -> None:
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    for block in blocks:
        parser.feed(block)
    parser.close()
