"""Set the hours of the week in which a captain can be booked."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.database import db
from sca_lms.mentoring import slot_queries
from sca_lms.mentoring.availability_rules import DAYS, USUAL, Span, Spot, Week, merged
from sca_lms.mentoring.models import CaptainPlace, WeeklyHours


@dataclass(frozen=True, slots=True)
class Habit:
    """When, in which zone and where a captain meets people; a time of the week may have its own place."""

    week: Week
    zone: str
    place: str
    join_url: str

    @property
    def spot(self) -> Spot:
        """Where people are met unless a time of the week says something else."""
        return Spot(self.place, self.join_url)


def habit_of(captain: Enrolment, *, zone: str) -> Habit:
    """Return a captain's hours; `zone` is the one for somebody who has none yet."""
    rows = slot_queries.weekly_hours(captain.id)
    usual = slot_queries.usual_spot(captain.id, rows)
    week = {
        day: [
            Span(each.begins_minute, each.ends_minute, USUAL if spot_of(each) == usual else spot_of(each))
            for each in rows
            if each.weekday == day
        ]
        for day in DAYS
    }
    return Habit(week, rows[0].zone if rows else zone, *usual)


def set_habit(course: Course, captain: Enrolment, habit: Habit, *, at: dt.datetime) -> None:
    """Make a captain's hours these; appointments that stand keep their times and places."""
    # One after the other, so that two windows do not leave the hours of both.
    db.session.scalar(
        sa.select(Enrolment.id).where(Enrolment.id == captain.id).with_for_update(key_share=True)
    )
    before = _facts(habit_of(captain, zone=habit.zone))
    db.session.execute(sa.delete(WeeklyHours).where(WeeklyHours.enrolment_id == captain.id))
    db.session.execute(sa.delete(CaptainPlace).where(CaptainPlace.enrolment_id == captain.id))
    db.session.add(CaptainPlace(enrolment_id=captain.id, place=habit.place, join_url=habit.join_url))
    for day, spans in habit.week.items():
        for span in merged(spans):
            spot = habit.spot if span.spot == USUAL else span.spot
            db.session.add(
                WeeklyHours(
                    enrolment_id=captain.id, weekday=day, begins_minute=span.first, ends_minute=span.last,
                    zone=habit.zone, place=spot.place, join_url=spot.join_url,
                )
            )  # fmt: skip
    db.session.flush()
    after = _facts(habit)
    if after != before:
        courses.record_audit(
            course, captain.person_id, "set-weekly-hours", f"enrolment {captain.id}", at=at,
            before=before, after=after,
        )  # fmt: skip


def spot_of(hours: WeeklyHours) -> Spot:
    """Return where people are met in a time of the week."""
    return Spot(hours.place, hours.join_url)


def _facts(habit: Habit) -> dict[str, object]:
    return {
        "zone": habit.zone,
        "week": {
            str(day): [[span.first, span.last] for span in merged(spans)] for day, spans in habit.week.items()
        },
        # Where somebody is met stays out of the log: links let people in.
        "elsewhere": sorted(
            f"{day}:{span.first}"
            for day, spans in habit.week.items()
            for span in merged(spans)
            if span.spot != USUAL
        ),
    }
