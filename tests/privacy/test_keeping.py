"""Periods of keeping: decided, previewed, and carried out in batches."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.attendance.models import AttendanceSession, Category, LedgerEntry, Scan, SessionState, Source
from sca_lms.courses import operations as courses
from sca_lms.courses.models import AuditEvent, Course, Enrolment, Person
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import Base, db, transaction
from sca_lms.lti.models import LaunchTrace
from sca_lms.privacy import keeping
from sca_lms.privacy.models import PersonExport, Removal
from sca_lms.privacy.paths import COURSE, any_of
from sca_lms.privacy.periods import PEOPLE, PERIODS
from sca_lms.texts import Bilingual
from sca_lms.uploads.storage import store
from tests.builders import csrf_of, signed_in
from tests.privacy.conftest import Lived

YEAR = dt.timedelta(days=365)


def test_every_period_names_tables_columns_and_ways_that_exist(app: Flask) -> None:
    for period in PERIODS.values():
        assert period.usual is None or period.usual >= period.least
        for part in period.parts:
            table = Base.metadata.tables[part.table]
            assert part.moment in table.c
            assert set(part.empties) <= set(table.c.keys())
            assert str(any_of(table, part.to_course, 1, to=COURSE))


def _lines(app: Flask, lived: Lived, number: int, *, age: dt.timedelta) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        for each in range(number):
            courses.record_audit(course, None, "quiz-made", f"old {each}", at=clock.now() - age)


def _sweep(app: Flask) -> int:
    with app.app_context():
        return keeping.remove_expired(store(), at=clock.now())


def test_only_what_is_older_than_its_period_goes_and_the_log_says_so(
    app: Flask, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BATCH", 3)
    _lines(app, lived, 7, age=6 * YEAR)
    _lines(app, lived, 2, age=4 * YEAR)
    with app.app_context():
        (audit,) = [each for each in keeping.preview(lived.course_id, at=clock.now()) if each.code == "audit"]
    assert (audit.days, audit.number) == (1825, 7)
    assert _sweep(app) == 7
    assert _sweep(app) == 0
    with app.app_context():
        left = db.session.scalar(
            sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.subject.startswith("old"))
        )
        assert left == 2
        (removal,) = db.session.scalars(sa.select(Removal)).all()
        assert (removal.kind, removal.number, removal.course_id) == ("audit", 7, lived.course_id)


def test_ledger_and_marks_are_never_removed(app: Flask, lived: Lived) -> None:
    with app.app_context():
        keeping.remove_expired(store(), at=clock.now() + 50 * YEAR)
        assert len(db.session.scalars(sa.select(LedgerEntry)).all()) == 2


def test_traces_and_devices_end_by_themselves(app: Flask, lived: Lived) -> None:
    old = clock.now() - dt.timedelta(days=100)
    with app.app_context(), transaction():
        db.session.add(
            LaunchTrace(
                reference="AAAA-BBBB", code="x", at=old, platform_id=None, facts={}, expires_at=old + YEAR
            )
        )
        category = db.session.scalars(sa.select(Category)).one()
        session = AttendanceSession(
            course_id=lived.course_id, code="S1", category_id=category.id, title=Bilingual("ก", "A"),
            starts_at=old, ends_at=old + dt.timedelta(hours=1), mode="onsite", venue=Bilingual("", ""),
            room="", join_url="", groups=[], state=SessionState.CLOSED, credit_minutes=60, code_seed="x",
            revision=1,
        )  # fmt: skip
        db.session.add(session)
        db.session.flush()
        scan = Scan(
            session_id=session.id, enrolment_id=lived.enrolment_id, key="k", is_arrival=True, server_at=old,
            source=next(iter(Source)), device="d" * 64,
        )  # fmt: skip
        db.session.add(scan)
    assert _sweep(app) == 2
    with app.app_context():
        assert db.session.scalars(sa.select(LaunchTrace)).all() == []
        assert db.session.scalars(sa.select(Scan.device)).all() == [""]


def test_names_go_only_where_a_period_is_set(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        enrolment = db.session.get_one(Enrolment, lived.enrolment_id)
        enrolment.state, enrolment.last_seen_at = EnrolmentState.COMPLETED, clock.now() - 3 * YEAR
    assert _sweep(app) == 0
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        assert keeping.set_period(course, PEOPLE, 730, by=None, at=clock.now())
        assert not keeping.set_period(course, PEOPLE, 730, by=None, at=clock.now())
    assert _sweep(app) == 1
    with app.app_context():
        assert db.session.get_one(Person, lived.person_id).full_name == ""
        assert db.session.get_one(Enrolment, lived.enrolment_id).state is EnrolmentState.COMPLETED
        others = db.session.scalars(sa.select(Person.name).where(Person.id != lived.person_id)).all()
        assert "" not in others
    assert _sweep(app) == 0


def test_a_course_s_own_period_counts_more_than_the_installation_s(app: Flask, lived: Lived) -> None:
    with app.app_context(), transaction():
        course = db.session.get_one(Course, lived.course_id)
        keeping.set_period(None, "notices", 90, by=None, at=clock.now())
        assert keeping.days_of(lived.course_id)["notices"] == (90, False)
        keeping.set_period(course, "notices", 60, by=None, at=clock.now())
        assert keeping.days_of(lived.course_id)["notices"] == (60, True)
        assert keeping.days_of(None)["notices"] == (90, True)
    with app.app_context():
        line = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert (line.verb, line.before, line.after) == ("set-keeping-period", {"days": 90}, {"days": 60})


@pytest.mark.parametrize(
    ("kind", "days", "status"),
    [
        ("audit", "730", 303), ("audit", "", 303), ("audit", "30", 400), ("audit", "x", 400),
        ("devices", "", 400), ("roster", "181", 400), ("traces", "5", 400), ("strange", "5", 400),
        ("audit", "999999999999", 400),
    ],
)  # fmt: skip
def test_managers_decide_within_bounds(app: Flask, lived: Lived, kind: str, days: str, status: int) -> None:
    browser = signed_in(app, lived.manager_id)
    path = f"/courses/{lived.course_id}/privacy/periods"
    token = csrf_of(browser.get(path).text)
    answer = browser.post(path, data={"csrf_token": token, "kind": kind, "days": days})
    assert answer.status_code == status


def test_the_operator_decides_for_the_installation(app: Flask, lived: Lived) -> None:
    browser = signed_in(app, None, operator=True)
    token = csrf_of(browser.get("/operator/privacy").text)
    assert (
        browser.post(
            "/operator/privacy", data={"csrf_token": token, "kind": "traces", "days": "3"}
        ).status_code
        == 303
    )
    with app.app_context():
        assert keeping.days_of(None)["traces"] == (3, True)
        assert db.session.scalars(sa.select(PersonExport)).all() == []
