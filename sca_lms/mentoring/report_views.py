"""Let both sides say how long a meeting was, answer that they did come, and dispute what is settled."""

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses import queries as courses
from sca_lms.courses.access import actor, allow
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.mentoring import desk, meeting_pages, meeting_queries, reports
from sca_lms.mentoring.meeting_pages import Change, meeting_address, own_place
from sca_lms.mentoring.models import AppointmentState
from sca_lms.mentoring.report_forms import DisputeForm, ReportForm
from sca_lms.mentoring.reports import Words

bp = Blueprint(
    "mentoring_reports",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/meetings/<int:appointment_id>",
)

PLACE = "/places/<int:place_id>"


@bp.route(f"{PLACE}/report", methods=["GET", "POST"])
@allow(Role.LEARNER, Role.MENTOR)
def page(course_id: int, appointment_id: int, place_id: int) -> ResponseReturnValue:
    """Say when a meeting really began and ended; the fields begin with the planned times."""
    seat, side, meeting = own_place(actor(), appointment_id, place_id)
    row = next(row for row in desk.desk_of(seat, at=clock.now()).rows if row.place.id == place_id)
    starts_at, ends_at = meeting.planned
    known = row.mine if row.mine is not None and row.mine.began_at else None
    form = ReportForm(
        request.form,
        data={
            "began_at": known.began_at if known else starts_at,
            "ended_at": known.ended_at if known else ends_at,
            "remark": known.remark if known else "",
        },
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            words = Words(form.began_at.data, form.ended_at.data, form.remark.data or "")
            try:
                with transaction():
                    outcome = reports.report(meeting, side, _me(), words, at=clock.now())
            except reports.WrongTimes as refusal:
                form.reject(refusal, "ended_at")
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_sentence(outcome))
                return redirect(meeting_address(course_id, appointment_id, "reports"), 303)
    drawn = render_template(
        "mentoring/report.html", course_id=course_id, row=row, form=form, appointment=meeting.appointment,
        **meeting_pages.words(),
    )  # fmt: skip
    return drawn, status


@bp.post(f"{PLACE}/as-planned")
@allow(Role.LEARNER, Role.MENTOR)
def as_planned(course_id: int, appointment_id: int, place_id: int) -> ResponseReturnValue:
    """Report with one tap that the meeting was as planned."""
    _seat, side, meeting = own_place(actor(), appointment_id, place_id)
    return _try(
        course_id,
        appointment_id,
        lambda at: _sentence(reports.report(meeting, side, _me(), Words(*meeting.planned), at=at)),
    )


@bp.post("/as-planned")
@allow(Role.MENTOR)
def all_as_planned(course_id: int, appointment_id: int) -> ResponseReturnValue:
    """Report for everybody in a group slot who is not reported yet that it was as planned."""
    seat = meeting_queries.find_seat(actor(), appointment_id)
    if seat is None or seat.side is None:
        abort(404)
    rows = desk.desk_of(seat, at=clock.now()).reportable
    meetings = [seat.meeting_of(row.place) or abort(404) for row in rows]
    side = seat.side

    def report_all(at: dt.datetime) -> str:
        for meeting in meetings:
            reports.report(meeting, side, _me(), Words(*meeting.planned), at=at)
        return _("Reported.")

    return _try(course_id, appointment_id, report_all)


@bp.post(f"{PLACE}/nobody-came")
@allow(Role.LEARNER, Role.MENTOR)
def nobody_came(course_id: int, appointment_id: int, place_id: int) -> ResponseReturnValue:
    """Say that the other side did not come; they have two days to answer."""
    _seat, side, meeting = own_place(actor(), appointment_id, place_id)
    return _try(
        course_id,
        appointment_id,
        lambda at: _sentence(reports.report(meeting, side, _me(), Words(), at=at), nobody_came=True),
    )


@bp.post(f"{PLACE}/agree")
@allow(Role.LEARNER, Role.MENTOR)
def agree(course_id: int, appointment_id: int, place_id: int) -> ResponseReturnValue:
    """Say that one really did not come."""
    _seat, side, meeting = own_place(actor(), appointment_id, place_id)

    def agree_now(at: dt.datetime) -> str:
        reports.agree_not_there(meeting, side, _me(), at=at)
        return _("It is settled: the meeting did not take place.")

    return _try(course_id, appointment_id, agree_now)


@bp.route(f"{PLACE}/dispute", methods=["GET", "POST"])
@allow(Role.LEARNER, Role.MENTOR)
def dispute(course_id: int, appointment_id: int, place_id: int) -> ResponseReturnValue:
    """Ask staff to look at a settled meeting."""
    _seat, _side, meeting = own_place(actor(), appointment_id, place_id)
    form = DisputeForm(request.form)
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                with transaction():
                    reports.dispute(meeting, _me(), form.reason.data or "", at=clock.now())
            except Refused as refusal:
                form.reject(refusal)
                status = 409
            else:
                flash(_("The programme's staff look at it. Until then the meeting does not count."))
                return redirect(meeting_address(course_id, appointment_id, "reports"), 303)
    drawn = render_template(
        "mentoring/dispute_open.html", course_id=course_id, appointment=meeting.appointment,
        place=meeting.place, form=form, may=reports.may_dispute(meeting, at=clock.now()),
        **meeting_pages.words(),
    )  # fmt: skip
    return drawn, status


def _try(course_id: int, appointment_id: int, change: Change) -> ResponseReturnValue:
    """Make one change and say what came of it, or why it was refused, on the meeting's page."""
    try:
        with transaction():
            said = change(clock.now())
    except Refused as refusal:
        flash(str(refusal), "alert")
    else:
        flash(said)
    return redirect(meeting_address(course_id, appointment_id, "reports"), 303)


def _me() -> Enrolment:
    return courses.own_enrolment(actor()) or abort(404)


def _sentence(outcome: AppointmentState, *, nobody_came: bool = False) -> str:
    if outcome is AppointmentState.CREDITED:
        return _("Both sides agree: the meeting is credited.")
    if outcome is AppointmentState.DISPUTED:
        return _("The two reports differ. The programme's staff decide.")
    if nobody_came:
        return _("The other side has 48 hours to answer.")
    return _("Reported. It counts as soon as the other side has reported too.")
