"""Find a meeting that somebody may open, with everything its page shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import STAFF, Actor
from sca_lms.database import db
from sca_lms.mentoring import terms_queries
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    AppointmentState,
    PlaceState,
    Side,
)
from sca_lms.mentoring.reports import Meeting
from sca_lms.projects.models import Captaincy, Pair


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is asking about a meeting: one of its sides, or somebody of the staff who only looks."""

    appointment: Appointment
    places: Sequence[AppointmentPlace]
    """The places that the actor may see: the captain and staff all, an ambassador the own one."""
    side: Side | None
    enrolment_id: int | None

    @property
    def place(self) -> AppointmentPlace | None:
        """Return the only place, None in a group slot with several."""
        return self.places[0] if len(self.places) == 1 else None

    def meeting_of(self, place: AppointmentPlace) -> Meeting | None:
        """Return what the rules of reports need, None in a course without terms."""
        terms = terms_queries.terms_of(self.appointment.course_id)
        return Meeting(self.appointment, place, terms, self.appointment.course) if terms else None


def find_seat(actor: Actor, appointment_id: int) -> Seat | None:
    """Return a meeting of the actor's course for one of its people or for staff, None for everybody else.

    Somebody who only waits for a place, or has left it, has none.
    """
    appointment = db.session.scalar(
        sa.select(Appointment)
        .where(Appointment.id == appointment_id, Appointment.course_id == actor.course_id)
        .options(
            joinedload(Appointment.course),
            joinedload(Appointment.topic),
            joinedload(Appointment.planned_meeting),
            joinedload(Appointment.captain).joinedload(Enrolment.person),
            joinedload(Appointment.pair),
        )
    )
    if appointment is None:
        return None
    places = db.session.scalars(
        sa.select(AppointmentPlace)
        .where(AppointmentPlace.appointment_id == appointment.id, AppointmentPlace.state == PlaceState.IN)
        .options(joinedload(AppointmentPlace.enrolment).joinedload(Enrolment.person))
        .order_by(AppointmentPlace.asked_at, AppointmentPlace.id)
    ).all()
    if appointment.captain_id == actor.enrolment_id:
        return Seat(appointment, places, Side.CAPTAIN, actor.enrolment_id)
    own = [place for place in places if place.enrolment_id == actor.enrolment_id]
    if own:
        return Seat(appointment, own, Side.AMBASSADOR, actor.enrolment_id)
    if actor.has(*STAFF) or _leads_now(actor, appointment):
        return Seat(appointment, places, None, actor.enrolment_id)
    return None


def _leads_now(actor: Actor, appointment: Appointment) -> bool:
    """Tell whether the actor has taken the pair over since: a pair's past stays open to its new captain."""
    if appointment.pair_id is None or actor.enrolment_id is None:
        return False
    found = sa.select(Captaincy.id).where(
        Captaincy.pair_id == appointment.pair_id,
        Captaincy.captain_id == actor.enrolment_id,
        Captaincy.ended_at.is_(None),
    )
    return db.session.scalar(found) is not None


def pairs_of_places(places: Sequence[AppointmentPlace]) -> Sequence[Pair]:
    """Return the living pairs of those who have a place."""
    return db.session.scalars(
        sa.select(Pair)
        .where(Pair.ambassador_id.in_([each.enrolment_id for each in places]), Pair.ended_at.is_(None))
        .options(joinedload(Pair.ambassador).joinedload(Enrolment.person))
        .order_by(Pair.id)
    ).all()


def next_of_pair(appointment: Appointment, *, at: dt.datetime) -> Appointment | None:
    """Return the pair's next confirmed or requested appointment after this one."""
    if appointment.pair_id is None:
        return None
    return db.session.scalar(
        sa.select(Appointment)
        .where(
            Appointment.pair_id == appointment.pair_id,
            Appointment.id != appointment.id,
            Appointment.starts_at >= max(at, appointment.starts_at),
            Appointment.state.in_((AppointmentState.CONFIRMED, AppointmentState.REQUESTED)),
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
