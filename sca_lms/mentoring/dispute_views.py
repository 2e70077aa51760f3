"""Let staff decide about meetings on which both sides differ; nobody decides on a meeting of their own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import meeting_pages, report_queries, report_rules, reports, terms_queries
from sca_lms.mentoring.models import AppointmentPlace
from sca_lms.mentoring.report_forms import DecisionForm
from sca_lms.mentoring.report_rules import Said
from sca_lms.mentoring.reports import Meeting
from sca_lms.web.paging import page_number

bp = Blueprint(
    "mentoring_disputes",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/disputes",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show what waits for a decision, the oldest first, or what was decided."""
    waiting = request.args.get("state", "waiting") != "decided"
    search = request.args.get("q", "").strip()
    page = report_queries.queue(actor(), waiting=waiting, search=search, number=page_number(request.args))
    return render_template(
        "mentoring/disputes.html",
        course_id=course_id,
        waiting=waiting,
        search_text=search,
        counts=report_queries.queue_counts(actor()),
        page=page,
        reports=report_queries.reports_of([place.id for place in page.items]),
        **meeting_pages.words(),
    )


@bp.route("/<int:place_id>", methods=["GET", "POST"])
@allow(*STAFF)
def one(course_id: int, place_id: int) -> ResponseReturnValue:
    """Show what both sides say and everything that happened, and take the decision."""
    place = report_queries.find_place(actor(), place_id) or abort(404)
    terms = terms_queries.terms_of(course_id) or abort(404)
    meeting = Meeting(place.appointment, place, terms, current_course())
    said = report_queries.said_of(place)
    minutes = [Said(each.began_at, each.ended_at, each.at).minutes for each in said.values() if each.began_at]
    form = DecisionForm(request.form, data={"minutes": min(minutes, default=0)})
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    reports.decide(
                        meeting, form.minutes.data or 0, form.reason.data or "",
                        person_id=actor().person_id or abort(403), own=_is_own(place), at=clock.now(),
                    )  # fmt: skip
            except Refused as refusal:
                form.reject(refusal, "minutes" if isinstance(refusal, reports.CannotDecide) else None)
                status = 409
            else:
                flash(_("Decided. Both sides are told."))
                return redirect(url_for(".index", course_id=course_id), 303)
    page = render_template(
        "mentoring/dispute.html",
        course_id=course_id,
        place=place,
        appointment=place.appointment,
        said=said,
        planned_minutes=(place.appointment.ends_at - place.appointment.starts_at) // report_rules.MINUTE,
        events=report_queries.events_of(place.appointment_id),
        form=form,
        may_decide=place.outcome in reports.DECIDABLE and not _is_own(place),
        is_own=_is_own(place),
        **meeting_pages.words(),
    )
    return page, status


def _is_own(place: AppointmentPlace) -> bool:
    people = {place.enrolment.person_id, place.appointment.captain.person_id}
    return actor().person_id in people
