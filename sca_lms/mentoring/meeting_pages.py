"""Draw what several pages about meetings show."""

import datetime as dt
from collections.abc import Callable

from flask import url_for
from werkzeug.exceptions import abort

from sca_lms.courses.rules import Actor
from sca_lms.mentoring import booking_words, desk, meeting_queries
from sca_lms.mentoring.meeting_queries import Seat
from sca_lms.mentoring.models import AppointmentPlace, Side
from sca_lms.mentoring.report_words import MARKS, SIDES, STATES, VERBS
from sca_lms.mentoring.reports import Meeting

Change = Callable[[dt.datetime], str]
"""Makes one change and returns the sentence that says so."""


def desk_facts(seat: Seat, *, at: dt.datetime) -> dict[str, object]:
    """Return what the template of a meeting is filled with."""
    return {"desk": desk.desk_of(seat, at=at), **words()}


def words() -> dict[str, object]:
    """Return the words for states, sides and what happened."""
    return {"STATES": STATES, "MARKS": MARKS, "SIDES": SIDES, "VERBS": {**booking_words.VERBS, **VERBS}}


def meeting_address(course_id: int, appointment_id: int, anchor: str | None = None) -> str:
    """Return the page of a meeting: that of its appointment."""
    return url_for(
        "mentoring_appointments.page", course_id=course_id, appointment_id=appointment_id, _anchor=anchor
    )


def own_place(actor: Actor, appointment_id: int, place_id: int) -> tuple[Seat, Side, Meeting]:
    """Return one place in which the actor is a side; answers 404 for everybody else."""
    seat = meeting_queries.find_seat(actor, appointment_id)
    place = _place_of(seat, place_id)
    if seat is None or place is None or seat.side is None:
        abort(404)
    return seat, seat.side, seat.meeting_of(place) or abort(404)


def _place_of(seat: Seat | None, place_id: int) -> AppointmentPlace | None:
    return next((each for each in seat.places if each.id == place_id), None) if seat else None
