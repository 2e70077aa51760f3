"""End what somebody who leaves for good has ahead: appointments, places, the pair; the past stays.

Whoever calls this has closed the person's calendar before (`calendar.owners.close`), in a transaction of its
own: what is found afterwards is all that there is, for nothing new can be booked.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.mentoring import booking, booking_groups, booking_queries
from sca_lms.mentoring.booking_rules import LIVING
from sca_lms.mentoring.models import Appointment, AppointmentPlace, PlaceState
from sca_lms.projects import operations as projects
from sca_lms.projects.models import Captaincy, Pair

REASON = "เลิกเข้าร่วมโครงการ · takes part no more"
"""Stands in the history of a pair; it names nobody."""


def ahead_of(person_id: int, *, at: dt.datetime) -> Sequence[int]:
    """Return the ids of the appointments ahead in which a person has, offers or waits for a place."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    placed = sa.select(AppointmentPlace.appointment_id).where(
        AppointmentPlace.enrolment_id.in_(mine), AppointmentPlace.state != PlaceState.LEFT
    )
    return db.session.scalars(
        sa.select(Appointment.id)
        .where(
            sa.or_(Appointment.captain_id.in_(mine), Appointment.id.in_(placed)),
            Appointment.state.in_(LIVING),
            Appointment.starts_at > at,
        )
        .order_by(Appointment.id)
    ).all()


def call_off(appointment_id: int, person_id: int, *, at: dt.datetime) -> bool:
    """End one of the appointments for a person: a group slot goes on for the others unless it was theirs.

    Returns whether anything changed.
    """
    (appointment,) = booking_queries.whole([appointment_id])
    if appointment.captain.person_id == person_id:
        return booking.end_for_leaver(appointment, appointment.captain_id, at=at)
    places = booking_queries.places_of([appointment_id]).get(appointment_id, [])
    leaver = next(each.enrolment_id for each in places if each.enrolment.person_id == person_id)
    if appointment.pair_id is not None:
        return booking.end_for_leaver(appointment, leaver, at=at)
    return booking_groups.remove_leaver(appointment, leaver, at=at)


def end_pairs(person_id: int, *, at: dt.datetime) -> int:
    """End the pairs of an ambassador, and the time of a captain in each of theirs; returns how many."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    living = sa.select(Pair).options(joinedload(Pair.course)).where(Pair.ended_at.is_(None)).order_by(Pair.id)
    own = db.session.scalars(living.where(Pair.ambassador_id.in_(mine))).all()
    led = db.session.execute(
        sa.select(Pair, Captaincy.began_at)
        .join(Captaincy, Captaincy.pair_id == Pair.id)
        .options(joinedload(Pair.course))
        .where(Captaincy.captain_id.in_(mine), Captaincy.ended_at.is_(None), Pair.ended_at.is_(None))
        .order_by(Pair.id)
    ).all()
    _lock_pairs([*own, *(pair for pair, _began_at in led)])
    # Another worker may have been faster with each of them.
    for pair in own:
        with suppress(projects.PairRefused):
            projects.end_pair(pair.course, pair, reason=REASON, person_id=None, at=at)
    for pair, began_at in led:
        from_at = max(at, began_at, pair.began_at)
        with suppress(projects.PairRefused):
            projects.replace_captain(
                pair.course, pair, None, reason=REASON, person_id=None, from_at=from_at, at=at
            )
    return len(own) + len(led)


def _lock_pairs(pairs: Sequence[Pair]) -> None:
    """Lock all of the pairs before the enrolments of any: whoever books takes them in this order."""
    db.session.scalars(
        sa.select(Pair.id)
        .where(Pair.id.in_({pair.id for pair in pairs}))
        .order_by(Pair.id)
        .with_for_update(key_share=True)
    ).all()
