"""What staff put right in a room: one person's stays, missing check-outs, closing and reopening."""

import datetime as dt
import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.attendance import door, room_keeping, room_queries, timetable
from sca_lms.attendance.door import Act
from sca_lms.attendance.door_phases import IS_OVER, Phase, phase_of
from sca_lms.attendance.door_words import SOURCE_WORDS, stay_words
from sca_lms.attendance.models import AttendanceSession, PresenceRecord, SessionState, Source
from sca_lms.attendance.room_forms import (
    CheckOutForm,
    ReasonForm,
    StayForm,
    check_out_forms,
    decided,
)
from sca_lms.attendance.room_pages import PLACE, find_learner, find_room
from sca_lms.courses.access import actor, allow
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.web.paging import page_number

bp = Blueprint("rooms_after", __name__, template_folder="templates")

PERSON = f"{PLACE}/room/people/<int:enrolment_id>"


@bp.route(PERSON, methods=["GET"])
@allow(*STAFF)
def person(course_id: int, session_code: str, enrolment_id: int) -> ResponseReturnValue:
    """Show every stay of somebody in a session and how it became known, with the ways to put it right."""
    session, at = find_room(session_code), clock.now()
    end = min(session.ends_at, max(at, session.starts_at + dt.timedelta(minutes=1)))
    form = StayForm(data={"in_at": session.starts_at, "out_at": end})
    return _person_page(session, enrolment_id, form, at=at)


@bp.post(f"{PERSON}/stays")
@allow(*STAFF)
def add_stay(course_id: int, session_code: str, enrolment_id: int) -> ResponseReturnValue:
    """Record a stay that staff vouch for."""
    session, learner, at = find_room(session_code), find_learner(enrolment_id), clock.now()
    form = StayForm(request.form)
    if form.validate():
        try:
            with transaction():
                act = Act(at, Source.LIST, secrets.token_urlsafe(16), at, by_id=actor().person_id)
                recorded = door.record_stay(session, learner, form.stay(), act)
        except Refused as refusal:
            form.reject(refusal)
        else:
            flash(_("Recorded: %(stay)s.", stay=stay_words(recorded)), "success")
            return _to_person(session, enrolment_id)
    return _person_page(session, enrolment_id, form, at=at)


@bp.post(f"{PERSON}/stays/<int:presence_id>/end")
@allow(*STAFF)
def end_stay(course_id: int, session_code: str, enrolment_id: int, presence_id: int) -> ResponseReturnValue:
    """Say when somebody left whose check-out is missing."""
    session, at = find_room(session_code), clock.now()
    stay = _find_stay(session, enrolment_id, presence_id)
    form = CheckOutForm(request.form, prefix=f"stay{stay.id}-")
    if form.validate():
        try:
            with transaction():
                door.resolve_check_out(
                    stay, session, stay.enrolment, form.moment(), by_id=actor().person_id, at=at
                )
        except Refused as refusal:
            flash(str(refusal), "alert")
        else:
            flash(_("Recorded: %(stay)s.", stay=stay_words(stay)), "success")
    else:
        flash(_("Write the time of leaving as day and time."), "alert")
    return _to_person(session, enrolment_id)


@bp.route(f"{PERSON}/stays/<int:presence_id>/void", methods=["GET", "POST"])
@allow(*STAFF)
def void_stay(course_id: int, session_code: str, enrolment_id: int, presence_id: int) -> ResponseReturnValue:
    """Declare a stay void, with a reason."""
    session, at = find_room(session_code), clock.now()
    stay = _find_stay(session, enrolment_id, presence_id)
    form = ReasonForm(request.form)
    if request.method == "POST" and form.validate():
        with transaction():
            door.void_stay(stay, session, stay.enrolment, reason=form.text(), by_id=actor().person_id, at=at)
        flash(_("This stay no longer counts."), "success")
        return _to_person(session, enrolment_id)
    return render_template(
        "attendance/void_stay.html", course_id=course_id, session=session, stay=stay, form=form
    )


@bp.get(f"{PLACE}/room/close")
@allow(*STAFF)
def closing(course_id: int, session_code: str) -> ResponseReturnValue:
    """Show whose check-out is missing, before a session is closed and after."""
    session = find_room(session_code)
    missing = room_queries.missing_check_outs(session, number=page_number(request.args))
    forms = check_out_forms(None, session, missing.items)
    return _closing_page(session, missing.number, forms, ReasonForm(), at=clock.now())


@bp.post(f"{PLACE}/room/check-outs")
@allow(*STAFF)
def resolve(course_id: int, session_code: str) -> ResponseReturnValue:
    """Take the times of leaving that staff have ticked; all of them or none."""
    session, at = find_room(session_code), clock.now()
    number = page_number(request.form)
    missing = room_queries.missing_check_outs(session, number=number)
    forms = check_out_forms(request.form, session, missing.items)
    ticked, is_readable = decided(forms, missing.items)
    if is_readable and ticked:
        try:
            with transaction():
                count = room_keeping.resolve_all(session, ticked, by_id=actor().person_id, at=at)
        except Refused as refusal:
            flash(str(refusal), "alert")
        else:
            flash(ngettext("%(num)d check-out recorded.", "%(num)d check-outs recorded.", count), "success")
            return _to_closing(session)
    elif is_readable:
        flash(_("Tick the people whose time you confirm."), "alert")
    return _closing_page(session, number, forms, ReasonForm(), at=at)


@bp.post(f"{PLACE}/room/close")
@allow(*STAFF)
def close(course_id: int, session_code: str) -> ResponseReturnValue:
    """Close a session that is over, and pay it."""
    session, at = find_room(session_code), clock.now()
    try:
        with transaction():
            changes = timetable.close(session, person_id=actor().person_id, at=at)
    except Refused as refusal:
        flash(str(refusal), "alert")
        return _to_closing(session)
    paid = sum(change.after > 0 for change in changes)
    flash(
        ngettext(
            "Closed. %(num)d person has received minutes.",
            "Closed. %(num)d people have received minutes.",
            paid,
        ),
        "success",
    )
    return redirect(url_for("rooms.room", course_id=course_id, session_code=session.code), 303)


@bp.post(f"{PLACE}/room/reopen")
@allow(*STAFF)
def reopen(course_id: int, session_code: str) -> ResponseReturnValue:
    """Open a closed session again, with a reason; what it paid is reversed."""
    session, at = find_room(session_code), clock.now()
    form = ReasonForm(request.form)
    if form.validate():
        try:
            with transaction():
                timetable.reopen(session, reason=form.text(), person_id=actor().person_id, at=at)
        except Refused as refusal:
            form.reject(refusal)
        else:
            flash(_("Open again. What this session paid has been taken back until it is closed."), "success")
            return redirect(url_for("rooms.room", course_id=course_id, session_code=session.code), 303)
    missing = room_queries.missing_check_outs(session, number=1)
    return _closing_page(session, 1, check_out_forms(None, session, missing.items), form, at=at)


def _closing_page(
    session: AttendanceSession,
    number: int,
    forms: dict[int, CheckOutForm],
    reason: ReasonForm,
    *,
    at: dt.datetime,
) -> str:
    phase = phase_of(session, at)
    return render_template(
        "attendance/room_close.html",
        course_id=session.course_id,
        session=session,
        phase=phase,
        is_over=phase in IS_OVER,
        may_close=phase in {Phase.LEAVING, Phase.OVER},
        is_closed=session.state is SessionState.CLOSED,
        missing=room_queries.missing_check_outs(session, number=number),
        forms=forms,
        reason=reason,
    )


def _person_page(session: AttendanceSession, enrolment_id: int, form: StayForm, *, at: dt.datetime) -> str:
    learner = find_learner(enrolment_id)
    stays = room_queries.stays_with_people(session, enrolment_id)
    without_end = [stay for stay in stays if stay.out_at is None and stay.voided_at is None]
    return render_template(
        "attendance/room_person.html",
        course_id=session.course_id,
        session=session,
        phase=phase_of(session, at),
        learner=learner,
        stays=stays,
        ends=check_out_forms(None, session, without_end),
        scans=room_queries.scans_of(session, enrolment_id),
        source_words=SOURCE_WORDS,
        form=form,
    )


def _find_stay(session: AttendanceSession, enrolment_id: int, presence_id: int) -> PresenceRecord:
    stay = room_queries.find_stay(session, presence_id)
    return stay if stay is not None and stay.enrolment_id == enrolment_id else abort(404)


def _to_person(session: AttendanceSession, enrolment_id: int) -> ResponseReturnValue:
    address = url_for(
        ".person", course_id=session.course_id, session_code=session.code, enrolment_id=enrolment_id
    )
    return redirect(address, 303)


def _to_closing(session: AttendanceSession) -> ResponseReturnValue:
    return redirect(url_for(".closing", course_id=session.course_id, session_code=session.code), 303)
