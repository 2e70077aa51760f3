"""Tell what other terms would do to what stands now."""

import datetime as dt
import hashlib
from dataclasses import dataclass, fields

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.mentoring.booking_rules import LIVING
from sca_lms.mentoring.models import Appointment, AppointmentPlace, AppointmentState, PlaceState
from sca_lms.mentoring.programme_section import TermsSpec


@dataclass(frozen=True, slots=True)
class Effects:
    """Whom and what another set of terms concerns."""

    differs: tuple[str, ...]
    """The names of the terms that would be others."""
    ahead: int
    """Appointments ahead: they keep their times."""
    above_limit: int
    """Ambassadors with more appointments ahead than they could then book."""
    would_lapse: int
    """Meetings without both reports that would lapse at once."""

    def digest(self, spec: TermsSpec) -> str:
        """Return what tells whether somebody has seen these effects of these terms."""
        return hashlib.sha256(repr((spec, self)).encode()).hexdigest()


def effects(course_id: int, before: TermsSpec, after: TermsSpec, *, at: dt.datetime) -> Effects:
    """Return what would be different; three statements."""
    living = [Appointment.course_id == course_id, Appointment.state.in_(LIVING), Appointment.starts_at > at]
    ahead = db.session.scalar(sa.select(sa.func.count()).select_from(Appointment).where(*living)) or 0
    counts = (
        sa.select(AppointmentPlace.enrolment_id)
        .join(AppointmentPlace.appointment)
        .where(*living, Appointment.pair_id.is_not(None), AppointmentPlace.state == PlaceState.IN)
        .group_by(AppointmentPlace.enrolment_id)
        .having(sa.func.count() > after.most_open_bookings)
        .subquery()
    )
    above = db.session.scalar(sa.select(sa.func.count()).select_from(counts)) or 0
    return Effects(
        tuple(
            field.name
            for field in fields(TermsSpec)
            if getattr(before, field.name) != getattr(after, field.name)
        ),
        ahead,
        above,
        _would_lapse(course_id, before, after, at=at),
    )


def _would_lapse(course_id: int, before: TermsSpec, after: TermsSpec, *, at: dt.datetime) -> int:
    """Count the meetings that lie between the new and the old end of the time for reports."""
    if after.report_within_days >= before.report_within_days:
        return 0
    day = dt.timedelta(days=1)
    waiting = (AppointmentState.CONFIRMED, AppointmentState.OPEN, AppointmentState.REPORTED)
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Appointment)
            .where(
                Appointment.course_id == course_id,
                Appointment.state.in_(waiting),
                Appointment.ends_at <= at - after.report_within_days * day,
                Appointment.ends_at > at - before.report_within_days * day,
            )
        )
        or 0
    )
