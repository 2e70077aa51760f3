"""What the worker does about bookings: let requests lapse, move waiting lists, remind of meetings."""

import datetime as dt

import sqlalchemy as sa

from sca_lms.database import db, transaction
from sca_lms.mentoring import booking, booking_groups, booking_notices, booking_queries
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentEvent,
    AppointmentPlace,
    AppointmentState,
    PlaceState,
)
from sca_lms.web.calendar_text import NOTHING

CHUNK = 100
"""So many appointments are settled in one round."""
REMINDED = "reminded-ahead"
AHEAD = dt.timedelta(hours=24)


def keep_bookings(at: dt.datetime) -> None:
    """Do what time has decided about bookings; doing it again changes nothing."""
    let_lapse(at)
    move_waiting_lists(at)
    remind(at)


def let_lapse(at: dt.datetime) -> int:
    """Let requests go that nobody answered before their beginning; returns how many."""
    done = 0
    for each in booking_queries.unanswered(at=at, most=CHUNK):
        with transaction():
            done += booking.lapse(each, at=at)
    return done


def move_waiting_lists(at: dt.datetime) -> int:
    """Give free places in group slots to those who wait and have become free; returns how many."""
    waits = sa.select(AppointmentPlace.appointment_id).where(AppointmentPlace.state == PlaceState.WAITING)
    inside = (
        sa.select(sa.func.count())
        .where(AppointmentPlace.appointment_id == Appointment.id, AppointmentPlace.state == PlaceState.IN)
        .correlate(Appointment)
        .scalar_subquery()
    )
    ids = db.session.scalars(
        sa.select(Appointment.id)
        .where(
            Appointment.state == AppointmentState.OPEN,
            Appointment.starts_at > at,
            Appointment.id.in_(waits),
            inside < Appointment.capacity,
        )
        .limit(CHUNK)
    ).all()
    done = 0
    for each in booking_queries.whole(ids):
        with transaction():
            done += booking_groups.move_lists(each, at=at)
    return done


def remind(at: dt.datetime) -> int:
    """Tell both sides of meetings that begin within a day, once for each time; returns how many."""
    # What was moved since begins later than a day after it was reminded of.
    told = (
        sa.select(AppointmentEvent.id)
        .where(
            AppointmentEvent.appointment_id == Appointment.id,
            AppointmentEvent.verb == REMINDED,
            AppointmentEvent.at > at - AHEAD,
        )
        .exists()
    )
    found = booking_queries.beginning_between(at, at + AHEAD, but=told, most=CHUNK)
    places = booking_queries.places_of([each.id for each in found])
    with transaction():
        for each in found:
            inside = [place for place in places.get(each.id, ()) if place.state is PlaceState.IN]
            _remind(each, inside, at=at)
    return len(found)


def _remind(appointment: Appointment, inside: list[AppointmentPlace], *, at: dt.datetime) -> None:
    names = ", ".join(each.enrolment.person.full_name for each in inside[:5])
    key = appointment.starts_at.isoformat()
    booking_notices.tell(
        "tomorrow", appointment, [appointment.captain_id], at=at, key=key,
        other=names or NOTHING,
    )  # fmt: skip
    booking_notices.tell(
        "tomorrow", appointment, [each.enrolment_id for each in inside], at=at, key=key,
        other=appointment.captain.person.full_name,
    )  # fmt: skip
    db.session.add(
        AppointmentEvent(appointment_id=appointment.id, verb=REMINDED, person_id=None, at=at, reason="")
    )
