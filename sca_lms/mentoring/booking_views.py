"""Show people their mentoring: a learner the captain and free slots, captains and staff appointments."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF, Role
from sca_lms.mentoring import action_queries, booking_queries, credit, slot_queries, terms_queries
from sca_lms.mentoring.booking_pages import by_reader_day, free_of, own_enrolment
from sca_lms.mentoring.models import Appointment, AppointmentState, Side
from sca_lms.mentoring.report_words import MARKS, STATES
from sca_lms.projects import queries as projects
from sca_lms.web.i18n import page_zone
from sca_lms.web.paging import page_number

bp = Blueprint(
    "mentoring", __name__, template_folder="templates", url_prefix="/courses/<int:course_id>/mentoring"
)

SHOWN_DAYS = 6
"""So many days with free slots are open on the first page; the rest is one click away."""
FILTERS = {
    "ahead": None,
    "requested": (AppointmentState.REQUESTED,),
    "open": (AppointmentState.OPEN,),
}


@bp.context_processor
def _words() -> dict[str, object]:
    return {"STATES": STATES, "MARKS": MARKS}


@bp.get("")
@allow(Role.LEARNER, Role.MENTOR, *STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show what the reader has to do with mentoring."""
    if actor().has(*STAFF):
        return _staff_page(course_id)
    if actor().has(Role.LEARNER):
        return _learner_page(course_id)
    return _captain_page(course_id)


@bp.get("/past")
@allow(Role.LEARNER, Role.MENTOR, *STAFF)
def past(course_id: int) -> ResponseReturnValue:
    """Show the appointments that are over, the latest first, cancelled ones included."""
    page = booking_queries.listed(
        actor(), None, ahead=False, at=clock.now(), number=page_number(request.args)
    )
    places = booking_queries.places_of([each.id for each in page.items])
    return render_template("mentoring/past.html", course_id=course_id, page=page, places=places)


def _learner_page(course_id: int) -> str:
    at, me = clock.now(), own_enrolment()
    terms, pair = terms_queries.terms_of(course_id), projects.pair_of(me.id, at)
    captaincy = projects.captain_at(pair, at) if pair else None
    coming = booking_queries.coming(actor(), at=at)
    found = free_of(captaincy.captain, me, terms, at=at) if captaincy and terms else []
    days = list(by_reader_day(found).items())
    open_ahead = booking_queries.open_ahead(me.id, at=at)
    return render_template(
        "mentoring/learner.html",
        course_id=course_id,
        me=me,
        terms=terms,
        pair=pair,
        captaincy=captaincy,
        has_hours=bool(captaincy and slot_queries.hours_of(captaincy.captain_id)),
        next=_next(coming),
        coming=coming,
        waiting=[each for each in coming if each.awaits is Side.AMBASSADOR],
        places=booking_queries.places_of([each.id for each in coming]),
        may_book=terms is not None and open_ahead < terms.most_open_bookings,
        days=days[:SHOWN_DAYS],
        later=days[SHOWN_DAYS:],
        groups=booking_queries.joinable(actor(), at=at),
        topics=terms_queries.topics(course_id),
        standing=credit.standings(course_id, [me.id], at=at)[me.id] if terms else None,
        items=action_queries.open_items([pair.id]) if pair else (),
        today=at.astimezone(page_zone()).date(),
    )


def _captain_page(course_id: int) -> str:
    at, me = clock.now(), own_enrolment()
    coming = booking_queries.coming(actor(), at=at)
    return render_template(
        "mentoring/captain.html",
        course_id=course_id,
        me=me,
        terms=terms_queries.terms_of(course_id),
        has_hours=bool(slot_queries.hours_of(me.id)),
        next=_next(coming),
        coming=coming,
        waiting=[each for each in coming if each.awaits is Side.CAPTAIN],
        places=booking_queries.places_of([each.id for each in coming]),
        pairs=projects.pairs_of_captain(me.id, at),
    )


def _staff_page(course_id: int) -> str:
    at, named = clock.now(), request.args.get("state", "ahead")
    chosen = named if named in FILTERS else "ahead"
    page = booking_queries.listed(
        actor(), FILTERS[chosen], ahead=True, at=at, number=page_number(request.args)
    )
    return render_template(
        "mentoring/staff.html",
        course_id=course_id,
        terms=terms_queries.terms_of(course_id),
        is_manager=actor().has(Role.MANAGER),
        chosen=chosen,
        page=page,
        places=booking_queries.places_of([each.id for each in page.items]),
        pairs=projects.living_pairs(course_id, at),
        at=at,
    )


def _next(coming: Sequence[Appointment]) -> Appointment | None:
    agreed = (AppointmentState.CONFIRMED, AppointmentState.OPEN)
    return next((each for each in coming if each.state in agreed), None)
