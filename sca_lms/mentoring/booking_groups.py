"""Open group slots, let people join and leave, and move the waiting list by itself."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.calendar import operations as calendar
from sca_lms.calendar.owners import CalendarClosed, lock_people
from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.mentoring import booking, booking_history, booking_notices, booking_queries
from sca_lms.mentoring.booking import Wish, lock
from sca_lms.mentoring.booking_rules import Act, Party
from sca_lms.mentoring.models import (
    Appointment,
    AppointmentPlace,
    AppointmentState,
    Audience,
    MentoringTerms,
    PlaceState,
    Side,
)


@dataclass(frozen=True, slots=True)
class Circle:
    """For whom a group slot is, and for how many."""

    title: str
    capacity: int
    audience: Audience
    group: str = ""


def open_slot(
    course_id: int,
    captain: Enrolment,
    terms: MentoringTerms,
    wish: Wish,
    circle: Circle,
    party: Party,
    *,
    at: dt.datetime,
) -> Appointment:
    """Open a group slot of a captain whose person is loaded; the captain's time is taken at once.

    Raise `CannotBook` or `Clash`.
    """
    booking.refuse_uneven(wish.starts_at, wish.minutes, at=at)
    appointment = Appointment(
        course_id=course_id, captain=captain, captain_id=captain.id, pair=None, topic=wish.topic,
        topic_id=wish.topic.id, planned_meeting=wish.planned_meeting, starts_at=wish.starts_at,
        ends_at=wish.ends_at, state=AppointmentState.OPEN, awaits=None, capacity=circle.capacity,
        title=circle.title, audience=circle.audience, audience_group=circle.group, agenda=wish.agenda,
        place=wish.place, join_url=wish.join_url, created_at=at, changed_at=at,
    )  # fmt: skip
    db.session.add(appointment)
    db.session.flush()
    booking.take_time(appointment, [captain.person_id], captain, terms)
    booking_history.note(
        appointment, "opened", person_id=party.person_id, at=at, after=booking_history.times_of(appointment)
    )
    return appointment


def join(
    appointment: Appointment, terms: MentoringTerms, learner: Enrolment, *, at: dt.datetime
) -> PlaceState:
    """Give somebody, whose person is loaded, a place in a group slot, or in its waiting list when it is full.

    Raise `NotNow`, or `Clash` when the person is not free; who waits takes no time yet.
    """
    party = _party(learner)
    places = list(lock(appointment, terms, party, Act.JOIN, seen=None, at=at))
    taken = sum(each.state is PlaceState.IN for each in places)
    state = PlaceState.IN if taken < appointment.capacity else PlaceState.WAITING
    if state is PlaceState.IN and appointment.occasion is not None:
        calendar.add_people(appointment.occasion, [learner.person_id])
    place = next((each for each in places if each.enrolment_id == learner.id), None)
    if place is None:
        place = AppointmentPlace(appointment_id=appointment.id, enrolment_id=learner.id)
        db.session.add(place)
    place.state, place.asked_at = state, at
    is_in = state is PlaceState.IN
    _note(appointment, "joined" if is_in else "waits", learner, at=at)
    if is_in:
        name = learner.person.full_name
        booking_notices.tell("joined", appointment, [appointment.captain_id], at=at, who=name)
    return state


def leave(
    appointment: Appointment, terms: MentoringTerms, learner: Enrolment, *, at: dt.datetime
) -> list[AppointmentPlace]:
    """Give a place back, and let those who wait move up, all in this transaction; returns who moved up."""
    party = _party(learner)
    places = lock(appointment, terms, party, Act.LEAVE, seen=None, at=at)
    place = next(each for each in places if each.enrolment_id == learner.id)
    had_time = place.state is PlaceState.IN
    place.state = PlaceState.LEFT
    _note(appointment, "left", learner, at=at)
    return _free(appointment, places, place, had_time=had_time, at=at)


def remove_leaver(appointment: Appointment, leaver_id: int, *, at: dt.datetime) -> bool:
    """Take somebody (an enrolment id) out of a group slot ahead, or of its list, who takes part no more.

    The captain is told of a place that is free, and who waits moves up. Returns whether anything changed.
    """
    db.session.refresh(appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    if appointment.state is not AppointmentState.OPEN or appointment.starts_at <= at:
        return False
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    place = next((each for each in places if each.enrolment_id == leaver_id), None)
    if place is None or place.state is PlaceState.LEFT:
        return False
    had_time = place.state is PlaceState.IN
    place.state = PlaceState.LEFT
    appointment.row_version += 1
    appointment.changed_at = at
    booking_history.note(appointment, "place-given-up", person_id=None, at=at, after={"enrolment": leaver_id})
    db.session.flush()
    if had_time:
        booking_notices.tell("place-given-up", appointment, [appointment.captain_id], at=at)
    _free(appointment, places, place, had_time=had_time, at=at)
    return True


def _free(
    appointment: Appointment,
    places: Sequence[AppointmentPlace],
    place: AppointmentPlace,
    *,
    had_time: bool,
    at: dt.datetime,
) -> list[AppointmentPlace]:
    """Give the time of a place back that its person has left, and let those who wait move up."""
    if had_time and appointment.occasion is not None:
        person_id = place.enrolment.person_id
        lock_people({person_id, *(each.enrolment.person_id for each in places if _waits(each))})
        calendar.remove_people(appointment.occasion, [person_id])
    return promote(appointment, places, at=at)


def promote(
    appointment: Appointment, places: Sequence[AppointmentPlace], *, at: dt.datetime
) -> list[AppointmentPlace]:
    """Give free places of a locked group slot to those who wait, by when they asked; returns who got one.

    Who is not free at that time keeps the place in the list, and the next one gets it.
    """
    waiting = [each for each in places if _waits(each)]
    free = appointment.capacity - sum(each.state is PlaceState.IN for each in places)
    moved: list[AppointmentPlace] = []
    if appointment.occasion is None or free <= 0 or not waiting:
        return moved
    lock_people({each.enrolment.person_id for each in waiting})
    for place in waiting:
        if len(moved) == free:
            break
        try:
            calendar.add_people(appointment.occasion, [place.enrolment.person_id])
        except (calendar.Clash, CalendarClosed):
            continue
        place.state = PlaceState.IN
        moved.append(place)
        _note(appointment, "got-place", place.enrolment, at=at)
        booking_notices.tell("place", appointment, [place.enrolment_id], at=at)
    return moved


def move_lists(appointment: Appointment, *, at: dt.datetime) -> int:
    """Let those move up who wait for a group slot and are free by now; returns how many got a place."""
    db.session.refresh(appointment, attribute_names=booking.COLUMNS, with_for_update=True)
    if appointment.state is not AppointmentState.OPEN or appointment.starts_at <= at:
        return 0
    places = booking_queries.places_of([appointment.id]).get(appointment.id, [])
    return len(promote(appointment, places, at=at))


def set_capacity(
    appointment: Appointment, capacity: int, places: Sequence[AppointmentPlace], *, at: dt.datetime
) -> None:
    """Set for how many a locked group slot is; raise `CannotBook` when more than that have a place."""
    inside = sum(each.state is PlaceState.IN for each in places)
    if capacity < inside:
        raise booking.CannotBook(_l("%(num)s people have a place already.", num=inside))
    appointment.capacity = capacity
    promote(appointment, places, at=at)


def _waits(place: AppointmentPlace) -> bool:
    return place.state is PlaceState.WAITING


def _party(learner: Enrolment) -> Party:
    return Party(Side.AMBASSADOR, learner.person_id, learner.id, learner.person.full_name)


def _note(appointment: Appointment, verb: str, learner: Enrolment, *, at: dt.datetime) -> None:
    """Count the change and write it down; the calendar of nobody else has to hear of it."""
    appointment.row_version += 1
    appointment.changed_at = at
    booking_history.note(
        appointment, verb, person_id=learner.person_id, at=at, after={"enrolment": learner.id}
    )
    db.session.flush()
