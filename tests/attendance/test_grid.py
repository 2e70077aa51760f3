"""The grid shows minutes, reads what staff type, shows the difference first, and stores all or nothing."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.attendance import queries
from sca_lms.attendance.grid_cells import Typed, read_cell
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import MINUTE, a_camp, attend, close_all, session_of
from tests.statements import counted

AFTER = dt.datetime(2022, 9, 6, 3, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ("f", Typed(whole=True)),
        ("ครบ", Typed(whole=True)),
        ("0", Typed()),
        ("ขาด", Typed()),
        ("08:45-12:15", Typed(stays=((dt.time(8, 45), dt.time(12, 15)),))),
        ("๘.๔๕–๑๒.๑๕", Typed(stays=((dt.time(8, 45), dt.time(12, 15)),))),
        ("8.30-10:30, 10:50-", Typed(stays=((dt.time(8, 30), dt.time(10, 30)), (dt.time(10, 50), None)))),
        ("08:30-", Typed(stays=((dt.time(8, 30), None),))),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_write(text: str, expected: Typed | None) -> None:
    assert read_cell(text) == expected


@pytest.mark.parametrize("text", ["yes", "08:45", "25:00-26:00", "08:61-09:00", "08:30-09:00 x", "8-9"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_cell(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    with contextlib.suppress(ValueError):
        read_cell(text)


@dataclass(frozen=True)
class Case:
    """A learner fifteen minutes late at D01A, another one absent, and an instructor's browser."""

    course_id: int
    late: int
    absent: int
    session: int
    staff: FlaskClient

    def address(self, rest: str = "") -> str:
        return f"/courses/{self.course_id}/attendance{rest}"

    def send(self, step: str, **cells: str) -> tuple[int, str]:
        token = builders.csrf_of(self.staff.get(self.address("?edit=1")).text)
        data = {"csrf_token": token, "week": "2022-09-05"} | {
            name.replace("_", "."): value for name, value in cells.items()
        }
        answer = self.staff.post(self.address(step), data=data)
        return answer.status_code, answer.text


@pytest.fixture
def case(app: Flask) -> Iterator[Case]:
    with app.app_context(), transaction():
        course = a_camp()
        late = builders.an_enrolment(course, builders.a_person("กานต์", "ใจดี"))
        absent = builders.an_enrolment(course, builders.a_person("เอมอร", "สุขใจ"))
        staff = builders.an_enrolment(course, roles={Role.INSTRUCTOR})
        session = session_of(course, "D01A")
        attend(session, late, (session.starts_at + 15 * MINUTE, session.ends_at))
        close_all([session])
        ids = course.id, late.id, absent.id, session.id, staff.id
    with time_machine.travel(AFTER, tick=False):
        yield Case(*ids[:4], builders.signed_in(app, ids[4]))


def minutes_of(app: Flask, enrolment_id: int) -> list[int]:
    with app.app_context():
        return [entry.minutes for entry in queries.ledger(enrolment_id)]


def test_the_grid_shows_what_each_session_paid(case: Case) -> None:
    page = case.staff.get(case.address()).text
    assert "กานต์" in page
    assert ">195<" in page
    assert page.count("grid-cell") == 0
    assert f'name="c.{case.late}.{case.session}"' in case.staff.get(case.address("?edit=1")).text


def test_typed_cells_are_shown_as_a_difference_and_then_settled(app: Flask, case: Case) -> None:
    cells = {f"c_{case.late}_{case.session}": "f", f"c_{case.absent}_{case.session}": "08:30-10:30"}
    status, page = case.send("/preview", **cells)
    assert status == 200
    assert "08:45" in page
    assert minutes_of(app, case.late) == [195]
    assert case.send("/save", **cells)[0] == 303
    assert minutes_of(app, case.late) == [195, -195, 210]
    assert minutes_of(app, case.absent) == [120]
    assert case.send("/preview", **cells)[0] == 303


def test_one_bad_cell_keeps_all_from_being_stored_and_every_fault_is_named(app: Flask, case: Case) -> None:
    cells = {
        f"c_{case.late}_{case.session}": "f",
        f"c_{case.absent}_{case.session}": "half past",
        f"c_{case.absent}_99999": "f",
    }
    for step in ("/preview", "/save"):
        status, page = case.send(step, **cells)
        assert status == 400
        assert "half past" in page
        assert page.count("<q>") == 2
    assert minutes_of(app, case.late) == [195]


def test_absent_voids_what_was_recorded(app: Flask, case: Case) -> None:
    assert case.send("/save", **{f"c_{case.late}_{case.session}": "0"})[0] == 303
    assert minutes_of(app, case.late) == [195, -195]


def test_a_foreign_course_is_out_of_reach(app: Flask, case: Case) -> None:
    with app.app_context(), transaction():
        other = a_camp()
        stranger = builders.an_enrolment(other)
        foreign = stranger.id, session_of(other, "D01A").id
    assert case.send("/save", **{f"c_{foreign[0]}_{foreign[1]}": "f"})[0] == 400
    assert minutes_of(app, foreign[0]) == []


def test_the_export_has_every_session_and_the_sum(case: Case) -> None:
    lines = case.staff.get(case.address("/export.csv")).get_data().decode("utf-8-sig").splitlines()
    assert len(lines[0].split(",")) == 3 + 61 + 1
    assert lines[1].startswith("กานต์ ใจดี")
    assert lines[1].endswith(",195")


def test_the_page_needs_the_same_statements_for_a_full_page(app: Flask, case: Case) -> None:
    with counted(app) as few:
        case.staff.get(case.address())
    with app.app_context(), transaction():
        course = db.session.get_one(Course, case.course_id)
        for number in range(30):
            builders.an_enrolment(course, builders.a_person("ก", f"{number}"))
    with counted(app) as many:
        case.staff.get(case.address())
    assert len(many) == len(few)
