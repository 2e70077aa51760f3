"""Set the hours of the week in which a captain can be booked."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.mentoring import slot_queries
from sca_lms.mentoring.availability_rules import DAYS, Week, merged
from sca_lms.mentoring.models import WeeklyHours


@dataclass(frozen=True, slots=True)
class Habit:
    """When, in which zone and where a captain meets people."""

    week: Week
    zone: str
    place: str
    join_url: str


def habit_of(captain: Enrolment, *, zone: str) -> Habit:
    """Return a captain's hours; `zone` is the one for somebody who has none yet."""
    rows = slot_queries.weekly_hours(captain.id)
    week = {
        day: [(each.begins_minute, each.ends_minute) for each in rows if each.weekday == day] for day in DAYS
    }
    if not rows:
        return Habit(week, zone, "", "")
    return Habit(week, rows[0].zone, rows[0].place, rows[0].join_url)


def set_habit(course: Course, captain: Enrolment, habit: Habit, *, at: dt.datetime) -> None:
    """Make a captain's hours these; appointments that stand keep their times."""
    # One after the other, so that two windows do not leave the hours of both.
    db.session.scalar(sa.select(Enrolment.id).where(Enrolment.id == captain.id).with_for_update())
    before = _facts(habit_of(captain, zone=habit.zone))
    db.session.execute(sa.delete(WeeklyHours).where(WeeklyHours.enrolment_id == captain.id))
    for day, spans in habit.week.items():
        for first, last in merged(spans):
            db.session.add(
                WeeklyHours(
                    enrolment_id=captain.id, weekday=day, begins_minute=first, ends_minute=last,
                    zone=habit.zone, place=habit.place, join_url=habit.join_url,
                )
            )  # fmt: skip
    db.session.flush()
    after = _facts(habit)
    if after != before:
        courses.record_audit(
            course, captain.person_id, "set-weekly-hours", f"enrolment {captain.id}", at=at,
            before=before, after=after,
        )  # fmt: skip


def _facts(habit: Habit) -> dict[str, object]:
    return {
        "zone": habit.zone,
        "week": {str(day): [list(span) for span in merged(spans)] for day, spans in habit.week.items()},
    }
