"""Remind learners in the afternoon of what takes place the next day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sca_lms.attendance.models import AttendanceSession, SessionState
from sca_lms.attendance.notice_kinds import TOMORROW
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db, transaction
from sca_lms.inbox import operations as inbox
from sca_lms.texts import Bilingual

FROM = dt.time(16, 0)
"""Wall time of the course from which on the next day is announced."""


def remind_of_tomorrow(at: dt.datetime) -> None:
    """Tell every learner once a day what they are expected at the next day; one transaction per course."""
    for course in _courses_with_sessions(at):
        zone = ZoneInfo(course.timezone)
        if at.astimezone(zone).time() < FROM:
            continue
        day = at.astimezone(zone).date() + dt.timedelta(days=1)
        with transaction():
            if inbox.take_turn(course.id, f"sessions:{day}", at=at):
                _tell(course, day, _sessions_on(course, day, zone), at=at)
        db.session.expunge_all()


def _courses_with_sessions(at: dt.datetime) -> Sequence[Course]:
    soon = sa.exists().where(
        AttendanceSession.course_id == Course.id,
        AttendanceSession.state == SessionState.OPEN,
        AttendanceSession.starts_at > at,
        AttendanceSession.starts_at < at + dt.timedelta(days=2),
    )
    return db.session.scalars(sa.select(Course).where(soon).order_by(Course.id)).all()


def _sessions_on(course: Course, day: dt.date, zone: ZoneInfo) -> Sequence[AttendanceSession]:
    begins = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=zone)
    return db.session.scalars(
        sa.select(AttendanceSession)
        .where(
            AttendanceSession.course_id == course.id,
            AttendanceSession.state == SessionState.OPEN,
            AttendanceSession.starts_at >= begins,
            AttendanceSession.starts_at < ends,
        )
        .order_by(AttendanceSession.starts_at, AttendanceSession.id)
    ).all()


def _tell(course: Course, day: dt.date, sessions: Sequence[AttendanceSession], *, at: dt.datetime) -> None:
    learners = db.session.execute(
        sa.select(Enrolment.id, Enrolment.group).where(Enrolment.id.in_(counted_learners(course.id)))
    )
    by_group: dict[str, list[int]] = defaultdict(list)
    for enrolment_id, group in learners:
        by_group[group].append(enrolment_id)
    for group, people in by_group.items():
        expected = [session for session in sessions if session.expects(group)]
        if expected:
            _tell_group(course, day, people, expected, at=at)


def _tell_group(
    course: Course,
    day: dt.date,
    people: Iterable[int],
    expected: Sequence[AttendanceSession],
    *,
    at: dt.datetime,
) -> None:
    first = expected[0]
    inbox.tell(
        list(people),
        TOMORROW.name,
        key=f"sessions:{day}",
        facts={
            "title": first.title,
            "begins_at": first.starts_at,
            "place": Bilingual(first.room, first.room) if first.room else first.venue,
            "count": len(expected),
        },
        path=f"/courses/{course.id}/timetable",
        at=at,
    )
