"""Read and write a timetable as a table in a text file; pure.

Spreadsheets put a quote before a text that would run as a formula; here it is put and taken off again, so
that what was written is what is read.
"""

import csv
import io
import re
from collections.abc import Sequence
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from sca_lms.bootcamp.timetable_rows import (
    FIELDS,
    Course,
    FileFault,
    Reading,
    Row,
    read_rows,
    unreadable,
    write_row,
)
from sca_lms.bootcamp.timetable_rules import PlannedSession
from sca_lms.web.exports import FORMULA_STARTS

MOST_ROWS = 2_000
NEEDED = ("code", "category", "start", "end")
DELIMITERS = ",;\t"

_STARTS = "".join(map(re.escape, FORMULA_STARTS))
_QUOTED = re.compile(rf"'+\s*[{_STARTS}]")
_SURPLUS = "\0surplus"
"""Stands in a row that has more cells than there are names; no header can be called so."""
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def table(sessions: Sequence[PlannedSession], zone: ZoneInfo) -> list[list[str]]:
    """Return the cells of all sessions, in the order of `FIELDS`, for `exports.csv_file` to write."""
    rows = [write_row(session, zone) for session in sessions]
    return [[_with_quote(row[name]) for name in FIELDS] for row in rows]


def text(sessions: Sequence[PlannedSession], zone: ZoneInfo) -> str:
    """Return the same as the text of a file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIELDS)
    for session in sessions:
        cells = write_row(session, zone)
        writer.writerow([_always_quoted(cells[name]) for name in FIELDS])
    return buffer.getvalue()


def decoded(content: bytes) -> str | None:
    """Return the text of a file in UTF-8 or, with its mark, UTF-16; None when it is in another encoding."""
    encoding = _BYTE_ORDER_MARKS.get(content[:2], "utf-8")
    try:
        return content.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError:
        return None


def read(text: str, course: Course) -> Reading:
    """Return the sessions of a table, or every fault of it with line and column name."""
    rows, faults = _rows(text.lstrip("\ufeff"))
    return unreadable(*faults) if faults else read_rows(rows, course)


def _rows(text: str) -> tuple[list[Row], list[FileFault]]:
    header_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=header_line.count)
    # Every line end is one: a lone return, as old spreadsheets write it, would break the reader off.
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(unified), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[Row] = []
    try:
        line = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if not header:
                    header = [cell.strip().lower() for cell in cells]
                    if faults := _header_faults(header, line):
                        return [], faults
                else:
                    rows.append(_row(header, cells, line))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS:
                too_many = _l("holds more than %(number)d sessions", number=MOST_ROWS)
                return [], [FileFault(line, "file", too_many)]
    except csv.Error:
        return [], [FileFault(reader.line_num, "file", _l("has a quotation mark that is never closed"))]
    if not header:
        return [], [FileFault(1, "file", _l("is empty"))]
    return rows, [
        FileFault(row.line, "file", _l("has more cells than the first line has names"))
        for row in rows
        if _SURPLUS in row.values
    ]


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> Row:
    values: dict[str, str] = {
        name: _without_quote(cell) for name, cell in zip(header, cells, strict=False) if name
    }
    if any(cell.strip() for cell in cells[len(header) :]):
        values[_SURPLUS] = "yes"
    return Row(values, line, {})


def _header_faults(header: Sequence[str], line: int) -> list[FileFault]:
    missing = [name for name in NEEDED if name not in header]
    if "title_th" not in header and "title_en" not in header:
        missing.append("title_th")
    faults = [FileFault(line, name, _l("this column is missing")) for name in missing]
    for place, name in enumerate(header):
        if name and name in header[:place]:
            faults.append(FileFault(line, name[:40], _l("this column is there twice")))
        elif name and name not in FIELDS:
            close = get_close_matches(name[:60], FIELDS, n=1, cutoff=0.6)
            reason = (
                _l("this column is not known; did you mean “%(name)s”?", name=close[0])
                if close
                else _l("this column is not known")
            )
            faults.append(FileFault(line, name[:40], reason))
    return faults


def _with_quote(cell: str) -> str:
    """Put one more quote before a text that already looks quoted; `exports` does it for the others."""
    return f"'{cell}" if _QUOTED.match(cell) else cell


def _always_quoted(cell: str) -> str:
    return f"'{cell}" if _QUOTED.match(cell) or cell.strip().startswith(FORMULA_STARTS) else cell


def _without_quote(cell: str) -> str:
    return cell[1:] if _QUOTED.match(cell) else cell
