"""Who works in the sample course, and which wall times its deadlines fall on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor

END_OF_DAY = dt.time(23, 59)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The sample course with its learners, and the instructor who sets and marks their work."""

    course: Course
    learners: Sequence[Enrolment]
    instructor: Enrolment

    @property
    def marker(self) -> Actor:
        """Return the instructor as somebody who asks for something."""
        return acting(self.instructor)

    def end_of_day(self, days: int, *, at: dt.datetime) -> dt.datetime:
        """Return the last minute of the day so many days after (or before) `at`, where the course is."""
        zone = ZoneInfo(self.course.timezone)
        day = at.astimezone(zone).date() + dt.timedelta(days=days)
        return dt.datetime.combine(day, END_OF_DAY, tzinfo=zone).astimezone(dt.UTC)


def acting(enrolment: Enrolment) -> Actor:
    """Return somebody as the one who asks."""
    return Actor(
        enrolment.course_id, enrolment.person_id, enrolment.id, enrolment.roles, is_test=False, locale=None
    )
