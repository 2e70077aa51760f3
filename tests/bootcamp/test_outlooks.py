"""The worker keeps every outlook fresh, and works out only what is stale."""

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from sca_lms.attendance import queries, timetable
from sca_lms.attendance.jobs import CLOSED_AFTER, close_forgotten_sessions
from sca_lms.attendance.models import LedgerEntry, SessionState
from sca_lms.bootcamp import outlooks
from sca_lms.bootcamp.jobs import refresh_outlooks
from sca_lms.bootcamp.models import HoursOutlook
from sca_lms.bootcamp.pace import Pace
from sca_lms.courses.models import Course
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp, attend_whole, session_of

EVENING = dt.datetime(2022, 9, 6, 13, 0, tzinfo=dt.UTC)


def paces() -> dict[int, Pace]:
    return {row.enrolment_id: row.pace for row in db.session.scalars(sa.select(HoursOutlook))}


def test_who_was_there_is_on_pace_and_who_never_came_falls_silent(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            there, absent = builders.an_enrolment(course), builders.an_enrolment(course)
            for session in queries.timetable(course.id)[:6]:
                attend_whole(session, there)
                timetable.close(session, person_id=None, at=session.ends_at)
        refresh_outlooks(EVENING)
        assert paces() == {there.id: Pace.ON_PACE, absent.id: Pace.SILENT}
        assert outlooks.stale(db.session.get_one(Course, course.id), at=EVENING) == []


def test_only_what_changed_is_worked_out_again(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            one, _two = builders.an_enrolment(course), builders.an_enrolment(course)
            session = session_of(course, "D01A")
            timetable.close(session, person_id=None, at=session.ends_at)
        refresh_outlooks(EVENING)
        with transaction():
            attend_whole(session_of(course, "D01A"), one)
        again = db.session.get_one(Course, course.id)
        assert [each.id for each in outlooks.stale(again, at=EVENING)] == [one.id]
        assert len(outlooks.stale(again, at=EVENING + dt.timedelta(days=1))) == 2
        refresh_outlooks(EVENING)
        with transaction():
            timetable.close(session_of(course, "D01B"), person_id=None, at=EVENING)
        assert len(outlooks.stale(again, at=EVENING)) == 2


def test_whoever_can_no_longer_pass_is_told_the_same_day(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course)
            sessions = queries.timetable(course.id)
        told_at = None
        for session in sessions:
            with transaction():
                timetable.close(session_of(course, session.code), person_id=None, at=session.ends_at)
            refresh_outlooks(session.ends_at)
            if paces()[learner.id] is Pace.CANNOT_REACH:
                told_at = session
                break
        assert told_at is not None
        lost = sum(each.credit_minutes for each in sessions if each.starts_at <= told_at.starts_at)
        assert lost - told_at.credit_minutes <= 10080 - 8064 + 1008 < lost


def test_a_session_that_nobody_closed_closes_itself_and_pays(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_camp()
            learner = builders.an_enrolment(course)
            session = session_of(course, "D01A")
            attend_whole(session, learner)
        close_forgotten_sessions(session.ends_at + dt.timedelta(minutes=89))
        assert session_of(course, "D01A").state is SessionState.OPEN
        close_forgotten_sessions(session.ends_at + dt.timedelta(minutes=90))
        assert session_of(course, "D01A").state is SessionState.CLOSED
        assert db.session.scalar(sa.select(sa.func.sum(LedgerEntry.minutes))) == 210


def test_a_session_that_staff_opened_again_stays_open_for_a_day(app: Flask) -> None:
    with app.app_context():
        with transaction():
            session = session_of(a_camp(), "D01A")
            timetable.close(session, person_id=None, at=session.ends_at)
            reopened_at = session.ends_at + dt.timedelta(hours=3)
            timetable.reopen(session, reason="A bus was late.", person_id=None, at=reopened_at)
        for hours, closes_itself in ((23, False), (24, True)):
            later = reopened_at + dt.timedelta(hours=hours)
            overdue = queries.overdue_sessions(after=CLOSED_AFTER, at=later)
            assert (session.id in overdue) is closes_itself
