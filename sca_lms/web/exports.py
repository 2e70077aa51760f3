"""Hand out a table as a file that spreadsheets open as it is: CSV or XLSX, Thai included."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from flask import Response

Cell = str | int | Decimal | None
# A cell that begins with one of these would be run as a formula by a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
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
        page = workbook.add_worksheet(sheet[:31])
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
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''{quote(f'{name}.{kind}', safe='')}"
    )
    return response


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.strip().startswith(FORMULA_STARTS) else cell
