"""Read tables as spreadsheets save or paste them: CSV in any of their spellings, and XLSX; pure."""

import csv
import io
from collections.abc import Sequence

from sca_lms.web import workbooks
from sca_lms.web.workbooks import Rows

LONGEST_CELL = 200
_THAI_WINDOWS = "cp874"


def decoded(raw: bytes) -> str | None:
    """Return the text of a file that a spreadsheet has written, None for what is no text."""
    is_utf_16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", _THAI_WINDOWS):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def cells_of(text: str, *, most: int) -> Rows:
    """Return the lines that hold something, with their numbers, cut at tabs, semicolons or commas.

    One line more than `most` tells that there are more.
    """
    clean = text.lstrip("\ufeff")
    head = clean.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter)
    found: Rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, cells))
            if len(found) > most:
                break
    except csv.Error:
        # A cell longer than the csv module takes: nothing that a spreadsheet writes for such a list.
        return []
    return found


def rows_of_file(content: bytes, *, most: int) -> Rows | None:
    """Return the rows of a CSV or XLSX file as `cells_of` does, None for a file that is neither."""
    if workbooks.is_workbook(content):
        try:
            return workbooks.read_workbook(content, most_rows=most)
        except workbooks.FaultyWorkbook:
            return None
    text = decoded(content)
    return None if text is None else cells_of(text, most=most)


def cell_of(cells: Sequence[str], place: int) -> str:
    """Return one cell of a row without what spreadsheets add, empty where the row is shorter."""
    # Our own export puts an apostrophe before what a spreadsheet would take for a formula.
    return cells[place].strip().removeprefix("'")[:LONGEST_CELL] if place < len(cells) else ""
