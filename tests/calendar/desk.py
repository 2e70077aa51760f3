"""People with calendars, and how a test sees whose time is taken by what."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from sca_lms.calendar import operations
from sca_lms.calendar.models import CalendarOccasion, OccasionKind, OccupancyCell
from sca_lms.calendar.operations import OccasionSpec
from sca_lms.calendar.queries import Lesson
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from tests.builders import a_person, an_enrolment

DAY = dt.datetime(2026, 12, 7, tzinfo=dt.UTC)
"""The day on which everything takes place."""
BEFORE = DAY - dt.timedelta(days=6)


def clock_time(hour: int, minute: int = 0) -> dt.datetime:
    """Return a time of the day in UTC."""
    return DAY + dt.timedelta(hours=hour, minutes=minute)


def a_learner(course: Course, name: str = "ปวีณา", *, group: str = "") -> Enrolment:
    found = an_enrolment(course, a_person(name))
    found.group = group
    db.session.flush()
    return found


def a_captain(course: Course, name: str = "สมชาย") -> Enrolment:
    return an_enrolment(course, a_person(name), roles={Role.MENTOR})


def booked(
    course_id: int,
    people: Collection[int],
    start: dt.datetime,
    end: dt.datetime,
    *,
    key: str = "appointment:1",
    buffer: dict[int, int] | None = None,
) -> CalendarOccasion:
    """Take people's time for a mentoring appointment."""
    spec = OccasionSpec(course_id, OccasionKind.MENTORING, key, start, end)
    return operations.occupy(spec, people, buffer_minutes_of=buffer or {})


def lesson(key: str, start: dt.datetime, end: dt.datetime, groups: Sequence[str] = ()) -> Lesson:
    return Lesson(key, OccasionKind.CLASS, start, end, tuple(groups))


def taken(person_id: int) -> dict[dt.datetime, str]:
    """Return the key of what holds each quarter of an hour of somebody."""
    rows = db.session.execute(
        sa.select(OccupancyCell.starts_at, CalendarOccasion.key)
        .join(CalendarOccasion, CalendarOccasion.id == OccupancyCell.occasion_id)
        .where(OccupancyCell.person_id == person_id)
        .order_by(OccupancyCell.starts_at)
    )
    return {row[0]: row[1] for row in rows}
