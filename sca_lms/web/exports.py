"""Hand out a table as a file that spreadsheets open as it is: CSV or XLSX, Thai included."""

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO
from urllib.parse import quote

import xlsxwriter
from flask import Response, g

from sca_lms import clock
from sca_lms.web.i18n import wall_time

Cell = str | int | Decimal | None
# A cell that begins with one of these would be run as a formula by a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
LONGEST_PART = 80
SPOOL_BYTES = 4 * 1024 * 1024
"""A longer file waits on the disk until it is sent."""
BLOCK_BYTES = 64 * 1024
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|%\s\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+')
_NOT_IN_SHEETS = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_NOT_ASCII = re.compile(r"[^A-Za-z0-9._-]+")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return UTF-8 with a byte order mark, which Excel needs to read Thai; text never acts as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_harmless(cell) for cell in header])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str) -> bytes:
    """Return a workbook with one sheet; numbers stay numbers, text stays text."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        page = workbook.add_worksheet(_NOT_IN_SHEETS.sub(" ", sheet)[:31].strip(" '") or None)
        bold = workbook.add_format({"bold": True})
        page.freeze_panes(1, 1)
        for column, title in enumerate(header):
            page.write_string(0, column, title, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, column, cell)
                elif cell is not None:
                    page.write_number(number, column, cell)
        page.autofit()
    return buffer.getvalue()


def table_file(kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Answer with a table as a download; `kind` is csv or xlsx."""
    if kind == "xlsx":
        body, content_type = xlsx_file(header, rows, sheet=name), XLSX_TYPE
    else:
        body, content_type = csv_file(header, rows), "text/csv; charset=utf-8"
    return attachment(body, content_type, name, kind)


def streamed_file(kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Answer with a long table as a download; memory does not grow with it. `kind` is csv or xlsx."""
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - Closed when it is sent.
    if kind == "xlsx":
        write_xlsx(spool, header, rows, sheet=name)
        content_type = XLSX_TYPE
    else:
        text = io.TextIOWrapper(spool, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([_harmless(cell) for cell in header])
        writer.writerows([_harmless(cell) for cell in row] for row in rows)
        text.detach()
        content_type = "text/csv; charset=utf-8"
    spool.seek(0)
    return attachment(_blocks(spool), content_type, name, kind)


def write_xlsx(
    spool: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str
) -> None:
    """Write a long workbook with one sheet into a file; memory does not grow with it."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(spool, options) as workbook:
        page = workbook.add_worksheet(_NOT_IN_SHEETS.sub(" ", sheet)[:31].strip(" '") or None)
        bold = workbook.add_format({"bold": True})
        page.freeze_panes(1, 2)
        for column, title in enumerate(header):
            page.write_string(0, column, title, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, column, cell)
                elif cell is not None:
                    page.write_number(number, column, cell)


def _blocks(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while block := spool.read(BLOCK_BYTES):
            yield block


def attachment(body: bytes | Iterable[bytes], content_type: str, name: str, file_type: str) -> Response:
    """Answer with a file to be saved under a name in any script; `file_type` is its ending.

    The name begins with the course's label and ends with today's date there: of ten files in a folder people
    can tell which is which.
    """
    response = Response(body, content_type=content_type)
    named = file_name(name, label=g.get("course_label", ""), day=wall_time(clock.now()).date())
    plain = "-".join(filter(None, _NOT_ASCII.sub("", named).split("-")))
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{plain}.{file_type}"; '
        f"filename*=UTF-8''{quote(f'{named}.{file_type}', safe='')}"
    )
    return response


def file_name(name: str, *, label: str, day: dt.date) -> str:
    """Return label, name and day with hyphens between them, without what a file's name may not hold.

    What the name says already is not said twice.
    """
    short_label, short_name = (
        _NOT_IN_NAMES.sub(" ", part).strip(" .")[:LONGEST_PART] for part in (label, name)
    )
    parts = [short_name.removeprefix(short_label).removesuffix(day.isoformat()).strip(), day.isoformat()]
    return "-".join(filter(None, [short_label, *parts])).replace(" ", "-")


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, Decimal):
        # Databases keep four decimal places; nobody wants to read 50.0000.
        return f"{cell.normalize():f}"
    return f"'{cell}" if isinstance(cell, str) and cell.strip().startswith(FORMULA_STARTS) else cell
