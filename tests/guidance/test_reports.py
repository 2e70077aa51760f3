"""Reports come by themselves once for each morning, whatever workers do, and stop with their reader."""

import csv
import datetime as dt
import io
import zipfile

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.guidance import report_operations, report_queries
from sca_lms.guidance.models import ReportKind, ReportRun, ReportSchedule, Rhythm
from sca_lms.guidance.report_jobs import make_reports
from sca_lms.inbox.models import InboxNotice
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store
from tests.guidance.house import AT, House, a_house, rows

# The first Monday morning after the house was made, at six in Bangkok.
MONDAY = dt.datetime(2022, 9, 11, 23, 0, tzinfo=dt.UTC)


@pytest.fixture
def house(app: Flask) -> House:
    with time_machine.travel(AT, tick=False):
        return a_house(app)


@pytest.fixture
def schedule_id(house: House) -> int:
    with house.app.app_context(), transaction():
        made = report_operations.add(
            db.session.get_one(Course, house.course_id), db.session.get_one(Enrolment, house.staff_id),
            ReportKind.NOTICED, Rhythm.WEEKLY, 0, "en", at=AT,
        )  # fmt: skip
        assert made.next_at == MONDAY
        return made.id


def work(house: House, at: dt.datetime) -> None:
    with house.app.app_context(), time_machine.travel(at, tick=False):
        make_reports(at)


def runs(house: House) -> int:
    return rows(house.app, sa.select(sa.func.count()).select_from(ReportRun))


def test_a_report_is_made_once_and_told_once(house: House, schedule_id: int) -> None:
    work(house, MONDAY - dt.timedelta(minutes=1))
    assert runs(house) == 0
    for _worker in range(3):
        work(house, MONDAY)
    assert runs(house) == 1
    assert rows(house.app, sa.select(sa.func.count()).select_from(InboxNotice)) == 1
    with house.app.app_context():
        schedule = db.session.get_one(ReportSchedule, schedule_id)
        assert schedule.next_at == MONDAY + dt.timedelta(days=7)
        stored = db.session.scalars(sa.select(StoredFile)).one()
        opened = store().open(stored.key)
        assert opened is not None
        with opened, zipfile.ZipFile(opened) as book:
            assert "8 modules are late" in book.read("xl/worksheets/sheet1.xml").decode()


def test_after_a_crash_between_noting_and_making_it_is_made_all_the_same(
    house: House, schedule_id: int
) -> None:
    with house.app.app_context():
        with transaction():
            report_operations.note_due(at=MONDAY)
        assert report_queries.unmade(most=5)
    work(house, MONDAY + dt.timedelta(hours=1))
    assert runs(house) == 1
    with house.app.app_context():
        assert db.session.scalars(sa.select(ReportRun)).one().file_id is not None


def test_a_worker_that_rested_for_weeks_makes_one_report(house: House, schedule_id: int) -> None:
    work(house, MONDAY + dt.timedelta(days=16))
    assert runs(house) == 1
    with house.app.app_context():
        schedule = db.session.get_one(ReportSchedule, schedule_id)
        assert schedule.next_at == MONDAY + dt.timedelta(days=21)


def test_it_stops_when_its_reader_has_left(house: House, schedule_id: int) -> None:
    with house.app.app_context(), transaction():
        db.session.get_one(Enrolment, house.staff_id).state = EnrolmentState.WITHDRAWN
    work(house, MONDAY)
    assert runs(house) == 0
    with house.app.app_context():
        schedule = db.session.get_one(ReportSchedule, schedule_id)
        assert schedule.next_at is None


def test_after_ninety_days_it_is_gone_with_its_bytes(house: House, schedule_id: int) -> None:
    work(house, MONDAY)
    with house.app.app_context():
        key = db.session.scalars(sa.select(StoredFile.key)).one()
        with transaction():
            db.session.get_one(ReportSchedule, schedule_id).next_at = None
    work(house, MONDAY + dt.timedelta(days=91))
    assert runs(house) == 0
    with house.app.app_context():
        assert db.session.scalars(sa.select(StoredFile)).all() == []
        assert store().open(key) is None


def test_staff_set_pause_run_fetch_and_remove_their_own(house: House) -> None:
    with time_machine.travel(AT, tick=False):
        answer = house.post(
            "reports", kind="hours", rhythm="monthly", month_day="28", weekday="0", locale="th"
        )
        assert answer.status_code == 303
        assert "on day 28" in house.page("reports")
        with house.app.app_context():
            schedule = db.session.scalars(sa.select(ReportSchedule)).one()
            assert schedule.next_at == dt.datetime(2022, 9, 27, 23, 0, tzinfo=dt.UTC)
            path = f"reports/schedules/{schedule.id}"
        for what in ("run", "run", "pause"):
            assert house.post(f"{path}/{what}", "reports").status_code == 303
        assert runs(house) == 1
        work(house, AT)
        page = house.page("reports")
        assert "rests" in page
        with house.app.app_context():
            run = db.session.scalars(sa.select(ReportRun)).one()
        answer = house.get(f"reports/runs/{run.id}.xlsx")
        assert answer.status_code == 200
        assert answer.get_data().startswith(b"PK")
        for somebody in (house.learners[0], house.captain_id):
            assert house.get(f"reports/runs/{run.id}.xlsx", somebody).status_code == 403
        for what in ("resume", "remove"):
            assert house.post(f"{path}/{what}", "reports").status_code == 303
        assert runs(house) == 0


@pytest.mark.parametrize("day", ["", "0", "29", "x"])
def test_a_day_that_not_every_month_has_is_refused(house: House, day: str) -> None:
    answer = house.post("reports", kind="hours", rhythm="monthly", month_day=day, weekday="0", locale="en")
    assert answer.status_code == 422


@pytest.mark.parametrize("kind", list(ReportKind))
def test_every_report_can_be_fetched_at_once_and_names_everybody(house: House, kind: ReportKind) -> None:
    text = house.get(f"reports/{kind.value}.csv").get_data().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert house.get(f"reports/{kind.value}.xlsx").get_data().startswith(b"PK")
