"""Read what was reported of meetings, what is missing, and what waits for a decision."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.courses.queries import person_matches
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentEvent,
    AppointmentPlace,
    AppointmentState,
    MeetingReport,
    PlaceState,
    Side,
)
from sca_lms.web.paging import PAGE_SIZE, Page, fitting, offset

OPEN_STATES = (
    AppointmentState.OPEN,
    AppointmentState.CONFIRMED,
    AppointmentState.REPORTED,
    AppointmentState.CREDITED,
    AppointmentState.DISPUTED,
    AppointmentState.NO_SHOW,
)
"""In these a place without an outcome may still be reported; in a group slot the others may be settled."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A meeting that is over and of which one side or both have not reported."""

    place: AppointmentPlace
    sides: tuple[Side, ...]
    """Whose report is missing."""


def said_of(place: AppointmentPlace) -> Mapping[Side, MeetingReport]:
    """Return what each side has reported of a place."""
    rows = db.session.scalars(
        sa.select(MeetingReport)
        .where(MeetingReport.place_id == place.id)
        .execution_options(populate_existing=True)
    )
    return {each.side: each for each in rows}


def reports_of(place_ids: Collection[int]) -> dict[int, dict[Side, MeetingReport]]:
    """Return the reports of several places by place and side."""
    found: dict[int, dict[Side, MeetingReport]] = {place_id: {} for place_id in place_ids}
    for each in db.session.scalars(sa.select(MeetingReport).where(MeetingReport.place_id.in_(place_ids))):
        found[each.place_id][each.side] = each
    return found


def unsettled() -> list[sa.ColumnElement[bool]]:
    """Return the conditions, on a place joined to its appointment, that its reports are not complete."""
    return [
        AppointmentPlace.state == PlaceState.IN,
        sa.or_(AppointmentPlace.outcome.is_(None), AppointmentPlace.outcome == AppointmentState.REPORTED),
        Appointment.state.in_(OPEN_STATES),
    ]


def missing(
    course_id: int,
    *,
    at: dt.datetime,
    ambassador_ids: Collection[int] | None = None,
    captain_id: int | None = None,
) -> list[Missing]:
    """Return the meetings that are over without both reports, the oldest first."""
    wanted = (
        whole_places()
        .join(AppointmentPlace.appointment)
        .where(Appointment.course_id == course_id, Appointment.ends_at <= at, *unsettled())
        .order_by(Appointment.ends_at, AppointmentPlace.id)
        .options(
            contains_eager(AppointmentPlace.appointment).options(
                joinedload(Appointment.topic), joinedload(Appointment.captain).joinedload(Enrolment.person)
            )
        )
    )
    if ambassador_ids is not None:
        wanted = wanted.where(AppointmentPlace.enrolment_id.in_(ambassador_ids))
    if captain_id is not None:
        wanted = wanted.where(Appointment.captain_id == captain_id)
    places = db.session.scalars(wanted).all()
    reports = reports_of([place.id for place in places])
    return [Missing(place, tuple(side for side in Side if side not in reports[place.id])) for place in places]


def missing_page(actor: Actor, *, at: dt.datetime, number: int, size: int = PAGE_SIZE) -> Page[Missing]:
    """Return one page of the course's meetings without both reports, the oldest first."""
    ids = (
        sa.select(AppointmentPlace.id)
        .join(AppointmentPlace.appointment)
        .where(Appointment.course_id == actor.course_id, Appointment.ends_at <= at, *unsettled())
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    chosen = (
        ids.order_by(Appointment.ends_at, AppointmentPlace.id).offset(offset(shown, size=size)).limit(size)
    )
    places = _with_meeting(db.session.scalars(chosen).all())
    reports = reports_of([place.id for place in places])
    items = [
        Missing(place, tuple(side for side in Side if side not in reports[place.id])) for place in places
    ]
    return Page(items=items, number=shown, size=size, total=total)


def queue_counts(actor: Actor) -> Mapping[bool, int]:
    """Return how many meetings wait for a decision (True) and how many were decided (False)."""
    waiting = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(AppointmentPlace)
        .join(AppointmentPlace.appointment)
        .where(
            Appointment.course_id == actor.course_id, AppointmentPlace.outcome == AppointmentState.DISPUTED
        )
    )
    decided = db.session.scalar(sa.select(sa.func.count()).select_from(_decided(actor).subquery()))
    return {True: waiting or 0, False: decided or 0}


def queue(
    actor: Actor, *, waiting: bool, search: str = "", number: int = 1, size: int = PAGE_SIZE
) -> Page[AppointmentPlace]:
    """Return one page of disputed meetings, the oldest first, or of decided ones, the newest first."""
    ids = (
        sa.select(AppointmentPlace.id)
        .join(AppointmentPlace.appointment)
        .join(AppointmentPlace.enrolment)
        .join(Enrolment.person)
        .where(Appointment.course_id == actor.course_id, *person_matches(search))
    )
    # Columns of several types.
    if waiting:
        ids = ids.where(AppointmentPlace.outcome == AppointmentState.DISPUTED)
        order: list[sa.SQLColumnExpression[Any]] = [Appointment.starts_at, AppointmentPlace.id]
    else:
        ids = ids.where(AppointmentPlace.id.in_(_decided(actor)))
        order = [Appointment.starts_at.desc(), AppointmentPlace.id]
    total = db.session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    shown = fitting(number, size=size, total=total)
    chosen = ids.order_by(*order).offset(offset(shown, size=size)).limit(size)
    places = _with_meeting(db.session.scalars(chosen).all())
    return Page(items=places, number=shown, size=size, total=total)


def find_place(actor: Actor, place_id: int) -> AppointmentPlace | None:
    """Return a place of the actor's course with its meeting and people, for staff."""
    return db.session.scalar(
        whole_places()
        .join(AppointmentPlace.appointment)
        .where(AppointmentPlace.id == place_id, Appointment.course_id == actor.course_id)
        .options(
            contains_eager(AppointmentPlace.appointment).options(
                joinedload(Appointment.topic),
                joinedload(Appointment.course),
                joinedload(Appointment.captain).joinedload(Enrolment.person),
            )
        )
    )


def events_of(appointment_id: int) -> Sequence[AppointmentEvent]:
    """Return everything that happened to an appointment, in order, with who did it."""
    return db.session.scalars(
        sa.select(AppointmentEvent)
        .where(AppointmentEvent.appointment_id == appointment_id)
        .options(joinedload(AppointmentEvent.person))
        .order_by(AppointmentEvent.at, AppointmentEvent.id)
    ).all()


def whole_places() -> sa.Select[AppointmentPlace]:
    """Return the statement for places with their ambassadors."""
    return sa.select(AppointmentPlace).options(
        joinedload(AppointmentPlace.enrolment).joinedload(Enrolment.person)
    )


def _with_meeting(place_ids: Sequence[int]) -> list[AppointmentPlace]:
    rows = db.session.scalars(
        whole_places()
        .where(AppointmentPlace.id.in_(place_ids))
        .options(
            joinedload(AppointmentPlace.appointment).options(
                joinedload(Appointment.topic), joinedload(Appointment.captain).joinedload(Enrolment.person)
            )
        )
    )
    by_id = {each.id: each for each in rows}
    return [by_id[place_id] for place_id in place_ids]


def _decided(actor: Actor) -> sa.Select[int]:
    """Return the ids of the places that somebody of the staff has decided and that are not disputed now."""
    place_id = AppointmentEvent.after["place"].as_integer()
    return (
        sa.select(place_id)
        .join(AppointmentEvent.appointment)
        .where(Appointment.course_id == actor.course_id, AppointmentEvent.verb == "decided")
        .distinct()
    )
