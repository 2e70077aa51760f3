"""Tables leave as files that spreadsheets open without harm."""

import csv
import io
from decimal import Decimal

import openpyxl

from sca_lms.web.exports import Cell, csv_file, xlsx_file

HEADER = ["ชื่อ", "คะแนน"]
ROWS: list[list[Cell]] = [["ปวีณา แก้วมณี", Decimal("66.67")], ["=1+1", 3], ["-ลบ", None]]


def test_thai_and_numbers_survive_csv() -> None:
    body = csv_file(HEADER, ROWS)
    assert body.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert read[0] == HEADER
    assert read[1] == ["ปวีณา แก้วมณี", "66.67"]


def test_a_name_is_never_run_as_a_formula() -> None:
    read = list(csv.reader(io.StringIO(csv_file(HEADER, ROWS).decode("utf-8-sig"))))
    assert read[2][0] == "'=1+1"
    assert read[3][0] == "'-ลบ"
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file(HEADER, ROWS, sheet="คะแนน"))).active
    assert sheet is not None
    assert sheet["A3"].value == "=1+1"
    assert sheet["A3"].data_type == "s"


def test_numbers_stay_numbers_in_a_workbook() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_file(HEADER, ROWS, sheet="คะแนน"))).active
    assert sheet is not None
    assert sheet["B2"].value == 66.67
    assert sheet["A2"].value == "ปวีณา แก้วมณี"
