"""Snapshots follow the evidence, the timetable, the rules and the day, for any number of learners."""

import datetime as dt

import sqlalchemy as sa
from flask import Flask

from sca_lms.attendance.models import SessionState
from sca_lms.courses import operations as courses
from sca_lms.courses import programmes
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db, transaction
from sca_lms.guidance import settings, snapshots
from sca_lms.guidance.jobs import refresh_snapshots
from sca_lms.guidance.models import LearnerSnapshot, LearnerWeek
from sca_lms.guidance.rules import RiskKind, Setting, unpacked
from tests import builders
from tests.attendance.camp import attend_whole, close_all, session_of
from tests.programmes.samples import sample_document
from tests.statements import counted

# Two days into the camp of the sample.
AT = dt.datetime(2022, 9, 6, 12, 0, tzinfo=dt.UTC)


def a_course(app: Flask) -> Course:
    course = builders.a_course(at=AT)
    programme = programmes.store_programme(sample_document(), at=AT)
    programmes.use_programme(
        course, programme, app.extensions["sca_programme_appliers"], person_id=None, at=AT
    )
    return course


def snapshot(enrolment_id: int) -> LearnerSnapshot:
    return db.session.get_one(LearnerSnapshot, enrolment_id, populate_existing=True)


def test_a_snapshot_says_what_the_pages_say(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course(app)
            learner = builders.an_enrolment(course)
            session = session_of(course, "D01A")
            attend_whole(session, learner)
            close_all([session])
        refresh_snapshots(AT)
        found = snapshot(learner.id)
        assert found.hours_minutes == found.hours_possible == session.credit_minutes
        assert (found.modules_done, found.modules_total) == (0, 8)
        # Every module of the sample was due before the camp.
        late = [each for each in unpacked(found.reasons) if each.kind is RiskKind.MODULES_LATE]
        assert [each.value for each in late] == [8]
        weeks = db.session.scalars(
            sa.select(LearnerWeek).where(LearnerWeek.enrolment_id == learner.id).order_by(LearnerWeek.week)
        ).all()
        assert (weeks[-1].week, weeks[-1].planned, weeks[-1].done) == (
            dt.date(2022, 9, 5),
            session.credit_minutes,
            session.credit_minutes,
        )
        assert sum(week.done for week in weeks[:-1]) == 0


def test_what_did_not_change_is_not_worked_out_again_and_what_changed_is(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = a_course(app)
            first, second = (builders.an_enrolment(course) for _each in range(2))
        refresh_snapshots(AT)
        assert snapshots.stale(course, at=AT) == []
        with transaction():
            courses.touch(first)
        assert [each.id for each in snapshots.stale(course, at=AT)] == [first.id]
        refresh_snapshots(AT)
        with transaction():
            settings.put_settings(course, [Setting(RiskKind.WORK_LATE, 9, 1)], person_id=None, at=AT)
        assert {each.id for each in snapshots.stale(course, at=AT)} == {first.id, second.id}
        refresh_snapshots(AT)
        assert len(snapshots.stale(course, at=AT + dt.timedelta(days=1))) == 2


def test_who_left_has_no_snapshot_any_more(app: Flask) -> None:
    with app.app_context():
        with transaction():
            learner = builders.an_enrolment(a_course(app))
        refresh_snapshots(AT)
        with transaction():
            db.session.get_one(Enrolment, learner.id).state = EnrolmentState.WITHDRAWN
        refresh_snapshots(AT)
        assert db.session.get(LearnerSnapshot, learner.id) is None


def test_a_rule_that_is_changed_leaves_one_audit_line_and_an_unchanged_one_none(app: Flask) -> None:
    with app.app_context():
        with transaction():
            course = builders.a_course()
            before = list(settings.settings_of(course.id))
            assert settings.put_settings(course, before, person_id=None, at=AT) == []
            changed = settings.put_settings(
                course, [Setting(RiskKind.SILENT_DAYS, 7, 3)], person_id=None, at=AT
            )
        assert [each.kind for each in changed] == [RiskKind.SILENT_DAYS]
        assert settings.revision_of(course.id) == 1
        found = {each.kind: each for each in settings.settings_of(course.id)}
        assert found[RiskKind.SILENT_DAYS].threshold == 7
        assert list(settings.changed_rules(course.id)) == ["silent-days"]


def test_statements_do_not_grow_with_the_learners(app: Flask) -> None:
    numbers = []
    with app.app_context():
        with transaction():
            course = a_course(app)
            session = session_of(course, "D01A")
            for _each in range(2):
                attend_whole(session, builders.an_enrolment(course))
            close_all([session])
        assert session.state is SessionState.CLOSED
        for more in (0, 10):
            with transaction():
                for _each in range(more):
                    builders.an_enrolment(course)
            learners = snapshots.stale(course, at=AT)
            with transaction(), counted(app) as statements:
                snapshots.refresh(course, learners, at=AT)
            numbers.append(len(statements))
    assert numbers[0] == numbers[1]
