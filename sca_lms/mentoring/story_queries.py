"""Read every meeting of one ambassador."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.mentoring.models import Appointment, AppointmentPlace, PlaceState

MOST = 200
"""So many meetings are shown at most; a year has a dozen."""


def places_of(course_id: int, enrolment_id: int) -> Sequence[AppointmentPlace]:
    """Return the places that somebody has or had in appointments, the newest first."""
    return db.session.scalars(
        sa.select(AppointmentPlace)
        .join(AppointmentPlace.appointment)
        .where(
            AppointmentPlace.enrolment_id == enrolment_id,
            AppointmentPlace.state == PlaceState.IN,
            Appointment.course_id == course_id,
        )
        .options(
            contains_eager(AppointmentPlace.appointment).options(
                joinedload(Appointment.topic),
                joinedload(Appointment.planned_meeting),
                joinedload(Appointment.captain).joinedload(Enrolment.person),
            )
        )
        .order_by(Appointment.starts_at.desc(), AppointmentPlace.id.desc())
        .limit(MOST)
    ).all()
