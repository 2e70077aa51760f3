"""The sign-in sheet goes out on paper and comes back: read whole, compared, then stored all together."""

import datetime as dt
import io

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.attendance import queries
from sca_lms.attendance.learner_codes import code_of, qr_text
from sca_lms.attendance.models import PresenceRecord, Source
from sca_lms.attendance.sheet_reading import FaultKind, SheetFault, read_sheet
from sca_lms.database import db
from sca_lms.web.qr_pictures import draw
from sca_lms.web.tables import decoded
from tests.attendance.doors import BEGINS, ENDS, MINUTE, Doors, act, open_doors

SHEET = "/sessions/D01A/sheet"
LATER = ENDS + dt.timedelta(days=1)


@pytest.fixture
def doors(app: Flask) -> Doors:
    return open_doors(app, learners=4)


def code(doors: Doors, place: int) -> str:
    return code_of(doors.app.config["SECRET_KEY"], doors.course_id, doors.learner_ids[place])


def lines(doors: Doors, *times: tuple[str, str]) -> str:
    rows = [f"{code(doors, place)},,{came},{left}" for place, (came, left) in enumerate(times)]
    return "\n".join(["code,name,in,out", *rows])


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("code,name,in,out", "X,ก,08:31,12:10"),
        ("รหัส\tชื่อ\tเข้า\tออก", "X\tก\t8.31\t12.10 น."),
        ("Code;In;Out", "X;๐๘:๓๑;12:10:00"),
        ("no,code,in,out,signature", '1,X,08.31 น.,12:10,"a, b"'),
    ],
)
def test_a_sheet_is_read_however_a_spreadsheet_writes_it(header: str, row: str) -> None:
    rows, faults = read_sheet(f"\ufeff{header}\r\n\r\n{row}\r\n")
    assert faults == []
    assert [(each.code, each.came, each.left) for each in rows] == [("X", dt.time(8, 31), dt.time(12, 10))]
    assert rows[0].line == 3


def test_every_fault_is_named_with_its_line_in_one_pass() -> None:
    text = "code,in,out\n,08:30,12:15\nA,8 o'clock,25:00\nB,,12:15\nC,-,–\nD,08:30,"
    rows, faults = read_sheet(text)
    assert faults == [
        SheetFault(2, FaultKind.NO_CODE),
        SheetFault(3, FaultKind.BAD_TIME, "8 o'clock"),
        SheetFault(3, FaultKind.BAD_TIME, "25:00"),
        SheetFault(4, FaultKind.OUT_WITHOUT_IN, "12:15"),
    ]
    assert [(each.code, each.came, each.left) for each in rows] == [
        ("C", None, None), ("D", dt.time(8, 30), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", SheetFault(1, FaultKind.NO_TEXT)),
        ("\n \n", SheetFault(1, FaultKind.NO_TEXT)),
        ("name,in\nก,08:30", SheetFault(1, FaultKind.NO_COLUMNS, "code, out")),
        ("code,in,out\n" + "X,,\n" * 6_000, SheetFault(5_001, FaultKind.TOO_LONG)),
        ("x" * 200_000, SheetFault(1, FaultKind.NO_TEXT)),
    ],
)
def test_what_is_no_sheet_says_so(text: str, fault: SheetFault) -> None:
    assert read_sheet(text) == ([], [fault])


def test_files_of_thai_windows_and_of_excel_are_read() -> None:
    text = "รหัส,เข้า,ออก"
    for raw in (text.encode("utf-8-sig"), text.encode("cp874"), text.encode("utf-16")):
        assert decoded(raw) == text
    assert decoded(b"\x00\x01PK") is None
    assert decoded(b"\xff\xfe\x00") is None


# ---------------------------------------------------------------- out and back


def test_the_printed_sheet_has_a_row_with_a_qr_code_for_everybody_in_thai_name_order(doors: Doors) -> None:
    page = doors.staff().page(SHEET)
    for place in range(4):
        assert code(doors, place) in page
        assert draw(qr_text(doors.course_id, code(doors, place), "D01A")).path in page
    places = [page.index(name) for name in ("ชยพล", "ปวีณา", "โสภิดา", "อนุชา")]
    assert places == sorted(places)
    assert "Page 1 of 1" in page


def test_the_file_that_goes_out_comes_back_and_changes_nothing(doors: Doors) -> None:
    with time_machine.travel(BEGINS, tick=False):
        doors.learner().report(act("in", doors.digits(BEGINS), BEGINS), sent_at=BEGINS)
    with time_machine.travel(ENDS, tick=False):
        doors.learner().report(act("out", doors.digits(ENDS), ENDS), sent_at=ENDS)
    with time_machine.travel(LATER, tick=False):
        staff = doors.staff()
        sent = staff.get(f"{SHEET}.csv").get_data()
        assert f"{code(doors, 0)},ปวีณา สกุล0,08:30,12:15" in sent.decode("utf-8-sig")
        answer = staff.post(f"{SHEET}/return", {"file": (io.BytesIO(sent), "D01A.csv")})
    assert "The sheet changes nothing." in answer.text
    assert "3 empty" in answer.text


def test_nothing_is_stored_before_the_difference_was_seen_and_then_all_of_it(doors: Doors) -> None:
    with time_machine.travel(BEGINS + 20 * MINUTE, tick=False):
        at = BEGINS + 20 * MINUTE
        doors.learner(1).report(act("in", doors.digits(at), at), sent_at=at)
    text = lines(doors, ("08:31", "12:10"), ("08:30", "12:15"), ("", ""), ("08:30", ""))
    with time_machine.travel(LATER, tick=False):
        staff = doors.staff()
        staff.said("/sessions/D01A/room/close", {})
        page = staff.post(f"{SHEET}/return", {"text": text}).text
        assert "2 new people" in page
        assert "1 different" in page
        assert "1 empty" in page
        assert "08:50 – no check-out" in page
        assert doors.stays(0) == []
        assert "2 people recorded" in staff.said(f"{SHEET}/save", {"text": text, "line": ["2", "3"]})
    assert doors.stays(0) == [("D01A", "08:31", "12:10")]
    assert doors.stays(1) == [("D01A", "08:30", "12:15")]
    assert doors.stays(3) == [], "a line that was not ticked is left out"
    with doors.app.app_context():
        kinds = set(
            db.session.scalars(sa.select(PresenceRecord.in_source).where(PresenceRecord.voided_at.is_(None)))
        )
        assert kinds == {Source.PAPER}
        void = db.session.scalars(
            sa.select(PresenceRecord).where(PresenceRecord.voided_at.is_not(None))
        ).one()
        assert void.void_reason == "sign-in sheet"
        balances = queries.balances(doors.learner_ids)
        assert [sum(balances[each].values()) for each in doors.learner_ids] == [210, 210, 0, 0]


def test_one_fault_keeps_the_whole_sheet_back_and_every_fault_is_named(doors: Doors) -> None:
    rows = [
        f"{code(doors, 0)},,08:30,12:15",
        "3F-ZZZZZZ,,08:30,12:15",
        f"{code(doors, 0)},,08:30,12:15",
        f"{code(doors, 1)},,12:00,09:00",
        f"{code(doors, 2)},,05:00,06:00",
        f"{code(doors, 3)},,soon,",
    ]
    text = "\n".join(["code,name,in,out", *rows])
    with time_machine.travel(LATER, tick=False):
        for path in ("return", "save"):
            answer = doors.staff().post(f"{SHEET}/{path}", {"text": text, "line": ["2"]})
            assert answer.status_code == 200
            assert "5 faults; nothing was stored." in answer.text
            for number in (3, 4, 5, 6, 7):
                assert f"Line {number}" in answer.text
    assert doors.stays(0) == []


def test_somebody_who_is_in_another_room_needs_a_time_of_leaving(doors: Doors) -> None:
    afternoon = BEGINS + 285 * MINUTE
    with time_machine.travel(afternoon, tick=False):
        doors.learner().report(
            act("in", doors.digits(afternoon, "D01B"), afternoon, session="D01B"), sent_at=afternoon
        )
        answer = doors.staff().post(f"{SHEET}/return", {"text": lines(doors, ("08:30", ""))})
        assert "in another session now" in answer.text
        answer = doors.staff().post(f"{SHEET}/return", {"text": lines(doors, ("08:30", "12:15"))})
        assert "1 new person" in answer.text


def test_another_name_beside_a_code_is_pointed_out(doors: Doors) -> None:
    text = f"code,name,in,out\n{code(doors, 0)},สมชาย ใจดี,08:30,12:15"
    with time_machine.travel(LATER, tick=False):
        assert "on the sheet: สมชาย ใจดี" in doors.staff().post(f"{SHEET}/return", {"text": text}).text


def test_a_file_that_is_no_text_or_too_long_is_refused_in_words(doors: Doors) -> None:
    staff = doors.staff()
    for raw in (b"\x00\x01PK\x03\x04", b"x" * 300_000):
        answer = staff.post(f"{SHEET}/return", {"file": (io.BytesIO(raw), "sheet.xlsx")})
        assert answer.status_code == 200
        assert "1 fault; nothing was stored." in answer.text
