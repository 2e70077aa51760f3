"""Tables leave as files that spreadsheets open without harm."""

import csv
import datetime as dt
import io
from decimal import Decimal
from urllib.parse import unquote

import openpyxl
import pytest
import time_machine
from flask import Flask, g

from sca_lms.web.exports import Cell, csv_file, file_name, table_file, xlsx_file

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


DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("label", "name", "named"),
    [
        ("SCA2", "learners", "SCA2-learners-2026-11-22"),
        ("", "learners", "learners-2026-11-22"),
        ("รุ่น 2/2569", "ผู้เรียน", "รุ่น-2-2569-ผู้เรียน-2026-11-22"),
        ("SCA2", "SCA2 grades 2026-11-22", "SCA2-grades-2026-11-22"),
        ("..", '../../etc/passwd\r\nX: "y"', "etc-passwd-X-y-2026-11-22"),
        ("a" * 500, "b", f"{'a' * 80}-b-2026-11-22"),
        ("", "", "2026-11-22"),
    ],
)
def test_a_file_is_named_after_its_course_its_content_and_the_day(label: str, name: str, named: str) -> None:
    assert file_name(name, label=label, day=DAY) == named


@time_machine.travel("2026-11-21T20:00:00+00:00", tick=False)
def test_the_day_in_the_name_is_the_one_where_the_course_is(house: Flask) -> None:
    with house.test_request_context():
        g.course_label, g.timezone = "รุ่น 2", "Asia/Bangkok"
        for kind in ("csv", "xlsx"):
            header = table_file(kind, "ผู้เรียน", HEADER, ROWS).headers["Content-Disposition"]
            assert unquote(header.partition("filename*=UTF-8''")[2]) == f"รุ่น-2-ผู้เรียน-2026-11-22.{kind}"
            assert f'filename="2-2026-11-22.{kind}"' in header
            assert header.isascii()


@pytest.mark.parametrize("sheet", ["[a]:*?/\\b", "'", "", "x" * 100])
def test_a_sheet_may_be_called_anything(sheet: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file(HEADER, ROWS, sheet=sheet)))
    assert len(book.worksheets) == 1
