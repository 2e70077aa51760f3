"""Files of scores are read as spreadsheets write them, and every fault is named with its row."""

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.gradebook.mark_files import FaultKind, read_marks
from sca_lms.web.workbooks import DEEPEST, FaultyWorkbook, read_workbook

MAXIMA = {"PRE": Decimal(100), "QUIZ:PB1": Decimal(100), "MEN": Decimal(12)}


def faults_of(text: str) -> list[tuple[int, FaultKind]]:
    return [(fault.line, fault.kind) for fault in read_marks(text.encode(), MAXIMA).faults]


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def test_a_csv_file_gives_scores_by_learner_and_leaves_out_empty_cells() -> None:
    text = "\ufeffID,ชื่อ,* กลุ่ม,[PRE] ก่อนเข้าค่าย (100),QUIZ:PB1\r\n7,กานต์,A,62.5,\r\n8,ชยพล,B,,100\r\n"
    found = read_marks(text.encode(), MAXIMA)
    assert not found.faults
    assert [(row.line, row.enrolment_id, dict(row.values)) for row in found.rows] == [
        (2, 7, {"PRE": Decimal("62.5")}),
        (3, 8, {"QUIZ:PB1": Decimal(100)}),
    ]


def test_a_workbook_is_read_as_the_same_table() -> None:
    found = read_marks(a_workbook(("ID", "Name", "[PRE] x"), (7, "กานต์", 62.35), (8, "ชยพล", None)), MAXIMA)
    assert not found.faults
    assert [(row.enrolment_id, row.person, dict(row.values)) for row in found.rows] == [
        (7, "กานต์", {"PRE": Decimal("62.35")}),
        (8, "ชยพล", {}),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, FaultKind.EMPTY)]),
        ("ID,PRE\n", [(1, FaultKind.EMPTY)]),
        ("PRE\n5\n", [(1, FaultKind.NO_PERSON_COLUMN)]),
        ("ID,Name\n5,x\n", [(1, FaultKind.NO_SCORE_COLUMN)]),
        ("ID,PRE,XYZ\n5,1,1\n", [(1, FaultKind.UNKNOWN_COLUMN)]),
        ("ID,PRE,[PRE] again\n5,1,1\n", [(1, FaultKind.COLUMN_TWICE)]),
        ("ID,PRE\nx,1\n", [(2, FaultKind.UNKNOWN_PERSON)]),
        ("ID,Name,PRE\n,,1\n", [(2, FaultKind.NO_PERSON)]),
        ("ID,PRE\n5,hello\n6,-1\n7,100.01\n", [
            (2, FaultKind.NO_NUMBER), (3, FaultKind.OUT_OF_RANGE), (4, FaultKind.OUT_OF_RANGE),
        ]),
        ("ID,MEN\n5,1.23456\n", [(2, FaultKind.TOO_PRECISE)]),
        ("ID,PRE\n5,NaN\n6,1e2\n7,๕\n", [
            (2, FaultKind.NO_NUMBER), (3, FaultKind.NO_NUMBER), (4, FaultKind.NO_NUMBER),
        ]),
    ],
)  # fmt: skip
def test_every_fault_of_a_file_is_named_with_its_row(
    text: str, expected: list[tuple[int, FaultKind]]
) -> None:
    assert faults_of(text) == expected


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    read_marks(content, MAXIMA)
    read_marks(b"PK\x03\x04" + content, MAXIMA)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    for row in read_marks(text.encode(errors="replace"), MAXIMA).rows:
        assert all(0 <= value <= MAXIMA[code] for code, value in row.values.items())


def test_a_workbook_with_a_document_type_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("xl/worksheets/sheet1.xml", bomb)
    with pytest.raises(FaultyWorkbook):
        read_workbook(buffer.getvalue(), most_rows=10)


def test_a_workbook_whose_elements_lie_deeper_than_in_any_sheet_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"<row>" * (DEEPEST + 1))
    with pytest.raises(FaultyWorkbook, match="too many elements"):
        read_workbook(buffer.getvalue(), most_rows=10)


def test_rows_beyond_the_most_are_only_noticed() -> None:
    rows = [(number, 1) for number in range(30)]
    assert len(read_workbook(a_workbook(*rows), most_rows=10)) == 11
