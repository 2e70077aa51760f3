"""Read what belongs to one person's calendar: its zone, their time off, their feed."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.calendar.models import CalendarOwner, TimeOff
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import EnrolmentState
from sca_lms.database import db


def find_owner(person_id: int) -> CalendarOwner | None:
    """Return what is known of a person's calendar; None until they chose something or were booked."""
    return db.session.get(CalendarOwner, person_id)


def owner_zone(person_id: int) -> str:
    """Return the IANA name of the zone that a person chose; empty: the course's."""
    found = db.session.scalar(sa.select(CalendarOwner.zone).where(CalendarOwner.person_id == person_id))
    return found or ""


def own_time_off(person_id: int, *, after: dt.datetime) -> Sequence[TimeOff]:
    """Return the times off of a person that end after a moment, the earliest first."""
    return db.session.scalars(
        sa.select(TimeOff)
        .where(TimeOff.person_id == person_id, TimeOff.ends_at > after)
        .order_by(TimeOff.starts_at, TimeOff.id)
    ).all()


def find_time_off(person_id: int, time_off_id: int) -> TimeOff | None:
    """Return a time off of a person by its id."""
    return db.session.scalar(
        sa.select(TimeOff).where(TimeOff.id == time_off_id, TimeOff.person_id == person_id)
    )


def course_of(person_id: int) -> Course | None:
    """Return the newest course that a person takes part in; its zone and language serve the feed."""
    return db.session.scalar(
        sa.select(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN)
        .order_by(Enrolment.joined_at.desc(), Course.id.desc())
        .limit(1)
    )


def owner_of_feed(digest: str) -> CalendarOwner | None:
    """Return whose feed has this address (by the digest of its token), with the person."""
    return db.session.scalar(
        sa.select(CalendarOwner)
        .where(CalendarOwner.feed_digest == digest)
        .options(joinedload(CalendarOwner.person))
    )
